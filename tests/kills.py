"""Kills that a test can afford many of: the process stays, all that it knew is lost.

Run as a program with a folder to work in, it does so on the backend that runs.
"""

import itertools
import json
import random
import sys
from pathlib import Path

import keras
import numpy as np

from seqtasks.files import acquire
from seqtasks.store import Store
from seqtasks.training.cadence import Cadence
from seqtasks.training.display import Display
from seqtasks.training.fit import fit
from seqtasks.training.plan import plan_cell, plan_task
from seqtasks.training.prepared import prepare
from seqtasks.training.progress import Progress
from seqtasks.training.record import Record
from seqtasks.training.rows import row
from seqtasks.training.settings import resolve_settings
from seqtasks.training.state import build_for_training, capture, restore
from seqtasks.training.weights import get_weights

TINY = str(Path(__file__).parent / "tiny_task.py")
HERE = {"device": "here", "backend": "any", "versions": {}, "commit": ""}


class Killed(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


class Killing(Display):
    """Kills after a number of steps; keeps what it is told.

    Args:
        after: How many steps.
    """

    def __init__(self, after):
        self.after = after
        self.sentences = []

    def told(self, sentence):
        self.sentences.append(sentence)

    def stepped(self, loss, time_steps):
        self.after -= 1
        if self.after < 0:
            raise Killed


def text_of(path):
    path.write_text("the quick brown fox jumps over the lazy dog\n" * 12)
    return path


CASES = {
    "dropout and a carried state": lambda book: (
        "char_lm",
        {"dataset": str(book), "sequence_length": 5, "embedding": 3, "dropout": 0.3},
        {"units": 4, "batch_size": 3, "epochs": 3},
    ),
    "lengths that vary": lambda book: (
        TINY,
        {"lengths": "varying", "each_step": True},
        {"epochs": 3},
    ),
}


def prepared(case, book):
    """A run that is ready to start, uncompiled, so that it starts soon."""
    task, options, settings = CASES[case](book)
    plan = plan_task(task, options)
    built = plan.build(0)
    resolved = resolve_settings(
        built, task, {"implementation": "projected", **settings}
    )
    return prepare(plan, built, plan_cell("gru", {}), resolved, 0)


def record_of(one, folder, display, every=1):
    """A record of the run ``run``, begun; its lock must be free."""
    store = Store(folder)
    lock = acquire(store.lock_path("run"))
    assert lock is not None
    record = Record(store, "run", lock, {}, Cadence(steps=every), display)
    record.row = lambda *given: row("run", one, HERE, *given)
    return record


def outcome(one, progress):
    """Weights, all of the progress that does not hang on the clock, random numbers."""
    weights = [*get_weights(one.model), *(progress.best_weights or [])]
    history = [
        {name: value for name, value in entry.items() if name != "seconds"}
        for entry in progress.history
    ]
    return (
        *([value.tobytes() for value in weights], history, progress.best_scores),
        *(progress.best_epoch, progress.steps, progress.last_loss, progress.status),
        *(random.random(), np.random.random()),
    )


def forget(model):
    """Leaves nothing in memory of what a killed process knew."""
    groups = model.variables, model.optimizer.variables, model.metrics_variables
    for variable in itertools.chain(*groups):
        variable.assign(np.full(variable.shape, 7, variable.dtype))
    random.seed(99)
    np.random.seed(99)


def train(one, progress, display, record=None):
    fit(
        *(one.model, one.task, one.pipeline, one.settings.epochs, display),
        progress=progress,
        record=record,
    )
    return outcome(one, progress)


def killed_often(one, first, folder, rng):
    """Trains with kills at random steps; how many there were, and the outcome."""
    batch, kills = next(iter(one.pipeline.train(0))), 0
    while True:
        display = Killing(rng.randrange(9))
        record = record_of(one, folder, display, every=rng.choice([1, 1, 2, 5]))
        try:
            progress = record.restored(one.model, batch)
            if progress is None:  # as a process is that begins
                restore(one.model, *first, batch)
                progress = Progress()
            record.begin(progress)
            return kills, train(one, progress, display, record)
        except Killed:
            kills += 1
            forget(one.model)
        finally:
            record.lock.release()


def compared(case, folder, seed, trials):
    """Of a run killed often: how many kills, and how many trials were bit-equal."""
    one = prepared(case, text_of(folder / "book.txt"))
    batch = next(iter(one.pipeline.train(0)))
    build_for_training(one.model, *batch)
    first = capture(one.model)
    expected = train(one, Progress(), Killing(10**9))
    rng, total, same = random.Random(seed), 0, 0
    for trial in range(trials):
        kills, found = killed_often(one, first, folder / str(trial), rng)
        total += kills
        same += found == expected
    return total, same


if __name__ == "__main__":
    killed, same = compared(next(iter(CASES)), Path(sys.argv[1]), seed=3, trials=1)
    backend = keras.backend.backend()
    print(json.dumps({"backend": backend, "kills": killed, "same": same}))
