import json
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from seqtasks.cli import list as module
from seqtasks.cli.main import main
from seqtasks.registry import CELLS, Entry


def test_tasks_of_a_tag():
    names = [line.split()[0] for line in _run("--tag", "memory").splitlines()]
    assert names == ["adding", "associative_recall", "copy_memory"]
    (item,) = json.loads(_run("--tag", "speech", "--json"))["tasks"][:1]
    assert item["tags"] == ["speech", "lecture"]
    assert "@memory @quick" in _run("tasks", "-v")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--tag", "memry"], "There is no group of tasks 'memry'. Did you mean mem"),
        (["cells", "--tag", "memory"], "Expected tasks, as --tag memory asks for"),
    ],
)
def test_a_tag_that_is_none(words, sentence):
    done = CliRunner().invoke(main, ["list", *words])
    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.fixture
def _registries(tmp_path, monkeypatch):
    path = tmp_path / "mine.py"
    path.write_text('def short(): "One."\ndef longer_name(): "Two."\n')
    for kind, origin in (("tasks", "seqtasks"), ("cells", "a-package")):
        entries = {
            name: Entry(name, f"{path}:{name}", origin)
            for name in ("longer_name", "short")
        }
        fixed = SimpleNamespace(entries=lambda entries=entries: entries)
        monkeypatch.setitem(module._REGISTRIES, kind, fixed)


def _run(*arguments):
    run = CliRunner().invoke(module.command, arguments)
    assert run.exit_code == 0
    return run.stdout


@pytest.mark.usefixtures("_registries")
def test_names_stand_in_one_column_with_their_summaries():
    assert _run() == (
        "tasks:\n"
        "  longer_name  Two.\n"
        "  short        One.\n"
        "cells:\n"
        "  longer_name  Two. (from a-package)\n"
        "  short        One. (from a-package)\n"
    )


@pytest.mark.usefixtures("_registries")
def test_one_kind_and_json():
    assert _run("tasks") == "longer_name  Two.\nshort        One.\n"
    listed = json.loads(_run("cells", "--json"))
    assert list(listed) == ["cells"]
    assert [sorted(item) for item in listed["cells"]] == [
        ["name", "origin", "place", "reference", "summary", "version"]
    ] * 2
    assert listed["cells"][1]["summary"] == "One."
    assert listed["cells"][1]["origin"] == "a-package"
    wrong = CliRunner().invoke(module.command, ["models"])
    assert wrong.exit_code == 2
    assert "'models' is not one of 'tasks', 'cells'" in wrong.output


@pytest.mark.usefixtures("_registries")
def test_where_each_comes_from_is_in_the_second_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert _run("tasks", "--verbose").splitlines() == [
        "longer_name  Two.",
        f"             seqtasks {version('seqtasks')}  mine.py:2",
        "short        One.",
        f"             seqtasks {version('seqtasks')}  mine.py:1",
    ]
    # of a package that is not installed there is no version
    assert _run("cells", "-v").splitlines()[1] == "             a-package  mine.py:2"


def test_a_class_that_is_only_imported_is_found_where_it_is_defined():
    place = CELLS.find("keras_lstm").place
    path, _, line = place.rpartition(":")
    assert path.endswith("keras/src/layers/rnn/lstm.py")
    shown = Path(path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert shown.startswith("class LSTMCell")
