import gzip

import numpy as np
import pytest
from seqtasks.tasks.gesture_recognition.archive_files import read_archive

from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def write_lines(path, *lines):
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


PAIR_HEAD = ["@classLabel true a b", "@data"]


def write_pair(folder, train, test, test_head=PAIR_HEAD):
    write_lines(folder / "Two_TEST.ts", *test_head, *test)
    return write_lines(folder / "Two_TRAIN.ts", *PAIR_HEAD, *train)


def lines(count, first=0):
    return [f"{first + n},{n}:{n},1:{'ab'[n % 2]}" for n in range(count)]


@pytest.mark.parametrize("name", ["Two_TRAIN.ts", "Two_TEST.ts"])
def test_an_archives_splits_and_a_part_of_train_of_each_class(tmp_path, name):
    write_pair(tmp_path, lines(40), lines(10, first=100))
    parts = read_archive(tmp_path / name)[0]
    assert parts["train"].class_names == ("a", "b")
    # 15 % of 20 of each class
    assert [len(parts[split].series) for split in SPLITS] == [34, 6, 10]
    assert np.bincount(parts["validation"].labels).tolist() == [3, 3]
    firsts = [{one[0, 0] for one in parts[split].series} for split in SPLITS]
    assert firsts[0] | firsts[1] == set(range(40))
    assert firsts[2] == set(range(100, 110))


def test_equal_series_stay_together(tmp_path):
    train = [line for n in range(8) for line in [f"{n},{n}:{'ab'[n % 2]}"] * 3]
    parts, _ = read_archive(write_pair(tmp_path, train, ["100,1:a"]))
    firsts = [
        {one[0, 0] for one in parts[split].series} for split in ("train", "validation")
    ]
    assert not firsts[0] & firsts[1]
    assert len(firsts[1]) == 2


@pytest.mark.parametrize(
    ("train", "test", "test_head", "sentence"),
    [
        (lines(4), ["1:a"], PAIR_HEAD,
         "as many channels as each other; received 2 and 1."),
        (lines(4), ["1:2:c"], ["@classLabel true a c", "@data"],
         "to name the same classes; received a b and a c."),
        (["1:2:a", "1:2:a", "1:2:b"], ["1:2:a"], PAIR_HEAD,
         "for validation; a has one."),
    ],
)  # fmt: skip
def test_pairs_that_cannot_be_used(tmp_path, train, test, test_head, sentence):
    with pytest.raises(UsageError) as error:
        read_archive(write_pair(tmp_path, train, test, test_head=test_head))
    assert sentence in str(error.value)


def test_files_that_are_no_pair(tmp_path):
    lonely = write_lines(tmp_path / "Two_TRAIN.ts", *PAIR_HEAD, *lines(4))
    with pytest.raises(UsageError) as error:
        read_archive(lonely)
    assert str(error.value) == (
        f"Expected two files side by side, NAME_TRAIN and NAME_TEST; beside {lonely} "
        f"there is no Two_TEST.ts."
    )
    other = tmp_path / "two.ts"
    other.touch()
    with pytest.raises(UsageError, match=r"a file named NAME_TRAIN\.ts or NAME_TEST"):
        read_archive(other)


def test_names_in_small_letters_and_packed_files(tmp_path):
    write_pair(tmp_path, lines(8), lines(4, first=100))
    for part in ("TRAIN", "TEST"):
        data = (tmp_path / f"Two_{part}.ts").read_bytes()
        (tmp_path / f"Two_{part.lower()}.ts.gz").write_bytes(gzip.compress(data))
    parts, _ = read_archive(tmp_path / "Two_train.ts.gz")
    assert [len(parts[split].series) for split in SPLITS] == [6, 2, 4]


def test_what_test_has_leaves_train_and_is_reported(tmp_path, capsys):
    train = lines(12)
    path = write_pair(tmp_path, train, [*train[:2], "3,3:3,1:a", "50,1:2,3:a"])
    parts, _ = read_archive(path)
    assert [len(parts[split].series) for split in SPLITS] == [7, 2, 4]
    assert capsys.readouterr().err == (
        f"3 of the 12 series of train in {path} are equal to one of a later split, 1 "
        f"of them in another class. Left out there; test is as it was.\n"
    )
    read_archive(write_pair(tmp_path, train, train))
    assert capsys.readouterr().err == (
        f"12 of the 12 series of train in {path} are equal to one of a later split, 0 "
        f"of them in another class. Without them a class would have too few: they are "
        f"in both, and scores on them are worth nothing.\n"
    )


