import dataclasses
import errno
import os
import subprocess
import sys

import pytest
from results_factory import result

from seqtasks.evaluations import (
    NAME,
    EvaluationLog,
    EvaluationNotWrittenError,
    count_evaluations,
    evaluation_line,
)

LOOK = {"task": "probe", "fingerprint": "0123456789abcdef", "cell": "gru"}


def test_looks_are_written_one_a_line_and_read_in_order(tmp_path):
    ledger = EvaluationLog(tmp_path / "results")
    assert ledger.read() == ([], [])
    written = [ledger.write(run=name, **LOOK) for name in ("b", "a")]
    assert ledger.read() == (written, [])
    lines = (tmp_path / "results" / NAME).read_text().splitlines()
    assert len(lines) == 2
    assert '"run": "b", "cell": "gru"' in lines[0]


_WRITER = """
import sys
from pathlib import Path
from seqtasks.evaluations import EvaluationLog
ledger = EvaluationLog(Path(sys.argv[1]))
for index in range(50):
    run = f"{sys.argv[2]}-{index}"
    ledger.write(task="t", fingerprint="f", run=run, cell="c" * 500)
"""


def test_writers_in_several_processes_lose_nothing(tmp_path):
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, str(number)]) for number in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    evaluations, damaged = EvaluationLog(tmp_path).read()
    assert damaged == []
    assert (
        len({evaluation.run for evaluation in evaluations}) == len(evaluations) == 200
    )


def test_a_damaged_line_is_said_and_skipped(tmp_path):
    ledger = EvaluationLog(tmp_path)
    ledger.write(run="a", **LOOK)
    with ledger.path.open("ab") as file:
        file.write(b'\xff\xfe\n[1]\n{"run": "x"}\n\n{"run": NaN}\n')
    ledger.write(run="b", **LOOK)
    evaluations, damaged = ledger.read()
    assert [evaluation.run for evaluation in evaluations] == ["a", "b"]
    assert len(damaged) == 4
    assert (
        damaged[1]
        == f"{ledger.path}, line 3, is no test evaluation: it should be an object, "
        "is [1]."
    )
    assert (
        "line 4, is no test evaluation: it lacks time, task, fingerprint, cell."
        in damaged[2]
    )


def test_the_line_of_one_who_was_cut_off_damages_no_other(tmp_path):
    ledger = EvaluationLog(tmp_path)
    ledger.write(run="a", **LOOK)
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole + whole[:20])
    ledger.write(run="b", **LOOK)
    evaluations, damaged = ledger.read()
    assert [evaluation.run for evaluation in evaluations] == ["a", "b"]
    assert len(damaged) == 1


def test_a_full_disk_refuses_the_look(tmp_path, monkeypatch):
    def full(file, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(EvaluationNotWrittenError) as error:
        EvaluationLog(tmp_path).write(run="a", **LOOK)
    assert str(error.value) == (
        f"The test split was not scored, because the evaluation could not be written to "
        f"{tmp_path}/{NAME}: No space left on device. Make that file writable and run "
        f"again."
    )


def test_half_a_line_is_no_look(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:9]))
    with pytest.raises(
        EvaluationNotWrittenError, match="No space left for the whole line"
    ):
        EvaluationLog(tmp_path).write(run="a", **LOOK)
    monkeypatch.undo()
    EvaluationLog(tmp_path).write(run="b", **LOOK)
    assert [evaluation.run for evaluation in EvaluationLog(tmp_path).read()[0]] == ["b"]


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_of_the_folder_is_neither_written_nor_read(tmp_path, kind):
    outside = tmp_path / "outside"
    outside.write_text("mine\n")
    ledger = EvaluationLog(tmp_path / "results")
    ledger.folder.mkdir()
    if kind == "link":
        ledger.path.symlink_to(outside)
    elif kind == "pipe":
        os.mkfifo(ledger.path)
    else:
        ledger.path.mkdir()
    with pytest.raises(EvaluationNotWrittenError):
        ledger.write(run="a", **LOOK)
    evaluations, damaged = ledger.read()
    assert (evaluations, len(damaged)) == ([], 1)
    assert outside.read_text() == "mine\n"


def test_the_count_is_of_runs_with_or_without_a_line(tmp_path):
    ledger = EvaluationLog(tmp_path)
    for run in ("a", "a", "deleted"):
        ledger.write(run=run, **LOOK)
    ledger.write(run="a", **LOOK | {"fingerprint": "another"})
    stored = [
        dataclasses.replace(result(0.5), run="a"),
        dataclasses.replace(result(0.5), run="before the ledger"),
        dataclasses.replace(result(None), run="never scored"),
    ]
    counts = count_evaluations(ledger.read()[0], stored)
    assert counts == {("probe", "0123456789abcdef"): 3, ("probe", "another"): 1}


def test_what_is_said():
    assert evaluation_line(7, "char_lm", "98b5ea928a91700b") == (
        "test evaluation 7 of char_lm (data 98b5ea92)"
    )
