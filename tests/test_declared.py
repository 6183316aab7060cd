"""Tags and study sizes, as tasks' files declare them."""

import subprocess
import sys

import pytest

from seqtasks.declared import Declared, declared, group, groups, study_params
from seqtasks.errors import UsageError
from seqtasks.registry import TASKS

_SUBJECTS = {"memory", "text", "speech", "music", "video", "series"}


def test_every_task_has_one_subject_and_a_size():
    for name in TASKS.entries():
        found = declared(name)
        assert len(_SUBJECTS & {*found.tags}) == 1, name
        assert 5_000 <= found.study_params <= 300_000, name
    assert {*groups()} == _SUBJECTS | {"quick", "lecture"}
    assert group("memory") == ["adding", "associative_recall", "copy_memory"]


def test_they_are_read_without_importing_the_task():
    program = (
        "import sys; from seqtasks.declared import groups; groups();"
        "sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.fixture
def of(tmp_path):
    """A function that declares by the text of a file."""

    def read(text):
        path = tmp_path / "mine.py"
        path.write_text(f"import nowhere\n{text}\n\ndef mine(): pass\n")
        return [declared(str(path)), declared(f"{path}:mine")]

    return read


def test_those_of_a_file_are_read_by_its_path(of):
    text = 'TAGS = ("a", "b")\nSTUDY_PARAMS = 5_000\nOTHER = len("a")'
    assert of(text) == [Declared(("a", "b"), 5000)] * 2
    assert of("STUDY_PARAMS = 5 * 10") == [Declared()] * 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('TAGS = "memory"', 'to be a tuple of texts, as in TAGS = ("memory",); re'),
        ("TAGS = (1,)", "received (1,)."),
        ('STUDY_PARAMS = "15k"', "to be a number of parameters, as in STUDY_PARAMS ="),
        ("STUDY_PARAMS = 0", "received 0."),
        ("STUDY_PARAMS = True", "received True."),
    ],
)
def test_what_is_declared_wrong_is_refused(of, text, sentence):
    with pytest.raises(UsageError) as raised:
        of(text)
    assert sentence in str(raised.value)


def test_a_task_without_a_size_and_a_group_that_is_none(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("")
    with pytest.raises(UsageError, match="as --params task asks for; it declares none"):
        study_params(str(path))
    with pytest.raises(UsageError) as raised:
        group("memry")
    assert str(raised.value) == (
        "There is no group of tasks 'memry'. Did you mean memory?"
    )
