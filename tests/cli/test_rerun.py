"""What a stored run is good for: seqtasks rerun and sample as a person uses them."""

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.evaluations import EvaluationLog
from seqtasks.reports.row import Row
from seqtasks.store import Store
from seqtasks.training.run import run

TINY = Path(__file__).parents[1] / "tiny_task.py"


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of a registered task on a text of one's own."""
    folder = tmp_path_factory.mktemp("rerun")
    book = folder / "book.txt"
    book.write_text("all work and no play makes jack a dull boy\n" * 6)
    store = Store(folder / "results")
    result = run(
        "char_lm",
        "elman",
        options={"dataset": str(book), "sequence_length": 8},
        seed=2,
        store=store,
        units=4,
        epochs=1,
        implementation="projected",
        optimizer="sgd",
    )
    return book, store, result


@pytest.fixture(scope="module")
def repeated(trained):
    _, store, _ = trained
    return seqtasks("rerun", "char_lm", "--results", store.folder)


def test_a_rerun_on_this_machine_is_bit_equal(trained, repeated):
    _, store, result = trained
    assert repeated.exit_code == 0, repeated.output
    assert repeated.stdout.startswith("bit-equal: all metrics, and all losses of ")
    (new,) = [one for one in store.read()[0] if one.run != result.run]
    assert (new.rerun_of, result.rerun_of) == (result.run, "")
    assert new.metrics == result.metrics
    assert new.settings == result.settings
    assert f"written  {store.path(new.run)}" in repeated.stdout


def test_its_test_evaluation_is_counted_and_its_original_stands(trained, repeated):
    _, store, result = trained
    assert "test evaluation 2 of char_lm (data " in repeated.stdout
    assert len(EvaluationLog(store.folder).read()[0]) == 2
    tabled = seqtasks("table", "--format", "json", "--results", store.folder)
    (group,) = json.loads(tabled.stdout)
    assert next(r for r in group["rows"] if r["kind"] == "run")["runs"] == {
        result.run: "finished"
    }


def test_other_data_stop_it_before_training(trained):
    book, store, result = trained
    before = len(store.read()[0])
    text = book.read_text()
    book.write_text(text.replace("jack", "jill"))
    try:
        stopped = seqtasks("rerun", result.run, "--results", store.folder)
    finally:
        book.write_text(text)
    assert stopped.exit_code == 1
    assert "Error: The data of char_lm differ: the stored run has the finger" in (
        stopped.stderr
    )
    assert "--anyway trains all the same." in stopped.stderr
    assert len(store.read()[0]) == before


def test_another_number_differs_and_the_exit_code_is_1(trained, tmp_path):
    _, _, result = trained
    value = result.metrics["test"]["bits_per_character"] + 1
    fake = dataclasses.replace(
        result,
        metrics={"test": {"bits_per_character": value}},
        fingerprint="0" * 32,
        commit="0" * 12,
        device="Another, 9 cores",
    )
    Store(tmp_path).write(fake)
    done = seqtasks("rerun", "char_lm", "--anyway", "--json", "--results", tmp_path)
    assert done.exit_code == 1, done.output
    answer = json.loads(done.stdout)
    assert answer["kind"] == "differs"
    assert answer["sentence"] == "the data are not the same."
    assert f"device Another, 9 cores → {result.device}" in answer["between"]
    assert "Numbers on other data" not in done.stderr
    assert "The data of char_lm differ" in done.stderr


@pytest.mark.parametrize(
    ("status", "shown"),
    # no process holds the lock of the one whose row is running
    [("interrupted",) * 2, ("failed",) * 2, ("killed",) * 2, ("running", "killed")],
)
def test_a_run_without_numbers_is_not_repeated(trained, tmp_path, status, shown):
    Store(tmp_path).write(dataclasses.replace(trained[2], status=status, metrics={}))
    refused = seqtasks("rerun", "char_lm", "--results", tmp_path)
    assert refused.exit_code == 2
    assert f"ended as {shown}: it has no numbers that a rerun" in refused.stderr


CODE = """
import pathlib
pathlib.Path({mark!r}).touch()
from tests_of_nothing import nothing
"""


