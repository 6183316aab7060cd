"""The picture of learning curves."""

import dataclasses

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.reports.curves import chosen, draw, form_of, plot
from seqtasks.store import Store, reference_results


def trained(cell="gru", seed=0, epochs=3, **fields):
    history = [
        {
            "epoch": epoch,
            "loss": 1 / epoch,
            "train_accuracy": 1 - 0.5 / epoch,
            "validation_accuracy": 0.9 - 0.5 / epoch - seed / 50,
        }
        for epoch in range(1, epochs + 1)
    ]
    return result(0.7, cell=cell, seed=seed, history=history, best_epoch=2, **fields)


@pytest.fixture
def store(tmp_path):
    found = Store(tmp_path / "results")
    for one in (trained(), trained(seed=1), trained("lstm")):
        found.write(one)
    return found


def lines(axes):
    return [list(line.get_ydata()) for line in axes.lines]


def test_a_row_has_a_line_for_each_seed_their_mean_and_the_baseline():
    figure = draw([trained(), trained(seed=1)])
    left, right = figure.axes
    drawn = lines(left)
    assert [0.4, pytest.approx(0.65), pytest.approx(0.9 - 0.5 / 3)] in drawn
    assert [pytest.approx(0.39), pytest.approx(0.64), pytest.approx(0.7233, 1e-3)] in (
        drawn
    )
    assert [0.25, 0.25] in drawn  # the majority
    # two runs and their mean, of validation and of train; the baseline
    assert len(drawn) == 7
    assert left.get_ylabel() == "accuracy ↑"
    (label,) = (text.get_text() for text in right.get_legend().get_texts())
    assert label == "gru (mean of 2 seeds)"
    assert [next(iter(line.get_ydata())) for line in right.lines] == [1, 1, 1]


def test_the_mean_ends_where_a_seed_ends():
    figure = draw([trained(), trained(seed=1, epochs=2)])
    assert [len(values) for values in lines(figure.axes[1])] == [3, 2, 2]


def test_a_far_baseline_is_named_and_not_drawn():
    low = [{"epoch": 1, "validation_accuracy": 0.98}, {"epoch": 2, "loss": 1.0}]
    low.append({"epoch": 3, "validation_accuracy": 0.99})
    left = draw([result(0.9, history=low)]).axes[0]
    assert [0.25, 0.25] not in lines(left)
    texts = [text.get_text() for text in left.texts]
    assert texts == ["not drawn, being far: majority (baseline) 0.2500"]


def test_numbers_that_cannot_be_drawn_and_names_that_are_formulas():
    odd = [{"epoch": 1, "loss": float("nan"), "validation_accuracy": 0.5}]
    odd.append({"epoch": 2, "loss": float("inf"), "validation_accuracy": 1e300})
    run = result(0.5, history=odd, options={"dataset": "$\\frac{x"})
    figure = draw([run])
    assert lines(figure.axes[0])[0] == [0.5]
    plot(run)._repr_png_()  # it is drawn


def test_runs_are_found_by_how_their_names_begin(store):
    names = [run.run for run in chosen(["probe-gru", "probe-gru-s0"], [store.folder])]
    assert names == ["probe-gru-s0", "probe-gru-s1"]
    assert len(chosen([], [store.folder])) == 3


@pytest.mark.parametrize("name", ["curves.png", "curves.svg"])
def test_equal_runs_give_equal_files(store, tmp_path, name):
    output = tmp_path / "deep" / name
    for _ in range(2):
        plot("probe", results=store.folder, output=output)
        first, before = output.read_bytes(), locals().get("first")
        assert before in (None, first)
    assert first.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")


def test_the_command_names_its_file(store):
    done = CliRunner().invoke(main, ["plot", "probe", "--results", str(store.folder)])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"written  {store.folder}/plots/probe.png\n"
    assert (store.folder / "plots" / "probe.png").is_file()


def test_reference_results_are_rows_of_their_own(tmp_path):
    first = reference_results(("adding-gru",))[0]
    own = dataclasses.replace(first, author="", seed=7, run="adding-gru-s7")
    folder = tmp_path / "results"
    figure = plot("adding-gru", results=folder, reference=True)
    assert len(figure.axes) == 2  # without a folder of one's own
    Store(folder).write(own)
    figure = plot("adding-gru", results=[folder], reference=True)
    labels = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert len(labels) == 2
    assert sum("reference" in label for label in labels) == 1


def too_many():
    return [trained(fingerprint=str(number)) for number in range(9)]


@pytest.mark.parametrize(
    ("fails", "sentence"),
    [
        (
            lambda store: chosen(["prob-gru"], [store.folder]),
            "There is no run 'prob-gru'",
        ),
        (
            lambda store: chosen([], [store.folder / "no"]),
            "Expected a folder of results",
        ),
        (lambda store: form_of(store.folder / "x.pdf"), "FILE.png or FILE.svg; receiv"),
        (lambda _: draw([result(0.5, history=[])]), "a run that has trained an epoch"),
        (lambda _: draw(too_many()), "at most 8 tasks or data sets; received 9."),
        (
            lambda store: plot(
                trained(), output=store.folder / "probe-gru-s0.json/a.png"
            ),
            "Could not write",
        ),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(store, fails, sentence):
    with pytest.raises(UsageError, match=sentence):
        fails(store)
