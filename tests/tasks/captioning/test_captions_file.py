import json

import pytest
from seqtasks.tasks.captioning.captions_file import read_captions

from seqtasks.errors import UsageError


def test_lines_of_names_and_captions(tmp_path):
    file = tmp_path / "references.txt"
    file.write_text(
        "# MSVD\n\nvid1\tA man is walking.\nvid1\ta man  is walking\n"
        "vid1\tsomeone walks\n-4wsuPCjDBc_5_15 a squirrel eats\nvid2\t?!\n"
    )
    found = read_captions(file)
    assert {name: one.captions for name, one in found.items()} == {
        "vid1": ["a man is walking", "someone walks"],
        "-4wsuPCjDBc_5_15": ["a squirrel eats"],
        "vid2": [],
    }
    assert [one.film for one in found.values()] == ["vid1", "-4wsuPCjDBc", "vid2"]
    assert [one.wordless for one in found.values()] == [0, 0, 1]
    assert {one.split for one in found.values()} == {None}


def test_the_layout_of_msr_vtt(tmp_path):
    file = tmp_path / "train_val_videodatainfo.json"
    content = {
        "info": {"year": "2016"},
        "videos": [
            {"id": 0, "video_id": "video0", "split": "train", "url": "u/1"},
            {"id": 1, "video_id": "video1", "split": "validate", "url": "u/1"},
            {"id": 2, "video_id": "video2", "split": "Testing"},
            {"id": 3, "video_id": "video3"},
        ],
        "sentences": [
            {"sen_id": 1, "video_id": "video2", "caption": "Two dogs"},
            {"sen_id": 0, "video_id": "video0", "caption": "a car is shown"},
            {"sen_id": 2, "video_id": "video1", "caption": "a car"},
        ],
    }
    file.write_text(json.dumps(content))
    found = read_captions(file)
    assert {name: one.captions for name, one in found.items()} == {
        "video0": ["a car is shown"],
        "video1": ["a car"],
        "video2": ["two dogs"],
        "video3": [],
    }
    splits = [one.split for one in found.values()]
    assert splits == ["train", "validation", "test", None]
    assert [one.film for one in found.values()] == ["u/1", "u/1", "video2", "video3"]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("c.tsv", ["clip\tone", "clip 2\ttwo"]),
        ("c.txt", ["clip\tone", "clip 2\ttwo"]),
        ("c.tsv", ["Video\tCaption", "clip\tone", "clip 2\ttwo"]),
        ("c.csv", ["caption,Video", "one,clip", '"two","clip 2"']),
        ("c.jsonl", ['{"video": "clip", "sentence": "one"}',
                     '{"video": "clip 2", "sentence": "two"}']),
    ],
)  # fmt: skip
def test_names_with_blanks(tmp_path, name, lines):
    (tmp_path / name).write_text("\n".join(lines))
    found = read_captions(tmp_path / name)
    assert {name: one.captions for name, one in found.items()} == {
        "clip": ["one"],
        "clip 2": ["two"],
    }


def test_half_a_pair_of_surrogates_is_no_character(tmp_path):
    text = r'{"videos": [], "sentences": [{"video_id": "\ud800", "caption": "a"}]}'
    (tmp_path / "c.json").write_text(text)
    assert list(read_captions(tmp_path / "c.json")) == ["?"]


def test_names_are_the_same_in_every_form_of_unicode(tmp_path):
    (tmp_path / "c.txt").write_text("cafe\u0301\tone\ncaf\xe9\ttwo\n", "utf-8")
    found = read_captions(tmp_path / "c.txt")
    assert {name: one.captions for name, one in found.items()} == {
        "caf\xe9": ["one", "two"]
    }


@pytest.mark.parametrize("mark", ["\u2028", "\x0c", "\x85", "\x1c"])
def test_only_line_ends_end_lines(tmp_path, mark):
    (tmp_path / "c.txt").write_text(f"v1\tgoes right{mark}and on\r\nv2\tfalls", "utf-8")
    found = read_captions(tmp_path / "c.txt")
    assert found["v1"].captions == ["goes right and on"]
    assert list(found) == ["v1", "v2"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("c.txt", b"vid1\n", "Expected each line of {} to be the name of a clip, a "
         "tab and a caption; line 1 is 'vid1'."),
        ("c.tsv", b"vid1\tok\nvid2\t\xff", "to be UTF-8 text; byte 13, in line 2,"),
        ("c.tsv", b"vid1 no tab\n", "line 1 is 'vid1 no tab'."),
        ("c.csv", b"who,what\na,b\n", "Expected a column 'video' and a column "
         "'caption' in {}; it has who, what. Rename its columns."),
        ("c.csv", b"video,caption\na\n", "of {}; line 2 has a."),
        ("c.json", b'{"video_id": "a"}\n{}', "For one object in each line, name it "
         ".jsonl."),
        ("c.json", b'{"videos": [{"video_id": "a", "split": "three"}]}',
         "to be train, validate or test; that of a is 'three'. Rename it"),
        ("c.json", b"[", "it is no JSON: Expecting value: line 1 column 2 (char 1)."),
        ("c.json", b"[]", "it has no list 'videos'."),
        ("c.json", b'{"videos": []}', "it has no list 'sentences'."),
        ("c.json", b'{"videos": [{"video_id": 7}], "sentences": []}',
         "entry 0 of 'videos' has no text 'video_id'."),
        ("c.json", b'{"videos": [], "sentences": [{"video_id": "a"}]}',
         "entry 0 of 'sentences' has no text 'caption'."),
        ("c.json", b"[" * 100_000, "it is no JSON: "),
    ],
)  # fmt: skip
def test_files_of_another_form(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as error:
        read_captions(tmp_path / name)
    assert sentence.format(tmp_path / name) in str(error.value)


@pytest.mark.realdata
def test_the_captions_of_msvd(realdata):
    found = read_captions(realdata / "msvd_captions" / "references.txt")
    assert len(found) == 100
    assert found["vid1201"].captions[0] == "a man is filling up a bag with meat"
    # 4,290 captions, some of them more than once
    assert 3000 < sum(len(one.captions) for one in found.values()) < 4290
