"""Splits that folders have: folders of splits, lists, tables; equal files."""

import subprocess

import pytest

from seqtasks.data.class_folder import find_classes
from seqtasks.data.file_folder import equal_contents, files_below, namesakes
from seqtasks.data.piece_folder import parts_of, split_pieces
from seqtasks.data.splits import DEFAULT, SplitRule
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def write(folder, names):
    """Files with their own names in them, so that none is equal to another."""
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return folder


def classes(*parts, count=4):
    """Names of files ``no/0.wav … yes/3.wav`` below each part."""
    return [
        f"{part}{one}/{part[:2]}{number}.wav"
        for part in parts
        for one in ("no", "yes")
        for number in range(count)
    ]


def found(folder, **options):
    return find_classes(folder, (".wav",), "recordings", **options)


def by_split(folder, **options):
    whole = found(folder, **options)
    assert whole.class_names == ("no", "yes")
    return {
        split: [file.name for file in whole.files if file.split == split]
        for split in SPLITS
    }


@pytest.mark.parametrize(
    "words",
    [
        ("train", "validation", "test"),
        ("Train", "val", "Test"),
        ("training", "valid", "testing"),
        ("train_set", "dev", "test_set"),
        ("train", "eval", "test"),
        ("train", "val", "eval"),
    ],
)
def test_folders_of_splits_are_no_classes(tmp_path, words):
    write(tmp_path, classes(*(f"{word}/" for word in words)))
    whole = found(tmp_path)
    assert whole.class_names == ("no", "yes")
    assert whole.details == (
        ("splits", f"its own, the folders {', '.join(words)}"),
        ("classes", "2: no 4 / 4 / 4, yes 4 / 4 / 4"),
    )
    for file in whole.files:
        assert file.name.startswith(f"{words[SPLITS.index(file.split)]}/")
        assert file.name.split("/")[1] == whole.class_names[file.label]
    assert not whole.notes


def test_folders_of_splits_within_the_classes(tmp_path):
    write(
        tmp_path,
        [f"{c}/{s}/{n}.wav" for c in ("no", "yes") for s in ("train", "val", "test")
         for n in range(2)],
    )  # fmt: skip
    parts = by_split(tmp_path)
    assert [len(part) for part in parts.values()] == [4, 4, 4]
    assert all("/test/" in name for name in parts["test"])


def test_a_class_of_trains_is_a_class(tmp_path):
    write(tmp_path, [f"{one}/{n}.wav" for one in ("bus", "train") for n in range(4)])
    assert found(tmp_path).class_names == ("bus", "train")


def test_folders_of_programs_are_no_classes(tmp_path):
    write(tmp_path, [*classes(""), "scripts/1.py", "docs/a.md", "docs/b"])
    write(tmp_path, ["outside.wav"])
    whole = found(tmp_path)
    assert whole.class_names == ("no", "yes")
    assert len(whole.files) == 8
    assert whole.notes == (
        f"1 recordings lie directly in {tmp_path}, in no class: outside.wav. Left out.",
        f"{tmp_path}/docs is no class, since it has no recordings. It holds other "
        f"files: 1 without an ending, 1 .md.",
        f"{tmp_path}/scripts is no class, since it has no recordings. It holds other "
        f"files: 1 .py.",
    )


def test_the_command_for_files_without_classes_works(tmp_path):
    names = [f"{one}_{n}.wav" for one in ("no", "yes") for n in range(4)]
    write(tmp_path / "my clips", names)
    with pytest.raises(UsageError) as error:
        found(tmp_path / "my clips")
    subprocess.run(str(error.value).split("`")[1], shell=True, check=True)
    assert found(tmp_path / "classes").class_names == ("no", "yes")


