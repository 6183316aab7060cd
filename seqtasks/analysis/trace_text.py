"""A trace as text of 80 columns, with the lecture's names at the right edge."""

import re
from collections.abc import Iterator

import numpy as np

from seqtasks.analysis.trace import Step, Trace, Value
from seqtasks.analysis.trace_text_backwards import backwards_in_text
from seqtasks.analysis.vector_text import (
    WIDTH,
    labelled_in_text,
    matrix_in_text,
    number_in_text,
    strip,
    tagged,
    vector_in_text,
)

# a trace is small if its vectors and its steps are at most so many
_SMALL = 16
# of one step that was asked for, more is written
_ENLARGED = 64
_LIKELY = 8
# the longest label in a line for a step
_LABEL = 16

_TAGS = {
    "product": "fully connected layer: product",
    "sum": "sum",
    "elementwise product": "product by element ⊙",
    "activation": "activation φ",
    "concatenation": "concatenation",
    "split": "split",
    "output": "output",
    "other": "",
}


def trace_in_text(trace: Trace, step: int | None = None) -> str:
    """A trace as a person reads it.

    Every number of a small trace is written. Of a large one there is one line a step;
    a step that is asked for is written whole.

    Args:
        trace: The trace.
        step: Number of the one step to write; ``None`` for all.

    Raises:
        UsageError: If there is no such step.
    """
    lines = [*_head(trace)]
    if step is not None:
        lines += _step(trace, trace.only(step).steps[0], _ENLARGED)
        lines += backwards_in_text(trace, [step], _ENLARGED)
    elif is_small(trace):
        lines += [*_weights(trace, _SMALL * _SMALL), "", "FORWARDS"]
        for one in trace.steps:
            lines += _step(trace, one, _SMALL)
        every = list(range(len(trace.steps)))
        lines += backwards_in_text(trace, every, _SMALL)
    else:
        lines += [*_weights(trace, 0), "", "FORWARDS", *_overview(trace)]
        lines += backwards_in_text(trace, [], _SMALL)
        lines += ["", "--step N writes one step whole, --format json every number."]
    return "\n".join(line.rstrip() for line in lines)


def is_small(trace: Trace) -> bool:
    """Whether every number of a trace is written."""
    first = trace.steps[-1]
    sizes = [len(trace.steps), first.input.size, *(v.value.size for v in first.values)]
    for part in (first.logits, first.prediction, first.distribution):
        sizes.append(0 if part is None else part.size)
    return max(sizes) <= _SMALL


def shown(label: str) -> str:
    """A label as it stands in a line: a single character or a blank in quotes."""
    quoted = len(label) == 1 or label != label.strip() or not label.isprintable()
    return repr(label) if quoted else label


def _head(trace: Trace) -> Iterator[str]:
    yield from tagged(trace.title, "", indent=0)
    loss = "no target, so no loss"
    if trace.has_loss:
        unit = trace.loss_unit if trace.loss_unit == "nats" else f"({trace.loss_unit})"
        loss = f"loss {number_in_text(trace.loss)} {unit}"
        if sum(one.loss is not None for one in trace.steps) > 1:
            loss += ", the mean over the steps with a target"
    count = len(trace.steps)
    yield from tagged(f"{count} step{'s' if count > 1 else ''}; {loss}", "", indent=0)
    names = ", ".join(trace.state_names)
    yield f"h_t = f(x_t, h_{{t-1}}), the same f at each step; states: {names}"


def _weights(trace: Trace, most: int) -> Iterator[str]:
    yield ""
    yield "WEIGHTS, the same at each step"
    for name, value in trace.weights.items():
        shape = ", ".join(map(str, value.shape))
        tag = "output layer" if name.startswith("output.") else ""
        yield from tagged(f"{name} ({shape})", tag)
        yield from matrix_in_text(value, most)


def _step(trace: Trace, step: Step, most: int) -> Iterator[str]:
    """All values of a step."""
    number = "" if step.number is None else f" (number {step.number})"
    left = f"step {step.index}   input {shown(step.label)}{number}"
    target = ""
    if step.target is not None:
        own = "" if step.target_index is None else f" (number {step.target_index})"
        target = f"target {_target(trace, step)}{own}"
    yield ""
    yield from tagged(left, target, indent=0)
    yield from tagged("x_t", "input")
    yield from vector_in_text(step.input, most)
    for name, state in zip(trace.state_names, step.states_before, strict=True):
        yield from tagged(f"{name}_{{t-1}}", "state before")
        yield from vector_in_text(state, most)
    before: Value | None = None
    for value in step.values:
        yield from tagged(_equation(value), _tag(step, value, before))
        yield from vector_in_text(value.value, most)
        before = value
    yield from _after(trace, step, most)
    yield from _outputs(trace, step, most)


def _after(trace: Trace, step: Step, most: int) -> Iterator[str]:
    """The output, and the states that are not the output."""
    yield from tagged("h_t", "output of the cell")
    yield from vector_in_text(step.output, most)
    for name, state in zip(trace.state_names, step.states, strict=True):
        if state.shape != step.output.shape or (state != step.output).any():
            yield from tagged(f"{name}_t", "state after")
            yield from vector_in_text(state, most)


