from collections import Counter

import numpy as np
import pytest
from seqtasks.tasks.captioning.sprite_captions import (
    CLIPS,
    COLORS,
    SIZE_NAMES,
    STEPS,
    captioned_sprites,
)

from seqtasks.data.sprites import SHAPES, SIZES, draw

CANVAS = 24


@pytest.fixture(scope="module")
def clips():
    return captioned_sprites(CANVAS, 16, 0)


@pytest.fixture(scope="module")
def test_split(clips):
    return clips.load("test")


def places_of(frame):
    """What fits the bright pixels of a frame exactly: shape, size and place."""
    found = {}
    for shape in SHAPES:
        for number, size in enumerate(SIZES):
            stamp = np.zeros_like(frame)
            drawn = draw(shape, size).astype(bool)
            stamp[: len(drawn), : len(drawn)] = drawn
            if stamp.sum() != frame.sum():
                continue
            # the middle of each shape is bright
            for row, column in np.argwhere(frame) - len(drawn) // 2:
                if np.array_equal(np.roll(stamp, (row, column), (0, 1)), frame):
                    found[shape, SIZE_NAMES[number]] = (row, column)
    return found


def read(frames):
    """The caption, read from nothing but the frames."""
    bright = frames >= 96  # noise is below 32
    hues = tuple(bright.any(axis=(0, 1, 2)).astype(int))
    (color,) = (name for name, tint in COLORS.items() if tint == hues)
    places = [places_of(frame) for frame in bright.any(axis=3)]
    # each frame alone shows shape and size
    (kind,) = {kind for place in places for kind in place}
    path = np.array([place[kind] for place in places])
    moves = (np.diff(path, axis=0) + CANVAS // 2) % CANVAS - CANVAS // 2
    named = [
        next(name for name, way in STEPS.items() if way == tuple(np.sign(move)))
        for move in moves
    ]
    directions = list(dict.fromkeys(named))
    assert all(named.count(name) >= 3 for name in directions)
    shape, size = kind
    return f"{' then '.join(directions)} moves a {size} {color} {shape}"


def test_the_caption_is_a_function_of_the_clip(test_split):
    for clip in test_split[:10]:
        assert clip.captions == (read(clip.frames),)
    assert [clip.captions for clip in test_split[:4]] == [
        ("right then down moves a large red triangle",),
        ("left moves a small red square",),
        ("up then down moves a small blue square",),
        ("down moves a small red triangle",),
    ]


def test_shapes_and_types(clips, test_split):
    assert len(test_split) == CLIPS["test"]
    assert {len(clip.frames) for clip in test_split} == set(range(8, 17))
    assert {clip.frames.shape[1:] for clip in test_split} == {(CANVAS, CANVAS, 3)}
    assert all(clip.frames.dtype == np.uint8 for clip in test_split)
    assert clips.one_caption
    # no frame shows the beginning
    assert clips.in_no_frame("up then left moves a large red disc") == "up then left"


def test_all_kinds_are_about_equally_frequent(clips):
    words = Counter(word for (one,) in clips.train_captions for word in one.split())
    # 3000 clips, and four deviations
    for options, share in ((SIZE_NAMES, 1 / 2), (COLORS, 1 / 4), (SHAPES, 1 / 4)):
        for word in options:
            deviation = np.sqrt(3000 * share * (1 - share))
            assert abs(words[word] - 3000 * share) < 4 * deviation
    assert abs(words["then"] - 2250) < 4 * np.sqrt(3000 * 3 / 16)
    assert words["moves"] == 3000


def test_the_seed_of_the_data_and_the_split_decide(monkeypatch):
    for split in CLIPS:
        monkeypatch.setitem(CLIPS, split, 20)
    few, again, other = (captioned_sprites(16, 8, seed) for seed in (0, 0, 1))
    first, second = few.load("train"), again.load("train")
    np.testing.assert_array_equal(first[7].frames, second[7].frames)
    captions = [tuple(clip.captions for clip in first)]
    # known without frames
    assert captions[0] == few.train_captions
    for source, split in ((few, "validation"), (few, "test"), (other, "train")):
        captions.append(tuple(clip.captions for clip in source.load(split)))
    assert len(set(captions)) == 4