@pytest.mark.parametrize("lacking", ["validation", "test"])
def test_a_split_that_lacks_is_cut_from_train(tmp_path, lacking):
    there = [split for split in SPLITS if split != lacking]
    write(tmp_path, classes(*(f"{split}/" for split in there), count=20))
    whole = found(tmp_path)
    counts = {
        split: sum(file.split == split for file in whole.files) for split in SPLITS
    }
    assert counts == {"train": 34, lacking: 6, (set(there) - {"train"}).pop(): 40}
    assert whole.notes == (
        f"{tmp_path} has no {lacking} split: 15 % of train, by file, are for that.",
    )
    # the official part is untouched
    other = found(tmp_path, rule=SplitRule(seed=1))
    kept = (set(there) - {"train"}).pop()
    assert [f.name for f in other.files if f.split == kept] == [
        f.name for f in whole.files if f.split == kept
    ]
    assert other.files != whole.files


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([*classes("train/", "test/"), "extra/no/1.wav"],
         "to be splits (train, validation, test) or to be none; found extra, test, "
         "train. Rename or move extra."),
        (classes("train/", "val/", "dev/"),
         "Expected one folder in {} for validation; found dev, val. Put their files "
         "into one."),
        (["train/1.wav", "train/2.wav", "test/3.wav"],
         "Expected a sub-folder for each class in the folders train, test of {}; 3 "
         "files lie there directly: test/3.wav, train/1.wav, train/2.wav."),
        (["data/no/1.wav", "data/yes/1.wav"],
         "found data. Are the classes in {}/data? Give that."),
        (["a/train/x/1.wav", "a/test/x/1.wav", "b/x/1.wav"],
         "in each class of {}, or in none; b has none, and others have the folders "
         "train, test of each class. Are these no classes?"),
        (["1.wav", "2.wav"],
         "found none. 2 recordings lie directly in {}: put those of a class into a "
         "folder of its own. If a name begins with its class, as in yes_anna_1.wav, "
         "this does: `cd "),
        (["all/1.wav", "all/2.wav", "scripts/3.py"],
         "found all. 2 recordings lie directly in {}/all: put those of a class"),
        (["no/1.m4a", "yes/2.m4a"],
         "Expected at least 3 recordings in {}/no, one for each of train, validation "
         "and test; found 0 ending in .wav. It holds other files: 1 .m4a. Convert each "
         "recording: `ffmpeg -i NAME.m4a NAME.wav`."),
    ],
)  # fmt: skip
def test_layouts_that_are_unclear(tmp_path, names, sentence):
    with pytest.raises(UsageError) as error:
        found(write(tmp_path, names))
    assert sentence.format(tmp_path) in str(error.value)


def test_splits_that_are_asked_for_where_there_are_others(tmp_path):
    write(tmp_path, classes("train/", "val/", "test/"))
    with pytest.raises(UsageError, match="has its own splits, the folders train, val"):
        found(tmp_path, rule=SplitRule(train=0.8))


def test_a_class_of_test_alone(tmp_path):
    write(tmp_path, [*classes("train/", "val/", "test/"), "test/maybe/1.wav"])
    with pytest.raises(UsageError) as error:
        found(tmp_path).read(lambda path: path)
    assert str(error.value) == (
        f"Expected each class in {tmp_path} to be in train; maybe is in other splits "
        f"alone. Add recordings of it to train, or remove it."
    )


def test_folds_where_there_is_a_test_split(tmp_path):
    write(tmp_path, classes("train/", "test/"))
    with pytest.raises(UsageError, match="has its own splits, the folders train, test"):
        found(tmp_path, rule=SplitRule(folds=3))


def test_folders_that_are_no_classes(tmp_path):
    write(tmp_path, [*classes(""), "_background_noise_/hum.wav", ".git/x/1.wav"])
    write(tmp_path, ["__MACOSX/no/1.wav", "no/._1.wav", "no/_hidden/1.wav"])
    whole = found(tmp_path)
    assert whole.class_names == ("no", "yes")
    assert len(whole.files) == 8
    assert whole.notes == (
        f"{tmp_path}/__MACOSX is no class, since its name begins with an underscore: 1 "
        f"recordings are left out.",
        f"{tmp_path}/_background_noise_ is no class, since its name begins with an "
        f"underscore: 1 recordings are left out.",
    )


def test_the_lists_of_speech_commands(tmp_path):
    write(tmp_path, classes("", count=8))
    (tmp_path / "testing_list.txt").write_text("no/1.wav\nyes/2.wav\nup/gone.wav\n")
    (tmp_path / "validation_list.txt").write_bytes(b"no/3.wav\r\nyes/3.wav\r\n")
    parts = by_split(tmp_path)
    assert parts["test"] == ["no/1.wav", "yes/2.wav"]
    assert parts["validation"] == ["no/3.wav", "yes/3.wav"]
    assert len(parts["train"]) == 12
    assert found(tmp_path).details[0] == (
        "splits",
        "its own, testing_list.txt, validation_list.txt",
    )


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("testlist01.txt", "yes/{}.wav 2"),  # UCF101
        ("test.txt", "./yes/{}.wav"),
        ("test.txt", "/home/ada/data/yes/{}.wav"),
        ("test_filelist.txt", "yes/{}.wav|what is spoken"),
        ("test_files.csv", "yes\\{}.wav,2"),
        ("words_test.lst", "yes/{}"),
    ],
)
def test_lists_as_people_write_them(tmp_path, name, line):
    write(tmp_path, classes("", count=8))
    (tmp_path / name).write_text("\n".join(line.format(n) for n in (0, 5)))
    parts = by_split(tmp_path)
    assert parts["test"] == ["yes/0.wav", "yes/5.wav"]
    # validation is cut from what is left
    assert [len(parts[split]) for split in SPLITS] == [12, 2, 2]


