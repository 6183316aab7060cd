"""A run that begins with the weights of another: which, and that it goes on exactly."""

import dataclasses

import numpy as np
import pytest
from kills import TINY, Killed, Killing
from results_factory import result as made_result

from seqtasks.errors import UsageError
from seqtasks.reports.row import rows
from seqtasks.result import from_json
from seqtasks.store import Store
from seqtasks.training.experiment import Experiment
from seqtasks.training.initial_weights import check_task, read_initial
from seqtasks.training.model_file import read_weights
from seqtasks.training.rerun import rerun
from seqtasks.training.run import run
from seqtasks.training.state import get_weights
from seqtasks.training.weights import bits_of

SETTINGS = {"units": 3, "epochs": 1, "implementation": "projected"}


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("before"))
    return store, run(TINY, "gru", store=store, **SETTINGS)


class Sentences(Killing):
    """Keeps what a person is shown."""

    def __init__(self):
        super().__init__(10**9)


def prepared(initial, cell="gru", **settings):
    experiment = Experiment.resolve(TINY, cell, settings={**SETTINGS, **settings})
    experiment = dataclasses.replace(experiment, initial=initial)
    display = Sentences()
    return experiment.prepare(None, display), display.sentences


def test_all_weights_are_taken_where_all_shapes_are_equal(before):
    store, result = before
    for named in (result.run, store.path(result.run), store.model_path(result.run)):
        initial = read_initial(named, store)
        assert initial.ancestry == (result.run,)
    model, sentences = prepared(initial)
    own = read_weights(store.model_path(result.run))
    for array, value in zip(own, get_weights(model), strict=True):
        np.testing.assert_array_equal(array, value)
    assert sentences == [
        f"Begins with {len(own)} of the {len(own)} weights of {result.run}."
    ]


@pytest.mark.parametrize(
    ("cell", "settings", "sentence"),
    [
        ("gru", {"layers": 2}, "recurrence_1/gru_cell"),
        ("gru", {"units": 4}, "kernel (2, 12), there (2, 9)"),
        ("lstm", {}, "kernel (2, 12), there (2, 9)"),
        # of the same shapes, and of another meaning
        ("keras_gru", {}, "kernel, there of gru"),
    ],
)
def test_what_is_not_taken_is_named(before, cell, settings, sentence):
    store, result = before
    model, sentences = prepared(read_initial(result.run, store), cell, **settings)
    assert sentence in sentences[1]
    assert sentences[1].startswith("Drawn anew are ")
    assert model.count_params() > 0


def test_a_run_with_nothing_in_common_is_refused(before):
    store, result = before
    initial = dataclasses.replace(read_initial(result.run, store), arrays={})
    with pytest.raises(
        UsageError, match=r"None of the weights of .* Give the settings"
    ):
        prepared(initial)


def test_other_classes_are_named(before):
    store, result = before
    initial = read_initial(result.run, store)
    fields = {**initial.processor["fields"], "classes": ["up", "down"]}
    other = {**initial.processor, "fields": fields}
    _, sentences = prepared(dataclasses.replace(initial, processor=other))
    assert sentences[1].startswith(f"The data differ from those of {result.run} in cla")


@pytest.mark.slow
def test_the_ancestry_is_in_the_row_and_makes_a_row_of_its_own(before, tmp_path):
    store, first = before
    settings = {**SETTINGS, "limit": 1, "store": Store(tmp_path)}
    second = run(TINY, "gru", init_from=store.model_path(first.run), **settings)
    third = run(TINY, "gru", init_from=second.run, **settings)
    assert from_json(third.to_json()).ancestry == (second.run, first.run)
    with pytest.raises(UsageError, match=r"began with the weights of .* Use `seqtasks"):
        rerun(dataclasses.replace(third, status="finished"), Store(tmp_path))
    plain = made_result(seed=0)
    others = [dataclasses.replace(plain, seed=1, ancestry=("a",)), plain]
    assert len(rows(others)) == 2
    with pytest.raises(
        UsageError, match="Expected --init-from to name a run of adding"
    ):
        check_task(read_initial(second.run, Store(tmp_path)), "adding")


def test_a_run_without_a_model_file(tmp_path):
    store = Store(tmp_path)
    store.write(made_result())
    with pytest.raises(UsageError, match=r"to name a run with a .keras file, as runs"):
        read_initial(made_result().run, store)


@pytest.mark.slow
def test_it_goes_on_exactly_and_only_with_the_same_weights(before, tmp_path):
    source, first = before
    path = source.model_path(first.run)
    asked = {**SETTINGS, "epochs": 2, "checkpoint_every": "2 steps", "init_from": path}
    whole = run(TINY, "gru", store=tmp_path / "whole", **asked)
    store = Store(tmp_path / "killed")
    with pytest.raises(Killed):
        run(TINY, "gru", store=store, display=Killing(5), **asked)
    # drawn weights are another run, which begins anew
    display = Killing(10**9)
    other = {**asked, "init_from": None, "limit": 1}
    assert not run(TINY, "gru", store=store, display=display, **other).ancestry
    again = run(TINY, "gru", store=store, **asked)
    assert (again.resumed, again.ancestry) == (1, whole.ancestry)
    bits = [
        bits_of(one.weights_file(row.run))
        for one, row in ((Store(tmp_path / "whole"), whole), (store, again))
    ]
    assert bits[0] == bits[1]
    assert whole.metrics == again.metrics
