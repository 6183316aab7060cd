import pytest
from seqtasks.tasks.gesture_recognition.series_folder import (
    Reading,
    find_series,
    read_all,
)

from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_whole_persons_are_in_a_split(tmp_path):
    persons = [f"p{index}" for index in range(10)]
    for label, name in enumerate(("nod", "wave")):
        for number, person in enumerate(persons):
            for take in range(2):
                path = tmp_path / name / person / f"{take}.csv"
                write(path, f"{label},{number}\n" * (3 + take))
    folder = find_series(tmp_path)
    assert folder.class_names == ("nod", "wave")
    assert len(folder.files) == 40
    parts = read_all(folder)
    seen = [{int(one[0, 1]) for one, *_ in parts[split]} for split in SPLITS]
    assert [len(one) for one in seen] == [8, 1, 1]
    assert len(set.union(*seen)) == 10
    for split in SPLITS:
        assert all(one[0, 0] == label for one, label, _ in parts[split])


def test_without_persons_each_class_is_split_by_file(tmp_path, capsys):
    for name in ("nod", "wave"):
        for take in range(20):
            # of each class its own: equal series would be kept in one split
            write(tmp_path / name / f"{take}.csv", f"1,{len(name)}\n" * (take + 1))
    write(tmp_path / "nod" / "broken.csv", "1,2\n3\n")
    parts = read_all(find_series(tmp_path))
    assert [len(parts[split]) for split in SPLITS] == [28, 6, 6]
    assert capsys.readouterr().err.startswith(
        f"1 of the 41 series in {tmp_path} cannot be read: nod/broken.csv (line 2 "
        f"has 1 cells, not 2). Skipped.\n"
    )


def test_folders_that_cannot_be_used(tmp_path):
    for name in ("nod", "wave"):
        for take in range(4):
            write(tmp_path / "one" / name / "anna" / f"{take}.csv", "1,2\n")
            write(tmp_path / "two" / name / f"{take}.csv", "1,2\n")
    with pytest.raises(
        UsageError, match=r"three persons or more, .* found anna\. --set pers"
    ):
        find_series(tmp_path / "one")
    write(tmp_path / "one" / "nod" / "5.csv", "1,2\n")
    with pytest.raises(UsageError, match=r"nod/5\.csv is in none"):
        find_series(tmp_path / "one")
    write(tmp_path / "two" / "wave" / "odd.csv", "1,2,3\n")
    with pytest.raises(UsageError) as error:
        read_all(find_series(tmp_path / "two"))
    assert str(error.value) == (
        f"Expected all series of {tmp_path}/two to have the same columns; wave/odd.csv "
        f"has 1, 2, 3, others have 1, 2. Name those that all have: --set columns=…"
    )


def series(number, label):
    """A series that no other is equal to."""
    return f"x,y\n{number},{label}\n{number + 0.5},{label + 1}\n0,{number}\n"


def test_folders_of_splits_are_kept(tmp_path, capsys):
    wanted = {"train": 3, "validation": 1, "test": 2}
    words = {"train": "train", "validation": "val", "test": "test"}
    for label, name in enumerate(("nod", "wave")):
        for split, count in wanted.items():
            for number in range(count):
                path = tmp_path / "a" / words[split] / name / f"{number}.csv"
                write(path, series(100 * SPLITS.index(split) + number, label))
    folder = find_series(tmp_path / "a")
    assert folder.class_names == ("nod", "wave")
    parts = read_all(folder)
    assert {split: len(parts[split]) for split in SPLITS} == {
        split: 2 * count for split, count in wanted.items()
    }
    assert dict(folder.details)["classes"] == "2: nod 3 / 1 / 2, wave 3 / 1 / 2"
    assert capsys.readouterr().err == ""


def test_lists_of_splits_are_kept(tmp_path, capsys):
    for label, name in enumerate(("nod", "wave")):
        for number in range(6):
            write(tmp_path / name / f"{number}.csv", series(number, label))
    for split, number in (("testing", 4), ("validation", 2)):
        names = [f"{name}/{number}.csv" for name in ("nod", "wave")]
        write(tmp_path / f"{split}_list.txt", "\n".join(names))
    folder = find_series(tmp_path)
    test = {file.name for file in folder.files if file.split == "test"}
    assert test == {"nod/4.csv", "wave/4.csv"}
    read_all(folder)
    assert capsys.readouterr().err == ""


@pytest.fixture
def named(tmp_path):
    """Two classes of six persons, whose names begin those of the files."""
    for label, name in enumerate(("nod", "wave")):
        for number, person in enumerate("abcdef"):
            for take in range(2):
                text = series(10 * number + take, 2 * label)
                write(tmp_path / name / f"{person}_{take}.csv", text)
    return tmp_path


