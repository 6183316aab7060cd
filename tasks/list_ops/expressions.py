"""Expressions of ListOps: operators over lists of digits and of other expressions."""

import dataclasses
import random

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.task import SPLITS, Split

DIGITS = tuple("0123456789")
OPERATORS = ("[MIN", "[MAX", "[MED", "[SM")
SYMBOLS = (*DIGITS, *OPERATORS, "]")

_NESTED = 0.25  # the chance that an argument is an expression itself, as published
_CLOSE = SYMBOLS.index("]")

# symbols that may be drawn before the first expression, and more for each that is new:
# about four minutes in all
_FIRST, _EACH = 20_000_000, 5_000
# of one expression; those of the default options have less than a thousand
_LONGEST = 1_000_000


@dataclasses.dataclass(frozen=True)
class Expressions:
    """The expressions of a split, end to end.

    Args:
        symbols: Indices into ``SYMBOLS``, ``(symbols of all expressions,)``.
        lengths: Number of symbols of each, ``(expressions,)``.
        values: Value of each, from 0 to 9, ``(expressions,)``.
        depths: Depth of the nesting of each, 1 where nothing is nested,
            ``(expressions,)``.
    """

    symbols: np.ndarray
    lengths: np.ndarray
    values: np.ndarray
    depths: np.ndarray


def draw_expressions(
    examples: dict[Split, int],
    max_depth: int,
    max_arguments: int,
    max_length: int,
    data_seed: int,
) -> dict[Split, Expressions]:
    """Draws expressions by the published grammar; each occurs once in all splits.

    An operator, drawn evenly, has 2 to ``max_arguments`` arguments, a number drawn
    evenly. An argument is another expression with a chance of 1/4, unless it would be
    too deep, and else a digit, drawn evenly. What is longer than ``max_length``, or was
    drawn before, is drawn again; a digit alone is no expression. All are shuffled
    before they are cut into splits, since short ones run out; within a split the depths
    take turns, so that a few of its first examples have them all.

    Args:
        examples: Number of expressions of each split.
        max_depth: Largest depth of the nesting.
        max_arguments: Largest number of arguments.
        max_length: Largest number of symbols.
        data_seed: Seed of the expressions.

    Raises:
        UsageError: If hardly any new expression is short enough.
    """
    # of this generator Python promises that random() stays the same
    rng = random.Random(f"list_ops {data_seed}")
    wanted = sum(examples.values())
    drawn: dict[tuple[int, ...], tuple[int, int]] = {}
    count = 0
    while len(drawn) < wanted:
        symbols: list[int] = []
        value, depth = _derive(rng, symbols, max_depth, max_arguments)
        if len(symbols) <= max_length:
            drawn[tuple(symbols)] = value, depth
        count += len(symbols)
        if count > _FIRST + _EACH * len(drawn):
            raise UsageError(
                f"Expected options with {wanted:,} expressions of at most {max_length} "
                f"symbols; {count:,} drawn symbols gave {len(drawn):,} of them. Raise "
                f"max_length={max_length}; lower max_depth={max_depth} or "
                f"max_arguments={max_arguments} where expressions are long, raise them "
                f"where all short ones are used up."
            )
    shuffled = sorted(drawn.items(), key=lambda item: (rng.random(), item))
    parts, start = {}, 0
    for split in SPLITS:
        part = shuffled[start : start + examples[split]]
        start += examples[split]
        parts[split] = _taking_turns(part)
    return parts


def evaluate(operator: str, arguments: list[int]) -> int:
    """The value of one operator, from 0 to 9.

    The median of an even number of digits is the mean of the middle two, rounded down.

    Args:
        operator: One of ``OPERATORS``.
        arguments: Values from 0 to 9, at least one.
    """
    if operator == "[MIN":
        return min(arguments)
    if operator == "[MAX":
        return max(arguments)
    if operator == "[SM":
        return sum(arguments) % 10
    ordered, middle = sorted(arguments), len(arguments) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) // 2


def read_expression(text: str) -> tuple[np.ndarray, np.int32]:
    """The symbols of an expression, ``(symbols,)``, and its value.

    Args:
        text: Symbols with blanks between them, as in ``"[MAX 2 [MIN 4 7 ] 0 ]"``.

    Raises:
        UsageError: If it is no expression.
    """
    symbols = text.replace("]", " ] ").split()
    numbers = [SYMBOLS.index(one) for one in symbols if one in SYMBOLS]
    lists: list[tuple[str, list[int]]] = [("", [])]  # the open ones, outermost first
    for symbol in symbols if len(numbers) == len(symbols) else ():
        if symbol in OPERATORS:
            lists.append((symbol, []))
        elif symbol in DIGITS:
            lists[-1][1].append(int(symbol))
        elif len(lists) > 1 and lists[-1][1]:
            value = evaluate(*lists.pop())
            lists[-1][1].append(value)
        else:
            break
    if len(lists) != 1 or len(lists[0][1]) != 1 or symbols[0] in DIGITS:
        raise UsageError(
            f"Expected an expression of digits and of the lists [MIN, [MAX, [MED and "
            f"[SM, each with elements and an end, as in '[MAX 2 [MIN 4 7 ] 0 ]'; "
            f"received {text!r}."
        )
    return np.array(numbers, np.int32), np.int32(lists[0][1][0])


def value_without_brackets(symbols: np.ndarray) -> int:
    """The value of the outermost operator over all digits, however deep they are."""
    return evaluate(SYMBOLS[symbols[0]], [int(i) for i in symbols if i < len(DIGITS)])


def _derive(
    rng: random.Random, symbols: list[int], levels: int, max_arguments: int
) -> tuple[int, int]:
    """Appends an expression of at most so many levels; returns its value and depth."""
    operator = OPERATORS[_draw(rng, len(OPERATORS))]
    symbols.append(SYMBOLS.index(operator))
    arguments: list[int] = []
    depth = 0
    for _ in range(2 + _draw(rng, max_arguments - 1)):
        if arguments and len(symbols) > _LONGEST:
            break  # far too long already
        if levels > 1 and rng.random() < _NESTED:
            value, below = _derive(rng, symbols, levels - 1, max_arguments)
            depth = max(depth, below)
        else:
            value = _draw(rng, len(DIGITS))
            symbols.append(value)
        arguments.append(value)
    symbols.append(_CLOSE)
    return evaluate(operator, arguments), depth + 1


def _draw(rng: random.Random, count: int) -> int:
    return int(rng.random() * count)


def _taking_turns(part: list) -> Expressions:
    """The expressions of a split, the depths taking turns while they last."""
    turns: dict[int, int] = {}
    keyed = []
    for symbols, (value, depth) in part:
        turns[depth] = turns.get(depth, 0) + 1
        keyed.append((turns[depth], depth, symbols, value))
    keyed.sort(key=lambda item: item[:2])
    return Expressions(
        np.concatenate([np.array(symbols, np.int32) for _, _, symbols, _ in keyed]),
        np.array([len(symbols) for _, _, symbols, _ in keyed]),
        np.array([value for _, _, _, value in keyed], np.int32),
        np.array([depth for _, depth, _, _ in keyed]),
    )
