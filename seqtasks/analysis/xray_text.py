"""X-rays as a person reads them in a terminal of 80 columns."""

import textwrap
from collections.abc import Sequence

import tabulate

from seqtasks.analysis.xray_record import Curve, XRay
from seqtasks.reports.numbers import counted, rounded, setting

# one plain sentence a quantity, for the terminal and for the report
MEANINGS = {
    "state gradient": "How much a small change of the state k steps before the last "
    "would change the loss at the last step; 1 is the change at k = 1.",
    "input influence": "How much the output at the last step depends on the input k "
    "steps before it: by the gradient, and by how far the output moves if that input "
    "is replaced by another example's, where 1 is the distance between the outputs of "
    "two examples.",
    "spectral radius": "The factor a step by which one step, repeated for ever, would "
    "stretch the state: below 1 it forgets, at 1 it keeps, above 1 it explodes.",
    "gates": "How often a gate is nearly closed (below 0.1) or nearly open (above "
    "0.9): there its gradient is small, and it acts as a switch.",
    "units": "A dead unit hardly varies, and a duplicate repeats another (correlation "
    "beyond ±0.99): on these examples the layer could do without them.",
    "dimension": "Number of directions in which the states really vary: by the "
    "participation ratio of their principal components, and as the number of "
    "components that hold 90 % of the variance.",
    "loss": "Where along the sequence the loss is high, and where it falls.",
}

# where each misleads, whatever the run
CAUTIONS = {
    "state gradient": "A gradient of 0 through a saturated unit is not a memory of 0; "
    "compare the swapped inputs.",
    "input influence": "Swapping an input that is the same in all examples moves "
    "nothing, however well it is remembered; the gradient also counts directions that "
    "no input takes.",
    "spectral radius": "It counts directions that the output never reads, and single "
    "steps: a delay line has the radius 0 and remembers for its whole length.",
    "dimension": "Directions of small variance may hold what matters.",
}

_WIDTH = 79
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
    parts += ["\n".join(_wrapped(f"Warning: {text}")) for text in xray.warnings]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_table(xrays: Sequence[XRay]) -> str:
    """Several X-rays side by side, then what the columns mean."""
    names = labels(xrays)
    columns = [column for column, _ in COLUMNS]
    rows = [
        [name, *(value(xray) for _, value in COLUMNS)]
        for name, xray in zip(names, xrays, strict=True)
    ]
    table = tabulate.tabulate(
        # one quantity a line: eight columns would not fit a terminal
        [list(line) for line in zip(["", *columns], *rows, strict=True)][1:],
        headers=["", *names],
        tablefmt="simple",
        disable_numparse=True,
        stralign="right",
        colalign=["left", *["right"] * len(rows)],
    )
    first = xrays[0]
    heads = [
        f"{first.task} · {counted(first.examples, 'validation example')} of "
        f"{_steps(first)}"
    ]
    notes = []
    for name in MEANINGS:
        notes += _wrapped(f"{name}: {MEANINGS[name]} {CAUTIONS.get(name, '')}")
    warned: dict[str, list[str]] = {}
    for name, xray in zip(names, xrays, strict=True):
        for text in xray.warnings:
            warned.setdefault(text, []).append(name)
    for text, of in warned.items():
        whom = "all" if len(of) == len(xrays) else ", ".join(of)
        notes += _wrapped(f"Warning, {whom}: {text}")
    return "\n".join([*heads, "", table, "", *notes]) + "\n"


def labels(xrays: Sequence[XRay]) -> list[str]:
    """A short name for each: its cell, and what else distinguishes it."""
    parts = [
        [x.cell for x in xrays],
        [f"layer {x.layer}" for x in xrays],
        [f"seed {x.seed}" for x in xrays],
        [x.run.rpartition("-")[2] for x in xrays],
    ]
    names = parts[0]
    for more in parts[1:]:
        if len(set(names)) == len(xrays):
            return names
        if len(set(more)) > 1:
            names = [f"{n} {m}" for n, m in zip(names, more, strict=True)]
    return names


def title(xray: XRay) -> str:
    """The run, and what of it was measured."""
    return (
        f"{xray.run}\nlayer {xray.layer} of {xray.layers} · "
        f"{counted(xray.examples, 'validation example')} of {_steps(xray)}"
    )


