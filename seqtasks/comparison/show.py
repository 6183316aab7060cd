"""A comparison as text, as Markdown, or as JSON."""

from collections.abc import Iterable
from typing import Literal

from seqtasks.comparison.comparison import Comparison
from seqtasks.comparison.export import as_json
from seqtasks.comparison.layout import contenders_layout, pairs_layout
from seqtasks.comparison.sentences import how_to_read, ranking_lines, ranking_title
from seqtasks.comparison.text_diagram import text_diagram
from seqtasks.reports import render
from seqtasks.reports.layout import Layout
from seqtasks.reports.render import clean, in_markdown

Format = Literal["text", "markdown", "json"]


def shown(comparison: Comparison, form: Format = "text", left_out: str = "") -> str:
    """The comparison in a format.

    Args:
        comparison: What is shown.
        form: The format's name.
        left_out: A sentence on the runs that were not compared, or nothing.
    """
    if form == "json":
        return as_json(comparison, left_out)
    markdown = form == "markdown"
    table = render.markdown if markdown else render.text
    parts = [table(layout) for layout in _layouts(comparison)]
    # the lines of a table without notes end with an empty one
    parts = [part.rstrip("\n") + "\n" for part in parts]
    if ranking := comparison.ranking:
        parts.append(_title(ranking_title(ranking), markdown))
        diagram = "\n".join(text_diagram(ranking))
        parts.append(f"```\n{diagram}\n```\n" if markdown else f"{diagram}\n")
        parts.append(_sentences(ranking_lines(ranking), markdown))
    if sentences := how_to_read(comparison):
        parts.append(_title("How to read this", markdown))
        parts.append(_sentences(sentences, markdown))
    if left_out:
        parts.append(_sentences((left_out,), markdown))
    return "\n".join(parts)


def _layouts(comparison: Comparison) -> Iterable[Layout]:
    for field, pairs in zip(comparison.fields, comparison.pairs, strict=True):
        yield contenders_layout(field, comparison)
        if pairs:
            yield pairs_layout(field, pairs)


def _title(title: str, markdown: bool) -> str:
    return f"### {in_markdown(title)}\n" if markdown else f"{clean(title)}\n"


def _sentences(sentences: Iterable[str], markdown: bool) -> str:
    if markdown:
        return "".join(f"- {in_markdown(sentence)}\n" for sentence in sentences)
    return "".join(f"{clean(sentence)}\n" for sentence in sentences)
