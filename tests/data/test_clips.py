import sys

import numpy as np
import pytest
from video_writer import flat_frames, write_video

from seqtasks.data.clips import decode, find_videos
from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".avi"])
def test_all_frames_of_a_short_video_in_order(tmp_path, suffix):
    greys = [0, 40, 80, 120, 160, 200, 240]
    write_video(tmp_path / f"v{suffix}", flat_frames(greys, height=32, width=48))
    frames = decode(tmp_path / f"v{suffix}", max_frames=7, frame_size=16)
    assert frames.shape == (7, 16, 16, 1)
    assert frames.dtype == np.uint8
    np.testing.assert_allclose(frames.mean(axis=(1, 2, 3)), greys, atol=4)


def test_frames_of_a_long_video_are_taken_evenly_from_the_first_to_the_last(tmp_path):
    write_video(tmp_path / "v.avi", flat_frames(range(0, 200, 4)))
    frames = decode(tmp_path / "v.avi", max_frames=8, frame_size=16)
    # 50 frames: numbers 0, 7, …, 49 of value 4 each
    assert frames[:, 0, 0, 0].tolist() == [0, 28, 56, 84, 112, 140, 168, 196]


def test_a_very_long_video_is_thinned_on_the_way(tmp_path):
    write_video(tmp_path / "v.avi", flat_frames(range(250), height=16, width=16))
    frames = decode(tmp_path / "v.avi", max_frames=3, frame_size=16)
    # 96 frames are kept at most: each 4th, 0 to 248
    assert frames[:, 0, 0, 0].tolist() == [0, 124, 248]


def test_colours_and_the_whole_picture_squeezed_to_a_square(tmp_path):
    frame = np.zeros((32, 64, 3), np.uint8)
    frame[:, :32, 0] = 255  # the left half red
    frame[:, 32:, 2] = 255  # the right half blue
    write_video(tmp_path / "v.avi", np.stack([frame] * 3))
    frames = decode(tmp_path / "v.avi", max_frames=3, frame_size=16, color=True)
    assert frames.shape == (3, 16, 16, 3)
    np.testing.assert_allclose(frames[1, 8, 3], [255, 0, 0], atol=2)
    np.testing.assert_allclose(frames[1, 8, 12], [0, 0, 255], atol=2)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_frames_are_turned_as_the_file_asks_for(tmp_path, degrees):
    frames = np.zeros((4, 32, 48, 3), np.uint8)
    frames[:, :16, :24] = 200  # bright at the left of the top
    write_video(tmp_path / "v.mp4", frames, degrees)
    found = decode(tmp_path / "v.mp4", max_frames=4, frame_size=16)
    quarters = found[0, :, :, 0].reshape(2, 8, 2, 8).mean(axis=(1, 3))
    # anticlockwise: the corner goes down at the left, then to the right, then up
    corner = {0: (0, 0), 90: (1, 0), 180: (1, 1), 270: (0, 1)}[degrees]
    assert np.unravel_index(quarters.argmax(), (2, 2)) == corner


@pytest.mark.parametrize("name", ["s\udcfc.mp4", "100% \x1b[31m.mp4", "-i.mp4"])
def test_odd_names_of_videos(tmp_path, name):
    write_video(tmp_path / "v.mp4", flat_frames([0, 99]))
    (tmp_path / "v.mp4").rename(tmp_path / name)
    assert decode(tmp_path / name, 8, 16).shape == (2, 16, 16, 1)


