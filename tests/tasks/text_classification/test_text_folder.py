"""A folder of texts for each class, as of film reviews or of newsgroups."""

import pytest
from seqtasks.tasks.text_classification.labelled_table import labelled_table
from seqtasks.tasks.text_classification.text_columns import Wanted

from seqtasks.data.splits import SplitRule
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def write(folder, *names, text="{} is what it says"):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(name), encoding="utf-8")
    return folder


def numbered(place, count, ending=".txt"):
    return [f"{place}/{index}{ending}" for index in range(count)]


def read(folder, rule=SplitRule(), **wanted):  # noqa: B008
    return labelled_table(folder, Wanted(**wanted), rule)


def sizes(texts):
    return [len(texts.load(split).texts) for split in SPLITS]


@pytest.mark.parametrize("ending", [".txt", ".TXT", ""])
def test_classes_are_split_by_their_texts(tmp_path, ending):
    write(tmp_path, *numbered("rec.autos", 20, ending), *numbered("sci", 20, ending))
    texts = read(tmp_path)
    assert texts.class_names == ("rec.autos", "sci")
    assert sizes(texts) == [28, 6, 6]
    for split in SPLITS:
        part = texts.load(split)
        for text, label in zip(part.texts, part.labels, strict=True):
            assert text.startswith(texts.class_names[label])
    assert sizes(read(tmp_path, SplitRule(train=0.5))) == [20, 10, 10]


def test_official_splits_are_kept_and_what_is_no_class_is_named(tmp_path, capsys):
    write(
        tmp_path,
        *numbered("train/neg", 20),
        *numbered("train/pos", 20),
        *numbered("train/unsup", 3),
        *numbered("test/neg", 5),
        *numbered("test/pos", 5),
        *("train/urls_neg.txt", "README", "imdbEr.txt"),
    )
    texts = read(tmp_path)
    assert texts.class_names == ("neg", "pos", "unsup")
    assert sizes(texts)[2] == 10
    assert sum(sizes(texts)) == 53
    printed = capsys.readouterr().err
    assert "1 file is in no class: train/urls_neg.txt. Left out." in printed
    assert f"test of {tmp_path} has no texts of unsup. If that is no class" in printed
    (tmp_path / "train" / "unsup").rename(tmp_path / "train" / "_unsup")
    assert read(tmp_path).class_names == ("neg", "pos")


def test_texts_that_repeat_leave_train(tmp_path):
    write(tmp_path, *numbered("train/a", 12), *numbered("train/b", 12))
    write(tmp_path, *numbered("test/a", 3), *numbered("test/b", 3))
    write(tmp_path, "train/a/0.txt", "test/a/0.txt", text="the same")
    texts = read(tmp_path)
    assert sizes(texts)[2] == 6
    assert "the same" in texts.load("test").texts
    assert "the same" not in texts.load("train").texts
    assert "the same" not in texts.load("validation").texts


def test_files_that_are_no_texts_are_named_and_skipped(tmp_path, capsys):
    write(tmp_path, *numbered("a", 20), *numbered("b", 20))
    (tmp_path / "a" / "0.txt").write_bytes(b"caf\xe9 \x80\xff\x00\x01")
    (tmp_path / "b" / "1.txt").write_text(" \n")
    texts = read(tmp_path)
    assert sum(sizes(texts)) == 38
    assert dict(texts.source.details)["damaged"] == "2 rows left out"
    printed = capsys.readouterr().err
    assert f"2 of the 40 texts in {tmp_path} cannot be read: a/0.txt (" in printed
    assert "b/1.txt (no text)" in printed


def test_columns_are_for_tables(tmp_path):
    write(tmp_path, *numbered("a", 4), *numbered("b", 4))
    with pytest.raises(UsageError, match="label=kind names a column of a table"):
        read(tmp_path, label="kind")


def test_a_folder_beside_tables_is_passed_over(tmp_path):
    for split in ("train", "test"):
        rows = [f"{split} {word} {i},{word}" for word in "xy" for i in range(12)]
        write(tmp_path, f"{split}.csv", text="\n".join(["text,label", *rows]))
    write(tmp_path, "docs/readme.txt", "docs/licence.txt")
    assert set(read(tmp_path).class_names) == {"x", "y"}
