"""The HTML page of a trace: one file that is stepped through, forwards and backwards.

The script writes all that it shows as text, from one block of JSON; nothing is loaded.
Small arrays are in the page as numbers, large ones as the colours that are drawn.
"""

import base64
import importlib.metadata
import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtasks.analysis.trace import Step, StepGradient, Trace
from seqtasks.analysis.trace_canvas import largest, pooled, scaled, shown
from seqtasks.analysis.trace_weights import arrows
from seqtasks.reports.numbers import counted
from seqtasks.reports.one_file import environment, json_block, own_text, policy

if TYPE_CHECKING:
    from seqtasks.analysis.trace_against import Difference

_HERE = "seqtasks.analysis"

# numbers that are written: of a vector, and of a side of a matrix
_VECTOR, _SIDE = 16, 12
# colours on a side of a picture, and of all pictures of gradients together
_LARGEST, _SMALLEST, _COLOURS = 48, 12, 2_000_000
# classes that are listed; of more, the likeliest and the true one
_CLASSES = 14
# letters of a label and of an expression
_LABEL, _SOURCE = 200, 500


def page(
    trace: Trace,
    other: Trace | None = None,
    first_difference: "Difference | None" = None,
    step: int = 0,
) -> str:
    """The HTML of a trace; equal traces give the same text.

    Args:
        trace: The trace.
        other: The trace of another cell, to be shown beside it.
        first_difference: The first value that differs between the two; ``None`` if
            they agree.
        step: Number of the step that the page opens at, from 0.
    """
    traces = [trace] if other is None else [trace, other]
    difference = None
    if first_difference is not None:
        difference = {
            "step": first_difference.step,
            "quantity": shown(first_difference.quantity, _LABEL),
        }
    data = {
        "traces": [_trace(one) for one in traces],
        "difference": difference,
        "start": step,
    }
    script = own_text(_HERE, "trace.js")
    return (
        environment(_HERE)
        .get_template("trace.html.jinja")
        .render(
            title=" and ".join(dict.fromkeys(shown(t.title, 160) for t in traces)),
            steps=counted(max(len(one.steps) for one in traces), "step"),
            compared=other is not None,
            version=importlib.metadata.version("seqtasks"),
            # the colours, the tables and the texts are those of `seqtasks report`
            style=own_text("seqtasks.reports", "page.css")
            + own_text(_HERE, "trace.css"),
            script=script,
            data=json_block(data),
            policy=policy(script),
        )
    )


def _trace(trace: Trace) -> dict[str, Any]:
    found = arrows(trace)
    raws = [np.ravel(step.raw) for step in trace.steps if step.raw is not None]
    every = np.concatenate(raws) if raws else np.zeros(0)
    return {
        "task": shown(trace.task, _LABEL),
        "cell": shown(trace.cell, _LABEL),
        "run": None if trace.run is None else shown(trace.run, _LABEL),
        "states": [shown(name, 12) for name in trace.state_names],
        "weights": [
            {
                "name": shown(name, _LABEL),
                "shape": list(weight.shape),
                "value": _array(weight),
                "arrows": [
                    arrow
                    for arrow in ("input", "recurrent", "output")
                    if name in getattr(found, arrow)
                ],
            }
            for name, weight in trace.weights.items()
        ],
        "joint": found.joint,
        "loss": _number(trace.loss),
        "unit": shown(trace.loss_unit, _LABEL),
        "steps": [_step(step, trace.classes, every) for step in trace.steps],
        "gradients": _gradients(trace),
    }


def _step(step: Step, classes: tuple[str, ...], every: np.ndarray) -> dict[str, Any]:
    rows, others = _classes(step, classes)
    return {
        "label": shown(step.label, _LABEL),
        "number": step.number,
        "x": _array(step.input),
        "raw": _raw(step.raw, every),
        "before": [_array(state) for state in step.states_before],
        "values": [
            {
                "name": shown(value.name, _LABEL),
                "source": shown(value.source, _SOURCE),
                "kind": value.kind,
                "value": _array(value.value),
            }
            for value in step.values
        ],
        "output": _array(step.output),
        "states": [_array(state) for state in step.states],
        "classes": rows,
        "others": others,
        "sums": step.distribution is not None
        and abs(float(step.distribution.sum()) - 1) < 1e-3,
        "prediction": None if step.prediction is None else _array(step.prediction),
        "target": None if step.target is None else shown(step.target, _LABEL),
        "loss": _number(step.loss),
        "perplexity": _number(step.perplexity),
    }


