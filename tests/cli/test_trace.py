"""seqtasks trace as its readers use it: a word, a run, one cell against another."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner
from xray_factory import store_untrained

from seqtasks.cli.main import main
from seqtasks.store import Store
from seqtasks.training.experiment import Experiment
from seqtasks.training.predict import ModelPredictor, load_run

STUDENT = '''
import keras
from keras import ops

class StudentCell(keras.layers.Layer):
    """A student's recurrent network, in two kernels."""
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units
    def build(self, shape):
        self.W_x = self.add_weight(shape=(shape[-1], self.units), name="W_x")
        self.W_h = self.add_weight(shape=(self.units, self.units), name="W_h")
        self.b = self.add_weight(shape=(self.units,), name="b")
    def call(self, inputs, states):
        (h,) = states
        h = ops.tanh(inputs @ self.W_x + h @ RECURRENT + self.b)
        return h, [h]
'''


def seqtasks(*arguments):
    return CliRunner().invoke(main, ["trace", *map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two students' cells, one of them wrong, and two runs of two layers."""
    folder = tmp_path_factory.mktemp("trace")
    for name, recurrent in (
        ("right", "self.W_h"),
        ("wrong", "ops.transpose(self.W_h)"),
    ):
        text = STUDENT.replace("RECURRENT", recurrent)
        (folder / f"{name}.py").write_text(text)
    book = folder / "book.txt"
    book.write_text("all work and no play makes jack a dull boy\n" * 8)
    settings = {"units": 3, "layers": 2}
    options = {"dataset": str(book), "sequence_length": 8}
    for seed in (0, 1):
        run = Experiment.resolve(
            "char_lm", "gru", options=options, settings=settings, seed=seed
        )
        store_untrained(Store(folder / "results"), run)
    return folder


@pytest.fixture
def of_run(folder):
    return ("char_lm-gru-s0", "--results", folder / "results")


def test_the_lecture_s_word_shows_each_formula_of_the_lecture():
    done = seqtasks("machine")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "elman, 4 units, untrained (seed 0), on the text 'machine'"
    assert "h_t = f(x_t, h_{t-1})" in done.stdout
    fourth = done.stdout.partition("step 2   input 'c' (number 1)")[2]
    places = [
        fourth.index(formula)
        for formula in (
            "target 'h' (number 3)",
            "x_t",
            "h_{t-1}",
            "concatenation [x_t; h_{t-1}]",
            "fully connected layer: product",
            "fully connected layer: + b",
            "activation φ",
            "h_t ",
            "output layer",
            "softmax",
            "loss = -ln p('h')",
            "running perplexity",
        )
    ]
    assert places == sorted(places)
    assert done.stdout.count("  Jacobian\n") == 6


def test_numbers_of_the_text_are_those_of_the_json():
    data = json.loads(seqtasks("abca", "--units", 2, "--format", "json").stdout)
    text = seqtasks("--text", "abca", "--units", 2, "--step", 1).stdout
    step = data["steps"][1]
    logits, chances = step["logits"], step["distribution"]
    assert sum(chances) == pytest.approx(1, abs=1e-6)
    for values in (step["output"], logits, chances):
        assert all(f"{value:.4f}" in text for value in values)
    chance = np.exp(logits)[2] / np.exp(logits).sum()
    assert step["target"] == "c"
    assert step["loss"] == pytest.approx(-np.log(chance), rel=1e-5)
    assert f"-ln {chance:.4f} = {step['loss']:.4f} nats" in text
    assert data["run"] is None
    assert data["classes"] == ["a", "b", "c"]


@pytest.mark.slow
def test_a_run_on_a_text_gives_what_it_predicts(folder, of_run):
    done = seqtasks(*of_run, "--text", "play", "--format", "json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert [step["label"] for step in data["steps"]] == ["p", "l", "a"]
    assert [step["target"] for step in data["steps"]] == ["l", "a", "y"]
    store = Store(folder / "results")
    found = load_run(store.find("char_lm-gru-s0"), store)
    parts = (found.task, found.pipeline, found.make_cell, found.settings)
    step = ModelPredictor(found.model, *parts).stepper()
    for one in data["steps"]:
        expected = step(np.array([[one["number"]]], np.int32))[0, 0]
        np.testing.assert_allclose(one["logits"], expected, rtol=1e-4, atol=1e-5)
    assert data["run"] in done.stdout
    assert "recurrent layer 1 of 0 to 1" in data["title"]


@pytest.mark.slow
def test_an_example_of_a_run_and_its_lower_layer(of_run):
    done = seqtasks(*of_run, "--example", 1, "--layer", 0)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80
    head = " ".join(done.stdout[:300].split())  # which is wrapped
    assert "recurrent layer 0 of 0 to 1, on validation example 1" in head


@pytest.mark.slow
def test_the_same_cell_by_other_hands_does_not_differ(folder):
    done = seqtasks("machine", "--cell", folder / "right.py", "--against", "elman")
    assert done.exit_code == 0, done.output
    assert "kernel of 2 = W_x above W_h of 1" in done.stdout
    assert "bias of 2 = b of 1" in done.stdout
    assert "No difference: outputs, states and predictions are equal" in done.stdout
    done = seqtasks("machine", "--against", folder / "right.py")
    assert "W_h of 2 = kernel, rows 7 to 10 of 1" in done.stdout
    assert "No difference" in done.stdout


def test_a_planted_error_is_found_where_it_first_acts(folder):
    asked = ("machine", "--cell", folder / "wrong.py", "--against", "elman")
    done = seqtasks(*asked)
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80
    # the state is zero before the first step: a wrong product with it does nothing
    assert "First difference: h of step 1" in done.stdout
    assert re.search(r"^→ +1  'a'", done.stdout, re.M)
    assert "only 2 names: both" in done.stdout
    data = json.loads(seqtasks(*asked, "--format", "json").stdout)
    found = data["first_difference"]
    assert (found["step"], found["quantity"]) == (1, "h")
    assert found["values"][0] == data["first"]["steps"][1]["output"]
    assert data["shared_weights"]["own"] == []


@pytest.mark.slow
def test_two_runs_have_their_own_weights(of_run):
    done = seqtasks(*of_run, "--text", "play", "--against", "char_lm-gru-s1")
    assert done.exit_code == 0, done.output
    assert "Each run has its own weights." in done.stdout
    assert "First difference: " in done.stdout
    done = seqtasks(*of_run, "--text", "play", "--against", "min_gru")
    assert "recurrent_kernel" not in done.stdout.partition("step")[0]
    assert "drawn by the seed" in done.stdout


def test_a_large_trace_is_json_a_step_at_a_time(monkeypatch):
    from seqtasks.analysis import trace_output

    monkeypatch.setattr(trace_output, "_MOST_NUMBERS", 100)
    done = seqtasks("aba", "--format", "json")
    assert done.exit_code == 2
    assert "this one has 108, most of them gradients" in done.stderr
    done = seqtasks("aba", "--format", "json", "--step", 1)
    assert [step["index"] for step in json.loads(done.stdout)["steps"]] == [1]


def test_the_name_of_a_cell_is_a_word_with_a_note():
    done = seqtasks("gru", "--step", 0)
    assert "elman, 4 units, untrained (seed 0), on the text 'gru'" in done.stdout
    assert done.stderr.startswith("gru is read as a word; the cell is `seqtasks trace")


def test_a_file_is_written_once(tmp_path):
    path = tmp_path / "word.json"
    done = seqtasks("aba", "--output", path)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"Wrote {path}.\n"
    assert json.loads(path.read_text())["title"].endswith("on the text 'aba'")
    path.write_text("mine")
    done = seqtasks("aba", "--output", path)
    assert done.exit_code == 2
    assert f"There is already a file {path}." in done.stderr
    assert path.read_text() == "mine"
    done = seqtasks("aba", "--output", path, "--overwrite")
    assert done.exit_code == 0
    assert path.read_text() != "mine"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Expected a word or a run to trace"),
        (("./my_cell.py",), "A cell's file is given as in `seqtasks trace machine"),
        (("a",), "Expected a text of at least 2 characters"),
        (("aba", "--step", 2), "a number from 0 to 1, which are the steps"),
        (("aba", "--step", 7, "--format", "json"), "a number from 0 to 1"),
        (("aba", "--cell", "elmann"), "Did you mean elman?"),
        (("aba", "--cell-set", "form=3"), "form must be one of concatenated"),
        (("aba", "--format", "svg", "--against", "gru"), "A picture is of one trace"),
        (("aba", "--format", "svg", "--output", "a.png"), "Leave --format out"),
        (("aba", "--step", 9, "--format", "svg"), "a number from 0 to 1"),
        (("aba", "--example", 1), "There is no run 'aba'"),
        (("char_lm-gur",), "There is no run 'char_lm-gur'"),
        (("aba", "--against", "char_lm-gru-s0"), "is of another task"),
        (("char_lm-gru-s0", "--cell", "gru"), "--cell is for a word"),
        (("char_lm-gru-s0", "--units", 3), "--units is for a word"),
        (("char_lm-gru-s0", "--text", "a", "--example", 1), "not both"),
        (("char_lm-gru-s0", "--text", "zq!"), "it has no '!', 'q', 'z'"),
        (("char_lm-gru-s0", "--text", "a"), "Expected a text of at least one"),
        (("char_lm-gru-s0", "--example", 99), "Expected --example to be a number"),
        (("char_lm-gru-s0", "--layer", 2), "a number from 0 to 1, which are the rec"),
    ],
)
def test_mistakes(folder, arguments, sentence):
    done = seqtasks(*arguments, "--results", folder / "results")
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert done.stdout == ""
