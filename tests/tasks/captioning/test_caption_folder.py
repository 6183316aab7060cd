import json
import sys

import pytest
from caption_writer import films, write_captioned
from seqtasks.tasks.captioning.caption_folder import caption_folder

from seqtasks.data.splits import DEFAULT
from seqtasks.errors import UsageError
from seqtasks.task import SPLITS


def read(folder):
    return caption_folder(folder, frame_size=16, max_frames=8, rule=DEFAULT)


def add_lines(folder, *lines):
    with (folder / "references.txt").open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def test_clips_with_their_captions_in_three_splits(tmp_path):
    write_captioned(tmp_path, films(8))
    found = read(tmp_path)
    clips = {split: found.load(split) for split in SPLITS}
    assert [len(part) for part in clips.values()] == [6, 1, 1]
    assert sorted(clip.name for part in clips.values() for clip in part) == list(
        films(8)
    )
    for clip in clips["train"]:
        assert clip.frames.shape == (8, 16, 16, 3)
        how = films(8)[clip.name]
        assert clip.captions == (f"it gets {how}", f"a grey picture grows {how}")
        grows = clip.frames[-1].mean() > clip.frames[0].mean()
        assert grows == (how == "brighter")
    assert found.train_captions == tuple(clip.captions for clip in clips["train"])
    assert not found.one_caption
    assert found.source.summary == "8 captioned videos of your own"
    # the file in place of the folder
    again = read(tmp_path / "references.txt").load("test")
    assert [clip.name for clip in again] == [clip.name for clip in clips["test"]]


def test_clips_of_one_film_are_in_one_split(tmp_path):
    names = {
        f"film{film}_{second}_{second + 9}": "darker"
        for film in range(5)
        for second in (0, 10)
    }
    write_captioned(tmp_path, names)
    found = read(tmp_path)
    seen = {
        split: {clip.name.split("_")[0] for clip in found.load(split)}
        for split in SPLITS
    }
    assert sorted(film for part in seen.values() for film in part) == [
        f"film{index}" for index in range(5)
    ]


def test_the_splits_that_the_file_names(tmp_path):
    names = films(4)
    write_captioned(tmp_path, names)
    (tmp_path / "references.txt").unlink()
    of_split = dict(zip(names, ("test", "train", "validate", "train"), strict=True))
    content = {
        "videos": [{"video_id": n, "split": s} for n, s in of_split.items()],
        "sentences": [{"video_id": n, "caption": how} for n, how in names.items()],
    }
    (tmp_path / "info.json").write_text(json.dumps(content))
    found = read(tmp_path)
    for split, named in zip(SPLITS, ("train", "validate", "test"), strict=True):
        expected = [name for name, of in of_split.items() if of == named]
        assert [clip.name for clip in found.load(split)] == expected
    # if one lacks, none counts
    del content["videos"][0]["split"]
    (tmp_path / "info.json").write_text(json.dumps(content))
    assert [len(read(tmp_path).load(split)) for split in SPLITS] == [2, 1, 1]


@pytest.mark.parametrize(
    "words", [("training", "validate", "testing"), ("Train", "dev", "TEST")]
)
def test_words_for_splits(tmp_path, words):
    names = films(6)
    write_captioned(tmp_path, names)
    (tmp_path / "references.txt").unlink()
    content = {
        "videos": [{"video_id": n, "split": words[i % 3]} for i, n in enumerate(names)],
        "sentences": [{"video_id": n, "caption": how} for n, how in names.items()],
    }
    (tmp_path / "info.json").write_text(json.dumps(content))
    found = read(tmp_path)
    assert found.source.details == (("splits", "its own, those of info.json"),)
    for place, split in enumerate(SPLITS):
        assert [clip.name for clip in found.load(split)] == [*names][place::3]


def test_splits_for_some_clips_are_not_used_and_reported(tmp_path, capsys):
    names = films(8)
    write_captioned(tmp_path, names)
    (tmp_path / "references.txt").unlink()
    content = {
        "videos": [{"video_id": n} for n in names],
        "sentences": [{"video_id": n, "caption": how} for n, how in names.items()],
    }
    content["videos"][0]["split"] = "test"
    (tmp_path / "info.json").write_text(json.dumps(content))
    assert [len(read(tmp_path).load(split)) for split in SPLITS] == [6, 1, 1]
    assert (
        f"{tmp_path}/info.json names a split for 1 of the 8 clips, and of train, "
        f"validation and test test: these are not used.\n"
    ) in capsys.readouterr().err


def test_names_with_and_without_their_ending(tmp_path):
    names = films(8)
    write_captioned(tmp_path, names)
    captions = tmp_path / "references.txt"
    captions.write_text(
        "\n".join(
            f"{'clips/' * (n % 4 == 1)}{name}{'.avi' * (n % 2)}\tit gets {how}"
            for n, (name, how) in enumerate(names.items())
        )
        # one clip under both names
        + "\nfilm1_1_9\tthe same clip"
    )
    found = read(tmp_path)
    clips = {clip.name: clip for split in SPLITS for clip in found.load(split)}
    assert sorted(clips) == sorted(names)
    assert clips["film1_1_9"].captions == ("it gets darker", "the same clip")


