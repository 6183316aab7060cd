import broken_cells as broken
import keras
import pytest

from seqtasks.catalog import CELLS
from seqtasks.testing import CheckError, cell_outcomes, check_cell
from seqtasks.testing import cell_behaviour_checks as behaviour
from seqtasks.testing import cell_config_checks as config
from seqtasks.testing import cell_protocol_checks as protocol
from seqtasks.testing import cell_weight_checks as weights
from seqtasks.testing.cell_checks import OTHERS, REQUIRED
from seqtasks.testing.cell_subject import CellSubject


@pytest.mark.parametrize("name", CELLS.entries())
def test_each_registered_cell_keeps_the_contract(name):
    check_cell(CELLS.entries()[name].load())


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        (broken.GoodCell, {}),
        (broken.GoodCell, {"gated": True, "activation": "relu"}),
        (broken.WithoutProject, {}),
        (broken.WithoutWeights, {}),
        (lambda units: keras.layers.LSTMCell(units, dropout=0.5), {}),
        (keras.layers.GRUCell, {"reset_after": False}),
    ],
    ids=["good", "options", "without project", "without weights", "factory", "gru"],
)
def test_a_good_cell_passes(cell, options):
    check_cell(cell, **options)


# Without these a cell cannot be run, so nothing else is said about it.
STOPPED_BY = [
    (broken.NeedsMore, protocol.is_constructed_from_units, "argument: 'width'"),
    (broken.NotALayer, protocol.is_constructed_from_units, "an object of NotALayer."),
    (broken.WithoutCall, protocol.is_constructed_from_units, "call(inputs, states);"),
    (
        broken.WithoutStateSize,
        protocol.declares_state_size_and_output_size,
        "Expected the attribute state_size, the width of the state, or a list with one "
        "width for each; it is missing. Set self.state_size in __init__.",
    ),
    (
        broken.WithoutOutputSize,
        protocol.declares_state_size_and_output_size,
        "Expected the attribute output_size, the width of the output; it is missing. "
        "Set self.output_size in __init__.",
    ),
    (
        broken.OddOutputSize,
        protocol.declares_state_size_and_output_size,
        "Expected output_size to be an integer; received (8,).",
    ),
    (
        broken.InitialStateTooNarrow,
        protocol.initial_states_have_the_declared_shapes,
        "to give shapes [(4, 8)], as state_size says; received [(4, 1)].",
    ),
    (
        broken.FailsInCall,
        protocol.makes_a_step,
        "of shape (4, 5) and states of shapes [(4, 8)]; it raised RuntimeError: no "
        "such gate (line ",
    ),
    (
        broken.ReturnsOne,
        protocol.makes_a_step,
        "the pair (output, states); received a tensor of shape (4, 8). Write",
    ),
    (
        broken.OutputTooWide,
        protocol.output_has_the_declared_width,
        "Expected an output of shape (4, 8), as output_size says; received (4, 16). "
        "Set self.output_size to the real width.",
    ),
    (
        broken.OutputNotUnits,
        protocol.output_has_the_declared_width,
        "Expected the output to be as wide as units, 8; received 16.",
    ),
    (
        broken.ForgetsAState,
        protocol.new_states_have_the_declared_shapes,
        "Expected new states of shapes [(4, 8), (4, 8)], as state_size says; received "
        "[(4, 8)]. Correct state_size, or what call returns.",
    ),
    (
        broken.StateOfAnotherType,
        protocol.new_states_have_the_declared_shapes,
        "Expected a new state of the old one's type, float32; received float16.",
    ),
]


@pytest.mark.parametrize(("cell", "check", "sentence"), STOPPED_BY)
def test_what_cannot_run_is_said_once(cell, check, sentence):
    failed = [outcome for outcome in cell_outcomes(cell) if outcome.sentence]
    assert [outcome.name for outcome in failed] == [check.__name__.replace("_", " ")]
    assert sentence in failed[0].sentence


