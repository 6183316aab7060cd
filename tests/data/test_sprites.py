import numpy as np
import pytest

from seqtasks.data.sprites import MIN_FRAMES, MOTIONS, SHAPES, SIZES, draw, sprites


@pytest.fixture(scope="module")
def clips():
    return sprites("train", 400)


def test_the_same_clips_each_time():
    first, again = sprites("test", 3), sprites("test", 3)
    assert first.frames.shape == (sum(first.lengths), 24, 24)
    np.testing.assert_array_equal(first.frames, again.frames)
    # NumPy keeps the stream of a generator's plain draws
    assert first.lengths.tolist() == [9, 8, 13]
    assert [MOTIONS[motion] for motion in first.motion] == ["up", "right", "left"]
    assert [SHAPES[kind] for kind in first.kind] == ["triangle", "square", "disc"]
    assert first.positions[0].tolist() == [6, 11]


@pytest.mark.parametrize(
    ("shape", "size", "rows"),
    [
        ("square", 5, "....... .#####. .#####. .#####. .#####. .#####. ......."),
        ("disc", 7, "..###.. .#####. ####### ####### ####### .#####. ..###.."),
        ("cross", 5, "....... ...#... ...#... .#####. ...#... ...#... ......."),
        ("triangle", 7, "...#... ...#... ..###.. ..###.. .#####. .#####. #######"),
    ],
)
def test_shapes(shape, size, rows):
    drawn = ["".join(".#"[value] for value in row) for row in draw(shape, size)]
    assert drawn == rows.split()


def test_lengths_vary_and_motions_are_equally_frequent(clips):
    assert set(clips.lengths) == set(range(MIN_FRAMES, 25))
    assert np.bincount(clips.motion).tolist() == [50] * len(MOTIONS)
    assert set(clips.size) == set(SIZES)
    assert set(clips.kind) == set(range(len(SHAPES)))


def test_splits_and_seeds_have_draws_of_their_own():
    frames = [
        sprites(split, 16, seed=seed).frames
        for split in ("train", "validation", "test")
        for seed in (0, 1)
    ]
    seen = [{frame.tobytes() for frame in part} for part in frames]
    assert len(set.union(*seen)) == sum(len(part) for part in seen)


def test_the_brightest_pixels_are_where_the_facts_say(clips):
    owner = np.repeat(np.arange(len(clips)), clips.lengths)
    for frame in range(500):
        bright = clips.frames[frame] >= 64  # noise is below 32
        assert bright.any() == clips.visible[frame]
        if clips.visible[frame]:
            shape, size = SHAPES[clips.kind[owner[frame]]], clips.size[owner[frame]]
            expected = np.zeros_like(bright)
            expected[:7, :7] = draw(shape, size)
            shift = clips.positions[frame] - 3
            np.testing.assert_array_equal(bright, np.roll(expected, shift, (0, 1)))
    assert 0.05 < np.mean(~clips.visible) < 0.15


def steps_of(clips, index):
    """How far the bright pixels' centre moves per frame, with the hidden ones filled.

    The canvas is a torus, so a centre is an angle, and the difference of two is taken
    the short way round.
    """
    ends = np.cumsum(clips.lengths)
    frames = clips.frames[ends[index] - clips.lengths[index] : ends[index]]
    shown = np.flatnonzero((frames >= 64).any(axis=(1, 2)))
    angles = np.exp(2j * np.pi * np.arange(24) / 24)
    bright = (frames[shown] >= 64).astype(float)
    rows = np.angle(bright.sum(axis=2) @ angles)
    columns = np.angle(bright.sum(axis=1) @ angles)
    turns = np.diff(np.unwrap(np.stack([rows, columns], axis=1), axis=0), axis=0)
    return turns * 24 / (2 * np.pi), np.diff(shown)


def test_the_motion_follows_from_the_frames_alone(clips):
    right = [
        motion_of(*steps_of(clips, index)) == MOTIONS[clips.motion[index]]
        for index in np.flatnonzero(clips.lengths >= 16)
    ]
    assert len(right) > 150
    assert np.mean(right) > 0.97


def motion_of(steps, gaps):
    """The motion, by hand: how straight the path is, and to which side it bends."""
    travelled = abs(steps).sum(axis=0)
    net = steps.sum(axis=0)
    moves_rows, moves_columns = travelled > 0.3 * travelled.max()
    if moves_rows and moves_columns:
        (rows, columns), (next_rows, next_columns) = smooth(steps)
        # rows grow downwards: a path that bends right on the screen is clockwise
        bend = np.sum(columns * next_rows - rows * next_columns)
        return "clockwise" if bend > 0 else "anticlockwise"
    axis = 0 if moves_rows else 1
    straight = abs(net[axis]) > 0.9 * travelled[axis]
    if straight:
        return (("up", "down"), ("left", "right"))[axis][int(net[axis] > 0)]
    return ("up_and_down", "sideways")[axis]


def smooth(steps):
    """Means over four steps, and the same four steps later."""
    means = np.stack([np.convolve(s, np.ones(4) / 4, "valid") for s in steps.T])
    return means[:, :-4], means[:, 4:]


def test_in_each_frame_each_place_is_as_likely_for_each_motion():
    clips = sprites("train", 4000, canvas=12, max_frames=10)
    ends = np.cumsum(clips.lengths)
    for frames in (ends - clips.lengths, ends - 1):
        for motion in range(len(MOTIONS)):
            rows, columns = clips.positions[frames[clips.motion == motion]].T
            # 500 clips in 4 quarters: 125 each, 4 deviations of 9.7
            for places in (rows // 3, columns // 3):
                counts = np.bincount(places, minlength=4)
                assert abs(counts - 125).max() < 40
