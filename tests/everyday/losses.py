"""Every way to lose texts or decisions, and what is said with its numbers before any is lost."""

import csv
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import audioset
from audioset import Decision
from audioset.cli.app import run
from audioset.curation.workspace.effective import read_all_effective
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.storage.tables import read_manifest, replace_rows
from tests.everyday.prepared import ASR, Said, apart, as_a_user, kept_of, prepared_at
from tests.sounds import LINES, tone, write_audio, write_speech

NUM_DECISIONS = 757
NUM_CUES, NUM_WINDOWS, NUM_TAKES = 300, 400, 20
RATE = 8000
# What is decided of the clips of each source, in turn.
TURNS = (("accepted", True), ("accepted", False), ("split", "test"), ("text", None))


def prepare(day: Path) -> None:
    """Make 726 clips with texts of subtitles, lines, a model and a table, and decide 757 times."""
    videos, takes = day / "videos", day / "takes"
    videos.mkdir(parents=True)
    takes.mkdir()
    seconds = NUM_CUES / 2
    write_audio(videos / "subs.wav", tone(200, seconds, RATE), RATE)
    write_cues(videos / "subs.srt")
    write_speech(videos / "read.wav")
    (videos / "read.lines.txt").write_text("\n".join(LINES))
    write_audio(videos / "tone.wav", tone(330, NUM_WINDOWS / 2, RATE), RATE)
    for number in range(1, NUM_TAKES + 1):
        write_audio(takes / f"take_{number:02d}.wav", tone(300 + 20 * number, 0.5, RATE), RATE)
    write_table(takes / "table.csv")

    ws = audioset.init(day / "scots")
    ws.cut(videos / "subs.wav", options={"by": "subtitles"}, speaker="isla")
    asked = audioset.TranscriptOptions(takes=3)
    ws.cut(
        videos / "read.wav", options={"by": "lines"}, transcript=asked, facts={"gender": "female"}
    )
    ws.cut(videos / "tone.wav", options={"by": "windows", "every_seconds": 0.5})
    ws.import_folder(takes)
    written = {"text_source": ASR, "hypothesis_source": ASR, "hypothesis": "heard", "text": "heard"}
    manifest = next(ws.manifests_dir.glob("tone-*.parquet"))
    rows = [
        replace(row, **{**written, "text": f"heard {number}", "hypothesis": f"heard {number}"})
        for number, row in enumerate(clips_from_table(read_manifest(manifest)))
    ]
    replace_rows(manifest, table_from_clips(rows))
    decide(ws)
    ws.export_table(day / "scots" / "clips.csv")


def decide(ws: audioset.Workspace) -> None:
    """Decide 757 things: one of each clip in turn, facts of some, and one of a speaker."""
    by_source: dict[str, list[Clip]] = {}
    for row in clips_from_table(read_all_effective(ws.working)):
        by_source.setdefault(
            "take" if row.source_name[:4] == "take" else row.source_name, []
        ).append(row)
    decisions = []
    for rows in by_source.values():
        for number, row in enumerate(rows):
            name, value = TURNS[number % len(TURNS)]
            said = f"{row.text}, {number}" if name == "text" else value
            decisions.append(Decision("clip", row.clip_id, name, said))
    more = NUM_DECISIONS - 1 - len(decisions)
    decisions += [
        Decision("clip", row.clip_id, "accent", "leith") for row in by_source["tone.wav"][:more]
    ]
    ws.decide([*decisions, Decision("speaker", "isla", "accent", "glasgow")], by="mairi")


def write_cues(path: Path, *, leave_out: int = -1) -> None:
    """Write subtitles of 0.4 s, every half second."""
    cues = []
    for number in range(NUM_CUES):
        if number != leave_out:
            minutes, seconds = divmod(number / 2, 60)
            begin, end = (
                f"00:{int(minutes):02d}:{int(at):02d},{round(at % 1 * 1000):03d}"
                for at in (seconds, seconds + 0.4)
            )
            cues.append(f"{number + 1}\n{begin} --> {end}\ncue {number}\n")
    path.write_text("\n".join(cues))


