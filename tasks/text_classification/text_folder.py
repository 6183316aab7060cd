"""A folder with one sub-folder a class and a file for each text."""

from pathlib import Path

from seqtasks.tasks.text_classification.distinct import Row

from seqtasks.data.class_folder import ClassFile, find_classes
from seqtasks.data.damage import DamagedError, some
from seqtasks.data.file_folder import files_below
from seqtasks.data.splits import SplitRule
from seqtasks.data.text_file import read_text, split_of_file, text_suffix
from seqtasks.data.text_records import SUFFIXES
from seqtasks.errors import UsageError, notice
from seqtasks.task import SPLITS

# those of 20 Newsgroups have no ending
_SUFFIXES = (".txt", ".text", "")


def is_text_folder(folder: Path) -> bool:
    """Whether texts lie in folders of it and no tables in itself.

    As in ``pos/1.txt`` or ``train/pos/1.txt``; beside ``train.txt`` a folder of remarks
    is none.
    """
    tables = any(
        text_suffix(entry) in SUFFIXES or split_of_file(entry.name)
        for entry in folder.iterdir()
        if entry.is_file() and not entry.name.startswith(".")
    )
    return not tables and any("/" in name for name in files_below(folder, _SUFFIXES))


def text_folder_rows(
    folder: Path, rule: SplitRule
) -> tuple[list[Row], int, str | None]:
    """The texts of a folder of classes, in splits of their own if it has any.

    Args:
        folder: Path of the folder: ``CLASS/1.txt``, or ``train/CLASS/1.txt``, ….
        rule: The share for validation of splits that the folder has without one.

    Returns:
        The texts with their labels; how many files were skipped; and where the splits
        come from, or ``None`` if the texts have none yet.

    Raises:
        UsageError: If there are fewer than two classes, or if more than a tenth of the
            files cannot be read.
    """
    found = find_classes(folder, _SUFFIXES, "texts", rule=rule)

    def read(path: Path) -> str:
        try:
            text = read_text(path, "a text").strip()
        except UsageError as error:
            raise DamagedError(str(error)) from None
        if not text:
            raise DamagedError("no text")
        return text

    rows = [
        Row(text, found.class_names[file.label], file.name, _split(file, found.own))
        for file, text in found.read(read)
    ]
    for split in SPLITS if found.own else ():
        held = {row.label for row in rows if row.split == split}
        lacking = [name for name in found.class_names if name not in held]
        if lacking:
            notice(
                f"{split} of {folder} has no texts of {some(lacking)}. If that is no "
                f"class, begin the name of its folder with an underscore, as in "
                f"_{lacking[0]}: such folders are passed over."
            )
    skipped = len(found.files) - len(rows)
    return rows, skipped, found.how if found.own else None


def _split(file: ClassFile, own: bool):
    return file.split if own else None
