import sys

import pytest

from seqtasks.data.prepared_audio import prepared_audio
from seqtasks.errors import UsageError


def test_without_pydub(monkeypatch, tmp_path):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pydub", None)
    with pytest.raises(UsageError) as error:
        prepared_audio("speech_commands", "CC BY 4.0")
    assert str(error.value) == (
        "Preparing speech_commands needs pydub, which is not installed: "
        "`pip install seqtasks[audio]`."
    )
