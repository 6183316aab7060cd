"""The file of a run's predictions: target and prediction of each test example.

Parquet, for pandas, Polars or DuckDB; pyarrow is imported where a file is used. Where
the monitored metric is a mean over examples, what each adds to it stands beside, by
which models are compared on the same examples.
"""

import dataclasses
import json
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtasks.errors import UsageError
from seqtasks.files import check_inside, check_readable, replacing

if TYPE_CHECKING:
    import numpy as np

_LARGEST = 2**32  # bytes
_MOST = 10**7  # examples

_SUM, _WEIGHT = "score_sum", "score_weight"


@dataclasses.dataclass(frozen=True)
class Predictions:
    """What a model predicted for each test example.

    Args:
        examples: Position of each example in the split, ``(examples,)``.
        targets: Target of each; of many steps, those that count.
        predictions: Prediction of each: a class where targets are classes, else the
            outputs of the head.
        unit: Name of the groups of examples, ``"example"`` where there are none.
        groups: Group of each example, as its speaker; ``None`` for none.
        parts: What each adds to the sum and the weight of the monitored metric,
            ``(examples, 2)``; ``None`` if that is no mean.
    """

    examples: Sequence[int]
    targets: Sequence[Any]
    predictions: Sequence[Any]
    unit: str = "example"
    groups: Sequence[Hashable] | None = None
    parts: "np.ndarray | None" = None


@dataclasses.dataclass(frozen=True)
class ExampleScores:
    """What each test example adds to a run's score.

    Args:
        parts: Sum and weight, ``(examples, 2)``.
        unit: Name of the groups, or ``"example"``.
        groups: Group of each example; ``None`` for none.
    """

    parts: "np.ndarray"
    unit: str
    groups: tuple[str, ...] | None


def write_predictions(path: Path, found: Predictions, about: Mapping[str, str]) -> None:
    """Writes a file of predictions.

    Args:
        path: Path of the file.
        found: The predictions.
        about: Facts on the run, kept as the file's metadata.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {"example": list(found.examples)}
    if found.groups is not None:
        columns["group"] = [str(group) for group in found.groups]
    columns |= {
        name: pa.array([_plain(one) for one in values])
        for name, values in (
            ("target", found.targets),
            ("prediction", found.predictions),
        )
    }
    if found.parts is not None:
        columns |= {_SUM: found.parts[:, 0], _WEIGHT: found.parts[:, 1]}
    table = pa.table(columns)
    facts = json.dumps({**about, "group": found.unit})
    table = table.replace_schema_metadata({"seqtasks": facts})
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_example_scores(path: Path) -> ExampleScores | None:
    """What each example adds to the score; ``None`` where the metric is no mean.

    Args:
        path: Path of the file, which may be anyone's.

    Raises:
        UsageError: If it cannot be read or is no file of predictions.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_inside(path, path.parent)
    check_readable(path, _LARGEST, "a file of predictions")
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if file.metadata.num_rows > _MOST:
                raise ValueError(f"it has more than {_MOST:,} examples")
            facts = json.loads((file.schema_arrow.metadata or {})[b"seqtasks"])
            if _SUM not in names:
                return None
            kept = [name for name in (_SUM, _WEIGHT, "group") if name in names]
            table = file.read(columns=kept)
        columns = [table[name].to_numpy().astype(float) for name in (_SUM, _WEIGHT)]
        groups = table["group"].to_pylist() if "group" in names else None
        parts = np.stack(columns, axis=1)
        if not np.isfinite(parts).all():
            raise ValueError("it has numbers that are not finite")
        unit = str(facts["group"])
    except (OSError, ValueError, LookupError, TypeError, pa.ArrowException) as error:
        line = str(error).strip().partition("\n")[0]
        raise UsageError(
            f"Expected {path} to be the predictions of a run, as "
            f"`seqtasks run --save-predictions` writes them; it could not be read: "
            f"{line}"
        ) from None
    return ExampleScores(parts, unit, None if groups is None else tuple(groups))


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