def _outputs(trace: Trace, step: Step, most: int) -> Iterator[str]:
    """What the output layer makes of h_t, and its loss."""
    if step.prediction is not None:
        yield from tagged("prediction", "output layer")
        yield from vector_in_text(step.prediction, most)
    if step.logits is not None:
        yield from tagged("logits", "output layer")
        if step.logits.size > most:
            yield from vector_in_text(step.logits, most)
    if step.distribution is not None:
        yield from _distribution(trace, step, most)
    if step.loss is not None:
        text = f"loss = {number_in_text(step.loss)} {trace.loss_unit}"
        if step.target_index is not None and step.distribution is not None:
            chance = float(step.distribution[step.target_index])
            if np.isclose(step.loss, -np.log(max(chance, 1e-30)), rtol=1e-3):
                text = (
                    f"loss = -ln p({_target(trace, step)}) = "
                    f"-ln {number_in_text(chance)} = {number_in_text(step.loss)} nats"
                )
        yield from tagged(text, "loss of the step")
    if step.perplexity is not None:
        text = f"exp(mean loss so far) = {number_in_text(step.perplexity)}"
        yield from tagged(text, "running perplexity")


def _distribution(trace: Trace, step: Step, most: int) -> Iterator[str]:
    """The logits and the probabilities, by class, and the target marked."""
    assert step.distribution is not None
    is_one = bool(np.isclose(step.distribution.sum(), 1, atol=1e-3))
    tag = "softmax" if is_one else "probability of each"
    labels = [_class(trace, i) for i in range(step.distribution.size)]
    if step.distribution.size <= min(most, _SMALL):
        if step.target_index is not None:
            labels[step.target_index] = f"→{labels[step.target_index]}"
        if step.logits is not None:
            yield from labelled_in_text(labels, [step.logits])
        yield from tagged("p, the distribution; → marks the target", tag)
        yield from labelled_in_text(labels, [step.distribution])
        return
    order = np.argsort(-step.distribution)[:_LIKELY]
    yield from tagged("p, the distribution; the most likely", tag)
    yield from labelled_in_text([labels[i] for i in order], [step.distribution[order]])
    if step.target_index is not None:
        chance = float(step.distribution[step.target_index])
        place = 1 + int((step.distribution > chance).sum())
        yield (
            f"      target {_target(trace, step)}: p = {number_in_text(chance)}, "
            f"number {place} of {step.distribution.size}"
        )


def _overview(trace: Trace) -> Iterator[str]:
    """A line a step: input, target, its probability, loss, perplexity, a strip of h."""
    last = trace.steps[-1]
    at_the_end = all(step.loss is None for step in trace.steps[:-1])
    rows: list[tuple[str, ...]] = [
        ("step", "input", "target", "p", "likeliest", "p", "loss", "perpl.")
    ]
    for step in trace.steps:
        chance = None
        if step.target_index is not None and step.distribution is not None:
            chance = f"{step.distribution[step.target_index]:.3f}"
        rows.append(
            (
                str(step.index),
                _cut(shown(step.label), _LABEL),
                "" if step.target is None else _cut(_target(trace, step), _LABEL),
                chance or "",
                *_likeliest(trace, step),
                "" if step.loss is None else number_in_text(step.loss),
                "" if step.perplexity is None else f"{step.perplexity:.4g}",
            )
        )
    if at_the_end:  # what one line below says
        rows = [row[:2] for row in rows]
    used = [column for column in zip(*rows, strict=True) if any(column[1:])]
    aligned = [
        [one.ljust(max(map(len, column))) for one in column]
        if column[0] in ("input", "target", "likeliest")
        else [one.rjust(max(map(len, column))) for one in column]
        for column in used
    ]
    head, *lines = ("  ".join(row) for row in zip(*aligned, strict=True))
    yield ""
    yield f"{head}  h_t"
    for line, step in zip(lines, trace.steps, strict=True):
        yield f"{line}  {strip(step.output, WIDTH - len(line) - 2)}"
    if at_the_end:
        yield ""
        target = "" if last.target is None else f"target {_target(trace, last)}"
        yield from tagged("after the last step", target, indent=0)
        yield from _outputs(trace, last, _SMALL)


def _likeliest(trace: Trace, step: Step) -> tuple[str, str]:
    """The most likely class and its probability; empty if there are none."""
    if step.distribution is None or not np.isclose(step.distribution.sum(), 1, 1e-3):
        return "", ""
    best = int(step.distribution.argmax())
    return _cut(_class(trace, best), _LABEL), f"{step.distribution[best]:.3f}"


def _equation(value: Value) -> str:
    """The cell's own equation, without the prefixes of Python."""
    source = re.sub(r"\b(?:(?:keras\.)?ops|self)\.", "", value.source)
    return f"{value.name} = {source}" if value.name else source


def _tag(step: Step, value: Value, before: Value | None) -> str:
    """The lecture's name of what a value is."""
    if value.kind == "concatenation":
        both = np.concatenate([step.input, step.states_before[0]])
        if both.shape == value.value.shape and (both == value.value).all():
            return "concatenation [x_t; h_{t-1}]"
    if value.kind == "sum" and before is not None and before.kind == "product":
        bias = re.sub(r"^ \+ ", "", value.source.removeprefix(before.source))
        if re.fullmatch(r"self\.\w+(\[\d+\])?", bias):
            return "fully connected layer: + b"
    if value.kind == "activation" and re.match(r"self\.gate\(", value.source):
        return "gate: activation σ"
    return _TAGS[value.kind]


def _class(trace: Trace, index: int) -> str:
    return shown(trace.classes[index]) if trace.classes else str(index)


def _target(trace: Trace, step: Step) -> str:
    """The target of a step; a number that stands for no label has no quotes."""
    return shown(step.target or "") if trace.classes else step.target or ""


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
