"""What training and, on JAX, the loops give on the Keras backend, as JSON.

It is a program of its own because a process has one backend; its arguments are a folder
to work in and the names of the optimizers.
"""

import json
import sys
from pathlib import Path

import keras
import kills
import numpy as np

from seqtasks.training.experiment import Experiment
from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.run import evaluate
from seqtasks.training.settings import Settings
from seqtasks.training.state import get_weights, set_weights


def losses_and_carried_state(book: Path) -> dict:
    """Two epochs over streams, all weights set by hand: initializers differ."""
    options = {"dataset": str(book), "sequence_length": 5, "embedding": 3}
    experiment = Experiment.resolve(
        "char_lm",
        "gru",
        options=options | {"dropout": 0.0},
        settings={"units": 4, "batch_size": 3, "epochs": 2},
    )
    pipeline, model = experiment.pipeline, experiment.model
    set_weights(
        model,
        [
            np.cos(np.arange(value.size)).reshape(value.shape)
            for value in get_weights(model)
        ],
    )
    losses = []
    for epoch in range(2):
        model.reset_carried_state()
        history = model.fit(pipeline.train(epoch), shuffle=False, verbose=0)
        losses.append(history.history["loss"][0])
        losses.append(evaluate(experiment, "test")["bits_per_character"])
    carried = [float(np.sum(np.abs(state.numpy()))) for state in model.carried_state]
    return {"losses": losses, "carried": carried}


def updates(optimizers: list[str]) -> dict:
    """Three steps of an embedding whose rows are looked up several times in a batch."""
    found = {}
    x = np.array([[0, 0, 1], [2, 0, 0]])
    y = np.arange(6, dtype="float32").reshape(2, 3, 1)
    for name in optimizers:
        settings = Settings(
            units=1, layers=1, bidirectional=False, epochs=1, batch_size=4,
            optimizer=name, learning_rate=0.1, schedule="cosine", clip_norm=0.5,
        )  # fmt: skip
        model = keras.Sequential([keras.layers.Embedding(3, 2), keras.layers.Dense(1)])
        model.build(x.shape)
        model.set_weights(
            [
                np.linspace(-1, 1, int(np.prod(v.shape))).reshape(v.shape)
                for v in model.weights
            ]
        )
        model.compile(make_optimizer(settings, steps=10), "mse")
        for _ in range(3):
            model.train_on_batch(x, y)
        found[name] = [np.asarray(v).ravel().tolist() for v in model.get_weights()]
    return found


def resumed(folder: Path) -> list[int]:
    """Of a run killed often: how many kills, and how many trials were bit-equal."""
    return list(kills.compared(next(iter(kills.CASES)), folder, seed=3, trials=1))


if __name__ == "__main__":
    import loop_on_jax

    work = Path(sys.argv[1])
    found = {
        "backend": keras.backend.backend(),
        "training": losses_and_carried_state(kills.text_of(work / "text.txt")),
        "updates": updates(sys.argv[2:]),
        "resumed": resumed(work),
        "loops": loop_on_jax.found(),
    }
    print(json.dumps(found))
