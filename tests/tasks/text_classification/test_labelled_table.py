import pytest
from seqtasks.tasks.text_classification.labelled_table import labelled_table

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def write(path, *lines, encoding="utf-8"):
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def mixed(index):
    return [
        f'"{word} {"very " * index}good, or bad?",{label}'
        for word, label in (("how", "up"), ("why", "down"))
    ]


TWENTY = [row for index in range(10) for row in mixed(index)]


def test_a_table_is_split_by_its_words(tmp_path):
    texts = labelled_table(write(tmp_path / "a.csv", "text,label", *TWENTY))
    assert texts.class_names == ("down", "up")
    parts = {split: texts.load(split) for split in SPLITS}
    assert [len(parts[split].texts) for split in SPLITS] == [16, 2, 2]
    for part in parts.values():
        assert set(part.labels) == {0, 1}
        for text, label in zip(part.texts, part.labels, strict=True):
            assert text.startswith(("why", "how")[label])
    # the order of the rows changes nothing, nor does another column or a mark at the
    # beginning of the file
    other = labelled_table(
        write(
            tmp_path / "b.csv",
            "\ufeffid,Label,Text",
            *(f"7,{row.rpartition(',')[2]},{row.rpartition(',')[0]}" for row in
              reversed(TWENTY)),
        )
    )  # fmt: skip
    assert sorted(other.load("test").texts) == sorted(parts["test"].texts)


def test_a_table_may_name_its_splits(tmp_path):
    lines = [
        "text\tlabel\tsplit",
        *(f"{word} {word} {split[:3]}\t{word}\t{split}"
          for split in SPLITS for word in ("a", "b")),
        "a a tra\tb\ttest",
    ]  # fmt: skip
    texts = labelled_table(write(tmp_path / "a.tsv", *lines))
    assert texts.load("train").texts == ("a a tra", "b b tra")
    # the last row repeats the words of the first: it would be in two splits
    assert texts.load("test").texts == ("a a tes", "b b tes")


def test_damaged_rows_are_named_and_skipped(tmp_path, capsys):
    many = [row for index in range(30) for row in mixed(index)]
    many[3], many[7] = "no label here", ",up"
    path = write(tmp_path / "a.csv", "text,label", *many)
    texts = labelled_table(path)
    assert sum(len(texts.load(split).texts) for split in SPLITS) == 58
    assert capsys.readouterr().err == (
        f"2 of the 60 rows in {path} cannot be read: row 5 (1 fields, not 2), row 9 "
        f"(no text). Skipped.\n"
    )


@pytest.mark.parametrize(
    ("name", "lines", "sentence"),
    [
        ("a.txt", ["text,label"], "to end in .csv (commas) or .tsv (tabs); it does"),
        ("a.csv", [], "to name a column 'text', once; it has nothing."),
        ("a.csv", ["text;label"], "'text', once; it has text;label. Name the columns"),
        ("a.csv", ["text,label,label"], "a column 'label', once"),
        ("a.csv", ["text,label", "a,x"], "two classes or more; found x."),
        ("a.csv", ["text,label", *TWENTY, "?,x"], "of each class in"),
        (
            "a.csv",
            ["text,label", *TWENTY[:6], "a", "a,b,c"],
            "2 of the 8 rows in",
        ),
        ("a.csv", ["text,label", *TWENTY[:6], "a,", "b,  "], "At most 10% may be"),
        (
            "a.csv",
            ["text,label,split", "a,x,train", "b,y,train", "c,x,test"],
            "validation of",
        ),
        (
            "a.csv",
            ["text,label,split", "a,x,train", "b,y,test", "c,x,validation"],
            "Expected texts of each class in train; y of",
        ),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, name, lines, sentence):
    with pytest.raises(UsageError) as error:
        labelled_table(write(tmp_path / name, *lines))
    assert sentence in str(error.value)


def test_a_table_in_another_encoding(tmp_path):
    path = write(tmp_path / "a.csv", "text,label", "café,x", encoding="latin-1")
    with pytest.raises(UsageError) as error:
        labelled_table(path)
    assert str(error.value) == (
        f"Expected {path} to be UTF-8 text; byte 14, in line 2, is not. It may be read "
        f"as LATIN1, 'café,x', or as MACINTOSH 'cafÈ,x'. Convert it, as in `iconv -f "
        f"LATIN1 -t UTF-8 {path} > utf8.csv`."
    )
