"""A workspace as it is after some evenings, and what of it must stay whatever happens."""

import hashlib
import json
import os
import pickle
import socket
import subprocess
import sys
import tempfile
import traceback
import urllib.request
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn, cast

import mlflow
import mlflow.sklearn
import numpy as np
from sklearn.dummy import DummyClassifier

import audioset
from audioset import Decision
from audioset.cli.app import main
from audioset.curation.workspace.effective import read_all_effective, read_decisions
from audioset.media.flac import decode_flac_pcm, pcm_sha256
from audioset.records.manifest import Clip, clips_from_table, table_from_clips
from audioset.storage.tables import read_manifest, replace_rows
from audioset.workspace import Workspace
from scripts.demo_video import SAMPLING_RATE, Speaker, recite
from tests.sounds import LINES, tone, write_audio, write_speech

ASR = "model:asr@1"
PHRASES = ("bring the coats in", "nobody told me that", "we went home by bus", "open the door")
SPEAKER = Speaker("isla", "en-gb-scotland")
NUM_CUES = 4
NUM_TAKEN_WHOLE = 3
_CUE = "{number}\n00:00:0{number},000 --> 00:00:0{number},600\ncue {number}\n\n"


@dataclass(frozen=True)
class Said:
    """What a command gave: its exit status and all that it printed."""

    status: int
    text: str


def as_a_user(folder: Path, *words: str) -> Said:
    """Run a command of audioset in a folder, in a process of its own."""
    return apart(folder, lambda: _command(words))


def _command(words: tuple[str, ...]) -> int:
    sys.argv = ["audioset", *words]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def apart(folder: Path, work: Callable[[], int]) -> Said:
    """Run something in a folder, in a process that has loaded all and opened nothing."""
    with tempfile.TemporaryFile() as heard:
        child = os.fork()
        if child == 0:
            _become(folder, heard.fileno(), work)
        _, ended = os.waitpid(child, 0)
        heard.seek(0)
        return Said(os.waitstatus_to_exitcode(ended), heard.read().decode())


