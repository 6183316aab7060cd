from pathlib import Path

import pytest
from broken_cells import protocol
from faults import checks_of, sentence_of

from seqtasks.testing import cell_outcomes
from seqtasks.testing import cell_protocol_checks as checks
from seqtasks.testing.cell_subject import CellSubject
from seqtasks.training.experiment import Experiment

TINY = str(Path(__file__).parents[1] / "tiny_task.py")

# Without these a cell cannot be run, so nothing else is checked.
STOPPED_BY = [
    (protocol.NeedsMore, checks.is_constructed_from_units, "argument: 'width'"),
    (protocol.NotALayer, checks.is_constructed_from_units, "an object of NotALayer."),
    (protocol.WithoutCall, checks.is_constructed_from_units, "call(inputs, states);"),
    (
        protocol.WithoutStateSize,
        checks.declares_state_size_and_output_size,
        "Expected the attribute state_size, the width of the state, or a list with one "
        "width for each; it is missing. Set self.state_size in __init__, or call "
        "super().__init__(units, **kwargs).",
    ),
    (
        protocol.WithoutOutputSize,
        checks.declares_state_size_and_output_size,
        "Expected the attribute output_size, the width of the output; it is missing. "
        "Set self.output_size in __init__, or call super().__init__(units, **kwargs).",
    ),
    (
        protocol.OddOutputSize,
        checks.declares_state_size_and_output_size,
        "Expected output_size to be an integer; received (8,).",
    ),
    (
        protocol.InitialStateTooNarrow,
        checks.initial_states_have_the_declared_shapes,
        "to give shapes [(4, 8)], as declared by state_size; received [(4, 1)].",
    ),
    (
        protocol.FailsInCall,
        checks.makes_a_step,
        "of shape (4, 5) and states of shapes [(4, 8)]; it raised RuntimeError: no "
        "such gate (line ",
    ),
    (
        protocol.ReturnsOne,
        checks.makes_a_step,
        "the pair (output, states); received a tensor of shape (4, 8). Write",
    ),
    (
        protocol.OutputTooWide,
        checks.output_has_the_declared_width,
        "Expected an output of shape (4, 8), as declared by output_size; received "
        "(4, 16). Set self.output_size to the real width.",
    ),
    (
        protocol.ForgetsAState,
        checks.new_states_have_the_declared_shapes,
        "Expected new states of shapes [(4, 8), (4, 8)], as declared by state_size; "
        "received [(4, 8)]. Correct state_size, or what call returns.",
    ),
    (
        protocol.StateOfAnotherType,
        checks.new_states_have_the_declared_shapes,
        "Expected a new state of the old one's type, float32; received float16.",
    ),
]


@pytest.mark.parametrize(("cell", "check", "sentence"), STOPPED_BY)
def test_what_cannot_run_is_reported_once(cell, check, sentence):
    failed = [outcome for outcome in cell_outcomes(cell) if outcome.sentence]
    assert [outcome.name for outcome in failed] == [check.__name__.replace("_", " ")]
    assert sentence in failed[0].sentence


CAUGHT_BY = [
    (
        protocol.ProjectWithoutStep,
        checks.call_is_step_of_project,
        "or neither; there is project but no step. Add it or rename project.",
    ),
    (
        protocol.CallIsAnother,
        checks.call_is_step_of_project,
        "to equal step(project(inputs), states); they differ.",
    ),
    (
        protocol.ProjectMixesTime,
        checks.projects_each_step_alone,
        "what project of that step gives; they differ at step 1.",
    ),
    (
        protocol.WrongCoefficients,
        checks.coefficients_are_those_of_step,
        "to give the new state of step, a * h + b; they give another.",
    ),
    (
        protocol.WithoutReadout,
        checks.coefficients_are_those_of_step,
        "or without such a method the state itself; it is another. Define readout",
    ),
]


@pytest.mark.parametrize(("cell", "check", "sentence"), CAUGHT_BY)
def test_each_fault_has_its_sentence(cell, check, sentence):
    assert sentence in sentence_of(check, cell)


def test_each_check_has_a_cell_that_fails_it():
    assert {check for _, check, _ in STOPPED_BY + CAUGHT_BY} == checks_of(checks)


def test_an_output_may_be_wider_than_units_as_in_a_run():
    subject = CellSubject(protocol.OutputNotUnits, 8, {})
    assert checks.output_has_the_declared_width(subject) is None
    settings = {"implementation": "projected", "epochs": 1, "optimizer": "sgd"}
    cell = f"{protocol.__file__}:OutputNotUnits"
    experiment = Experiment.resolve(TINY, cell, settings=settings)
    head = experiment.model.head
    assert tuple(head.kernel.shape) == (10, 2)  # twice the 5 units
