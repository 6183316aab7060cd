import numpy as np
from seqtasks.tasks.captioning.caption_picture import caption_strip

BLACK, BLUE = (0, 0, 0), (0, 90, 160)


def test_frames_from_the_first_to_the_last_and_text_below():
    greys = np.arange(20, dtype=np.uint8) * 10
    frames = np.tile(greys[:, None, None, None], (1, 24, 24, 3))
    image = caption_strip(
        frames, [("made: a dog", BLACK), ("true: " + "cat " * 30, BLUE)]
    )
    # eight frames of 96 pixels with gaps of 4; three lines, since one is broken
    assert image.shape == (8 + 100 + 3 * 16, 4 + 8 * 100, 3)
    assert image.dtype == np.uint8
    shown = image[50, 54::100, 0].tolist()
    assert shown == [0, 30, 50, 80, 110, 140, 160, 190]
    assert (image[:, :4] == 255).all()
    lines = np.split(image[104:152], 3)
    assert {tuple(color) for color in lines[0].reshape(-1, 3)} == {BLACK, (255,) * 3}
    for line in lines[1:]:
        assert {tuple(color) for color in line.reshape(-1, 3)} == {BLUE, (255,) * 3}


def test_a_short_clip_and_large_frames():
    image = caption_strip(np.zeros((2, 100, 100, 3), np.uint8), [])
    assert image.shape == (8 + 104, 4 + 8 * 104, 3)
    assert (image[:, 4 + 2 * 104 :] == 255).all()
    assert (image[4:104, 4:104] == 0).all()
