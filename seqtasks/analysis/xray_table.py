"""Several X-rays side by side."""

from collections.abc import Sequence

import tabulate

from seqtasks.analysis.xray_record import XRay
from seqtasks.analysis.xray_words import (
    CAUTIONS,
    MEANINGS,
    dimension,
    half_life,
    half_way,
    short,
    steps,
    wrapped,
)
from seqtasks.reports.numbers import counted, setting


def _most_saturated(xray: XRay) -> str:
    if not xray.gates:
        return "none named"
    most = max(xray.gates, key=lambda gate: gate.closed + gate.open)
    return f"{most.name} {most.closed + most.open:.0%}"


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
    ("states vary in dimensions", dimension),
    ("dead, duplicate units", lambda x: f"{x.states.dead}, {x.states.duplicate}"),
    ("most saturated gate", _most_saturated),
    ("loss at the end", lambda x: short(x.loss.curve.middle[-1])),
    ("half of the loss falls by step", half_way),
)


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
        f"{steps(first)}"
    ]
    notes = []
    for name in MEANINGS:
        notes += wrapped(f"{name}: {MEANINGS[name]} {CAUTIONS.get(name, '')}")
    warned: dict[str, list[str]] = {}
    for name, xray in zip(names, xrays, strict=True):
        for text in xray.warnings:
            warned.setdefault(text, []).append(name)
    for text, of in warned.items():
        whom = "all" if len(of) == len(xrays) else ", ".join(of)
        notes += wrapped(f"Warning, {whom}: {text}")
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
