import numpy as np

from seqtasks.data.forecast_plot import (
    Panel,
    forecast_plot,
    forecast_text,
    sparkline,
)

PANEL = Panel("load", np.zeros(4), np.array([0.0, 2.0, 4.0]), np.array([0.0, 1.0, 7.0]))


def test_bars_are_as_high_as_values():
    assert sparkline(np.arange(8.0)) == "▁▂▃▄▅▆▇█"
    assert sparkline(np.array([5.0, 5.0])) == "▁▁"
    assert sparkline(np.array([0.0, 1.0]), low=-7, high=7) == "▅▅"
    assert sparkline(np.array([-9.0, 9.0]), low=0, high=1) == "▁█"


def test_neighbours_share_a_bar_where_there_are_many():
    assert sparkline(np.repeat([0.0, 7.0], 300)) == "▁" * 30 + "█" * 30


def test_truth_and_forecast_are_on_one_scale():
    assert forecast_text([PANEL]) == (
        "load, from 0 to 7, mean absolute error 1.333\n  truth     ▁▃▅\n  forecast  ▁▂█"
    )


def test_a_picture_has_a_panel_for_each_variable():
    one, two = (forecast_plot([PANEL] * count, 2, "hour") for count in (1, 2))
    assert one.startswith(b"\x89PNG")
    width, height = (int.from_bytes(one[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (1000, 250)
    assert int.from_bytes(two[20:24], "big") == 440
    assert one == forecast_plot([PANEL], 2, "hour")
    # it shows where the second forecast begins, and what was foretold
    assert one != forecast_plot([PANEL], 3, "hour")
