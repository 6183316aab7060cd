"""seqtasks merge: results of many people or machines in one folder."""

import shlex
from pathlib import Path

import click

from seqtasks.cli.parameters import echo, one_folder
from seqtasks.errors import UsageError
from seqtasks.folders import all_folders
from seqtasks.merge import Merged, merge
from seqtasks.reports.numbers import counted
from seqtasks.store import Store


@click.command("merge")
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    metavar="FOLDER...",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("results"),
    callback=one_folder,
    show_default=True,
    envvar="SEQTASKS_RESULTS",
    show_envvar=True,
    help="The folder of results that is added to.",
)
@click.option(
    "--author-from-folder",
    is_flag=True,
    help="Results without an author get the name of the folder below FOLDER, as in "
    "class/NAME/results.",
)
@click.pass_context
def command(
    context, folders: tuple[Path, ...], into: Path, author_from_folder: bool
) -> None:
    """Join folders of results, of many people or machines, into one.

    \b
    seqtasks merge machine_a machine_b --into results
    seqtasks merge class --author-from-folder --into leaderboard

    FOLDER holds results, or folders that do, as class/ada/results. Results, weights,
    samples, horizons, searches and the log of test evaluations are copied; the folders
    stay as they are. A run that is there already is recognized, and one that was cut
    off is replaced by its continuation. Two runs of one name that differ are both named
    and the one that is there stays: the exit code is then 1, as for a file that cannot
    be read.
    """  # noqa: D301 (click reads the backspace)
    found, unread = all_folders(folders)
    found = [one for one in found if one.resolve() != into.resolve()]
    if not found:
        raise UsageError(
            f"Expected folders of results other than {into}, the one of --into; there "
            f"is none in {', '.join(map(str, folders))}."
        )
    for sentence in unread:
        echo(sentence, err=True)
    given = [
        (one, _author(one, folders) if author_from_folder else "") for one in found
    ]
    outcomes = []
    for outcome in merge(given, Store(into)):
        outcomes.append(outcome)
        for sentence in outcome.problems:
            echo(sentence, err=True)
    width = max(len(str(one.folder)) for one in outcomes)
    for one in outcomes:
        echo(f"{one.folder!s:<{width}}  {_counts(one)}")
    echo()
    if unfinished := sum(one.unfinished for one in outcomes):
        echo(
            f"{counted(unfinished, 'run')} did not finish: the checkpoints stay where "
            f"they are, and go on there."
        )
    added = sum(one.added for one in outcomes)
    echo(f"written  {into}: {counted(added, 'new run')}")
    at_default = (
        "" if str(into) == "results" else f" --results {shlex.quote(str(into))}"
    )
    echo(f"next     seqtasks table{at_default}")
    if unread or any(one.problems for one in outcomes):
        context.exit(1)


def _author(folder: Path, given: tuple[Path, ...]) -> str:
    """The name of the folder below the one that was typed, or of that one itself."""
    for one in given:
        if folder.is_relative_to(one):
            parts = folder.relative_to(one).parts
            return parts[0] if parts else folder.resolve().name
    return folder.name


def _counts(one: Merged) -> str:
    parts = [f"{one.added} new"]
    parts += [f"{one.updated} went on"] if one.updated else []
    parts += [f"{one.known} there already"] if one.known else []
    parts += [counted(one.evaluations, "test evaluation")] if one.evaluations else []
    parts += [f"{len(one.problems)} not merged"] if one.problems else []
    return ", ".join(parts)
