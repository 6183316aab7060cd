import bz2
import gzip
import lzma
import os
import zipfile

import pytest

from seqtasks.data.text_file import read_text, text_suffix
from seqtasks.errors import UsageError

TEXT = "a,b\n1,2\n"


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.csv", bytes),
        ("a.csv.gz", gzip.compress),
        ("a.csv.bz2", bz2.compress),
        ("a.csv.xz", lzma.compress),
        # named as what it is not: the bytes decide
        ("a.csv", gzip.compress),
    ],
)
def test_packed_text(tmp_path, name, pack):
    path = tmp_path / name
    path.write_bytes(pack(TEXT.encode()))
    assert read_text(path, "a CSV file") == TEXT
    assert text_suffix(path) == ".csv"


def test_a_zip_with_one_file(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/A.TSV", TEXT)
        archive.writestr("__MACOSX/folder/._A.TSV", "")
    assert read_text(path, "a CSV file") == TEXT
    assert text_suffix(path) == ".tsv"


def test_line_ends_and_byte_order_marks(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffa\r\nb\rc\x85d\u2028e\x0cf\n\ufeffg".encode())
    assert read_text(path, "a text file") == "a\nb\nc\x85d\u2028e\x0cf\ng"


def _zip(*names):
    def write(path):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "x")

    return write


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "to be a text file; it could not be read: No such file"),
        (lambda path: path.mkdir(), "to be a text file; it is a folder."),
        (os.mkfifo, "no ordinary file but a pipe, a device or a socket. Write its "
         "content to a file first."),
        (_zip("a", "b"), "Expected one file in {}; it holds 2: a, b. Unpack it, as in"),
        (_zip(), "it holds 0. Unpack"),
        (_zip("xl/workbook.xml", "a"), "an Excel workbook; save the sheet as CSV"),
        (_zip("word/document.xml"), "a Word document; save it as plain text"),
        (lambda path: path.write_bytes(gzip.compress(b"abc")[:-9]), "it is packed and "
         "damaged: Compressed file ended before"),
        (lambda path: path.write_bytes(b"PK\x03\x04abc"), "it is damaged: File is not"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(tmp_path, make, sentence):
    path = tmp_path / "a.txt"
    make(path)
    with pytest.raises(UsageError) as error:
        read_text(path, "a text file")
    assert sentence.format(path) in str(error.value)
