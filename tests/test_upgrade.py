"""Results of every schema that was ever committed are read, under today's names."""

import contextlib
import json
from pathlib import Path

import pytest

from seqtasks import upgrade
from seqtasks.options import options_of
from seqtasks.registry import TASKS, nearest
from seqtasks.result import SCHEMA_VERSION, from_json
from seqtasks.store import read_file

SCHEMAS = Path(__file__).parent / "schemas"


def test_a_file_of_each_schema_is_here_and_read():
    files = [SCHEMAS / f"{number}.json" for number in range(1, SCHEMA_VERSION + 1)]
    assert [json.loads(file.read_text())["schema_version"] for file in files] == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert {read_file(file).schema_version for file in files} == {SCHEMA_VERSION}


def test_what_schema_1_lacked_has_its_default():
    data = json.loads((SCHEMAS / "1.json").read_text())
    read = read_file(SCHEMAS / "1.json")
    assert (read.optimum, read.conversions, read.last_loss) == (None, (), None)
    assert (read.resumed, read.rerun_of, read.implementation) == (0, "", "")
    assert [one.value for one in read.baselines] == [f["value"] for f in data["floors"]]
    assert (
        read.task_reference == "seqtasks.tasks.sequential_image.task:sequential_image"
    )


def test_options_and_settings_of_schema_2_have_their_present_names():
    read = read_file(SCHEMAS / "2.json")
    assert read.options == {
        "dataset": "etth1",
        "lookback": 336,
        "horizon": 96,
        "normalization": "last",
        "channel_independent": True,
        "patch_length": 48,
        "dropout": 0.5,
        "columns": "",
        "gaps": "fill",
        "period": 0,
        "data_seed": 0,
        # added since
        "time": "",
        "dates": "auto",
        "decimal": "auto",
        "missing": "",
        "series": "",
        "train": 0.6,
        "validation": 0.2,
    }
    assert read.implementation == "compiled"
    assert read.settings["implementation"] == "auto"
    assert read.settings["gradient_checkpoint_every"] is None


def _schema_2(**fields):
    return json.loads((SCHEMAS / "2.json").read_text()) | fields


def test_published_values_have_the_present_names_too():
    needs = {"options": {"history": 96, "variables": "together"}}
    needs["settings"] = {"loop": "parallel"}
    value = {"name": "a", "metric": "m", "value": 1, "source": "s", "protocol": "p"}
    (known,) = from_json(json.dumps(_schema_2(references=[value | needs]))).published
    assert known.options == {"lookback": 96, "channel_independent": False}
    assert known.settings == {"implementation": "scan"}


def test_a_metric_is_renamed_wherever_its_name_stands():
    data = _schema_2(task="music_lm", task_reference="seqtasks.tasks.music_lm:music_lm")
    text = json.dumps(data).replace("mean_squared_error", "frame_accuracy")
    assert data["monitor"] == "mean_squared_error"
    read = from_json(text)
    assert "frame_accuracy" not in read.to_json()
    assert read.monitor == "multipitch_accuracy"
    assert "validation_multipitch_accuracy" in read.history[0]
    assert read.score == data["metrics"]["test"]["mean_squared_error"]


def test_a_task_of_ones_own_keeps_its_names():
    data = _schema_2(task_reference="./forecast.py:forecast")
    assert from_json(json.dumps(data)).options == data["options"]
    data = _schema_2(task="recall", task_reference="./recall.py:recall")
    assert from_json(json.dumps(data)).task == "recall"


@pytest.mark.parametrize("value", [None, 3, "x", [], [3], {}, {"a": [{}]}], ids=repr)
def test_a_damaged_file_of_an_earlier_schema_is_refused_in_a_sentence(value):
    for name in _schema_2():
        for schema in (1, 2):
            data = _schema_2() | {"schema_version": schema, name: value}
            # any other error would be a traceback
            with contextlib.suppress(ValueError):
                from_json(json.dumps(data))


def test_the_committed_results_have_the_names_of_a_new_run(committed_results):
    """So that they stand in one table with it."""
    assert len(committed_results) >= 222
    tasks = TASKS.entries()
    for run in committed_results:
        entry = tasks[run.task]
        assert run.task_reference == entry.reference
        assert {*run.options} == {*options_of(entry.load())}, run.run
        metrics = {run.monitor, *run.metrics.get("test", {})}
        assert metrics - {"loss"} <= {*run.metric_units}, run.run


def test_an_earlier_name_is_answered_with_the_present_one():
    with pytest.raises(Exception, match=r"'recall'\. It is called associative_recall"):
        TASKS.find("recall")
    assert nearest("history", ["lookback", "horizon"]) == "It is called lookback now."
    assert nearest("history", ["horizon"]) == "Known: horizon."


def test_earlier_results_have_every_option_of_their_task(committed_results):
    """Else a new run with the defaults would not be compared with them."""
    for task in sorted({result.task for result in committed_results}):
        options = options_of(TASKS.find(task).load())
        for result in committed_results:
            if result.task == task:
                assert set(result.options) == set(options), task
        for name, value in upgrade._ADDED_OPTIONS.get(task, {}).items():
            assert options[name].default == value, (task, name)
