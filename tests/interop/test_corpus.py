"""The import of corpora, whatever their format: what all have in common."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audioset.cli.app import run as command
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.corpus_item import ReadingOptions
from audioset.workspace import Workspace
from tests.interop.corpora import noise_pcm, rows, samples, why, write_pcm
from tests.plugin_packages import DOCS, install

LINES = (
    'LJ001-0000|"Hello he said|"Hello he said\n'
    "LJ001-0001|It was 5|It was five\n"
    "LJ001-0002|pipe | in it | twice\n"
    "LJ001-0001|again|again\n"
    "LJ001-0009|gone|gone\n"
    "LJ001-0003|caf\u00e9|\n"
)


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    folder = tmp_path / "LJSpeech-1.1"
    for number in range(4):
        write_pcm(folder / "wavs" / f"LJ001-000{number}.wav", noise_pcm(number))
    (folder / "metadata.csv").write_bytes(LINES.encode("cp1252"))
    return folder


def write_nemo(folder: Path, lines: list[dict[str, Any]], name: str = "train.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    return path


def test_a_voice_in_the_layout_of_ljspeech(voice: Path, ws: Workspace) -> None:
    report = ws.import_corpus(voice)
    assert (report.format, report.num_new, report.num_left_out) == ("ljspeech", 3, 3)
    assert "LJ001-0000.wav" in report.evidence
    assert why(report) == {
        "LJ001-0009": "wavs/LJ001-0009.wav is not there",
        "LJ001-0002": "has 4 fields between |, and 2 or 3 are meant",
    }
    assert list(why(report, "doubled")) == ["LJ001-0001"]
    found = rows(ws)
    assert {name: clip.text for name, clip in found.items()} == {
        "LJ001-0000": '"Hello he said',
        "LJ001-0001": "It was five",
        "LJ001-0003": "caf\u00e9",
    }
    clip = found["LJ001-0001"]
    assert clip.extra == {
        "origin_id": "LJ001-0001",
        "corpus": "LJSpeech-1.1",
        "raw_text": "It was 5",
    }
    said = clip.speaker, clip.gender, clip.language, clip.licence, clip.text_source, clip.consent
    assert said == ("LJ", "female", "en", "Public-Domain", "human", None)
    for number in (0, 1, 3):
        np.testing.assert_array_equal(samples(ws, found[f"LJ001-000{number}"]), noise_pcm(number))
    assert any("Windows-1252" in note for note in report.notes)


def test_a_second_import_adds_what_is_new_lists_what_changed_and_says_what_is_gone(
    voice: Path, ws: Workspace
) -> None:
    ws.import_corpus(voice, corpus="lj")
    (voice / "metadata.csv").write_text(
        "LJ001-0000|other|other\nLJ001-0002|new|new\nLJ001-0003|caf\u00e9|\n"
    )
    write_pcm(voice / "wavs" / "LJ001-0003.wav", noise_pcm(33))
    report = ws.import_corpus(voice, corpus="lj")
    assert (report.num_new, report.num_same, report.num_changed) == (1, 0, 2)
    assert why(report, "changed") == {
        "LJ001-0000": "says something else now",
        "LJ001-0003": "has another sound now",
    }
    assert (report.num_gone, report.gone) == (1, ("LJ001-0001",))
    assert rows(ws)["LJ001-0000"].text == '"Hello he said'
    report = ws.import_corpus(voice, corpus="lj", yes=True)
    assert (report.num_new, report.num_same, report.num_changed) == (0, 1, 2)
    found = rows(ws)
    assert set(found) == {f"LJ001-000{number}" for number in range(4)}
    assert found["LJ001-0000"].text == "other"
    np.testing.assert_array_equal(samples(ws, found["LJ001-0003"]), noise_pcm(33))
    assert len(list(ws.working.clips_dir.glob("*.flac"))) == 4
    report = ws.import_corpus(voice, corpus="lj")
    assert (report.num_new, report.num_same, report.num_changed) == (0, 3, 0)


def test_spans_of_a_long_recording_stay_spans_of_a_source(tmp_path: Path, ws: Workspace) -> None:
    pcm = write_pcm(tmp_path / "nemo" / "wavs" / "talk.wav", noise_pcm(7, seconds=4))
    write_pcm(tmp_path / "nemo" / "wavs" / "whole.wav", noise_pcm(8))
    talk = {"audio_filepath": "wavs/talk.wav"}
    write_nemo(
        tmp_path / "nemo",
        [
            {
                **talk,
                "offset": 2.5,
                "duration": 0.5,
                "text": "zwei",
                "speaker": 19,
                "lang": "German",
            },
            {**talk, "offset": 0, "duration": 1.25, "text": "eins", "gender": "F", "score": 0.5},
            {**talk, "offset": 3.5, "duration": 1.5, "text": "over the end"},
            {**talk, "offset": 9, "duration": 1, "text": "behind the end"},
            {**talk, "offset": 1, "duration": -1, "text": "backwards"},
            {"audio_filepath": "wavs/whole.wav", "duration": 2, "text": "whole"},
        ],
    )
    report = ws.import_corpus(tmp_path / "nemo")
    assert (report.num_new, report.num_sources, report.num_left_out) == (3, 1, 3)
    assert why(report) == {
        "wavs/talk.wav@3.5+1.5": "ends at 5.000 s, and the recording at 4.000 s",
        "wavs/talk.wav@9+1": "starts at 9.000 s, and the recording ends at 4.000 s",
        "wavs/talk.wav@1+-1": "ends at 0.000 s, before or where it starts",
    }
    assert why(report, "length") == {
        "wavs/whole.wav": "the corpus says 2.000 s, its sound has 0.250 s"
    }
    found = rows(ws)
    first, second = found["wavs/talk.wav@0+1.25"], found["wavs/talk.wav@2.5+0.5"]
    assert (first.start_sample, first.end_sample) == (0, 10000)
    assert (second.start_sample, second.end_sample) == (20000, 24000)
    np.testing.assert_array_equal(samples(ws, first), pcm[:10000])
    np.testing.assert_array_equal(samples(ws, second), pcm[20000:24000])
    assert (second.text, second.speaker, second.language) == ("zwei", "nemo-19", "de")
    assert second.extra["speaker_given"] == "19"
    assert (first.gender, first.speaker, first.split) == ("female", None, "train")
    assert first.extra["score"] == "0.5"
    assert ("language", "German", "de", 1) in report.mapped
    sources = ws.status().sources
    assert (sources.num_sources, sources.ways) == (2, {"spans of corpora": 1, "of corpora": 1})
    assert [state.state for state in sources.here.sources] == ["here"]
    again = ws.import_corpus(tmp_path / "nemo")
    assert (again.num_new, again.num_same, again.num_gone) == (0, 3, 0)
    (cut,) = ws.cut(tmp_path / "nemo" / "wavs" / "talk.wav").sources
    assert (cut.status, cut.num_clips) == ("imported", 2), "a plain cut leaves them as they are"


def test_new_spans_join_those_that_are_there(tmp_path: Path, ws: Workspace) -> None:
    write_pcm(tmp_path / "nemo" / "talk.wav", noise_pcm(7, seconds=4))
    lines = [
        {"audio_filepath": "talk.wav", "offset": number, "duration": 0.5, "text": str(number)}
        for number in (1, 2, 3)
    ]
    write_nemo(tmp_path / "nemo", lines[:2])
    ws.import_corpus(tmp_path / "nemo")
    before = rows(ws)
    lines[0]["text"] = "other"
    write_nemo(tmp_path / "nemo", lines)
    report = ws.import_corpus(tmp_path / "nemo")
    assert (report.num_new, report.num_same, report.num_changed) == (1, 1, 1)
    found = rows(ws)
    assert before.items() <= found.items()
    ws.import_corpus(tmp_path / "nemo", yes=True)
    assert [clip.text for clip in rows(ws).values()] == ["other", "2", "3"]


def test_no_path_leads_out_of_the_corpus_unless_the_user_named_its_folder(
    tmp_path: Path, ws: Workspace
) -> None:
    pcm = write_pcm(tmp_path / "elsewhere" / "a.wav", noise_pcm(1))
    write_nemo(
        tmp_path / "nemo",
        [
            {"audio_filepath": str(tmp_path / "elsewhere" / "a.wav"), "text": "absolute"},
            {"audio_filepath": "../elsewhere/a.wav", "text": "relative"},
            {"audio_filepath": "https://example.org/a.wav", "text": "address"},
            {"audio_filepath": "sox a.wav -t wav - |", "text": "command"},
        ],
    )
    report = ws.import_corpus(tmp_path / "nemo")
    assert (report.num_new, report.num_left_out) == (0, 4)
    assert [text.split()[0:2] for text in why(report).values()] == [
        ["lies", "outside"],
        ["lies", "outside"],
        ["is", "an"],
        ["is", "not"],
    ]
    report = ws.import_corpus(tmp_path / "nemo", audio=tmp_path / "elsewhere")
    assert (report.num_new, report.num_left_out) == (1, 3)
    (clip,) = rows(ws).values()
    np.testing.assert_array_equal(samples(ws, clip), pcm)


def test_a_file_that_is_named_again_is_not_looked_for_again(tmp_path: Path) -> None:
    (tmp_path / "long.wav").touch()
    reading = ReadingOptions(root=tmp_path)
    found = reading.find("long.wav")
    (tmp_path / "long.wav").unlink()
    assert reading.find("long.wav") == found == tmp_path / "long.wav"
    assert isinstance(reading.find("long.wav", base=tmp_path / "below"), str)
    for number in range(1000):
        reading.find(f"{number}.wav")
    assert isinstance(reading.find("long.wav"), str), "only some are remembered"
    assert reading == ReadingOptions(root=tmp_path)


def test_a_format_is_told_and_where_two_fit_each_command_is_listed(
    voice: Path, ws: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ws.folder)
    assert command(["import", str(voice), "--dry-run"]) == 1
    assert "format: ljspeech, since there is metadata.csv" in capsys.readouterr().err
    write_nemo(voice, [{"audio_filepath": "wavs/LJ001-0000.wav", "text": "a"}])
    with pytest.raises(InvalidInputError, match="may be read in 2 ways") as error:
        ws.import_corpus(voice)
    for name in ("ljspeech", "nemo"):
        assert f"audioset import {name} {voice} (" in str(error.value)
    assert command(["import", "nemo", str(voice)]) == 0
    assert "1 new clip of 1 item" in capsys.readouterr().out
    assert command(["import", "corpus", str(voice), "--format", "nemo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["num_same"] == 1
    assert command(["import", "nosuch", str(voice)]) == 1
    assert "no format 'nosuch' is known; there are: " in capsys.readouterr().err
    with pytest.raises(InvalidInputError, match="audioset import folder"):
        ws.import_corpus(voice / "wavs")
    with pytest.raises(NotFoundError):
        ws.import_corpus(voice / "nothing")


def test_a_folder_of_clips_with_a_table_is_told_from_corpora(tmp_path: Path, ws: Workspace) -> None:
    names = [f"{number}.wav" for number in range(5)]
    for number, name in enumerate(names):
        write_pcm(tmp_path / "takes" / name, noise_pcm(number))
    lines = "\n".join(["Clip,Words", *(f"{name},one" for name in names)])
    (tmp_path / "takes" / "mine.csv").write_text(lines)
    with pytest.raises(
        InvalidInputError, match=r"mine\.csv names its files: audioset import folder"
    ):
        ws.import_corpus(tmp_path / "takes")


def test_another_package_brings_a_format(
    tmp_path: Path, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that `docs/plugins.md` shows."""
    (code,) = re.findall(r"```\n([^`]*class Plain:.*?)```", DOCS.read_text(), re.DOTALL)
    points = "[audioset.importers]\nplain = plain_corpus:Plain\n"
    install(tmp_path / "site", monkeypatch, package="plain-corpus", code=code, points=points)
    write_pcm(tmp_path / "corpus" / "a.wav", noise_pcm(1))
    listed = "a.wav\tisla\tgood morning\nb.wav\tisla\nc.wav\tisla\tgood night\n"
    (tmp_path / "corpus" / "list.txt").write_text(listed)
    report = ws.import_corpus(tmp_path / "corpus")
    assert (report.format, report.evidence, report.num_new) == ("plain", "list.txt", 1)
    assert [(row.text, row.speaker) for row in rows(ws).values()] == [("good morning", "isla")]
    assert why(report).keys() == {"b.wav", "c.wav"}
    assert why(report)["b.wav"] == "is no line of file, speaker and text"
    assert any(plugin.kind == "importer" for plugin in ws.plugins())


