"""A folder of results of as many runs as one likes, to time commands on.

``python tests/many_results.py FOLDER 10000`` writes it; then

    for c in status table compare; do time seqtasks $c --results FOLDER >/dev/null; done
"""

import dataclasses
import random
import sys
from pathlib import Path

from seqtasks.store import Store, reference_results

# seeds of a configuration; more configurations are on other data
SEEDS = 10


def write_many(folder: Path, count: int) -> Store:
    """Writes runs like the reference results: their tasks, cells, histories.

    Args:
        folder: Folder of the results, which is made.
        count: Number of runs.
    """
    drawn = random.Random(0)
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder)
    kinds = {
        (row.task, row.cell): row
        for row in reference_results()
        if row.status == "finished"
    }
    for number in range(count):
        data, seed = divmod(number // len(kinds), SEEDS)
        row = list(kinds.values())[number % len(kinds)]
        stamp = f"20260101T{number // 3600 % 24:02d}{number // 60 % 60:02d}00"
        name = f"{row.task}-{row.cell}-s{seed}-{stamp}-{number:06x}"
        metrics = {
            split: {name: value * drawn.uniform(0.9, 1.1) for name, value in of.items()}
            for split, of in row.metrics.items()
        }
        made = dataclasses.replace(
            row,
            run=name,
            seed=seed,
            author="",
            fingerprint=f"data-{data}",
            metrics=metrics,
        )
        # not `store.write`, which waits for the disk each time
        store.path(name).write_text(made.to_json() + "\n", encoding="utf-8")
    return store


if __name__ == "__main__":
    write_many(Path(sys.argv[1]), int(sys.argv[2]))
