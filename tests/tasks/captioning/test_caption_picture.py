import numpy as np
from seqtasks.tasks.captioning.caption_picture import caption_picture


def test_frames_from_the_first_to_the_last_under_captions():
    greys = np.arange(20, dtype=np.uint8) * 10
    frames = np.tile(greys[:, None, None, None], (1, 24, 24, 3))
    short = np.zeros((2, 24, 24, 3), np.uint8)
    figure = caption_picture(
        [frames, short], [["made: a dog", "true: " + "cat " * 30], ["made: a cat"]]
    )
    one, two = figure.axes
    image = one.images[0].get_array()
    assert image[12, 12::25, 0].tolist() == [0, 30, 50, 80, 110, 140, 160, 190]
    assert (image[:, 24::25] == 255).all()
    made, true, more = one.get_title(loc="left").splitlines()
    assert made == "made: a dog"
    assert len(true) < 110
    assert more.startswith("cat")
    # as wide as the other, white beyond its two frames
    image = two.images[0].get_array()
    assert image.shape == (24, 8 * 25, 3)
    assert (image[:, 50:] == 255).all()
    assert (image[:, :24] == 0).all()
    assert round(figure.bbox.height) == 2 * 110 + 4 * 20
