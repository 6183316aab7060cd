import io
import json

import pytest

from seqtasks.bench import worker
from seqtasks.bench.sample import Sample


class Counted:
    """A mode whose first step takes 5 s and whose others take as long as is said."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.asked = []

    def __call__(self, steps):
        self.asked.append(steps)
        first = 5.0 if len(self.asked) == 1 else self.seconds
        return Sample(first, self.seconds * steps, steps, 10.0 * steps)


@pytest.mark.parametrize(
    ("seconds", "given", "steps"),
    [(0.05, None, 10), (3.0, None, 1), (1e-9, None, 1000), (0.05, 4, 4)],
)
def test_a_repetition_takes_about_half_a_second_unless_steps_are_given(
    seconds, given, steps
):
    mode = Counted(seconds)
    found, compiling = worker.warm_up(mode, given)
    assert found == steps
    assert compiling == pytest.approx(5 - seconds)


@pytest.mark.parametrize(("seconds", "steps"), [(0.05, 16), (0.2, 8)])
def test_batches_of_many_shapes_are_seen_before_and_timed_equally_often(seconds, steps):
    mode = Counted(seconds)
    found, _ = worker.warm_up(mode, None, batches=8)
    assert found == steps
    assert mode.asked == [8, 8]


def test_each_request_after_the_first_is_a_repetition(monkeypatch):
    class Contender:
        def __init__(self):
            self.modes = {"train": Counted(0.25)}

        def about(self):
            return {"implementation": "compiled"}

    monkeypatch.setattr(worker, "build", lambda spec: Contender())
    answers = io.StringIO()
    worker.serve(io.StringIO('{"settings": {"steps": null}}\n{}\n{}\n'), answers)
    ready, *samples = map(json.loads, answers.getvalue().splitlines())
    assert ready == {
        "steps": {"train": 2},
        "compile_seconds": {"train": 4.75},
        "implementation": "compiled",
    }
    assert len(samples) == 2
    assert samples[0]["samples"]["train"] == {
        "first_seconds": 0.25,
        "seconds": 0.5,
        "steps": 2,
        "tokens": 20.0,
        "waited_seconds": 0.0,
    }