def test_what_does_not_decode(tmp_path):
    (tmp_path / "v.mp4").write_bytes(b"no video" * 100)
    with pytest.raises(DamagedError, match=r"^cut off, or no video$"):
        decode(tmp_path / "v.mp4", 8, 16)
    write_video(tmp_path / "w.mp4", flat_frames([0] * 10))
    whole = (tmp_path / "w.mp4").read_bytes()
    (tmp_path / "w.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedError):
        decode(tmp_path / "w.mp4", 8, 16)


def read_videos(folder):
    return folder.read(lambda file: decode(file, 8, 16))


def folder_of(path, counts):
    for name, count in counts.items():
        for index in range(count):
            # equal videos would be kept in one split
            greys = [index, len(name), ord(name[0])]
            write_video(path / name / f"{index}.avi", flat_frames(greys))
    return path


def test_classes_are_sub_folders_and_others_are_passed_over(tmp_path):
    folder_of(tmp_path, {"walk": 3, "run": 3})
    write_video(tmp_path / "run" / "deeper" / "v.avi", flat_frames([1]))
    write_video(tmp_path / "run" / ".hidden.avi", flat_frames([1]))
    (tmp_path / "run" / "notes.txt").write_text("not a video")
    (tmp_path / ".cache").mkdir()
    found = find_videos(tmp_path)
    assert found.class_names == ("run", "walk")
    assert [(video.name, video.label) for video in found.files] == [
        ("run/0.avi", 0), ("run/1.avi", 0), ("run/2.avi", 0), ("run/deeper/v.avi", 0),
        ("walk/0.avi", 1), ("walk/1.avi", 1), ("walk/2.avi", 1),
    ]  # fmt: skip
    for label in (0, 1):
        splits = {video.split for video in found.files if video.label == label}
        assert splits == {"train", "validation", "test"}


def test_no_sub_folders_a_file_and_no_pyav(tmp_path, monkeypatch):
    with pytest.raises(UsageError) as error:
        find_videos(tmp_path)
    assert str(error.value) == (
        f"Expected {tmp_path} to have two sub-folders or more, one a class, with the "
        f"videos of that class; found none."
    )
    (tmp_path / "v.mp4").touch()
    with pytest.raises(UsageError, match=r"sub-folder of videos a class; .* is a f"):
        find_videos(tmp_path / "v.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError) as error:
        find_videos(tmp_path)
    assert str(error.value) == (
        "Decoding videos needs PyAV, which is not installed: "
        "`pip install seqtasks[video]`."
    )


def test_a_class_of_two(tmp_path):
    folder_of(tmp_path, {"run": 3, "walk": 2})
    with pytest.raises(UsageError) as error:
        find_videos(tmp_path)
    assert str(error.value) == (
        f"Expected at least 3 videos in {tmp_path / 'walk'}, one for each of train, "
        f"validation and test; found 2 ending in one of .avi .gif .m4v .mkv .mov .mp4 "
        f".mpeg .mpg .webm."
    )


def test_a_damaged_file_is_named_and_skipped_and_too_many_refused(tmp_path, capsys):
    folder_of(tmp_path, {"run": 5, "walk": 6})
    found = find_videos(tmp_path)
    victim = next(video.name for video in found.files if video.split == "train")
    (tmp_path / victim).write_bytes(b"damaged")
    # the others stay where they were
    assert [video for video, _ in read_videos(found)] == [
        video for video in found.files if video.name != victim
    ]
    invalid = "(cut off, or no video)"
    assert capsys.readouterr().err == (
        f"1 of the 11 videos in {tmp_path} cannot be read: {victim} {invalid}. "
        f"Skipped.\n"
    )
    other = next(video.name for video in found.files[::-1] if video.name != victim)
    (tmp_path / other).write_bytes(b"damaged")
    with pytest.raises(UsageError) as error:
        read_videos(found)
    assert str(error.value) == (
        f"2 of the 11 videos in {tmp_path} cannot be read: {victim} {invalid}, "
        f"{other} {invalid}. At most 10% may be damaged; remove or replace them."
    )


def test_the_only_test_video_of_a_class_is_damaged(tmp_path):
    folder_of(tmp_path, {"run": 3, "walk": 9})
    found = find_videos(tmp_path)
    victim = next(v.name for v in found.files if (v.label, v.split) == (0, "test"))
    (tmp_path / victim).write_bytes(b"damaged")
    with pytest.raises(UsageError) as error:
        read_videos(found)
    assert str(error.value) == (
        f"Expected videos of run that can be read in each of train, validation and "
        f"test; test has none. Replace the damaged files: {victim} (cut off, or "
        f"no video)."
    )


@pytest.mark.realdata
@pytest.mark.parametrize(
    "name",
    ["bikes.mp4", "carphone_pristine.mp4", "newtonscradle.gif", "realshort.mp4"],
)
def test_real_videos(realdata, name):
    frames = decode(realdata / "video_clips" / name, 16, 24, color=True)
    assert frames.shape == (16, 24, 24, 3)
    assert frames.std() > 10
    # something moves
    assert abs(np.diff(frames.astype(int), axis=0)).max() > 10
    grey = decode(realdata / "video_clips" / name, 16, 24)
    luma = frames @ [0.299, 0.587, 0.114]
    assert abs(grey[..., 0] - luma).mean() < 8
