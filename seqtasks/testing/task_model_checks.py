"""Checks of a task's model: encoder, head, loss and metrics, with a small cell."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.task import Sample, SummedScore, Task
from seqtasks.testing.checking import NotApplicable, raised
from seqtasks.testing.task_subject import TaskSubject, length


def encoder_gives_features(subject: TaskSubject) -> str | None:
    """What reaches the recurrence is ``(batch, time, features)`` of real numbers."""
    inputs = subject.batch[0]["inputs"]
    encoder = subject.task.encoder
    features = inputs if encoder is None else encoder(inputs)
    remedy = "Let the encoder keep the axes of batch and time."
    if encoder is None:
        remedy = "Give an encoder, as keras.layers.Embedding for tokens."
    if (
        not hasattr(features, "shape")
        or len(features.shape) != 3
        or not keras.backend.is_float_dtype(features.dtype)
    ):
        return (
            f"Expected features (batch, time, features) of real numbers before the "
            f"recurrence; received {_described(features)}. {remedy}"
        )
    return None


def loss_is_finite(subject: TaskSubject) -> str | None:
    """The untrained model has a loss, one number for each target."""
    _, targets, weights = subject.batch
    loss = subject.task.loss
    values = loss.call(targets, subject.predictions)
    expected = tuple(weights.shape)
    if tuple(values.shape)[: len(expected)] != expected:
        return (
            f"Expected a loss of the shape {expected}, a number for each target, so "
            f"that weights can leave padding out; received {tuple(values.shape)}. "
            f"Average over the last axis alone in its method call."
        )
    whole = float(loss(targets, subject.predictions, sample_weight=weights))
    if not np.isfinite(whole):
        return (
            f"Expected a finite loss of the untrained model; received {whole}. Does "
            f"the loss expect logits (from_logits=True) where the head gives them?"
        )
    return None


def metrics_are_finite(subject: TaskSubject) -> str | None:
    """Each metric takes targets, predictions and weights."""
    _, targets, weights = subject.batch
    for metric in subject.task.metrics:
        try:
            metric.reset_state()
            _update(metric, subject.task, targets, subject.predictions, weights)
            value = metric.result()
        except Exception as error:
            return (
                f"Expected the metric {metric.name} to take targets "
                f"{tuple(targets.shape)}, predictions "
                f"{tuple(subject.predictions.shape)} and sample_weight; it raised "
                f"{raised(error)}."
            )
        finally:
            metric.reset_state()
        if not np.all(np.isfinite(value)):
            return (
                f"Expected a finite value of the metric {metric.name} for the "
                f"untrained model; received {value}."
            )
    return None


def predictions_do_not_see_later_inputs(
    subject: TaskSubject,
) -> str | NotApplicable | None:
    """Encoder and head of a causal task are causal."""
    task = subject.task
    examples = subject.examples["train"].kept
    if not task.return_sequences:
        return NotApplicable("an example has one target, after all of its inputs")
    if not task.causal:
        if all(_is_next(example[0], example[1]) for example in examples):
            return (
                "Expected `causal` to be True, because the targets are the inputs one "
                "step later; it is False. Write causal=True, "
                'causal_reason="the next token is what is to be predicted".'
            )
        return None
    changed = [
        (_spliced(example[0], other[0]), *example[1:])
        for example, other in zip(examples, examples[1:] + examples[:1], strict=True)
    ]
    middle = min(length(example) for example in examples) // 2
    before, after = (
        keras.ops.convert_to_numpy(
            subject.model(subject.first_batch(subject.pipeline(few))[0])
        )
        for few in (examples, changed)
    )
    if not np.allclose(before[:, :middle], after[:, :middle], rtol=1e-4, atol=1e-5):
        return (
            f"Expected predictions that do not see later inputs, because "
            f"{task.causal_reason}; changing the inputs from step {middle} on changed "
            f"predictions before it. Use causal padding in the encoder, and let the "
            f"head act on each step."
        )
    return None


def padding_changes_no_score(subject: TaskSubject) -> str | NotApplicable | None:
    """A short and a long example score the same in one padded batch as in two."""
    train = subject.examples["train"]
    if length(train.shortest) == length(train.longest):
        return NotApplicable("all examples have one length")
    pair = [train.shortest, train.longest]
    together, apart = (
        _scores(subject, subject.pipeline(pair, size).evaluation("train"))
        for size in (2, 1)
    )
    for name, value in together.items():
        if not np.isclose(value, apart[name], rtol=1e-3, atol=1e-5):
            return (
                f"Expected the {name} of examples of {length(pair[0])} and "
                f"{length(pair[1])} steps to be the same in one padded batch as in "
                f"two; received {value:.6g} and {apart[name]:.6g}. Weigh each term "
                f"with sample_weight, divide in result alone, and let the encoder not "
                f"look at padding."
            )
    return None


def _scores(subject: TaskSubject, batches: tf.data.Dataset) -> dict[str, float]:
    """The metrics over all batches, and the loss averaged over the weights."""
    task, model = subject.task, subject.model
    total = weight = 0.0
    for metric in task.metrics:
        metric.reset_state()
    for features, targets, weights in batches:
        predictions = model(features)
        loss = task.loss(targets, predictions, sample_weight=weights)
        total += float(loss) * float(tf.reduce_sum(weights))
        weight += float(tf.reduce_sum(weights))
        for metric in task.metrics:
            _update(metric, task, targets, predictions, weights)
    scores = {metric.name: float(metric.result()) for metric in task.metrics}
    for metric in task.metrics:
        metric.reset_state()
    return {"loss": total / weight, **scores}


def _update(
    metric: keras.metrics.Metric,
    task: Task,
    targets: Any,
    predictions: Any,
    weights: Any,
) -> None:
    """Gives a metric what the runner gives it: each target as an example of its own."""
    if task.return_sequences:
        targets, predictions, weights = (
            keras.ops.reshape(part, (-1, *part.shape[2:]))
            for part in (targets, predictions, weights)
        )
    metric.update_state(targets, predictions, sample_weight=weights)


def _is_next(inputs: Any, targets: Any) -> bool:
    """Whether the targets are the inputs one step later."""
    if isinstance(inputs, dict | tuple) or np.shape(inputs) != np.shape(targets):
        return False
    return len(inputs) > 1 and np.array_equal(inputs[1:], targets[:-1])


def _spliced(inputs: Any, other: Any) -> Any:
    """The first half of the inputs, then other inputs."""

    def splice(one, two):
        middle = min(len(one), len(two)) // 2
        rest = np.resize(two[middle:], (len(one) - middle, *np.shape(one)[1:]))
        return np.concatenate([one[:middle], rest])

    return tf.nest.map_structure(splice, inputs, other)


def _described(value: Any) -> str:
    if not hasattr(value, "shape"):
        return type(value).__name__
    return f"{tuple(value.shape)} of {keras.backend.standardize_dtype(value.dtype)}"


_STEPS = 5


def scores_are_declared(subject: TaskSubject) -> str | NotApplicable | None:
    """``scores`` gives a finite number for each unit that no metric has."""
    task = subject.task
    if task.scores is None:
        return NotApplicable("the task has metrics alone, no scores")
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
    for name, score in scores.items():
        value = float(score)
        if not math.isfinite(value):
            return (
                f"Expected a finite {name} of the untrained model; received {value}. "
                f"What is it of an example with nothing to count?"
            )
        if isinstance(score, SummedScore):
            summed = score.combine(np.asarray(score.parts).sum(axis=0))
            if not np.isclose(summed, value, rtol=1e-4, atol=1e-9):
                return (
                    f"Expected the parts of {name} to add up to its value, "
                    f"{value:g}; combine of their sums gives {summed:g}. Each row of "
                    f"parts is what one example adds."
                )
    return None


def a_sample_can_be_made(subject: TaskSubject) -> str | NotApplicable | None:
    """``sample`` makes something of an untrained model, the same each time."""
    task = subject.task
    if task.sample is None:
        return NotApplicable("the task gives no samples")
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
