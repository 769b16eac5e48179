"""A dataset's own aligner: learnt from confirmed clips, registered, and traced back to them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import audioset
from audioset.cli.app import run
from audioset.curation.cut.lines.learnt_voice import said_as_learnt
from audioset.documents.transcripts.lexicon import lexicon_digest
from audioset.errors import InvalidInputError, NotFoundError
from audioset.hearing.align.voices.espeak import is_installed, speak
from audioset.hearing.align.voices.phone_models import PhoneModels
from audioset.media.flac import encode_flac, pcm_sha256
from audioset.records.identity import make_clip_id, make_source_id
from audioset.records.lines import Line
from audioset.records.manifest import Clip, table_from_clips
from audioset.storage.tables import write_manifest
from audioset.tracking.models.aligners import fetch_aligner
from audioset.workspace import Workspace
from tests.workspaces import changed

TEXTS = (
    "the boat is late",
    "a cold wet night",
    "my mother sang to me",
    "who knows the way home",
    "seven red apples",
    "we danced till dawn",
    "look at that bird",
    "give me your hand",
)

pytestmark = pytest.mark.skipif(not is_installed(), reason="pip install 'audioset[align]'")


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A published version: nobody judged the clips of `human`, `found` and `model`, `accepted` was.

    A person cut `human` and wrote its texts; those of `found` were looked for by an aligner.
    """
    import mlflow

    folder = tmp_path_factory.mktemp("aligner")
    ws = audioset.init(folder / "scots", name="scots")
    ws = changed(ws, tracking=f"sqlite:///{folder}/scots/mlflow.db")
    accepted = {"text_source": "transcript", "accepted": True}
    add_speech(ws, "accepted.mp4", "en-us", lines=True, **accepted)
    add_speech(ws, "human.mp4", "en-gb-scotland", text_source="human")
    add_speech(ws, "found.mp4", "en-gb", lines=True, text_source="human")
    add_speech(ws, "model.mp4", "en", text_source="model:whisper@1")
    ws.publish(track=False)
    yield ws
    mlflow.set_tracking_uri(None)


