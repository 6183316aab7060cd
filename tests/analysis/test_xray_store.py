import dataclasses
import json

import pytest
from xray_factory import made_up

from seqtasks.analysis.xray_store import from_text, read_xrays, write_xray, xray_path
from seqtasks.errors import UsageError


def test_a_file_is_read_as_it_was_written(tmp_path):
    xray = made_up()
    path = write_xray(tmp_path, xray)
    assert path == tmp_path / "xray" / "probe-gru-s0.layer1.json"
    assert from_text(path.read_text()) == xray
    later = made_up(examples=16)
    write_xray(tmp_path, later)
    other = made_up(layer=2)
    write_xray(tmp_path, other)
    assert read_xrays(tmp_path, ["probe-gru-s0"]) == ([later, other], [])
    assert [one.name for one in path.parent.iterdir()].count(path.name) == 1


def test_xrays_of_other_runs_and_other_files_are_left_aside(tmp_path):
    path = write_xray(tmp_path, made_up())
    (path.parent / "notes.json").write_text("{")
    assert read_xrays(tmp_path, ["another"]) == ([], [])
    assert read_xrays(tmp_path / "nowhere", ["another"]) == ([], [])


def _changed(**fields):
    return json.dumps(dataclasses.asdict(made_up()) | fields)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "it has the schema_version None"),
        (_changed(schema_version=9), "reads 1; make it again with `seqtasks xray`"),
        (_changed(examples="many"), "Expected `int`, got `str`"),
        (_changed(extra=1), "it has unknown extra"),
        (_changed().replace('"norm": 0.25', '"norm": 1e999'), "is too large"),
        (_changed().replace("[1.0, 0.5]", "[1.0]"), "of radius are empty or not of"),
        (_changed().replace("[10, 6]", "[10]"), "has no bound for each bin"),
        (_changed(layer=2), "it is of layer 2 of the run 'probe-gru-s0'"),
    ],
)
def test_a_damaged_file_is_named_with_the_reason(tmp_path, text, reason):
    path = xray_path(tmp_path, "probe-gru-s0", 1)
    path.parent.mkdir()
    path.write_text(text)
    found, (sentence,) = read_xrays(tmp_path, ["probe-gru-s0"])
    assert found == []
    assert sentence.startswith(f"{path} is not a whole X-ray: ")
    assert reason in sentence


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "xray").write_text("a file")
    with pytest.raises(UsageError, match=r"Could not write .*--results"):
        write_xray(tmp_path, made_up())
