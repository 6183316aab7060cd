"""Kills that a test can afford many of: the process stays, all that it knew is lost."""

import itertools
import random
from pathlib import Path

import numpy as np

from seqtasks.files import acquire
from seqtasks.store import Store
from seqtasks.training.callback import TrainingCallback
from seqtasks.training.checkpoint import CheckpointInterval
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import fit
from seqtasks.training.run_writer import RunWriter
from seqtasks.training.state import (
    TrainState,
    build_for_training,
    capture,
    get_weights,
    restore,
)

TINY = str(Path(__file__).parent / "tiny_task.py")
HERE = {"device": "here", "backend": "any", "versions": {}, "commit": ""}


class Killed(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


class Killing(Display):
    """Kills after a number of steps; keeps the messages.

    Args:
        after: Number of steps.
    """

    def __init__(self, after):
        self.after = after
        self.sentences = []

    def message(self, sentence):
        self.sentences.append(sentence)

    def stepped(self, loss, time_steps):
        self.after -= 1
        if self.after < 0:
            raise Killed


def text_of(path):
    path.write_text("the quick brown fox jumps over the lazy dog\n" * 6)
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
    """An experiment that is ready to start, uncompiled, so that it starts soon."""
    task, options, settings = CASES[case](book)
    settings = {"implementation": "projected", **settings}
    one = Experiment.resolve(task, "gru", options=options, settings=settings)
    one.prepare()
    return one


def writer_of(one, folder, display, every=1):
    """The writer of the run ``run``, whose lock must be free."""
    store = Store(folder)
    lock = acquire(store.lock_path("run"))
    assert lock is not None
    interval = CheckpointInterval(steps=every)
    return RunWriter(store, "run", lock, one, HERE, "", interval, display)


def outcome(one, state):
    """Weights, all of the state that does not hang on the clock, random numbers."""
    weights = [*get_weights(one.model), *(state.best_weights or [])]
    history = [
        {name: value for name, value in entry.items() if name != "seconds"}
        for entry in state.history
    ]
    return (
        *([value.tobytes() for value in weights], history, state.best_scores),
        *(state.best_epoch, state.steps, state.last_loss, state.status),
        *(random.random(), np.random.random()),
    )


def forget(model):
    """Leaves nothing in memory of what a killed process knew."""
    groups = model.variables, model.optimizer.variables, model.metrics_variables
    for variable in itertools.chain(*groups):
        variable.assign(np.full(variable.shape, 7, variable.dtype))
    random.seed(99)
    np.random.seed(99)


def train(one, state, display, writer=None):
    fit(one, TrainingCallback(one, state, display, writer))
    return outcome(one, state)


def killed_often(one, first, folder, rng):
    """Trains with kills at random steps; how many there were, and the outcome."""
    kills = 0
    while True:
        display = Killing(rng.randrange(9))
        writer = writer_of(one, folder, display, every=rng.choice([1, 1, 2, 5]))
        try:
            state = writer.restored()
            if state is None:  # as a process is that begins
                restore(one.model, *first, one.first_batch)
                state = TrainState()
            writer.begin(state)
            return kills, train(one, state, display, writer)
        except Killed:
            kills += 1
            forget(one.model)
        finally:
            writer.release()


def compared(case, folder, seed, trials):
    """Of a run killed often: how many kills, and how many trials were bit-equal."""
    one = prepared(case, text_of(folder / "book.txt"))
    build_for_training(one.model, *one.first_batch)
    first = capture(one.model)
    expected = train(one, TrainState(), Killing(10**9))
    rng, total, same = random.Random(seed), 0, 0
    for trial in range(trials):
        kills, found = killed_often(one, first, folder / str(trial), rng)
        total += kills
        same += found == expected
    return total, same
