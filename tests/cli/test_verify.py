"""seqtasks verify as a person uses it."""

import dataclasses
import functools
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.cli.summary import summary_lines
from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.training.run import run

TASK = str(Path(__file__).parents[1] / "claimed_task.py")


def verify(*arguments):
    return CliRunner().invoke(main, ["verify", *map(str, arguments)])


@pytest.fixture(scope="module")
def verified(tmp_path_factory):
    """A folder in which ``verify`` has run what was missing, and what it printed."""
    folder = tmp_path_factory.mktemp("verified")
    # nothing is compiled for one run of seven steps
    quick = functools.partial(run, implementation="projected")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqtasks.training.run.run", quick)
        return folder, verify(TASK, "--dataset", "here", "--results", folder)


@pytest.fixture
def folder(verified, tmp_path):
    return Path(shutil.copytree(verified[0], tmp_path / "results"))


def test_it_runs_what_is_missing_and_gives_the_verdict(verified):
    folder, done = verified
    assert done.exit_code == 0, done.output
    (run,), _ = Store(folder).read()
    assert (run.cell, run.num_params, run.options["length"]) == ("elman", 52, 9)
    assert "RNN  accuracy 0.5 fraction ↑, band 0 to 1" in done.stdout
    assert "needs cell=elman, parameters=52, length=9" in done.stdout
    assert (
        f"$ seqtasks run {TASK}:claimed_task --cell elman --set dataset=here "
        f"--set length=9 --units 5 --seed 0 --results {folder}"
    ) in done.stdout
    # 50 examples of 8 steps, 8 a batch
    assert "7 training steps, 400 time steps; no stored run shows" in done.stdout
    assert "  ✓  inside the published band: " in done.stdout
    assert "also holds the baseline coin" in done.stdout
    assert f"over 1 seed(s): {run.run}" in done.stdout
    assert "–  no verdict: it has no band" in done.stdout
    assert "elsewhere  0.5: needs other options, length=9, dataset=absent." in (
        done.stdout
    )
    assert done.stdout.endswith(
        "1 inside, 0 better, 0 worse, 0 not verified, 1 without a verdict.\n"
    )


def test_show_names_what_a_run_must_be(tmp_path):
    shown = CliRunner().invoke(main, ["show", TASK, "--examples", "0"]).stdout
    assert "optimum     1 (by construction)\n" in shown
    assert (
        "published   RNN: 0.5, band 0 to 1 (Doe 2001; by hand; to repeat it: elman, "
        "52 parameters, length=9)\n"
    ) in shown
    assert "published   unbounded: 0.5 (Doe 2001; by hand; no band, so no " in shown
    assert "unit        accuracy also in %: × 100 (a hundredth)\n" in shown


def test_the_end_of_a_run_shows_skill_and_verdict(folder):
    (run,), _ = Store(folder).read()
    lines = list(summary_lines(run, Store(folder), []))
    skill = 100 * (run.score - 0.5) / (1 - 0.5)
    assert (
        f"skill score {skill:.1f} %; 0 % is the best baseline, coin (0.5000), 100 % "
        f"the Bayes-optimal value (1): by construction."
    ) in lines
    (verdict,) = [line for line in lines if line.startswith("verdict ")]
    assert verdict.startswith("verdict     inside the published band: ")
    assert any(line.split()[:2] == ["optimum", "accuracy"] for line in lines)
    # one that needs other options is not shown beside it
    assert not any("elsewhere" in line for line in lines)


def test_what_is_stored_is_not_run_again(folder):
    done = verify(TASK, "--dataset", "here", "--results", folder)
    assert done.exit_code == 0, done.output
    assert "$ seqtasks run" not in done.stdout
    assert len(Store(folder).read()[0]) == 1


def test_only_runs_of_about_the_published_size_repeat_it(folder):
    (run,), _ = Store(folder).read()
    Store(folder).write(dataclasses.replace(run, num_params=80))
    done = verify(TASK, "--dataset", "here", "--dry-run", "--results", folder)
    assert (
        "1 run of elman left out: its 80 parameters are not within a tenth of 52."
    ) in done.stdout
    assert "about 1 min at the speed of" in done.stdout
    assert done.stdout.count("$ seqtasks run") == 1
    assert "1 not verified" in done.stdout


@pytest.mark.parametrize(
    ("claim", "exit_code", "line"),
    [
        ("better", 0, "✓  better than published: "),
        ("worse", 1, "✗  worse than published: "),
    ],
)
def test_the_verdict_decides_the_exit_code(folder, claim, exit_code, line):
    (run,), _ = Store(folder).read()
    Store(folder).write(
        dataclasses.replace(run, options=run.options | {"claim": claim})
    )
    done = verify(
        *(TASK, "--dataset", "here", "--set", f"claim={claim}", "--results", folder)
    )
    assert done.exit_code == exit_code, done.output
    assert line in done.stdout
    # a run of another value of an option that was chosen is no repetition
    done = verify(TASK, "--dataset", "here", "--dry-run", "--set", "claim=inside",
                  "--results", folder)  # fmt: skip
    assert f"left out: its option claim is {claim}." in done.stdout


