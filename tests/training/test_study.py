"""A run as a trial of a search: what it reports, and what it does not read."""

import sys

import optuna
import pytest
from planned_search import planned
from results_factory import result

from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.training.display import Display
from seqtasks.training.run import run
from seqtasks.training.study import import_optuna, journal_path, load, note_end, storage
from seqtasks.tuning.search import ask, begin

WITHOUT_TEST = '''"""A task whose test split cannot be read."""

import dataclasses

from tiny_task import tiny_task


def without_test():
    """Which half is larger."""
    task = tiny_task()

    def load(split):
        assert split != "test", "the test split was read"
        return task.load(split)

    def baselines():
        raise AssertionError("a baseline was computed")

    return dataclasses.replace(task, load=load, baselines=baselines)
'''
SETTINGS = {"implementation": "projected", "display": Display()}
EPOCHS = 3


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A folder, its study with five asked trials, and the row of trial 0."""
    folder = tmp_path_factory.mktemp("results")
    task = folder / "without_test.py"
    task.write_text(WITHOUT_TEST)
    plan = planned(folder, task=str(task))
    kept = begin(plan)
    asked = [ask(plan, kept, "elman", number) for number in range(5)]
    return plan, asked, trial(plan, 0)


def trial(plan, number, **given):
    given = {"epochs": EPOCHS, **SETTINGS, "store": plan.folder, **given}
    return run(plan.task, "elman", study=f"s:{number}", **given)


def optunas(plan):
    return load(storage(plan.folder, "s"), "s", "elman")


def test_a_trial_reads_no_test_split_and_leaves_a_row(searched):
    plan, _, row = searched
    assert (row.status, row.is_trial, row.search.trial) == ("finished", True, 0)
    assert row.search.space == {"learning_rate": "0.001:0.1:log"}
    assert row.search.effort == "trial 0 of s"
    assert row.metrics.keys() == {"validation"}
    assert Store(plan.folder).read()[0][0] == row
    # neither weights nor a test evaluation
    assert not [*plan.folder.glob("*.keras"), *plan.folder.glob("*.jsonl")]
    with pytest.raises(UsageError, match="the test split was read"):
        run(plan.task, "elman", **SETTINGS)


def test_its_epochs_and_its_end_are_in_the_study(searched):
    plan, _, row = searched
    kept = optunas(plan).trials[0]
    assert kept.state.name == "COMPLETE"
    assert kept.value == row.metrics["validation"]["accuracy"]
    assert kept.user_attrs == {"run": row.run, "status": "finished", "reason": ""}
    curve = {e["epoch"]: e["validation_accuracy"] for e in row.history}
    assert kept.intermediate_values == curve


def test_the_same_command_again_trains_nothing(searched):
    plan, _, row = searched
    assert trial(plan, 0, once=True) == row


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("diverged", "PRUNED"),
        ("out_of_memory", "PRUNED"),
        ("timed_out", "PRUNED"),
        ("failed", "FAIL"),
        ("interrupted", "RUNNING"),
    ],
)
def test_what_did_not_finish_counts_unless_it_goes_on(tmp_path, status, state):
    plan = planned(tmp_path)
    kept = begin(plan)
    ask(plan, kept, "elman", 0)
    study = load(kept, "s", "elman")
    note_end(study, 0, result(None, status=status))
    assert study.trials[0].state.name == state
    assert study.trials[0].user_attrs.get("status", "interrupted") == status


def test_one_that_is_worse_than_the_median_is_ended(searched):
    plan, _, _ = searched
    study = optunas(plan)
    for _ in range(4):
        study.add_trial(
            optuna.trial.create_trial(
                value=2.0, intermediate_values=dict.fromkeys(range(1, EPOCHS + 1), 2.0)
            )
        )
    row = trial(plan, 2)
    assert row.status == "pruned"
    assert row.reason.startswith("Pruned after epoch 1: its best validation score was")
    assert len(row.history) == 1
    assert optunas(plan).trials[2].state.name == "PRUNED"


def test_a_run_with_the_chosen_settings_says_among_how_many(tmp_path):
    plan = planned(tmp_path)
    kept = begin(plan)
    ask(plan, kept, "elman", 0)
    with pytest.raises(UsageError, match="No trial of s has finished, from which"):
        run(plan.task, "elman", study="s@1", store=tmp_path, **SETTINGS)
    load(kept, "s", "elman").tell(0, 0.5)
    row = run(plan.task, "elman", study="s@1", store=tmp_path, epochs=1, **SETTINGS)
    assert row.search.effort == "chosen among 1 trial"
    assert not row.is_trial
    assert row.score is not None


def test_a_line_that_was_cut_off_is_removed(tmp_path):
    plan = planned(tmp_path)
    ask(plan, begin(plan), "elman", 0)
    path = journal_path(tmp_path, "s")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"op_code": 4, "wor')
    again = ask(plan, storage(tmp_path, "s"), "elman", 1)
    assert path.read_bytes().startswith(whole)
    assert ask(plan, begin(plan), "elman", 1) == again


@pytest.mark.parametrize(
    ("study", "cell", "sentence"),
    [
        ("t", "elman", "There is no study 't' in"),
        ("s:1", "elman", "Expected --study s:NUMBER of a trial, or s@COUNT of trials"),
        ("s", "elman", "Expected --study s:NUMBER of a trial, or s@COUNT of trials"),
        ("s:0", "gru", "The study s has no cell 'gru'."),
    ],
)
def test_what_is_not_there_is_named(tmp_path, study, cell, sentence):
    plan = planned(tmp_path)
    ask(plan, begin(plan), "elman", 0)
    with pytest.raises(UsageError) as raised:
        run(plan.task, cell, study=study, store=tmp_path, **SETTINGS)
    assert str(raised.value).startswith(sentence)


def test_trials_on_other_data_are_refused(tmp_path):
    plan = planned(tmp_path)
    kept = begin(plan)
    ask(plan, kept, "elman", 0)
    load(kept, "s", "elman").set_user_attr("fingerprint", "another")
    with pytest.raises(UsageError, match="The data has changed since the study s was"):
        trial(plan, 0)


def test_a_file_that_is_no_study_is_refused(tmp_path):
    path = journal_path(tmp_path, "s")
    path.parent.mkdir()
    path.write_text("nothing\n")
    with pytest.raises(UsageError, match="to be a study that Optuna wrote; it is dam"):
        begin(planned(tmp_path))


def test_without_optuna_the_command_that_installs_it_is_given(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UsageError) as raised:
        import_optuna()
    assert str(raised.value) == (
        "Expected Optuna for a search of settings, which is not installed. Install it "
        "with `pip install 'seqtasks[tune]'`."
    )
