"""A task that trains in a moment, with published values that nobody published."""

import dataclasses
from typing import Literal

from tiny_task import tiny_task

from seqtasks.errors import DataUnavailableError
from seqtasks.task import Conversion, Optimum, PublishedResult, Task

# least and largest accuracy that agree, so that a run's verdict is known beforehand
BANDS = {"inside": (0.0, 1.0), "better": (-2.0, -1.0), "worse": (2.0, 3.0)}


def claimed_task(
    claim: Literal["inside", "better", "worse"] = "inside",
    dataset: Literal["here", "absent"] = "here",
    length: int = 8,
) -> Task:
    """Which half of a short sequence has the larger sum.

    Args:
        claim: Verdict of every run on the published value.
        dataset: ``here``, or ``absent``, which is on no machine.
        length: Changes nothing.
    """
    if dataset == "absent":
        raise DataUnavailableError("absent is not on this machine.")
    low, high = BANDS[claim]
    shared = {"source": "Doe 2001", "protocol": "by hand", "num_params": 52}
    banded = {"low": low, "high": high, "value": (low + high) / 2}
    needs = {"length": 9}
    return dataclasses.replace(
        tiny_task(),
        epochs=1,
        conversions=(Conversion("accuracy", "%", 100.0, "a hundredth"),),
        optimum=Optimum("accuracy", 1.0, "by construction"),
        published=(
            # 52 parameters: (2 + 5) * 5 + 5, and 5 * 2 + 2 of the head
            PublishedResult(
                "RNN", "accuracy", cell="elman", options=needs, **banded, **shared
            ),
            PublishedResult(
                "elsewhere",
                "accuracy",
                cell="elman",
                options={**needs, "dataset": "absent"},
                **banded,
                **shared,
            ),
            PublishedResult("unbounded", "accuracy", value=0.5, cell="gru", **shared),
        ),
    )
