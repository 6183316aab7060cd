"""seqtasks run and show as a person uses them."""

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.cli.main import main
from seqtasks.cli.run import RunOptions, command, whole_words
from seqtasks.store import Store

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
# little to compile, where that is not the subject
SMALL = ("--implementation", "projected")


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run that stops early, and its folder."""
    folder = tmp_path_factory.mktemp("stopped")
    done = seqtasks(
        "run", TINY, "--cell", "elman", *SMALL, "--seed", 2, "--optimizer", "sgd",
        "--learning-rate", 0.3, "--epochs", 20, "--early-stopping", 2,
        "--results", folder,
    )  # fmt: skip
    return done, folder


def test_run_prints_configuration_metrics_baseline_and_the_next_command(stopped):
    done, folder = stopped
    assert done.exit_code == 0, done.output
    assert "task      tiny_task: lengths=fixed, each_step=False, causal=" in done.stderr
    assert "cell      elman: activation=tanh, form=concatenated" in done.stderr
    assert "units=5, layers=1, bidirectional=False, epochs=20" in done.stderr
    assert "seed=2, parameters=52" in done.stderr  # (2 + 5) * 5 + 5, 5 * 2 + 2
    (result,), _ = Store(folder).read()
    assert f"written  {folder}/{result.run}.json" in done.stdout
    assert "next     seqtasks table tiny_task --results" in done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    error = result.standard_errors["accuracy"].value
    score = ["test", "accuracy", "↑", f"{result.score:.4f}", "fraction"]
    (line,) = [line for line in lines if line[:6] == [*score, "±"]]
    assert float(line[6]) == pytest.approx(error, abs=0.005)
    assert line[7:] == ["over", "21", "examples"]
    assert ["baseline", "coin", "0.5000", "fraction", "by", "symmetry"] in lines
    assert "implementation=projected, precision=float32" in done.stderr
    assert "steps/s (projected loop)" in done.stdout


def test_the_summary_has_the_training_score_and_that_it_stopped_early(stopped):
    done, folder = stopped
    (result,), _ = Store(folder).read()
    assert (
        f"Stopped early, after {len(result.history)} epochs: none of the last 2 was "
        f"better than epoch {result.best_epoch}." in done.stdout
    )
    splits = [
        line.split()[0] for line in done.stdout.splitlines() if "accuracy" in line
    ]
    assert splits[:3] == ["test", "validation", "train"]
    assert "of as many examples as validation has" in done.stdout
    assert "loss 0." in done.stderr
    assert " nats  validation accuracy" in done.stderr


def test_earlier_spellings_are_the_same_options_and_not_in_the_help():
    typed = ["adding", "--loop", "keras", "--lr", "0.1", "--recompute-every", "8"]
    options = RunOptions(**command.make_context("run", typed).params)
    assert options.implementation == "keras"
    assert (options.learning_rate, options.gradient_checkpoint_every) == (0.1, 8)
    shown = seqtasks("run", "--help").stdout
    assert "--implementation" in shown
    assert "--loop" not in shown


def test_a_loss_that_is_not_finite_ends_the_run_as_diverged_with_the_code_4(tmp_path):
    done = seqtasks(
        "run", TINY, "--cell", "min_gru", "--optimizer", "sgd", "--clip-norm", 0,
        "--learning-rate", 1e38, *SMALL, "--results", tmp_path,
    )  # fmt: skip
    assert done.exit_code == 4
    assert "diverged" in done.stdout
    kept = ("--cell", "min_gru", "--optimizer", "sgd", "--clip-norm", "0.0", *SMALL)
    again = ("seqtasks", "run", TINY, *kept, "--results", str(tmp_path))
    assert done.stdout.splitlines()[-1] == (
        f"next     {shlex.join(again)} --learning-rate 1e+37"
    )
    (result,), _ = Store(tmp_path).read()
    assert result.status == "diverged"
    assert "at step" in result.reason or "after step" in result.reason
    assert "test" not in result.metrics


def test_the_next_command_of_a_smoke_run_is_the_whole_run_with_all_that_was_typed(
    tmp_path,
):
    own = tmp_path / "my task.py"
    own.write_text(Path(TINY).read_text())
    typed = (
        "run", own, "--cell", "elman", "--set", "lengths=varying", "--set",
        "each-step=true", "--cell-set", "form=two_kernels", "--units", "3", "--epochs",
        "1", *SMALL, "--precision", "mixed_bfloat16", "--seed", "7", "--author",
        "Ada L.", "--results", tmp_path,
    )  # fmt: skip
    done = seqtasks(*typed, "--limit", 1, "--no-resume")
    assert done.exit_code == 0, done.output
    assert "test evaluation" not in done.stdout
    shown = done.stdout.splitlines()[-1].removeprefix("next     ")
    words = ["seqtasks", *map(str, typed)]
    # a different order, and the option of the task by its own name
    assert sorted(shlex.split(shown)) == sorted(
        word.replace("each-step", "each_step") for word in words
    )
    (result,), _ = Store(tmp_path).read()
    assert result.author == "Ada L."
    assert result.implementation == "projected"
    assert result.settings["precision"] == "mixed_bfloat16"


@pytest.fixture(scope="module")
def overfit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overfit")
    typed = ("run", TINY, "--cell", "elman", *SMALL, "--overfit", "--epochs", 1)
    return seqtasks(*typed, "--results", folder), folder


def test_an_overfit_run_is_marked_and_counts_as_no_test_evaluation(overfit):
    done, folder = overfit
    assert done.exit_code == 0, done.output
    assert "(an overfit run)" in done.stderr
    assert (
        "An overfit run: train, validation and test are the same 8 examples; it enters "
        "no table." in done.stdout
    )
    assert "test evaluation" not in done.stdout
    assert "baseline" not in done.stdout
    # the whole run is next, with all else that was typed
    shown = shlex.split(done.stdout.splitlines()[-1].removeprefix("next     "))
    assert "--overfit" not in shown
    assert shown[-2:] == ["--results", str(folder)]
    assert {"--cell", "--epochs", "--implementation"} < {*shown}


def test_an_overfit_run_enters_no_table(overfit):
    shown = seqtasks("table", "--results", overfit[1])
    assert "Left out: 1 of --overfit." in shown.stderr
    assert "There are no results in" in shown.stderr
    assert "elman" not in shown.stdout


def test_defaults_from_a_file_and_the_result_alone_as_json(tmp_path, monkeypatch):
    config = tmp_path / "run.toml"
    config.write_text(
        'cell = "elman"\nepochs = 1\nlearning-rate = 0.5\noptimizer = "sgd"\n'
        'implementation = "projected"\n'
        '[set]\nlengths = "varying"\n[cell-set]\nform = "two_kernels"\n'
    )
    asked, made = {}, result()

    def instead(task, cell, **given):
        asked.update(given, task=task, cell=cell)
        return made

    monkeypatch.setattr("seqtasks.training.run.run", instead)
    typed = ("--epochs", 2, "--limit", 1, "--json", "--results", tmp_path)
    done = seqtasks("run", TINY, "--config", config, *typed)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["run"] == made.run
    assert (asked["task"], asked["cell"]) == (TINY, "elman")
    assert asked["options"] == {"lengths": "varying"}
    assert asked["cell_options"] == {"form": "two_kernels"}
    assert (asked["learning_rate"], asked["optimizer"]) == (0.5, "sgd")
    assert (asked["epochs"], asked["limit"]) == (2, 1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("epoch = 1", "'epoch', which is no option of seqtasks run. Did you mean"),
        ("epochs = [1]", "Expected epochs in"),
        ("epochs =", "to be a TOML file"),
        ("set = 3", "to be a table of options"),
    ],
)
def test_a_file_of_defaults_with_a_mistake(tmp_path, text, sentence):
    config = tmp_path / "run.toml"
    config.write_text(text)
    done = seqtasks("run", TINY, "--config", config)
    assert done.exit_code == 2
    assert sentence in done.stderr


CELL_OF_ANOTHER_WIDTH = """
import keras

class WideCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = self.output_size = units

    def call(self, inputs, states):
        return keras.ops.concatenate([states[0], states[0]], axis=-1), states
"""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["adding_"], "There is no task named 'adding_'. Did you mean adding?"),
        (["adding", "--cell", "lstmm"], "no cell named 'lstmm'. Did you mean"),
        (["char_lm", "--dataset", "python_doc"], "Did you mean python_docs?"),
        (["char_lm", "--dataset", "./no.txt"], "There is no file './no.txt'"),
        (["adding", "--dataset", "x"], "no option 'dataset' in the task adding"),
        (["adding", "--set", "sequence_lenth=3"], "Did you mean sequence_length?"),
        (["adding", "--set", "sequence_length=abc"], "must be an integer; received"),
        (["adding", "--set", "sequence_length=1"], "an integer of at least 2"),
        (["adding", "--set", "sequence_length"], "expected KEY=VALUE"),
        (["adding", "--units", "0"], "units must be an integer of at least 1"),
        (["adding", "--epochs", "-1"], "epochs must be an integer of at least 1"),
        (["adding", "--units", "many"], "'many' is not a valid integer"),
        (["adding", "--bidirectional", "--optimizer", "adm"], "Did you mean adam"),
        (["copy_memory", "--bidirectional"], "A bidirectional recurrence would look"),
        (["adding", "--implementation", "fast"], "implementation must be auto, "),
        (["adding", "--precision", "half"], "must be float32 or mixed_bfloat16"),
        (["adding", "--device", "gpu"], "Expected a GPU, as --device gpu asks for"),
        (["./nothing.py"], "there is no file 'nothing.py'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, arguments, sentence):
    done = seqtasks("run", *arguments, "--results", tmp_path)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "to be a text file or a folder of texts; it is empty."),
        (b"caf\xe9" * 900, "to be UTF-8 text; byte 3, in line 1, is not"),
        (b"too short", "longer than one window of 64 characters"),
    ],
)
def test_a_text_that_cannot_be_used(tmp_path, content, sentence):
    path = tmp_path / "book.txt"
    path.write_bytes(content)
    done = seqtasks("run", "char_lm", "--dataset", path, "--results", tmp_path / "r")
    assert done.exit_code == 2
    assert sentence in done.stderr


# a task of one's own, whose mistake is in one line
MISTAKEN = """
import keras, numpy as np, tensorflow as tf
from seqtasks import Baseline, Source, Task
inputs, targets = np.ones((30, 5, 1), "float32"), np.zeros(30, "int32")
examples = tf.data.Dataset.from_tensor_slices((inputs, targets))
def ends():
    yield inputs[0], 0
    raise ValueError("row 2 is damaged")
