"""What the README shows works as written."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from seqtasks.bench.readme import bench_readme, chosen
from seqtasks.bench.show import table as speed_table
from seqtasks.cli.main import main
from seqtasks.reports.table import table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", README, re.DOTALL)
    for name, content in shown:
        (tmp_path / name).write_text(content, encoding="utf-8")
    return [name for name, _ in shown]


def test_the_task_and_the_cell_are_checked_run_and_tabled(files):
    assert files == ["parity.py", "leaky.py"]
    for name in files:
        checked = seqtasks("check", f"./{name}")
        assert checked.exit_code == 0, checked.output
    cell = ("--cell", "./leaky.py", "--cell-set", "alpha=0.1")
    done = seqtasks("run", "./parity.py", *cell, "--epochs", 1)
    assert done.exit_code == 0, done.output
    tabled = seqtasks("table", "parity", "--format", "markdown")
    assert tabled.exit_code == 0, tabled.output
    assert "leaky" in tabled.stdout.lower()
    assert "alpha" in tabled.stdout
    assert "coin" in tabled.stdout


def test_its_table_is_that_of_the_committed_results(committed_results):
    runs = [run for run in committed_results if run.task == "char_lm"]
    expected = table(runs, "markdown")
    _, _, rest = README.partition("<!-- table: char_lm -->\n")
    shown, _, _ = rest.partition("<!-- end of table -->")
    assert shown.strip() == expected.strip(), "run `seqtasks table --write`"


def test_its_table_of_speed_is_that_of_the_committed_reports(committed_reports):
    said, _, rest = README.partition("<!-- bench")[2].partition("-->\n")
    shown, end, _ = rest.partition("<!-- end of bench -->")
    assert end, "the README has no place for the table of speed"
    reports = chosen(committed_reports, said.strip())
    assert len(reports) == len(said.split(",")), "a report that it names is not there"
    expected = speed_table(reports, "markdown")
    assert shown.strip() == expected.strip(), "run `seqtasks bench --saved --write`"


def test_the_tables_of_all_speeds_are_those_of_the_committed_reports(committed_reports):
    text = (ROOT / "results" / "bench" / "README.md").read_text(encoding="utf-8")
    assert text == bench_readme(committed_reports), (
        "run `seqtasks bench --saved --write`"
    )


def test_every_task_is_named_in_it():
    from seqtasks.registry import CELLS, TASKS

    for name in [*TASKS.entries(), *CELLS.entries()]:
        assert f"`{name}`" in README
