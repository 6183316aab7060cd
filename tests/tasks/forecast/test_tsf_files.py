import gzip

import numpy as np
import pytest
from seqtasks.tasks.forecast.reading import Reading
from seqtasks.tasks.forecast.tsf_files import is_tsf, tsf_series

from seqtasks.errors import UsageError

HEAD = """# a remark
@relation Load
@attribute series_name string
@attribute start_timestamp date
@frequency hourly
@horizon 24
@missing true
@equallength false
@data
"""


@pytest.fixture
def write(tmp_path):
    def write(*lines, head=HEAD):
        path = tmp_path / "load.tsf"
        path.write_text(head + "\n".join(lines), encoding="utf-8")
        return path

    return write


def line(name, start, count, step=1):
    return f"{name}:{start} 00-00-00:" + ",".join(
        "?" if i == 5 else str(i * step) for i in range(count)
    )


def test_series_side_by_side_with_dates_and_gaps(write, tmp_path):
    path = write(line("T1", "1979-01-01", 40), line("T2", "1979-01-01", 40, 2))
    series = tsf_series(path, Reading())
    assert (series.names, series.step_name, series.periods) == (
        ("T1", "T2"), "hour", (24, 168),
    )  # fmt: skip
    assert series.values[4:7].tolist() == [[4, 8], [4, 8], [6, 12]]
    assert series.observed.sum() == 78
    assert series.source.summary.endswith(" from 1979-01-01 to 1979-01-02 15:00")
    assert is_tsf(path)
    packed = tmp_path / "load.tsf.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert is_tsf(packed)
    np.testing.assert_array_equal(tsf_series(packed, Reading()).values, series.values)


def test_series_of_other_times_are_chosen_by_name(write):
    path = write(line("T1", "1979-01-01", 40), line("T2", "1980-01-01", 60))
    with pytest.raises(UsageError) as error:
        tsf_series(path, Reading())
    assert str(error.value) == (
        f"Expected the series of {path} to cover the same time, as variables of one "
        f"model; 2 series have 2 different spans. Name those of one with --set "
        f"columns=…, as T1, which have 40 steps."
    )
    assert len(tsf_series(path, Reading(columns="T2")).values) == 60


def test_without_dates_steps_are_counted(write):
    head = "@relation x\n@attribute series_name string\n@data\n"
    series = tsf_series(write("a:1,2,3,4,5,9,7,8,9,10", head=head), Reading())
    assert (series.names, series.times, series.step_name) == (("a",), None, "step")


@pytest.mark.parametrize(
    ("lines", "head", "sentence"),
    [
        (["T1:1,2"], "@relation x\n", "Expected a line @data in PATH"),
        (["T1:1979-01-01 00-00-00:1,x"], HEAD,
         "Expected numbers, or ? for a gap; value 2 in line 10 of PATH is 'x'."),
        (["T1:1,2"], HEAD, "line 10 has 1 attributes."),
        (["T1:01/02/79:1,2"], HEAD, "line 10 of PATH has '01/02/79'."),
        ([line("T1", "1979-01-01", 9)] * 2, HEAD, "line 11 repeats 'T1'."),
        (["a:1"], HEAD.replace("hourly", "often"), "received 'often'."),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(write, lines, head, sentence):
    path = write(*lines, head=head)
    with pytest.raises(UsageError) as error:
        tsf_series(path, Reading())
    assert sentence.replace("PATH", str(path)) in str(error.value)


def test_a_series_that_is_not_there(write):
    with pytest.raises(UsageError, match=r"no series 'T3' in .*\. Known: T1\."):
        tsf_series(write(line("T1", "1979-01-01", 40)), Reading(columns="T3"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("@\n@data\n", "Expected series after the line @data in {}; there are none."),
        ("@relation x\n@data\n# nothing\n", "there are none. Copy or download it"),
        ("@ \n", "Expected a line @data in {}"),
    ],
)
def test_a_file_without_series(tmp_path, text, sentence):
    path = tmp_path / "a.tsf"
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        tsf_series(path, Reading())
    assert sentence.format(path) in str(error.value)