def test_more_seeds_are_those_that_are_missing(folder):
    done = verify(
        *(TASK, "--dataset", "here", "--dry-run", "--seeds", 3, "--results", folder)
    )
    assert done.exit_code == 0
    commands = [line for line in done.stdout.splitlines() if "$ seqtasks" in line]
    assert [line.split("--seed ")[1][0] for line in commands] == ["1", "2"]
    assert len(Store(folder).read()[0]) == 1


def test_data_that_is_not_available_is_asked_for_once(tmp_path):
    done = verify(TASK, "--dataset", "absent", "--results", tmp_path)
    assert done.exit_code == 3, done.output
    assert done.stdout.count("absent is not on this machine.") == 1
    assert "as above" in done.stdout
    assert done.stdout.endswith(
        "0 inside, 0 better, 0 worse, 2 not verified, 1 without a verdict.\n"
    )


def test_a_dry_run_asks_for_no_data_that_was_not_named(tmp_path):
    done = verify(TASK, "--dry-run", "--results", tmp_path)
    assert done.exit_code == 0
    assert "the data set absent is read, or fetched, only if you add" in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_task_without_published_values_has_nothing_to_verify(tmp_path):
    tiny = str(Path(TASK).with_name("tiny_task.py"))
    done = verify(tiny, "--results", tmp_path)
    assert done.exit_code == 0
    assert f"No published value of {tiny} goes with these options." in done.stdout


def test_baselines_of_the_folder(folder):
    (run,), _ = Store(folder).read()
    done = verify("--baselines", TASK, "--results", folder)
    assert done.exit_code == 0, done.output
    assert "✓ baseline coin  table 0.5  computed 0.5" in done.stdout
    assert done.stdout.endswith("3 equal (to 1e-05 of the value), 0 different.\n")

    baseline = dataclasses.replace(run.baselines[0], value=0.4)
    Store(folder).write(dataclasses.replace(run, baselines=(baseline,)))
    done = verify("--floors", TASK, "--results", folder)  # its earlier name
    assert done.exit_code == 1
    assert "✗ baseline coin  table 0.4  computed 0.5" in done.stdout
    assert "2 equal (to 1e-05 of the value), 1 different." in done.stdout


def test_baselines_whose_code_may_not_run_are_counted_apart(folder):
    done = verify("--baselines", "--results", folder)
    assert done.exit_code == 3
    assert "– not computed again: The task is in the file " in done.stdout
    assert done.stdout.endswith("0 different, 1 tables not computed again.\n")


def test_an_empty_folder_has_no_baselines(tmp_path):
    done = verify("--baselines", "--results", tmp_path)
    assert done.exit_code == 0
    assert done.stderr.startswith("There are no results in ")
    assert not list(tmp_path.iterdir())


OPTIONS_FROM_RESULTS = (
    "Error: --baselines takes the options from the results: leave --dataset, --set, "
    "--seeds, --dry-run and --published out."
)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Error: Expected one task whose published values are to be verified"),
        (["--published", "adding", "char_lm"], "Error: Expected one task"),
        (["--baselines", "--published"], OPTIONS_FROM_RESULTS),
        (["--baselines", "--dry-run"], OPTIONS_FROM_RESULTS),
        (["--baselines", "--seeds", "2"], OPTIONS_FROM_RESULTS),
        (["--baselines", "--set", "a=1"], OPTIONS_FROM_RESULTS),
        (["nothing"], "Error: There is no task named 'nothing'"),
        (["adding", "--set", "a=1"], "Error: There is no option 'a' in the task"),
    ],
)
def test_wrong_usage(tmp_path, arguments, sentence):
    done = verify(*arguments, "--results", tmp_path)
    assert done.exit_code == UsageError.exit_code
    assert done.stderr.startswith(sentence)


def test_a_task_without_results_has_no_baselines_to_check(folder):
    done = verify("--baselines", "claimed", "--results", folder)
    assert done.exit_code == UsageError.exit_code
    assert "There is no result of the task 'claimed'" in done.stderr


def test_the_reference_results_count_unless_a_folder_is_named(tmp_path, monkeypatch):
    seen = []

    class Captured:
        def __init__(self, given, seeds, dry_run, results, store):
            seen.append({run.author for run in results})

        def verify(self, task):
            return 0

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("seqtasks.cli.verify.PublishedValues", Captured)
    for folder in ([], ["--results", str(tmp_path)]):
        assert CliRunner().invoke(main, ["verify", "adding", *folder]).exit_code == 0
    assert seen == [{"reference"}, set()]
