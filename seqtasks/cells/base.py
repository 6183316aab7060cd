"""Cell: the base class of every cell of the suite."""

import keras


class Cell(keras.layers.Layer):
    """One step of a recurrence, ``h_t = f(x_t, h_{t-1})``.

    A subclass defines two methods: ``project(inputs)``, all that depends on the input
    alone, and ``step(projected, states)``, the rest of the equations. A time loop can
    then project all steps at once; a step by itself is ``step(project(inputs),
    states)``, so the cell also runs in plain ``keras.layers.RNN``. The states are as
    wide as ``state_size`` declares: most often ``units``, but the memory of ``lmu`` and
    the complex state of ``lru`` have widths of their own.

    Args:
        units: Number of units: the width of the output.
        **kwargs: ``name``, ``dtype`` and ``trainable`` of ``keras.layers.Layer``.

    Call arguments:
        inputs: A tensor of shape ``(batch, features)``.
        states: A list of tensors of shape ``(batch, size)``, one for each size in
            ``state_size``.

    Returns:
        The output, of shape ``(batch, units)``, and the list of the new states, of the
        shapes of the old ones.

    Raises:
        ValueError: If ``units`` is no integer of at least 1.

    Attributes:
        state_size: The width of the state, or a list with the width of each; ``units``
            unless a subclass sets another.
        output_size: The width of the output, ``units``.
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(units, int) or units < 1:
            raise ValueError(
                f"units must be an integer of at least 1; received {units!r}."
            )
        self.units = units
        self.state_size: int | list[int] = units
        self.output_size = units

    def project(self, inputs):
        """All that depends on the input alone.

        Args:
            inputs: A tensor of shape ``(..., features)``, with any axes in front: a
                time loop gives the rows of all steps as ``(rows, features)``.

        Returns:
            A tensor of shape ``(..., width)``, of any width that ``step`` takes, each
            row computed from the same row of the inputs.
        """
        raise NotImplementedError(f"{type(self).__name__} must define project(inputs).")

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

    def call(self, inputs, states, training=False):
        return self.step(self.project(inputs), states)

    def get_initial_state(self, batch_size=None):
        """A list of zero states, each of shape ``(batch_size, size)``."""
        return [
            keras.ops.zeros((batch_size, size), dtype=self.compute_dtype)
            for size in keras.tree.flatten(self.state_size)
        ]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
