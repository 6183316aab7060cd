import dataclasses
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from results_factory import result

from seqtasks.errors import UsageError
from seqtasks.files import acquire, remove_temporary, replacing
from seqtasks.store import (
    REFERENCE,
    Store,
    new_run_name,
    reference_results,
    reference_store,
)


def _named(run: str):
    return dataclasses.replace(result(), run=run)


def test_what_is_written_is_read_and_the_folder_is_made(tmp_path):
    store = Store(tmp_path / "deep" / "results")
    assert store.read() == ([], [])
    path = store.write(_named("b"))
    store.write(_named("a"))
    assert path == tmp_path / "deep" / "results" / "b.json"
    assert store.read() == ([_named("a"), _named("b")], [])


def test_a_failing_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "file.json"
    path.write_text("old")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [file.name for file in tmp_path.iterdir()] == ["file.json"]
    assert path.read_text() == "old"


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "file.weights.npz"
    path.write_text("old")
    with replacing(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.endswith(".weights.npz")
        temporary.write_text("new")
        assert path.read_text() == "old"
        reader = path.open()
    # one who was reading has the old file to its end: it was replaced, not overwritten
    with reader:
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_is_being_written_is_no_result(tmp_path):
    store = Store(tmp_path)
    with replacing(store.path("a")) as temporary:
        temporary.write_text("{")
        assert store.read() == ([], [])
        with pytest.raises(UsageError, match="The folder holds no results yet"):
            store.find("a")


_WRITER = """
import dataclasses, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from results_factory import result
from seqtasks.store import Store, new_run_name
store = Store(Path(sys.argv[2]))
for _ in range(20):
    run = new_run_name("probe", "gru", 0)
    store.write(dataclasses.replace(result(), run=run))
"""


@pytest.mark.slow
def test_writers_in_several_processes_lose_nothing(tmp_path):
    arguments = [sys.executable, "-c", _WRITER, str(Path(__file__).parent)]
    writers = [subprocess.Popen([*arguments, str(tmp_path / "r")]) for _ in range(4)]
    store, damaged = Store(tmp_path / "r"), []
    while any(writer.poll() is None for writer in writers):
        damaged += store.read()[1]
    assert [writer.returncode for writer in writers] == [0] * 4
    results, found = store.read()
    assert damaged == found == []
    assert len({one.run for one in results}) == 80


@pytest.mark.parametrize(
    "run", ["../a", "a/b", "/etc/passwd", "", ".", "..", ".hidden", "a\n", "a b", "a\0"]
)
def test_a_name_cannot_leave_the_folder(tmp_path, run):
    with pytest.raises(UsageError) as error:
        Store(tmp_path).path(run)
    assert str(error.value) == (
        f"Expected a run's name of letters, digits, '.', '_' and '-'; received {run!r}."
    )
    with pytest.raises(UsageError):
        Store(tmp_path).weights_path(run)


def test_a_folder_that_can_be_written_to_is_made_and_another_refused(tmp_path):
    Store(tmp_path / "new").check_writable()
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "results"
    with pytest.raises(UsageError) as error:
        Store(folder).check_writable()
    assert str(error.value) == (
        f"Expected a results folder that can be written to; {folder} cannot: "
        f"Not a directory. Name another with --results."
    )


def test_a_run_is_found_by_its_name_its_beginning_or_its_file(tmp_path):
    store = Store(tmp_path)
    for run in ("adding-gru-1", "adding-gru-12", "copy-gru-1"):
        store.write(_named(run))
    assert store.find("adding-gru-1").run == "adding-gru-1"
    assert store.find("copy").run == "copy-gru-1"
    assert store.find(str(tmp_path / "copy-gru-1.json")).run == "copy-gru-1"
    for run, sentence in (
        (
            "add",
            "'add' begins the names of 2 runs, of which none has its weights here: "
            "adding-gru-12, adding-gru-1. Give more of the one that you mean.",
        ),
        ("copygru-1", f"There is no run 'copygru-1' in {tmp_path}. Did you mean copy-"),
        (str(tmp_path / "absent.json"), f"Could not read {tmp_path}/absent.json: No "),
    ):
        with pytest.raises(UsageError) as error:
            store.find(run)
        assert str(error.value).startswith(sentence)


def test_run_names_are_unique_and_allowed(tmp_path):
    names = {new_run_name("größe", "my_cell", 3) for _ in range(50)}
    assert len(names) == 50
    assert all(name.startswith("größe-my_cell-s3-") for name in names)
    assert all(Store(tmp_path).path(name).parent == tmp_path for name in names)


def _running(
    store, run="probe-gru-s0", reason="in epoch 2 at step 7, training loss 1."
):
    one = dataclasses.replace(
        result(None), run=run, status="running", reason=reason, steps=7
    )
    path = store.write(one)
    return one, path.read_bytes(), path


def test_a_run_that_goes_on_is_read_as_running_while_its_process_lives(tmp_path):
    store = Store(tmp_path)
    one, _, path = _running(store)
    lock = acquire(store.lock_path(one.run))
    assert lock is not None
    with lock:
        assert store.read() == ([one], [])
        assert store.find("probe") == store.find(str(path)) == one
    assert store.find("probe").status == "killed"


@pytest.mark.parametrize("command", ["run probe --resume", "rerun 'a b' --allow-code"])
def test_a_run_whose_process_is_gone_was_killed_and_can_go_on(tmp_path, command):
    store = Store(tmp_path)
    one, written, path = _running(store)
    folder = store.checkpoints_path(one.run)
    folder.mkdir(parents=True)
    (folder / "about.json").write_text(f'{{"command": "seqtasks {command}"}}')
    for found in (store.read()[0][0], store.find("probe"), store.find(str(path))):
        assert found.status == "killed"
        assert found.reason == (
            "Its process ended unexpectedly; it was last noted in epoch 2 at step 7, "
            f"training loss 1. It goes on with `seqtasks {command}`."
        )
    assert path.read_bytes() == written


@pytest.mark.parametrize(
    "about",
    [
        *(None, "", "[1]", "{", '{"command": null}', "[" * 10**5),
        # what a person should not be shown to type
        '{"command": "rm -r ."}',
        '{"command": "seqtasks rerun a; rm -r ."}',
        '{"command": "seqtasks rerun `rm -r .`"}',
        '{"command": "seqtasks rerunner a"}',
    ],
)
def test_a_killed_run_without_a_command_to_go_on(tmp_path, about):
    store = Store(tmp_path)
    one, _, _ = _running(store, reason="")
    if about is not None:
        store.checkpoints_path(one.run).mkdir(parents=True)
        (store.checkpoints_path(one.run) / "about.json").write_text(about)
    assert store.find("probe").reason == "Its process ended unexpectedly."


def test_what_killed_writers_left_of_one_file_is_removed(tmp_path):
    for name in (".0123abcd-a.json", ".0123abcd-b.json", ".0123abcx-a.json", "a.json"):
        (tmp_path / name).touch()
    remove_temporary(tmp_path / "a.json")
    assert {path.name for path in tmp_path.iterdir()} == {
        *(".0123abcd-b.json", ".0123abcx-a.json", "a.json"),
    }


def test_the_reference_results_are_apart_from_those_of_the_default_folder():
    found = reference_results()
    assert {one.author for one in found} == {REFERENCE}
    assert {"char_lm", "adding"} <= {one.task for one in found}
    store = reference_store()
    assert store is not None
    assert store.folder.name == "reference"
    assert {one.author for one in store.read()[0]} == {""}


def test_an_installation_without_reference_results_has_none(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert reference_results() == []


def test_of_several_runs_the_newest_with_weights_is_meant(tmp_path):
    store = Store(tmp_path)
    for number in range(9):
        for cell in ("gru", "gru_large"):
            one = _named(f"adding-{cell}-s{number}")
            created = f"2026-01-0{number + 1}T00:00:00+00:00"
            store.write(dataclasses.replace(one, created=created))
    with pytest.raises(UsageError) as error:
        store.find("xyz")
    assert str(error.value).startswith(
        f"There is no run 'xyz' in {tmp_path}. The newes"
    )
    assert str(error.value).endswith(" and 13 more.")
    with pytest.raises(UsageError) as error:
        store.find("adding-gru-s")
    newest = ", ".join(f"adding-gru-s{number}" for number in (8, 7, 6, 5, 4))
    assert f"none has its weights here: {newest} and 4 more. Give" in str(error.value)
    for number in (2, 5):
        store.weights_path(f"adding-gru-s{number}").touch()
    store.model_path("adding-gru_large-s7").touch()
    assert store.find("adding-gru").run == "adding-gru-s5"
    assert store.find("adding-gru_").run == "adding-gru_large-s7"
    assert store.find("adding").run == "adding-gru_large-s7"
    # one that is named in full is meant, with or without weights
    assert store.find("adding-gru-s8").run == "adding-gru-s8"
    smoke = dataclasses.replace(_named("adding-gru-s9"), limit=1, created="2027")
    store.write(smoke)
    store.weights_path(smoke.run).touch()
    assert store.find("adding-gru").run == "adding-gru-s5"
    store.path("adding-gru-s5").write_text("{")
    assert store.find("adding-gru").run == "adding-gru-s2"
