"""seqtasks bench as a person uses it."""

import io
import json
from pathlib import Path

import pytest
from bench_reports import report, row
from click.testing import CliRunner

from seqtasks.bench import measure, rounds, worker
from seqtasks.bench.report import read_folder
from seqtasks.bench.tables import table
from seqtasks.cli.main import main

TINY = str(Path(__file__).parents[1] / "tiny_task.py")


def bench(*arguments):
    return CliRunner().invoke(main, ["bench", *map(str, arguments)])


@pytest.fixture
def asked_here(monkeypatch):
    """Workers of this process: another's import of TensorFlow is most of its time."""

    class Here:
        end = staticmethod(lambda: None)
        answers = None

        def ask(self, request, seconds=None):
            if self.answers is None:
                requests, answers = json.dumps(request) + "\n{}\n{}\n", io.StringIO()
                worker.serve(io.StringIO(requests), answers)
                self.answers = iter(answers.getvalue().splitlines())
            return json.loads(next(self.answers))

    monkeypatch.setattr(
        measure, "measure", lambda *given: rounds.measure(*given[:3], Here)
    )


@pytest.mark.slow
def test_cells_are_measured_shown_and_saved(tmp_path, asked_here):
    done = bench(
        *("elman", "--units", 4, "--batch-size", 2, "--sequence-length", 5),
        *("--repetitions", 2, "--steps", 1, "--save", "--results", tmp_path),
    )
    assert done.exit_code == 0, done.output
    (saved,) = read_folder(tmp_path / "bench")
    assert done.stdout == table([saved])
    assert f"Wrote {tmp_path}/bench/{saved.name}.json." in done.stderr
    assert "round 2 of 2" in done.stderr
    product, ours, keras = saved.rows
    assert product.model == "matmul"
    assert (ours.model, ours.implementation) == ("seqtasks", "compiled")
    assert (keras.model, keras.implementation) == ("keras", "keras.layers.SimpleRNN")
    for one in saved.rows:
        assert one.reason == ""
        assert {len(seconds) for seconds in one.seconds_per_step.values()} == {2}
    assert ours.tokens_per_step == {"train": 10.0, "forward": 10.0}
    assert saved.environment.versions["keras"]


@pytest.mark.slow
def test_an_epoch_of_a_task_is_measured(asked_here):
    done = bench("--task", TINY, "--repetitions", 1, "--json")
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert printed["kind"] == "task"
    assert printed["settings"]["cell"] == "gru"
    runner, bare = printed["rows"]
    assert runner["steps"] == {"epoch": 7}  # 50 examples in batches of 8
    assert bare["steps"] == {"epoch": 7, "waiting": 6}
    assert set(bare["waited_seconds_per_step"]) == {"waiting"}


@pytest.mark.slow
def test_the_way_to_the_first_step_is_measured():
    done = bench("--start-up", "--task", TINY, "--repetitions", 1, "--json")
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert [one["model"] for one in printed["rows"]] == ["first run", "later run"]
    for one in printed["rows"]:
        *parts, whole = (seconds for (seconds,) in one["seconds_per_step"].values())
        assert min(parts) > 0
        assert sum(parts) == pytest.approx(whole)
        assert one["processor_seconds"]["all"][0] > 0
    assert printed["environment"]["versions"]["keras"]


@pytest.fixture
def saved(tmp_path):
    reports = [report(row(), row("keras", 2.0), name=name) for name in "ab"]
    for one in reports:
        one.save(tmp_path / "bench")
    return reports


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_saved_reports_are_shown(tmp_path, saved, form):
    done = bench("--saved", "--format", form, "--results", tmp_path)
    assert done.exit_code == 0, done.output
    assert done.stdout == table(saved, form)


def test_saved_reports_are_written_into_a_readme(tmp_path, saved):
    done = bench("--saved", "--write", "--results", tmp_path)
    assert (done.exit_code, done.stdout) == (0, "")
    path = tmp_path / "bench" / "README.md"
    assert done.stderr == f"Wrote {path}.\n"
    assert table(saved, "markdown") in path.read_text()


def test_nothing_saved(tmp_path):
    done = bench("--saved", "--results", tmp_path)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"There are no reports in {tmp_path}/bench yet.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lstmm"], "There is no cell named 'lstmm'. Did you mean"),
        (
            ["--against", "karas"],
            "no model 'karas' to measure beside. Did you mean",
        ),
        (["--units", "0"], "--units must be an integer of at least 1"),
        (["--lengths", "500"], "an integer from 1 to the sequence length, 128"),
        (["--task", "addin"], "There is no task named 'addin'. Did you mean adding?"),
        (["--task", "adding", "--cell", "gruu"], "There is no cell named 'gruu'."),
        (["gru", "--task", "adding"], "Write --cell gru."),
        (
            ["--task", "adding", "--implementation", "keras"],
            "--implementation is for cells without a task",
        ),
        (["--cell", "gru"], "--cell is for --task. Name a task, or leave it out."),
        (["--set", "a=1"], "--set is for --task."),
        (["--start-up", "gru"], "as --start-up is given; received gru. Write --cell"),
        (["--start-up", "--steps", "3"], "--steps is not for --start-up"),
        (["--start-up", "--against", "torch"], "--against is for cells without"),
        (["--preset", "gpu", "--start-up"], "--start-up is not for --preset, which"),
        (["--preset", "gpu", "--against", "torch"], "--against is not for --preset"),
        (["--preset", "gpu", "lstmm"], "There is no cell named 'lstmm'."),
        (["--write"], "--write is of saved reports."),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, sentence):
    done = bench(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.output
