import gzip
import json

import pytest
from seqtasks.tasks.char_lm.own_text import Reading, own_text

from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS

ALPHABET = "".join(chr(ord("a") + i % 26) for i in range(1000))
# a list: sorted, one name a line
NAMES = sorted(f"{a}{b}n" for a in "BDFGKLMNPRST" for b in ("a", "e", "ila", "oru"))
PROSE = "".join(f"the {n} of them, and so on\nwent home again.\n\n" for n in range(99))


def read(path, units="auto", files="*", column="", rule=SplitRule(0.9)):  # noqa: B008
    return own_text(path, Reading(units, files, column, rule))


def sizes(corpus):
    return [len(corpus.parts[split]) for split in SPLITS]


def lines(corpus, split):
    return corpus.parts[split].splitlines()


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text(ALPHABET)
    return path


def test_a_file_is_cut_in_its_order(book):
    corpus = read(book)
    assert sizes(corpus) == [900, 50, 50]
    assert "".join(corpus.parts.values()) == ALPHABET
    assert corpus.vocabulary == "abcdefghijklmnopqrstuvwxyz"
    assert corpus.numbers("train")[:3].tolist() == [0, 1, 2]
    assert corpus.source.details == (
        ("splits", "in the order of the text, 90 / 5 / 5 %"),
    )
    assert sizes(read(book, rule=SplitRule(0.7, 0.1))) == [700, 100, 200]


def test_no_mark_is_parted_from_its_letter(book):
    book.write_text("e\u0301" * 500, "utf-8")
    corpus = read(book)
    assert sizes(corpus) == [900, 50, 50]
    book.write_text("x" + "e\u0301" * 500, "utf-8")
    corpus = read(book)
    assert [part[:1] for part in corpus.parts.values()] == ["x", "e", "e"]


def test_marks_line_ends_and_packing_change_no_character(book):
    text = "one\ntwo\x0cthree\u2028four\n" * 20
    book.write_bytes(text.encode())
    plain = read(book)
    for data in (
        text.encode("utf-8-sig"),
        text.replace("\n", "\r\n").encode(),
        text.encode("utf-16"),
        gzip.compress(text.encode()),
    ):
        book.write_bytes(data)
        assert read(book).parts == plain.parts


def test_a_part_of_blanks_gives_a_warning(book, capsys):
    book.write_text("work" * 225 + "a" * 25 + " " * 25 + "a" * 50)
    read(book)
    assert capsys.readouterr().err == ""
    book.write_text("work" * 225 + "a" * 20 + " " * 30 + "a" * 25 + "\n" * 25)
    read(book)
    message = f"60% of the validation part of {book} are spaces and line breaks, "
    assert capsys.readouterr().err.startswith(message)


def test_a_list_is_taken_at_random(book, capsys):
    book.write_text("\n".join(NAMES))
    corpus = read(book)
    assert [len(lines(corpus, split)) for split in SPLITS] == [44, 2, 2]
    found = [line for split in SPLITS for line in lines(corpus, split)]
    assert sorted(found) == NAMES
    # in no order that shows the beginning of the next
    assert lines(corpus, "train") != sorted(lines(corpus, "train"))
    assert corpus.source.details == (
        ("splits", "by line, 90 / 5 / 5 %: 44 / 2 / 2 lines"),
    )
    assert capsys.readouterr().err == (
        f"{book} is a list, 48 sorted lines: whole lines are taken at random for each "
        f"split. --set split=end cuts it in its order instead.\n"
    )
    assert lines(read(book, "end"), "test")[1:] == NAMES[-2:]
    other = read(book, "lines", rule=SplitRule(0.9, seed=1))
    assert lines(other, "test") != lines(corpus, "test")


@pytest.mark.parametrize(
    ("text", "is_list"),
    [
        ("\n".join(NAMES), True),
        # in no order: one word, or a few
        ("\n".join(NAMES[::-1]), True),
        ("\n".join(f"{name} {name[::-1]}, {n}" for n, name in enumerate(NAMES)), True),
        # sorted, and longer
        ("\n".join(f"{name}: that is a word of the list." for name in NAMES), True),
        (PROSE, False),
        ("\n".join(f"{a}{b}" for a in "王李张刘陈" for b in "伟芳娜敏静强磊"), True),
        ("\n".join(f"明月光{a}{b}" for a in "王李张刘陈" for b in "伟芳娜敏静强磊"),
         False),
        # lines of a play, of code, of a log
        ("\n".join(f"{name} came,\nand went away again" for name in NAMES), False),
        ("\n".join(f"if {name}:\n    return" for name in NAMES), False),
        ("\n".join(f"10:{n:02} {name} has begun to run" for n, name in
                   enumerate(NAMES)), False),
        ("\n".join(NAMES[:20]), False),
    ],
)  # fmt: skip
def test_what_is_a_list(book, capsys, text, is_list):
    book.write_text(text)
    how = read(book).source.details[0][1]
    assert how.startswith("by line" if is_list else "in the order")
    assert bool(capsys.readouterr().err) == is_list


def test_equal_lines_and_paragraphs_are_in_one_split(book, capsys):
    book.write_text("\n".join([*NAMES, *NAMES, "cafe\u0301", "CAF\xc9"]), "utf-8")
    corpus = read(book, "lines")
    parts = [{line.casefold() for line in lines(corpus, split)} for split in SPLITS]
    assert sum(map(len, parts)) == len(set().union(*parts))
    # what repeats stays: how often a name occurs is part of the text
    assert sum(len(lines(corpus, split)) for split in SPLITS) == 2 * 48 + 2
    book.write_text(PROSE + PROSE)
    corpus = read(book, "paragraphs")
    assert sum(sizes(corpus)) == len(PROSE)
    assert capsys.readouterr().err.startswith(
        f"99 of the 198 paragraphs of {book} repeat another and are left out: "
    )