CAUGHT_BY = [
    (
        broken.ProjectWithoutStep,
        protocol.call_is_step_of_project,
        "or neither; there is project but no step. Add it or rename project.",
    ),
    (
        broken.CallIsAnother,
        protocol.call_is_step_of_project,
        "to equal step(project(inputs), states); they differ.",
    ),
    (
        broken.ProjectMixesTime,
        protocol.projects_each_step_alone,
        "what project of that step gives; they differ at step 1.",
    ),
    (
        broken.WrongCoefficients,
        protocol.coefficients_are_those_of_step,
        "to give the new state of step, a * h + b; they give another.",
    ),
    (
        broken.Counts,
        behaviour.nothing_is_remembered_between_calls,
        "Expected the same inputs and states to give the same result; the second call "
        "gave another.",
    ),
    (
        broken.PythonState,
        behaviour.nothing_is_remembered_between_calls,
        "Keep what is remembered in the states, not in attributes or variables",
    ),
    (
        broken.MixesRows,
        behaviour.rows_do_not_mix,
        "to be computed by itself; changing the first one changed others.",
    ),
    (
        broken.MixesRowsInTraining,
        behaviour.rows_do_not_mix,
        "to be computed by itself in training too; changing the first one",
    ),
    (
        broken.ProjectLooksAhead,
        behaviour.outputs_do_not_see_later_inputs,
        "Expected the outputs before step 3 to be the same whatever follows;",
    ),
    (
        broken.PythonState,
        behaviour.outputs_do_not_see_later_inputs,
        "changing the inputs from step 3 on changed them.",
    ),
    (
        broken.Counts,
        behaviour.every_step_of_a_layer_is_a_step_of_the_cell,
        "Expected keras.layers.RNN(cell, return_sequences=True) to give the cell's own",
    ),
    (
        broken.CallIsAnother,
        behaviour.every_step_of_a_layer_is_a_step_of_the_cell,
        "Expected seqtasks.RNN(cell, return_sequences=True) to give the cell's own",
    ),
    (
        broken.Counts,
        behaviour.padding_changes_nothing,
        "in keras.layers.RNN when it is padded to 6 and masked; it has another.",
    ),
    (
        broken.ProjectLooksAhead,
        behaviour.padding_changes_nothing,
        "of 4 steps to have the same last output in seqtasks.RNN when it is padded",
    ),
    (
        broken.Overflows,
        behaviour.large_inputs_stay_finite,
        "Expected finite outputs for inputs of size 1000; received NaN or infinity.",
    ),
    (
        broken.EagerOnly,
        behaviour.graph_mode_equals_eager,
        "run step by step; the largest difference is 1. Use keras.ops on the tensors",
    ),
    (
        broken.PythonState,
        behaviour.graph_mode_equals_eager,
        "compiled model as it does step by step; it raised NotImplementedError",
    ),
    (
        broken.SameNames,
        weights.weights_have_names_of_their_own,
        "Expected each weight to have a name of its own; 2 are named ",
    ),
    (
        broken.UnusedWeight,
        weights.every_weight_gets_a_gradient,
        "/unused' is zero. Use the weight in call",
    ),
    (
        broken.RoundedWeight,
        weights.every_weight_gets_a_gradient,
        "/kernel' is zero. Use the weight in call",
    ),
    (
        broken.Deaf,
        weights.every_weight_gets_a_gradient,
        "/kernel' is zero. Use the weight in call",
    ),
    (
        broken.GradientOfARoot,
        weights.every_weight_gets_a_gradient,
        "/kernel' has NaN or infinity. Look for a square root",
    ),
    (
        broken.DividesByTheNorm,
        weights.padding_keeps_gradients_finite,
        "Expected finite gradients when a sequence is padded with zeros;",
    ),
    (
        broken.WidensToFloat32,
        weights.mixed_precision_keeps_its_type,
        "type bfloat16 under the policy mixed_bfloat16; received float32.",
    ),
    (
        broken.NarrowWeights,
        weights.mixed_precision_keeps_its_type,
        "Expected weights of type float32 under the policy mixed_bfloat16;",
    ),
    (
        broken.LosesAnArgument,
        config.config_holds_every_argument,
        "Expected the argument 'scale' in get_config(), so that a saved cell can be "
        "made again; it is missing.",
    ),
    (
        broken.FixedConfig,
        config.config_holds_every_argument,
        "the value of 'gated'; it gives False for gated=True too.",
    ),
    (
        broken.FixedNumber,
        config.config_holds_every_argument,
        "the value of 'steps'; it gives 1 for steps=2 too.",
    ),
    (
        broken.FixedActivation,
        config.config_holds_every_argument,
        "the value of 'activation'; it gives 'tanh' for activation='relu' too.",
    ),
    (
        broken.ConfigOfTooMuch,
        config.is_made_again_from_its_config,
        "to ConfigOfTooMuch: {'colour': 'red'}. Let get_config hold the constructor's",
    ),
    (
        broken.ConfigDrifts,
        config.is_made_again_from_its_config,
        "to have the same configuration; it differs in scale.",
    ),
    (
        broken.shifted,
        config.is_made_again_from_its_config,
        "given the same weights, to compute the same; it does not.",
    ),
]


@pytest.mark.parametrize(("cell", "check", "sentence"), CAUGHT_BY)
def test_each_fault_has_its_sentence(cell, check, sentence):
    assert sentence in (check(CellSubject(cell, 8, {})) or "passed")


def test_each_check_has_a_cell_that_fails_it():
    tried = {check for _, check, _ in STOPPED_BY + CAUGHT_BY}
    assert tried == {*REQUIRED, *OTHERS}


def test_a_fault_of_its_own_fails_one_check_alone():
    with pytest.raises(CheckError) as caught:
        check_cell(broken.UnusedWeight)
    assert str(caught.value).startswith(
        "UnusedWeight fails 1 check(s):\n- every weight"
    )
    assert [outcome.name for outcome in caught.value.failed] == [
        "every weight gets a gradient"
    ]


def test_a_check_that_raises_is_a_failed_check():
    outcomes = dict(cell_outcomes(broken.PythonState))
    assert outcomes["every weight gets a gradient"].startswith(
        "This could not be checked; it raised NotImplementedError: "
    )


def test_the_weights_and_the_policy_are_put_back():
    subject = CellSubject(broken.GoodCell, 8, {})
    before = [weight.numpy() for weight in subject.cell.weights]
    assert weights.every_weight_gets_a_gradient(subject) is None
    assert weights.mixed_precision_keeps_its_type(subject) is None
    after = [weight.numpy() for weight in subject.cell.weights]
    assert all((one == other).all() for one, other in zip(before, after, strict=True))
    assert keras.config.dtype_policy().name == "float32"