def add_speech(ws: Workspace, name: str, voice: str, *, lines: bool = False, **values: Any) -> None:
    """Add a source that a synthetic voice speaks, a clip per text, perhaps cut as lines."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    source_id = make_source_id(name, sha256)
    ws.clips_dir.mkdir(exist_ok=True)
    ws.manifests_dir.mkdir(exist_ok=True)
    clips, start = [], 0
    said = [Line(number=k, text=text) for k, text in enumerate(TEXTS, 1)]
    for line, speech in zip(said, speak(said, voice, words_per_minute=140), strict=True):
        pcm = (np.pad(speech.samples, 1_600) * 32767).astype(np.int16)
        end = start + pcm.size
        clip = Clip(
            clip_id=make_clip_id(source_id, start / 16_000, end / 16_000),
            source_id=source_id,
            source_name=name,
            source_sha256=sha256,
            pcm_sha256=pcm_sha256(pcm),
            start_sample=start,
            end_sample=end,
            start_seconds=start / 16_000,
            end_seconds=end / 16_000,
            length_seconds=pcm.size / 16_000,
            num_samples=pcm.size,
            sampling_rate=16_000,
            channels=1,
            source_channels=1,
            bit_depth=16,
            text=line.text,
            line=line.number if lines else None,
            take=1 if lines else None,
            **values,
        )
        (ws.clips_dir / f"{clip.clip_id}.flac").write_bytes(encode_flac(pcm, 16_000))
        clips.append(clip)
        start = end
    write_manifest(ws.manifests_dir / f"{source_id}.parquet", table_from_clips(clips))


def test_it_learns_from_confirmed_clips_and_lineage_names_their_version(
    spoken: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = spoken.train_aligner(aliases=("prod",), voice="en-us")
    assert trained.model == "models:/scots-aligner/1"
    assert trained.num_clips == 2 * len(TEXTS)  # texts by a model are nobody's word
    assert trained.num_used >= 0.8 * trained.num_clips

    data, name = fetch_aligner("models:/scots-aligner@prod", spoken.tracking)
    models = PhoneModels.from_bytes(data, name=name)
    assert (name, models.voice) == ("scots-aligner@1", "en-us")
    assert models.trained_on.startswith("scots@v1?")
    assert len(models.names) == trained.num_phones > 20

    lineage = spoken.lineage("models:/scots-aligner@prod")
    assert [str(found.pin.ref) for found in lineage.versions] == ["scots@v1"]
    heard = spoken.clips_behind("models:/scots-aligner@prod")
    ids = heard.table.column("clip_id").to_pylist()
    assert len(ids) == trained.num_clips
    assert {clip_id.split("-")[0] for clip_id in ids} == {"accepted", "human"}


def test_the_command_shows_what_was_registered(
    spoken: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--workspace", str(spoken.folder), "--tracking", spoken.settings.tracking]
    assert run(["train-aligner", "--unconfirmed", "--name", "all", "--alias", "dev", *where]) == 0
    out, err = capsys.readouterr()
    first, second = out.splitlines()
    assert first == "models:/all/1 (@dev)"
    assert "phones of scots@v1" in second
    assert f"of {3 * len(TEXTS)} clips" in second
    assert "--aligner models:/all@dev" in err


def test_a_version_without_confirmed_texts_is_refused_and_says_what_to_do(
    spoken: Workspace,
) -> None:
    with pytest.raises(InvalidInputError, match="no clip whose text a person confirmed; accept"):
        spoken.train_aligner("scots@v1?source_name = 'model.mp4'")
    with pytest.raises(InvalidInputError, match="too little to learn from"):
        spoken.train_aligner("scots@v1?source_name = 'accepted.mp4' and line = 1")


def test_a_dataset_without_a_version_says_so(tmp_path: Path) -> None:
    empty = audioset.init(tmp_path / "scots", name="scots")
    with pytest.raises(NotFoundError, match="scots has no version yet"):
        empty.train_aligner()


def test_a_model_that_is_no_aligner_is_refused(spoken: Workspace) -> None:
    from audioset.tracking.client.client import mlflow_call, open_client

    with mlflow_call(spoken.tracking):
        client = open_client(spoken.tracking)
        client.create_registered_model("accent")
        client.create_model_version("accent", "runs:/0/weights")
    with pytest.raises(NotFoundError, match="models:/accent/1 is no aligner"):
        fetch_aligner("models:/accent/1", spoken.tracking)


def write_talk(folder: Path, texts: Sequence[str]) -> Path:
    """Write a recording of lines with pauses, and its transcript beside it."""
    lines = [Line(number=k, text=text) for k, text in enumerate(texts, 1)]
    said = [np.pad(speech.samples, 9_600) for speech in speak(lines, "en-us+f2")]
    sound = np.concatenate(said)
    sound += np.random.default_rng(0).normal(0, 0.001, sound.size).astype(np.float32)
    path = folder / "talk.flac"
    path.write_bytes(encode_flac((sound * 32767).astype(np.int16), 16_000))
    path.with_suffix(".txt").write_text("\n".join(texts), "utf-8")
    return path


def test_the_next_recording_is_cut_with_it_and_accepted_takes_stay(
    spoken: Workspace, tmp_path: Path
) -> None:
    spoken.train_aligner(name="next", aliases=("prod",), voice="en-us")
    workspace = changed(audioset.init(tmp_path / "more"), tracking=spoken.settings.tracking)
    talk = write_talk(tmp_path, ["who knows the boat", "my red hand", "a bird at home"])
    wanted = audioset.TranscriptOptions(
        path=talk.with_suffix(".txt"), aligner="models:/next@prod", voice="en-us", takes=1
    )
    (source,) = workspace.cut([talk], transcript=wanted).sources
    assert source.lines is not None
    assert source.lines.alignment.aligner == "next@1"
    assert source.lines.num_found == 3
    kept = source.lines.clip_ids[0]
    workspace.decide([audioset.Decision("clip", kept, "accepted", True)])

    talk.with_suffix(".txt").write_text("title page\nwho knows the boat\nmy red hand\na bird sings")
    (again,) = workspace.cut([talk], transcript=wanted).sources
    assert again.lines is not None
    pinned = again.lines.clip_ids.index(kept)
    span = again.lines.alignment.spans[pinned]
    assert (span.line, span.score, span.flags) == (2, 1.0, ())  # a person's word, no guess


def test_it_remembers_voice_language_and_lexicon_and_a_cut_with_it_goes_by_them(
    spoken: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lexicon = tmp_path / "words.txt"
    lexicon.write_text("boat  b'o:t\n")
    where = ["--workspace", str(spoken.folder), "--tracking", spoken.settings.tracking]
    words = ["train-aligner", "--name", "scot", "--language", "en-GB-scotland"]
    assert run([*words, "--lexicon", str(lexicon), *where]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "has its voice, en-gb-scotland, unless --voice names another" in told
    assert f"--aligner models:/scot/1 --lexicon {lexicon}" in told
    data, name = fetch_aligner("models:/scot/1", spoken.tracking)
    models = PhoneModels.from_bytes(data, name=name)
    assert (models.voice, models.language) == ("en-gb-scotland", "en-GB-scotland")
    assert models.lexicon_sha256 == lexicon_digest({"boat": "b'o:t"})

    workspace = changed(audioset.init(tmp_path / "more"), tracking=spoken.settings.tracking)
    talk = write_talk(tmp_path, ["who knows the boat", "my red hand"])
    asked = audioset.TranscriptOptions(
        path=talk.with_suffix(".txt"), aligner="models:/scot/1", takes=1, lexicon=lexicon
    )

    def cut(**changes: Any) -> str:
        transcript = replace(asked, **changes)
        return workspace.cut([talk], transcript=transcript).sources[0].status

    assert cut() == "cut"
    assert cut(voice="en-gb-scotland") == "unchanged"  # that voice it had
    assert cut(voice="en-us") == "cut"
    lexicon.write_text("# ours\nBOAT\tb'o:t\n")  # says the same
    assert cut() == "cut"
    with pytest.warns(UserWarning, match="models:/scot/1 learnt with a lexicon, and none is given"):
        cut(lexicon=None)
    lexicon.write_text("boat  b'u:t\n")
    with pytest.warns(UserWarning, match=r"learnt with another lexicon than .*words\.txt; name"):
        cut()


def test_a_lexicon_that_it_did_not_know_is_told_and_an_older_file_says_nothing(
    spoken: Workspace, tmp_path: Path
) -> None:
    spoken.train_aligner(name="plain", voice="en-us")
    data, name = fetch_aligner("models:/plain/1", spoken.tracking)
    models = PhoneModels.from_bytes(data, name=name)
    lexicon = tmp_path / "words.txt"
    lexicon.write_text("boat  b'o:t\n")
    asked = audioset.TranscriptOptions(aligner="models:/plain/1", lexicon=lexicon)
    with pytest.warns(UserWarning, match="plain/1 learnt without a lexicon, and"):
        assert said_as_learnt(asked, models).voice == "en-us"
    german = replace(asked, lexicon=None, language="de")
    assert said_as_learnt(german, models) == german  # a language was asked for
    said_as_learnt(asked, replace(models, lexicon_sha256=None))
