import math

from seqtasks.metrics.grouped import grouped_means


def test_means_by_hand():
    found = grouped_means(
        [1, 2, 1, 3, 1], [1.0, 0.5, 0.0, 9.0, 0.5], {1: "one", 2: "two", 4: "four"}
    )
    assert found["one"] == 0.5
    assert found["two"] == 0.5
    assert math.isnan(found["four"])
    assert list(found) == ["one", "two", "four"]