def test_what_a_person_removed_is_not_taken_again(
    voice: Path, tmp_path: Path, ws: Workspace
) -> None:
    write_pcm(tmp_path / "nemo" / "talk.wav", noise_pcm(7, seconds=2))
    talk = {"audio_filepath": "talk.wav", "duration": 0.5}
    write_nemo(tmp_path / "nemo", [{**talk, "offset": 1}, {**talk, "offset": 1.5}])
    ws.import_corpus(tmp_path / "nemo")
    ws.import_corpus(voice)
    before = rows(ws)
    gone = [before["LJ001-0001"].clip_id, before["talk.wav@1+0.5"].clip_id]
    ws.remove(gone, yes=True)
    for corpus, num_same in ((voice, 2), (tmp_path / "nemo", 1)):
        report = ws.import_corpus(corpus)
        assert (report.num_new, report.num_removed, report.num_same) == (0, 1, num_same)
    assert {clip.clip_id for clip in rows(ws).values()}.isdisjoint(gone)
    ws.remove(gone, undo=True, yes=True)
    assert rows(ws) == before


def test_what_was_imported_otherwise_is_not_taken_again(voice: Path, ws: Workspace) -> None:
    ws.import_folder(voice / "wavs")
    report = ws.import_corpus(voice)
    assert (report.num_new, report.num_left_out) == (0, 6)
    assert "is a clip already" in why(report, "doubled")["LJ001-0000"]


