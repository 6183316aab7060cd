import json

import pandas as pd
import pytest
from seqtasks.tasks.text_classification.labelled_table import labelled_table
from seqtasks.tasks.text_classification.text_columns import Wanted

from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def write(path, *lines, encoding="utf-8"):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def read(path, rule=SplitRule(), **wanted):  # noqa: B008
    return labelled_table(path, Wanted(**wanted), rule)


def sizes(texts):
    return [len(texts.load(split).texts) for split in SPLITS]


def mixed(index):
    return [
        f'"{word} {"very " * index}good, or bad?",{label}'
        for word, label in (("how", "up"), ("why", "down"))
    ]


TWENTY = [row for index in range(10) for row in mixed(index)]


def test_a_table_is_split_by_its_texts(tmp_path):
    texts = read(write(tmp_path / "a.csv", "text,label", *TWENTY))
    assert texts.class_names == ("down", "up")
    parts = {split: texts.load(split) for split in SPLITS}
    assert sizes(texts) == [16, 2, 2]
    for part in parts.values():
        assert set(part.labels) == {0, 1}
        for text, label in zip(part.texts, part.labels, strict=True):
            assert text.startswith(("why", "how")[label])
    assert dict(texts.source.details) == {
        "splits": "of each class by text, 70 / 15 / 15 %",
        "classes": "2: down 8 / 1 / 1, up 8 / 1 / 1",
    }
    # the order of the rows changes nothing, nor does another column or a mark at the
    # beginning of the file
    other = read(
        write(
            tmp_path / "b.csv",
            "\ufeffid,Label,Text",
            *(f"7,{row.rpartition(',')[2]},{row.rpartition(',')[0]}" for row in
              reversed(TWENTY)),
        )
    )  # fmt: skip
    assert sorted(other.load("test").texts) == sorted(parts["test"].texts)


def test_shares_and_a_seed(tmp_path):
    path = write(tmp_path / "a.csv", "text,label", *TWENTY)
    wide = read(path, SplitRule(0.5, 0.2))
    assert sizes(wide) == [10, 4, 6]
    other = read(path, SplitRule(seed=1))
    assert sizes(other) == [16, 2, 2]
    assert other.load("test") != read(path).load("test")
    assert "split_seed 1" in dict(other.source.details)["splits"]


