import json
import math

import pytest
from results_factory import result

from seqtasks.errors import UsageError
from seqtasks.reports.comparison import model_of
from seqtasks.reports.group import groups
from seqtasks.reports.leaderboard import format_results
from seqtasks.reports.row import rows
from seqtasks.reports.skill_score import skill_of
from seqtasks.reports.statistics import t_interval
from seqtasks.reports.units import Unit, cut_to_range, find, in_unit, units_of
from seqtasks.task import Baseline, Conversion, Optimum, PublishedResult

FRAMES = Conversion("nll", "nats/note", 0.25, "four notes a frame")


def language(score, **fields):
    """A run of 2 or so bits a character."""
    baselines = (Baseline("1-gram", "bits", 4.0, "Counted."),)
    known = PublishedResult("LSTM", "bits", 1.0, "Doe", "", "lstm", low=0.5, high=2.0)
    values = {
        "monitor": "bits",
        "mode": "min",
        "metrics": {"test": {"bits": score, "accuracy": 0.5}},
        "metric_units": {"bits": "bits/character", "accuracy": "fraction"},
        "baselines": baselines,
        "optimum": Optimum("bits", 0.0, "Known."),
        "published": (known,),
    }
    return result(**values | fields)


@pytest.mark.parametrize(
    ("own", "wanted", "value", "expected"),
    [
        ("bits/character", "nats", 2.0, 2 * math.log(2)),
        ("nats/step", "bits/step", math.log(8), 3.0),
        ("bits/character", "perplexity", 3.0, 8.0),
        ("nats/step", "perplexity/step", math.log(5), 5.0),
        ("nats", "bits", math.log(2), 1.0),
        ("nats", "perplexity", 0.0, 1.0),
        ("nats/frame", "nats/note", 8.0, 2.0),
        ("nats/frame", "bits/note", 8.0 * math.log(2), 2.0),
        ("nats/frame", "perplexity/note", 4 * math.log(3), 3.0),
        # of two notes and frames, the metric's own comes first
        ("nats/frame", "perplexity", math.log(3), 3.0),
    ],
)
def test_conversions_by_hand(own, wanted, value, expected):
    unit = find(units_of(own, [FRAMES]), wanted)
    assert unit is not None
    assert unit.of(value) == pytest.approx(expected, rel=1e-12)
    assert unit.back(unit.of(value)) == pytest.approx(value, rel=1e-12)


def test_what_is_no_logarithm_has_no_perplexity():
    unit = Unit("perplexity", exponential=True)
    assert (unit.of(1e6), unit.back(math.inf)) == (math.inf, math.inf)
    assert unit.back(0.0) == -math.inf
    assert list(units_of("fraction")) == ["fraction"]
    assert list(units_of("squared sum")) == ["squared sum"]
    degrees = Conversion("error", "°C", 12.5, "the deviation in training")
    assert find(units_of("1", [degrees]), "°C") == Unit("°C", 12.5)


@pytest.mark.parametrize(
    ("unit", "ends"),
    [
        ("fraction", (0.0, 1.0)),
        ("squared sum", (0.0, 1.5)),
        ("perplexity/word", (1.0, 1.5)),
        ("nats", (-0.5, 1.5)),
        ("", (-0.5, 1.5)),
        (None, (-0.5, 1.5)),
    ],
)
def test_an_interval_has_no_value_that_the_unit_has_not(unit, ends):
    assert cut_to_range((-0.5, 1.5), unit) == ends
    assert cut_to_range((1.2, 1.3), "perplexity") == (1.2, 1.3)
    assert all(map(math.isnan, cut_to_range((math.nan, math.nan), unit)))


@pytest.mark.parametrize(("unit", "high"), [("fraction", 1.0), ("1", None)])
def test_a_row_and_a_model_show_the_same_cut_interval(unit, high):
    units = {"accuracy": unit}
    scores = (0.5, 0.99)
    found = [result(s, seed=i, metric_units=units) for i, s in enumerate(scores)]
    (group,) = groups(found)
    (row,) = rows(group.runs)
    ends = t_interval(scores)
    assert ends[0] < 0
    assert ends[1] > 1
    assert row.interval == (ends[0] if high is None else 0.0, high or ends[1])
    assert model_of("gru", row).interval(0.95) == row.interval


def test_each_run_is_converted_before_the_mean_is_taken():
    found = groups([language(1.0)])
    (own,) = in_unit(found, "bits/character")
    assert (own.runs, own.unit_notes) == (found[0].runs, ())
    (group,) = in_unit(groups([language(1.0), language(3.0, seed=1)]), "perplexity")
    (row,) = rows(group.runs)
    assert row.score is not None
    # (2 + 8) / 2, and not 2 ** 2; their deviation is 6 / √2
    assert row.score.mean == pytest.approx(5.0)
    assert row.score.deviation == pytest.approx(6 / math.sqrt(2))
    assert group.baselines[0].value == pytest.approx(16.0)
    assert group.optimum is not None
    assert group.optimum.value == pytest.approx(1.0)
    (known,) = group.published
    assert (known.low, known.value, known.high) == pytest.approx((2**0.5, 2.0, 4.0))
    assert group.first.metric_units["bits"] == "perplexity/character"


def test_skill_does_not_depend_on_the_unit():
    plain = groups([language(1.0), language(3.0, seed=1)])
    for found in (plain, in_unit(plain, "perplexity"), in_unit(plain, "nats")):
        (group,) = found
        items = (*rows(group.runs), *group.baselines, *group.published)
        percents = [skill_of(item, group) for item in items]
        assert percents == pytest.approx([50.0, 0.0, 75.0])


def test_a_group_that_cannot_be_converted_is_left_with_a_note():
    text = format_results([result(), language(1.0, task="text")], unit="perplexity")
    assert "bits: measured in bits/character, shown in perplexity/character" in text
    assert (
        "Nothing here can be converted to perplexity; unchanged: loss in nats."
        not in text
    )
    other = result(metric_units={"accuracy": "fraction"}, task="other")
    text = format_results([other, language(1.0)], unit="perplexity")
    assert (
        "Nothing here can be converted to perplexity; unchanged: accuracy in fraction."
        in text
    )
    (left, _) = json.loads(
        format_results([other, language(1.0)], "json", unit="perplexity")
    )
    assert left["rows"][0]["metrics"]["test"]["accuracy"]["mean"] == 0.5


def test_an_unknown_unit_is_answered_with_those_that_there_are():
    with pytest.raises(UsageError) as error:
        format_results([language(1.0)], unit="nuts")
    assert str(error.value).startswith(
        "No metric of these results can be converted to 'nuts'. "
    )
    assert "nats/character" in str(error.value)
    assert format_results([], unit="nats") == ""
