import pytest
from broken_cells import behaviour, protocol
from faults import checks_of, sentence_of

from seqtasks.testing import cell_behaviour_checks as checks

CAUGHT_BY = [
    (
        behaviour.Counts,
        checks.nothing_is_remembered_between_calls,
        "Expected the same inputs and states to give the same result; the second call "
        "gave another.",
    ),
    (
        behaviour.PythonState,
        checks.nothing_is_remembered_between_calls,
        "Keep what is remembered in the states, not in attributes or variables",
    ),
    (
        behaviour.MixesRows,
        checks.rows_do_not_mix,
        "to be computed by itself; changing the first one changed others.",
    ),
    (
        behaviour.MixesRowsInTraining,
        checks.rows_do_not_mix,
        "to be computed by itself in training too; changing the first one",
    ),
    (
        behaviour.ProjectLooksAhead,
        checks.outputs_do_not_see_later_inputs,
        "Expected the outputs before step 3 to be the same whatever follows;",
    ),
    (
        behaviour.PythonState,
        checks.outputs_do_not_see_later_inputs,
        "changing the inputs from step 3 on changed them.",
    ),
    (
        behaviour.KeepsItsOldState,
        checks.every_state_changes,
        "after 6 steps the state is what it was at the beginning. Return the new state",
    ),
    (
        behaviour.KeepsItsOldState,
        checks.outputs_depend_on_earlier_inputs,
        "changed no later output, so that the cell remembers nothing.",
    ),
    (
        behaviour.IgnoresItsState,
        checks.outputs_depend_on_earlier_inputs,
        "Compute the output from the states that step is given, and return the new",
    ),
    (
        behaviour.Counts,
        checks.every_step_of_a_layer_is_a_step_of_the_cell,
        "Expected keras.layers.RNN(cell, return_sequences=True) to give the cell's own",
    ),
    (
        protocol.CallIsAnother,
        checks.every_step_of_a_layer_is_a_step_of_the_cell,
        "Expected seqtasks.RNN(cell, return_sequences=True) to give the cell's own",
    ),
    (
        behaviour.Counts,
        checks.padding_changes_nothing,
        "in keras.layers.RNN when it is padded to 6 and masked; it has another.",
    ),
    (
        behaviour.ProjectLooksAhead,
        checks.padding_changes_nothing,
        "of 4 steps to have the same last output in seqtasks.RNN when it is padded",
    ),
    (
        behaviour.Overflows,
        checks.large_inputs_stay_finite,
        "Expected finite outputs for inputs of size 1000; received NaN or infinity.",
    ),
    (
        behaviour.EagerOnly,
        checks.graph_mode_equals_eager,
        "run step by step; the largest difference is 1. Use keras.ops on the tensors",
    ),
    (
        behaviour.PythonState,
        checks.graph_mode_equals_eager,
        "compiled model as it does step by step; it raised NotImplementedError",
    ),
]


@pytest.mark.parametrize(("cell", "check", "sentence"), CAUGHT_BY)
def test_each_fault_has_its_sentence(cell, check, sentence):
    assert sentence in sentence_of(check, cell)


def test_each_check_has_a_cell_that_fails_it():
    assert {check for _, check, _ in CAUGHT_BY} == checks_of(checks)
