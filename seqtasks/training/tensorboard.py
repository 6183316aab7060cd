"""Event files for TensorBoard: scalars, hyperparameters and samples of a run."""

import contextlib
import importlib.util
import io
import math
from pathlib import Path
from typing import Any

import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.training.display import Display

# of kinds that TensorBoard shows; a sample's MIDI file or video is in `samples/`
_PICTURES, _SOUNDS = (".png",), (".wav",)


class TensorBoardDisplay(Display):
    """Writes a run's events as TensorBoard expects them, and passes them on.

    ``FOLDER/RUN/train`` and ``FOLDER/RUN/validation`` have the scalars of each epoch
    under the names that Keras gives them, ``epoch_loss`` and ``epoch_<metric>``, so
    that both stand in one chart; ``train`` also has ``batch_loss``, the epoch's mean so
    far, at each step. ``FOLDER/RUN`` has the hyperparameters, the final scores and, of
    a task that has samples, one of the best weights.

    Args:
        folder: Folder of the event files of all runs.
        display: Receives all events as well.

    Raises:
        UsageError: If TensorBoard is not installed.
    """

    def __init__(self, folder: Path, display: Display):
        if importlib.util.find_spec("tensorboard") is None:
            raise UsageError(
                "Expected TensorBoard for --tensorboard, which is not installed. "
                "Install it with `pip install 'seqtasks[tensorboard]'`."
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"Could not write for TensorBoard into {folder}: {error.strerror}. "
                f"Name another folder with --tensorboard."
            ) from error
        self._folder = folder
        self._display = display
        self._run = ""
        self._has_complained = False
        self._writers: dict[str, tf.summary.SummaryWriter] = {}

    def configured(self, configuration):
        self._display.configured(configuration)
        from tensorboard.plugins.hparams import api as hparams

        self._run = configuration["run"]
        with self._writing("", 0):
            values = _hyperparameters(configuration)
            hparams.hparams(values, trial_id=self._run)
            tf.summary.text("configuration", _as_table(values))

    def message(self, sentence):
        self._display.message(sentence)

    def computing_baselines(self, task):
        self._display.computing_baselines(task)

    def started(self, epochs, steps, step_name, done=0, seconds=None, loss_unit=""):
        self._display.started(epochs, steps, step_name, done, seconds, loss_unit)
        self._steps = done

    def stepped(self, loss, time_steps):
        self._display.stepped(loss, time_steps)
        self._steps += 1
        with self._writing("train", self._steps):
            tf.summary.scalar("batch_loss", loss)

    def evaluated(self, entry, monitor, best):
        self._display.evaluated(entry, monitor, best)
        names = {"loss": "epoch_loss", "learning_rate": "epoch_learning_rate"}
        for name, value in entry.items():
            split, _, metric = name.partition("_")
            if split not in ("train", "validation"):
                split, metric = "train", ""
                if name not in names:
                    continue
            with self._writing(split, int(entry["epoch"])):
                tf.summary.scalar(names.get(name, f"epoch_{metric}"), value)

    def ended(self):
        self._display.ended()
        for writer in self._writers.values():
            writer.flush()

    def finished(self, result, sample):
        self._display.finished(result, sample)
        self._run = result.run
        with self._writing("", result.best_epoch):
            for split, scores in result.metrics.items():
                for name, value in scores.items():
                    tf.summary.scalar(f"{split}_{name}", value)
            for baseline in result.baselines:
                text = f"{baseline.metric} {baseline.value:.4g}: {baseline.how}"
                tf.summary.text(f"baseline {baseline.name}", text)
            try:
                self._write_sample(sample())
            except Exception as error:  # of a task of anyone's; the run is over
                self.message(f"No sample was written for TensorBoard: {error}")
        for writer in self._writers.values():
            writer.close()
        self.message(f"See the run with: tensorboard --logdir {self._folder}")

    def _write_sample(self, sample):
        if sample is None:
            return
        if sample.text:
            tf.summary.text("sample", f"```\n{sample.text}\n```")
        for name, content in sample.files.items():
            kind = Path(name).suffix.lower()
            if kind in _PICTURES:
                picture = tf.io.decode_image(content, channels=3)  # (H, W, 3)
                tf.summary.image(name, picture[None])
            elif kind in _SOUNDS:
                import soundfile

                sound, rate = soundfile.read(io.BytesIO(content), dtype="float32")
                sound = sound.reshape(1, len(sound), -1)  # (1, time, channels)
                tf.summary.audio(name, sound, rate)

    @contextlib.contextmanager
    def _writing(self, part, step):
        """Summaries go to the files of a part of the run, at a step or an epoch."""
        try:
            if part not in self._writers:
                path = self._folder / self._run / part
                self._writers[part] = tf.summary.create_file_writer(str(path))
            # on the host: an accelerator has no part in it
            with tf.device("cpu"), self._writers[part].as_default(step=step):
                yield
        except (OSError, tf.errors.OpError) as error:
            # a disk that is full does not end a run
            if not self._has_complained:
                self.message(f"Could not write for TensorBoard: {error}")
            self._has_complained = True


def _hyperparameters(configuration) -> dict[str, Any]:
    """All that was chosen, flat, as numbers, truth values and text."""
    values = {
        "task": configuration["task"],
        "cell": configuration["cell"],
        "seed": configuration["seed"],
        "parameters": configuration["num_params"],
        **{f"task.{name}": v for name, v in configuration["options"].items()},
        **{f"cell.{name}": v for name, v in configuration["cell_options"].items()},
        **configuration["settings"],
    }
    return {
        name: value if isinstance(value, bool | int | float) else str(value)
        for name, value in values.items()
        if value is not None and not (isinstance(value, float) and math.isnan(value))
    }


def _as_table(values: dict[str, Any]) -> str:
    """A table of Markdown, which the text dashboard shows."""
    lines = [f"| {name} | `{value}` |" for name, value in values.items()]
    return "\n".join(["| option | value |", "| --- | --- |", *lines])
