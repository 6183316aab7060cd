"""Writes small captioned videos for tests."""

from pathlib import Path

from video_writer import flat_frames, write_video

GREYS = {"brighter": range(20, 220, 20), "darker": range(200, 0, -20)}


def write_captioned(folder: Path, names: dict[str, str]) -> None:
    """Videos that get brighter or darker, as their names state, and ``references.txt``.

    Each has two captions.
    """
    lines = []
    for number, (name, how) in enumerate(names.items()):
        # a stripe of its own: equal videos would be kept in one split
        frames = flat_frames(GREYS[how])
        frames[:, 0, : number + 1] = 255
        write_video(folder / "clips" / f"{name}.avi", frames)
        lines += [f"{name}\tit gets {how}", f"{name}\tA grey picture grows {how}."]
    (folder / "references.txt").write_text("\n".join(lines) + "\n")


def films(count: int) -> dict[str, str]:
    """Names as in MSVD, and what happens, by turns."""
    return {
        f"film{index}_1_9": ("brighter", "darker")[index % 2] for index in range(count)
    }
