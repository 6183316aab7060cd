import pytest

from seqtasks.bench.settings import BenchSettings
from seqtasks.bench.task import TaskSettings
from seqtasks.errors import UsageError


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"units": 0}, "--units must be an integer of at least 1; received 0."),
        ({"steps": 0}, "--steps must be an integer of at least 1; received 0."),
        (
            {"min_length": 129},
            "--lengths must be an integer from 1 to the sequence length, 128; "
            "received 129.",
        ),
    ],
)
def test_a_value_out_of_range(given, sentence):
    with pytest.raises(UsageError) as caught:
        BenchSettings(**given)
    assert str(caught.value) == sentence


def test_an_epoch_has_a_batch_to_wait_for_after_the_first():
    with pytest.raises(UsageError, match="--steps must be an integer of at least 2"):
        TaskSettings(task="adding", steps=1)
