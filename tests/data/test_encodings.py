import shlex
import subprocess
from pathlib import Path

import pytest

from seqtasks.data.encodings import decoded
from seqtasks.data.text_file import read_text
from seqtasks.errors import UsageError

CAFE = "text,label\nun café à Noël,x\n"
HELLO = "Привет, мир!\nКак дела? Хорошо.\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]
)
def test_marked_text_is_read(tmp_path, encoding):
    mark = "\ufeff" if encoding.endswith("e") else ""
    data = (mark + HELLO).encode(encoding)
    assert decoded(data, tmp_path).lstrip("\ufeff") == HELLO


# the advice is followed: what it writes is the text
@pytest.mark.parametrize(
    ("encoding", "text", "name"),
    [
        ("latin-1", CAFE, "LATIN1"),
        ("cp1252", "“déjà vu” – naïve\n", "CP1252"),
        ("mac_roman", "Es ist schön, daß wir für die Übung\n", "MACINTOSH"),
        ("cp1251", HELLO, "CP1251"),
        ("koi8_r", HELLO, "KOI8-R"),
        ("cp866", HELLO, "CP866"),
        ("cp1250", "Zażółć gęślą jaźń\nPříliš žluťoučký kůň\n", "CP1250"),
        ("cp1253", "Καλημέρα κόσμε, τι κάνεις;\n", "CP1253"),
        ("cp1254", "İstanbul güzel bir şehir, değil mi?\n", "CP1254"),
        ("cp1255", "שלום עולם מה שלומך היום\n", "CP1255"),
        ("cp1256", "مرحبا بالعالم كيف حالك\n", "CP1256"),
        ("cp932", "今日は良い天気ですね。\n", "CP932"),
        ("euc_jp", "今日は良い天気ですね。\n", "EUC-JP"),
        ("iso2022_jp", "今日は良い天気ですね。\n", "ISO-2022-JP"),
        ("gb18030", "今天天气很好。\n我们去学校吧。\n", "GB18030"),
        ("big5", "今天天氣很好。\n我們去學校吧。\n", "BIG5"),
        ("cp949", "안녕하세요 세계\n좋은 아침입니다\n", "CP949"),
        ("utf-16-le", "hello\nworld\n", "UTF-16LE"),
        ("utf-16-be", HELLO, "UTF-16BE"),
        ("utf-32-le", HELLO, "UTF-32LE"),
        ("utf-32-be", "hello\n", "UTF-32BE"),
        # a text in UTF-16 that was converted as if it were LATIN1
        ("utf-16", "hello\nworld\n", "LATIN1"),
    ],
)
def test_the_advice_converts(tmp_path, encoding, text, name):
    data = text.encode(encoding)
    if encoding == "utf-16":
        data = data.decode("latin-1").encode("utf-8")
    path = tmp_path / "a file's.txt"
    path.write_bytes(data)
    with pytest.raises(UsageError) as error:
        decoded(data, path)
    (command,) = [part for part in str(error.value).split("`") if "iconv" in part]
    assert shlex.split(command)[2 if encoding != "utf-16" else 4] == name
    subprocess.run(command, shell=True, check=True, cwd=tmp_path)
    assert (tmp_path / "utf8.txt").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PAR1\0\x15..", "it is a Parquet table; where tables are read, name it"),
        (b"%PDF-1.4", "it is a PDF; take its text with `pdftotext 'a b.txt'`."),
        (b"{\\rtf1\\ansi}", "it is RTF; save it as plain text"),
        (b"\x28\xb5\x2f\xfd.", "packed by Zstandard; unpack it with `zstd -d"),
        (b"version https://git-lfs.github.com/spec/v1\n", "with `git lfs pull`."),
        (b"name" + bytes(253) + b"ustar", "a tar archive; unpack it with `tar -xf"),
        (b"a\nb\0c", "it holds 1 NUL characters, the first in line 2, as no "
         "text does."),
        (b"a\nb\0c", "`tr -d '\\000' < 'a b.txt' > clean.txt` leaves them out."),
        ("жил был\n".encode() * 9 + b"\xd0", "byte 126, in line 10, is not, and so in "
         "1 place; all else is. `iconv -c -f UTF-8 -t UTF-8 'a b.txt' > utf8.txt`"),
        (b"\xff\xfea\0b", "byte order mark is that of UTF-16, but byte 4 is not"),
        (bytes(range(1, 256)), "it is in no encoding of text that is known here."),
        (b"\x01\x02\x03abc" * 9, "27 of its 54 characters are control characters"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_named(data, sentence):
    with pytest.raises(UsageError) as error:
        decoded(data, Path("a b.txt"))
    assert sentence in str(error.value)


@pytest.mark.parametrize("word", ["ID3", "RIFF", "PAR1", "GIF8", "BZh", "OggS"])
def test_a_text_may_begin_as_other_files_do(word, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(f"{word} is a word.\n")
    assert read_text(path, "a text file") == f"{word} is a word.\n"
