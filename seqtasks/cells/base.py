"""Cell: the base class of every cell of the suite."""

from typing import ClassVar

import keras


class Cell(keras.layers.Layer):
    """One step of a recurrence, ``h_t = f(x_t, h_{t-1})``.

    A subclass defines ``step(projected, states)``, the equations, and may move all that
    depends on the input alone into ``project(inputs)``: a time loop then computes it
    for all steps at once. Without ``project``, ``step`` is given the inputs themselves.
    A step by itself is ``step(project(inputs), states)``, so the cell also runs in
    plain ``keras.layers.RNN``. The states are as
    wide as ``state_size`` declares: most often ``units``, but the memory of ``lmu`` and
    the complex state of ``lru`` have widths of their own.

    Args:
        units: Number of units: the width of the output.
        without: Name of the gate that is removed, one of ``gates``; empty for none.
        **kwargs: ``name``, ``dtype`` and ``trainable`` of ``keras.layers.Layer``.

    Call arguments:
        inputs: A tensor of shape ``(batch, features)``.
        states: A list of tensors of shape ``(batch, size)``, one for each size in
            ``state_size``.

    Returns:
        The output, of shape ``(batch, output_size)``, and the list of the new states,
        of the shapes of the old ones.

    Raises:
        ValueError: If ``units`` is no integer of at least 1, or ``without`` is no gate.

    Attributes:
        state_size: The width of the state, or a list with the width of each; ``units``
            unless a subclass sets another.
        output_size: The width of the output; ``units`` unless a subclass sets another.
        gates: The gates, by the name of the variable in ``step`` (or ``project``) that
            holds a gate's values: its plain name, and the value at which it is frozen
            where it is removed. That value leaves the rest of the cell at work: a
            forget gate of 1 keeps all, but an update gate of 1 would keep the first
            state for ever, so that it is frozen at 0, where the state is the candidate.
    """

    gates: ClassVar[dict[str, tuple[str, float]]] = {}

    def __init__(self, units: int, without: str = "", **kwargs):
        super().__init__(**kwargs)
        if not isinstance(units, int) or units < 1:
            raise ValueError(
                f"units must be an integer of at least 1; received {units!r}."
            )
        names = [name for name, _ in self.gates.values()]
        if without and without not in names:
            raise ValueError(
                f"without must be a gate of {type(self).__name__} "
                f"({', '.join(names) or 'it names none'}); received {without!r}."
            )
        self.units = units
        self.without = without
        self.state_size: int | list[int] = units
        self.output_size = units

    def project(self, inputs):
        """All that depends on the input alone; the input itself, unless overridden.

        Args:
            inputs: A tensor of shape ``(..., features)``, with any axes in front: a
                time loop gives the rows of all steps as ``(rows, features)``.

        Returns:
            A tensor of shape ``(..., width)``, of any width that ``step`` takes, each
            row computed from the same row of the inputs.
        """
        return inputs

    def step(self, projected, states):
        """The equations of one step.

        Args:
            projected: What ``project`` returned for one step, ``(batch, width)``.
            states: A list of tensors ``(batch, size)``, one for each of ``state_size``.

        Returns:
            The output, of shape ``(batch, units)``, and the list of the new states.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define step(projected, states)."
        )

    def gate(self, name: str, preactivation, activation=keras.ops.sigmoid):
        """The values of a gate, of the shape of what stands in the activation.

        Args:
            name: Name of the variable, a key of ``gates``.
            preactivation: A tensor.
            activation: A function of it by element.

        Returns:
            ``activation(preactivation)``, or, where the cell is ``without`` the gate,
            the constant that ``gates`` has for it.

        Raises:
            ValueError: If ``gates`` does not name it.
        """
        if name not in self.gates:
            raise ValueError(
                f"{type(self).__name__} computes the gate {name!r}, which its gates "
                f"({', '.join(self.gates) or 'none'}) do not name. Add it to gates, as "
                f"in gates = {{{name!r}: ('update', 0.0)}}."
            )
        plain, removed = self.gates[name]
        if plain == self.without:
            return keras.ops.full_like(preactivation, removed)
        return activation(preactivation)

    def call(self, inputs, states, training=False):
        return self.step(self.project(inputs), states)

    def get_initial_state(self, batch_size=None):
        """A list of zero states, each of shape ``(batch_size, size)``."""
        return [
            keras.ops.zeros((batch_size, size), dtype=self.compute_dtype)
            for size in keras.tree.flatten(self.state_size)
        ]

    def get_config(self):
        without = {"without": self.without} if self.without else {}
        return {**super().get_config(), "units": self.units, **without}


def check_size(name: str, value: int, most: int = 2**20) -> None:
    """Refuses a width or a count of a cell that no machine could hold.

    Args:
        name: Name of the option.
        value: Its value.
        most: Largest value.

    Raises:
        ValueError: If the value is no integer from 1 to the largest.
    """
    if not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(
            f"{name} must be an integer from 1 to {most:,}; received {value!r}."
        )
