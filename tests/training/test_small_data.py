"""Little data: more epochs, ties between epochs, and what a person should know."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from kills import TINY, Killed, Killing

from seqtasks.store import Store
from seqtasks.training import experiment as experiments
from seqtasks.training import run as runs
from seqtasks.training.callback import TrainingCallback
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import evaluate, few_examples, run
from seqtasks.training.state import TrainState


def keep_best(monkeypatch, scores, count, mode="max", state=None):
    """The state after these pairs of score and loss on so many examples."""
    monkeypatch.setattr(runs, "get_weights", lambda model: [model.epoch])
    state = state or TrainState()
    experiment = SimpleNamespace(
        task=SimpleNamespace(monitor="accuracy", mode=mode),
        pipeline=SimpleNamespace(lengths={"validation": np.ones(count)}),
        model=SimpleNamespace(epoch=0),
    )
    callback = SimpleNamespace(state=state, display=Display(), test_loss=math.nan)
    for score, loss in scores:
        state.history.append({})
        experiment.model.epoch = state.epoch + 1
        callback.test_loss = loss
        runs._keep_best(experiment, callback, {"accuracy": score})
        state.epoch += 1
    return state


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        # the second of three equal ones has the smallest loss
        ([(0.5, 0.9), (0.5, 0.3), (0.5, 0.6)], 2),
        ([(0.5, 0.9), (0.7, 1.9), (0.5, 0.3)], 2),
        ([(0.5, 0.3), (0.5, 0.3)], 1),
        ([(0.5, 0.3), (0.5, math.nan)], 1),
        ([(0.5, math.inf), (0.5, 0.3)], 2),
    ],
)
@pytest.mark.parametrize("mode", ["min", "max"])
def test_ties_on_few_examples_are_decided_by_the_loss(monkeypatch, scores, best, mode):
    if mode == "min":
        scores = [(-score, loss) for score, loss in scores]
    state = keep_best(monkeypatch, scores, 99, mode)
    assert (state.best_epoch, state.best_weights) == (best, [best])


def test_on_many_examples_the_first_of_equal_epochs_is_kept(monkeypatch):
    state = keep_best(monkeypatch, [(0.5, 0.9), (0.5, 0.3)], 100)
    assert state.best_epoch == 1


def test_a_resumed_run_knows_the_loss_of_its_best_epoch(monkeypatch):
    first = keep_best(monkeypatch, [(0.5, 0.4)], 4)
    state = TrainState(**first.to_data(), best_weights=first.best_weights)
    state = keep_best(monkeypatch, [(0.5, 0.5), (0.5, 0.3)], 4, state=state)
    assert state.best_epoch == 3
    # a checkpoint of before has none
    data = first.to_data()
    del data["best_loss"]
    state = keep_best(monkeypatch, [(0.5, 0.5)], 4, state=TrainState(**data))
    assert state.best_epoch == 2


@pytest.fixture(scope="module")
def tiny():
    settings = {"implementation": "projected", "units": 2}
    one = Experiment.resolve(TINY, "elman", settings=settings)
    one.prepare()
    return one


def test_the_loss_of_a_split_is_that_of_its_evaluation(tiny):
    callback = TrainingCallback(tiny, TrainState(), Display())
    evaluate(tiny, "validation", callback)
    scores = tiny.model.evaluate(
        tiny.pipeline.evaluation("validation"), verbose=0, return_dict=True
    )
    assert callback.test_loss == pytest.approx(scores["loss"], rel=1e-6)


@pytest.mark.parametrize(("count", "says"), [(1, True), (29, True), (30, False)])
def test_few_validation_examples_are_reported(count, says):
    experiment = SimpleNamespace(
        pipeline=SimpleNamespace(lengths={"validation": np.ones(count)}),
        task=SimpleNamespace(return_sequences=False),
        settings=SimpleNamespace(overfit=None),
    )
    expected = (
        f"The validation split has {count} example{'s' if count > 1 else ''}: which "
        f"epoch is the best is decided by chance as much as by the model. From about "
        f"30 on it is not; compare several seeds."
    )
    assert few_examples(experiment) == (expected if says else "")
    experiment.settings.overfit = 8  # where no epoch is chosen
    assert few_examples(experiment) == ""
    experiment.settings.overfit = None
    experiment.task.return_sequences = True
    assert few_examples(experiment) == ""


def test_default_epochs_of_ones_own_data_are_some_hundred_steps(book):
    options = {"dataset": str(book), "sequence_length": 8}
    one = Experiment.resolve("char_lm", options=options)
    assert one.has_own_data
    steps, epochs = one.pipeline.steps, one.settings.epochs
    assert steps * epochs < 300
    longer, sentence = one.long_enough()
    expected = math.ceil(300 / steps)
    assert longer.settings.epochs == expected
    count = len(one.pipeline.lengths["train"])
    assert sentence == (
        f"{count} training examples are {steps} step{'s' if steps > 1 else ''} an "
        f"epoch: this run has {expected} epochs in place of {epochs}, so that it takes "
        f"{expected * steps} steps. --epochs sets another number."
    )
    assert longer.long_enough() == (longer, "")


@pytest.mark.parametrize(
    ("task", "options"), [(TINY, {}), ("char_lm", {}), ("adding", {})]
)
def test_default_data_has_the_default_epochs(task, options):
    assert not Experiment.resolve(task, options=options).has_own_data


@pytest.mark.slow
def test_a_run_of_ones_own_data_goes_on_and_given_epochs_stay(
    book, tmp_path, monkeypatch
):
    monkeypatch.setattr(experiments, "_LEAST_STEPS", 40)
    given = {
        "options": {"dataset": str(book), "sequence_length": 8},
        "cell": "elman",
        "units": 2,
        "implementation": "projected",
    }

    def trained(folder, display=None, **settings):
        return run(
            *("char_lm",),
            store=Store(tmp_path / folder),
            display=display or Killing(10**9),
            checkpoint_every="1 step",
            **given,
            **settings,
        )

    whole = trained("whole")
    with pytest.raises(Killed):
        trained("killed", Killing(3))
    display = Killing(10**9)
    resumed = trained("killed", display)
    assert any(line.startswith("Going on with ") for line in display.sentences)
    assert any("epochs in place of" in line for line in display.sentences)
    assert resumed.steps == whole.steps >= 40
    assert resumed.metrics == whole.metrics
    assert trained("given", epochs=1).settings["epochs"] == 1
