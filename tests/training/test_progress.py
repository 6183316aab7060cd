"""What a run shows while it trains, on a terminal, in a file and in a notebook."""

import io
import sys

import pytest
from rich.console import Console

from seqtasks.training.display import Display
from seqtasks.training.progress import (
    TerminalDisplay,
    configuration_lines,
    default_display,
)


def entry(epoch, loss=2.5, accuracy=0.5):
    return {"epoch": epoch, "loss": loss, "validation_accuracy": accuracy}


def test_elsewhere_a_line_an_epoch_goes_to_standard_error(capsys):
    display = TerminalDisplay(Console(file=io.StringIO()))
    display.started(3, 10, "character", loss_unit="nats")
    for step in range(20):
        display.stepped(2.5, 640)
        if step % 10 == 9:
            display.evaluated(entry((step + 1) // 10), "accuracy", step == 9)
    display.ended()
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("epoch 1/3  loss 2.5000 nats  validation accuracy 0.5 ★  ")
    assert " characters/s" in first
    assert second.startswith("epoch 2/3  loss 2.5000 nats  validation accuracy 0.5  ")


def test_a_loss_without_a_unit_has_none(capsys):
    display = TerminalDisplay(Console(file=io.StringIO()))
    display.started(None, 10, "step", seconds=5.0)
    display.stepped(1.0, 8)
    display.evaluated(entry(1, loss=1.0), "accuracy", False)
    display.ended()
    assert capsys.readouterr().err.startswith("epoch 1  loss 1.0000  validation")


def test_the_time_left_is_without_what_compiles(capsys, monkeypatch):
    now = 0.0
    monkeypatch.setattr("seqtasks.training.progress.time.perf_counter", lambda: now)
    display = TerminalDisplay(Console(file=io.StringIO()))
    display.started(11, 10, "step")
    # the first step compiles, the epoch's last, smaller batch too, and validation
    first = (8.0, *[0.1] * 8, 4.0)
    for epoch, (steps, validation) in enumerate(((first, 6.0), ([0.1] * 10, 1.0)), 1):
        for seconds in steps:
            now += seconds
            display.stepped(2.5, 640)
        now += validation
        display.evaluated(entry(epoch), "accuracy", False)
    display.ended()
    one, two = capsys.readouterr().err.splitlines()
    assert one.endswith("  0:00:10 left")  # 100 steps of a tenth
    assert two.endswith("  0:00:18 left")  # 9 epochs of a second and of validation
    display.started(9, 1, "step")
    now += 8.0
    display.stepped(2.5, 640)
    now += 6.0
    display.evaluated(entry(1), "accuracy", False)
    # the only step compiled: nothing is known
    assert capsys.readouterr().err.endswith("validation accuracy 0.5\n")


@pytest.mark.parametrize("width", [80, 200])
def test_on_a_terminal_the_bar_and_the_line_stay(width):
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=width, color_system=None)
    display = TerminalDisplay(console)
    display.started(2, 4, "character", loss_unit="nats")
    display._shown = 0.0  # the next step is drawn
    display.stepped(2.5, 640)
    display._progress.refresh()
    display.evaluated(entry(1), "accuracy", True)
    display.ended()
    shown = text.getvalue()
    assert "loss 2.5000 nats" in shown
    assert "━" in shown
    assert "validation accuracy 0.5 ★" in shown


def test_a_program_is_silent_and_a_notebook_is_not(monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)
    assert type(default_display()) is Display
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert type(default_display()) is TerminalDisplay
    monkeypatch.delitem(sys.modules, "ipykernel")
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    assert type(default_display()) is TerminalDisplay


def test_an_overfit_run_is_marked_in_its_configuration():
    configuration = {
        "task": "adding",
        "options": {"sequence_length": 20},
        "cell": "gru",
        "cell_options": {},
        "settings": {"units": 8, "early_stopping": None, "overfit": 32},
        "limit": None,
        "seed": 0,
        "num_params": 1234,
    }
    *_, settings, run = configuration_lines(configuration)
    assert settings == "settings  units=8, overfit=32"
    assert run == "run       seed=0, parameters=1,234 (an overfit run)"