def test_texts_that_are_no_lists(tmp_path):
    write(tmp_path, classes("", count=8))
    (tmp_path / "test_report.txt").write_text("It works.\nno/1.wav is noisy\nbye")
    (tmp_path / "train.txt").write_text("")
    (tmp_path / "labels.csv").write_text("file,label,set\nno/1.wav,no,7\n")
    assert found(tmp_path).details[0] == ("splits", "by file, 70 / 15 / 15 %")


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"train.txt": "no/1.wav"}, "Expected a list for test beside train.txt in {}"),
        ({"test.txt": "no/1.wav", "val.txt": "no/1.wav"},
         "Expected each file in one list of {}; no/1.wav is in that of"),
        ({"testlist01.txt": "no/1.wav", "testlist02.txt": "no/2.wav"},
         "Expected one list for test in {}; found testlist01.txt, testlist02.txt."),
        ({"info.csv": "name,split\nno/1.wav,one\nno/2.wav,two\n"},
         "Expected the column of splits in {}/info.csv to have train, validation and "
         "test; found one, two."),
    ],
)  # fmt: skip
def test_lists_that_cannot_be(tmp_path, files, sentence):
    write(tmp_path, classes(""))
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(UsageError) as error:
        found(tmp_path)
    assert sentence.format(tmp_path) in str(error.value)


def test_a_table_with_a_column_of_splits(tmp_path):
    """As those of MAESTRO and Groove."""
    names = [f"200{n % 3}/piece {n}.mid" for n in range(9)]
    write(tmp_path, names)
    words = ("train", "validation", "test")
    rows = [f'"Bach, J. S.",{words[n % 3]},{name}' for n, name in enumerate(names[:8])]
    (tmp_path / "maestro.csv").write_text("\n".join(["composer,split,midi", *rows]))
    split = split_pieces(names, "MIDI files", tmp_path, (".mid",), DEFAULT)
    assert split.split_of == {name: words[n % 3] for n, name in enumerate(names[:8])}
    assert split.notes == (
        f"1 file is in no row of maestro.csv in {tmp_path}: 2002/piece 8.mid. Left "
        f"out.",
    )


def test_folders_of_folds(tmp_path):
    write(tmp_path, classes(*(f"fold{n}/" for n in range(1, 5)), count=1))
    parts = by_split(tmp_path)
    assert parts["test"] == ["fold1/no/fo0.wav", "fold1/yes/fo0.wav"]
    assert parts["validation"][0].startswith("fold2/")
    assert len(parts["train"]) == 4
    last = by_split(tmp_path, rule=SplitRule(fold=3, folds=4))
    assert last["test"][0].startswith("fold4/")
    assert last["validation"][0].startswith("fold1/")
    with pytest.raises(UsageError, match="folds must be 4, as many as the folders"):
        found(tmp_path, rule=SplitRule(folds=5))


def test_equal_files_are_in_one_split(tmp_path):
    names = [f"{c}/{n:02}.wav" for c in ("no", "yes") for n in range(40)]
    write(tmp_path, names)
    # each twice, under the next name; and one in both classes
    for number in range(0, 40, 2):
        for one in ("no", "yes"):
            (tmp_path / f"{one}/{number:02}.wav").write_text(f"{one} {number}")
            (tmp_path / f"{one}/{number + 1:02}.wav").write_text(f"{one} {number}")
    (tmp_path / "yes/00.wav").write_text("no 0")
    assert len(equal_contents(tmp_path, names)) == 79
    whole = found(tmp_path)
    assert {file.name for file in whole.files} == set(names)
    splits = {}
    for file in whole.files:
        content = (tmp_path / file.name).read_text()
        assert splits.setdefault(content, file.split) == file.split
    (note,) = whole.notes
    assert note.startswith(
        f"40 of the 80 recordings in {tmp_path} are equal to another, 1 of them in "
        f"another class: no/01.wav = no/00.wav, no/03.wav = no/02.wav"
    )


def test_what_an_official_test_has_leaves_train(tmp_path):
    write(tmp_path, classes("train/", "val/", "test/"))
    for name in ("train/no/tr1.wav", "val/no/va2.wav", "test/yes/te3.wav"):
        (tmp_path / name).write_text("the same")
    (tmp_path / "train/yes/tr0.wav").write_text("val/yes/va0.wav")
    parts = by_split(tmp_path)
    assert [len(part) for part in parts.values()] == [6, 7, 8]
    assert found(tmp_path).notes == (
        f"3 recordings of train or validation in {tmp_path} are in a later split too: "
        f"train/no/tr1.wav = test/yes/te3.wav, train/yes/tr0.wav = val/yes/va0.wav, "
        f"val/no/va2.wav = test/yes/te3.wav. Left out there.",
    )