@pytest.mark.parametrize("command", ["rerun", "sample", "export"])
@pytest.mark.parametrize(
    "fields",
    [
        {"task_reference": "{file}:evil"},
        {"cell_reference": "{file}:Evil"},
        {"task_reference": "{file}"},
    ],
)
def test_code_that_a_result_names_is_not_run_unasked(
    trained, tmp_path, command, fields
):
    _, store, result = trained
    mark, file = tmp_path / "was run", tmp_path / "evil.py"
    file.write_text(CODE.format(mark=str(mark)))
    folder = Store(tmp_path / "results")
    changes = {name: text.format(file=file) for name, text in fields.items()}
    folder.write(dataclasses.replace(result, **changes))
    weights = store.model_path(result.run).read_bytes()
    folder.model_path(result.run).write_bytes(weights)
    more = [tmp_path / "model.keras"] if command == "export" else []
    arguments = [command, result.run, *more, "--results", folder.folder]
    refused = seqtasks(*arguments)
    assert refused.exit_code == 2
    assert f"{file}" in refused.stderr
    assert "give --allow-code if you trust it" in refused.stderr
    assert not mark.exists()
    # asked to, it is run
    asked = seqtasks(*arguments, "--allow-code")
    assert "No module named 'tests_of_nothing'" in asked.stderr
    assert mark.exists()


@pytest.mark.slow
def test_a_file_of_ones_own_is_repeated_if_one_allows_it(tmp_path):
    store = Store(tmp_path)
    first = run(str(TINY), "elman", store=store, limit=1, implementation="projected")
    asked = (first.run, "--results", tmp_path)
    done = seqtasks("rerun", *asked, "--allow-code")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("bit-equal")
    runs = tuple(store.read()[0])
    assert len(Row(runs).runs) == 2
    assert "give --allow-code if you trust it" in seqtasks("sample", *asked).stderr
    refused = seqtasks("sample", *asked, "--allow-code")
    assert refused.exit_code == 2
    assert "does not generate" in refused.stderr


@pytest.mark.slow
def test_sample_continues_a_prompt_in_the_same_way_each_time(trained):
    _, store, result = trained
    asked = ("sample", result.run, "--results", store.folder, "--prompt")

    def sampled(seed):
        done = seqtasks(*asked, "all ", "--length", 30, "--seed", seed)
        assert done.exit_code == 0, done.output
        return done.stdout.removesuffix("\n")

    first = sampled(1)
    assert first.startswith("all ")
    assert len(first) == 34
    assert first == sampled(1)
    assert first != sampled(2)
    refused = seqtasks(*asked, "Ü")
    assert refused.exit_code == 2
    assert "it has no 'Ü'" in refused.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        # a name is never looked for as a file
        ({"task": str(TINY)}, "and no task of that name is installed here"),
        ({"cell": "../x.py:X"}, "and no cell of that name is installed here"),
        ({"task": "gone"}, "named 'gone', and no task of that name is installed"),
        ({"cell": "lstmm"}, "no cell of that name is installed here. Did you mean"),
        ({"seed": 2**40}, "seed must be an integer from 0 to 2**32 - 1"),
        ({"seed": -1}, "seed must be an integer from 0 to 2**32 - 1"),
        ({"settings": {"units": 4}}, "lacks the settings layers, bidirectional"),
        ({"settings": {"speed": 4}}, "has a setting 'speed', which this version"),
        ({"units": "many"}, "units must be an integer; received 'many'"),
        ({"learning_rate": "x"}, "learning_rate must be a number; received 'x'"),
        ({"units": [1]}, "units must be an integer; received [1]"),
        ({"options": {"dropout": 3}}, "dropout must be at least 0 and below 1"),
        (
            {"cell_options": {"activation": {"class_name": "Lambda", "config": {}}}},
            "received the description of an object of the class 'Lambda'",
        ),
    ],
)
def test_what_a_stored_run_holds_is_checked(trained, tmp_path, changes, sentence):
    _, _, result = trained
    for name in ("units", "learning_rate"):
        if name in changes:
            changes = {"settings": {**result.settings, name: changes[name]}}
    if "options" in changes:
        changes = {"options": {**result.options, **changes["options"]}}
    Store(tmp_path).write(dataclasses.replace(result, **changes))
    refused = seqtasks("rerun", result.run, "--allow-code", "--results", tmp_path)
    assert refused.exit_code == 2, refused.output
    assert sentence in refused.stderr
