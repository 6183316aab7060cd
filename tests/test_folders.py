import dataclasses

import pytest
from results_factory import result

from seqtasks.evaluations import EvaluationLog
from seqtasks.folders import (
    read_evaluations,
    read_folders,
    relation_of,
    result_folders,
)
from seqtasks.store import Store

ONE = result(0.5, run="a")
LINE = {"task": "probe", "fingerprint": "0123456789abcdef", "run": "a", "cell": "gru"}


def test_a_folder_of_folders_is_read_as_those_that_hold_results(tmp_path):
    for name in ("ada", "bob/results", "carl/work/deep/results"):
        Store(tmp_path / name).write(ONE)
    EvaluationLog(tmp_path / "dora").write(**LINE)
    # a run that cannot be read is one, another JSON file is not
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve" / "adding-gru-s0-20260101T000000-0a1b2c.json").write_text("{")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "settings.json").write_text("{}")
    # what a checkout, an environment or an ablation brings is no one's result
    Store(tmp_path / "frank" / "seqtasks" / "reference").write(ONE)
    (tmp_path / "frank" / "seqtasks" / "reference" / "__init__.py").touch()
    Store(tmp_path / "frank" / ".venv").write(ONE)
    Store(tmp_path / "ada" / "ablations").write(ONE)
    found, unread = result_folders(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        *("ada", "bob/results", "carl/work/deep/results", "dora", "eve"),
    ]
    assert unread == []
    assert result_folders(tmp_path / "ada")[0] == [tmp_path / "ada"]
    assert result_folders(tmp_path / "other")[0] == [tmp_path / "other"]


@pytest.mark.parametrize(
    ("old", "new", "relation"),
    [
        ({}, {}, "same"),
        ({"last_loss": float("nan")}, {"last_loss": float("nan")}, "same"),
        ({}, {"author": "ada"}, "same"),
        ({"author": "bob"}, {"author": "ada"}, "different"),
        ({"status": "interrupted"}, {"steps": 200}, "newer"),
        ({"steps": 200}, {"status": "killed"}, "older"),
        ({"status": "running"}, {"status": "interrupted", "steps": 200}, "newer"),
        ({"status": "running"}, {"status": "killed"}, "older"),
        ({}, {"seconds": 1.0}, "different"),
        ({"status": "interrupted"}, {"seed": 7}, "different"),
    ],
)
def test_two_results_of_one_name(old, new, relation):
    one, two = (dataclasses.replace(ONE, **fields) for fields in (old, new))
    assert relation_of(one, two) == relation


def test_several_folders_are_read_as_one_and_what_differs_is_named(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    Store(first).write(ONE)
    Store(first).write(result(0.6, run="b", status="interrupted"))
    Store(second).write(ONE)
    Store(second).write(result(0.6, run="b", seed=0, steps=500))
    Store(second).write(result(0.7, run="c"))
    found, problems = read_folders([first, second, first])
    assert [(one.run, one.status) for one in found] == [
        *(("a", "finished"), ("b", "finished"), ("c", "finished")),
    ]
    assert problems == []
    Store(second).write(dataclasses.replace(ONE, seconds=1.0, metrics={"test": {}}))
    assert read_folders([first, second])[1] == [
        f"{second}/a.json is not shown: {first} has another run of this name, and they "
        f"differ in metrics, seconds."
    ]


def test_the_logs_of_several_folders_are_joined(tmp_path):
    line = EvaluationLog(tmp_path / "one").write(**LINE)
    EvaluationLog(tmp_path / "two").add([line])
    EvaluationLog(tmp_path / "two").write(**LINE | {"run": "b"})
    found, damaged = read_evaluations([tmp_path / "one", tmp_path / "two"])
    assert [one.run for one in found] == ["a", "b"]
    assert damaged == []
