"""etth1: our own builder for TensorFlow Datasets, and the series made of it."""

import numpy as np
import pytest
import tensorflow_datasets as tfds
from seqtasks.tasks.forecast import etth1 as module
from seqtasks.tasks.forecast.etth1 import LICENCE, etth1
from seqtasks.tasks.forecast.etth1_builder.etth1_dataset_builder import (
    VARIABLES,
    Builder,
)
from seqtasks.tasks.forecast.task import forecast

from seqtasks.data.sources import prepared
from seqtasks.errors import DataUnavailableError

SHA256 = "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066"


def test_the_rows_of_each_split_in_their_order(tmp_path):
    path = tmp_path / "ETTh1.csv"
    header = ",".join(["date", *VARIABLES])
    lines = [f"hour {row}{f',{row}' * 7}" for row in range(14_403)]
    path.write_text("\n".join([header, *lines]))

    class Downloads:
        def download(self, url):
            assert url.endswith("/ETT-small/ETTh1.csv")
            return path

    splits = Builder(data_dir=tmp_path)._split_generators(Downloads())
    rows = {name: list(generator) for name, generator in splits.items()}
    # months of 30 days: twelve, four, four, and what the literature leaves out
    assert {name: len(part) for name, part in rows.items()} == {
        "train": 8_640,
        "validation": 2_880,
        "test": 2_880,
        "unused": 3,
    }
    index, first = rows["test"][0]
    assert (index, first["date"], first["OT"]) == (0, "hour 11520", 11_520.0)


def test_without_a_network_the_message_names_the_file_and_its_place(
    no_network, tmp_path
):
    with pytest.raises(DataUnavailableError) as error:
        prepared(Builder, tmp_path, LICENCE)
    assert str(error.value) == (
        "etth1 is not on this machine and raw.githubusercontent.com cannot be reached. "
        "Put these files there and run again:\n"
        f"  {tmp_path}/downloads/manual/ETTh1.csv\n"
        "    from https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/"
        "ETTh1.csv\n"
        f"    2,589,657 bytes, SHA-256 {SHA256}"
    )


def test_the_series_has_the_parts_one_after_the_other(monkeypatch, tmp_path):
    monkeypatch.setattr(
        module, "prepared", lambda name, licence: Builder(data_dir=tmp_path)
    )
    with tfds.testing.mock_data(num_examples=30):
        series = etth1()
    assert series.values.shape == (90, 7)
    assert series.values.dtype == np.float64
    assert series.parts == {
        "train": (0, 30),
        "validation": (30, 60),
        "test": (60, 90),
    }
    assert series.names == VARIABLES
    assert (series.step_name, series.periods) == ("hour", (24, 168))
    assert series.error is None
    assert series.times.astype("datetime64[s]").astype(str).tolist()[:2] == [
        "2016-07-01T00:00:00",
        "2016-07-01T01:00:00",
    ]
    info = Builder(data_dir=tmp_path).info
    assert info.name == "etth1"
    assert "oil temperature" in info.description
    assert "zhou2021informer" in info.citation
    assert info.redistribution_info.license == LICENCE == "CC BY-ND 4.0"


@pytest.mark.realdata
@pytest.mark.slow
def test_the_real_file_is_built_and_read(realdata, monkeypatch, tmp_path):
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    (manual / "ETTh1.csv").symlink_to(realdata / "ett" / "ETTh1.csv")
    monkeypatch.setattr(
        module, "prepared", lambda name, licence: prepared(name, tmp_path, licence)
    )
    series = etth1()
    assert series.names == VARIABLES
    assert series.parts == {
        "train": (0, 8_640),
        "validation": (8_640, 11_520),
        "test": (11_520, 14_400),
    }
    file = realdata / "ett" / "ETTh1.csv"
    rows = {"skiprows": 1, "max_rows": 14_400, "usecols": range(1, 8)}
    own = np.loadtxt(file, delimiter=",", **rows)
    np.testing.assert_array_equal(series.values, own.astype(np.float32))
    task = forecast("etth1")
    # 12, 4 and 4 months of 30 days; 96 steps are to be predicted, and in validation and
    # test what is read lies in the part before
    assert task.load("train").cardinality() == 8_640 - 96 - 95
    for split in ("validation", "test"):
        assert task.load(split).cardinality() == 2_880 - 95
    found = {(one.name, one.metric): one.value for one in task.baselines()}
    # Zeng et al. (2023), table 2, print 1.295 and 0.713 for "Repeat"
    squared, absolute = (
        found["persistence", f"mean_{name}_error"] for name in ("squared", "absolute")
    )
    assert squared == pytest.approx(1.295, abs=2e-3)
    assert absolute == pytest.approx(0.713, abs=1e-3)
    for known in task.published:
        reached = found["linear", known.metric]
        assert reached == pytest.approx(known.value, rel=0.03)
