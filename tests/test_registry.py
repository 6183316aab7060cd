import importlib.metadata
import importlib.util
import inspect
import sys
from pathlib import Path

import pytest

from seqtasks.errors import UsageError
from seqtasks.registry import CELLS, TASKS, Entry, Registry, nearest


def _functions() -> Registry:
    return Registry(
        "task",
        lambda: {"alpha": "json:dumps", "beta": "json:loads"},
        "seqtasks.test",
        inspect.isfunction,
    )


@pytest.fixture
def plug_ins(monkeypatch):
    """Gives the entry points that other distributions would bring."""
    points: list[importlib.metadata.EntryPoint] = []
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)

    def add(name: str, value: str) -> None:
        points.append(importlib.metadata.EntryPoint(name, value, "seqtasks.test"))

    return add


def _write(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_built_in_is_found_and_loaded(plug_ins):
    entry = _functions().find("alpha")
    assert entry == Entry("alpha", "json:dumps", "seqtasks")
    assert entry.load()([1]) == "[1]"


def test_entries_are_sorted_and_hold_plug_ins(plug_ins):
    plug_ins("aardvark", "json:dump")
    plug_ins("aardvark", "json:dump")  # seen twice, which is no error
    assert list(_functions().entries()) == ["aardvark", "alpha", "beta"]
    assert _functions().find("aardvark").origin == "json:dump"


def test_an_unknown_name_is_answered_with_the_nearest(plug_ins):
    with pytest.raises(UsageError) as error:
        _functions().find("alhpa")
    assert str(error.value) == (
        "There is no task named 'alhpa'. Did you mean alpha? "
        "A file of your own is given by its path, as in ./my_task.py."
    )


def test_nearest_lists_all_where_none_is_near():
    assert nearest("zzz", ["b", "a"]) == "Known: a, b."
    assert nearest("zzz", []) == "Known: none."


def test_a_plug_in_that_takes_a_built_in_name_is_an_error_that_names_both(plug_ins):
    plug_ins("alpha", "other.module:alpha")
    with pytest.raises(UsageError) as error:
        _functions().entries()
    assert str(error.value) == (
        "The task 'alpha' is defined twice: by seqtasks (json:dumps) and by "
        "other.module:alpha (other.module:alpha). Uninstall one of them or rename it."
    )


def test_a_plug_in_that_does_not_import_is_an_error_when_it_is_used(plug_ins):
    plug_ins("gone", "no_such_module_here:gone")
    entry = _functions().find("gone")
    assert entry.summary() == ""
    with pytest.raises(UsageError, match=r"Could not import gone .* No module named"):
        entry.load()


def test_an_attribute_that_a_module_lacks():
    with pytest.raises(UsageError) as error:
        Entry("x", "json:no_such", "some-package").load()
    assert str(error.value) == (
        "json should define no_such, which some-package registers as 'x', but it does "
        "not."
    )


def test_a_file_by_its_path(tmp_path):
    path = _write(tmp_path, "mine.py", "def mine():\n    return 1\n")
    entry = _functions().find(str(path))
    assert (entry.name, entry.origin) == ("mine", str(path))
    assert entry.load()() == 1


def test_a_relative_path_and_a_folder_with_a_colon(tmp_path, monkeypatch):
    (tmp_path / "a:b").mkdir()
    _write(tmp_path / "a:b", "mine.py", "def mine():\n    return 2\n")
    monkeypatch.chdir(tmp_path)
    assert _functions().find("a:b/mine.py").load()() == 2
    assert _functions().find("./a:b/mine.py:mine").load()() == 2


@pytest.mark.parametrize(
    ("text", "attribute", "found"),
    [
        ("import os\ndef mine(): pass\ndef b(): pass\ndef _c(): pass\n", "", "mine"),
        ("def mine(): pass\ndef other(): pass\n", ":other", "other"),
        # a single function may have any name
        ("from json import dumps\ndef thing(): pass\n", "", "thing"),
    ],
)
def test_the_function_of_a_file_that_is_meant(tmp_path, text, attribute, found):
    path = _write(tmp_path, "mine.py", text)
    assert _functions().find(f"{path}{attribute}").name == found


@pytest.mark.parametrize(
    ("text", "attribute", "sentence"),
    [
        (
            "def one(): pass\ndef two(): pass\n",
            "",
            "Expected {0} to define one task, or one with the file's name; it defines "
            "one, two. Name one, as in {0}:one.",
        ),
        (
            "def one(): pass\n",
            ":two",
            "Expected {0} to define a task named 'two'; it defines one.",
        ),
        (
            "from json import dumps\nx = 1\n",
            "",
            "Expected {0} to define a task; it defines none. Begin with `seqtasks new "
            "task`.",
        ),
        (
            None,
            "",
            "Expected a Python file that defines a task; there is no file '{0}'.",
        ),
        (
            "x = 1\ny = = 2\n",
            "",
            "Could not import the file {0}: SyntaxError: invalid syntax "
            "(line 2: y = = 2). Run `python {0}` to see the whole error.",
        ),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path, text, attribute, sentence):
    path = tmp_path / "file.py"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        _functions().find(f"{path}{attribute}")
    assert str(error.value) == sentence.format(path)


def test_a_file_that_does_not_import_shows_its_own_line(tmp_path, monkeypatch):
    _write(tmp_path, "broken.py", "import json\n\nvalue = json.loads('{')\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as error:
        _functions().find("./broken.py")
    assert str(error.value).startswith(
        "Could not import the file broken.py: JSONDecodeError: "
    )
    assert str(error.value).endswith(
        "(line 3 of broken.py: value = json.loads('{')). "
        "Run `python broken.py` to see the whole error."
    )
    assert not [name for name in sys.modules if name.endswith("broken.py")]


def test_a_summary_is_read_and_nothing_imported(tmp_path, monkeypatch):
    package = tmp_path / "imports_nothing"
    (package / "deep").mkdir(parents=True)
    _write(package, "__init__.py", "raise RuntimeError('imported')\n")
    _write(package / "deep", "__init__.py", "from imports_nothing.a import f as g\n")
    _write(package, "a.py", 'def f():\n    """One line.\n\n    More.\n    """\n')
    _write(package, "bad.py", "def (\n")
    monkeypatch.syspath_prepend(tmp_path)

    def summary(reference: str) -> str:
        return Entry("name", reference, "origin").summary()

    assert summary("imports_nothing.a:f") == "One line."
    assert summary("imports_nothing.deep:g") == "One line."
    assert summary("imports_nothing.a:absent") == ""
    assert summary("imports_nothing.bad:f") == ""
    assert summary("imports_nothing.absent:f") == ""
    assert summary(f"{package / 'a.py'}:f") == "One line."
    assert "imports_nothing" not in sys.modules


def test_each_file_and_folder_of_tasks_is_a_task():
    spec = importlib.util.find_spec("seqtasks.tasks")
    assert spec is not None
    (folder,) = spec.submodule_search_locations or ()
    files = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    folders = {path.parent.name for path in Path(folder).glob("*/__init__.py")}
    own = {n for n, entry in TASKS.entries().items() if entry.origin == "seqtasks"}
    assert own == files | folders


@pytest.mark.parametrize("registry", [TASKS, CELLS], ids=["tasks", "cells"])
def test_everything_has_a_summary_of_one_sentence(registry):
    for entry in registry.entries().values():
        assert entry.summary().endswith("."), entry


def test_a_broken_list_of_another_package_is_named_and_skipped(
    tmp_path, monkeypatch, capsys
):
    for name, text in (
        ("broken", b"[seqtasks.tasks]\nnothing\n"),
        ("latin", b"[seqtasks.tasks]\n\xff = a:b\n"),
        ("good", b"[seqtasks.tasks]\nprobe = good:probe\n"),
    ):
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_bytes(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = TASKS.entries()
    assert found["probe"].reference == "good:probe"
    assert "adding" in found
    sentences = capsys.readouterr().err.splitlines()
    assert [line.split(" cannot")[0] for line in sorted(sentences)] == [
        "The entry points of broken-1.0.dist-info",
        "The entry points of latin-1.0.dist-info",
    ]
