"""Encodings of text: what bytes are, and how to convert what is not UTF-8."""

from __future__ import annotations

import codecs
import re
import shlex
from pathlib import Path

from seqtasks.data.binary_kinds import CONTROL_BYTES, refuse_binary
from seqtasks.errors import UsageError

# longer marks first: that of UTF-32 begins with that of UTF-16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# encodings by the name that chardet gives them, with that of iconv; Latin ones first
_ICONV = {
    "Windows-1252": "CP1252",
    "ISO-8859-1": "LATIN1",
    "Windows-1250": "CP1250",
    "ISO-8859-2": "ISO-8859-2",
    "Windows-1254": "CP1254",
    "MacRoman": "MACINTOSH",
    "Windows-1251": "CP1251",
    "KOI8-R": "KOI8-R",
    "IBM866": "CP866",
    "Windows-1253": "CP1253",
    "Windows-1255": "CP1255",
    "Windows-1256": "CP1256",
    "TIS-620": "TIS-620",
    "CP932": "CP932",
    "EUC-JP": "EUC-JP",
    "GB18030": "GB18030",
    "Big5": "BIG5",
    "CP949": "CP949",
}
_LATIN = tuple(_ICONV)[:6]
_HIGH = re.compile(rb"[\x80-\xff]+")
# no tab, line break, form feed, escape
_CONTROL = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_MAX_CONTROL, _FEW_CONTROLS = 0.1, 8  # of the characters
# Turkish ğ ı ş are Icelandic ð ý þ in Windows-1252, whose texts have á æ é í too
_TURKISH = b"\xf0", b"\xfd", b"\xfe"
_ICELANDIC = re.compile(rb"[\xe1\xe6\xe9\xed\xf3\xfa]")
_SHOWN = 30  # characters of a line
_GUESSED_FROM = 50_000  # bytes of lines that are not ASCII
_ALONE = 1.7  # bytes in a row, in the mean
_MOSTLY = 10  # well-formed characters of UTF-8 for each bad byte
# shares of the best guess's confidence with which Windows-1252 is named first
_NEAR, _NEAR_MAC = 0.6, 0.8