def test_a_renamed_corpus_is_known_by_its_old_name(voice: Path, ws: Workspace) -> None:
    first = ws.import_corpus(voice)
    renamed = voice.rename(voice.with_name("renamed"))
    for dry_run in (True, False):
        report = ws.import_corpus(renamed, dry_run=dry_run)
        assert "say --corpus LJSpeech-1.1 (corpus=LJSpeech-1.1 in Python)" in str(report.notes)
    assert report.num_new == 0
    again = ws.import_corpus(renamed, corpus="LJSpeech-1.1")
    assert (again.num_same, again.num_new) == (first.num_new, 0)
    assert "--corpus" not in str(again.notes)


def test_a_killed_import_leaves_whole_things_and_the_next_one_goes_on(
    tmp_path: Path, ws: Workspace
) -> None:
    folder = tmp_path / "nemo"
    for number in range(6):
        write_pcm(folder / f"{number}.wav", noise_pcm(number))
    write_nemo(folder, [{"audio_filepath": f"{n}.wav", "text": str(n)} for n in range(6)])
    script = f"""
import os, signal, sys
import audioset.interop.importers.corpus.parts as parts
parts.PART_ROWS = 2
kept, calls = parts.write_manifest, []
def dying(*args, **more):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    kept(*args, **more)
parts.write_manifest = dying
import audioset
audioset.open_workspace({str(ws.folder)!r}).import_corpus({str(folder)!r})
"""
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [clip.text for clip in rows(ws).values()] == ["0", "1", "2", "3"]
    report = ws.import_corpus(folder)
    assert (report.num_new, report.num_same) == (2, 4)
    assert len(rows(ws)) == len(list(ws.working.clips_dir.glob("*.flac"))) == 6
    assert not list(ws.folder.glob(".import-*"))


ENDLESS = """
from audioset.plugins import CorpusItem, WholeFile

READ = [0]

class Endless:
    title, layout = "Endless", "anything"
    def recognise(self, path):
        return None
    def read(self, path, options):
        for number in range(3000):
            READ[0] += 1
            yield CorpusItem(origin_id=str(number), sound=WholeFile(path / "nothing.wav"))
"""


def test_a_corpus_is_never_held_as_a_whole(
    tmp_path: Path, ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = "[audioset.importers]\nendless = endless_corpus:Endless\n"
    install(tmp_path / "site", monkeypatch, package="endless-corpus", code=ENDLESS, points=points)
    ahead: list[float] = []

    def progress(task: str, done: float, total: float | None, unit: str) -> None:
        ahead.append(sys.modules["endless_corpus"].READ[0] - done)

    report = ws.import_corpus(tmp_path, format="endless", workers=1, progress=progress)
    assert report.num_left_out == 3000
    assert len(report.problems) == 1000, "the first are listed, all are counted"
    assert len(ahead) == 30
    assert max(ahead) <= 240, "read ahead, to see whether workers are worth it, and for them"
