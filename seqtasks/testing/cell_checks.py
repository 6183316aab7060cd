"""The contract of a cell: what keras.layers.RNN, a runner and a reader rely on."""

from collections.abc import Callable, Iterator
from typing import Any

from seqtasks.testing import (
    cell_behaviour_checks,
    cell_config_checks,
    cell_gradient_checks,
    cell_protocol_checks,
)
from seqtasks.testing.cell_subject import CellSubject
from seqtasks.testing.checking import Outcome, raise_if_any_failed, run_checks

REQUIRED = (
    cell_protocol_checks.is_constructed_from_units,
    cell_protocol_checks.declares_state_size_and_output_size,
    cell_protocol_checks.initial_states_have_the_declared_shapes,
    cell_protocol_checks.makes_a_step,
    cell_protocol_checks.output_has_the_declared_width,
    cell_protocol_checks.new_states_have_the_declared_shapes,
)

OTHERS = (
    cell_protocol_checks.call_is_step_of_project,
    cell_protocol_checks.projects_each_step_alone,
    cell_protocol_checks.coefficients_are_those_of_step,
    cell_behaviour_checks.nothing_is_remembered_between_calls,
    cell_behaviour_checks.rows_do_not_mix,
    cell_behaviour_checks.outputs_do_not_see_later_inputs,
    cell_behaviour_checks.every_state_changes,
    cell_behaviour_checks.outputs_depend_on_earlier_inputs,
    cell_behaviour_checks.every_step_of_a_layer_is_a_step_of_the_cell,
    cell_behaviour_checks.padding_changes_nothing,
    cell_behaviour_checks.large_inputs_stay_finite,
    cell_behaviour_checks.graph_mode_equals_eager,
    cell_gradient_checks.weights_have_names_of_their_own,
    cell_gradient_checks.every_weight_gets_a_gradient,
    cell_gradient_checks.padding_keeps_gradients_finite,
    cell_gradient_checks.mixed_precision_keeps_its_type,
    cell_gradient_checks.compiles_with_xla,
    cell_gradient_checks.fast_loop_equals_that_of_keras,
    cell_gradient_checks.gradients_are_those_of_finite_differences,
    cell_config_checks.config_holds_every_argument,
    cell_config_checks.is_made_again_from_its_config,
)


def cell_outcomes(
    cell: Callable[..., Any], units: int = 8, **options: Any
) -> Iterator[Outcome]:
    """Runs the checks of a cell one by one, with the arguments of :func:`check_cell`.

    Yields:
        The name of each check and, if it failed, its sentence. Keras' global random
        seed is set on the way.
    """
    yield from run_checks(CellSubject(cell, units, options), REQUIRED, OTHERS)


def check_cell(cell: Callable[..., Any], units: int = 8, **options: Any) -> None:
    """Checks that a cell keeps the contract that every task relies on.

    Args:
        cell: Cell class, or function of ``units`` that returns a cell.
        units: Number of units to build it with.
        **options: Further arguments of the class.

    Raises:
        CheckError: If a check failed; the message holds the sentence of each.

    Example:
        >>> import keras
        >>> check_cell(keras.layers.GRUCell)
    """
    name = getattr(cell, "__name__", type(cell).__name__)
    raise_if_any_failed(name, cell_outcomes(cell, units, **options))