def same(part, other):
    assert part.class_names == other.class_names
    assert part.labels.tolist() == other.labels.tolist()
    for one, two in zip(part.series, other.series, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("kind", ["tsv", "txt", "arff", "multi.arff", "npz"])
def test_all_kinds_of_files_give_the_same(tmp_path, kind):
    """Series of one channel, of two for ``multi`` and ``npz``, in every form."""
    rng = np.random.default_rng(0)
    several = kind in ("multi.arff", "npz")
    files, arrays = {}, {}
    for part, count in (("TRAIN", 8), ("TEST", 4)):
        series = [rng.integers(0, 99, (3 + n % 2, 1 + several)) for n in range(count)]
        names = ["12"[n % 2] for n in range(count)]
        ts = [
            ":".join(",".join(map(str, channel)) for channel in one.T) + f":{name}"
            for one, name in zip(series, names, strict=True)
        ]
        head = ["@classLabel true 1 2", "@data"]
        files[part] = write_lines(tmp_path / f"A_{part}.ts", *head, *ts)
        padded = np.full((count, 4, 1 + several), np.nan)
        for one, row in zip(series, padded, strict=True):
            row[: len(one)] = one
        arrays |= {f"X_{part.lower()}": padded, f"y_{part.lower()}": [*map(int, names)]}
        rows = zip(padded, names, strict=True)
        if kind in ("tsv", "txt"):
            cut = "\t" if kind == "tsv" else "  "
            other = [
                cut.join([f"{float(name):e}", *map(str, one[:, 0])])
                for one, name in rows
            ]
        elif kind == "arff":
            other = ["@relation A", "@attribute a numeric", "@data"]
            other += [
                ",".join([*(str(v) if v == v else "?" for v in one[:, 0]), name])
                for one, name in rows
            ]
        else:
            other = ["% in µ", "@relation A", "@attribute a relational", "@DATA"]
            other += [
                "'" + r"\n".join(",".join(map(str, c)) for c in one.T) + f"',{name}"
                for one, name in zip(series, names, strict=True)
            ]
        beside = tmp_path / f"B_{part}.{kind.rpartition('.')[2]}"
        beside.write_bytes("\n".join(other).encode("cp1252"))
    path = tmp_path / f"B_TRAIN.{kind.rpartition('.')[2]}"
    if kind == "npz":
        path = tmp_path / "all.npz"
        np.savez(path, **arrays)
    expected, _ = read_archive(files["TRAIN"])
    given, _ = read_archive(path)
    for split in SPLITS:
        same(given[split], expected[split])


def test_arrays_with_a_validation_part(tmp_path):
    path = tmp_path / "a.npz"
    x = np.arange(24.0).reshape(8, 3)
    y = np.array(["a", "b"] * 4)
    np.savez(path, X_train=x, y_train=y, X_val=x[:2] + 50, y_val=y[:2],
             X_test=x + 100, y_test=y)  # fmt: skip
    parts, how = read_archive(path)
    assert [len(parts[split].series) for split in SPLITS] == [8, 2, 8]
    assert parts["train"].series[0].shape == (3, 1)
    assert how == "the archive's train, validation and test"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("A_TRAIN.tsv", "1\t1\t?\t2\n" * 3, "line 1 (a value is missing)"),
        ("A_TRAIN.tsv", "1\tx\t2\n" * 3, "line 1 (no number)"),
        ("A_TRAIN.tsv", "\n", "Expected series in PATH; there are none."),
        ("A_TRAIN.tsv", "1\t1\t2\n" * 3, "Expected two classes or more in PATH; it"),
        ("A_TRAIN.arff", "@relation x\n", "Expected a line @data in PATH"),
        ("A_TRAIN.arff", "@data\n'1,2\\n3',a\n", "channels of 1 and 2 steps"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, name, content, sentence):
    path = tmp_path / name
    path.write_text(content)
    (tmp_path / name.replace("TRAIN", "TEST")).write_text(content)
    with pytest.raises(UsageError) as error:
        read_archive(path)
    assert sentence.replace("PATH", str(path)) in str(error.value)


def test_arrays_that_cannot_be_used(tmp_path):
    path = tmp_path / "a.npz"
    for arrays, sentence in (
        ({"x": np.ones(3)}, "to hold the arrays x_train, y_train, .* it holds x"),
        ({"x_train": np.ones(3), "y_train": np.ones(3)}, "received float64 .3,. and"),
        ({"x_train": np.array([1, "a"], object)}, "Objects are not read: fill series"),
        ({"x_train": np.full((2, 3), np.inf), "y_train": [1, 2]}, "series 0 has a gap"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(UsageError, match=sentence):
            read_archive(path)
    path.write_bytes(b"no zip")
    with pytest.raises(UsageError, match="it could not be read"):
        read_archive(path)


def test_folds_are_refused_where_test_is_official(tmp_path):
    path = write_pair(tmp_path, lines(8), lines(4, first=100))
    with pytest.raises(UsageError, match="folds must be 0: this data set has an off"):
        read_archive(path, SplitRule(folds=3))
    parts, how = read_archive(path, SplitRule(train=0.4, validation=0.5))
    assert [len(parts[split].series) for split in SPLITS] == [4, 4, 4]
    assert "; 50 % of each class of train are for validation" in how
