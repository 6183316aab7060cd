import subprocess
import sys

import numpy as np
import tensorflow as tf

from seqtasks.data.picture import new_figure, png, show_frames


def frames_figure(dynamic_range=None):
    figure = new_figure(300, 200)
    frames = np.full((3, 5), -90.0)
    frames[0, 0], frames[1, 4] = -50, 0
    show_frames(figure.add_subplot(), frames, 2.0, dynamic_range)
    return figure


def test_a_figure_becomes_the_same_png_each_time():
    content = png(frames_figure())
    assert tf.io.decode_png(content).shape == (200, 300, 4)
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


def test_pyplot_is_not_imported():
    code = (
        "import sys; from seqtasks.data.picture import new_figure, png;"
        "assert 'matplotlib' not in sys.modules;"
        "png(new_figure(50, 50)); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