def decoded(data: bytes, path: Path) -> str:
    """The characters of a text file.

    Args:
        data: Its bytes, unpacked.
        path: Its path, for messages.

    Raises:
        UsageError: If it is neither UTF-8 nor UTF-16 or UTF-32 with a byte order mark;
            the message says what it is, and how to convert it.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    if encoding == "utf-8":
        refuse_binary(data, path)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            name = encoding[:6].upper()
            raise UsageError(
                f"Expected {path} to be text; its byte order mark is that of {name}, "
                f"but byte {error.start} is not {name}. Copy or download it again."
            ) from None
        raise _not_utf8(data, error, path) from None
    if "\0" in text:
        raise _with_nuls(data, text, path)
    controls = len(_CONTROL.findall(text))
    if controls > max(_FEW_CONTROLS, _MAX_CONTROL * len(text)):
        raise UsageError(
            f"Expected {path} to be text; {controls} of its {len(text)} characters are "
            f"control characters, as where data of another kind was converted. Look "
            f"at the original with `file`."
        )
    if "\x1b$B" in text or "\x1b$@" in text:
        raise UsageError(
            f"Expected {path} to be UTF-8 text; it is ISO-2022-JP. "
            f"{_convert(path, 'ISO-2022-JP')}"
        )
    return text


def _with_nuls(data: bytes, text: str, path: Path) -> UsageError:
    """The error of a text with NUL characters, which UTF-16 and UTF-32 are full of."""
    file = shlex.quote(str(path))
    found = f"Expected {path} to be text; it holds {text.count(chr(0))} NUL characters"
    if text[:2] in ("ÿþ", "þÿ"):
        return UsageError(
            f"{found}: UTF-16 that was converted as if it were LATIN1. Convert the "
            f"original, or `iconv -f UTF-8 -t LATIN1 {file} | iconv -f UTF-16 -t UTF-8 "
            f"> utf8{path.suffix}`."
        )
    if name := _unmarked(data):
        return UsageError(
            f"Expected {path} to be UTF-8 text; it is {name} without a byte order "
            f"mark. {_convert(path, name)}"
        )
    line = text.count("\n", 0, text.index("\0")) + 1
    return UsageError(
        f"{found}, the first in line {line}, as no text does. If it is text all the "
        f"same, `tr -d '\\000' < {file} > clean{path.suffix}` leaves them out."
    )


def _unmarked(data: bytes) -> str:
    """The name of UTF-16 or UTF-32 without a mark, by where the NUL bytes stand."""
    head = data[: 2**16]
    nuls = [head[place::4].count(0) / max(1, len(head[place::4])) for place in range(4)]
    for name, empty, full in (
        # in four bytes the highest is always 0, and the next nearly always
        ("UTF-32LE", (2, 3), (0,)),
        ("UTF-32BE", (0, 1), (3,)),
        # in two bytes the higher is 0 in a line break, a blank, a digit
        ("UTF-16LE", (), (0, 2)),
        ("UTF-16BE", (), (1, 3)),
    ):
        if (
            not any(nuls)
            or any(nuls[place] < 0.5 for place in empty)
            or any(nuls[place] > 0.01 for place in full)
        ):
            continue
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return name
    return ""


def _not_utf8(data: bytes, error: UnicodeDecodeError, path: Path) -> UsageError:
    line = data.count(b"\n", 0, error.start) + 1
    found = (
        f"Expected {path} to be UTF-8 text; byte {error.start}, in line {line}, is not"
    )
    if name := _unmarked(data):
        return UsageError(f"{found}: it is {name}. {_convert(path, name)}")
    file = shlex.quote(str(path))
    replaced = data.decode("utf-8", "surrogateescape")
    bad = len(re.findall("[\udc80-\udcff]+", replaced))
    good = len(re.findall("[^\0-\x7f\udc80-\udcff]", replaced))
    if good >= _MOSTLY * bad:
        return UsageError(
            f"{found}, and so in {bad} place{'s' * (bad > 1)}; all else is. `iconv -c "
            f"-f UTF-8 -t UTF-8 {file} > utf8{path.suffix}` leaves such bytes out."
        )
    readings = _readings(data)
    if not readings:
        return UsageError(
            f"{found}, and it is in no encoding of text that is known here. If it is "
            f"text, save it as UTF-8 in the program that wrote it."
        )
    (name, shown), *others = readings
    other = f", or as {others[0][0]} {others[0][1]!r}" if others else ""
    remedy = _convert(path, name)
    return UsageError(f"{found}. It may be read as {name}, {shown!r}{other}. {remedy}")


def _readings(data: bytes) -> list[tuple[str, str]]:
    """The encodings that it may be in, likeliest first, and a line in each."""
    import chardet

    if CONTROL_BYTES.search(data):
        return []
    lines = [line for line in data.splitlines() if _HIGH.search(line)]
    sample: list[bytes] = []
    size = 0
    for line in lines:
        size += len(line)
        if size > _GUESSED_FROM and sample:
            break
        sample.append(line)
    # accented letters stand alone among plain ones; those of other alphabets do not
    runs = [len(run) for line in sample for run in _HIGH.findall(line)]
    names = _LATIN if sum(runs) < _ALONE * len(runs) else tuple(_ICONV)
    guesses = {
        str(guess["encoding"]): float(guess["confidence"] or 0)
        for guess in chardet.detect_all(
            b"\n".join(sample), ignore_threshold=True, include_encodings=names
        )
    }
    turkish = sum(letter in data for letter in _TURKISH) > 1
    if names == _LATIN and turkish and not _ICELANDIC.search(data):
        guesses["Windows-1254"] = 2 * max(guesses.values())
    found: dict[str, str] = {}
    for name in sorted(guesses, key=lambda name: _rank(name, guesses)):
        try:
            shown = sample[0].decode(name)
            data.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
        # control characters that no program writes
        if name not in _ICONV or any("\x7f" <= one < "\xa0" for one in shown):
            continue
        first = next(i for i, one in enumerate(shown) if one > "\x7f")
        part = shown[max(0, first - _SHOWN // 2) :][:_SHOWN].strip()
        if part not in found.values():
            found[name] = part
    return [(_iconv_name(name, data), part) for name, part in found.items()][:2]


def _rank(name: str, guesses: dict[str, float]) -> tuple[bool, float]:
    """Western Europe first, unless another encoding is clearly likelier."""
    best = max(guesses, key=lambda one: guesses[one])
    enough = _NEAR_MAC if best == "MacRoman" else _NEAR
    western = name == "Windows-1252" and guesses[name] > enough * guesses[best]
    return not western, -guesses[name]


def _iconv_name(name: str, data: bytes) -> str:
    """LATIN1 where it is that too: nothing but letters and signs of it."""
    if name == "Windows-1252" and not re.search(rb"[\x80-\x9f]", data):
        return "LATIN1"
    return _ICONV[name]


def _convert(path: Path, name: str) -> str:
    file = shlex.quote(str(path))
    return f"Convert it, as in `iconv -f {name} -t UTF-8 {file} > utf8{path.suffix}`."
