"""ETTh1, the series on which long forecasts are compared, as the literature cuts it."""

import numpy as np
from seqtasks.tasks.forecast.series import Series

from seqtasks.data.sources import prepared
from seqtasks.task import SPLITS, Source

LICENCE = "CC BY-ND 4.0"


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
    return Series(
        values=np.concatenate(pieces).astype(np.float64),
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
    )
