"""seqtasks list: the tasks and the cells that have a name."""

import json

import click

from seqtasks.cli.parameters import echo
from seqtasks.errors import printable
from seqtasks.registry import CELLS, TASKS, Entry

_REGISTRIES = {"tasks": TASKS, "cells": CELLS}


@click.command("list")
@click.argument("which", required=False, type=click.Choice(list(_REGISTRIES)))
@click.option(
    "--verbose",
    "-v",
    is_flag=True,
    help="Also where each comes from: package, version, file and line.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
def command(which: str | None, verbose: bool, as_json: bool) -> None:
    """List the tasks and the cells, each with a summary in one line."""
    found = {
        kind: [
            {
                "name": entry.name,
                "summary": entry.summary(),
                "reference": entry.reference,
                "origin": entry.origin,
                # reading the files takes half a second
                **(_whence(entry) if verbose or as_json else {}),
            }
            for entry in registry.entries().values()
        ]
        for kind, registry in _REGISTRIES.items()
        if which in (None, kind)
    }
    if as_json:
        echo(json.dumps(found, indent=1))
        return
    width = max(
        (len(item["name"]) for kind in found.values() for item in kind), default=0
    )
    for kind, items in found.items():
        if which is None:
            echo(f"{kind}:")
        for item in items:
            origin = "" if item["origin"] == "seqtasks" else f" (from {item['origin']})"
            line = f"{item['name']:{width}}  {item['summary']}{origin}"
            line = printable(line)
            indent = "" if which else "  "
            echo(f"{indent}{line}".rstrip())
            if verbose:
                package = f"{item['origin']} {item['version']}".rstrip()
                where = printable(f"{package}  {item['place']}")
                echo(f"{indent}{'':{width}}  {where}".rstrip())


def _whence(entry: Entry) -> dict[str, str]:
    return {"version": entry.version, "place": entry.place}
