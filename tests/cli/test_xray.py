import dataclasses
import json

import pytest
from click.testing import CliRunner
from results_factory import result
from xray_factory import linear, made_up, store_untrained, xray_of

from seqtasks.analysis import xray as engine
from seqtasks.analysis.xray_store import read_xrays, write_xray
from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.training.experiment import Experiment
from seqtasks.training.pipeline import Pipeline


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with runs of two cells, one of two layers."""
    store = Store(tmp_path_factory.mktemp("results"))
    options = {"sequence_length": 6}
    for cell, layers in (("gru", 1), ("elman", 2)):
        settings = {"units": 4, "layers": layers}
        store_untrained(
            store,
            Experiment.resolve("adding", cell, options=options, settings=settings),
        )
    return store


def _xray(store, *arguments):
    command = ["xray", *arguments, "--results", str(store.folder)]
    return CliRunner().invoke(main, command)


def test_one_run_is_explained_stored_and_drawn(trained, tmp_path, monkeypatch):
    asked = []
    for name in ("batch", "evaluation"):
        whole = getattr(Pipeline, name)
        monkeypatch.setattr(
            Pipeline,
            name,
            lambda self, split, *rest, whole=whole: (
                asked.append(split) or whole(self, split, *rest)
            ),
        )
    picture = tmp_path / "memory.SVG"
    done = _xray(trained, "adding-gru", "--examples", "9", "--output", str(picture))
    assert done.exit_code == 0, done.output
    assert "layer 1 of 1 · 9 validation examples of 6 steps" in done.stdout
    assert picture.read_text().startswith("<?xml")
    assert done.stderr.count("written") == 2
    # the training batch by which weights are made aside
    assert set(asked) - {"train"} == {"validation"}
    runs = [one.run for one in trained.read()[0]]
    (stored,), damaged = read_xrays(trained.folder, runs)
    assert (stored.cell, stored.examples, damaged) == ("gru", 9, [])


@pytest.mark.slow
def test_json_has_every_number_and_the_same_seed_gives_the_same(trained):
    first, again, other = (
        json.loads(
            _xray(trained, "adding-gru", "--format", "json", "--seed", seed).stdout
        )
        for seed in ("0", "0", "1")
    )
    assert first == again != other
    assert first[0]["examples"] == 32
    assert first[0]["state_gradient"]["curve"]["at"] == [1, 2, 3, 4, 5]


@pytest.mark.slow
def test_several_runs_stand_side_by_side_by_the_layer_asked_for(trained):
    done = _xray(trained, "adding-gru", "adding-elman", "--layer", "1")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[2].split() == ["gru", "elman"]
    alone = _xray(trained, "adding-elman")
    assert "layer 2 of 2" in alone.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["adding-gru", "--layer", "2"], 2, "--layer must be an integer from 1 to 1"),
        (["both-ways"], 2, "bidirectional, and its output at a step also depends"),
        (["adding-gru", "--output", "a.pdf"], 2, "ends in .png or .svg; received"),
        (["adding-gru", "--examples", "1"], 2, "1 is not in the range"),
        (["adding-gru", "probe-gru"], 2, "Expected runs of one task on the same data"),
        (["probe-gru"], 2, "Expected the weights of the run in"),
        (["nothing"], 2, "There is no run 'nothing'"),
        ([], 2, "Missing argument 'RUN...'"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(trained, arguments, code, sentence):
    known = trained.find("adding-gru")
    fields = {"settings": known.settings, "options": {}}
    trained.write(dataclasses.replace(result(run="probe-gru"), **fields))
    both_ways = {**known.settings, "bidirectional": True}
    trained.write(dataclasses.replace(known, run="both-ways", settings=both_ways))
    done = _xray(trained, *arguments)
    assert done.exit_code == code
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.output


def test_a_cell_from_a_file_is_run_only_if_that_is_allowed(trained, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(CELL)
    settings = {"units": 3}
    options = {"sequence_length": 6}
    store = Store(tmp_path)
    store_untrained(
        store,
        Experiment.resolve("adding", str(path), options=options, settings=settings),
    )
    refused = _xray(store, "adding-")
    assert refused.exit_code == 2
    assert "give --allow-code if you trust it" in " ".join(refused.stderr.split())
    done = _xray(store, "adding-", "--allow-code")
    assert done.exit_code == 0, done.output
    # h_t = h_{t-1} / 2 + …
    assert "Half-life 1.00 steps" in done.stdout


CELL = """
import keras
from seqtasks import Cell

class MineCell(Cell):
    \"\"\"Halves its state.\"\"\"
    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="k")

    def project(self, inputs):
        return keras.ops.matmul(inputs, self.kernel)

    def step(self, projected, states):
        h = projected + states[0] / 2
        return h, [h]
"""


def test_another_backend_is_refused(trained, monkeypatch):
    monkeypatch.setattr(engine.keras.backend, "backend", lambda: "jax")
    # which would import it
    monkeypatch.setattr("seqtasks.training.machine.start", lambda: None)
    done = _xray(trained, "adding-gru")
    assert done.exit_code == 2
    assert "Expected the TensorFlow backend" in done.stderr


def test_a_model_that_diverged_is_refused():
    experiment = linear([[1.0]], length=4)
    experiment.task.head.kernel.assign([[float("nan")]])
    with pytest.raises(UsageError, match="predicts values that are not finite"):
        xray_of(experiment)


def test_the_report_shows_stored_xrays(trained):
    found = trained.find("adding-gru")
    write_xray(trained.folder, made_up(run=found.run))
    done = CliRunner().invoke(main, ["report", "--results", str(trained.folder)])
    assert done.exit_code == 0, done.output
    assert "What the cells remember" in (trained.folder / "report.html").read_text()
