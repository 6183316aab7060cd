"""What the README shows works as written."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main

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


@pytest.mark.slow
def test_the_task_and_the_cell_are_checked_run_and_tabled(files):
    assert files == ["parity.py", "leaky.py"]
    for name in files:
        checked = seqtasks("check", f"./{name}")
        assert checked.exit_code == 0, checked.output
    cell = ("--cell", "./leaky.py", "--cell-set", "alpha=0.1")
    done = seqtasks("run", "./parity.py", *cell, "--epochs", 1, "--units", 4)
    assert done.exit_code == 0, done.output
    tabled = seqtasks("table", "parity", "--format", "markdown")
    assert tabled.exit_code == 0, tabled.output
    assert "leaky" in tabled.stdout.lower()
    assert "alpha" in tabled.stdout
    assert "coin" in tabled.stdout


@pytest.mark.slow
def test_the_example_of_a_notebook_runs(tmp_path, monkeypatch):
    text = (ROOT / "seqtasks" / "reports" / "README.md").read_text(encoding="utf-8")
    (program,) = re.findall(
        r"<!-- file: notebook.py -->\n```python\n(.*?)```", text, re.S
    )
    monkeypatch.chdir(tmp_path)
    counts = {"train": 500, "validation": 100, "test": 100}
    monkeypatch.setattr("seqtasks.tasks.adding._EXAMPLES", counts)
    # few epochs; the rest as a reader types it
    names = {"__name__": "notebook"}
    exec(program.replace('store="results"', 'store="results", epochs=1'), names)
    assert len(names["runs"]) == 4
    assert {*names["runs"]["cell"]} == {"elman", "gru"}
    assert len(names["epochs"]) == 4
    assert {"elman", "gru", "always 1"} == {*names["board"]["name"]}
    assert len(names["tests"]) == 1
    assert (tmp_path / "adding.svg").stat().st_size > 10_000
    assert names["figure"]._repr_png_()[:4] == b"\x89PNG"


def test_its_scores_are_those_of_the_generated_tables():
    tables = (ROOT / "results" / "reference" / "README.md").read_text(encoding="utf-8")
    excerpt = README.partition("<!-- excerpt: char_lm -->")[2]
    rows = re.findall(r"^\| ([\w ()-]+) \| (\d\S*(?: ± \S+)?) \|", excerpt, re.M)
    assert len(rows) == 4
    for model, score in rows:
        # between the two is the number of units, where it differs between models
        row = rf"^\| {re.escape(model)} \| (?:[\d ]*\| )?{re.escape(score)} \|"
        assert re.search(row, tables, re.M), model


def test_it_is_short_and_names_every_task_and_every_room():
    from seqtasks.registry import TASKS

    assert len(README.splitlines()) <= 200
    for name in TASKS.entries():
        assert f"`{name}`" in README
    for room in (ROOT / "seqtasks").glob("*/__init__.py"):
        assert f"  {room.parent.name}/ " in README, room.parent.name
    for link in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / link).exists(), link


def test_the_cells_are_all_in_their_readme():
    from seqtasks.registry import CELLS

    text = (ROOT / "seqtasks" / "cells" / "README.md").read_text(encoding="utf-8")
    for name in CELLS.entries():
        assert f"`{name}`" in text
