"""Comparison: all that is said of the cells of a folder of results."""

import dataclasses
import itertools
from collections.abc import Sequence

from seqtasks.comparison.contender import Contender
from seqtasks.comparison.field import Field, fields
from seqtasks.comparison.pair import Pair, pairs
from seqtasks.comparison.ranking import Ranking, ranking
from seqtasks.errors import UsageError
from seqtasks.registry import nearest
from seqtasks.result import Result


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Contenders over seeds and over tasks.

    Args:
        confidence: Of all intervals; one minus it is the level of all tests.
        seed: The seed of what is resampled.
        reference: What the others are held against; empty for all pairs.
        fields: The contenders of each task.
        pairs: The pairs of each task.
        ranking: Over tasks; ``None`` if no two tasks share two contenders.
    """

    confidence: float
    seed: int
    reference: str
    fields: tuple[Field, ...]
    pairs: tuple[tuple[Pair, ...], ...]
    ranking: Ranking | None


def compare(
    results: Sequence[Result],
    confidence: float = 0.95,
    seed: int = 0,
    reference: str = "",
) -> Comparison:
    """Compares what is comparable. The same results and seed give the same numbers.

    Args:
        results: The results; smoke runs are left out.
        confidence: Of all intervals; one minus it is the level of all tests.
        seed: The seed of what is resampled.
        reference: The name of a cell or of a contender that the others are held
            against; empty for all pairs.

    Raises:
        UsageError: If nothing has the reference's name, or several contenders of a task.
    """
    found = fields(results)
    bases = [_reference(field, reference) for field in found]
    if reference and found and not any(bases):
        known = {one.name for field in found for one in field.contenders}
        raise UsageError(
            f"There is no full run of the reference {reference!r}. "
            f"{nearest(reference, known)}"
        )
    alpha = 1 - confidence
    return Comparison(
        confidence,
        seed,
        reference,
        found,
        tuple(
            pairs(_which(field, base, reference), field.first.mode, alpha, seed)
            for field, base in zip(found, bases, strict=True)
        ),
        ranking(found, alpha, seed),
    )


def _reference(field: Field, name: str) -> Contender | None:
    """The contender of this name, else the only one of this cell."""
    exact = [one for one in field.contenders if one.name == name]
    found = exact or [one for one in field.contenders if one.row.cell == name]
    if len(found) > 1:
        names = ", ".join(repr(one.name) for one in found)
        raise UsageError(
            f"Expected a --reference that is one contender of {field.name}; {name!r} is "
            f"{len(found)}. Give one of {names}."
        )
    return found[0] if found else None


def _which(
    field: Field, base: Contender | None, reference: str
) -> list[tuple[Contender, Contender]]:
    if not reference:
        return list(itertools.combinations(field.contenders, 2))
    return [(one, base) for one in field.contenders if base and one is not base]