def grows():
    yield inputs[0], 0
    yield inputs[0, :, 0], 0
def texts():
    return tf.data.Dataset.from_tensor_slices((np.full((30, 5, 1), "a"), targets))
def generated(function):
    spec = tf.TensorSpec((5, 1)), tf.TensorSpec((), tf.int32)
    return tf.data.Dataset.from_generator(function, output_signature=spec)
def no_steps():
    spec = tf.TensorSpec((None, 1)), tf.TensorSpec((), tf.int32)
    rows = lambda: ((inputs[0, : i % 3], 0) for i in range(9))
    return tf.data.Dataset.from_generator(rows, output_signature=spec)
def wide(split):
    extra = 2 if split == "test" else 1
    return tf.data.Dataset.from_tensor_slices((inputs.repeat(extra, -1), targets))
def fails(*_):
    raise KeyError("label")
def leaves(*_):
    raise SystemExit(0)
def mine():
    {build}
    return Task(
        load=lambda split: {load}, head=keras.layers.Dense(2),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={{"accuracy": "fraction"}}, monitor="accuracy", mode="max",
        source=Source("generated", "ones", "none"), render=str, baselines={baselines},
    )
"""


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        ({"build": "open('no.csv')"}, "The task mine could not be built: FileNotFound"),
        ({"build": "leaves()"}, "it ended the program by sys.exit(0) (line "),
        ({"load": "open(split)"}, "load('train') of the task failed: FileNotFoundErr"),
        ({"load": "(inputs, targets)"}, "a tf.data.Dataset of unbatched examples; rec"),
        ({"load": "[(inputs[0], 0)]"}, "of unbatched examples; received list."),
        ({"load": "examples.batch(4)"}, "has 3 axes, as if they were batched. Leave"),
        ({"load": "examples.repeat()"}, "its examples have no end. Leave out repeat()"),
        ({"load": "examples.map(lambda x, y: x)"}, "Expected examples (inputs, target"),
        ({"load": "generated(ends)"}, "ValueError: row 2 is damaged (line "),
        ({"load": "generated(grows)"}, "The examples of train could not be read: "),
        ({"load": "texts()"}, "Expected examples of numbers"),
        ({"load": "no_steps()"}, "Expected at least one time step in each example; "),
        ({"load": "wide(split)"}, "of train are (5, 1), those of test (5, 2)."),
        ({"baselines": "fails"}, "The baselines of mine could not be computed: KeyErr"),
        ({"baselines": "leaves"}, "it ended the program by sys.exit(0) (line "),
    ],
)
def test_a_mistaken_task_is_one_sentence(tmp_path, mistake, sentence):
    parts = {"build": "pass", "load": "examples", "baselines": "tuple", **mistake}
    (tmp_path / "mine.py").write_text(MISTAKEN.format(**parts))
    done = seqtasks(
        *("run", tmp_path / "mine.py", "--results", tmp_path / "r"),
        *("--units", 2, "--limit", 1, "--implementation", "projected"),
    )
    assert done.exit_code == 2, done.output
    assert sentence in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.output
    assert not list((tmp_path / "r").glob("*.json"))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("units = 8.5", "has units = 8.5, which is refused as on the command line: "),
        ("epochs = true", "has epochs = true, which is refused"),
        ("learning-rate = 2020-01-01", "has learning-rate = datetime.date(2020, 1, 1)"),
        ("bidirectional = 'yes'", "has bidirectional = 'yes', which is refused as on "),
        (f"units = {'9' * 5000}", "to be a TOML file: Exceeds the limit"),
        (f"units = {'[' * 5000}", "to be a TOML file: maximum recursion depth"),
        ("x = 1\n" * 20_000, "a TOML file of options has at most 65,536"),
    ],
    ids=lambda value: value[:20],
)
def test_a_value_of_a_configuration_is_checked_as_if_typed(tmp_path, line, sentence):
    (tmp_path / "c.toml").write_text(line)
    done = seqtasks("run", TINY, "--config", tmp_path / "c.toml")
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.output


def test_a_file_of_defaults_is_written_out_in_the_next_command(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text(
        'cell = "gru"\nlimit = 3\n[set]\nsequence_length = 9\ndata_seed = 4\n'
    )
    typed = ["adding", "--config", str(config), "--units", "3", "--set", "data-seed=5"]
    context = command.make_context("run", typed)
    words = whole_words(context, RunOptions(**context.params))
    written_out = (
        "seqtasks run adding --units 3 --set data_seed=5 --cell gru --limit 3 "
        "--set sequence_length=9"
    )
    assert sorted(words) == sorted(written_out.split())


def test_a_configuration_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "c.toml").write_text("\ufeffunits = -1", encoding="utf-8")
    done = seqtasks("run", TINY, "--config", tmp_path / "c.toml", "--results", tmp_path)
    assert "units must be an integer of at least 1; received -1." in done.stderr


def test_a_cell_file_with_an_output_of_the_wrong_shape(tmp_path):
    path = tmp_path / "wide.py"
    path.write_text(CELL_OF_ANOTHER_WIDTH)
    done = seqtasks("run", TINY, "--cell", path, "--results", tmp_path / "r")
    assert done.exit_code == 2
    assert "Expected WideCell to return output of the shape (2, 5)" in done.stderr


def test_a_results_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    done = seqtasks("run", TINY, "--results", tmp_path / "file" / "results")
    assert done.exit_code == 2
    assert "Expected a results folder that can be written to" in done.stderr


def test_show_prints_the_task():
    shown = seqtasks("show", "copy_memory", "--set", "delay=5", "--examples", 1)
    assert shown.exit_code == 0, shown.output
    assert "Repeat ten symbols after a long blank." in shown.stdout
    assert "train       10,000 examples of 25 steps" in shown.stdout
    assert "metric      negative_log_likelihood in nats/step" in shown.stdout
    assert "lower is better" in shown.stdout
    assert "baseline    no memory: 0.8318" in shown.stdout  # 10 ln 8 / 25
    *_, inputs, targets = shown.stdout.splitlines()
    assert inputs[:10] == targets[-10:]
    assert inputs[10:] == "....!.........."


@pytest.mark.slow
def test_ctrl_c_ends_cleanly_with_a_row_and_the_exit_code_130(tmp_path):
    # a shell's background jobs, and what they start, are born ignoring Ctrl-C
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from seqtasks.cli.main import main; main()"
    )
    command = ["run", TINY, "--cell", "elman", "--epochs", "100000", *SMALL]
    process = subprocess.Popen(
        [sys.executable, "-c", program, *command, "--results", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("run "):  # the configuration is out, training starts
            break
    process.send_signal(signal.SIGINT)
    try:
        stdout, stderr = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert "interrupted after" in stdout
    shown = " ".join(["seqtasks", *command, "--results", str(tmp_path), "--resume"])
    assert f"next     {shown}" in stdout
    (result,), _ = Store(tmp_path).read()
    assert result.status == "interrupted"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a." * 8 + "b = 1", "has 'a', which is no option of seqtasks run."),
        ("units." + "a." * 8 + "b = 1", "Expected units in {} to be one value;"),
        ("[set]\nlength." + "a." * 8 + "b = 1", "to be one value; received a"),
        ("[set]\n" + "a." * 4_000 + "b = 1", "line 2 has a name of 4,001 parts, 'a."),
        ("[" + "a." * 4_000 + "b]", "Expected names of options in {}, as in units or"),
        ("set.length = " + "{a = " * 90 + "1" + "}" * 90, "to be one value; received"),
        ("set.length = 0x" + "f" * 50_000, "below 2^64; received a number of too"),
        ("units = 0x" + "f" * 50_000, "below 2^64; received a number of too many"),
        ("units = " + "9" * 50_000, "to be a TOML file: Exceeds the limit"),
        ("units = " + "[" * 50_000, "Expected {} to be a TOML file: "),
        ("units = 2026-11-29", "is refused as on the command line"),
        ("epochs = true", "has epochs = true, which is refused"),
        ("\n".join(f"a.b{i} = 1" for i in range(5_000)), "which is no option of"),
        ("x" * 60_000 + " = 1", "xxx…, which is no option of seqtasks run."),
    ],
)
def test_a_hostile_configuration_is_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "c.toml"
    path.write_text(text)
    done = CliRunner().invoke(main, ["run", "adding", "--config", str(path)])
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 2
    assert sentence.format(path) in done.stderr
    assert len(done.stderr) < 1000


def test_a_signal_after_the_end_ends_nothing(tmp_path, monkeypatch):
    from seqtasks.training import run as of_run

    def late(*arguments, **options):
        units = {"accuracy": "fraction", "loss": "nats"}
        ended = result(metric_units=units)
        Store(tmp_path).write(ended)
        raise of_run.Terminated(ended)

    monkeypatch.setattr(of_run, "run", late)
    done = CliRunner().invoke(main, ["run", "adding", "--results", str(tmp_path)])
    assert done.exit_code == 0, done.output
