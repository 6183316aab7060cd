import numpy as np
import pandas as pd
import pytest

from seqtasks.data.numbers import NumberError, is_number, read_numbers


def column(*cells, **given):
    """The values of one column, and of others that are given as lists."""
    decimal = given.pop("decimal", "auto")
    missing = given.pop("missing", ())
    table = pd.DataFrame({"a": list(cells), **given}, dtype=object)
    values, words = read_numbers(
        table.set_axis(range(2, 2 + len(table))), decimal, missing
    )
    return values["a"].tolist(), words


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.5", "-2", "+3e2"], [1.5, -2, 300]),
        (["1,5", "2", "-3,25"], [1.5, 2, -3.25]),
        (["1,234.5", "987", "-1,100"], [1234.5, 987, -1100]),
        (["1.234,5", "987", "1.100"], [1234.5, 987, 1100]),
        (["1,234,567", "2", "3"], [1234567, 2, 3]),
        (["12,34,567", "1,00,000.5", "50"], [1234567, 100000.5, 50]),
        (["1 234,5", "987\u00a0123", "1\u202f000,25"], [1234.5, 987123, 1000.25]),
        (["1'234.5", "1’234’567.25", "-9"], [1234.5, 1234567.25, -9]),
        (["\u22121.5", "\u20132", "3"], [-1.5, -2, 3]),
        (["12.5%", "3 %", "0"], [12.5, 3, 0]),
        (["$1,234.50", "($5.00)", "-$3"], [1234.5, -5, -3]),
        (["1.234,50 €", "-3 €", "€ 2,5"], [1234.5, -3, 2.5]),
        (["CHF 2.5", "3.5", "4 CHF"], [2.5, 3.5, 4]),
        (["1.2M", "950K", "2B"], [1.2e6, 950e3, 2e9]),
        (["1,5E+03", "2,5e-2", "1"], [1500, 0.025, 1]),
        # a leading zero begins no group of thousands
        (["0,757", "9,800", "1,234"], [0.757, 9.8, 1.234]),
        (["1.234", "2.345", "3.456"], [1.234, 2.345, 3.456]),
        ([".5", "5.", "0"], [0.5, 5, 0]),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(cells, expected):
    assert column(*cells)[0] == expected
    assert all(map(is_number, cells))


@pytest.mark.parametrize(
    ("other", "expected"),
    [(["1.5", "2"], [1234, 987]), (["1,5", "2"], [1.234, 987])],
)
def test_the_other_columns_decide_what_one_alone_leaves_open(other, expected):
    assert column("1,234", "987", b=other)[0] == expected


def test_a_group_of_thousands_beside_decimal_commas_is_one():
    assert column("1.234", "2.345", b=["1,5", "2"])[0] == [1234, 2345]


@pytest.mark.parametrize(("mark", "expected"), [(",", 1.234), (".", 1234)])
def test_the_mark_that_is_given_decides(mark, expected):
    assert column("1,234", "987", decimal=mark)[0] == [expected, 987]


def test_gaps_and_sentinels():
    values, _ = column(
        "NA", "#N/A", "—", "1", "-200", "-200,0", "x", missing=["-200", "x"]
    )
    np.testing.assert_array_equal(values, [np.nan] * 3 + [1] + [np.nan] * 3)


def test_words_are_left_to_the_caller_and_digits_are_not():
    table = pd.DataFrame({"a": ["1", "2"], "b": ["hall", "T12"], "c": ["", "NA"]})
    values, words = read_numbers(table)
    assert (list(values), words) == (["a"], ["b", "c"])
    with pytest.raises(NumberError):
        read_numbers(table, required=True)


@pytest.mark.parametrize(
    ("cells", "line", "why"),
    [
        (["1", "much", "2"], 3, ""),
        (["1", "inf", "2"], 3, ""),
        (["1_000", "2", "3"], 2, ""),
        (["0x10", "2", "3"], 2, ""),
        (["10 kWh", "2 kWh", "3 kWh"], 2, ""),
        (["2020-01-01", "2020-01-02", "x"], 2, ""),
        (["1.8e308", "2", "3"], 2, "It is larger than a float64 can hold."),
        (["1,234", "987", "2"], 2,
         "The comma may divide thousands or be a decimal comma: --set decimal=. or "
         "--set decimal=, decides."),
        (["1.5", "1,5", "2"], 3,
         "Some cells have decimal commas, others decimal points: write all of the "
         "column alike."),
        (["12.5%", "3%", "0.05"], 4,
         "Other cells of the column have another unit; write all in one."),
        (["$5", "€5", "$3"], 3,
         "Other cells of the column have another unit; write all in one."),
    ],
)  # fmt: skip
def test_what_is_no_number_is_named_with_its_line(cells, line, why):
    with pytest.raises(NumberError) as error:
        column(*cells)
    assert (error.value.line, str(error.value)) == (line, why)
    assert error.value.cell == cells[line - 2]