def write_table(path: Path, *, num_rows: int = NUM_TAKES) -> None:
    """Write the table of the folder that is imported."""
    rows = [f"take_{n:02d}.wav,take {n},mairi" for n in range(1, num_rows + 1)]
    path.write_text("\n".join(["file,text,speaker", *rows]))


@dataclass(frozen=True)
class Loss:
    """Something that could lose what people have, and what is said of it first.

    Attributes:
        happens: to the folder, before the command.
        words: of the command; paths from the workspace.
        status: with which it ends.
        told: a part of what it says, with the numbers.
        lost: what is kept after the same command with `--yes`; None where there is no such.
    """

    name: str
    words: tuple[str, ...]
    status: int
    told: str
    happens: Callable[[Path], object] = lambda day: None
    lost: str | None = None
    revision: int | None = None


def _unlink(name: str) -> Callable[[Path], object]:
    return lambda day: (day / name).unlink()


def _write(name: str, text: str) -> Callable[[Path], object]:
    return lambda day: (day / name).write_text(text)


def _change_defaults(day: Path) -> None:
    path = day / "scots/audioset.toml"
    path.write_text('name = "scots"\n[cut]\nby = "windows"\nsampling_rate = 16000\n')


def _edit(day: Path) -> None:
    write_audio(day / "videos/tone.wav", tone(430, NUM_WINDOWS / 4, RATE), RATE)


def _conflict(day: Path) -> None:
    """Correct ten texts in the table, while somebody else corrects them too."""
    path = day / "scots/clips.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = [row for row in rows if row["clip_id"].startswith("subs-")][:10]
    for row in chosen:
        row["text"] += ", says the table"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    ws = audioset.open_workspace(day / "scots")
    theirs = [Decision("clip", row["clip_id"], "text", "says ailsa") for row in chosen[:10]]
    ws.decide(theirs, by="ailsa")


LOSSES = (
    Loss("cut again", ("cut", "../videos"), 0, "nothing was to be done"),
    Loss(
        "another way",
        ("cut", "../videos/subs.wav", "--by", "windows", "--every", "1"),
        3,
        "leave behind 150 texts of subtitles, 75 decided texts, 75 acceptances, 75 rejections, "
        "75 splits",
    ),
    Loss(
        "another way, all",
        ("cut", "../videos", "--by", "windows", "--every", "2"),
        3,
        "leaves behind 150 texts of subtitles, 3 texts of lines, 200 texts of models, 175 decided "
        "texts, 176 acceptances, 175 rejections, 175 splits, 30 decided facts",
    ),
    Loss(
        "other options",
        ("cut", "../videos/tone.wav", "--every", "2"),
        3,
        "leave behind 200 texts of models, 100 decided texts, 100 acceptances, 100 rejections, "
        "100 splits, 30 decided facts",
    ),
    Loss(
        "other options of cues",
        ("cut", "../videos/subs.wav", "--shift", "0.25"),
        3,
        "leave behind 75 decided texts, 75 acceptances, 75 splits",
    ),
    Loss(
        "another cue file",
        ("cut", "../videos/subs.wav", "--labels", "../half.srt"),
        3,
        "leave behind 101 texts of subtitles, 51 decided texts, 50 acceptances, 51 splits",
        lambda day: (day / "half.srt").write_text(
            (day / "videos/subs.srt").read_text()[:4000].rsplit("\n\n", 1)[0]
        ),
    ),
    Loss(
        "the cue file is gone",
        ("cut", "../videos"),
        0,
        "is gone; its clips stay as they are, with 150 texts of subtitles",
        _unlink("videos/subs.srt"),
    ),
    Loss(
        "the cue file is emptied",
        ("cut", "../videos"),
        3,
        "no cues in it; its clips stay as they are, with 150 texts of subtitles",
        _write("videos/subs.srt", ""),
    ),
    Loss(
        "a cue is taken out",
        ("cut", "../videos"),
        3,
        "leave behind 1 text of subtitles, 1 acceptance",
        lambda day: write_cues(day / "videos/subs.srt", leave_out=4),
    ),
    Loss(
        "the lines file is gone",
        ("cut", "../videos"),
        0,
        "is gone; its clips stay as they are, with 3 texts of lines",
        _unlink("videos/read.lines.txt"),
    ),
    Loss(
        "the lines file is emptied",
        ("cut", "../videos"),
        3,
        "its clips stay as they are, with 3 texts of lines, 1 decided text",
        _write("videos/read.lines.txt", ""),
    ),
    Loss(
        "a line is taken out",
        ("cut", "../videos"),
        3,
        "leave behind",
        _write("videos/read.lines.txt", LINES[1]),
    ),
    Loss(
        "--speaker over another",
        ("cut", "../videos/subs.wav", "--speaker", "ailsa"),
        3,
        "1 given fact, 1 decision about a speaker",
    ),
    Loss(
        "--set over another",
        ("cut", "../videos/read.wav", "--set", "gender=male"),
        3,
        "'female' becomes 'male'; it would leave behind 1 given fact",
    ),
    Loss("[cut] is changed", ("cut", "../videos"), 0, "nothing was to be done", _change_defaults),
    Loss(
        "another release",
        ("cut", "../videos"),
        0,
        "another release cut it; its clips stay as they are, with",
        revision=99,
    ),
    Loss(
        "remove a source",
        ("remove", "subs.wav"),
        0,
        "would leave the workspace: 300 texts, 300 decisions of people",
    ),
    Loss("remove all", ("remove", "*"), 0, "726 texts, 756 decisions of people"),
    Loss("forget a speaker", ("forget", "--speaker", "isla"), 0, ""),
    Loss("a source is replaced", ("cut", "../videos"), 3, "lets it take its place", _edit),
    Loss(
        "import again, a row is gone",
        ("import", "folder", "../takes"),
        3,
        "",
        lambda day: write_table(day / "takes/table.csv", num_rows=NUM_TAKES - 4),
    ),
    Loss(
        "import again, a file is gone",
        ("import", "folder", "../takes"),
        3,
        "",
        _unlink("takes/take_01.wav"),
    ),
    Loss(
        "import again, the table is gone",
        ("import", "folder", "../takes"),
        3,
        "",
        _unlink("takes/table.csv"),
    ),
    Loss("a table with conflicts", ("decide", "--from", "clips.csv"), 3, "10 conflicts", _conflict),
)


