"""X-rays as a person reads them in a terminal of 80 columns."""

from collections.abc import Sequence

from seqtasks.analysis.xray_record import Curve, XRay
from seqtasks.analysis.xray_words import (
    CAUTIONS,
    MEANINGS,
    dimension,
    half_life,
    half_way,
    short,
    step_of,
    steps,
    wrapped,
)
from seqtasks.reports.numbers import counted

_BAR = 24
_ROWS = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"


def as_text(xray: XRay) -> str:
    """One X-ray in full."""
    parts = [
        title(xray),
        _state_gradient(xray),
        _influence(xray),
        _radius(xray),
        _gates(xray),
        _states(xray),
        _loss(xray),
    ]
    parts += ["\n".join(wrapped(f"Warning: {text}")) for text in xray.warnings]
    return "\n\n".join(part for part in parts if part) + "\n"


def title(xray: XRay) -> str:
    """The run, and what of it was measured."""
    return (
        f"{xray.run}\nlayer {xray.layer} of {xray.layers} · "
        f"{counted(xray.examples, 'validation example')} of {steps(xray)}"
    )


def _state_gradient(xray: XRay) -> str:
    gradient = xray.state_gradient
    lines = ["State gradient ‖∂loss_T/∂h_{T-k}‖, relative to k = 1"]
    if gradient.norm == 0:
        return "\n".join([*lines, "  0 in all examples: there is no curve."])
    shown = _some(gradient.curve, ())
    lines += _bars("k", gradient.curve, shown, spread=True)
    reached = f"at least 1 % is left up to k = {gradient.reach}"
    if gradient.reach == gradient.curve.at[-1]:
        reached += ", the last measured"
    if gradient.half_life is None:
        what = (
            f"grows backwards, by {gradient.growth:.3f} a step"
            if gradient.growth > 1
            else "does not fall: its half-life is infinite"
        )
        lines += [f"  It {what};", f"  {reached}."]
    elif gradient.measured:
        lines.append(f"  Half-life {half_life(xray)} steps; {reached}.")
    else:
        lines.append(
            f"  It does not halve within k = {int(gradient.curve.at[-1])}: half-life "
            f"{half_life(xray)} steps, by the\n  exponential that fits; {reached}."
        )
    return "\n".join(lines + _about("state gradient"))


def _influence(xray: XRay) -> str:
    influence = xray.influence
    lines = ["Input influence on the output at T, by the input k steps back"]
    if not any(influence.gradient.middle) and influence.swap_peak is None:
        lines.append("  No input moves the output.")
    else:
        peaks = {influence.gradient_peak, influence.swap_peak}
        shown = _some(influence.swap, peaks)
        swaps, norms = influence.swap, influence.gradient
        top, top_swap = max(norms.middle) or 1.0, max(swaps.middle) or 1.0
        lines.append(f"  {'k':>5}  {'gradient, median':<29} swapped, mean")
        for place in shown:
            lag = swaps.at[place]
            moved = swaps.middle[place]
            there = lag <= norms.at[-1]
            # the curve of norms is thinned more finely than the swaps
            norm = _at(norms, lag) if there else 0.0
            left = f"{_bar(norm / top, 18):<18} {short(norm):>9}" if there else ""
            right = f"{_bar(moved / top_swap, 18):<18} {short(moved):>7}"
            lines.append(f"  {int(lag):>5}  {left:<29} {right}".rstrip())
        lines.append(f"  {_peaks(xray)}")
        if influence.probes:
            lines.append(
                f"  (The gradient is an estimate by {influence.probes} random "
                f"directions of the output.)"
            )
    return "\n".join(lines + _about("input influence"))


def _peaks(xray: XRay) -> str:
    influence = xray.influence
    by_swap = (
        "no swapped input moves the output"
        if influence.swap_peak is None
        else f"a swapped input moves it most at k = {influence.swap_peak}"
    )
    return f"The gradient peaks at k = {influence.gradient_peak}; {by_swap}."


def _radius(xray: XRay) -> str:
    radius = xray.radius
    lines = ["Spectral radius of ∂h_t/∂h_{t-1}, histogram over steps and examples"]
    top = max(radius.counts)
    # three bins of the file to one line, those at the ends without any left out
    counts = [sum(radius.counts[i : i + 3]) for i in range(0, len(radius.counts), 3)]
    edges = [*radius.edges[:-1:3], radius.edges[-1]]
    filled = [place for place, count in enumerate(counts) if count]
    top = max(counts)
    for place in range(filled[0], filled[-1] + 1):
        bounds = f"{edges[place]:.2f} to {edges[place + 1]:.2f}"
        bar = _bar(counts[place] / top, _BAR)
        lines.append(f"  {bounds:>14}  {bar:<{_BAR}} {counts[place]:>5}")
    along = radius.along.middle
    lines.append(
        f"  Median {radius.median:.3f} ({along[0]:.3f} at the start, {along[-1]:.3f} "
        f"at the end); above 1: {radius.above:.0%}."
    )
    return "\n".join(lines + _about("spectral radius"))


