"""The measurement for a GPU, with invented processes and results."""

import dataclasses
import subprocess

import pytest
from bench_reports import report, row
from results_factory import result

from seqtasks.bench import presets
from seqtasks.bench.presets import GPU, bench_preset, run_for, run_notes
from seqtasks.bench.rounds import WorkerFailedError
from seqtasks.errors import UsageError


class Usable:
    """A worker that answers, or fails with a sentence."""

    reason = ""

    def __init__(self, environment):
        assert environment == {"KERAS_BACKEND": "jax"}

    def ask(self, request, seconds):
        assert request["settings"]["device"] == "gpu"
        if self.reason:
            raise WorkerFailedError(self.reason)
        return {}

    def end(self):
        pass


@pytest.fixture
def asked(monkeypatch):
    """What the two parts of a measurement are asked for; nothing is measured."""
    asked = []

    def bench_cells(*arguments):
        asked.append(arguments)
        return report(row())

    def run_for(*arguments):
        asked.append(arguments)
        return "it ended with exit code 3"

    monkeypatch.setattr(presets, "bench_cells", bench_cells)
    monkeypatch.setattr(presets, "run_for", run_for)
    monkeypatch.setattr(presets, "Process", Usable)
    missing = {"torch": ["torch"]}
    monkeypatch.setattr(
        presets, "missing_libraries", lambda name: missing.get(name, [])
    )
    return asked


def test_layers_then_a_run_in_less_than_ten_minutes(asked, tmp_path):
    log = []
    made = bench_preset(GPU, tmp_path, log.append)
    (cells, against, settings, _, _, limit), run = asked
    assert cells == ("lstm", "gru", "elman", "min_gru", "lru")
    assert (settings.units, settings.batch_size, settings.sequence_length) == (
        *(512, 64, 512),
    )
    assert against == ["keras"]
    assert "torch is not installed here, and is left out." in log
    assert limit.seconds + limit.each < GPU.seconds < 600 - presets._ENDING_SECONDS
    assert run[:4] == ("char_lm", "gpu", tmp_path, {"KERAS_BACKEND": "jax"})
    assert GPU.seconds - 60 < run[4] <= GPU.seconds
    # what failed is a note, and the layers are kept
    assert made.rows[1] == row()
    assert made.notes[0] == (
        "char_lm, from end to end: no result, it ended with exit code 3."
    )
    assert "arXiv:2412.07752" in made.notes[-1]


def test_a_machine_without_a_gpu_is_refused_at_once(asked, tmp_path, monkeypatch):
    monkeypatch.setattr(Usable, "reason", "Expected a GPU.")
    with pytest.raises(UsageError, match="Expected a GPU"):
        bench_preset(GPU, tmp_path, print)
    assert not asked


def at(score, **fields):
    return result(score, task="char_lm", cell="gru", **fields)


@pytest.mark.parametrize(
    ("score", "verdict"), [(1.72, "within seed noise"), (2.5, "differs")]
)
def test_the_score_stands_beside_those_of_the_reference_runs(
    monkeypatch, score, verdict
):
    references = [at(1.7 + seed / 100, seed=seed, device="A CPU") for seed in range(3)]
    other = at(1.5, seed=4, units=7)
    monkeypatch.setattr(presets, "reference_results", lambda _: [other, *references])
    made = at(score, seed=0, device="A GPU", backend="jax")
    first, beside, judged = run_notes(made, "char_lm")
    assert f"{score}" in first
    assert "on A GPU, jax." in first
    assert beside.endswith("1.7 (seed 0), 1.71 (seed 1), 1.72 (seed 2), on A CPU.")
    assert judged.startswith(f"Beside them it is {verdict}: ")


def test_a_run_without_a_score_or_references_is_a_note(monkeypatch):
    ended = dataclasses.replace(
        at(1.7), status="interrupted", metrics={}, reason="Why."
    )
    assert run_notes(ended, "char_lm") == (
        "char_lm, from end to end: interrupted. Why.",
    )
    monkeypatch.setattr(presets, "reference_results", lambda _: [])
    assert "no reference runs" in run_notes(at(1.7), "char_lm")[1]


class Started:
    """Stands for the process of a run; ``ends`` is when it ends by itself."""

    def __init__(self, ends, printed, code):
        self._ends, self._printed, self._code = ends, printed, code
        self.asked = []

    def communicate(self, timeout):
        self.asked.append(timeout)
        if len(self.asked) < self._ends:
            raise subprocess.TimeoutExpired("run", timeout)
        return self._printed, None

    def terminate(self):
        self.asked.append("terminate")

    def kill(self):
        self.asked.append("kill")

    def wait(self):
        return self._code


@pytest.mark.parametrize(
    ("ends", "status", "expected", "asked"),
    [
        (1, "finished", "finished", [9.0, "kill"]),
        # it writes its row after SIGTERM
        (3, "interrupted", "interrupted", [9.0, "terminate", 30, "kill"]),
        (
            4,
            "interrupted",
            "it was not done in 9 s and did not end when asked to",
            [9.0, "terminate", 30, "kill"],
        ),
        (1, None, "it ended with exit code 3", [9.0, "kill"]),
    ],
)
def test_a_run_that_is_late_is_asked_to_end(
    monkeypatch, tmp_path, ends, status, expected, asked
):
    row = (
        "" if status is None else dataclasses.replace(at(1.7), status=status).to_json()
    )
    process = Started(ends, row, 3)
    started = []
    monkeypatch.setattr(
        presets.subprocess,
        "Popen",
        lambda *given, **named: started.append((given, named)) or process,
    )
    made = run_for("char_lm", "cpu", tmp_path, {"A": "b"}, 9.0)
    assert (made if isinstance(made, str) else made.status) == expected
    assert process.asked == asked
    ((command,), named) = started[0]
    assert command[3:] == [
        *("seqtasks.cli.main", "run", "char_lm", "--json"),
        *("--params", "task", "--no-resume"),
        *("--device", "cpu", "--results", str(tmp_path)),
    ]
    assert named["env"].items() >= {"A": "b"}.items()
