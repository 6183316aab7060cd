import numpy as np
import pytest
from seqtasks.tasks.sequential_image.glyphs import draw_glyphs


@pytest.fixture(scope="module")
def drawn():
    return draw_glyphs("train", 200)


def test_the_first_ones_are_always_the_same(drawn):
    pictures, digits = drawn
    assert (pictures.shape, pictures.dtype) == ((200, 28, 28), np.uint8)
    assert np.bincount(digits).tolist() == [20] * 10
    assert digits[:10].tolist() == [5, 6, 8, 0, 5, 9, 1, 5, 1, 9]
    assert pictures[0, 14].tolist() == [
        0, 33, 0, 0, 0, 0, 0, 45, 15, 0, 22, 0, 0, 0, 110, 166, 228, 255, 147, 209,
        190, 12, 0, 0, 31, 2, 0, 0,
    ]  # fmt: skip


def test_a_split_and_a_seed_have_pictures_of_their_own(drawn):
    seen = {picture.tobytes() for picture in drawn[0]}
    for split, seed in (("validation", 0), ("test", 0), ("train", 1)):
        seen |= {picture.tobytes() for picture in draw_glyphs(split, 200, 28, seed)[0]}
    assert len(seen) == 800


@pytest.mark.parametrize("size", [20, 40])
def test_other_sizes(size):
    pictures, _ = draw_glyphs("test", 30, size)
    assert pictures.shape == (30, size, size)
    # strokes, well above the noise, cover some of the paper
    assert 0.02 < (pictures > 130).mean() < 0.3


def test_a_digit_lies_anywhere(drawn):
    pictures, digits = drawn
    ink = (pictures[digits == 8] > 130).mean(axis=0)
    quarters = [ink[:14, :14], ink[:14, 14:], ink[14:, :14], ink[14:, 14:]]
    assert min(quarter.mean() for quarter in quarters) > 0.05


def test_pictures_of_a_digit_are_more_alike_than_pictures_of_two():
    pictures, digits = draw_glyphs("train", 2000)
    # blind to where the digit lies: the magnitudes of the spectrum
    spectra = np.abs(np.fft.rfft2(pictures / 255.0))[:, :8, :8].reshape(2000, -1)
    means = np.stack([spectra[:1000][digits[:1000] == k].mean(0) for k in range(10)])
    far = ((spectra[1000:, None] - means) ** 2).sum(-1)
    assert (far.argmin(1) == digits[1000:]).mean() > 0.2
