"""A run that is made once: two processes never both train it."""

import contextlib
from collections.abc import Collection
from typing import Any

from seqtasks.claims import (
    Claim,
    beginning,
    find_ended,
    key_digest,
    take,
    write_claim,
)
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.training.experiment import Experiment


def claimed(
    store: Store,
    experiment: Experiment,
    retry: Collection[str],
    save_predictions: bool,
    words: str,
    held: contextlib.ExitStack,
) -> Result | None:
    """Claims a configuration and seed; its row if it has ended already.

    Args:
        store: Folder of the results.
        experiment: The experiment.
        retry: Statuses of a row that do not count.
        save_predictions: Whether a row without predictions does not count.
        words: Digest of the command line, under which the configuration is noted so
            that the next process need not read the data; empty for none.
        held: Receives the lock.

    Raises:
        BusyError: If another process trains it.
        UsageError: If the file system of the folder has no locks.
    """
    key = experiment.run_key
    held.enter_context(take(store, key_digest(key)))
    known: dict[str, Any] = {
        "run_key": key,
        "ancestry": experiment.initial.ancestry if experiment.initial else (),
        "save_predictions": save_predictions,
    }
    if words:
        write_claim(store, words, **known)
    rows, _ = store.read((beginning(key),))
    return find_ended(store, Claim("", 0, "", **known), retry, rows)
