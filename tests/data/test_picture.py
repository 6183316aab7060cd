import runpy
import sys

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.data import picture
from seqtasks.data.picture import (
    frames_in_text,
    new_figure,
    png,
    show_frames,
    sparkline,
)


def frames_figure(dynamic_range=None):
    figure = new_figure(150, 100)
    frames = np.full((3, 5), -90.0)
    frames[0, 0], frames[1, 4] = -50, 0
    show_frames(figure.add_subplot(), frames, 2.0, dynamic_range)
    return figure


def test_a_figure_becomes_the_same_png_each_time():
    content = png(frames_figure())
    assert tf.io.decode_png(content).shape == (100, 150, 4)
    assert content == png(frames_figure())
    assert content != png(frames_figure(dynamic_range=70))
    assert b"Matplotlib" not in content


def test_frames_have_the_last_feature_on_top_and_seconds_below():
    (axes,) = frames_figure(dynamic_range=70).axes
    (image,) = axes.images
    assert image.origin == "lower"
    assert image.get_array().shape == (5, 3)
    assert image.get_array()[4, 1] == 0
    assert image.get_extent() == [0, 1.5, 0, 5]
    assert image.get_clim() == (-70, 0)
    assert frames_figure().axes[0].images[0].get_clim() == (-90, 0)
    assert axes.get_xlabel() == "seconds"


def test_matplotlib_is_imported_when_a_picture_is_made_and_pyplot_never(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    png(frames_figure())
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.axes"):
        monkeypatch.setitem(sys.modules, name, None)
    made = runpy.run_path(picture.__file__)
    with pytest.raises(ImportError):
        made["new_figure"](50, 50)


def test_bars_are_as_high_as_values():
    assert sparkline(np.arange(8.0)) == "▁▂▃▄▅▆▇█"
    assert sparkline(np.array([5.0, 5.0])) == "▁▁"
    assert sparkline(np.array([0.0, 1.0]), low=-7, high=7) == "▅▅"
    assert sparkline(np.array([-9.0, 9.0]), low=0, high=1) == "▁█"
    # of many values, neighbours share a bar
    assert sparkline(np.repeat([0.0, 7.0], 300)) == "▁" * 30 + "█" * 30


def test_first_middle_and_last_frame_side_by_side():
    frames = np.zeros((5, 4, 4, 1))
    frames[0, :2, 0], frames[2, 2:, 1], frames[4, :2, 3] = 1, 1, 1
    assert frames_in_text(frames) == "@   |    |   @\n    | @  |    "
    # profiles of rows and columns, crossed
    profiles = np.zeros((1, 8))
    profiles[0, [0, 1, 4]] = 1
    assert frames_in_text(profiles).splitlines()[0] == "|".join(["@==="] * 3)
