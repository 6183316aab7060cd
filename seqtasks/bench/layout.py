"""A report as a table: columns and rows of text, for a terminal and for Markdown."""

from pathlib import Path

from seqtasks.bench.contenders import FLOAT32, OURS, UNMASKED
from seqtasks.bench.operations import product_operations, training_operations
from seqtasks.bench.report import Report, Row
from seqtasks.bench.settings import PRODUCT_SIZE
from seqtasks.bench.statistics import Spread, ratios, spread
from seqtasks.reports.numbers import rounded
from seqtasks.reports.table import Column, Line, Table

_COLUMNS = (
    Column("layer", right=False),
    Column("training step (ms)"),
    Column("× seqtasks"),
    Column("forward pass (ms)"),
    Column("× seqtasks, forward", dispensable=1),
    Column("tokens/s", dispensable=2),
    Column("of product rate", dispensable=3),
    Column("compiling (s)", dispensable=4),
    Column("memory (MB)", dispensable=5),
    Column("path", right=False),
)


def lay_out_cells(report: Report) -> Table:
    """Ours first of each cell, then those beside it."""
    product, *contenders = report.rows
    ours = {row.subject: row for row in contenders if row.contender == OURS}
    mode = _product_mode(report)

    def rate(row):
        return product_rate(product, FLOAT32 if row.contender == FLOAT32 else mode)

    return Table(
        _title(report),
        _COLUMNS,
        tuple(_line(row, ours[row.subject], rate(row)) for row in contenders),
        _notes(report, product, contenders),
    )


def product_rate(product: Row, mode: str) -> float | None:
    """Floating point operations a second of large products; ``None`` if unknown."""
    if mode not in product.seconds_per_step:
        return None
    seconds = spread(product.seconds_per_step[mode]).median
    return product_operations(PRODUCT_SIZE) / seconds


def rate_share(row: Row, rate: float) -> float:
    """The part of the machine's product rate at which a training step runs."""
    seconds = spread(row.seconds_per_step["train"]).median
    tokens = row.tokens_per_step["train"]
    return training_operations(tokens, row.kernel_elements) / seconds / rate


def between(values: Spread, scale: float = 1.0) -> str:
    """Median, and in brackets the smallest and the largest."""
    middle, low, high = (
        rounded(value * scale)
        for value in (values.median, values.minimum, values.maximum)
    )
    return f"{middle} ({low} to {high})"


def _line(row: Row, ours: Row, rate: float | None) -> Line:
    name = f"{_short(row.subject)}, {row.contender}"
    if row.reason:
        blank = [""] * (len(_COLUMNS) - 2)
        return Line("unfinished", (name, *blank, f"failed: {row.reason}"))
    train, forward = (row.seconds_per_step[mode] for mode in ("train", "forward"))
    tokens_per_second = row.tokens_per_step["train"] / spread(train).median
    return Line(
        "run",
        (
            name,
            between(spread(train), 1000),
            _ratio(row, ours, "train"),
            between(spread(forward), 1000),
            _ratio(row, ours, "forward"),
            rounded(tokens_per_second),
            f"{rate_share(row, rate):.0%}" if rate else "",
            rounded(row.compile_seconds["train"]),
            f"{row.peak_memory_bytes / 1e6:,.0f}",
            row.implementation,
        ),
    )


def _ratio(row: Row, ours: Row, mode: str) -> str:
    """Seconds of a token, so that rows with and without padding can be compared."""
    if row is ours:
        return "1"
    if ours.reason:
        return ""
    return between(ratios(row.seconds_per_token(mode), ours.seconds_per_token(mode)))


def _title(report: Report) -> str:
    settings = report.settings
    lengths = f"{settings['sequence_length']} steps"
    if settings["min_length"] is not None:
        lengths = f"{settings['min_length']} to {lengths}, masked"
    shape = f"{settings['units']} units, batches of {settings['batch_size']}, {lengths}"
    return f"{shape}, {settings['precision']} · {machine_and_versions(report)}"


def machine_and_versions(report: Report) -> str:
    """Processor, cores and versions on one line."""
    shown = ("tensorflow", "keras", "jax", "torch")
    versions = report.environment.versions
    known = [f"{name} {versions[name]}" for name in shown if name in versions]
    return f"{report.environment.device or 'unknown'} · {', '.join(known)}"


def _notes(report: Report, product: Row, rows: list[Row]) -> tuple[str, ...]:
    rounds = report.settings["repetitions"]
    per_token = ""
    if any(row.contender == UNMASKED for row in rows):
        per_token = ", for the same number of time steps without padding"
    notes = [
        f"Medians over {rounds} rounds, smallest and largest in brackets; × seqtasks: "
        f"time against that of seqtasks' row in the same round{per_token}.",
        *(
            f"{_short(row.subject)}, {row.contender}: {row.steps['train']} training "
            f"steps and {row.steps['forward']} forward passes a round."
            for row in rows
            if not row.reason
        ),
    ]
    if product.reason:
        notes.append(f"The product rate is not known. {product.reason}")
    for mode, seconds in product.seconds_per_step.items():
        operations = product_operations(PRODUCT_SIZE) / 1e9
        rates = spread([operations / second for second in seconds])
        notes.append(
            f"Product rate: {product.implementation} matrices in {mode}, {between(rates)} "
            f"GFLOP/s; a training step counts as 6 × tokens × elements of its kernels."
            if mode == _product_mode(report)
            else f"Product rate in {mode}: {between(rates)} GFLOP/s."
        )
    notes += [environment_note(report)]
    return tuple(notes)


def environment_note(report: Report) -> str:
    """What else was going on, and with which code."""
    environment = report.environment
    python = environment.versions.get("python", "unknown")
    return (
        f"Load average {environment.load_at_start:.2f} before, "
        f"{environment.load_at_end:.2f} after; Python {python}, "
        f"commit {environment.commit or 'unknown'}, {report.created}."
    )


def _product_mode(report: Report) -> str:
    lower = report.settings["precision"] == "mixed_bfloat16"
    return "bfloat16" if lower else FLOAT32


def _short(subject: str) -> str:
    """A cell's name; of a file of one's own, not the folder."""
    return Path(subject).name
