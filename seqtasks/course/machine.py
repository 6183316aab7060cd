"""Exercise 2: two steps of a tiny Elman cell on *machine*, by hand."""

import math

import numpy as np

from seqtasks.course.answer import Answer, Quantity
from seqtasks.course.exercise import Exercise
from seqtasks.course.student import Student

_LETTERS = "mach"  # the beginning of the word, and the vocabulary
_UNITS = 2


def _matrix(student: Student, key: str, rows: int, columns: int) -> np.ndarray:
    return np.array(
        [
            [
                student.tenths(f"2 {key} {row} {column}", -9, 9)
                for column in range(columns)
            ]
            for row in range(rows)
        ]
    )


def _weights(student: Student) -> tuple[np.ndarray, ...]:
    """W of shape ``(F + H, H)``, b, V of shape ``(H, K)``; c is zero."""
    size = len(_LETTERS)
    return (
        _matrix(student, "W", size + _UNITS, _UNITS),
        _matrix(student, "b", 1, _UNITS)[0],
        _matrix(student, "V", _UNITS, size),
    )


def _quantities(student: Student) -> tuple[Quantity, ...]:
    W, b, V = _weights(student)  # noqa: N806 (the lecture's letters)
    h, losses, sums = np.zeros(_UNITS), [], b
    for step in range(2):
        x = np.eye(len(_LETTERS))[step]
        sums = np.concatenate([x, h]) @ W + b  # (H,)
        h = np.tanh(sums)
        logits = h @ V  # (K,)
        losses.append(math.log(np.exp(logits).sum()) - logits[step + 1])
    alone = np.tanh(W[1] + b)  # without h_1
    loss = float(losses[1])
    perplexity = math.exp(sum(losses) / 2)
    units = tuple(
        Quantity(
            f"h_2[{unit}]",
            float(h[unit]),
            f"It is tanh of column {unit} of [x_2; h_1] W + b; x_2 is the one-hot "
            f"vector of 'a'.",
            (
                (float(alone[unit]), "The state h_1 is missing: rows 5 and 6 of W."),
                (float(sums[unit]), "That is the sum; φ = tanh of it is the state."),
            ),
        )
        for unit in range(_UNITS)
    )
    return (
        *units,
        Quantity(
            "the loss of step 2",
            loss,
            "It is -ln of the probability of 'c': ln Σ exp(y) - y[c], with y = h_2 V.",
            (
                (loss / math.log(2), "That is in bits; the loss here is in nats, ln."),
                (math.exp(-loss), "That is the probability; the loss is its -ln."),
            ),
        ),
        Quantity(
            "the perplexity after 2 steps",
            perplexity,
            "It is exp of the mean of the losses of steps 1 and 2.",
            (
                (math.exp(loss), "That is of step 2 alone; the mean is of both steps."),
                (math.exp(sum(losses)), "Divide the sum of the losses by 2 first."),
            ),
        ),
    )


def _state(student: Student) -> str:
    W, b, V = _weights(student)  # noqa: N806

    def row(values):
        return "  ".join(f"{value:5.1f}" for value in values)

    names = [*(f"x: {letter}" for letter in _LETTERS), "h[0]", "h[1]"]
    kernel = "\n".join(f"    {n:<5}{row(r)}" for n, r in zip(names, W, strict=True))
    output = "\n".join(f"    h[{i}] {row(r)}" for i, r in enumerate(V))
    return f"""\
See how the lecture's network reads its word, step by step, with other weights:

    seqtasks trace mach --units 2

Now compute by hand (or in Python) h_t = tanh([x_t; h_{{t-1}}] W + b) and y_t = h_t V
with these weights, x_t being one-hot over m, a, c, h, and h_0 = 0:

    W    unit 0 unit 1
{kernel}
    b    {row(b)}

    V        m      a      c      h
{output}

In step 1 the network reads "m" and is to predict "a"; in step 2 it reads "a" and is to
predict "c". (The trace counts its steps from 0.)

Answer four numbers, to three decimals: h_2[0], h_2[1], the loss of step 2 in nats,
the perplexity after these 2 steps."""


def _check(answer: Answer) -> str:
    answer.check_numbers(_quantities(answer.student))
    return "that is what `seqtasks trace` computes at each step."


def _solve(student: Student) -> str:
    return ",".join(f"{q.value:.3f}" for q in _quantities(student))


MACHINE = Exercise("machine, by hand", "H,H,LOSS,PERPLEXITY", _state, _solve, _check)