def _gates(xray: XRay) -> str:
    if not xray.gates:
        return f"Gates\n  The cell {xray.cell} names none."
    lines = ["Saturated gates, share of all units, steps and examples"]
    width = max(len(gate.name) for gate in xray.gates)
    lines.append(f"  {'':{width}}  {'closed':<23} {'open':<23}  mean")
    for gate in xray.gates:
        parts = (f"{_bar(s, 16):<16} {s:>5.0%} " for s in (gate.closed, gate.open))
        lines.append(f"  {gate.name:{width}}  {' '.join(parts)}  {gate.mean:.2f}")
    return "\n".join(lines + _about("gates"))


def _states(xray: XRay) -> str:
    states = xray.states
    lines = [
        "Units and dimension",
        f"  {states.units} units: {states.dead} dead, {states.duplicate} duplicate.",
        *_about("units"),
        f"  {counted(states.size, 'number')} of state vary in {dimension(xray)} "
        f"dimensions; {counted(states.components, 'component')} hold 90 %.",
        *_about("dimension"),
    ]
    if states.saturated is not None and states.saturated >= 0.005:
        lines.insert(
            2,
            f"  {states.saturated:.0%} of the outputs are beyond ±0.97.",
        )
    return "\n".join(lines)


def _loss(xray: XRay) -> str:
    curve = xray.loss.curve
    what = "at each step" if xray.loss.each_step else "if the sequence ended there"
    lines = [f"Loss along the sequence, {what}"]
    top = max(map(abs, curve.middle)) or 1.0
    for place in _evenly(len(curve.at)):
        step = f"{xray.step_name} {step_of(xray, curve.at[place])}"
        bar = _bar(abs(curve.middle[place]) / top, _BAR)
        lines.append(f"  {step:>12}  {bar:<{_BAR}} {short(curve.middle[place]):>9}")
    if xray.loss.half_way is None:
        lines.append("  It is no lower at the end than at the start.")
    else:
        lines.append(
            f"  Half of its fall has happened by {xray.step_name} {half_way(xray)}."
        )
    return "\n".join(lines + _about("loss"))


def _bars(name: str, curve: Curve, shown: Sequence[int], spread: bool) -> list[str]:
    top = max(curve.middle[place] for place in shown) or 1.0
    lines = []
    for place in shown:
        middle = curve.middle[place]
        around = (
            f"  ({short(curve.low[place])} to {short(curve.high[place])})"
            if spread and curve.low[place] != curve.high[place]
            else ""
        )
        lag = f"{name} = {int(curve.at[place])}"
        bar = _bar(middle / top, _BAR)
        lines.append(f"  {lag:>9}  {bar:<{_BAR}} {short(middle):>9}{around}")
    return lines


def _some(curve: Curve, needed: Sequence[int | None] | set[int | None]) -> list[int]:
    """Places of a few lags of about equal ratios, and of those that are needed."""
    first, last = curve.at[0], curve.at[-1]
    wanted = {first, last, *(float(lag) for lag in needed if lag is not None)}
    ratio = (last - first + 1) ** (1 / (_ROWS - 1))
    wanted |= {first + ratio**n - 1 for n in range(_ROWS)}
    return sorted(
        {
            min(range(len(curve.at)), key=lambda place: abs(curve.at[place] - lag))
            for lag in wanted
        }
    )


def _evenly(count: int) -> list[int]:
    if count <= _ROWS:
        return list(range(count))
    return [round(n * (count - 1) / (_ROWS - 1)) for n in range(_ROWS)]


def _at(curve: Curve, lag: float) -> float:
    nearest = min(range(len(curve.at)), key=lambda place: abs(curve.at[place] - lag))
    return curve.middle[nearest]


def _bar(share: float, width: int) -> str:
    """A bar in eighths of a character; what is not 0 shows at least one."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    eighths = max(eighths, 1) if share > 0.001 else eighths
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).rstrip()


def _about(name: str) -> list[str]:
    return wrapped(f"{MEANINGS[name]} {CAUTIONS.get(name, '')}", "  ")
