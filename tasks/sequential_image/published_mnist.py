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
    in_order = (
        "pixels in order, 70,000 parameters; 60,000 training pictures in the authors' "
        "code"
    )
    permuted = "another permutation of the pixels; 70,000 parameters"
    results = []
    for permutation, protocol in (("none", in_order), ("numpy_92916_v1", permuted)):
        for name, cell, *values in _PUBLISHED:
            value = values[permutation != "none"]
            # of another permutation it is not the same question: no band
            band = {"low": value - _BAND, "high": value + _BAND}
            result = PublishedResult(
                name,
                "accuracy",
                value,
                _TABLE,
                protocol,
                cell=cell,
                num_params=70_000,
                settings={"bidirectional": False} if permutation == "none" else {},
                options={
                    "dataset": "mnist",
                    "read": "pixels",
                    "permutation": permutation,
                },
                **(band if permutation == "none" else {}),
            )
            results.append(result)
    return tuple(results)
