import numpy as np
import pytest
from seqtasks.tasks.list_ops.expressions import (
    SYMBOLS,
    draw_expressions,
    evaluate,
    read_expression,
    value_without_brackets,
)

from seqtasks.errors import UsageError

FEW = {"train": 400, "validation": 50, "test": 150}


def symbols(text):
    return np.array([SYMBOLS.index(word) for word in text.split()], np.int32)


def value_of(words):
    """The value of an expression, read with a stack of open lists."""
    open_lists = [[]]
    for word in words:
        if word == "]":
            operator, *arguments = open_lists.pop()
            array = np.array(arguments)
            values = {
                "[MIN": array.min(),
                "[MAX": array.max(),
                "[MED": int(np.median(array)),
                "[SM": array.sum() % 10,
            }
            open_lists[-1].append(values[operator])
        elif word.startswith("["):
            open_lists.append([word])
        else:
            open_lists[-1].append(int(word))
    ((value,),) = open_lists
    return value


@pytest.mark.parametrize(
    ("operator", "arguments", "value"),
    [
        ("[MIN", [4, 7, 2], 2),
        ("[MAX", [4, 7, 2], 7),
        ("[SM", [4, 7, 2], 3),
        ("[MED", [4, 7, 2], 4),
        ("[MED", [4, 7], 5),  # 5.5, rounded down, as published
        ("[MED", [9, 1, 8, 2], 5),
    ],
)
def test_operators_by_hand(operator, arguments, value):
    assert evaluate(operator, arguments) == value


def test_what_brackets_are_for():
    text = "[MAX 2 9 [MIN 4 7 ] 0 ]"
    assert value_of(text.split()) == value_without_brackets(symbols(text)) == 9
    text = "[MIN 2 9 [SM 4 7 ] ]"
    assert value_of(text.split()) == 1
    assert value_without_brackets(symbols(text)) == 2


@pytest.fixture(scope="module")
def drawn():
    return draw_expressions(
        FEW, max_depth=3, max_arguments=5, max_length=30, data_seed=0
    )


def pieces(part):
    return np.split(part.symbols, np.cumsum(part.lengths)[:-1])


def test_values_and_depths_are_those_of_the_symbols(drawn):
    for split, count in FEW.items():
        part = drawn[split]
        assert len(part.values) == len(part.lengths) == len(part.depths) == count
        for one, value, depth in zip(
            pieces(part), part.values, part.depths, strict=True
        ):
            words = [SYMBOLS[index] for index in one]
            assert value_of(words) == value
            opened = np.cumsum([w[0] == "[" for w in words]) - np.cumsum(
                [w == "]" for w in words]
            )
            assert opened.max() == depth
            assert opened.argmin() == len(words) - 1


def test_no_expression_comes_twice_and_depths_take_turns(drawn):
    whole = [one.tobytes() for part in drawn.values() for one in pieces(part)]
    assert len(set(whole)) == len(whole) == 600
    for part in drawn.values():
        assert part.depths[:6].tolist() == [1, 2, 3, 1, 2, 3]
    # the limits are kept and reached
    lengths = [len(one) // 4 for one in whole]
    assert (min(lengths), max(lengths)) == (4, 30)
    assert {depth for part in drawn.values() for depth in part.depths} == {1, 2, 3}


def test_splits_are_alike(drawn):
    # short expressions run out while they are drawn: in that order, the last split
    # would have fewer of them
    means = [drawn[split].lengths.mean() for split in ("train", "test")]
    assert abs(means[0] - means[1]) < 1.5


def test_a_quarter_of_the_arguments_is_nested():
    part = draw_expressions({**FEW, "train": 4000}, 2, 5, 1000, 1)["train"]
    outer = nested = 0
    for one in pieces(part):
        level = 0
        for index in one:
            word = SYMBOLS[index]
            if level == 1 and word != "]":
                outer += 1
                nested += word[0] == "["
            level += (word[0] == "[") - (word == "]")
    # a little more than a quarter, because the short ones are never drawn twice
    assert 0.25 < nested / outer < 0.29


def test_the_seed_decides(drawn):
    again, other = (draw_expressions(FEW, 3, 5, 30, seed) for seed in (0, 1))
    np.testing.assert_array_equal(drawn["test"].symbols, again["test"].symbols)
    assert drawn["test"].symbols.tobytes() != other["test"].symbols.tobytes()


@pytest.mark.parametrize(
    ("text", "value"),
    [("[MAX 2 9 [MIN 4 7 ] 0 ]", 9), ("[SM 8 [MED 1 4 9] 3]", 5)],
)
def test_an_expression_that_is_typed(text, value):
    numbers, found = read_expression(text)
    assert " ".join(SYMBOLS[i] for i in numbers) == text.replace("]", " ]").replace(
        "  ", " "
    )
    assert found == value
    assert numbers.dtype == found.dtype == np.int32


@pytest.mark.parametrize(
    "text", ["", "7", "[MAX 2", "[MAX ]", "2 ]", "[MAX 1 2 ] 3", "[AVG 1 2 ]", "]"]
)
def test_what_is_no_expression(text):
    with pytest.raises(UsageError, match="Expected an expression of digits"):
        read_expression(text)