SPAM = [("good day", "ham"), ('he said "yes', "ham"), ("win, now", "spam")]
MANY = [(f"{text} {n}", label) for n in range(4) for text, label in SPAM]
TABS = [f"{label}\t{text}" for text, label in MANY]
FORMS = {
    "a.tsv": ["text\tlabel", *(f"{text}\t{label}" for text, label in MANY)],
    # neither a header nor an ending, as in the SMS Spam Collection
    "SMSSpam": TABS,
    "b.tsv": TABS,
    "a.csv": ["Label;Review", *(f"{b};{a}" for a, b in MANY)],
    "b.csv": ["v1,v2,,", *(f'{b},"{a.replace(chr(34), chr(34) * 2)}",,' for a, b in
              MANY)],
    "d.csv": [f'{b},"{a.replace(chr(34), chr(34) * 2)}",,{"" if n else "x"}' for n,
              (a, b) in enumerate(MANY)],
    "c.csv": ["id\tsentence\tclass", *(f'{i}\t{a}\t{b}' for i, (a, b) in
              enumerate(MANY))],
    "e.csv": ["sep=;", "text;label", *(f"{a};{b}" for a, b in MANY)],
    "a.jsonl": [json.dumps({"message": a, "category": b}) for a, b in MANY],
    "b.jsonl": [json.dumps({"text": a, "label": b, "no": "\ud800"}) for a, b in MANY],
    "a.json": [json.dumps({"data": [{"text": a, "label": b} for a, b in MANY]})],
    "a.txt": [f"__label__{b} {a}" for a, b in MANY],
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_tables_as_people_have_them(tmp_path, name):
    texts = read(write(tmp_path / name, *FORMS[name]))
    assert sizes(texts) == [8, 2, 2]
    assert [one.removeprefix("__label__") for one in texts.class_names] == [
        "ham",
        "spam",
    ]
    found = [text for split in SPLITS for text in texts.load(split).texts]
    assert sorted(found) == sorted(text for text, _ in MANY)


def test_quotation_marks_of_cells_in_a_tsv_are_reported(tmp_path, capsys):
    lines = ["text\tlabel", *(f'"a ""{n}"""\t{n % 2}' for n in range(9))]
    texts = read(write(tmp_path / "a.tsv", *lines))
    assert all(text.endswith('"""') for text in texts.load("train").texts)
    assert capsys.readouterr().err.startswith("9 of the 9 texts of ")
    texts = read(write(tmp_path / "a.csv", *lines))
    assert not any(text.startswith('"') for text in texts.load("train").texts)
    assert capsys.readouterr().err == ""


def test_a_parquet_table(tmp_path):
    table = pd.DataFrame(MANY, columns=["text", "label"])
    table["label"] = (table["label"] == "spam").astype("float")
    table.to_parquet(tmp_path / "a.parquet")
    texts = read(tmp_path / "a.parquet")
    assert texts.class_names == ("0", "1")
    assert sizes(texts) == [8, 2, 2]


def test_half_a_pair_of_surrogates_is_no_character(tmp_path):
    lines = [json.dumps({"text": f"a {n}\ud800", "label": n % 2}) for n in range(9)]
    assert "a 1?" in read(write(tmp_path / "a.jsonl", *lines)).load("train").texts


def test_columns_by_name_or_number(tmp_path):
    rows = [f"{n},{a},{b},{'xy'[n % 2]}" for n, (a, b) in enumerate(MANY)
            if "," not in a]  # fmt: skip
    path = write(tmp_path / "a.csv", "n,one,two,three", *rows)
    assert read(path, text="one", label="three").class_names == ("x", "y")
    assert read(path, text="2", label="4").class_names == ("x", "y")
    path = write(tmp_path / "b.csv", *rows)
    assert read(path, text="2", label="4").class_names == ("x", "y")
    # a file for each class, none with a header
    for label in "xy":
        rows = [f"{label}\t{text} {label}" for text, _ in MANY]
        write(tmp_path / "d" / f"train_{label}.tsv", *rows[:9])
        write(tmp_path / "d" / f"test_{label}.tsv", *rows[9:])
    assert sizes(read(tmp_path / "d", text="2", label="1")) == [16, 2, 6]


def test_columns_found_by_their_content_are_reported(tmp_path, capsys):
    path = write(tmp_path / "SMSSpam", *TABS)
    read(path)
    assert capsys.readouterr().err == (
        f"In {path}, column '2' ('good day 0') is read as the text and column '1' "
        f"('ham') as its class. Others are chosen by --set text=NAME --set "
        f"label=NAME.\n"
    )


def test_a_table_may_name_its_splits(tmp_path, capsys):
    lines = [
        "text\tlabel\tsplit",
        *(f"{word} {word} {split[:3]}\t{word}\t{split}"
          for split in ("Training", "dev", "TEST") for word in ("a", "b")),
        "a a tra\tb\ttest",
        "A  a tes\tb\ttest",
        "c c tra\ta\ttrain",
        "b b tes\tb\tdev",
    ]  # fmt: skip
    path = write(tmp_path / "a.tsv", *(line.lower() for line in lines))
    texts = read(path)
    # test keeps what it has, also twice; what it has leaves train and validation
    assert texts.load("test").texts == ("a a tes", "b b tes", "a a tra", "a  a tes")
    assert texts.load("train").texts == ("b b tra", "c c tra")
    assert texts.load("validation").texts == ("a a dev", "b b dev")
    assert capsys.readouterr().err.startswith(
        f"2 of the 10 rows of {path} repeat the text of another and are left out, of "
        f"train first and of test never; 1 of them have another label: line 2 (a, in "
    )


def test_a_text_of_test_with_several_labels_is_reported(tmp_path, capsys):
    rows = [f"{a}\t{b}\t{s}" for s in ("train", "dev", "test") for a, b in
            ((f"one {s}", "x"), (f"two {s}", "y"))]  # fmt: skip
    path = write(tmp_path / "a.tsv", "text\tlabel\tsplit", *rows, "One test\ty\ttest")
    assert read(path).load("test").texts == ("one test", "two test", "One test")
    assert capsys.readouterr().err == (
        f"1 texts of validation or test in {path} have several labels there, and are "
        f"kept: line 6.\n"
    )


def test_a_column_of_splits_by_name(tmp_path):
    rows = [f"{a}\t{b}\t{['train', 'test', 'dev'][n % 3]}" for n, (a, b) in
            enumerate((f"x {i}", "yz"[i % 2]) for i in range(18))]  # fmt: skip
    path = write(tmp_path / "a.tsv", "text\tlabel\tpart", *rows)
    assert sizes(read(path)) == [14, 2, 2]
    assert sizes(read(path, split="part")) == [6, 6, 6]
    with pytest.raises(UsageError, match="has splits of its own: train, validation"):
        read(path, SplitRule(seed=1), split="part")


def test_a_folder_of_splits(tmp_path):
    rows = [f"{text}\t{label}" for text, label in MANY]
    for name, part in (("my_train.tsv", rows[:8]), ("test.tsv", rows[6:])):
        write(tmp_path / "d" / name, "sentence\tlabel", *part)
    texts = read(tmp_path / "d")
    # two repeat; of each class a part of train is for validation
    assert sizes(texts) == [4, 2, 6]
    assert "drawn from train" in dict(texts.source.details)["splits"]
    write(tmp_path / "d" / "valid.tsv", "sentence\tlabel", "new one\tham")
    assert sizes(read(tmp_path / "d")) == [6, 1, 6]
    with pytest.raises(UsageError, match=r"or train, validation and test as files"):
        read(tmp_path)


def test_texts_with_several_labels(tmp_path, capsys):
    rows = [*TWENTY, TWENTY[0], TWENTY[0].replace("up", "down"), TWENTY[3]]
    path = write(tmp_path / "a.csv", "text,label", *rows)
    texts = read(path)
    assert sizes(texts) == [16, 2, 2]
    assert dict(texts.source.details)["repeats"] == (
        "3 rows left out, 1 with another label"
    )
    assert capsys.readouterr().err == (
        f"3 of the 23 rows of {path} repeat the text of another and are left out, of "
        f"train first and of test never; 1 of them have another label: line 23 (down, "
        f"in line 2 up).\n"
    )


def test_the_label_of_most_rows_is_kept(tmp_path):
    twice = TWENTY[0].replace("up", "down")
    path = write(tmp_path / "a.csv", "text,label", *TWENTY, twice, twice)
    texts = read(path)
    assert dict(texts.source.details)["classes"] == "2: down 9 / 1 / 1, up 7 / 1 / 1"


def test_classes_and_columns_in_two_forms_of_unicode(tmp_path):
    labels = "e\u0301", "\xe9", "a"
    rows = [f"word {n}\t{labels[n % 3]}" for n in range(18)]
    path = write(tmp_path / "a.tsv", "te\u0301xt\tlabel", *rows)
    assert read(path, text="t\xe9xt").class_names == ("a", "\xe9")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("room 12", "room 34", False),
        ("what?", "what!", False),
        ("What  is it", "what is IT", True),
        ("cafe\u0301", "caf\xe9", True),
    ],
)
def test_which_texts_are_the_same(tmp_path, one, other, same):
    lines = [f"{one}\tx", f"{other}\ty", *(f"{n} a\t{'xy'[n % 2]}" for n in range(6))]
    texts = read(write(tmp_path / "a.tsv", "text\tlabel", *lines))
    assert sum(sizes(texts)) == 8 - same


