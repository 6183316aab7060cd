"""Numbers as people write them: decimal commas, thousands, currencies, per cent."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Decimal = Literal["auto", ".", ","]

# what pandas takes for a gap, and what people type besides
MISSING = frozenset(
    [
        *("", "nan", "-nan", "na", "n/a", "null", "none", "nil", "?", "-", "--", "–"),
        *("—", ".", "#n/a", "#n/a n/a", "#na", "<na>", "-1.#ind", "-1.#qnan"),
        *("1.#ind", "1.#qnan", "missing", "nat"),
    ]
)
_SIGNS = {"\u2212": "-", "\ufe63": "-", "\uff0d": "-", "\u2013": "-", "\u2019": "'"}
_BLANKS = "\u00a0\u202f\u2009\u2007\u2002\u2003\u3000"
_CLEAN = str.maketrans({**_SIGNS, **dict.fromkeys(_BLANKS, " ")})
_TIMES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9}
_CODES = ("USD", "EUR", "GBP", "CHF", "JPY", "INR", "CNY", "kr", "zł", "Kč", "Fr.")
_EXPONENT = r"(?:[eE][+-]?\d+)?"


def _grouped(mark: str, decimal: str) -> str:
    """Digits in groups of three, none of which may be a lone leading zero."""
    three = rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+"
    return rf"{three}(?:{decimal}\d*)?"


# 1,23,456.7 is how India groups
_POINT = re.compile(
    rf"(?:\d+(?:\.\d*)?|\.\d+|{_grouped(',', '[.]')}|{_grouped(' ', '[.]')}|"
    rf"{_grouped(chr(39), '[.]')}|[1-9]\d?(?:,\d\d)+,\d{{3}}(?:\.\d*)?){_EXPONENT}"
)
_COMMA = re.compile(
    rf"(?:\d+(?:,\d*)?|,\d+|{_grouped('[.]', ',')}|{_grouped(' ', ',')}|"
    rf"{_grouped(chr(39), ',')}){_EXPONENT}"
)
_NOT_PLAIN = re.compile(r"[^0-9.eE+-]")
_PLAIN = re.compile(rf"[+-]?(?:\d+\.?\d*|\.\d+){_EXPONENT}")


class NumberError(ValueError):
    """A cell that is no number; the message is the reason and what to do."""

    def __init__(self, column: str, line: int, cell: str, why: str):
        super().__init__(why)
        self.column, self.line, self.cell = column, line, cell


def is_number(cell: str) -> bool:
    """Whether a cell is a number in the notation of any convention."""
    return _split(cell)[0] is not None


def read_numbers(
    table: pd.DataFrame,
    decimal: Decimal = "auto",
    missing: Collection[str] = (),
    required: bool = False,
) -> tuple[pd.DataFrame, list[str]]:
    """Columns of text as float64, NaN for gaps, if each is of one notation.

    A column has decimal points or decimal commas by what fits all of its cells; where
    both fit (``1,234``), by what the other columns have. Thousands may be divided by a
    blank, an apostrophe, or the other of the two marks; a currency sign or per cent
    sign, the same in the whole column, is left out; ``K``, ``M`` and ``B`` multiply.

    Args:
        table: Columns of text; the index is the line.
        decimal: Decimal mark, where it is known.
        missing: Further texts or numbers that mark a gap, as ``"-200"``.
        required: Whether a column of words is an error too.

    Returns:
        The columns of numbers, and the names of those that have words or nothing.

    Raises:
        NumberError: If a cell of a column of numbers is none, its notation is unclear,
            or it is larger than float64 can hold.
    """
    import pandas as pd

    gaps = {text.strip().lower() for text in missing} | MISSING
    numbers = [float(text) for text in missing if _PLAIN.fullmatch(text.strip())]
    columns = {
        str(name): _Column(str(name), cells, gaps) for name, cells in table.items()
    }
    texts = [name for name, column in columns.items() if column.is_text(required)]
    found = [column for name, column in columns.items() if name not in texts]
    marks = {column.mark() for column in found} - {""}
    known = marks.pop() if len(marks) == 1 else ""
    read = {
        column.name: column.values("" if decimal == "auto" else decimal, known)
        for column in found
    }
    values = pd.DataFrame(read, index=table.index)
    return (values.mask(values.isin(numbers)) if numbers else values), texts


class _Column:
    """The cells of one column: which are gaps, which plain numbers, which others."""

    def __init__(self, name: str, cells: pd.Series, gaps: Collection[str]):
        import pandas as pd

        self.name, self.cells = name, cells
        numeric = pd.to_numeric(cells, errors="coerce").notna()
        rest = cells[~numeric]
        self.gap = rest.str.lower().isin(gaps).reindex(cells.index, fill_value=False)
        # it takes 1_000 and Infinity too
        if _NOT_PLAIN.search("".join(cells[numeric])):
            numeric &= cells.where(numeric, "0").str.fullmatch(_PLAIN)
        self.plain = numeric
        others = cells[~self.plain & ~self.gap]
        self.others = {line: (cell, *_split(cell)) for line, cell in others.items()}

    def is_text(self, required: bool) -> bool:
        """Whether no cell is a number or begins like one."""
        if self.gap.all():
            return True
        return not (
            required
            or self.plain.any()
            or any(re.match(r"[^\w]*\d", cell) for cell, *_ in self.others.values())
            or any(core is not None for _, core, *_ in self.others.values())
        )

    def mark(self) -> str:
        """The decimal mark that all cells fit, ``""`` if several do or none."""
        fits = self._fits()
        return fits if fits in (".", ",") else ""

    def values(self, given: str, known: str) -> pd.Series:
        """The numbers of the column; ``known`` is the mark of the other columns."""
        if not self.others and (given or known) != ",":
            return self._checked(self.cells[self.plain].map(float))
        mark = given or self._fits()
        if mark == "both":
            # 1.234 is what programs write, unless the file has decimal commas
            mark = known or ("" if self._commas() else ".")
            if not mark:
                line, cell = self._commas()[0]
                raise NumberError(
                    self.name, line, cell,
                    "The comma may divide thousands or be a decimal comma: --set "
                    "decimal=. or --set decimal=, decides.",
                )  # fmt: skip
        return self._checked(self._converted(mark or "."))

    def _fits(self) -> str:
        """The mark that all cells fit: ``"."``, ``","``, ``"both"`` or ``""``."""
        # plain numbers fit a point; the first that fits no comma decides
        plain = (cell.lstrip("+-") for cell in self.cells[self.plain] if "." in cell)
        others = [
            core
            for _, core, *_ in self.others.values()
            if core and ("." in core or "," in core)
        ]
        first = next(plain, None)
        every = itertools.chain(others, [first] if first else [], plain)
        if first is None and not others:
            return ""
        points = all(_POINT.fullmatch(core) for core in others)
        commas = all(_COMMA.fullmatch(core) for core in every)
        if points and commas:
            return "both"
        return "." if points else "," if commas else ""

    def _commas(self) -> list[tuple[int, str]]:
        """Lines and cells that have a comma."""
        return [
            (line, cell)
            for line, (cell, core, *_) in self.others.items()
            if core and "," in core
        ]

    def _converted(self, mark: str) -> pd.Series:
        import pandas as pd

        pattern = _POINT if mark == "." else _COMMA
        other = "," if mark == "." else "."
        values = {}
        units: dict[str, int] = {}
        plain = self.cells[self.plain]
        whole = {line: (cell, *_split(cell)) for line, cell in plain.items()}
        for line, (cell, core, negative, unit) in sorted(
            {**whole, **self.others}.items()
        ):
            if core is None or not pattern.fullmatch(core):
                raise NumberError(self.name, line, cell, self._why(core, mark))
            for sign in (other, " ", "'"):
                core = core.replace(sign, "")
            value = float(core.replace(",", ".")) * _TIMES.get(unit, 1.0)
            values[line] = -value if negative else value
            if unit not in _TIMES and (unit or value):
                units.setdefault(unit, line)
        # 5 % beside 0.05, $ beside €
        different = {unit for unit in units if unit}
        if len(different) > 1 or (different & {"%", "‰"} and "" in units):
            line = max(units.values())
            raise NumberError(
                self.name, line, str(self.cells[line]),
                "Other cells of the column have another unit; write all in one.",
            )  # fmt: skip
        return pd.Series(values, dtype=float)

    def _why(self, core: str | None, mark: str) -> str:
        if core is None:
            return ""
        if _POINT.fullmatch(core) or _COMMA.fullmatch(core):
            return (
                f"Other cells have decimal {'commas' if mark == ',' else 'points'}: "
                f"write all of the column alike."
                if self._fits() or mark == ","
                else "Some cells have decimal commas, others decimal points: write "
                "all of the column alike."
            )
        return "Write decimal points, and thousands in groups of three."

    def _checked(self, values: pd.Series) -> pd.Series:
        large = values.index[~np.isfinite(values)]
        if len(large):
            line = int(large[0])
            raise NumberError(
                self.name, line, str(self.cells[line]),
                "It is larger than a float64 can hold.",
            )  # fmt: skip
        return values.reindex(self.cells.index)


def _is_currency(text: str) -> bool:
    return text in _CODES or (len(text) == 1 and unicodedata.category(text) == "Sc")


_PARTS = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?P<prefix>[^\d\s.,()+-][^\d\s,()+-]{0,2})?\s*"
    r"(?P<inner>[+-])?\s*(?P<core>[.,]?\d[\d.,' ]*(?:[eE][+-]?\d+)?)\s*"
    r"(?P<suffix>%|‰|[^\d\s()+-][^\d\s()+-]{0,2})?\s*(?P<close>\))?"
)


def _split(cell: str) -> tuple[str | None, bool, str]:
    """A cell's digits, whether it is negative, its unit; ``None`` if it is no number.

    What is in parentheses is negative, as bookkeepers write.
    """
    match = _PARTS.fullmatch(cell.translate(_CLEAN).strip())
    if not match or bool(match["open"]) != bool(match["close"]):
        return None, False, ""
    prefix, suffix = match["prefix"] or "", match["suffix"] or ""
    signs = [match["sign"], match["inner"], match["open"]]
    if (prefix and not _is_currency(prefix)) or sum(map(bool, signs)) > 1:
        return None, False, ""
    if suffix and not (suffix in "%‰" or suffix in _TIMES or _is_currency(suffix)):
        return None, False, ""
    negative = "-" in signs or "(" in signs
    if prefix and suffix and suffix not in _TIMES:
        return None, False, ""
    unit = suffix if suffix in _TIMES else (prefix or suffix)
    return match["core"].strip(), negative, unit
