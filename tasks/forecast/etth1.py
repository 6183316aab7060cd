"""ETTh1, the series on which long forecasts are compared, cut as in the literature."""

import numpy as np
from seqtasks.tasks.forecast.series import Series

from seqtasks.data.sources import prepared
from seqtasks.task import SPLITS, PublishedResult, Source

LICENCE = "CC BY-ND 4.0"
_BEGIN = np.datetime64("2016-07-01", "s").astype(float)


def etth1() -> Series:
    """Seven variables of a power transformer, every hour, in parts of 12/4/4 months."""
    from seqtasks.tasks.forecast.etth1_builder.etth1_dataset_builder import Builder

    builder = prepared(Builder, licence=LICENCE)
    names = tuple(name for name in builder.info.features if name != "date")
    pieces, parts, start = [], {}, 0
    for split in SPLITS:
        rows = builder.as_dataset(split=split, shuffle_files=False).batch(4_096)
        columns = [
            np.stack([batch[name] for name in names], axis=1)
            for batch in rows.as_numpy_iterator()
        ]
        pieces.append(np.concatenate(columns))
        parts[split] = start, start + len(pieces[-1])
        start = parts[split][1]
    values = np.concatenate(pieces).astype(np.float64)
    return Series(
        values=values,
        names=names,
        parts=parts,
        periods=(24, 168),
        step_name="hour",
        source=Source(
            "etth1",
            "loads and oil temperature of a power transformer, every hour",
            LICENCE,
            builder.info.homepage,
        ),
        times=_BEGIN + 3_600.0 * np.arange(len(values)),
    )


def etth1_published(lookback: int, horizon: int) -> tuple[PublishedResult, ...]:
    """What linear models reach on all variables, where papers have these windows."""
    if horizon != 96 or lookback not in (96, 336):
        return ()
    rows = {"DLinear": (0.375, 0.399), "NLinear": (0.374, 0.394)}
    source = "Zeng et al. (2023), https://arxiv.org/abs/2205.13504, table 2"
    if lookback == 96:
        rows = {"DLinear": (0.386, 0.400)}
        source = "Liu et al. (2024), https://arxiv.org/abs/2310.06625, table 10"
    metrics = ("mean_squared_error", "mean_absolute_error")
    return tuple(
        PublishedResult(name, metric, value, source, f"{lookback} → 96 hours; linear")
        for name, both in rows.items()
        for metric, value in zip(metrics, both, strict=True)
    )
