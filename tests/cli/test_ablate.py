"""``seqtasks ablate`` as a person uses it."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.analysis import ablation
from seqtasks.cli.main import main
from seqtasks.store import Store

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
SMALL = ("--seeds", 1, "--epochs", 1, "--implementation", "projected")


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.slow  # three runs, and a search for a size
def test_a_cell_is_trained_whole_and_without_each_gate_and_only_once(tmp_path):
    typed = ("ablate", "ugrnn", "--task", TINY, *SMALL, "--params", 1000)
    done = seqtasks(*typed, "--results", tmp_path)
    assert done.exit_code == 0, done.output
    found, _ = Store(tmp_path).read()
    options = [run.cell_options.get("without") for run in found]
    assert sorted(options, key=str) == [None, "update"]
    assert all(abs(run.num_params - 1000) <= 50 for run in found)
    whole, part = sorted(found, key=lambda run: run.num_params == 0 or "without" in
                         run.cell_options)  # fmt: skip
    assert part.settings["units"] > whole.settings["units"]
    assert "ugrnn without its update gate is not tested" in done.stdout
    assert "whole: --params 1000:" in done.stderr
    assert "without update:" in done.stderr

    again = seqtasks(*typed, "--results", tmp_path)
    assert again.stdout == done.stdout
    assert f"ugrnn whole, seed 0: {whole.run} is done." in again.stderr
    assert len(Store(tmp_path).read()[0]) == 2

    shown = seqtasks("ablate", "--results", tmp_path)
    assert shown.stdout == done.stdout
    # an ordinary run of this size is the same row
    ordinary = seqtasks(
        "run", TINY, "--cell", "ugrnn", "--cell-set", "without=update",
        "--params", 1000, "--seed", 1, *SMALL[2:], "--results", tmp_path,
    )  # fmt: skip
    assert ordinary.exit_code == 0, ordinary.output
    compared = seqtasks("compare", "--results", tmp_path)
    assert "\nugrnn without=update" in compared.stdout


def test_a_run_that_is_stopped_ends_the_program(tmp_path, monkeypatch):
    calls = []

    def run(*arguments, **fields):
        calls.append(fields)
        return result(status="interrupted")

    monkeypatch.setattr(ablation, "run", run)
    done = seqtasks(
        "ablate", "ugrnn", "--task", TINY, *SMALL, "--units", 40, "--results", tmp_path
    )
    assert done.exit_code == 130
    assert len(calls) == 1
    assert calls[0]["units"] == 40


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("elman", "--task", TINY), "Expected a cell that names its gates, as lstm"),
        (("gru",), "Expected a task, as in `seqtasks ablate gru --task adding`"),
        (("--task", "adding"), "as in `seqtasks ablate gru --task adding`; received"),
        (
            ("gru", "--task", TINY, "--cell-set", "without=reset"),
            "Expected a whole cell to take gates from; received --cell-set without=",
        ),
        (
            ("ugrnn", "--task", TINY, "--units", 1),
            "Expected a cell without its update gate of the whole one's size",
        ),
        (
            ("gru", "--task", TINY, "--units", 3, "--params", 1000),
            "--units being 3. Leave one out.",
        ),
    ],
)
def test_what_cannot_be_ablated_is_refused(arguments, sentence, tmp_path):
    done = seqtasks("ablate", *arguments, "--results", tmp_path)
    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.mark.slow
def test_a_gate_that_a_cell_does_not_have_now_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "run", lambda *a, **k: pytest.skip("sizes alone"))
    messages = []

    class Display:
        message = staticmethod(messages.append)

    what = ablation.Ablation(task=TINY, cell="rhn", settings={"units": 30})
    models = ablation._models(what, Display())
    assert [*models] == ["", "transform"]
    assert any(line.startswith("Left out: carry.") for line in messages)