def tunes(folder, count=20):
    folder.mkdir()
    for n in range(count):
        (folder / f"{n}.abc").write_text(f"X:{n}\nK:G\n|: GBd g{n} :|\n")
    return folder


def test_a_folder_of_texts(tmp_path, capsys):
    folder = tunes(tmp_path / "book")
    (folder / "again.abc").write_text("X:3\r\nK:G\r\n|: GBd g3 :|")
    (folder / ".hidden").write_text("hidden")
    (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    corpus = read(folder)
    heads = [corpus.parts[split].count("X:") for split in SPLITS]
    assert heads == [18, 1, 1]
    assert corpus.source.details[0][1] == "by file, 90 / 5 / 5 %: 18 / 1 / 1 files"
    assert capsys.readouterr().err == (
        f"1 of the 22 files in {folder} are not read: a.png (it is a PNG picture).\n"
        f"1 of the 21 files of {folder} repeat another and are left out: again.abc = "
        f"3.abc.\n"
    )
    # of a folder of tune books the tunes
    (folder / "again.abc").unlink()
    books = read(folder, "paragraphs", files="*.abc")
    assert books.source.details[0][1].startswith("by paragraph, 90 / 5 / 5 %: 18 / 1")
    assert sum(read(folder, files="1*").parts[s].count("X:") for s in SPLITS) == 11


@pytest.mark.parametrize(
    "names",
    [
        ("train.txt", "valid.txt", "test.txt"),
        ("ptb.train.txt", "ptb.dev.txt", "ptb.test.txt"),
        ("Train/a", "validation/a", "testing/a"),
    ],
)
def test_splits_that_a_folder_has(tmp_path, capsys, names):
    for name, text in zip(names, ("one\n" * 9, "two\n" * 9, "six\n" * 9), strict=True):
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_text(text)
    corpus = read(tmp_path / "d")
    assert [corpus.parts[split][:3] for split in SPLITS] == ["one", "two", "six"]
    # what test has too leaves train
    copy = tmp_path / "d" / names[0]
    copy = copy.with_name(f"{copy.name}_train")
    copy.write_text("six\n" * 9)
    assert "six" not in read(tmp_path / "d").parts["train"]
    assert "repeat another and are left out" in capsys.readouterr().err
    (tmp_path / "d" / names[1]).unlink()
    corpus = read(tmp_path / "d")
    assert corpus.parts["test"] == "six\n" * 9 + "\n"
    assert "validation is the end of train" in corpus.source.details[0][1]


def test_tables_of_a_folder(tmp_path):
    for name in ("train", "test", "valid"):
        rows = [{"text": f"{name} {n}"} for n in range(9)]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(UsageError, match=r"has splits of its own, .* change nothing"):
        read(tmp_path, rule=SplitRule(0.8))
    corpus = read(tmp_path)
    assert corpus.parts["test"].startswith("test 0\n\ntest 1\n\n")
    assert sizes(corpus) == [81, 81, 72]


def test_a_column_of_a_table(tmp_path):
    rows = [{"id": n, "text": f"tune {n}\n"} for n in range(20)]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    corpus = read(path)
    assert corpus.source.details[0][1] == "by row, 90 / 5 / 5 %: 18 / 1 / 1 rows"
    assert "".join(corpus.parts.values()).count("tune") == 20
    table = tmp_path / "a.csv"
    table.write_text("\n".join(["id,song", *(f'{n},"la {n}"' for n in range(9))]))
    assert "".join(read(table, column="song").parts.values()).count("la") == 9
    with pytest.raises(UsageError) as error:
        read(path, column="txt")
    assert str(error.value) == (
        f"Expected a column 'txt' in {path}; it has id, text. Name that of the texts, "
        f"as in --set text=NAME. Did you mean text?"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "to hold some text; it is empty."),
        (
            "x" * 500,
            "two different characters or more; it has 'x' alone, 500 "
            "times. Give a longer text.",
        ),
        ("a\0b" * 50, "it holds 50 NUL characters"),
    ],
)
def test_texts_that_cannot_be_used(book, text, sentence):
    book.write_text(text)
    with pytest.raises(UsageError) as error:
        read(book)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"files": "*.txt"}, "files must be '*' for one file; received '*.txt'."),
        ({"column": "a", "units": "lines"}, "split must be 'auto' for a table, whose"),
        ({"rule": SplitRule(0.9, seed=1)}, "split_seed must be 0 for a text that is"),
    ],
)
def test_options_that_would_change_nothing(book, given, sentence):
    with pytest.raises(UsageError) as error:
        read(book, **given)
    assert sentence in str(error.value)


def test_folders_that_cannot_be_used(tmp_path):
    with pytest.raises(UsageError, match=r"^files must be a pattern of names, as in"):
        read(tmp_path, files="/abs")
    folder = tunes(tmp_path / "d", 1)
    assert read(folder, "end").source.details[0][1].startswith("in the order")
    (folder / "1.abc").write_text("X:1\nK:D\n")
    with pytest.raises(UsageError, match="Expected three different files or more in"):
        read(folder)
    (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    with pytest.raises(UsageError) as error:
        read(folder)
    assert str(error.value) == (
        f"1 of the 3 files in {folder} are not read: a.png (it is a PNG picture). "
        f"Choose the texts by name, as in --set files='*.txt'."
    )
    with pytest.raises(UsageError, match=r"Expected text files \*\.txt in .*; there"):
        read(folder, files="*.txt")
