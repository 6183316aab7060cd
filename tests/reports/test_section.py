import pytest

from seqtasks.errors import UsageError
from seqtasks.reports.section import fill

MARKS = "<!-- x", "<!-- end of x -->"


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    path = tmp_path / "README.md"
    before = b"Write `<!-- x -->` here: \xff\r\n<!-- x: this, that -->\n"
    after = b"<!-- end of x -->\r\nrest\n<!-- x -->\n"
    path.write_bytes(before + b"old\n" + after)
    assert fill(path, *MARKS, lambda said: f"new {said}\n")
    assert path.read_bytes() == before + b"new : this, that\n" + after


@pytest.mark.parametrize(
    "text", ["", "<!-- x -->\n", "<!-- end of x -->\n<!-- x -->\n", "<!-- x\n -->\n"]
)
def test_without_both_marks_nothing_is_written(tmp_path, text):
    path = tmp_path / "README.md"
    path.write_text(text)
    assert not fill(path, *MARKS, lambda said: "new")
    assert path.read_text() == text


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match="Expected a README to write into"):
        fill(tmp_path, *MARKS, lambda said: "new")
