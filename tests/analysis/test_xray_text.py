import dataclasses

import pytest
from xray_factory import made_up

from seqtasks.analysis.xray_record import Curve, LossAlong, StateGradient
from seqtasks.analysis.xray_table import COLUMNS, as_table, labels
from seqtasks.analysis.xray_text import as_text
from seqtasks.analysis.xray_warnings import hidden_lags, warnings_of
from seqtasks.analysis.xray_words import CAUTIONS, MEANINGS, half_life


def _flat(text):
    return " ".join(text.split())


def _gradient(**fields):
    return dataclasses.replace(made_up().state_gradient, **fields)


def test_every_quantity_is_there_with_its_number_and_what_it_means():
    text = as_text(made_up(warnings=["Beware."]))
    flat = _flat(text)
    for sentence in (*MEANINGS.values(), *CAUTIONS.values()):
        assert sentence in flat
    for expected in (
        "layer 1 of 1 · 32 validation examples of 5 steps",
        "Half-life 1.00 steps; at least 1 % is left up to k = 4, the last measured.",
        "The gradient peaks at k = 2; a swapped input moves it most at k = 2.",
        "Median 0.750 (1.000 at the start, 0.500 at the end); above 1: 25%.",
        "8 units: 1 dead, 2 duplicate.",
        "8 numbers of state vary in 3.5 of 8 dimensions; 5 components hold 90 %.",
        "Half of its fall has happened by step 4 of 5.",
        "Warning: Beware.",
    ):
        assert expected in flat
    (update,) = (line for line in text.splitlines() if "update" in line)
    assert update.split()[-1] == "0.40"
    assert "50%" in update


def test_bars_are_as_long_as_their_numbers():
    lines = as_text(made_up()).splitlines()
    bars = [line.count("█") for line in lines if line.strip().startswith("k = ")]
    assert bars == [24, 12, 6, 3]


LONG = "probe-" + "x" * 60


@pytest.mark.parametrize(
    "xray",
    [
        made_up(),
        made_up(
            run="r" * 70,
            shortest=2,
            longest=1234,
            step_name="character",
            gates=[],
            warnings=["It is long. " * 30],
            state_gradient=_gradient(half_life=1234.5, measured=False, norm=1e-12),
        ),
        made_up(state_gradient=_gradient(half_life=None, growth=1.25)),
    ],
)
def test_it_fits_a_terminal_of_80_columns(xray):
    assert max(map(len, as_text(xray).splitlines())) <= 80


def test_four_cells_side_by_side_fit_too():
    cells = ("lstm", "gru", "elman", "lru")
    xrays = [made_up(cell=cell, run=f"probe-{cell}-s0") for cell in cells]
    text = as_table(xrays)
    assert max(map(len, text.splitlines())) <= 80
    for name, value in COLUMNS:
        (line,) = (one for one in text.splitlines() if one.startswith(name))
        assert line.split("  ")[-1].strip() == value(xrays[-1])
    assert text.splitlines()[2].split() == list(cells)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"half_life": 12.345}, "12.3"),
        ({"half_life": 693.1, "measured": False}, "~693"),
        ({"half_life": None, "growth": 1.0}, "infinite"),
        ({"half_life": None, "growth": 1.1}, "none, grows"),
        ({"norm": 0.0}, "not known"),
    ],
)
def test_half_life_in_words(fields, expected):
    assert half_life(made_up(state_gradient=_gradient(**fields))) == expected


@pytest.mark.parametrize(
    ("gradient", "expected"),
    [
        ({"half_life": None, "growth": 1.0}, "does not fall: its half-life is inf"),
        ({"half_life": None, "growth": 1.25}, "grows backwards, by 1.250 a step"),
        ({"half_life": 50.0, "measured": False}, "half-life ~50.0 steps, by the"),
        ({"norm": 0.0}, "0 in all examples: there is no curve."),
    ],
)
def test_what_is_unlike_a_half_life_is_worded(gradient, expected):
    xray = made_up(state_gradient=_gradient(**gradient))
    assert expected in _flat(as_text(xray))


def test_a_run_is_named_by_what_distinguishes_it():
    gru, lstm = made_up(), made_up(cell="lstm")
    assert labels([gru, lstm]) == ["gru", "lstm"]
    assert labels([gru, made_up(seed=1)]) == ["gru seed 0", "gru seed 1"]
    named = [made_up(run="probe-gru-s0-a1"), made_up(run="probe-gru-s0-b2")]
    assert labels(named) == ["gru a1", "gru b2"]


def test_a_swap_that_moves_the_output_where_there_is_no_gradient_is_a_warning():
    xray = made_up()
    assert hidden_lags(xray) == []
    norms = Curve(xray.influence.swap.at, [9.0, 9.0, 0.01, 9.0, 9.0], [0] * 5, [9] * 5)
    influence = dataclasses.replace(xray.influence, gradient=norms)
    hidden = dataclasses.replace(xray, influence=influence)
    assert hidden_lags(hidden) == [2]
    (sentence,) = warnings_of(hidden, stateful=False, overflow=None)
    assert sentence.startswith("At lag 2 the gradient is below 1 % of its largest")


@pytest.mark.parametrize(
    ("fields", "options", "expected"),
    [
        ({}, {"stateful": True}, "older than the 5 steps of a window is remembered"),
        ({}, {"overflow": 7}, "overflows from lag 7 on: it explodes"),
        ({"examples": 4}, {}, "Only 4 examples"),
        ({"shortest": 2}, {}, "2 to 5 steps: padding does not count"),
        (
            {"state_gradient": _gradient(without=3)},
            {},
            "gradient of 3 sequences is exactly 0",
        ),
        (
            {"loss": LossAlong(made_up().loss.curve, 5, False, None)},
            {},
            "one target, at the end",
        ),
        (
            {"states": dataclasses.replace(made_up().states, saturated=0.5)},
            {},
            "50% of the outputs are beyond ±0.97",
        ),
        (
            {
                "state_gradient": StateGradient(
                    made_up().state_gradient.curve, 1.0, 30.0, True, 60, 0.9, 0
                )
            },
            {},
            "next to nothing would be left at lag 60",
        ),
    ],
)
def test_where_numbers_mislead_there_is_a_sentence(fields, options, expected):
    given = {"stateful": False, "overflow": None} | options
    (sentence,) = warnings_of(made_up(**fields), **given)
    assert expected in sentence


def test_without_any_of_these_there_is_none():
    assert warnings_of(made_up(), stateful=False, overflow=None) == []