def test_too_few_that_differ(tmp_path):
    """Of a class that is all the same the files are split; equal others are not."""
    write(tmp_path, [*classes(""), "no/copy.wav"])
    (tmp_path / "no/copy.wav").write_text("no/1.wav")
    for number in range(4):
        (tmp_path / f"yes/{number}.wav").write_text("silence")
    whole = found(tmp_path)
    assert whole.notes[1:] == (
        f"Too few recordings of yes in {tmp_path} differ for three splits: equal ones "
        f"are in several, and scores on them are worth nothing.",
    )
    of = {file.name: file.split for file in whole.files}
    assert of["no/copy.wav"] == of["no/1.wav"]
    assert {of[f"yes/{number}.wav"] for number in range(4)} == set(SPLITS)


def test_a_split_by_speaker_that_cannot_be_made_offers_another(tmp_path):
    # of six speakers each says one word twice, but two say both
    says = {"a": "no", "b": "no", "c": "yes", "d": "yes", "e": "both", "f": "both"}
    write(
        tmp_path,
        [f"{word}/{who}{n}.wav" for who, what in says.items() for n in range(2)
         for word in ("no", "yes") if what in (word, "both")],
    )  # fmt: skip

    def read(rule):
        return found(
            tmp_path, group=lambda n: n.split("/")[1][0], rule=rule, unit="speaker"
        ).read(lambda path: path)

    with pytest.raises(UsageError, match="Not all speakers have recordings") as error:
        read(DEFAULT)
    remedy = str(error.value).partition("Another split has them all: ")[2]
    given = dict(
        part.split("=")
        for part in remedy.split(" or ")[0].strip(".").split(" ")
        if "=" in part
    )
    names = {"split_seed": "seed", "fold": "fold", "folds": "folds"}
    read(SplitRule(**{names[name]: int(value) for name, value in given.items()}))


@pytest.mark.parametrize(
    ("names", "pieces"),
    [
        (["1.mid", "2.mid", "3.mid"], 3),
        # the melodies and chords of pieces
        ([f"{part}/{n}.mid" for part in ("melody", "chords") for n in range(5)], 5),
        ([f"{n}/{part}.mid" for part in ("melody", "chords") for n in range(5)], 5),
        (["a.wav", "a.flac", "B.wav", "b.flac", "c.wav"], 3),
    ],
)
def test_files_of_one_name_are_a_piece(tmp_path, names, pieces):
    found = namesakes(names)
    assert len(set(found.values())) == (0 if pieces == len(names) else pieces)
    write(tmp_path, names)
    split = split_pieces(names, "files", tmp_path, (".mid",), DEFAULT)
    assert set(split.split_of) == set(names)
    for name, piece in found.items():
        assert {
            split.split_of[other] for other, same in found.items() if same == piece
        } == {split.split_of[name]}
    assert set(split.split_of.values()) == set(SPLITS)


def test_pieces_in_folders_of_splits(tmp_path):
    names = [f"{s}/{n}.mid" for s in ("train", "valid", "test") for n in range(3)]
    names += ["train/aria.mid", "test/Aria.mid"]
    write(tmp_path, names)
    split = split_pieces(names, "MIDI files", tmp_path, (".mid",), DEFAULT)
    assert split.notes == (
        f"1 of the 10 pieces in {tmp_path} are in several of its own splits: aria. "
        f"They are kept as they are.",
    )
    parts = parts_of([(name, name) for name in names], [], split, "MIDI files")
    assert {s: {name.split("/")[0] for name in part} for s, part in parts.items()} == {
        "train": {"train"},
        "validation": {"valid"},
        "test": {"test"},
    }


def test_links_to_folders_are_followed_once(tmp_path):
    write(tmp_path / "all", [*classes(""), "up/1.wav"])
    (tmp_path / "two").mkdir()
    for one in ("no", "yes"):
        (tmp_path / "two" / one).symlink_to(tmp_path / "all" / one)
    (tmp_path / "two" / "no" / "round").symlink_to(tmp_path / "two")
    assert found(tmp_path / "two").class_names == ("no", "yes")
    assert len(found(tmp_path / "two").files) == 8


def test_names_that_are_not_utf_8(tmp_path):
    for one in ("no", "yes"):
        (tmp_path / one).mkdir()
        for number in range(4):
            raw = bytes(tmp_path / one) + b"/s\xfc%d.wav" % number
            with open(raw, "w") as file:
                file.write(f"{one} {number}")
    names = files_below(tmp_path, (".wav",))
    assert len(names) == 8
    assert len(found(tmp_path).files) == 8
