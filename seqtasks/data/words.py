"""Words: where a text is divided, by Unicode's rules (UAX #29)."""

import unicodedata

# A run of letters and digits without a boundary of words in it. Combining marks, vowel
# signs and joiners belong to their letters. Han, Hiragana and Thai, which are written
# without blanks, are divided at each character, as Unicode does without a dictionary.
# A pattern for the library `regex`, whose \B knows these boundaries with the flag "w".
LETTERS = r"[\p{L}\p{N}](?:\B\p{Cf}*[\p{L}\p{N}\p{M}]|\p{No})*"

# A sign that is no word: an emoji or a flag of several characters is one.
SIGN = r"(?=[^\s\p{Cf}])\X"


def composed(text: str) -> str:
    """The text in Unicode's form NFC: ``"é"`` as one character, never as two.

    Names of files, columns and classes that look the same are then the same.
    """
    return unicodedata.normalize("NFC", text)


def normal(text: str) -> str:
    """The text in small letters and in Unicode's form NFC."""
    return composed(composed(text).lower())


def same_text(text: str) -> str:
    """What texts have in common that differ in blanks, capitals and Unicode's forms.

    Two rows with the same are one text, and must not be in two splits.
    """
    return " ".join(normal(text).split())
