"""seqtasks list: the tasks and the cells that have a name."""

import dataclasses
import json
from typing import Any

import click

from seqtasks.cli.parameters import echo
from seqtasks.declared import declared, group, groups
from seqtasks.errors import UsageError, printable
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
@click.option(
    "--tag",
    metavar="TAG",
    help="Only the tasks with this tag: memory, text, speech, music, video, series, "
    "quick or lecture.",
    shell_complete=lambda context, option, text: [
        click.shell_completion.CompletionItem(tag)
        for tag in groups()
        if tag.startswith(text)
    ],
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for programs.")
def command(which: str | None, verbose: bool, tag: str | None, as_json: bool) -> None:
    """List the tasks and the cells, each with a summary in one line."""
    if tag is not None and which == "cells":
        raise UsageError(
            f"Expected tasks, as --tag {tag} asks for: cells have no tags. Leave one "
            f"of them out."
        )
    tagged = None if tag is None else group(tag)
    if tagged is not None:
        which = "tasks"
    found = {
        kind: [
            {
                "name": entry.name,
                "summary": entry.summary(),
                "reference": entry.reference,
                "origin": entry.origin,
                # reading the files takes half a second
                **(_whence(kind, entry) if verbose or as_json else {}),
            }
            for entry in registry.entries().values()
            if tagged is None or entry.name in tagged
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
                if item.get("tags"):
                    tags = printable(" ".join(f"@{tag}" for tag in item["tags"]))
                    echo(f"{indent}{'':{width}}  {tags}")


def _whence(kind: str, entry: Entry) -> dict[str, Any]:
    about = declared(entry.name) if kind == "tasks" else None
    return {
        "version": entry.version,
        "place": entry.place,
        **(dataclasses.asdict(about) if about else {}),
    }
