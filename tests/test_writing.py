"""What cannot be written is a sentence, and leaves neither halves nor less than was."""

import ast
import contextlib
import dataclasses
import os
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from results_factory import result
from sources import PACKAGE, sources

from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.files import replacing, write_file
from seqtasks.store import Store

NOBODY = 65534


@contextlib.contextmanager
def full_disk():
    """No file of this process can have more than a hundred bytes."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def another_user():
    """Root may write anywhere; who is no root, is another user already."""
    if os.name == "nt":
        pytest.skip("folders have no such permissions")
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder():
    # not tmp_path, into which another user cannot even look
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def _names(folder):
    return sorted(path.name for path in folder.rglob("*"))


def test_a_full_disk_leaves_the_file_as_it_was(folder):
    path = folder / "page.html"
    path.write_text("old")
    with full_disk(), pytest.raises(UsageError) as error:
        write_file(path, "n" * 1000, "Name another.")
    assert str(error.value) == f"Could not write {path}: File too large. Name another."
    assert (path.read_text(), _names(folder)) == ("old", ["page.html"])


def test_a_read_only_folder_is_a_sentence_for_who_is_not_root(folder):
    path = folder / "page.html"
    folder.chmod(0o555)
    with another_user(), pytest.raises(UsageError) as error:
        write_file(path, "new", "Name another.")
    assert str(error.value) == (
        f"Could not write {path}: Permission denied. Name another."
    )
    assert _names(folder) == []


def test_a_folder_that_turns_read_only_in_the_middle(folder):
    path = folder / "page.html"
    folder.chmod(0o777)

    def turn():
        with replacing(path) as temporary:
            temporary.write_text("new")
            is_root = os.getuid() == 0
            os.seteuid(0 if is_root else os.geteuid())
            folder.chmod(0o555)
            os.seteuid(NOBODY if is_root else os.geteuid())

    with another_user(), pytest.raises(OSError, match="Permission denied") as error:
        turn()
    assert error.value.filename == str(path)
    assert not path.exists()


# each command that writes a file, and the file
WRITERS = {
    "table": (["table", "--write"], "README.md"),
    "report": (["report"], "report.html"),
    "compare": (["compare", "--diagram", "{}/ranks.svg"], "ranks.svg"),
    "bench": (["bench", "--saved", "--write"], "bench/README.md"),
}


def _fill(folder):
    runs = [
        result(cell=cell, task=task, seed=seed, run=f"{task}-{cell}-{seed}")
        for task in ("probe", "other")
        for cell in ("gru", "lstm")
        for seed in (0, 1)
    ]
    for one in runs:
        Store(folder).write(one)
    (folder / "bench").mkdir()


def _refused(folder, command):
    arguments = [one.format(folder) for one in WRITERS[command][0]]
    run = CliRunner().invoke(main, [*arguments, "--results", str(folder)])
    assert run.exit_code == 2, (run.output, run.exception)
    assert f"Error: Could not write {folder / WRITERS[command][1]}: " in run.stderr
    assert "Traceback" not in run.output
    return run.stderr


@pytest.mark.parametrize("command", WRITERS)
def test_each_command_on_a_full_disk(folder, command):
    _fill(folder)
    before = _names(folder)
    with full_disk():
        assert "File too large. " in _refused(folder, command)
    assert _names(folder) == before


@pytest.mark.parametrize("command", WRITERS)
def test_each_command_where_a_folder_has_the_name(folder, command):
    _fill(folder)
    (folder / WRITERS[command][1]).mkdir()
    before = _names(folder)
    if command == "compare":  # click refuses it before anything is read
        run = CliRunner().invoke(main, ["compare", "--diagram", f"{folder}/ranks.svg"])
        assert (run.exit_code, "is a directory" in run.stderr) == (2, True)
    else:
        assert "Is a directory. " in _refused(folder, command)
    assert _names(folder) == before


@pytest.mark.parametrize("command", WRITERS)
def test_each_command_in_a_folder_of_another_user(folder, command):
    _fill(folder)
    for inside in (folder, folder / "bench"):
        inside.chmod(0o555)
    with another_user():
        assert "Permission denied. " in _refused(folder, command)


def test_a_results_folder_that_cannot_be_read_is_a_sentence(folder):
    (folder / "results").mkdir()
    Store(folder / "results").write(dataclasses.replace(result(), run="a"))
    (folder / "results" / "a.json").chmod(0o000)
    with another_user():
        run = CliRunner().invoke(main, ["table", "--results", f"{folder}/results"])
    assert f"Could not read {folder}/results/a.json: Permission denied." in run.stderr
    assert "Traceback" not in run.output


# what writes by itself, and why
_BY_THEMSELVES = {
    "files.py": "is what the others write with",
    "cli/help.py": "writes into the help",
    "cli/new.py": "opens a file that must be new",
    "evaluations.py": "adds a line to the end of a file",
    "training/example_store.py": "fills a file that has no name",
    "heartbeat.py": "replaces its file each second, and waits for no disk",
    "sweep/state.py": "replaces its file, and waits for no disk",
    "sweep/cluster.py": "makes an empty file, and removes it",
    "training/study.py": "removes half a line from the end of a log",
    "testing/sweep_kills.py": "writes the log of a process, in a folder of its own",
    "store.py": "tries if a folder can be written to",
    "testing/resume.py": "writes the log of a process, in a folder of its own",
    "analysis/trace_picture.py": "draws into the file that trace_output replaces",
    "bench/worker.py": "writes to its own standard output",
}
_WRITE = {"write_text", "write_bytes", "savefig", "fdopen", "touch"}


def _writes(tree):
    """The lines that write a file outside of ``with replacing(…)``."""
    nodes = [*ast.walk(tree)]
    safe = {
        id(inner)
        for node in nodes
        if isinstance(node, ast.With)
        and any("replacing" in ast.unparse(item.context_expr) for item in node.items)
        for inner in ast.walk(node)
    }
    for node in nodes:
        if not isinstance(node, ast.Call) or id(node) in safe:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in {*_WRITE, "open"}:
            continue
        mode = " ".join(
            one.value
            for one in [*node.args, *(word.value for word in node.keywords)]
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )
        opens = name == "open" and any(sign in mode.split(" ")[0] for sign in "wxa+")
        if name in _WRITE or opens:
            yield node.lineno, ast.unparse(node)


def test_every_file_is_written_whole_or_not_at_all():
    found = {}
    for path, tree in sources().values():
        name = path.relative_to(
            PACKAGE if path.is_relative_to(PACKAGE) else PACKAGE.parent
        ).as_posix()
        writes = [*_writes(tree)]
        # into memory
        writes = [one for one in writes if "savefig(content" not in one[1]]
        if writes and name not in _BY_THEMSELVES:
            found[name] = writes
    assert not found


def test_the_walk_finds_a_writer():
    lines = ("p.touch()", "p.open('wb')", "with replacing(p) as t:", " t.touch()")
    tree = ast.parse("\n".join(lines))
    assert [line for line, _ in _writes(tree)] == [1, 2]
