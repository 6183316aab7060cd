"""Published accuracies on MNIST read pixel by pixel."""

from seqtasks.task import PublishedResult

_TABLE = "Bai et al. (2018), https://arxiv.org/abs/1803.01271, table 1"

# model, cell, published accuracy with the pixels in order and permuted
_PUBLISHED = (
    ("LSTM", "lstm", 0.872, 0.857),
    ("GRU", "gru", 0.962, 0.873),
    ("RNN", "elman", 0.215, 0.253),
)
# The paper gives no spread. The share of 10,000 test pictures is known to 0.005 at most
# (one standard deviation); four of these leave room for seeds. Another paper has 0.989
# for an LSTM: "better than published" is to be expected.
_BAND = 0.02


def published_results() -> tuple[PublishedResult, ...]:
    """Six values: three cells, with the pixels in order and permuted."""
    options = {"dataset": "mnist", "read": "pixels"}
    results = []
    for name, cell, value, _ in _PUBLISHED:
        how = (
            "pixels in order, 70,000 parameters; 60,000 training pictures in the "
            "authors' code"
        )
        in_order = PublishedResult(
            name,
            "accuracy",
            value,
            _TABLE,
            how,
            cell=cell,
            num_params=70_000,
            settings={"bidirectional": False},
            options={**options, "permutation": "none"},
            low=value - _BAND,
            high=value + _BAND,
        )
        results.append(in_order)
    for name, cell, _, value in _PUBLISHED:
        how = "another permutation of the pixels; 70,000 parameters"
        # not the same question: no band
        permuted = PublishedResult(
            name,
            "accuracy",
            value,
            _TABLE,
            how,
            cell=cell,
            num_params=70_000,
            options={**options, "permutation": "numpy_92916_v1"},
        )
        results.append(permuted)
    return tuple(results)