def test_persons_in_the_names_of_files_folds_and_shares(named):
    def persons(**given):
        reading = Reading(**given)
        files = find_series(named, reading).files
        return {
            split: {f.name[-7] for f in files if f.split == split} for split in SPLITS
        }

    by_person = persons(person="^[a-z]+")
    assert [len(by_person[split]) for split in SPLITS] == [4, 1, 1]
    assert not by_person["train"] & by_person["test"]
    folds = [
        persons(person="^([a-z])_", rule=SplitRule(fold=fold, folds=3))["test"]
        for fold in range(3)
    ]
    assert sorted(one for fold in folds for one in fold) == [*"abcdef"]
    half = persons(person="^[a-z]", rule=SplitRule(train=0.5))
    assert [len(half[split]) for split in SPLITS] == [4, 1, 1]
    for expression, sentence in (
        ("(", "must be a regular"),
        ("z", "finds none in nod/"),
    ):
        with pytest.raises(UsageError, match=sentence):
            persons(person=expression)


def test_without_a_split_by_person_another_is_offered(tmp_path):
    for name in ("nod", "wave"):
        for number in range(4):
            write(tmp_path / name / "anna" / f"{number}.csv", series(number, len(name)))
    with pytest.raises(UsageError, match="--set person=none splits each class by file"):
        find_series(tmp_path)
    assert len(find_series(tmp_path, Reading(person="none")).files) == 8


def test_columns_that_are_no_channels_are_named(tmp_path, capsys):
    for label, name in enumerate(("nod", "wave")):
        for number in range(4):
            rows = [f"{step},{number + step % 3},{label},{step}" for step in range(5)]
            path = tmp_path / name / f"{number}.csv"
            write(path, "\n".join([",x,who,up", *rows]))
    parts = read_all(find_series(tmp_path))
    assert parts["train"][0][0].shape == (5, 3)
    message = capsys.readouterr().err
    assert (
        f"Column '' of 8 series in {tmp_path} counts the rows: no channel. Left out; "
        f"--set columns=… takes it in.\n"
    ) in message
    assert (
        f"Column 'who' of the series in {tmp_path} never changes within a file. If it "
        f"names the class or the person, leave it out: --set columns=x,up.\n"
    ) in message
    parts = read_all(find_series(tmp_path), Reading(columns=("x",)))
    assert parts["train"][0][0].shape == (5, 1)
    assert "no channel" not in capsys.readouterr().err


def test_a_column_that_is_the_class_is_refused(named):
    for label, name in enumerate(("nod", "wave")):
        for path in (named / name).iterdir():
            text = path.read_text().splitlines()
            rows = [f"{row},{label}" for row in text[1:]]
            path.write_text("\n".join([f"{text[0]},gesture", *rows]))
    with pytest.raises(UsageError) as error:
        read_all(find_series(named))
    assert str(error.value) == (
        f"Expected channels in the series in {named}; the column 'gesture' never "
        f"changes within a file: it is the class. Leave it out: --set columns=x,y."
    )
    read_all(find_series(named), Reading(columns=("x", "y")))


def test_texts_are_series_where_there_are_no_tables(named):
    (named / "nod" / "notes.txt").write_text("of May")
    assert len(find_series(named).files) == 24
    (named / "nod" / "notes.txt").unlink()
    for path in [*named.rglob("*.csv")]:
        path.rename(path.with_suffix(".txt"))
    assert len(find_series(named).files) == 24


def test_a_value_that_hides_all_others_is_named(named):
    write(named / "wave" / "b_0.csv", "x,y\n1,2\n3,1e39\n4,5\n")
    with pytest.raises(UsageError) as error:
        read_all(find_series(named))
    assert str(error.value) == (
        f"Expected values of one scale; step 2 of wave/b_0.csv in {named} has 1e+39 in "
        f"the column 'y', so far from the others that their differences are lost. "
        f"Correct it, or remove the file."
    )


def test_one_column_order_whatever_that_of_a_file(named):
    path = named / "nod" / "a_0.csv"
    write(path, "y,x\n7,1\n8,2\n9,5\n")
    parts = read_all(find_series(named))
    every = [one for split in SPLITS for one, *_ in parts[split]]
    assert any(one.tolist() == [[1, 7], [2, 8], [5, 9]] for one in every)


def test_a_first_step_that_counts_is_a_header_in_all_files_only(named):
    for number, path in enumerate(sorted(named.rglob("*.csv"))):
        rows = ["0,1" if number in (3, 4) else f"{number},7", f"5,{number}", "9,9"]
        path.write_text("\n".join(rows))
    parts = read_all(find_series(named))
    assert {len(one) for split in SPLITS for one, *_ in parts[split]} == {3}
    for number, path in enumerate(sorted(named.rglob("*.csv"))):
        path.write_text(f"0,1\n{number},7\n5,{number}\n")
    parts = read_all(find_series(named))
    assert {len(one) for split in SPLITS for one, *_ in parts[split]} == {2}