def test_equal_videos_are_in_one_split(tmp_path, capsys):
    write_captioned(tmp_path, films(12))
    clips = tmp_path / "clips"
    for number in range(1, 12, 2):
        content = (clips / f"film{number}_1_9.avi").read_bytes()
        (clips / f"film{number - 1}_1_9.avi").write_bytes(content)
    found = read(tmp_path)
    for split in SPLITS:
        pairs = [int(c.name.split("_")[0][4:]) // 2 for c in found.load(split)]
        assert len(pairs) == 2 * len(set(pairs)) > 0
    assert f"6 of the 12 videos in {tmp_path} are equal" in capsys.readouterr().err


def test_what_lacks_or_is_damaged_is_named_and_skipped(tmp_path, capsys):
    write_captioned(tmp_path, films(12))
    (tmp_path / "clips" / "more.gif").write_bytes(b"GIF")
    add_lines(tmp_path, "gone\tA cat.")
    train = read(tmp_path).load("train")[0].name
    capsys.readouterr()
    (tmp_path / "clips" / f"{train}.avi").write_bytes(b"no video")
    found = read(tmp_path)
    assert capsys.readouterr().err == ""
    assert sum(len(found.load(split)) for split in SPLITS) == 11
    captions = tmp_path / "references.txt"
    assert capsys.readouterr().err == (
        f"1 of the 13 captioned clips have no video beside {captions}: gone. Skipped.\n"
        f"1 of the 13 videos have no captions in {captions}: more. Skipped.\n"
        f"1 of the 12 videos in {tmp_path} cannot be read: clips/{train}.avi (cut off, "
        f"or no video). Skipped.\n"
    )
    # a damaged video changes neither splits nor the vocabulary
    assert len(found.train_captions) == len(found.load("train")) + 1


def test_too_many_that_lack_or_are_damaged(tmp_path):
    write_captioned(tmp_path, films(6))
    captions = tmp_path / "references.txt"
    lines = captions.read_text()
    (tmp_path / "clips" / "film0_1_9.avi").write_bytes(b"")
    with pytest.raises(UsageError, match=r"At most 10% may be damaged"):
        read(tmp_path).load("train")
    add_lines(tmp_path, "a\tit moves", "b\tit moves")
    with pytest.raises(UsageError) as error:
        read(tmp_path)
    assert str(error.value) == (
        f"2 of the 8 captioned clips have no video beside {captions}: a, b. At most "
        f"10% may lack them; complete or remove them."
    )
    captions.write_text("\n".join(lines.splitlines()[2:]))
    with pytest.raises(UsageError, match=r"1 of the 6 videos have no captions in "):
        read(tmp_path)


def test_a_split_without_a_whole_video(tmp_path, capsys):
    write_captioned(tmp_path, films(10))
    (victim,) = read(tmp_path).load("test")
    (tmp_path / "clips" / f"{victim.name}.avi").write_bytes(b"no video")
    with pytest.raises(UsageError) as error:
        read(tmp_path).load("train")
    assert str(error.value) == (
        f"Expected a video of test that can be read in {tmp_path}; there is none. "
        f"Replace the damaged files: clips/{victim.name}.avi (cut off, or no "
        f"video)."
    )


def two_films(folder):
    clips = folder / "clips"
    (clips / "film2_1_9.avi").rename(clips / "film1_2_8.avi")
    lines = ["film0_1_9 a", "film1_1_9 a", "film1_2_8 a"]
    (folder / "references.txt").write_text("\n".join(lines))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: (path / "references.txt").unlink(),
         "Expected one file of captions in {0}, ending in one of .txt .tsv .csv .jsonl "
         ".json; found none."),
        (lambda path: (path / "notes.txt").touch(),
         "Expected one file of captions in {0}, ending in one of .txt .tsv .csv .jsonl "
         ".json; found notes.txt, references.txt. Give its path instead of the "
         "folder's."),
        (lambda path: (path / "references.txt").write_text("x\ta dog"),
         "Expected {0}/references.txt to name videos in {0}; it names x, and there are "
         "film0_1_9, film1_1_9, film2_1_9. It holds other files: 1 .txt."),
        (lambda path: (path / "clips/film1_1_9.avi").rename(path / "film0_1_9.avi"),
         "Expected one video of the name film0_1_9 in {0}; found clips/film0_1_9.avi "
         "and film0_1_9.avi."),
        (two_films,
         "Expected the videos in {0} to be of three films or more, one for each of "
         "train, validation and test; found film0, film1."),
    ],
    ids=["none", "two", "other names", "same name", "two films"],
)  # fmt: skip
def test_folders_that_cannot_be(tmp_path, spoil, sentence):
    write_captioned(tmp_path, films(3))
    spoil(tmp_path)
    with pytest.raises(UsageError) as error:
        read(tmp_path)
    assert str(error.value) == sentence.format(tmp_path)


def test_other_files_and_missing_packages(tmp_path, monkeypatch):
    (tmp_path / "v.mp4").touch()
    with pytest.raises(UsageError, match=r"or that file, \.txt \.tsv \.csv"):
        read(tmp_path / "v.mp4")
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(UsageError, match=r"BLEU of captions needs sacreBLEU"):
        read(tmp_path)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError, match="Decoding videos needs PyAV"):
        read(tmp_path)


@pytest.mark.realdata
def test_real_clips_with_captions(tmp_path, realdata):
    lines = []
    for index, path in enumerate(sorted((realdata / "video_clips").iterdir())):
        (tmp_path / path.name).symlink_to(path)
        lines += [f"{path.stem}\tclip number {index}", f"{path.stem}\tsomething moves"]
    (tmp_path / "captions.txt").write_text("\n".join(lines))
    found = caption_folder(tmp_path, frame_size=24, max_frames=16, rule=DEFAULT)
    clips = [clip for split in SPLITS for clip in found.load(split)]
    assert len(clips) == 4
    for clip in clips:
        assert clip.frames.shape == (16, 24, 24, 3)
        assert clip.frames.std() > 10
        assert clip.captions[1] == "something moves"
