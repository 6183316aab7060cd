"""A report on a task's data: what a person would want to know of their own."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from seqtasks.task import SPLITS, Split
from seqtasks.testing.task_data_checks import classes_of
from seqtasks.testing.task_subject import Examples, TaskSubject, length

_FEW = 30  # validation examples, below which the best epoch is chosen by chance
_MANY_CLASSES = 50  # are not listed one by one
_IN_RUNS = 0.5  # of the changes of class that a random order has


def data_report(subject: TaskSubject) -> Iterator[str]:
    """Lines on examples, classes, repetitions, order and weights of each split.

    Args:
        subject: A task whose examples can be read.

    Yields:
        A label and a text in each line, in two columns.
    """
    task, examples = subject.task, subject.examples
    several = task.labels.classes if task.labels else ()
    classes = list(_classes(examples, several))
    yield _line("data", f"{task.source.name}: {task.source.summary}")
    for label, text in task.source.details:
        # counted before some were read, where both are there
        if not (label == "classes" and classes):
            yield _line(label, text)
    if subject.max_examples is not None:
        yield _line("read", f"the first {subject.max_examples:,} examples of a split")
    for split, part in examples.items():
        shortest, longest = length(part.shortest), length(part.longest)
        span = f"{shortest:,}" + f" to {longest:,}" * (shortest != longest)
        few = split == "validation" and len(part.whole) < _FEW
        note = "; so few choose the best epoch by chance" if few else ""
        yield _line(
            split, f"{len(part.whole):,} examples of {span} {task.step_name}s{note}"
        )
    yield from classes
    yield from _repetitions(examples)
    yield from _order(examples)
    for split, part in examples.items():
        if part.zero_weights:
            yield _line(
                "weights",
                f"{part.zero_weights:.1%} of the targets of {split} have the weight 0: "
                f"filled up, or gaps",
            )


def _line(label: str, text: str) -> str:
    return f"{label:<11} {text}"


def _classes(
    examples: Mapping[Split, Examples], names: tuple[str, ...]
) -> Iterator[str]:
    """The number of examples of each class in each split."""
    if classes_of(examples["train"].labels) is None:
        return
    counts = {
        split: Counter(np.asarray(part.labels).astype(int).tolist())
        for split, part in examples.items()
    }
    known = sorted(set().union(*counts.values()))
    each = [
        f"{names[one] if one < len(names) else one} "
        + " / ".join(f"{counts[split][one]:,}" for split in SPLITS)
        for one in known[:_MANY_CLASSES]
    ]
    more = f" and {len(known) - len(each)} more" if len(known) > len(each) else ""
    listed = f"{', '.join(each)}{more} ({' / '.join(SPLITS)})"
    yield _line("classes", f"{len(known)}: {listed}")
    for split in SPLITS[1:]:
        lacking = [one for one in known if not counts[split][one]]
        if lacking:
            yield _line("", f"{len(lacking)} of them have no example in {split}")


def _repetitions(examples: Mapping[Split, Examples]) -> Iterator[str]:
    """Equal inputs within a split and in two, and those with different targets."""
    found = False
    for one, other in itertools.combinations(SPLITS, 2):
        known = set(examples[one].inputs)
        shared = [digest in known for digest in examples[other].inputs]
        if any(shared):
            found = True
            yield _line(
                "repeats",
                f"{sum(shared):,} of the {len(shared):,} inputs of {other} are inputs "
                f"of {one} too",
            )
    for split, part in examples.items():
        repeated = len(part.inputs) - len(set(part.inputs))
        if repeated:
            found = True
            yield _line(
                "repeats",
                f"{repeated:,} of the {len(part.inputs):,} inputs of {split} repeat "
                f"another of {split}",
            )
    if not found:
        yield _line("repeats", "no inputs are there twice, in one split or in two")
    targets: dict[bytes, set[bytes]] = {}
    for part in examples.values():
        for inputs, whole in zip(part.inputs, part.whole, strict=True):
            targets.setdefault(inputs, set()).add(whole)
    conflicts = sum(len(whole) > 1 for whole in targets.values())
    if conflicts:
        yield _line(
            "labels", f"{conflicts:,} inputs are there with several different targets"
        )


def _order(examples: Mapping[Split, Examples]) -> Iterator[str]:
    """Whether examples of one class stand together, as in a sorted table."""
    for split, part in examples.items():
        labels = classes_of(part.labels)
        if labels is None or len(labels) < 2:
            continue
        changes = int(np.sum(labels[1:] != labels[:-1]))
        _, counts = np.unique(labels, return_counts=True)
        at_random = (len(labels) - 1) * (1 - np.sum((counts / len(labels)) ** 2))
        if changes == len(counts) - 1 < at_random * _IN_RUNS:
            order = "sorted by class"
        elif changes < _IN_RUNS * at_random:
            order = "in runs of one class"
        else:
            continue
        shuffled = "; the runner shuffles it" if split == "train" else ""
        yield _line("order", f"{split} is {order}{shuffled}")
