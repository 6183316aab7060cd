"""Event files, read back by TensorBoard's own reader."""

import importlib.util

import numpy as np
import pytest
from kills import TINY, Killed, Killing

from seqtasks.data.audio import encode_wav
from seqtasks.data.picture import new_figure, png
from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.task import Sample
from seqtasks.training.display import Display
from seqtasks.training.run import run
from seqtasks.training.tensorboard import TensorBoardDisplay

pytest.importorskip("tensorboard")

# of the extra `dev`, as TensorBoard is
pytestmark = pytest.mark.slow

SETTINGS = {"cell": "elman", "epochs": 2, "implementation": "projected"}
STEPS = 7  # of an epoch


def summaries(folder):
    """Steps and values by tag, of all event files of a folder itself."""
    import tensorflow as tf
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    found = {}
    for path in sorted(folder.glob("events*")):
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                numbers = tf.make_ndarray(value.tensor)
                kind = value.metadata.plugin_data.plugin_name
                found.setdefault(value.tag, []).append((event.step, numbers, kind))
    return found


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder, store = tmp_path_factory.mktemp("tb"), Store(tmp_path_factory.mktemp("r"))
    return run(TINY, store=store, tensorboard=folder, **SETTINGS), folder


def scalars(found, tag):
    return [(step, float(value)) for step, value, _ in found[tag]]


def test_scalars_of_each_step_and_of_each_epoch(written):
    result, folder = written
    train = summaries(folder / result.run / "train")
    assert [step for step, _ in scalars(train, "batch_loss")] == [*range(1, 15)]
    losses = [(e["epoch"], pytest.approx(e["loss"], 1e-6)) for e in result.history]
    assert scalars(train, "epoch_loss") == losses
    assert {"epoch_accuracy", "epoch_learning_rate"} <= {*train}
    validation = summaries(folder / result.run / "validation")
    assert scalars(validation, "epoch_accuracy") == [
        (entry["epoch"], pytest.approx(entry["validation_accuracy"], 1e-6))
        for entry in result.history
    ]


def test_the_run_has_its_hyperparameters_scores_and_baselines(written):
    result, folder = written
    found = summaries(folder / result.run)
    ((_, score),) = scalars(found, "test_accuracy")
    assert score == pytest.approx(result.score, 1e-6)
    assert "_hparams_/session_start_info" in found
    ((_, text, kind),) = found["configuration"]
    assert kind == "text"
    assert "| units | `5` |" in str(text)
    ((_, text, _),) = found["baseline coin"]
    assert "accuracy 0.5: by symmetry" in str(text)
    assert "sample" not in found  # the task has none


def test_a_run_that_was_cut_off_goes_on_in_its_folder(tmp_path):
    store, folder = Store(tmp_path / "r"), tmp_path / "tb"
    more = {"checkpoint_every": "1 step", "tensorboard": folder, **SETTINGS}
    with pytest.raises(Killed):
        run(TINY, store=store, display=Killing(STEPS + 2), **more)
    result = run(TINY, store=store, **more)
    train = summaries(folder / result.run / "train")
    steps = [step for step, _ in scalars(train, "batch_loss")]
    assert sorted({*steps}) == [*range(1, 2 * STEPS + 1)]
    assert [path.name for path in folder.iterdir()] == [result.run]


def test_its_absence_and_a_folder_that_is_a_file_are_one_sentence(
    tmp_path, monkeypatch
):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="Could not write for TensorBoard into"):
        run(TINY, tensorboard=tmp_path / "file" / "tb", **SETTINGS)
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec",
        lambda name, *rest: None if name == "tensorboard" else find(name, *rest),
    )
    with pytest.raises(UsageError, match=r"pip install 'seqtasks\[tensorboard\]'"):
        run(TINY, tensorboard=tmp_path / "tb", **SETTINGS)


class Quiet(Display):
    def __init__(self):
        self.sentences = []

    def message(self, sentence):
        self.sentences.append(sentence)


def test_samples_are_text_pictures_and_sounds(tmp_path, written):
    files = {
        "a.png": png(new_figure(40, 30)),
        "b.wav": encode_wav(np.zeros(800), 8000),
        "c.mid": b"MThd",
    }
    TensorBoardDisplay(tmp_path, Quiet()).finished(
        written[0], lambda: Sample("to be", files)
    )
    found = summaries(tmp_path / written[0].run)
    assert found["sample"][0][2] == "text"
    assert found["a.png"][0][2] == "images"
    assert found["b.wav"][0][2] == "audio"
    assert "c.mid" not in found


def test_a_task_that_fails_to_generate_ends_no_run(tmp_path, written):
    display = Quiet()
    TensorBoardDisplay(tmp_path, display).finished(written[0], lambda: {}["missing"])
    assert display.sentences == [
        "No sample was written for TensorBoard: 'missing'",
        f"See the run with: tensorboard --logdir {tmp_path}",
    ]
