"""Lines on what was counted of a group: test evaluations, reruns."""

from collections.abc import Mapping, Sequence

from seqtasks.result import Result


def originals(results: Sequence[Result]) -> list[Result]:
    """The results without the reruns of those that are among them.

    A rerun is no other seed and no newer version: the original keeps its numbers. Of an
    original that was deleted, the rerun takes the place.
    """
    names = {result.run for result in results}
    return [result for result in results if result.rerun_of not in names]


def count_lines(
    runs: Sequence[Result],
    results: Sequence[Result],
    evaluations: Mapping[tuple[str, str], int],
) -> tuple[str, ...]:
    """The lines of a group.

    Args:
        runs: The runs of the group.
        results: All results.
        evaluations: How many runs looked at each test split, by task and fingerprint.
    """
    lines = []
    count = evaluations.get((runs[0].task, runs[0].fingerprint), 0)
    if count:
        lines.append(f"Test evaluations so far: {count}.")
    names = {run.run for run in runs}
    again = sum(result.rerun_of in names for result in results)
    if again:
        how_many = "1 rerun" if again == 1 else f"{again} reruns"
        lines.append(f"Left out: {how_many}; the run that was repeated stands.")
    return tuple(lines)
