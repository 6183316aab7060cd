"""Mean and deviation of variables of any size, and values no one scale can hold."""

import dataclasses

import numpy as np

_FARTHEST = 1e6  # deviations; float32 would lose what lies between


@dataclasses.dataclass(frozen=True)
class Scale:
    """The mean and deviation of each variable, in units of a power of two.

    Powers of two change no bit of a result, and squares of values as large or small as
    float64 can hold neither overflow nor vanish.

    Args:
        exponents: Exponent of the unit of each variable, ``(variables,)``.
        mean: Means in these units.
        deviation: Deviations in these units.
    """

    exponents: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """The means in the variables' own units, ``(variables,)``."""
        return np.ldexp(self.mean, self.exponents)

    @property
    def deviations(self) -> np.ndarray:
        """The deviations in the variables' own units, ``(variables,)``."""
        return np.ldexp(self.deviation, self.exponents)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Values with mean 0 and deviation 1, ``(…, variables)``, float64.

        A variable that never changed is divided by 1.
        """
        with np.errstate(over="ignore"):  # see lost_value
            moved = np.ldexp(values, -self.exponents) - self.mean
            return moved / np.where(self.deviation, self.deviation, 1)


def scale_of(values: np.ndarray, known: np.ndarray | None = None) -> Scale:
    """The scale of values.

    Args:
        values: ``(steps, variables)``.
        known: Which of them count, booleans of the same shape; ``None`` for all.
    """
    exponents = np.frexp(np.abs(values).max(axis=0))[1]
    scaled = np.ldexp(values, -exponents)
    where = True if known is None else known
    return Scale(
        exponents,
        scaled.mean(axis=0, where=where, dtype=np.float64),
        scaled.std(axis=0, where=where, dtype=np.float64),
    )


def lost_value(values: np.ndarray, scale: Scale) -> tuple[int, int] | None:
    """A value so far from the others that float32 loses what lies between them.

    Args:
        values: ``(steps, variables)``.
        scale: Their scale.

    Returns:
        Its step and variable; ``None`` if there is none.
    """
    normalised = scale(values)
    single = np.clip(normalised, -_FARTHEST, _FARTHEST).astype(np.float32)
    changed = values[1:] != values[:-1]
    lost = changed & (single[1:] == single[:-1])
    far = np.abs(normalised).max(axis=0) > _FARTHEST
    many = lost.sum(axis=0) > 0.5 * np.maximum(changed.sum(axis=0), 1)
    for variable in np.flatnonzero(far | many):
        return int(np.abs(normalised[:, variable]).argmax()), int(variable)
    return None
