"""The values of an X-ray."""

import dataclasses
import json

SCHEMA_VERSION = 1


@dataclasses.dataclass(frozen=True)
class Curve:
    """A quantity against lag or position: the middle and the spread over examples.

    Args:
        at: Lags in steps, or positions from 0, the start, to 1, the end.
        middle: Median over examples; the mean where a field says so.
        low: First quartile.
        high: Third quartile.
    """

    at: list[float]
    middle: list[float]
    low: list[float]
    high: list[float]


@dataclasses.dataclass(frozen=True)
class StateGradient:
    """How the gradient of the loss at the last step T falls, back through the states.

    Args:
        curve: ‖∂loss_T/∂h_{T-k}‖ over all states of the layer, relative to k = 1.
        norm: Median of the norm itself at k = 1; 0 if there is no gradient at all.
        half_life: Number of steps after k = 1 in which the median halves; ``None`` if
            it does not fall.
        measured: True if it halved within the lags measured; else the half-life is that
            of the exponential that fits them.
        reach: Largest lag at which the median is at least 1 % of that at k = 1.
        growth: Factor a step of the exponential that fits the medians.
        without: Number of sequences whose gradient is 0 at k = 1; they are left out.
    """

    curve: Curve
    norm: float
    half_life: float | None
    measured: bool
    reach: int
    growth: float
    without: int


@dataclasses.dataclass(frozen=True)
class InputInfluence:
    """What the layer's input k steps back does to the output at the last step T.

    Args:
        gradient: ‖∂y_T/∂x_{T-k}‖, the Frobenius norm over the head's output and the
            layer's input.
        gradient_peak: Lag at which its median is largest.
        swap: ‖y'_T - y_T‖ after x_{T-k} was replaced by that of another example, as a
            share of the mean distance between the outputs of two examples; ``middle``
            is the mean over the examples that the swap changes.
        swap_peak: Lag at which that mean is largest; ``None`` if no swap changed the
            output.
        distance: Mean distance between the outputs of two examples, as a share of the
            mean norm of an output.
        probes: Number of random directions of the output from which the norm is
            estimated; 0 if it is exact.
    """

    gradient: Curve
    gradient_peak: int
    swap: Curve
    swap_peak: int | None
    distance: float
    probes: int


@dataclasses.dataclass(frozen=True)
class SpectralRadius:
    """The largest absolute eigenvalue of ∂h_t/∂h_{t-1} along the sequences.

    Args:
        along: By position in the sequence.
        median: Median over all Jacobians.
        above: Share of Jacobians with a radius above 1.
        edges: Bounds of the bins of the histogram.
        counts: Number of Jacobians in each bin.
    """

    along: Curve
    median: float
    above: float
    edges: list[float]
    counts: list[int]


@dataclasses.dataclass(frozen=True)
class Gate:
    """How often a gate is saturated, over units, steps and examples.

    Args:
        name: Plain name of the gate, as in ``"forget"``.
        closed: Share of values below 0.1.
        open: Share of values above 0.9.
        mean: Mean value.
    """

    name: str
    closed: float
    open: float
    mean: float


@dataclasses.dataclass(frozen=True)
class States:
    """What the states of the layer vary in.

    Args:
        units: Width of the output.
        dead: Number of units that hardly vary: by less than 1 % of the root mean square
            standard deviation of all units.
        duplicate: Number of further units that correlate with an earlier one by more
            than 0.99 in absolute value.
        size: Width of all states together.
        participation: Participation ratio (Σλ)² / Σλ² of the eigenvalues of their
            covariance.
        components: Number of principal components that hold 90 % of the variance.
        saturated: Share of outputs with an absolute value above 0.97; ``None`` if
            outputs are not bounded by 1.
    """

    units: int
    dead: int
    duplicate: int
    size: int
    participation: float
    components: int
    saturated: float | None


@dataclasses.dataclass(frozen=True)
class LossAlong:
    """The loss by position in the sequence.

    Args:
        curve: Loss by position, from 0 to 1; ``middle`` is the mean.
        steps: Number of steps of the longest example.
        each_step: True if the task has a target at each step. Else it is the loss that
            the head would have if the sequence ended at this position.
        half_way: Position by which half of the largest fall has happened; ``None`` if
            the loss does not fall along the sequence.
    """

    curve: Curve
    steps: int
    each_step: bool
    half_way: float | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class XRay:
    """What one layer of a trained run remembers, on validation examples of its task.

    Args:
        run: Name of the run.
        task: Name of the task.
        cell: Name of the cell.
        seed: Seed of the run.
        fingerprint: Hash of the task's data.
        layer: Number of the layer, from 1.
        layers: Number of recurrent layers.
        examples: Number of validation examples.
        examples_seed: Seed by which they were chosen.
        shortest: Number of steps of the shortest of them.
        longest: Number of steps of the longest of them.
        step_name: Name of one time step, as in ``"character"``.
        state_gradient: Memory by the gradient of the loss.
        influence: Influence of earlier inputs on the output.
        radius: Spectral radius of the recurrent Jacobian.
        gates: Saturation of the gates that the cell names.
        states: Dead and duplicate units, effective dimension.
        loss: Loss along the sequence.
        warnings: Sentences about where these numbers mislead in this run.
        schema_version: Version of this list of fields.
    """

    run: str
    task: str
    cell: str
    seed: int
    fingerprint: str
    layer: int
    layers: int
    examples: int
    examples_seed: int
    shortest: int
    longest: int
    step_name: str
    state_gradient: StateGradient
    influence: InputInfluence
    radius: SpectralRadius
    gates: list[Gate]
    states: States
    loss: LossAlong
    warnings: list[str]
    schema_version: int = SCHEMA_VERSION

    def to_json(self) -> str:
        """The file's text."""
        return json.dumps(dataclasses.asdict(self), indent=1, allow_nan=False)


def curves(xray: XRay) -> dict[str, Curve]:
    """All curves of an X-ray by name."""
    return {
        "state_gradient": xray.state_gradient.curve,
        "influence.gradient": xray.influence.gradient,
        "influence.swap": xray.influence.swap,
        "radius": xray.radius.along,
        "loss": xray.loss.curve,
    }
