"""Trained short, tested long."""

import dataclasses
import json

import pytest

from seqtasks.analysis.other_data import _check_weights, score_on, values_of
from seqtasks.analysis.other_data_record import (
    from_text,
    read_records,
    record_path,
)
from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog
from seqtasks.reports.other_data import table_of
from seqtasks.store import Store
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import run

SMALL = {"epochs": 1, "units": 3, "implementation": "projected"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of ``adding`` with six steps, and its store."""
    with pytest.MonkeyPatch.context() as patch:
        counts = {"train": 40, "validation": 30, "test": 50}
        patch.setattr("seqtasks.tasks.adding._EXAMPLES", counts)
        store = Store(tmp_path_factory.mktemp("results"))
        options = {"sequence_length": 6}
        yield run("adding", "elman", options=options, store=store, **SMALL), store


def test_longer_data_is_scored_by_the_weights_as_they_are(trained):
    result, store = trained
    first = score_on(result, store, "sequence_length", ["×2", "6"])
    own, twice = first.scored
    assert (own.value, twice.value) == (6, 12)
    assert own.metrics == pytest.approx(result.metrics["test"], rel=1e-6)
    assert twice.fingerprint != own.fingerprint == result.fingerprint
    assert twice.metrics["mean_squared_error"] != own.metrics["mean_squared_error"]
    assert twice.baseline == "always 1"
    # each is counted, and those of before stay in the file
    both = score_on(result, store, "sequence_length", ["9"])
    assert [one.value for one in both.scored] == [6, 9, 12]
    assert read_records(store.folder, [result.run]) == ([both], [])
    counted = [one.fingerprint for one in EvaluationLog(store.folder).read()[0]]
    assert len(counted) == 4
    assert counted.count(twice.fingerprint) == 1

    cells = [line.cells for line in table_of(both).lines]
    assert [one[:2] for one in cells] == [("6", "×1"), ("9", "×1.5"), ("12", "×2")]
    assert [one[-1] for one in cells] == ["trained with", "", ""]


def test_no_evaluation_is_counted_on_validation(trained):
    result, store = trained
    before = len(EvaluationLog(store.folder).read()[0])
    record = score_on(result, store, "sequence_length", ["x1"], "validation")
    (own,) = record.scored
    expected = result.metrics["validation"]
    assert own.metrics == pytest.approx(expected, rel=1e-6)
    assert own.baseline_value is None
    assert len(EvaluationLog(store.folder).read()[0]) == before


@pytest.mark.parametrize(
    ("option", "values", "sentence"),
    [
        ("length", ["×2"], "a whole number, one of sequence_length, data_seed; rec"),
        ("sequence_length", ["2e3"], "of the 6 that it was trained with, ×2; several"),
        ("sequence_length", ["1"], "sequence_length must be an integer of at least 2"),
    ],
)
def test_what_cannot_be_scored_is_refused(trained, option, values, sentence):
    result, store = trained
    with pytest.raises(UsageError) as raised:
        score_on(result, store, option, values)
    assert sentence in str(raised.value)


def test_values_are_meant_once(trained):
    result, _ = trained
    given = ["×2", "12", "*4", "x2"]
    assert values_of(result, "sequence_length", given) == [12, 24]


def test_a_model_of_other_weights_is_refused(trained):
    of_three, of_four = (
        Experiment.resolve("adding", "elman", settings={**SMALL, "units": units})
        for units in (3, 4)
    )
    with pytest.raises(UsageError) as raised:
        _check_weights(of_three, of_four, "sequence_length", 12)
    assert "with sequence_length=12, " in str(raised.value)
    assert "is (5, 3) in the run and would be (6, 4)" in str(raised.value)
    _check_weights(of_three, of_three, "sequence_length", 12)


def test_a_damaged_file_is_named_and_those_of_other_runs_are_left_aside(
    trained, tmp_path
):
    result, store = trained
    record = score_on(result, store, "sequence_length", ["x1"], "validation")
    path = record_path(tmp_path, record)
    path.parent.mkdir()
    text = json.dumps(dataclasses.asdict(record))
    assert from_text(text) == record
    for damaged, reason in (
        ("{", "Expecting property name"),
        (text.replace('"schema_version": 1', '"schema_version": 2'), "make it again"),
        (text.replace('"option": "s', '"option": "x'), "it is of the run"),
        (text.replace('"seed": 0', '"seed": "0"'), "Expected `int`, got `str`"),
    ):
        path.write_text(damaged)
        found, (sentence,) = read_records(tmp_path, [result.run])
        assert found == []
        assert sentence.startswith(f"{path} is not whole: ")
        assert reason in sentence
    assert read_records(tmp_path, ["another"]) == ([], [])