def half_life(xray: XRay) -> str:
    """The half-life in steps, as in ``12.3``, ``~32.0`` where it is that of a fit."""
    gradient = xray.state_gradient
    if gradient.without == xray.examples:
        return "not known"
    if gradient.half_life is None:
        return "infinite" if gradient.growth <= 1 else "none, grows"
    return f"{'' if gradient.measured else '~'}{rounded(gradient.half_life)}"


# what the table of several X-rays shows, and the report
COLUMNS = (
    ("half-life of gradient, steps", half_life),
    ("at least 1 % left up to lag", lambda x: f"{x.state_gradient.reach}"),
    ("input gradient peaks at lag", lambda x: f"{x.influence.gradient_peak}"),
    (
        "swapped input peaks at lag",
        lambda x: setting(x.influence.swap_peak),
    ),
    ("spectral radius, median", lambda x: f"{x.radius.median:.3f}"),
    ("states vary in dimensions", lambda x: _dimension(x)),
    ("dead, duplicate units", lambda x: f"{x.states.dead}, {x.states.duplicate}"),
    ("most saturated gate", lambda x: _most_saturated(x)),
    ("loss at the end", lambda x: _short(x.loss.curve.middle[-1])),
    ("half of the loss falls by step", lambda x: _half_way(x)),
)


def _state_gradient(xray: XRay) -> str:
    gradient = xray.state_gradient
    lines = ["State gradient ‖∂loss_T/∂h_{T-k}‖, relative to k = 1"]
    if gradient.without == xray.examples:
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
            left = f"{_bar(norm / top, 18):<18} {_short(norm):>9}" if there else ""
            right = f"{_bar(moved / top_swap, 18):<18} {_short(moved):>7}"
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
        f"  {counted(states.size, 'number')} of state vary in {_dimension(xray)} "
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
        step = f"{xray.step_name} {_step(xray, curve.at[place])}"
        bar = _bar(abs(curve.middle[place]) / top, _BAR)
        lines.append(f"  {step:>12}  {bar:<{_BAR}} {_short(curve.middle[place]):>9}")
    if xray.loss.half_way is None:
        lines.append("  It is no lower at the end than at the start.")
    else:
        lines.append(
            f"  Half of its fall has happened by {xray.step_name} {_half_way(xray)}."
        )
    return "\n".join(lines + _about("loss"))


def _most_saturated(xray: XRay) -> str:
    if not xray.gates:
        return "none named"
    most = max(xray.gates, key=lambda gate: gate.closed + gate.open)
    return f"{most.name} {most.closed + most.open:.0%}"


def _half_way(xray: XRay) -> str:
    if xray.loss.half_way is None:
        return "no fall"
    return f"{_step(xray, xray.loss.half_way)} of {xray.loss.steps}"


def _step(xray: XRay, place: float) -> int:
    """The step, from 1, at a position of the longest example."""
    return min(xray.loss.steps, int(place * xray.loss.steps) + 1)


def _dimension(xray: XRay) -> str:
    return f"{xray.states.participation:.1f} of {xray.states.size}"


def _steps(xray: XRay) -> str:
    name = xray.step_name
    if xray.shortest == xray.longest:
        return counted(xray.longest, name)
    return f"{xray.shortest} to {counted(xray.longest, name)}"


def _bars(name: str, curve: Curve, shown: Sequence[int], spread: bool) -> list[str]:
    top = max(curve.middle[place] for place in shown) or 1.0
    lines = []
    for place in shown:
        middle = curve.middle[place]
        around = (
            f"  ({_short(curve.low[place])} to {_short(curve.high[place])})"
            if spread and curve.low[place] != curve.high[place]
            else ""
        )
        lag = f"{name} = {int(curve.at[place])}"
        bar = _bar(middle / top, _BAR)
        lines.append(f"  {lag:>9}  {bar:<{_BAR}} {_short(middle):>9}{around}")
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


def _short(value: float) -> str:
    return "0" if value == 0 else f"{value:.2g}"


def _about(name: str) -> list[str]:
    return _wrapped(f"{MEANINGS[name]} {CAUTIONS.get(name, '')}", "  ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent or "  "
    )
