import dataclasses
import json
import math

import numpy as np
import pytest
from results_factory import PUBLISHED, result

from seqtasks.result import _of_plain_text, from_json
from seqtasks.task import Conversion, Optimum


def test_a_result_is_the_same_after_writing_and_reading():
    before = result(
        published=(PUBLISHED,),
        optimum=Optimum("accuracy", 1.0, "the label is a function of the input"),
        conversions=(Conversion("accuracy", "percent", 100.0, "a hundredth"),),
        last_loss=0.25,
        options={"dataset": "./bücher\udcff.txt", "limit": None, "sizes": [1, 2]},
    )
    assert from_json(before.to_json()) == before
    assert isinstance(from_json(before.to_json()).baselines, tuple)


def test_numbers_that_are_not_finite_come_back_and_the_file_is_strict_json():
    history = [{"loss": math.inf}, {"loss": -math.inf}, {"loss": math.nan}]
    text = result(history=history).to_json()

    def refuse(constant):
        raise AssertionError(constant)

    json.loads(text, parse_constant=refuse)
    first, second, third = from_json(text).history
    assert (first["loss"], second["loss"]) == (math.inf, -math.inf)
    assert math.isnan(third["loss"])


def test_an_option_that_looks_like_such_a_number_stays_what_it_is():
    options = {"a": {"float": 1.5}, "b": {"float": "much"}}
    assert from_json(result(options=options).to_json()).options == options


def test_numpy_numbers_are_written():
    text = result(num_params=np.int64(7), seconds=np.float32("nan")).to_json()
    read = from_json(text)
    assert read.num_params == 7
    assert math.isnan(read.seconds)


def test_the_score_is_the_monitored_metric_on_the_test_split():
    assert result(0.75).score == 0.75
    assert result(None).score is None


OPTIMUM = {"metric": "accuracy", "value": 1.0, "how": "by construction"}


def _damaged(**changes):
    data = json.loads(result().to_json())
    for name, value in changes.items():
        if value is ...:
            del data[name]
        else:
            data[name] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "Expected `object`, got `array`"),
        ("3", "Expected `object`, got `int`"),
        (_damaged(seed=...), "Object missing required field `seed`"),
        (_damaged(extra=1, other=2), "it has unknown extra, other"),
        (
            _damaged(optimum=OPTIMUM | {"extra": 1}),
            "it has unknown optimum.extra",
        ),
        (
            _damaged(schema_version=99),
            "schema_version should be one of 1, 2, 3, 4, 5, which this version of "
            "seqtasks "
            "reads, is 99",
        ),
        (
            _damaged(schema_version=...),
            "schema_version should be one of 1, 2, 3, 4, 5, which this version of "
            "seqtasks "
            "reads, is None",
        ),
        (_damaged(seed="0"), "Expected `int`, got `str` - at `$.seed`"),
        (_damaged(seed=True), "Expected `int`, got `bool` - at `$.seed`"),
        (_damaged(seed=0.5), "Expected `int`, got `float` - at `$.seed`"),
        (_damaged(seconds="1"), "Expected `float`, got `str` - at `$.seconds`"),
        (_damaged(device=None), "Expected `str`, got `null` - at `$.device`"),
        (_damaged(limit="all"), "Expected `int | null`, got `str` - at `$.limit`"),
        (_damaged(options=[1]), "Expected `object`, got `array` - at `$.options`"),
        (_damaged(history={}), "Expected `array`, got `object` - at `$.history`"),
        (
            _damaged(history=[{"loss": "x"}]),
            "Expected `float`, got `str` - at `$.history[0][...]`",
        ),
        (
            _damaged(metrics={"test": {"accuracy": None}}),
            "Expected `float`, got `null` - at `$.metrics[...][...]`",
        ),
        (
            _damaged(mode="best"),
            "Invalid enum value 'best' - at `$.mode`; expected one of min, max",
        ),
        (_damaged(mode=["min"]), "Expected `str`, got `array` - at `$.mode`"),
        (
            _damaged(status="done"),
            "Invalid enum value 'done' - at `$.status`; expected one of finished, "
            "running, interrupted, killed, timed_out, out_of_memory, diverged, failed, "
            "pruned",
        ),
        (
            _damaged(status="d" * 1000),
            f"Invalid enum value '{'d' * 80}…{'d' * 83}' - at `$.status`; expected one "
            "of finished, running, interrupted, killed, timed_out, out_of_memory, "
            "diverged, failed, pruned",
        ),
        (
            _damaged(baselines=[{"name": "x"}]),
            "Object missing required field `metric` - at `$.baselines[0]`",
        ),
        (_damaged(baselines=[3]), "Expected `object`, got `int` - at `$.baselines[0]`"),
        (_damaged(optimum=3), "Expected `object | null`, got `int` - at `$.optimum`"),
        (
            _damaged(optimum={"value": 0}),
            "Object missing required field `metric` - at `$.optimum`",
        ),
    ],
)
def test_a_text_that_is_no_result_is_refused_with_a_reason(text, sentence):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        from_json(text)
    assert str(error.value) == sentence


