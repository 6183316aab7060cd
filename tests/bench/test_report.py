import dataclasses
import json
import re

import pytest
from bench_reports import report, row

from seqtasks.bench.report import from_json, new_report_name, read_file, read_folder
from seqtasks.errors import UsageError

FULL = report(
    row(),
    row("keras", 2.0, waited_seconds_per_step={"train": (0.5,)}),
    row("torch", reason="It broke.", seconds_per_step={}, steps={}),
)


def test_a_report_survives_its_file(tmp_path):
    path = FULL.save(tmp_path / "results" / "bench")
    assert path.name == "lstm-20260101T000000-abcdef.json"
    assert read_file(path) == FULL
    assert read_folder(path.parent) == [FULL]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_no_folder_holds_no_report(tmp_path):
    assert read_folder(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schema_version": 3}, "schema_version should be 1 or 2, which"),
        ({"kind": "x"}, "at `$.kind`; expected one of cells, task, start_up"),
        (
            {"rows": [{"subject": "lstm"}]},
            "missing required field `model` - at `$.rows[0]`",
        ),
        ({"speed": 1}, "it has unknown speed"),
    ],
)
def test_what_is_no_report_is_explained(change, sentence):
    data = json.loads(FULL.to_json()) | change
    with pytest.raises(ValueError, match=re.escape(sentence)):
        from_json(json.dumps(data))


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{")
    with pytest.raises(UsageError, match=r"a\.json is not a whole bench file"):
        read_folder(tmp_path)


def test_it_failed_if_a_model_of_ours_did():
    assert not FULL.failed
    ours = dataclasses.replace(FULL.rows[1], reason="It broke.")
    assert report(ours).failed


def test_a_name_is_of_the_subjects_without_folders():
    name = new_report_name(["lstm", "./cells/my_cell.py", "x/other.py:Cell"])
    assert name.startswith("lstm-my_cell-other-2")
    assert name != new_report_name(["lstm", "./cells/my_cell.py", "x/other.py:Cell"])


def test_a_name_of_many_subjects_is_short():
    name = new_report_name(["a", "b", "c", "d", "e", "f"])
    assert name.startswith("a-b-c-d-and-2-more-2")


def test_seconds_of_a_token():
    assert row(tokens_per_step={"train": 2.0}).seconds_per_token("train") == (
        *(0.05, 0.1, 0.2),
    )


def test_a_report_of_schema_1_is_upgraded():
    """With the fields, implementations and models that were called otherwise."""
    old = json.loads(FULL.to_json()) | {"schema_version": 1}
    old["settings"]["loop"] = "parallel"
    del old["settings"]["implementation"]
    for one in old["rows"]:
        one["contender"] = one.pop("model")
        one["path"] = one.pop("implementation")
    old["rows"][1]["path"] = "parallel"
    old["rows"][2]["contender"] = "loop"
    read = from_json(json.dumps(old))
    assert read.schema_version == 2
    assert read.settings["implementation"] == "scan"
    assert read.rows[1].implementation == "scan"
    assert read.rows[2].model == "keras_rnn"
    assert read.rows[2].seconds_per_step == FULL.rows[2].seconds_per_step
