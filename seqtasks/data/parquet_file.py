"""Parquet tables of a person's own, read in parts so that a small file stays small."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seqtasks.errors import UsageError
from seqtasks.files import check_readable

if TYPE_CHECKING:
    import pandas as pd

_LARGEST_FILE = 2**30
_LARGEST_TABLE = 2**31  # bytes in memory
_MOST_CELLS = 2**27
_ROWS_A_PART = 2**13


def read_parquet(path: Path) -> pd.DataFrame:
    """The table of a file, as ``pandas.read_parquet`` gives it.

    Args:
        path: Path of the file.

    Raises:
        UsageError: If it cannot be read, or is larger than a table that is held in
            memory may be, however small the file is that it is packed in.
    """
    check_readable(path, _LARGEST_FILE, "a Parquet table")
    try:
        import pyarrow as pa
        from pyarrow import parquet

        with path.open("rb") as opened, parquet.ParquetFile(opened) as file:
            about = file.metadata
            cells, size = about.num_rows * about.num_columns, 0
            if cells > _MOST_CELLS:
                raise UsageError(
                    f"{path} is not read: it has {cells:,} cells, and a table has at "
                    f"most {_MOST_CELLS:,}. Write the rows or columns that are needed."
                )
            parts = []
            for part in file.iter_batches(batch_size=_ROWS_A_PART):
                parts.append(part)
                size += part.nbytes
                if size > _LARGEST_TABLE:
                    raise UsageError(
                        f"{path} is not read: it unpacks to more than "
                        f"{_LARGEST_TABLE:,} bytes. Write the rows or columns that "
                        f"are needed."
                    )
            return pa.Table.from_batches(parts, file.schema_arrow).to_pandas()
    except UsageError:
        raise
    except Exception as error:  # pyarrow's are of many kinds
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise UsageError(
            f"Expected {path} to be a Parquet table; it could not be read: {reason}. "
            f"Write the table as CSV."
        ) from None