def _become(folder: Path, heard: int, work: Callable[[], int]) -> NoReturn:
    status = 70
    try:
        os.chdir(folder)
        os.environ["COLUMNS"] = "240"
        for number in (1, 2):
            os.dup2(heard, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout = sys.stderr = os.fdopen(heard, "w", encoding="utf-8", closefd=False)
        status = work()
    except BaseException:  # noqa: BLE001  a child of a test ends here, whatever happens
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def load_model(folder: Path) -> Said:
    """Load the registered model as a person does, and let it say something."""
    return apart(folder, _load)


def _load() -> int:
    mlflow.set_tracking_uri(audioset.open_workspace().settings.tracking)
    model = mlflow.sklearn.load_model("models:/kettle/1")
    sys.stdout.write(f"says {model.predict([[0]])[0]} of {len(model.classes_)}")
    return 0


def open_pages(folder: Path) -> Said:
    """Start MLflow's pages and fetch the recipe of the model's run, as the browser does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [sys.executable, "-m", "audioset", "ui", "--port", str(port)]
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as pages:
        assert pages.stdout is not None
        assert pages.stderr is not None
        address = pages.stdout.readline().strip().partition("/#/")[0]
        try:
            version = _asked(f"{address}/api/2.0/mlflow/model-versions/get?name=kettle&version=1")
            run_id = json.loads(version)["model_version"]["run_id"]
            place = f"{address}/get-artifact?path=audioset%2Frecipe.json&run_uuid={run_id}"
            recipe = _asked(place)
            return Said(0, f"recipe.json {hashlib.sha256(recipe).hexdigest()[:8]}")
        except (OSError, ValueError) as error:
            pages.terminate()
            return Said(1, f"{error}; {pages.stderr.read()}")
        finally:
            pages.terminate()


def _asked(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return bytes(answer.read())


@dataclass(frozen=True)
class Kept:
    """What a workspace holds, apart from names and places: it is the same after a move.

    Attributes:
        clips: by the hash of their samples, where the file is there with just these bytes.
        texts: text and who wrote it.
        decisions: the text of the clip, the field, and the value that was decided.
        versions: the names of published versions.
    """

    clips: Counter[Hashable]
    texts: Counter[Hashable]
    decisions: Counter[Hashable]

    @classmethod
    def of(cls, workspace: Path) -> "Kept":
        """Read it, by other ways than the commands tell it."""
        ws = audioset.open_workspace(workspace)
        rows = list(clips_from_table(read_all_effective(ws.working)))
        decided = decided_of(ws)
        return cls(
            clips=Counter(row.pcm_sha256 for row in rows if _is_whole(ws, row)),
            texts=Counter((row.text, row.text_source) for row in rows if row.text),
            decisions=Counter(
                (row.text, field, getattr(row, field))
                for row in rows
                for field in ("accepted", "split", "text", "accent")
                if (row.clip_id, field) in decided
            ),
        )

    def against(self, before: "Kept") -> str:
        """Say how much is left of what there was, and what was added: `all` where nothing is."""
        told = []
        for name in ("clips", "texts", "decisions"):
            mine, theirs = getattr(self, name), getattr(before, name)
            left, more = (mine & theirs).total(), (mine - theirs).total()
            if mine != theirs:
                told.append(f"{name} {left}/{theirs.total()}" + (f"+{more}" if more else ""))
        return ", ".join(told) or "all"


def decided_of(ws: Workspace) -> set[tuple[str, str]]:
    """Give clip and field of each decision about a clip."""
    return {
        (subject, field) for kind, subject, field in read_decisions(ws.working) if kind == "clip"
    }


def _is_whole(ws: Workspace, row: Clip) -> bool:
    path = ws.clips_dir / f"{row.clip_id}.flac"
    if not path.is_file():
        return False
    pcm = decode_flac_pcm(path.read_bytes(), bit_depth=row.bit_depth, name=row.clip_id)
    return pcm_sha256(pcm) == row.pcm_sha256


def kept_of(workspace: Path) -> Kept:
    """Read what is kept, in a process of its own: this one opens nothing."""
    with tempfile.NamedTemporaryFile() as told:

        def work() -> int:
            Path(told.name).write_bytes(pickle.dumps(Kept.of(workspace)))
            return 0

        done = apart(workspace, work)
        assert done.status == 0, done.text
        return cast("Kept", pickle.loads(Path(told.name).read_bytes()))


def prepared_at(folder: Path, make: Callable[[Path], None]) -> tuple[Path, Path]:
    """Make a workspace, and put it aside; gives the place it is made for, and where it lies."""
    day, kept = folder / "day", folder / "kept"
    day.mkdir()

    def work() -> int:
        make(day)
        return 0

    done = apart(day, work)
    assert done.status == 0, done.text
    return day, day.rename(kept)


def prepare(day: Path, *, trained: bool = True) -> None:
    """Make `videos/`, `takes/` and the workspace `scots`: cut three ways, decided, trained on."""
    videos, takes = day / "videos", day / "takes"
    videos.mkdir(parents=True)
    takes.mkdir()
    write_audio(videos / "subs.wav", tone(200, 6, 16_000), 16_000)
    (videos / "subs.srt").write_text(
        "".join(_CUE.format(number=number) for number in range(1, NUM_CUES + 1))
    )
    write_speech(videos / "read.wav")
    (videos / "read.lines.txt").write_text("\n".join(LINES))
    write_chat(videos / "chat.wav")
    names = [f"take_{number}.wav" for number in range(1, NUM_TAKEN_WHOLE + 1)]
    for number, name in enumerate(names, 1):
        write_audio(takes / name, tone(300 + 50 * number, 0.5, 16_000), 16_000)
    rows = [f"{name},take {number},mairi" for number, name in enumerate(names, 1)]
    (takes / "table.csv").write_text("\n".join(["file,text,speaker", *rows]))

    ws = audioset.init(day / "scots")
    ws.cut(videos / "subs.wav", options={"by": "subtitles"}, speaker="isla")
    ws.cut(videos / "read.wav", options={"by": "lines"}, speaker="isla")
    ws.cut(videos, speaker="ailsa")
    ws.import_folder(takes)
    write_as_model(ws, "chat")
    decide_some(ws)
    ws.publish(message="first")
    if trained:
        train(ws)


def train(ws: Workspace) -> None:
    """Train on the version, and register what was learnt."""
    with ws.training_run("scots@v1"):
        clips = [clip for batch in ws.open("scots@v1").batches(clips=4, seed=1) for clip in batch]
        texts = sorted(str(clip.row.text) for clip in clips)
        model = DummyClassifier(strategy="constant", constant=texts[0])
        model.fit([[number] for number in range(len(texts))], texts)
        mlflow.sklearn.log_model(
            model, name="model", registered_model_name="kettle", pip_requirements=["scikit-learn"]
        )


def write_chat(path: Path, *, before_seconds: float = 0.0, phrases: int = len(PHRASES)) -> None:
    """Write a recording that is cut by its pauses, or an edited one: later, and shorter."""
    sound, said = recite(PHRASES, [SPEAKER], takes=1)
    end = round((said[phrases - 1].end_seconds + 0.5) * SAMPLING_RATE)
    silence = np.zeros(round(before_seconds * SAMPLING_RATE), np.float32)
    write_audio(path, np.concatenate([silence, sound[:end]]), SAMPLING_RATE)


def write_as_model(ws: Workspace, source: str) -> None:
    """Write texts of a model into the clips of a source, one of them each."""
    manifest = next(ws.manifests_dir.glob(f"{source}-*.parquet"))
    rows = [
        replace(row, text=text, hypothesis=text, text_source=ASR, hypothesis_source=ASR)
        for number, row in enumerate(clips_from_table(read_manifest(manifest)), 1)
        for text in (f"{source} {number}",)
    ]
    replace_rows(manifest, table_from_clips(rows))


def decide_some(ws: Workspace) -> None:
    """Decide about clips of every source: accepted, rejected, a split, a text."""
    decisions = []
    for row in clips_from_table(read_all_effective(ws.working)):
        kind = int(hashlib.sha256(row.clip_id.encode()).hexdigest(), 16) % 4
        if kind == 0:
            decisions.append(Decision("clip", row.clip_id, "accepted", True))
        elif kind == 1:
            decisions.append(Decision("clip", row.clip_id, "split", "test"))
        elif kind == 2:
            decisions.append(Decision("clip", row.clip_id, "text", f"{row.text}, she says"))
    decisions.append(Decision("clip", row.clip_id, "accepted", False))
    decisions.append(Decision("speaker", "isla", "accent", "glasgow"))
    ws.decide(decisions, by="mairi")
