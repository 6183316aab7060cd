import itertools

import pytest

from seqtasks.reports.page.labels import cut, spread, width


def test_what_fits_is_whole_and_what_does_not_says_so():
    assert cut("gru", 100.0) == "gru"
    assert cut("a name", width("a name") + 8.3 - 8.3) == "a name"
    assert len(cut("x" * 10**6, 100.0)) < 20
    short = cut("layer_norm_lstm units 256", 100.0)
    assert short.endswith("…")
    assert "layer_norm".startswith(short[:8])
    assert width(short) <= 100.1
    assert cut("x", 0.0) == "…"


def test_broad_letters_need_more_room():
    assert width("漢字") > width("ab") > width("il")


@pytest.mark.parametrize(
    ("targets", "places"),
    [
        ([10.0, 50.0], [10.0, 50.0]),
        ([50.0, 10.0], [50.0, 10.0]),
        # two of one place move apart by half the gap each
        ([50.0, 50.0], [45.0, 55.0]),
        ([0.0, 0.0], [0.0, 10.0]),
        ([100.0, 100.0], [90.0, 100.0]),
        ([98.0, 100.0, 85.0], [90.0, 100.0, 80.0]),
        ([], []),
    ],
)
def test_places_are_near_the_targets_and_apart(targets, places):
    assert spread(targets, 10.0, 0.0, 100.0) == pytest.approx(places)


def test_many_places_keep_their_gap_also_where_there_is_no_room():
    places = sorted(spread([50.0] * 30, 10.0, 0.0, 100.0))
    gaps = [b - a for a, b in itertools.pairwise(places)]
    assert gaps == pytest.approx([10.0] * 29)
    assert places[0] == 0.0
