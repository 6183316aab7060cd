"""A clock that is set back in the middle of a run: nothing is measured by it."""

import ast
from pathlib import Path

import seqtasks

ROOT = Path(seqtasks.__file__).parent
# what a result, a log or a measurement is stamped with, for people and for "newest";
# and how long ago another process has reported
STAMPS = {
    "evaluations.py",
    "heartbeat.py",
    "store.py",
    "bench/measure.py",
    "bench/report.py",
    "cli/sweep.py",
    "reports/status.py",
    "sweep/board.py",
    "sweep/calibrate.py",
    "training/run_writer.py",
}
WALL = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today")}
WALL |= {("time", "time"), ("time", "time_ns"), ("time", "localtime")}


def reads_of(source):
    """The lines that read the wall clock."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value).rpartition(".")[2]
            if (owner, node.func.attr) in WALL:
                yield node.lineno


def test_intervals_and_budgets_do_not_read_the_wall_clock():
    found = {
        str(path.relative_to(ROOT)): lines
        for path in ROOT.rglob("*.py")
        if (lines := list(reads_of(path.read_text(encoding="utf-8"))))
    }
    assert found.keys() == STAMPS, found


def test_a_read_of_it_is_found():
    source = "import time\nx = time.monotonic()\ny = time.time()\n"
    assert list(reads_of(source)) == [3]
