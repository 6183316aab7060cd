"""Exercise 1: the network with its cycle, and the network unfolded in time."""

from seqtasks.course.answer import Answer, Quantity
from seqtasks.course.exercise import Exercise
from seqtasks.course.student import Student


def _sizes(student: Student) -> dict[str, int]:
    return {
        "F": student.pick("1 inputs", 5, 9),
        "H": student.pick("1 units", 3, 8),
        "K": student.pick("1 classes", 10, 14),
        "T": student.pick("1 steps", 5, 12),
    }


def _quantities(student: Student) -> tuple[Quantity, ...]:
    F, H, K, T = _sizes(student).values()  # noqa: N806 (the lecture's letters)
    cell, head = (F + H) * H + H, H * K + K
    both = "Count (F + H) H + H of the cell and H K + K of the output layer."
    return (
        Quantity(
            "the number of weights of the network with its cycle",
            cell + head,
            both,
            (
                (cell, "That is the cell alone; the output layer has H K + K more."),
                (cell + head - H - K, "The biases, H and K, are weights as well."),
                (F * H + H + head, "h_{t-1} is an input too: its kernel is H by H."),
            ),
            0,
        ),
        Quantity(
            "the number of weights of the unfolded network",
            cell + head,
            "Unfolding draws the same weights once a step; it makes no new ones.",
            ((T * (cell + head), "All T copies of a weight are one and the same."),),
            0,
        ),
        Quantity(
            "the number of products with the recurrent kernel from h_1 to h_T",
            T - 1,
            "h_2 is the first that is computed from h_1, and h_T the last.",
            ((T, "The product with the zero state h_0 comes before h_1."),),
            0,
        ),
    )


def _state(student: Student) -> str:
    F, H, K, T = _sizes(student).values()  # noqa: N806
    return f"""\
Look at both drawings of one recurrent network, with its cycle and unfolded in time:

    seqtasks trace machine --output machine.svg

A network reads vectors of F = {F} numbers. Its Elman cell has H = {H} units,
h_t = tanh([x_t; h_{{t-1}}] W + b), and its output layer K = {K} classes,
y_t = h_t V + c. It is unfolded over T = {T} steps.

Answer three numbers:
  1. How many weights (biases included) has the network drawn with its cycle?
  2. How many different weights has the network unfolded over T steps?
  3. How many products with the recurrent kernel lie between h_1 and h_T?"""


def _check(answer: Answer) -> str:
    answer.check_numbers(_quantities(answer.student))
    return (
        "the unfolded network has the same weights at every step, and the gradient "
        "from the last step to h_1 passes the same kernel that often."
    )


def _solve(student: Student) -> str:
    return ",".join(str(q.value) for q in _quantities(student))


UNFOLDING = Exercise("the two drawings", "NUMBER,NUMBER,NUMBER", _state, _solve, _check)
