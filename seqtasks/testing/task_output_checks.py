"""Checks of what a task makes of a trained model: scores of whole examples, samples."""

import math

from seqtasks.task import Sample
from seqtasks.testing.checking import raised
from seqtasks.testing.task_subject import TaskSubject

_STEPS = 5


def scores_are_declared(subject: TaskSubject) -> str | None:
    """``scores`` gives a finite number for each unit that no metric has."""
    task = subject.task
    if task.scores is None:
        return None
    expected = sorted(set(task.metric_units) - {m.name for m in task.metrics})
    try:
        scores = task.scores(subject.trained, "validation")
    except Exception as error:
        return (
            f"Expected scores(trained, split) to score an untrained model on a few "
            f"examples; it raised {raised(error)}."
        )
    if sorted(scores) != expected:
        return (
            f"Expected scores to give {', '.join(expected) or 'nothing'}, which "
            f"metric_units holds and no metric is named; received "
            f"{', '.join(sorted(scores)) or 'nothing'}."
        )
    for name, value in scores.items():
        if not math.isfinite(value):
            return (
                f"Expected a finite {name} of the untrained model; received {value}. "
                f"What is it of an example with nothing to count?"
            )
    return None


def a_sample_can_be_made(subject: TaskSubject) -> str | None:
    """``sample`` makes something of an untrained model, the same each time."""
    task = subject.task
    if task.sample is None:
        return None
    try:
        first, second = (
            task.sample(subject.trained, "", _STEPS, 1.0, 0) for _ in range(2)
        )
    except Exception as error:
        return (
            f"Expected sample(trained, prompt, length, temperature, seed) to work with "
            f"an empty prompt and an untrained model; it raised {raised(error)}."
        )
    if not isinstance(first, Sample) or not (first.text.strip() or first.files):
        return (
            f"Expected sample to give a seqtasks.Sample with text or files; received "
            f"{first!r}."
        )
    for name in first.files:
        if name != name.strip() or "/" in name or "\\" in name or name[:1] in ("", "."):
            return (
                f"Expected plain names of the sample's files; received {name!r}. They "
                f"are written into a folder of the run's."
            )
    if first != second:
        return (
            "Expected the same sample from the same seed; two differ. Draw from "
            "np.random.default_rng(seed)."
        )
    return None
