import base64
import os

from seqtasks.reports import samples as module
from seqtasks.reports.samples import read_samples


def _write(folder, run, **files):
    for name, content in files.items():
        path = folder / "samples" / run / name.replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_texts_pictures_and_recordings_are_read_in_the_order_of_the_runs(tmp_path):
    _write(tmp_path, "a", sample_txt=b"a\n\xff", picture_png=b"png", piece_mid=b"m")
    _write(tmp_path, "b", speech_wav=b"wav")
    found, problems = read_samples(tmp_path, ["b", "c", "a"])
    assert problems == []
    assert [(one.run, one.name, one.kind) for one in found] == [
        ("b", "speech.wav", "recording"),
        ("a", "picture.png", "picture"),
        ("a", "sample.txt", "text"),
    ]
    assert (
        found[0].content == f"data:audio/wav;base64,{base64.b64encode(b'wav').decode()}"
    )
    assert found[2].content == "a\n\ufffd"


def test_what_is_too_large_too_much_or_elsewhere_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_LARGEST", 10)
    monkeypatch.setattr(module, "_MOST_FILES", 4)
    (tmp_path / "secret").write_text("secret")
    _write(tmp_path, "a", a_png=b"x" * 11, c_png=b"x", d_png=b"x", e_png=b"x")
    (tmp_path / "samples" / "a" / "b.png").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "samples" / "a" / "b.wav")
    (tmp_path / "samples" / "b").symlink_to(tmp_path)
    found, problems = read_samples(tmp_path, ["a", "b"])
    assert [one.name for one in found] == ["c.png"]
    large, link, pipe, more, folder = problems
    assert "has 11 bytes, and a sample that is shown has at most 10." in large
    assert "is a link that leads out of its folder" in link
    assert "it is no ordinary file" in pipe
    assert more.endswith("a: 2 more samples are not shown.")
    assert folder.endswith("b is a link; its samples are not shown.")
    # together they have room, too
    monkeypatch.setattr(module, "_LARGEST_TOGETHER", 1)
    _write(tmp_path, "c", a_png=b"x", b_png=b"x")
    found, problems = read_samples(tmp_path, ["c"])
    assert [one.name for one in found] == ["a.png"]
    assert len(problems) == 1


def test_a_long_text_is_cut(tmp_path):
    _write(tmp_path, "a", sample_txt=b"x" * 5000)
    ((one,), _) = read_samples(tmp_path, ["a"])
    assert len(one.content) == 2001