def _classes(step: Step, names: tuple[str, ...]) -> tuple[list[dict[str, Any]], int]:
    """The classes to list with their probabilities, and how many others there are."""
    if step.distribution is None:
        return [], 0
    p = np.ravel(step.distribution)
    logits = None if step.logits is None else np.ravel(step.logits)
    listed = list(range(len(p)))
    if len(p) > _CLASSES:
        listed = [int(i) for i in np.argsort(-p, kind="stable")[: _CLASSES - 1]]
        if step.target_index is not None and step.target_index not in listed:
            listed.append(step.target_index)
    rows = [
        {
            "label": shown(names[i] if i < len(names) else str(i), _LABEL),
            "p": _number(p[i]),
            "logit": None if logits is None else _number(logits[i]),
            "true": i == step.target_index,
        }
        for i in listed
    ]
    return rows, len(p) - len(listed)


def _raw(raw: np.ndarray | None, every: np.ndarray) -> dict[str, Any] | None:
    """The input as it was given: the grey or the colours of a frame, or numbers."""
    if raw is None:
        return None
    if raw.ndim < 3:
        return {"line": _array(raw)}
    if raw.shape[-1] != 3:
        raw = raw.mean(axis=tuple(range(2, raw.ndim)))
    # every second row and column, and so on, of a large frame
    by = math.ceil(max(raw.shape[:2]) / 64)
    raw = raw[::by, ::by]
    pixels = np.round(255 * scaled(raw, every)).astype(np.uint8)
    return {
        "r": raw.shape[0],
        "c": raw.shape[1],
        "channels": 3 if raw.ndim > 2 else 1,
        "b": base64.b64encode(pixels.tobytes()).decode("ascii"),
    }


def _gradients(trace: Trace) -> list[dict[str, Any]]:
    """The steps backwards; the sum of a weight's terms runs from the last step."""
    pictures = max(1, len(trace.steps) * (1 + 2 * len(trace.weights)))
    side = int(min(_LARGEST, max(_SMALLEST, math.sqrt(_COLOURS / pictures))))
    sums = {
        name: list(
            itertools.accumulate(
                gradient.weights[name] for gradient in reversed(trace.gradients)
            )
        )[::-1]
        for name in trace.weights
    }
    return [
        _gradient(gradient, {name: sums[name][t] for name in sums}, side)
        for t, gradient in enumerate(trace.gradients)
    ]


def _gradient(
    gradient: StepGradient, sums: dict[str, np.ndarray], side: int
) -> dict[str, Any]:
    total = np.concatenate([np.ravel(state) for state in gradient.state])
    return {
        "state": [_array(state) for state in gradient.state],
        "total": _number(np.linalg.norm(total)),
        "by": [_number(value) for value in gradient.by_loss],
        "jacobian": _array(gradient.jacobian, side),
        "norm": _number(gradient.norm),
        "radius": _number(gradient.radius),
        "weights": [
            {
                "term": _array(gradient.weights[name], side),
                "sum": _array(sums[name], side),
            }
            for name in sums
        ],
    }


def _number(value: Any) -> float | str | None:
    """Six digits are more than are shown; JSON has no number that is not finite."""
    if value is None:
        return None
    value = float(value)
    return float(f"{value:.6g}") if math.isfinite(value) else str(value)


def _array(values: np.ndarray, side: int = _LARGEST) -> dict[str, Any]:
    """An array as its numbers, or as the colours of a picture with what is lost in it.

    Args:
        values: A vector or a matrix; more axes are laid side by side.
        side: Colours on a side of the picture of a matrix.
    """
    values = np.asarray(values)
    shape = list(values.shape)
    table = values.reshape(1, -1) if values.ndim < 2 else values.reshape(shape[0], -1)
    rows, columns = table.shape
    made: dict[str, Any] = {"s": shape, "m": _number(largest(table))}
    small = columns <= _VECTOR if rows == 1 else max(rows, columns) <= _SIDE
    if small:
        numbers = [_number(value) for value in table.flat]
        return made | {"r": rows, "c": columns, "v": numbers}
    wide = 4 * _LARGEST if rows == 1 else side
    picture = pooled(pooled(table, side, axis=0), wide, axis=1)
    levels = np.nan_to_num(picture / largest(table)).clip(-1, 1)
    coded = np.round(127 * levels).astype(np.int8).tobytes()
    return made | {
        "r": picture.shape[0],
        "c": picture.shape[1],
        "b": base64.b64encode(coded).decode("ascii"),
        "norm": _number(np.linalg.norm(table)),
        "low": _number(table.min()),
        "high": _number(table.max()),
    }
