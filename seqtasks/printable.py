"""Text that cannot steer a terminal, whoever wrote it."""


def printable(text: str) -> str:
    r"""The text with all that does not print written as an escape, as in ``\x1b``.

    A result, a file's name or an error's words may come from anyone. Terminal
    sequences, changes of the direction of writing, invisible characters and lone
    surrogates are shown as what they are. Line breaks and tabs stay.
    """
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode()
        for c in text
    )
