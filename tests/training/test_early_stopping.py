"""Training that ends when validation is no better, and a batch that is overfitted."""

import pytest
from kills import TINY, Killed, Killing

from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog
from seqtasks.reports.group import groups
from seqtasks.store import Store
from seqtasks.training.experiment import Experiment
from seqtasks.training.model import loss_unit
from seqtasks.training.overfit import LEAST_STEPS
from seqtasks.training.run import no_better, run
from seqtasks.training.state import TrainState

# a step so large that validation is soon no better; 7 batches an epoch
SETTINGS = {
    "cell": "elman",
    "implementation": "projected",
    "optimizer": "sgd",
    "learning_rate": 0.3,
    "epochs": 20,
    "early_stopping": 2,
}


def tiny(store, after=10**9, **more):
    arguments = {**SETTINGS, "checkpoint_every": "2 steps", **more}
    return run(TINY, store=store, display=Killing(after), **arguments)


def numbers(result):
    return [
        {name: value for name, value in entry.items() if name != "seconds"}
        for entry in result.history
    ]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    return tiny(Store(tmp_path_factory.mktemp("stopped")))


def test_it_stops_two_epochs_after_the_best(stopped):
    assert stopped.status == "finished"
    assert len(stopped.history) == stopped.best_epoch + 2 < 20
    assert stopped.reason == (
        f"Stopped early, after {len(stopped.history)} epochs: none of the last 2 was "
        f"better than epoch {stopped.best_epoch}."
    )
    assert stopped.settings["early_stopping"] == 2


@pytest.mark.slow
def test_killed_and_resumed_it_stops_at_the_same_epoch(tmp_path, stopped):
    # while it is no better, and another epoch would still be trained
    store, steps = Store(tmp_path), 7 * (len(stopped.history) - 1)
    with pytest.raises(Killed):
        tiny(store, after=steps - 1)
    resumed = tiny(store)
    assert resumed.resumed == 1
    assert numbers(resumed) == numbers(stopped)
    assert (resumed.metrics, resumed.reason) == (stopped.metrics, stopped.reason)


def test_it_is_part_of_what_a_run_is(stopped):
    keys = [
        Experiment.resolve(TINY, settings={"early_stopping": patience}).run_key
        for patience in (None, 2, 3)
    ]
    assert len({str(key) for key in keys}) == 3


@pytest.mark.parametrize(
    ("epoch", "best", "patience", "stops"),
    [(5, 3, 2, True), (4, 3, 2, False), (9, 1, None, False), (1, 1, 1, False)],
)
def test_no_better(epoch, best, patience, stops):
    assert no_better(TrainState(epoch=epoch, best_epoch=best), patience) is stops


def test_the_training_score_is_of_the_best_weights(stopped):
    assert list(stopped.metrics) == ["train", "validation", "test"]
    assert 0 <= stopped.metrics["train"]["accuracy"] <= 1
    # and that of each epoch is in its history
    assert all(0 <= entry["train_accuracy"] <= 1 for entry in stopped.history)


def test_the_training_score_takes_as_many_batches_as_validation_has():
    pipeline = Experiment.resolve(TINY).pipeline
    batches = list(pipeline.train_sample())
    assert len(batches) == len(list(pipeline.evaluation("validation"))) < pipeline.steps
    first = next(iter(pipeline.train(0)))
    assert (batches[0][1] == first[1]).numpy().all()


@pytest.mark.slow
def test_overfit_learns_one_batch_and_touches_no_test_split(tmp_path):
    store = Store(tmp_path)
    settings = {"learning_rate": 0.05, "optimizer": "adam", "epochs": 4}
    result = tiny(store, overfit=True, early_stopping=None, **settings)
    assert result.settings["overfit"] == 8  # the batch size
    assert result.is_overfit
    assert result.reason == ""
    assert result.steps == 4 * LEAST_STEPS
    train, validation, test = (result.metrics[s]["accuracy"] for s in result.metrics)
    assert train == validation == test == 1.0
    assert result.baselines == ()
    assert EvaluationLog(tmp_path).read() == ([], [])
    assert groups([result]) == ()


def test_overfit_has_the_same_examples_in_each_split():
    pipeline = Experiment.resolve(TINY, settings={"overfit": True}).pipeline
    counts = {split: len(lengths) for split, lengths in pipeline.lengths.items()}
    assert counts == {"train": 8, "validation": 8, "test": 8}
    assert pipeline.steps == LEAST_STEPS
    assert len(list(pipeline.evaluation("test"))) == 1


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"overfit": 4, "limit": 2}, "Expected --overfit or --limit"),
        ({"overfit": 0}, "overfit must be an integer of at least 1; received 0."),
        ({"early_stopping": 0}, "early_stopping must be an integer of at least 1"),
        ({"units": True}, "units must be an integer of at least 1; received True."),
    ],
)
def test_settings_that_cannot_be(settings, sentence):
    with pytest.raises(UsageError, match=sentence):
        Experiment.resolve(TINY, settings=settings)


def test_a_loss_has_its_unit():
    assert loss_unit(Experiment.resolve(TINY).task) == "nats"
    assert loss_unit(Experiment.resolve("adding").task) == "MSE"
