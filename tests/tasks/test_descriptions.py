"""The README.md of a task's folder, or the docstring of a small task's file."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "tasks"
TEXTS = {
    **{path.parent.name: path.read_text() for path in FOLDER.glob("*/README.md")},
    **{
        path.stem: ast.get_docstring(ast.parse(path.read_text()))
        for path in FOLDER.glob("[!_]*.py")
    },
}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_it_opens_with_an_example_and_has_all_that_a_number_depends_on(name):
    text = TEXTS[name]
    opening = "\n".join(text.split("\n")[:10])
    assert "```" in opening or "::\n" in opening
    lacking = [
        word
        for word in ("licen", "rights", "split", "metric", "baseline", "version")
        if word not in text.lower()
    ]
    # "no rights" is a licence
    assert lacking in (["licen"], ["rights"], [])
