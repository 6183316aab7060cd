import dataclasses

import numpy as np
import pytest
from seqtasks.tasks.gesture_recognition import strokes
from seqtasks.tasks.gesture_recognition.strokes import (
    SHAPES,
    Person,
    draw_person,
    draw_stroke,
    draw_strokes,
)

from seqtasks.task import SPLITS

STEADY = Person(
    size=0.25, seconds=2.0, slant=0.0, rhythm=0.0, pause=0.0, tremor=0.0,
    wrist=np.eye(3), turning=0.0,
)  # fmt: skip


def test_no_person_is_in_two_splits_and_each_draws_all(monkeypatch):
    counts = {"train": 3, "validation": 1, "test": 2}
    monkeypatch.setattr(strokes, "PERSONS", counts)
    monkeypatch.setattr(strokes, "REPETITIONS", 2)
    seen = {}
    for split in SPLITS:
        series, shapes, persons = draw_strokes(split, 0)
        seen[split] = set(persons.tolist())
        assert len(series) == len(seen[split]) * 2 * len(SHAPES)
        for person in seen[split]:
            own = np.bincount(shapes[persons == person])
            assert own.tolist() == [2] * len(SHAPES)
        assert {(one.dtype.name, one.shape[1]) for one in series} == {("float32", 3)}
        assert len({len(one) for one in series}) > 5
    assert seen == {"train": {0, 1, 2}, "validation": {3}, "test": {4, 5}}
    # the seed decides
    again, other = (draw_strokes("test", seed)[0] for seed in (0, 1))
    assert all(map(np.array_equal, series, again))
    assert not np.array_equal(series[0], other[0])


def test_a_steady_circle_is_felt_as_one():
    rng = np.random.default_rng(0)
    felt = draw_stroke("circle clockwise", STEADY, rng)
    count = len(felt)
    moved = felt - [0, 9.81, 0]
    radius = np.linalg.norm(moved[3:-3, :2], axis=1)
    # ω² r, with one turn in count / 10 seconds and a radius of 20 to 31 cm, a little
    # less for the smoothing
    turn = (2 * np.pi * 10 / count) ** 2
    assert (radius > turn * 0.25 * 0.75).all()
    assert (radius < turn * 0.25 * 1.25).all()
    np.testing.assert_allclose(felt[:, 2], 0, atol=1e-6)
    # clockwise: the angle of what is felt falls
    angle = np.unwrap(np.arctan2(moved[3:-3, 1], moved[3:-3, 0]))
    assert (np.diff(angle) < 0).all()
    other = draw_stroke("circle counter-clockwise", STEADY, np.random.default_rng(0))
    moved = other - [0, 9.81, 0]
    angle = np.unwrap(np.arctan2(moved[3:-3, 1], moved[3:-3, 0]))
    assert (np.diff(angle) > 0).all()


def test_a_resting_hand_feels_gravity_alone():
    resting = dataclasses.replace(STEADY, pause=2.0)
    lengths = set()
    for seed in range(8):
        felt = draw_stroke("tick", resting, np.random.default_rng(seed))
        moved = np.linalg.norm(felt - [0, 9.81, 0], axis=1) > 0.05
        (steps,) = np.nonzero(moved)
        # 2 s of 10 readings at most, before the stroke and after it
        assert steps[0] < 21
        assert len(felt) - steps[-1] < 22
        lengths.add(int(steps[0]))
    assert len(lengths) > 4


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_drawn_by_anybody(shape):
    rng = np.random.default_rng(1)
    for _ in range(5):
        felt = draw_stroke(shape, draw_person(rng), rng)
        assert 8 <= len(felt) <= 40 + 2 * 8
        assert np.isfinite(felt).all()
        # gravity is most of what a slow hand feels
        assert abs(np.linalg.norm(felt.mean(axis=0)) - 9.81) < 4
