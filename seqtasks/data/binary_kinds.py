"""Files that are no text, known by what they begin with, and how to convert them."""

import codecs
import re
import shlex
from pathlib import Path

from seqtasks.errors import UsageError

# what files begin with that are no text; {} is the path as a shell needs it
_BINARY = (
    (b"\x28\xb5\x2f\xfd", "packed by Zstandard; unpack it with `zstd -d {}`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it with `7z x {}`"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it with `unrar x {}`"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a file of an old Office program; save it there as text or as CSV, in UTF-8",
    ),
    (b"PAR1", "a Parquet table; where tables are read, name it .parquet"),
    (b"ARROW1", "an Arrow table; convert it to Parquet or CSV with pandas"),
    (b"SQLite format 3\0", "an SQLite database; export a table of it as CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a RIFF file, as of sound or video"),
    (b"MThd", "a MIDI file"),
    (b"ID3", "an MP3 file"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC file"),
)
# the same of what is written in letters
_WRITTEN = (
    (b"%PDF-", "a PDF; take its text with `pdftotext {}`"),
    (b"{\\rtf", "RTF; save it as plain text in UTF-8 in a word processor"),
    (
        b"version https://git-lfs.github.com/spec/",
        "a pointer of Git LFS to the file itself; fetch that with `git lfs pull`",
    ),
)
_HEAD = 4096  # bytes by which text is distinguished from other data
_TAR = 257  # bytes before the name of the format
# no tab, line break, form feed, escape
CONTROL_BYTES = re.compile(rb"[\0-\x08\x0e-\x19\x1c-\x1f]")


def refuse_binary(data: bytes, path: Path) -> None:
    """Raises ``UsageError`` if bytes are of a known format that is no text.

    Args:
        data: Bytes of a file, unpacked.
        path: Its path, for the message.
    """
    is_tar = data[_TAR : _TAR + 5] == b"ustar"
    what = "a tar archive; unpack it with `tar -xf {}`" if is_tar else ""
    # a text may begin with "ID3" or "RIFF" too
    known = _BINARY + _WRITTEN if _looks_binary(data) else _WRITTEN
    what = next((what for start, what in known if data.startswith(start)), what)
    if what:
        raise UsageError(
            f"Expected {path} to be UTF-8 text; it is "
            f"{what.format(shlex.quote(str(path)))}."
        )


def _looks_binary(data: bytes) -> bool:
    head = data[:_HEAD]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return True
    return CONTROL_BYTES.search(head) is not None
