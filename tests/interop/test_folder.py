"""Importing a folder of clips with a table of facts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from audioset.documents.facts import NamedFiles, read_facts_table
from audioset.errors import InvalidInputError
from audioset.interop.importers import ImportReport
from audioset.media.flac import decode_flac_pcm
from audioset.records.manifest import Clip, clips_from_table
from audioset.storage.tables import read_manifest
from audioset.workspace import Workspace


def write_sound(path: Path, number: int, *, rate: int = 8000, channels: int = 1) -> np.ndarray:
    """Write a quarter second of a tone with noise; give its int16 samples, mixed to one channel."""
    rng = np.random.default_rng(number)
    tone = 0.2 * np.sin(2 * np.pi * (200 + 10 * number) * np.arange(rate // 4) / rate)
    pcm = ((tone + rng.normal(0, 0.01, rate // 4)) * 32767).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.stack([pcm] * channels, axis=1), rate)
    return pcm


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "wavs"
    for number in range(3):
        write_sound(folder / f"{number}.wav", number)
    return folder


def run(folder: Path, text: str, ws: Workspace, **options: Any) -> ImportReport:
    table = folder.parent / "labels.csv"
    table.write_text(text, encoding="utf-8")
    return ws.import_folder(folder, metadata=table, **options)


def clips_of(report: ImportReport) -> list[Clip]:
    return list(clips_from_table(read_manifest(report.manifest)))


def test_columns_of_the_table_become_text_facts_and_extra(folder: Path, ws: Workspace) -> None:
    report = run(
        folder,
        "\ufeffFile_Name,Sentence,speaker,Gender,License,split,take,mood\n"
        '0.wav,"one, two",ada,female,CC0,dev,0,\n'
        "1.wav,,ada,,CC0,test,1,calm\n",
        ws,
        named_only=True,
    )
    first, second = clips_of(report)
    assert (first.text, first.text_source) == ("one, two", "human")
    assert (first.speaker, first.gender, first.licence) == ("ada", "female", "CC0")
    assert (first.split, first.extra) == ("validation", {"take": "0"})
    assert (second.text, second.text_source, second.gender) == (None, None, None)
    assert (second.split, second.extra) == ("test", {"take": "1", "mood": "calm"})
    assert first.take is None, "take of a foreign table is a fact, not our count of takes"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_header(tmp_path: Path, delimiter: str) -> None:
    table = tmp_path / "t.csv"
    lines = [["path", "text", "speaker"], ["a.wav", "hello", "ada"]]
    table.write_text("\n".join(delimiter.join(line) for line in lines), encoding="utf-8")
    (row,) = read_facts_table(table, NamedFiles(["a.wav"])).rows
    assert row.file == "a.wav"
    assert row.columns == {"text": "hello", "text_source": "human", "speaker": "ada"}


@pytest.mark.parametrize(
    ("name", "rate", "channels"),
    [("a.wav", 8000, 1), ("b.flac", 22_050, 1), ("c.ogg", 16_000, 2), ("d.wav", 44_100, 2)],
)
def test_every_format_keeps_its_own_rate_and_length(
    tmp_path: Path, ws: Workspace, name: str, rate: int, channels: int
) -> None:
    pcm = write_sound(tmp_path / "set" / name, 1, rate=rate, channels=channels)
    report = run(tmp_path / "set", f"file\n{name}\n", ws)
    (clip,) = clips_of(report)
    assert (clip.sampling_rate, clip.source_channels, clip.channels) == (rate, channels, 1)
    assert clip.length_seconds == clip.num_samples / rate
    # Vorbis is decoded in whole blocks: its last one may be a little longer than what went in.
    assert clip.num_samples == pytest.approx(pcm.size, abs=128 if name.endswith(".ogg") else 0)
    assert clip.start_sample == 0
    assert clip.end_sample == clip.num_samples
    assert clip.loudness_lufs is None or clip.loudness_lufs < 0
    assert clip.peak_dbfs == pytest.approx(20 * np.log10(np.abs(pcm).max() / 32768), abs=1.0)
    if name.endswith((".wav", ".flac")):
        flac = (ws.clips_dir / f"{clip.clip_id}.flac").read_bytes()
        stored = decode_flac_pcm(flac, bit_depth=16, name=name) >> 16
        np.testing.assert_array_equal(stored, pcm)


def test_bad_rows_are_listed_and_the_others_go_on(folder: Path, ws: Workspace) -> None:
    (folder / "text.wav").write_text("no audio here", encoding="utf-8")
    (folder.parent / "secret.wav").write_bytes((folder / "2.wav").read_bytes())
    report = run(
        folder,
        "file,speaker\n0.wav,a\nmissing.wav,a\ntext.wav,a\n,a\n../secret.wav,a\n0.wav,b\n1.wav,b\n",
        ws,
    )
    assert [(row.row, row.fate) for row in report.rows] == [
        (2, "contradicts"),
        (3, "no file"),
        (4, "failed"),
        (5, "no name"),
        (6, "no file"),
        (7, "contradicts"),
        (8, "taken"),
    ]
    why = {row.row: row.why for row in report.rows}
    assert "'missing.wav' is not there" in why[3]
    assert "not a media file" in why[4]
    assert "outside of the folder" in why[6]
    assert "rows 2 and 7 contradict each other about 0.wav (speaker: 'a' or 'b')" in why[2]
    assert [name for name, _ in report.failures] == ["text.wav"]
    assert report.without_row == ("2.wav",)
    assert (report.num_clips, report.length_seconds) == (3, pytest.approx(0.75))
    assert [clip.speaker for clip in clips_of(report)] == [None, "b", None]


def test_the_same_audio_in_two_folders_of_the_table_is_one_clip(
    folder: Path, ws: Workspace
) -> None:
    (folder / "copy").mkdir()
    (folder / "copy" / "0.wav").write_bytes((folder / "0.wav").read_bytes())
    report = run(folder, "file\n0.wav\ncopy/0.wav\n", ws, named_only=True)
    assert report.num_clips == 1
    assert report.failures == (("copy/0.wav", "the same audio as 0.wav; that one is kept"),)


def test_importing_an_edited_table_changes_texts_and_doubles_nothing(
    folder: Path, ws: Workspace
) -> None:
    before = clips_of(run(folder, "file,text\n0.wav,won\n1.wav,two\n", ws))
    report = run(folder, "file,text\n0.wav,one\n1.wav,two\n2.wav,three\n", ws)
    assert [path.name for path in ws.manifests_dir.glob("*.parquet")] == [report.manifest.name]
    assert (report.num_clips, report.num_new, report.num_changed) == (3, 0, 2)
    assert [clip.text for clip in clips_of(report)] == ["one", "two", "three"]
    assert [clip.clip_id for clip in clips_of(report)] == [clip.clip_id for clip in before]


def test_a_moved_folder_is_still_the_same_folder(folder: Path, ws: Workspace) -> None:
    run(folder, "file\n0.wav\n", ws)
    moved = folder.parent / "elsewhere" / folder.name
    moved.parent.mkdir()
    folder.rename(moved)
    report = run(moved, "file\n0.wav\n1.wav\n", ws)
    assert (report.num_clips, report.num_new) == (3, 0)
    assert len(list(ws.manifests_dir.glob("*.parquet"))) == 1


def test_another_folder_of_the_same_name_stands_beside_the_first(
    folder: Path, ws: Workspace, tmp_path: Path
) -> None:
    first = run(folder, "file\n0.wav\n", ws)
    before = first.manifest.read_bytes()
    other = tmp_path / "other" / "wavs"
    write_sound(other / "0.wav", 99)
    second = run(other, "file,text\n0.wav,one\n", ws)
    assert (second.num_clips, second.num_new) == (1, 1)
    assert first.manifest.read_bytes() == before
    assert second.manifest != first.manifest
    again = run(other, "file,text\n0.wav,won\n", ws)
    assert (again.manifest, again.num_new, again.num_changed) == (second.manifest, 0, 1)
    assert ws.describe().num_clips == 4


def test_many_rows_are_imported_by_processes_in_the_order_of_the_table(
    tmp_path: Path, ws: Workspace
) -> None:
    names = [f"{number:03d}.wav" for number in range(210)]
    for number, name in enumerate(names):
        write_sound(tmp_path / "many" / name, number)
    seen: list[tuple[float, float | None]] = []
    table = tmp_path / "labels.csv"
    table.write_text("file\n" + "\n".join([*names, "gone.wav", "lost.wav"]), encoding="utf-8")
    report = ws.import_folder(
        tmp_path / "many",
        metadata=table,
        progress=lambda _task, done, total, _unit: seen.append((done, total)),
    )
    assert report.num_clips == 210
    assert [row.name for row in report.to_look_at] == ["gone.wav", "lost.wav"]
    assert seen[-1] == (210, 210)
    assert len(seen) <= 211


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("word,text\nx,a b\n", "no column that names the audio files"),
        ("file,Text,text\n0.wav,x,y\n", "two columns named 'Text'"),
        ("file,text\n", "no rows"),
        ("file\nmissing.wav\n", "none of the 1 rows"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(
    folder: Path, ws: Workspace, text: str, message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        run(folder, text, ws)
    assert not ws.manifests_dir.exists()


def test_no_table_and_no_folder_are_refused(folder: Path, ws: Workspace) -> None:
    table = folder / "labels.csv"
    with pytest.raises(InvalidInputError, match="does not exist"):
        ws.import_folder(folder, metadata=table)
    table.write_text("file\n")
    with pytest.raises(InvalidInputError, match="not a folder"):
        ws.import_folder(table, metadata=table)
    (ws.folder / "empty").mkdir()
    with pytest.raises(InvalidInputError, match="no media files"):
        ws.import_folder(ws.folder / "empty")


def test_spoken_digits_are_imported_with_their_facts(
    tmp_path: Path, ws: Workspace, real_media: Path
) -> None:
    corpus = real_media / "corpus" / "spoken_digits"
    lines = (corpus / "labels.csv").read_text(encoding="utf-8").splitlines()
    table = tmp_path / "labels.csv"
    table.write_text("\n".join([lines[0], *lines[1:1200:60]]), encoding="utf-8")
    report = ws.import_folder(corpus, metadata=table, named_only=True)
    clips = clips_of(report)
    assert (report.num_clips, report.failures) == (20, ())
    assert {clip.sampling_rate for clip in clips} == {8000}
    assert all(clip.extra["digit"] in "0123456789" and clip.speaker for clip in clips)


def test_what_was_chosen_for_a_file_is_told(folder: Path, ws: Workspace) -> None:
    write_sound(folder / "many.wav", 7, channels=3)
    report = ws.import_folder(folder)
    ((name, sentence),) = report.warnings
    assert name == "many.wav"
    assert sentence.startswith("its 3 channels are mixed to one")
    assert sentence.endswith("(channels=each in Python) keeps them apart")


def test_two_spellings_of_a_speaker_are_told_when_they_come_in(folder: Path, ws: Workspace) -> None:
    report = run(folder, "file,text,speaker\n0.wav,a,George\n1.wav,b,george\n2.wav,c,Ada\n", ws)
    (told,) = [note for note in report.notes if "blanks alone" in note]
    assert told.endswith("if they are one: audioset decide --speaker george --set speaker=George")
