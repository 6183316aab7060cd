"""One run, end to end, on a task that trains in a moment."""

import dataclasses
import math
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog
from seqtasks.store import Store
from seqtasks.task import Groups
from seqtasks.training import run as training
from seqtasks.training import run_writer
from seqtasks.training.display import Display
from seqtasks.training.example_parts import ExampleRecorder
from seqtasks.training.experiment import Experiment
from seqtasks.training.model import SequenceModel
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.run import RunFailedError, run

TINY = str(Path(__file__).parents[1] / "tiny_task.py")


PROJECTED = {"implementation": "projected"}

# several epochs, whose best is not the last
SCORED = {"seed": 5, "epochs": 4, "learning_rate": 0.3}


def tiny(cell="elman", **more):
    """A run that compiles little, for all that the loop does not touch."""
    small = {"implementation": "projected", "optimizer": "sgd", "epochs": 1}
    return run(TINY, cell, **{**small, **more})


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A run and the store that it was written into."""
    store = Store(tmp_path_factory.mktemp("scored"))
    return tiny(store=store, save_predictions=True, **SCORED), store


def test_a_run_is_scored_written_and_found_again(scored):
    result, store = scored
    assert result.status == "finished"
    assert set(result.metrics) == {"train", "validation", "test"}
    assert 0 <= result.score <= 1
    assert result.steps == 4 * math.ceil(50 / 8)
    assert result.num_params == 5 * (2 + 5) + 5 + 5 * 2 + 2
    assert [entry["epoch"] for entry in result.history] == [1, 2, 3, 4]
    assert result.history[-1]["learning_rate"] < result.history[0]["learning_rate"]
    assert result.baselines[0].value == 0.5
    assert store.find(result.run) == result
    assert store.model_path(result.run).is_file()


def test_the_best_epoch_is_the_one_that_is_scored(scored):
    result, _ = scored
    monitored = [entry["validation_accuracy"] for entry in result.history]
    assert monitored[result.best_epoch - 1] == max(monitored) > monitored[-1]
    assert result.metrics["validation"]["accuracy"] == max(monitored)


def losses(result):
    return [entry["loss"] for entry in result.history]


def test_options_of_the_task_change_the_fingerprint_and_the_seed_does_not(scored):
    varying = Experiment.resolve(TINY, options={"lengths": "varying"})
    seeded = Experiment.resolve(TINY, seed=1)
    assert scored[0].fingerprint == seeded.pipeline.fingerprint
    assert scored[0].fingerprint != varying.pipeline.fingerprint


class InterruptingEarly(Display):
    def configured(self, configuration):
        raise KeyboardInterrupt


def test_ctrl_c_before_the_first_step_leaves_a_row_too(tmp_path):
    store = Store(tmp_path)
    result = tiny(store=store, display=InterruptingEarly())
    assert result.status == "interrupted"
    assert result.reason == "Interrupted before the first step."
    assert store.find(result.run) == result


class Interrupting(Display):
    def __init__(self, at_step):
        self.at_step = at_step
        self.steps = 0

    def stepped(self, loss, time_steps):
        self.steps += 1
        if self.steps == self.at_step:
            raise KeyboardInterrupt


@pytest.mark.parametrize("at_step", [3, pytest.param(9, marks=pytest.mark.slow)])
def test_ctrl_c_leaves_a_row_and_the_best_weights_so_far(tmp_path, at_step):
    store = Store(tmp_path)
    result = tiny(store=store, display=Interrupting(at_step), epochs=2)
    assert result.status == "interrupted"
    assert result.steps == at_step
    assert result.time_steps_per_second > 0
    assert "test" not in result.metrics
    assert ("validation" in result.metrics) == (at_step > 7)
    assert store.find(result.run) == result
    assert store.model_path(result.run).is_file()


class Failing(Display):
    def stepped(self, loss, time_steps):
        raise MemoryError("no room for the batch")


def test_an_error_while_training_leaves_a_row_with_its_reason(tmp_path):
    with pytest.raises(RunFailedError, match="no room for the batch"):
        tiny(store=Store(tmp_path), display=Failing())
    (result,), damaged = Store(tmp_path).read()
    assert result.status == "out_of_memory"
    assert result.steps == 1
    assert result.reason == (
        f"MemoryError: no room for the batch (in epoch 1 at step 1, training loss "
        f"{result.last_loss:.4f})"
    )
    assert not damaged


def test_a_model_that_there_is_no_memory_for_has_a_row_too(tmp_path, monkeypatch):
    def build_model(*arguments):
        raise MemoryError("no room for the model")

    monkeypatch.setattr("seqtasks.training.experiment.build_model", build_model)
    with pytest.raises(RunFailedError, match="no room for the model"):
        tiny(store=Store(tmp_path), units=2**20)
    (result,), _ = Store(tmp_path).read()
    assert result.status == "out_of_memory"
    assert result.reason == "MemoryError: no room for the model (before the first step)"
    assert (result.num_params, result.settings["units"]) == (0, 2**20)


@pytest.mark.slow
def test_bidirectional_and_layers(scored):
    both = tiny(limit=1, bidirectional=True, layers=2)
    assert both.num_params > 2 * scored[0].num_params
    assert both.implementation == "projected"


def test_the_implementation_changes_no_number(scored):
    projected, _ = scored
    other = tiny(**SCORED, implementation="auto")
    used = projected.implementation, other.implementation
    assert used == ("projected", "compiled")
    assert other.settings["implementation"] == "auto"
    assert losses(other) == pytest.approx(losses(projected), rel=1e-5)


@pytest.mark.slow
def test_mixed_precision_trains_to_nearly_the_same_loss():
    wide, narrow = (tiny(precision=p) for p in ("float32", "mixed_bfloat16"))
    assert narrow.num_params == wide.num_params
    assert losses(narrow)[-1] != losses(wide)[-1]
    assert losses(narrow)[-1] == pytest.approx(losses(wide)[-1], rel=0.02)


def test_bidirectional_is_refused_by_a_task_that_must_not_look_ahead():
    with pytest.raises(
        UsageError, match=r"would look ahead, and in tiny_task the future is the answer"
    ):
        run(TINY, bidirectional=True, options={"causal": "the future is the answer"})


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"units": 0}, r"units must be an integer of at least 1; received 0\."),
        ({"epochs": -1}, r"epochs must be an integer of at least 1; received -1\."),
        ({"learning_rate": 0.0}, r"learning_rate must be a number above 0"),
        ({"learning_rate": math.nan}, r"learning_rate must be a number above 0"),
        ({"clip_norm": -1.0}, r"clip_norm must be a number of at least 0"),
        ({"schedule": "linear"}, r"schedule must be constant or cosine"),
        ({"seconds": 0.0}, r"seconds must be a number above 0; received 0\.0\."),
        ({"seconds": math.inf}, r"seconds must be a number above 0; received inf\."),
        (
            {"implementation": "fast"},
            r"implementation must be auto, .* or keras; received 'fast'\.",
        ),
        (
            {"precision": "float16"},
            r"precision must be float32 or mixed_bfloat16; received 'float16'\.",
        ),
        ({"optimizer": "adamm"}, r"no optimizer 'adamm'. Did you mean adam"),
        ({"unit": 3}, r"There is no setting 'unit'\. Did you mean units\?"),
        ({"loop": "keras"}, r"The setting 'loop' is called 'implementation' now\."),
    ],
)
def test_settings_out_of_range(settings, sentence):
    with pytest.raises(UsageError, match=sentence):
        run(TINY, **settings)


def test_an_option_that_no_cell_has_is_refused():
    with pytest.raises(UsageError, match="no option 'fom' in the cell elman"):
        tiny(cell_options={"fom": "two_kernels"})


def test_a_test_evaluation_is_written_down_before_it_is_made(tmp_path, monkeypatch):
    def killed(experiment, split, callback, recorder=None):
        if split == "test":
            (evaluation,) = EvaluationLog(tmp_path).read()[0]
            assert (evaluation.task, evaluation.cell) == ("tiny_task", "elman")
            assert evaluation.fingerprint == experiment.pipeline.fingerprint
            raise KeyboardInterrupt
        return evaluate(experiment, split, callback, recorder)

    evaluate = training.evaluate
    monkeypatch.setattr(training, "evaluate", killed)
    result = tiny(store=Store(tmp_path))
    assert result.status == "interrupted"
    (evaluation,) = EvaluationLog(tmp_path).read()[0]
    assert evaluation.run == result.run


def test_a_test_evaluation_that_cannot_be_written_down_is_not_made(tmp_path):
    EvaluationLog(tmp_path).path.mkdir()
    result = tiny(store=Store(tmp_path))
    assert result.status == "failed"
    assert result.reason.startswith("The test split was not scored, because the ")
    assert set(result.metrics) == {"validation"}
    assert Store(tmp_path).model_path(result.run).is_file()
    assert Store(tmp_path).find(result.run) == result


def test_a_smoke_run_touches_no_test_split(tmp_path, monkeypatch):
    def touched(self, split):
        assert split != "test"
        return evaluation(self, split)

    evaluation = Pipeline.evaluation
    monkeypatch.setattr(Pipeline, "evaluation", touched)
    asked = {"limit": 2, "cell_options": {"form": "two_kernels"}}
    result = tiny(store=Store(tmp_path), **asked)
    assert result.status == "finished"
    assert result.cell_options["form"] == "two_kernels"
    assert (result.limit, result.steps) == (2, 2)
    assert set(result.metrics) == {"train", "validation"}
    assert result.score is None
    assert not EvaluationLog(tmp_path).path.exists()


@pytest.mark.parametrize(
    ("given", "environment", "author"),
    [(None, "", ""), (None, "ada", "ada"), ("bob", "ada", "bob"), ("", "ada", "")],
)
def test_the_author_is_in_the_result_if_one_was_given(
    monkeypatch, given, environment, author
):
    monkeypatch.setenv("SEQTASKS_AUTHOR", environment)
    assert Experiment.resolve(TINY, "elman", author=given).author == author


def test_a_test_score_has_its_standard_error_over_the_examples(scored):
    result, _ = scored
    error = result.standard_errors["accuracy"]
    p = result.metrics["test"]["accuracy"]
    assert error.value == pytest.approx(math.sqrt(p * (1 - p) / 20), rel=0.15)
    assert (error.count, error.unit, error.reason) == (21, "example", "")


def test_the_predictions_in_the_logs_change_no_bit_of_a_score(monkeypatch):
    experiment = Experiment.resolve(
        TINY, options={"lengths": "varying", "each_step": True}, settings=PROJECTED
    )
    with_predictions = training.evaluate(experiment, "test")
    for name in ("test_step", "_get_metrics_result_or_logs"):
        monkeypatch.delattr(SequenceModel, name)
    experiment.model.make_test_function(force=True)
    assert training.evaluate(experiment, "test") == with_predictions


class Odd(keras.metrics.Metric):
    """A metric that no sum over examples gives, or that raises for one alone."""

    def __init__(self, raises=False):
        super().__init__(name="odd")
        self.largest = self.add_weight(name="largest", initializer="zeros")
        self.raises = raises

    def update_state(self, y_true, y_pred, sample_weight=None):
        if self.raises and y_pred.shape[0] == 1:
            raise ValueError("one is\ntoo few")
        largest = keras.ops.max(keras.ops.abs(y_pred))
        self.largest.assign(keras.ops.maximum(self.largest, largest))

    def result(self):
        return self.largest


@pytest.fixture(scope="module")
def untrained():
    return Experiment.resolve(TINY, settings=PROJECTED)


def error_of(untrained, groups):
    """The standard error over groups of examples."""
    task = dataclasses.replace(untrained.task, groups=groups)
    recorder = ExampleRecorder(task, untrained.pipeline, "test")
    values = training.evaluate(untrained, "test", recorder=recorder)
    return recorder.standard_errors(values)["accuracy"]


@pytest.mark.parametrize(
    ("metric", "sentence"),
    [
        (Odd(), "odd is not made of sums over examples: these give "),
        (
            Odd(raises=True),
            "What one example adds to odd could not be computed: ValueError: one is",
        ),
    ],
)
def test_a_metric_that_is_no_sum_over_examples_has_a_reason(metric, sentence):
    experiment = Experiment.resolve(TINY, settings=PROJECTED)
    experiment = dataclasses.replace(
        experiment, task=dataclasses.replace(experiment.task, metrics=(metric,))
    )
    recorder = ExampleRecorder(experiment.task, experiment.pipeline, "test")
    values = training.evaluate(experiment, "test", recorder=recorder)
    error = recorder.standard_errors(values)["odd"]
    assert error.value is None
    assert error.reason.startswith(sentence)
    assert error.count == 21


def test_a_task_says_which_examples_err_together(untrained):
    groups = Groups("person", lambda split: [i % 3 for i in range(21)])
    error = error_of(untrained, groups)
    assert (error.count, error.unit) == (3, "person")


def assert_predictions_of(result, store, lengths):
    table = pd.read_parquet(store.predictions_path(result.run))
    assert table["example"].tolist() == list(range(21))
    right, counted = table["score_sum"].sum(), table["score_weight"].sum()
    assert right / counted == pytest.approx(result.score)
    assert table["score_weight"].tolist() == lengths
    for row in table.itertuples():
        same = np.ravel(row.target) == np.ravel(row.prediction)
        assert same.sum() == row.score_sum
        assert len(same) == row.score_weight


def test_predictions_are_saved_beside_the_result(scored, tmp_path):
    assert_predictions_of(*scored, [1] * 21)
    options, store = {"lengths": "varying", "each_step": True}, Store(tmp_path)
    result = tiny(store=store, options=options, save_predictions=True)
    assert_predictions_of(result, store, [3 + i % 6 for i in range(21)])


def test_predictions_are_of_a_test_split_and_in_a_store(tmp_path):
    with pytest.raises(UsageError, match=r"a store to write predictions into"):
        tiny(save_predictions=True)
    sentence = r"Expected --save-predictions or --limit: the first keeps predictions"
    with pytest.raises(UsageError, match=sentence):
        tiny(save_predictions=True, limit=1, store=Store(tmp_path))


@pytest.mark.parametrize(
    ("of", "sentence"),
    [
        (lambda split: [1, 2], "could not be computed: IndexError: list index out of"),
        (lambda split: 1 / 0, "could not be computed: ZeroDivisionError: division by"),
        (lambda split: [[]] * 21, "could not be computed: TypeError: unhashable type"),
    ],
)
def test_groups_that_fail_cost_no_score(untrained, of, sentence):
    error = error_of(untrained, Groups("person", of))
    assert error.value is None
    assert sentence in error.reason


def test_predictions_that_no_table_has_cost_no_result(tmp_path, monkeypatch, capsys):
    def fails(*_):
        raise TypeError("no such type")

    monkeypatch.setattr(run_writer, "write_predictions", fails)
    result = tiny(store=Store(tmp_path), save_predictions=True)
    assert result.status == "finished"
    message = capsys.readouterr().err
    assert f"The predictions of {result.run} could not be saved (TypeError: " in message
    assert message.endswith("; its result is.\n")
