import dataclasses
import json

import pytest
from horizon_factory import reach, record

from seqtasks.analysis.horizon_record import from_text, read_records, write_record


def test_a_record_is_read_as_it_was_written_and_replaces_that_of_fewer_seeds(tmp_path):
    write_record(tmp_path, record(8))
    three = record(0, 64, 10)
    path = write_record(tmp_path, three)
    assert from_text(path.read_text()) == three
    assert read_records([tmp_path]) == ([three], [])
    # the same search in another folder, with fewer seeds
    write_record(tmp_path / "other", record(8))
    assert read_records([tmp_path / "other", tmp_path]) == ([three], [])
    other = record(8, settings={"epochs": 6})
    write_record(tmp_path, other)
    assert len(read_records([tmp_path])[0]) == 2


@pytest.mark.parametrize(
    ("longest", "median", "range_"),
    [((8,), 8, (8, 8)), ((8, 0, 64), 8, (0, 64)), ((8, 4, 16, 2), 4, (2, 16))],
)
def test_the_number_is_the_median_over_seeds_and_the_lower_of_two(
    longest, median, range_
):
    assert (record(*longest).median, record(*longest).range) == (median, range_)


def _changed(**fields):
    return json.dumps(dataclasses.asdict(record(8)) | fields)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "it has the schema_version None"),
        (_changed(schema_version=9), "reads 1; make it again with `seqtasks horizon`"),
        (_changed(option=3), "Expected `str`, got `int`"),
        (_changed(extra=1), "it has unknown extra"),
        (_changed(reaches=[]), "it has no seed"),
        (_changed(least=0), "its bounds are none"),
        (_changed(settings={"seconds": "2"}), "its seconds are no number"),
        (
            _changed(reaches=[dataclasses.asdict(reach(8)) | {"trials": []}]),
            "seed 0 has no training",
        ),
        (_changed(threshold={"float": "NaN"}), "Expected `float`, got `object`"),
        (
            _changed(reaches=[dataclasses.asdict(reach(65))]),
            "seed 0 is beyond the values that are tried",
        ),
        (_changed(task="other"), "its name should be other-gru-"),
    ],
)
def test_a_damaged_file_is_named_with_the_reason(tmp_path, text, reason):
    path = write_record(tmp_path, record(8))
    path.write_text(text)
    (path.parent / "notes.json").write_text("{")
    found, (sentence,) = read_records([tmp_path])
    assert found == []
    assert sentence.startswith(f"{path} is not a whole horizon: ")
    assert reason in sentence
