import numpy as np
import tensorflow as tf

from seqtasks.data.picture import enlarged, lettering, png, put, shades, spectrogram


def test_shades_go_from_dark_to_bright():
    image = shades(np.array([[0.0, 1, 2, 3, 4]]))
    assert image.shape == (1, 5, 3)
    assert image.dtype == np.uint8
    brightness = image[0] @ [0.299, 0.587, 0.114]
    assert (np.diff(brightness) > 10).all()
    # what is beyond the bounds is as dark or bright as they are
    np.testing.assert_array_equal(
        shades(np.array([[-9.0, 0, 1, 9]]), 0, 1)[0, [0, 3]], image[0, [0, 4]]
    )
    assert (shades(np.ones((2, 2))) == shades(np.ones((2, 2)))[0, 0]).all()


def test_letters():
    ink = lettering("L1", size=1)
    assert ["".join(".#"[int(dot)] for dot in row) for row in ink] == [
        "#....#..",
        "#...##..",
        "#....#..",
        "#....#..",
        "###.###.",
    ]
    assert lettering("l").shape == (10, 8)
    np.testing.assert_array_equal(lettering("l"), enlarged(lettering("l", 1), 2))
    np.testing.assert_array_equal(lettering("q"), lettering("Q"))
    assert lettering("é", 1)[:, :3].all()


def test_what_is_beyond_the_edge_is_cut_off():
    image = np.zeros((4, 4, 3), np.uint8)
    put(image, np.ones((2, 2), bool), 3, 3, (1, 2, 3))
    put(image, np.ones((2, 2), bool), -1, -1, (4, 5, 6))
    put(image, np.ones((2, 2), bool), 9, 9, (7, 8, 9))
    assert image[3, 3].tolist() == [1, 2, 3]
    assert image[0, 0].tolist() == [4, 5, 6]
    assert image.any(axis=-1).sum() == 2


def test_a_spectrogram_has_high_bands_at_the_top():
    frames = np.full((3, 5), -60.0)
    frames[1, 4] = 0
    image = spectrogram(frames, size=2)
    assert image.shape == (10, 6, 3)
    bright = image.sum(axis=-1)
    assert (bright[:2, 2:4] == bright.max()).all()
    assert (bright == bright.max()).sum() == 4


def test_png_is_read_again():
    image = shades(np.random.default_rng(0).random((4, 6)))
    np.testing.assert_array_equal(tf.io.decode_png(png(image)), image)
