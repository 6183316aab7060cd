import dataclasses
import errno
import json
import os
import stat
import subprocess
import sys

import filelock
import pytest
from results_factory import result

from seqtasks.evaluations import (
    NAME,
    EvaluationLog,
    EvaluationNotWrittenError,
    count_evaluations,
    evaluation_line,
)
from seqtasks.store import Store

SPLIT = {"task": "probe", "fingerprint": "0123456789abcdef", "cell": "gru"}


def test_evaluations_are_written_one_a_line_and_read_in_order(tmp_path):
    log = EvaluationLog(tmp_path / "results")
    assert log.read() == ([], [])
    written = [log.write(run=name, **SPLIT) for name in ("b", "a")]
    assert log.read() == (written, [])
    lines = (tmp_path / "results" / NAME).read_text().splitlines()
    assert len(lines) == 2
    assert '"run": "b", "cell": "gru"' in lines[0]


_WRITER = """
import sys
from pathlib import Path
from seqtasks.evaluations import EvaluationLog
log = EvaluationLog(Path(sys.argv[1]))
for index in range(50):
    run = f"{sys.argv[2]}-{index}"
    log.write(task="t", fingerprint="f", run=run, cell="c" * 500)
"""


@pytest.mark.slow
def test_writers_in_several_processes_lose_nothing(tmp_path):
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, str(number)]) for number in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    evaluations, damaged = EvaluationLog(tmp_path).read()
    assert damaged == []
    assert (
        len({evaluation.run for evaluation in evaluations}) == len(evaluations) == 200
    )


def test_a_damaged_line_is_named_and_skipped(tmp_path):
    log = EvaluationLog(tmp_path)
    log.write(run="a", **SPLIT)
    with log.path.open("ab") as file:
        file.write(b'\xff\xfe\n[1]\n{"run": "x"}\n\n{"run": NaN}\n')
    log.write(run="b", **SPLIT)
    evaluations, damaged = log.read()
    assert [evaluation.run for evaluation in evaluations] == ["a", "b"]
    assert len(damaged) == 4
    assert damaged[1] == (
        f"{log.path}, line 3, is no test evaluation: Expected `object`, got `array`."
    )
    assert damaged[2].endswith(
        "line 4, is no test evaluation: Object missing required field `time`."
    )


def test_on_a_full_disk_nothing_is_scored(tmp_path, monkeypatch):
    def full(file, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(EvaluationNotWrittenError) as error:
        EvaluationLog(tmp_path).write(run="a", **SPLIT)
    assert str(error.value) == (
        f"The test split was not scored, because the evaluation could not be written "
        f"to {tmp_path}/{NAME}: No space left on device. Make that file writable and "
        f"run again."
    )


def test_who_writes_waits_for_the_line_of_another(tmp_path, monkeypatch):
    log = EvaluationLog(tmp_path)
    log.write(run="a", **SPLIT)
    other = os.open(log.path, os.O_RDWR)
    assert filelock.lock_descriptor(other, blocking=False)
    size = log.path.stat().st_size
    with log.path.open("ab") as file:  # as one sees what is being written
        file.write(b"half of its li")

    def whole(seconds):
        os.truncate(log.path, size)
        filelock.unlock_descriptor(other)
        os.close(other)

    monkeypatch.setattr("seqtasks.evaluations.time.sleep", whole)
    log.write(run="b", **SPLIT)
    assert b"\n\n" not in log.path.read_bytes()
    assert [one.run for one in log.read()[0]] == ["a", "b"]


def test_half_a_line_is_no_evaluation_and_damages_no_other(tmp_path, monkeypatch):
    log, write = EvaluationLog(tmp_path), os.write
    log.write(run="a", **SPLIT)
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:9]))
    with pytest.raises(
        EvaluationNotWrittenError, match="No space left for the whole line"
    ):
        log.write(run="cut off", **SPLIT)
    monkeypatch.undo()
    log.write(run="b", **SPLIT)
    evaluations, damaged = log.read()
    assert [evaluation.run for evaluation in evaluations] == ["a", "b"]
    assert len(damaged) == 1


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_of_the_folder_is_neither_written_nor_read(tmp_path, kind):
    outside = tmp_path / "outside"
    outside.write_text("mine\n")
    log = EvaluationLog(tmp_path / "results")
    log.folder.mkdir()
    if kind == "link":
        log.path.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(log.path)
    else:
        log.path.mkdir()
    with pytest.raises(EvaluationNotWrittenError):
        log.write(run="a", **SPLIT)
    evaluations, damaged = log.read()
    assert (evaluations, len(damaged)) == ([], 1)
    assert outside.read_text() == "mine\n"


def test_an_earlier_file_is_read_first_and_no_longer_written(tmp_path):
    log = EvaluationLog(tmp_path)
    earlier = {"time": "2026-01-01", "task": "recall", "fingerprint": "f", "run": "a"}
    (tmp_path / "looks.jsonl").write_text(json.dumps(earlier | {"cell": "gru"}) + "\n")
    log.write(run="b", **SPLIT)
    evaluations, damaged = log.read()
    assert damaged == []
    assert [(one.task, one.run) for one in evaluations] == [
        ("associative_recall", "a"),
        ("probe", "b"),
    ]
    assert (tmp_path / "looks.jsonl").read_text().count("\n") == 1


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_cannot_sync_folders_takes_the_first_line(
    tmp_path, monkeypatch, code
):
    fsync = os.fsync

    def only_files(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    written = EvaluationLog(tmp_path).write(run="a", **SPLIT)
    assert EvaluationLog(tmp_path).read() == ([written], [])


def test_the_count_is_of_runs_with_or_without_a_line(tmp_path):
    log = EvaluationLog(tmp_path)
    for run in ("a", "a", "deleted"):
        log.write(run=run, **SPLIT)
    log.write(run="a", **SPLIT | {"fingerprint": "another"})
    stored = [
        dataclasses.replace(result(0.5), run="a"),
        dataclasses.replace(result(0.5), run="older than the log"),
        dataclasses.replace(result(None), run="never scored"),
    ]
    counts = count_evaluations(log.read()[0], stored)
    assert counts == {("probe", "0123456789abcdef"): 3, ("probe", "another"): 1}

    store = Store(tmp_path)
    for one in stored:
        store.write(dataclasses.replace(one, run=one.run.replace(" ", "-")))
    assert evaluation_line(store, "probe", "0123456789abcdef") == (
        "test evaluation 3 of probe (data 01234567)"
    )
