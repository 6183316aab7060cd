"""What the README shows works as written."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS
from seqtasks.training.experiment import find_task

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TASKS_README = (ROOT / "tasks" / "README.md").read_text(encoding="utf-8")


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return _write_files(README, tmp_path)


def _write_files(text, folder):
    """Writes the files that a README shows; their names."""
    shown = re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", text, re.DOTALL)
    for name, content in shown:
        (folder / name).write_text(content, encoding="utf-8")
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


@pytest.fixture
def sensor(tmp_path, monkeypatch):
    """The task that reads its own file, beside such a file; gives its function."""
    assert _write_files(TASKS_README, tmp_path) == ["sensor.py"]
    (header,) = re.findall(r"^person,.*$", TASKS_README, re.M)[:1]
    rows = [
        f"p{person},{recording},{label},{step},{0.1 * person},{(-1) ** step}"
        for person in range(20)
        for recording, label in enumerate(("walking", "running"))
        for step in range(4 + recording)
    ]
    (tmp_path / "sensor.csv").write_text("\n".join([header, *rows]) + "\n")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # the default file is beside the task
    return find_task("../sensor.py", {})[0].load()


def test_the_task_of_ones_own_file_is_split_by_person(sensor):
    task = sensor()
    people = [set(task.groups.of(split)) for split in SPLITS]
    assert list(map(len, people)) == [14, 3, 3]
    assert len(set.union(*people)) == 20
    assert task.labels.classes == ("running", "walking")
    lengths = {len(inputs): int(target) for inputs, target in task.load("test")}
    assert lengths == {4: 1, 5: 0}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("label,x", "label,a", "Expected the columns .* and x, y, z; .* has no x. Ren"),
        ("p3,0,walking,1", "p3,0,running,1", "Recording 0 of p3 has several labels."),
        ("p3,0,walking,1", "p3,0,walking,", "other.csv has empty cells. Fill or remo"),
    ],
)
def test_the_task_of_ones_own_file_refuses_another_form(sensor, old, new, sentence):
    text = Path("../sensor.csv").read_text()
    Path("other.csv").write_text(text.replace(old, new))
    with pytest.raises(UsageError, match=sentence):
        sensor(dataset="./other.csv")


@pytest.mark.slow
def test_the_task_of_ones_own_file_is_checked_run_and_predicts_classes(sensor):
    checked = seqtasks("check", "../sensor.py")
    assert checked.exit_code == 0, checked.output
    own = ("--dataset", "../sensor.csv", "--cell", "gru")
    done = seqtasks("run", "../sensor.py", *own, "--epochs", 1, "--units", 4)
    assert done.exit_code == 0, done.output
    Path("new.csv").write_text("x,y,z\n0,0.1,1\n1,0.1,-1\n")
    predicted = seqtasks("predict", "sensor-gru", "new.csv", "--format", "jsonl")
    assert predicted.exit_code == 0, predicted.output
    (row,) = map(json.loads, predicted.stdout.splitlines())
    assert {*row["probabilities"]} == {"running", "walking"}


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
