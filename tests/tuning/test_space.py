"""What can be searched, and the sentences about what cannot."""

import pytest
from planned_search import TINY

from seqtasks.errors import UsageError
from seqtasks.training.experiment import Experiment
from seqtasks.tuning.space import Range, parse_space

TASK = '''"""A task with an option that can be searched."""

import dataclasses

from tiny_task import tiny_task

from seqtasks.options import require


def dropping(dropout: float = 0.1, data_seed: int = 0):
    """Which half is larger."""
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    search = {"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"}
    return dataclasses.replace(tiny_task(), search=search)
'''


@pytest.fixture(scope="module")
def experiments(tmp_path_factory):
    path = tmp_path_factory.mktemp("task") / "dropping.py"
    path.write_text(TASK)
    return [Experiment.resolve(str(path), cell) for cell in ("gru", "min_gru")]


def test_ranges_have_their_types_and_are_written_as_they_were_typed(experiments):
    given = (
        *("learning-rate=1e-4:1e-2:log", "batch_size=8,16", "layers=1:3"),
        *("schedule=constant,cosine", "dropout=0:0.5"),
    )
    space = parse_space(given, experiments, ())
    assert space == (
        Range("learning_rate", (1e-4, 1e-2), "log"),
        Range("batch_size", (8, 16), "choices"),
        Range("layers", (1, 3), "linear"),
        Range("schedule", ("constant", "cosine"), "choices"),
        Range("dropout", (0.0, 0.5), "linear"),
    )
    again = parse_space([f"{r.name}={r.text}" for r in space], experiments, ())
    assert again == space


def test_without_a_range_the_task_declares_them(experiments):
    declared = {"learning_rate": "0.0003:0.03:log", "dropout": "0.0:0.5"}
    for given in ((), ("default",)):
        space = parse_space(given, experiments, ())
        assert {one.name: one.text for one in space} == declared
        assert all(one.holds(one.default(experiments[0])) for one in space)
    (space,) = parse_space((), experiments, {"dropout"})
    assert space.name == "learning_rate"
    given = ("default", "clip_norm=0.1:10:log")
    assert [one.name for one in parse_space(given, experiments, ())] == [
        *("learning_rate", "dropout", "clip_norm"),
    ]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", 0.00123456, ("--learning-rate", "0.00123")),
        ("batch_size", 16, ("--batch-size", "16")),
        ("dropout", 0.25, ("--set", "dropout=0.25")),
        ("cell.alpha", 0.5, ("--cell-set", "alpha=0.5")),
    ],
)
def test_a_value_is_words_of_a_run(name, value, words):
    assert Range(name, (0, 1), "linear").words(value) == words


def test_an_option_of_the_cells_is_of_each_of_them():
    both = [Experiment.resolve(TINY, cell) for cell in ("elman", "lstm")]
    (one,) = parse_space(["cell.form=two_kernels,concatenated"], both[:1], ())
    assert one.default(both[0]) in one.values
    with pytest.raises(UsageError) as raised:
        parse_space(["cell.form=two_kernels,concatenated"], both, ())
    assert str(raised.value).startswith(
        "Expected the same space for each cell; lstm has no option 'form'."
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("learning_rat=1e-4:1e-2", "There is no setting 'learning_rat' to search. Did"),
        ("epochs=1:5", "epochs is the same in all trials. Give it as --epochs; what"),
        ("data_seed=0:5", "data_seed is an option of the task dropping: with another"),
        (
            "learning_rate=1e-2:1e-4:log",
            "Expected --search learning_rate=LOW:HIGH with LOW below HIGH; received "
            "learning_rate=1e-2:1e-4:log. Turn it round: "
            "learning_rate=1e-4:1e-2:log.",
        ),
        ("learning_rate=1e-2:1e-2", "Expected --search learning_rate=LOW:HIGH with"),
        (
            "clip_norm=0:1:log",
            "Expected a range with :log to begin above 0, as the logarithm of 0 is "
            "none; received clip_norm=0:1:log. Begin it at 0.001, say, or leave :log "
            "out.",
        ),
        ("learning_rate=1e-4:1:lin", "Expected --search NAME=LOW:HIGH, NAME=LOW:HIGH"),
        ("learning_rate=1e-4", "Expected --search NAME=LOW:HIGH, NAME=LOW:HIGH:log"),
        ("learning_rate", "Expected --search NAME=LOW:HIGH, NAME=LOW:HIGH:log, NAME"),
        ("learning_rate=a:b", "Expected two numbers as the ends of learning_rate in"),
        ("learning_rate=1:inf", "Expected two numbers as the ends of learning_rate in"),
        ("schedule=constant:cosine", "Expected two numbers as the ends of schedule in"),
        ("learning_rate=-1:1", "learning_rate must be a number above 0; received -1"),
        ("layers=0.5:2", "layers must be an integer; received '0.5'."),
        ("batch_size=8,8", "Expected different values of batch_size in --search;"),
        ("optimizer=adam,adan", "There is no optimizer 'adan'. Did you mean adam"),
        ("dropout=0:1.5", "dropout must be at least 0 and below 1; received 1.5."),
        ("units=4:8", "Expected units with one value or in --search; received both."),
    ],
)
def test_what_cannot_be_searched_is_named(experiments, given, sentence):
    with pytest.raises(UsageError) as raised:
        parse_space([given], experiments, {"units"})
    assert sentence in str(raised.value)


def test_a_range_is_given_once(experiments):
    twice = ["layers=1:2", "layers=1:3"]
    with pytest.raises(UsageError, match="Expected layers once in --search; received"):
        parse_space(twice, experiments, ())
    fixed = {"learning_rate", "dropout"}
    with pytest.raises(UsageError, match="Expected something to search; what the task"):
        parse_space((), experiments, fixed)
