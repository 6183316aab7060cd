"""Results as data frames, and how light the package is before any is made."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from results_factory import result

import seqtasks
from seqtasks.errors import UsageError
from seqtasks.predictions import Predictions, write_predictions
from seqtasks.result import StandardError
from seqtasks.store import Store


@pytest.fixture
def folder(tmp_path):
    store = Store(tmp_path / "results")
    for seed in range(3):
        for cell, score in (("gru", 0.8), ("lstm", 0.6)):
            history = [{"epoch": n, "loss": 1 / n} for n in range(1, 3 + seed)]
            run = result(score + seed / 100, cell=cell, seed=seed, history=history)
            store.write(run)
    return store.folder


def test_one_row_a_run_and_one_column_a_number(folder):
    runs = seqtasks.results(folder)
    assert list(runs.columns[:4]) == ["run", "task", "cell", "seed"]
    assert len(runs) == 6
    assert runs.groupby("cell")["score"].mean().to_dict() == {
        "gru": pytest.approx(0.81),
        "lstm": pytest.approx(0.61),
    }
    assert runs["settings.units"].tolist() == [8] * 6
    assert runs["options.sequence_length"].tolist() == [64] * 6
    assert runs["metrics.validation.accuracy"].max() == pytest.approx(0.83)
    # no column holds a table of its own
    kinds = {type(value) for column in runs for value in runs[column]}
    assert not kinds & {dict, list, tuple}


def test_several_folders_and_one_without_runs(folder, tmp_path):
    assert len(seqtasks.results(folder, str(folder))) == 6  # each run once
    (tmp_path / "empty").mkdir()
    empty = seqtasks.results(tmp_path / "empty")
    assert len(empty) == 0
    assert "score" in empty.columns
    with pytest.raises(UsageError, match="Expected a folder of results; there is none"):
        seqtasks.results(tmp_path / "none")


def test_one_row_an_epoch(folder):
    epochs = seqtasks.histories(folder)
    assert len(epochs) == 2 * (2 + 3 + 4)
    assert list(epochs.columns) == ["run", "task", "cell", "seed", "epoch", "loss"]
    last = epochs.groupby(["cell", "seed"])["epoch"].max()
    assert last["gru"].tolist() == [2, 3, 4]


def test_the_leaderboard_and_the_paired_tests(folder):
    board = seqtasks.table("probe", results=folder)
    assert board["name"].tolist() == ["gru", "lstm", "majority"]
    assert board["seeds"].tolist()[:2] == [3, 3]
    tests = seqtasks.compare(results=folder, reference="lstm")
    (pair,) = tests.to_dict("records")
    assert {pair["first"], pair["second"]} == {"gru", "lstm"}
    assert abs(pair["mean"]) == pytest.approx(0.2)
    assert pair["seeds"] == (0, 1, 2)
    with pytest.raises(UsageError, match="no result of the task 'prob' in"):
        seqtasks.table("prob", results=folder)


def test_tasks_and_cells_are_listed_with_their_summaries():
    assert {"adding", "char_lm"} <= {*seqtasks.list_tasks()["name"]}
    cells = seqtasks.list_cells().set_index("name")
    assert cells.loc["gru", "origin"] == "seqtasks"
    assert cells["summary"].str.len().min() > 10


def test_what_uses_a_model_takes_a_runs_name(folder, tmp_path):
    for use in (
        lambda: seqtasks.sample("probe-nothing", folder),
        lambda: seqtasks.predictor("probe-nothing", folder),
        lambda: seqtasks.export(
            "probe-nothing", str(tmp_path / "m"), "savedmodel", results=folder
        ),
    ):
        with pytest.raises(UsageError, match="There is no run 'probe-nothing' in"):
            use()


def test_every_public_name_is_found():
    for name in seqtasks.__all__:
        assert getattr(seqtasks, name) is not None


_LIGHT = """
import sys
before = {*sys.modules}
import seqtasks
new = {name.partition(".")[0] for name in {*sys.modules} - before}
print(*sorted(new - sys.stdlib_module_names))
"""


def test_the_package_alone_imports_nothing_but_itself():
    run = subprocess.run(
        [sys.executable, "-c", _LIGHT], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["seqtasks"]


def test_standard_errors_and_tests_on_the_same_examples_are_columns(folder):
    store = Store(folder)
    runs, _ = store.read()
    for run in runs[:1] + runs[3:4]:  # a gru and an lstm of seed 0
        error = {"accuracy": StandardError(0.02, 40, "series")}
        store.write(dataclasses.replace(run, standard_errors=error))
        right = np.arange(40) < 40 * run.score
        found = Predictions(
            range(40),
            [1] * 40,
            right.astype(int),
            parts=np.stack([right, np.ones(40)], axis=1).astype(float),
        )
        write_predictions(store.predictions_path(run.run), found, {"run": run.run})
    errors = seqtasks.results(folder)["standard_errors.accuracy.value"]
    assert errors.dropna().tolist() == [0.02, 0.02]
    (pair,) = seqtasks.compare(results=folder).to_dict("records")
    assert pair["on_examples.test"] == "McNemar"
    assert abs(pair["on_examples.difference"]) == pytest.approx(0.2)
