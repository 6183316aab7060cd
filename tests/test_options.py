from collections.abc import Callable
from typing import Any, Literal

import pytest

from seqtasks.errors import UsageError, shortened
from seqtasks.options import convert, options_of, require, resolve_options
from seqtasks.registry import TASKS


def _task(
    dataset: str = "generated",
    length: int = 10,
    *,
    noise: float = 0.5,
    causal: bool = False,
    kind: Literal["a", "b"] = "a",
    limit: int | None = None,
): ...


class _Cell:
    def __init__(self, units, dropout=0.0, seed=None, **kwargs): ...


def test_an_integer_that_no_array_has_is_refused():
    for value in (10**30, "1" + "0" * 30, "-" + "9" * 5000):
        for annotation in (int, int | None, float | int):
            with pytest.raises(UsageError, match="an integer of at most 2"):
                convert("option", value, annotation)
    assert convert("option", "1" + "0" * 30, str) == "1" + "0" * 30
    assert convert("option", 2**62, int) == 2**62


@pytest.mark.parametrize(
    ("task", "option", "value"),
    [
        ("adding", "sequence_length", 10**7),
        ("copy_memory", "delay", 10**7),
        ("associative_recall", "keys", 10**6),
        ("associative_recall", "values", 10**6),
    ],
)
def test_sizes_of_generated_data_are_bounded(task, option, value):
    with pytest.raises(UsageError, match=f"{option} must be an integer of at most 1"):
        TASKS.find(task).load()(**{option: value})


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        ("3", int, 3),
        (3.0, int, 3),
        (-2, int, -2),
        ("1e-3", float, 0.001),
        (3, float, 3.0),
        ("true", bool, True),
        ("No", bool, False),
        (False, bool, False),
        ("text", str, "text"),
        ("3", str, "3"),
        ("b", Literal["a", "b"], "b"),
        ("2", Literal[1, 2], 2),
        ("none", int | None, None),
        (None, int | None, None),
        ("7", int | None, 7),
        ("7", str | int, 7),
        ("x", str | int, "x"),
        ("none", str | None, None),
        ([1], Any, [1]),
        ([1, 2], tuple[int, ...], (1, 2)),
        (len, Callable[..., int], len),
    ],
)
def test_a_value_becomes_one_of_the_annotated_type(value, annotation, expected):
    converted = convert("option", value, annotation)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        ("3.5", int, "an integer"),
        (3.5, int, "an integer"),
        (float("inf"), int, "an integer"),
        (True, int, "an integer"),
        ([1], int, "an integer"),
        ("much", float, "a number"),
        (True, float, "a number"),
        (10**400, float, "a number"),
        ("maybe", bool, "true or false"),
        (1, bool, "true or false"),
        (3, str, "text"),
        (True, str, "text"),
        ("c", Literal["a", "b"], "one of a, b"),
        (True, Literal[1, 2], "one of 1, 2"),
        ("x", int | None, "an integer or none"),
        ("1,2", tuple, "tuple"),
        ([1, "x"], list[int], "list"),
    ],
)
def test_a_wrong_type_is_refused_with_what_was_expected(value, annotation, expected):
    with pytest.raises(UsageError) as error:
        convert("option", value, annotation)
    assert (
        str(error.value) == f"option must be {expected}; received {shortened(value)}."
    )


def test_what_was_given_stands_over_the_defaults():
    given = {"length": "20", "noise": 1, "limit": "5"}
    assert resolve_options(_task, given, "the task probe") == {
        "dataset": "generated",
        "length": 20,
        "noise": 1.0,
        "causal": False,
        "kind": "a",
        "limit": 5,
    }


@pytest.mark.parametrize(
    ("function", "name", "sentence"),
    [
        (_task, "lenght", "'lenght' in the cell mine. Did you mean length?"),
        (_Cell, "zzz", "'zzz' in the cell mine. Known: dropout, seed."),
    ],
)
def test_an_unknown_option_is_answered_with_the_nearest(function, name, sentence):
    with pytest.raises(UsageError) as error:
        resolve_options(function, {name: 3}, "the cell mine")
    assert str(error.value) == f"There is no option {sentence}"


def test_options_without_type_hints_take_the_type_of_their_default():
    assert list(options_of(_Cell)) == ["dropout", "seed"]
    values = resolve_options(_Cell, {"dropout": "0.1", "seed": 3}, "the cell mine")
    assert values == {"dropout": 0.1, "seed": 3}
    with pytest.raises(UsageError, match="dropout must be a number; received 'x'"):
        resolve_options(_Cell, {"dropout": "x"}, "the cell mine")


def test_a_hint_that_only_type_checkers_can_read_is_no_error():
    def task(length=3): ...

    task.__annotations__ = {"return": "NotImportedHere"}
    assert resolve_options(task, {"length": "4"}, "the task probe") == {"length": 4}


def test_require():
    require(True, "length", 2, "an integer of at least 2")
    with pytest.raises(UsageError) as error:
        require(False, "length", 1, "an integer of at least 2")
    assert str(error.value) == "length must be an integer of at least 2; received 1."


class _Gated:
    gates = {"z": ("update", 0.0), "r": ("reset", 1.0)}  # noqa: RUF012

    def __init__(self, units, **kwargs): ...


class _Ungated(_Gated):
    gates = {}  # noqa: RUF012


def test_a_gate_to_remove_is_an_option_only_where_it_is_given():
    assert resolve_options(_Gated, {}, "the cell") == {}
    assert resolve_options(_Gated, {"without": ""}, "the cell") == {}
    found = resolve_options(_Gated, {"without": "reset"}, "the cell")
    assert found == {"without": "reset"}


@pytest.mark.parametrize(
    ("owner", "sentence"),
    [
        (_Gated, "There is no gate 'rest' in the cell gated. Did you mean reset?"),
        (_Ungated, "Expected a cell with gates for without=rest; the cell gated names"),
        (_Cell, "There is no option 'without' in the cell gated."),
    ],
)
def test_a_gate_that_is_none(owner, sentence):
    with pytest.raises(UsageError) as caught:
        resolve_options(owner, {"without": "rest"}, "the cell gated")
    assert str(caught.value).startswith(sentence)
