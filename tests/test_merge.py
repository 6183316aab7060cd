import dataclasses
import os

import pytest
from results_factory import result

from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog
from seqtasks.files import acquire
from seqtasks.merge import merge
from seqtasks.store import Store

ONE = result(0.5, run="a")


def _merge(*folders, into, author=""):
    return list(merge([(folder, author) for folder in folders], Store(into)))


def test_a_run_comes_with_all_its_files_and_nothing_is_changed(tmp_path):
    source, into = Store(tmp_path / "ada"), tmp_path / "results"
    source.write(ONE)
    source.write(result(0.6, run="a.b"))
    files = {
        "a.weights.safetensors": b"w",
        "a.keras": b"k",
        "samples/a/one.wav": b"s",
        "samples/a/deep/two.wav": b"t",
        "xray/a.layer0.json": b"{}",
        "predictions/a.parquet": b"p",
        "baselines/a.json": b"made again",
        "bench/a.json": b"of no run",
    }
    for name, content in files.items():
        path = source.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    before = {path: path.stat().st_mtime_ns for path in source.folder.rglob("*")}
    log = {"task": "probe", "fingerprint": "0123", "cell": "gru"}
    EvaluationLog(source.folder).write(run="a", **log)
    EvaluationLog(source.folder).write(run="deleted since", **log)
    (one,) = _merge(source.folder, into=into)
    assert (one.added, one.known, one.evaluations, one.problems) == (2, 0, 2, ())
    assert Store(into).read() == source.read()
    for name, content in files.items():
        path = into / name
        if name.startswith(("baselines", "bench")):
            assert not path.exists()
        else:
            assert path.read_bytes() == content
    assert EvaluationLog(into).read() == EvaluationLog(source.folder).read()
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    # a second time, nothing is new
    (one,) = _merge(source.folder, into=into)
    assert (one.added, one.known, one.evaluations, one.problems) == (0, 2, 0, ())


def test_studies_come_too_and_one_that_differs_is_named(tmp_path):
    ada, bob, into = tmp_path / "ada", tmp_path / "bob", tmp_path / "results"
    for folder, content in ((ada, b"of ada"), (bob, b"of bob!")):
        Store(folder).write(result(len(content) / 9, run=folder.name))
        for name in (
            "horizon/gru.json",
            "tune/probe.journal",
            "tune/probe.search.lock",
        ):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
    (bob / "horizon" / "lstm.json").write_bytes(b"of bob!")
    one, other = _merge(ada, bob, into=into)
    assert one.problems == ()
    assert other.problems == tuple(
        f"{bob / name} is not merged: {into / name} is there, and differs."
        for name in ("horizon/gru.json", "tune/probe.journal")
    )
    assert (into / "horizon" / "gru.json").read_bytes() == b"of ada"
    assert (into / "horizon" / "lstm.json").read_bytes() == b"of bob!"
    assert {path.name for path in (into / "tune").iterdir()} == {"probe.journal"}


def test_a_run_that_went_on_replaces_its_beginning_and_not_the_reverse(tmp_path):
    begun, done, into = (Store(tmp_path / name) for name in ("begun", "done", "into"))
    begun.write(dataclasses.replace(ONE, status="interrupted", steps=7))
    begun.weights_path("a").write_bytes(b"first")
    begun.checkpoints_path("a").mkdir(parents=True)
    done.write(ONE)
    done.weights_path("a").write_bytes(b"second")
    first, second, third = _merge(
        begun.folder, done.folder, begun.folder, into=into.folder
    )
    assert (first.added, first.unfinished) == (1, 1)
    assert (second.updated, second.problems) == (1, ())
    assert third.known == 1
    assert into.find("a") == ONE
    assert into.weights_path("a").read_bytes() == b"second"
    # its older weights are named, and are not taken
    assert "a.weights.safetensors is not merged" in third.problems[0]


def test_conflicts_copies_and_damaged_files_are_named(tmp_path):
    ada, bob, into = (Store(tmp_path / name) for name in ("ada", "bob", "into"))
    ada.write(ONE)
    scores = {"test": {"accuracy": 0.9}}
    bob.write(dataclasses.replace(ONE, metrics=scores))
    bob.write(dataclasses.replace(ONE, run="renamed", author="bob"))
    (bob.folder / "bad.json").write_text("{")
    _, second = _merge(ada.folder, bob.folder, into=into.folder)
    assert second.added == 0
    damaged, different, renamed = second.problems
    assert different == (
        f"{bob.folder}/a.json is not merged: another run of this name is there, and "
        f"they differ in test accuracy (0.5 and 0.9). Find out which of the two is "
        f"right, and move the other away."
    )
    assert renamed == (
        f"{bob.folder}/renamed.json is not merged: it is the run a under another name."
    )
    assert damaged.startswith(f"{bob.folder}/bad.json is not a whole result file")
    assert into.find("a") == ONE


def test_a_run_that_is_being_trained_waits(tmp_path):
    source = Store(tmp_path / "ada")
    source.write(dataclasses.replace(ONE, status="running"))
    lock = acquire(source.lock_path("a"))
    assert lock is not None
    with lock:
        (one,) = _merge(source.folder, into=tmp_path / "into")
    assert one.added == 0
    assert "it is being trained. Merge again when it has ended." in one.problems[0]
    # neither is one that goes on where it would be written
    into = Store(tmp_path / "into")
    into.write(dataclasses.replace(ONE, status="running"))
    source.write(ONE)
    lock = acquire(into.lock_path("a"))
    assert lock is not None
    with lock:
        (one,) = _merge(source.folder, into=into.folder)
        assert into.find("a").status == "running"
    assert "it is being trained" in one.problems[0]


def test_no_link_is_followed_out_of_a_folder_and_no_pipe_is_waited_for(tmp_path):
    source = Store(tmp_path / "ada")
    source.write(ONE)
    (tmp_path / "secret").write_text("secret")
    source.weights_path("a").symlink_to(tmp_path / "secret")
    (source.folder / "samples" / "a").mkdir(parents=True)
    os.mkfifo(source.folder / "samples" / "a" / "pipe")
    os.mkfifo(source.folder / "a.pipe")
    (one,) = _merge(source.folder, into=tmp_path / "into")
    assert one.added == 1
    (problem,) = one.problems
    assert "is a link that leads out of its folder; it is not followed." in problem
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["a.json"]


def test_a_full_disk_leaves_what_is_whole(tmp_path, monkeypatch):
    source = Store(tmp_path / "ada")
    source.write(ONE)
    source.weights_path("a").write_bytes(b"w")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(UsageError, match=r"No space left on device\. What was merged"):
        _merge(source.folder, into=tmp_path / "into")
    assert Store(tmp_path / "into").read() == ([], [])


def test_an_author_is_given_to_those_who_have_none(tmp_path):
    source, into = Store(tmp_path / "ada"), Store(tmp_path / "into")
    source.write(ONE)
    source.write(result(0.6, run="b", author="bob"))
    _merge(source.folder, into=into.folder)
    for _ in range(2):
        (one,) = _merge(source.folder, into=into.folder, author="ada")
        assert one.problems == ()
    assert [(run.run, run.author) for run in into.read()[0]] == [
        *(("a", "ada"), ("b", "bob")),
    ]