def test_every_field_is_in_the_file():
    names = {field.name for field in dataclasses.fields(result())}
    assert set(json.loads(result().to_json())) == names


def _other_readers(text):
    """What the reader without the short way gives: a result, or its sentence."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqtasks.result._of_plain_text", lambda text: None)
        return _read(text)


def _read(text):
    try:
        return from_json(text)
    except ValueError as error:
        return str(error)


def test_plain_texts_are_read_the_short_way_to_the_same_result():
    text = result().to_json()
    assert _of_plain_text(text) == _other_readers(text) == result()
    assert _of_plain_text(result(0.1 + 0.2, cell="é\u2028").to_json())


_TEXT = result().to_json()
_SEED = '"seed": 0'
_SEARCH = '{"study": "a", "trial": 0, "space": {}, "pruning": "none", "evil": 1}'


@pytest.mark.parametrize(
    "text",
    [
        _TEXT.replace(_SEED, f"{_SEED}, {_SEED}"),
        _TEXT.replace(_SEED, '"seed": 0, "seed" : 1'),
        _TEXT.replace(_SEED, '"seed": 0, "seed"\n: 1'),
        # a key twice, and a mark that is written so that the numbers agree again
        _TEXT.replace(_SEED, '"seed": 0, "seed": 1').replace('"gru"', '"g\\u0022:ru"'),
        _TEXT.replace(_SEED, '"s\\u0065ed": 0, "seed": 1'),
        _TEXT.replace(_SEED, '"seed": 0, "evil": 1'),
        _TEXT.replace('"search": null', f'"search": {_SEARCH}'),
        _TEXT.replace(_SEED, '"seed": 0.0'),
        _TEXT.replace(_SEED, '"seed": true'),
        _TEXT.replace(_SEED, '"seed": 1' + "0" * 25),
        _TEXT.replace(_SEED, '"seed": NaN'),
        _TEXT.replace(_SEED, '"seed": -0'),
        _TEXT.replace('"options": {', '"options": {"a": ' + "[" * 40 + "]" * 40 + ","),
        _TEXT.replace('"options": {', '"options": {"a": {"float": "NaN"},'),
        _TEXT.replace('"options": {', '"options": {"a": "\\ud800",'),
        _TEXT.replace('"options": {', '"options": {"a": 1e999,'),
        _TEXT.replace('"options": {', '"options": {"a": 18446744073709551616,'),
        _TEXT.replace('"schema_version": 5', '"schema_version": true'),
        _TEXT.replace('"schema_version": 5', '"schema_version": 1'),
        f"\ufeff{_TEXT}",
        f"{_TEXT} x",
        f"[{_TEXT}]",
    ],
)
def test_the_short_way_accepts_nothing_that_the_other_refuses(text):
    assert text != _TEXT
    assert repr(_read(text)) == repr(_other_readers(text))