def test_damaged_rows_are_named_and_skipped(tmp_path, capsys):
    many = [row for index in range(30) for row in mixed(index)]
    many[3], many[7] = "no label here", ",up"
    path = write(tmp_path / "a.csv", "text,label", *many)
    texts = read(path)
    assert sum(sizes(texts)) == 58
    assert dict(texts.source.details)["damaged"] == "2 rows left out"
    assert capsys.readouterr().err == (
        f"2 of the 60 rows in {path} cannot be read: line 5 (1 fields, not 2), line 9 "
        f"(no text). Skipped.\n"
    )


@pytest.mark.parametrize(
    ("name", "lines", "sentence"),
    [
        ("a.csv", [], "to hold texts with labels; it has no rows."),
        ("a.tsv", ["text,label", "a,b"], "(in a .tsv by tabs alone); line 1 is one "
         "cell: 'text,label'."),
        ("a.csv", ["text,label,label", "a,b,c"], "has column 'text' ('a'), column "
         "'label' ('b'), column 'label' ('c'). Name the two, as in --set text=NAME"),
        ("a.csv", ["text,label", "a,x"], "two classes or more; found x."),
        ("a.csv", ["text,label", *TWENTY, "?,x"], "fewer have x. Add texts, or leave "
         "these classes out."),
        ("a.csv", ["text,label", *(f"a{n},b{n}" for n in range(9))], "name their "
         "column: --set label=NAME."),
        ("a.csv", ["text,label", *TWENTY[:6], "a", "a,b,c"], "2 of 8 have another "
         "number, as line 8 with 1."),
        ("a.csv", ["text,label", *TWENTY[:6], "a,", "b,  "], "At most 10% may be"),
        ("a.csv", ["text,label,split", "a,x,train", "b,y,train", "c,x,test"],
         "validation of"),
        ("a.csv", ["text,label,split", "a,x,train", "b,y,train", "c,x,dev"],
         "test of"),
        ("a.csv", ["text,label,split", "a,x,train", "b,y,test", "c,x,validation"],
         "Expected texts of each class in train; y of"),
        ("a.csv", ["text,label,split", "a,x,three"], "(no split 'three': train, valid"),
        ("a.csv", ["text,label", '"a,x', "b,y"], "line 2 cannot be read: a quotation "
         "mark opens a cell and does not close it"),
        ("a.csv", ["text,label", *TWENTY, '"a,up', 'b",down'], "that of line 22 holds "
         "a line that ends as a row does: 'a,up'."),
        ("a.jsonl", ['{"text": "a"}', "{"], "to be JSON; line 2 is not"),
        ("a.jsonl", ["[1]"], '; line 1 is [1].'),
        ("a.json", ['"a"'], "to be a list of objects"),
        ("a.csv", ["<!DOCTYPE html>"], "it is a web page"),
        ("a.parquet", ["a"], "to be a Parquet table; it could not be read"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_used(tmp_path, name, lines, sentence):
    with pytest.raises(UsageError) as error:
        read(write(tmp_path / name, *lines))
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"text": "txt"}, "There is no column 'txt' in {}; it has text, label. Did you "
         "mean text?"),
        ({"label": "3"}, "There is no column '3'"),
        ({"text": "label"}, "column 'label' ('up') is chosen twice."),
    ],
)  # fmt: skip
def test_columns_that_are_not_there(tmp_path, wanted, sentence):
    path = write(tmp_path / "a.csv", "text,label", *TWENTY)
    with pytest.raises(UsageError) as error:
        read(path, **wanted)
    assert sentence.format(path) in str(error.value)


def test_a_table_in_another_encoding(tmp_path):
    path = write(tmp_path / "a.csv", "text,label", "café,x", encoding="latin-1")
    with pytest.raises(UsageError) as error:
        read(path)
    assert str(error.value) == (
        f"Expected {path} to be UTF-8 text; byte 14, in line 2, is not. It may be read "
        f"as LATIN1, 'café,x', or as MACINTOSH 'cafÈ,x'. Convert it, as in `iconv -f "
        f"LATIN1 -t UTF-8 {path} > utf8.csv`."
    )