@dataclass(frozen=True)
class LossRow:
    """What was said of a loss before it happened, and what was left after `--yes`."""

    name: str
    command: str
    said: Said
    words: str
    same: bool
    after_yes: str
    is_right: bool


def try_loss(loss: Loss, day: Path) -> LossRow:
    """Let it come to a loss in a prepared folder: first without `--yes`, then with it."""
    workspace = day / "scots"

    def happen() -> int:
        loss.happens(day)
        return 0

    done = apart(day, happen)
    assert done.status == 0, done.text
    before, kept = _bytes(workspace), kept_of(workspace)
    said = _run(workspace, loss.words, loss.revision)
    same = _bytes(workspace) == before and kept_of(workspace) == kept
    line = next((one for one in said.text.splitlines() if loss.told in one), None)
    after = ""
    if loss.lost is not None or said.status == 3:
        done = _run(workspace, (*loss.words, "--yes"), loss.revision)
        after = f"{done.status} {kept_of(workspace).against(kept)}"
    return LossRow(
        loss.name,
        " ".join(loss.words),
        said,
        " ".join((line or said.text).split()),
        same,
        after,
        line is not None and said.status == loss.status and same,
    )


def _run(workspace: Path, words: tuple[str, ...], revision: int | None) -> Said:
    def with_revision() -> int:
        with patch("audioset.records.cut_options.CUT_REVISION", revision):
            return run(list(words))

    return as_a_user(workspace, *words) if revision is None else apart(workspace, with_revision)


def _bytes(workspace: Path) -> dict[str, bytes]:
    folders = ("manifests", "clips")
    return {str(p): p.read_bytes() for name in folders for p in (workspace / name).iterdir()}


def rows_of_losses(folder: Path, wanted: str = "") -> Iterator[LossRow]:
    """Prepare once, and let it come to each loss in a copy at the same place."""
    chosen = [loss for loss in LOSSES if wanted in loss.name]
    if not chosen:
        return
    day, kept = prepared_at(folder, prepare)
    for loss in chosen:
        shutil.copytree(kept, day)
        yield try_loss(loss, day)
        shutil.rmtree(day)
