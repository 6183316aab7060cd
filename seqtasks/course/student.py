"""Numbers that differ by student, and are the same wherever they are computed."""

import dataclasses
import hashlib
import unicodedata


@dataclasses.dataclass(frozen=True)
class Student:
    """Whose exercise it is; the numbers follow from the name by a hash.

    Args:
        name: Name of the student, in any case; empty for the course's own numbers.
    """

    name: str = ""

    def pick(self, key: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high`` that belongs to a key.

        Args:
            key: Name of the number.
            low: Least value.
            high: Largest value.
        """
        text = unicodedata.normalize("NFC", " ".join(self.name.split())).casefold()
        digest = hashlib.sha256(f"{text}\0{key}".encode()).digest()
        return low + int.from_bytes(digest[:8]) % (high - low + 1)

    def tenths(self, key: str, low: int, high: int) -> float:
        """A number with one decimal, between two numbers of tenths, and never zero."""
        found = self.pick(key, low, high)
        return (found or high) / 10

    @property
    def seed(self) -> int:
        """The student's seed, for data and weights."""
        return self.pick("seed", 1, 9999)
