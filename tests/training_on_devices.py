"""Runs on one device and on two of this process, on its Keras backend, as JSON.

It is a program of its own: how many devices there are is decided before the first use.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # read when the libraries start
    flag = "--xla_force_host_platform_device_count=2"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flag}".strip()

import keras
import kills
import numpy as np
import tensorflow as tf
import tiny_task

from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.task import Task
from seqtasks.training.devices import Devices
from seqtasks.training.experiment import Experiment
from seqtasks.training.model_file import read_weights
from seqtasks.training.run import run


def dropping(each_step: bool = False) -> Task:
    """The tiny task of lengths that vary, with dropout in its head."""
    head = keras.Sequential([keras.layers.Dropout(0.5), keras.layers.Dense(2)])
    tiny = tiny_task.tiny_task(lengths="varying", each_step=each_step)
    return dataclasses.replace(tiny, head=head)


HERE = f"{__file__}:dropping"
SETTINGS = {
    "options": {"each_step": True},
    "epochs": 1,
    # clips at every step
    "clip_norm": 0.01,
    "implementation": "compiled",
}


def numbers(result, store) -> dict:
    """All of a run that does not hang on the clock."""
    history = [
        {name: value for name, value in entry.items() if name != "seconds"}
        for entry in result.history
    ]
    weights = read_weights(store.model_path(result.run))
    return {
        "history": history,
        "metrics": result.metrics,
        "errors": [error.value for error in result.standard_errors.values()],
        "weights": [np.asarray(one).ravel().tolist() for one in weights],
    }


def trained(folder: Path, devices: str, kill: bool = False) -> dict:
    store = Store(folder / f"{devices}{kill}")
    given = {**SETTINGS, "devices": devices, "store": store}
    killed = 0
    if kill:
        try:
            run(HERE, display=kills.Killing(4), checkpoint_every="1 step", **given)
        except kills.Killed:
            killed = 1
    result = run(HERE, **given)
    return {
        "killed": killed,
        "resumed": result.resumed,
        "device": result.device,
        "implementation": result.implementation,
        **numbers(result, store),
    }


def refused(task: str, **given) -> str:
    try:
        Experiment.resolve(task, devices=Devices.of("all"), **given)
    except UsageError as error:
        return str(error)
    return ""


def carrying(folder: Path) -> list:
    """Scores of runs with a carried state, on one device and on two."""
    text = str(kills.text_of(folder / "text.txt"))
    options = {"dataset": text, "sequence_length": 5, "embedding": 3}
    settings = {"units": 4, "batch_size": 4, "epochs": 1}
    if keras.backend.backend() == "tensorflow":
        return [refused("char_lm", options=options, settings=settings)]
    runs = [
        run("char_lm", "gru", options=options, devices=devices, **settings)
        for devices in ("one", "all")
    ]
    return [[one.history[0]["loss"], *one.metrics["test"].values()] for one in runs]


if __name__ == "__main__":
    work = Path(sys.argv[1])
    if keras.backend.backend() == "tensorflow":
        (processor,) = tf.config.list_physical_devices("CPU")
        two = [tf.config.LogicalDeviceConfiguration()] * 2
        tf.config.set_logical_device_configuration(processor, two)
    found = {
        "one": trained(work, "one"),
        "all": trained(work, "all"),
        "killed": trained(work, "all", kill=True),
        "carrying": carrying(work),
        "odd batch": refused(HERE, settings={"batch_size": 7}),
    }
    print(json.dumps(found))
