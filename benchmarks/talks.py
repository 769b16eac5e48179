"""Long talks for the benchmarks, made once of the real recordings (see CONTRIBUTING.md)."""

from collections.abc import Sequence
from pathlib import Path

from measuring import ffmpeg, real_media, tell

RECORDINGS = (
    "long/libri_27_124992.mp4",
    "long/fleurs_du_mal_01_14.mp4",
    "long/lj_chapter01.flac",
    "video/aesop_fable.mp4",
)
SHORT = ("long/lj_chapter01.flac",)  # enough to see that a benchmark works
_AS_WAV = ("-vn", "-ac", "2", "-ar", "44100")
_AAC = ("-c:a", "aac", "-b:a", "128k")


def make_talk(folder: Path, minutes: int, recordings: Sequence[str] = RECORDINGS) -> Path:
    """Make a video of the recordings, repeated: H.264 and AAC, 44.1 kHz stereo, 128 kbit/s."""
    talk = folder / f"talk{minutes}.mp4"
    if talk.is_file():
        return talk
    tell(f"making a talk of {minutes} minutes")
    for name in recordings:
        wav = folder / f"{Path(name).stem}.wav"
        if not wav.is_file():
            ffmpeg("-i", real_media() / name, *_AS_WAV, wav)
    once = [f"file '{Path(name).stem}.wav'\n" for name in recordings]  # 36 minutes of all
    times = minutes // (35 if recordings == RECORDINGS else 1) + 1
    (folder / "parts.txt").write_text("".join(once * times), encoding="utf-8")
    sound = ("-f", "concat", "-i", folder / "parts.txt")
    picture = ("-f", "lavfi", "-i", "testsrc=size=160x90:rate=5")
    part = talk.with_suffix(".part.mp4")
    ffmpeg(
        *sound,
        *picture,
        "-t",
        str(60 * minutes),
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        *_AAC,
        part,
    )
    return part.replace(talk)


def make_pieces(folder: Path, talk: Path, *, number: int, seconds: int) -> list[Path]:
    """Give `number` videos of the talk, each `seconds` long."""
    pieces = [folder / "pieces" / f"piece{count:02d}.mp4" for count in range(number)]
    (folder / "pieces").mkdir(exist_ok=True)
    for count, piece in enumerate(pieces):
        if not piece.is_file():
            ffmpeg("-ss", str(count * seconds), "-i", talk, "-t", str(seconds), "-c", "copy", piece)
    return pieces


def make_repeated(folder: Path, talk: Path, *, hours: int) -> Path:
    """Repeat the sound of a one-hour talk without encoding it again."""
    path = folder / f"sound{hours}h.m4a"
    if not path.is_file():
        (folder / "hours.txt").write_text(f"file '{talk.name}'\n" * hours, encoding="utf-8")
        ffmpeg("-f", "concat", "-i", folder / "hours.txt", "-map", "0:a", "-c", "copy", path)
    return path
