"""A small search of a task that trains in a moment."""

from pathlib import Path

from seqtasks.training.experiment import Experiment
from seqtasks.tuning.search import Plan
from seqtasks.tuning.space import parse_space

TINY = str(Path(__file__).parent / "tiny_task.py")


def planned(folder, cells=("elman",), search=("learning_rate=1e-3:1e-1:log",), **given):
    """A search of so many trials; fields may differ."""
    task = given.pop("task", TINY)
    settings = given.pop("settings", {})
    experiments = tuple(
        Experiment.resolve(task, cell, settings=settings) for cell in cells
    )
    fields = {
        "study": "s",
        "folder": folder,
        "task": task,
        "cells": cells,
        "experiments": experiments,
        "space": parse_space(search, experiments, ()),
        "words": (),
        "given": {},
        "trials": 3,
        "pruning": "median",
    }
    return Plan(**fields | given)
