import numpy as np

from seqtasks.data.text_picture import frames_in_text, sparkline


def test_bars_are_as_high_as_values():
    assert sparkline(np.arange(8.0)) == "▁▂▃▄▅▆▇█"
    assert sparkline(np.array([5.0, 5.0])) == "▁▁"
    assert sparkline(np.array([0.0, 1.0]), low=-7, high=7) == "▅▅"
    assert sparkline(np.array([-9.0, 9.0]), low=0, high=1) == "▁█"


def test_neighbours_share_a_bar_where_there_are_many():
    assert sparkline(np.repeat([0.0, 7.0], 300)) == "▁" * 30 + "█" * 30


def test_first_middle_and_last_frame_side_by_side():
    frames = np.zeros((5, 4, 4, 1))
    frames[0, :2, 0], frames[2, 2:, 1], frames[4, :2, 3] = 1, 1, 1
    assert frames_in_text(frames) == "@   |    |   @\n    | @  |    "
    # profiles of rows and columns, crossed
    profiles = np.zeros((1, 8))
    profiles[0, [0, 1, 4]] = 1
    assert frames_in_text(profiles).splitlines()[0] == "|".join(["@==="] * 3)
