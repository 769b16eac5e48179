"""Tables that only say more about the items: one that cannot be read is told, and stops nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from audioset.workspace import Workspace
from tests.interop.corpora import noise_pcm, rows, why, write_lines, write_pcm


def kaldi(root: Path) -> None:
    write_pcm(root / "a.wav", noise_pcm(0))
    write_lines(root / "wav.scp", "a a.wav")
    write_lines(root / "text", "a one")
    write_lines(root / "utt2spk", "a ada")
    write_lines(root / "spk2gender", "ada f")


def common_voice(root: Path) -> None:
    write_pcm(root / "clips" / "a.mp3", noise_pcm(0), form="WAV")
    head = "client_id\tpath\tsentence\tgender"
    write_lines(root / "train.tsv", head, "ada\ta.mp3\tone\tf")
    write_lines(root / "dev.tsv", head)
    write_lines(root / "clip_durations.tsv", "clip\tduration[ms]", "a.mp3\t250")


def librispeech(root: Path) -> None:
    write_pcm(root / "dev-clean" / "19" / "198" / "19-198-0000.flac", noise_pcm(0))
    write_lines(root / "dev-clean" / "19" / "198" / "19-198.trans.txt", "19-198-0000 one")
    write_lines(root / "SPEAKERS.TXT", "19  | F | dev-clean | 8.0 | Kara")
    write_lines(root / "CHAPTERS.TXT", "198 | 19 | 20.1 | dev-clean | 1 | 121 | One | Abbey")


def vctk(root: Path) -> None:
    write_pcm(root / "wav48" / "p225" / "p225_001.wav", noise_pcm(0))
    write_lines(root / "txt" / "p225" / "p225_001.txt", "one")
    write_lines(root / "speaker-info.txt", "ID AGE GENDER", "225  23  F")


def mls(root: Path) -> None:
    write_pcm(root / "train" / "audio" / "1" / "2" / "1_2_000000.flac", noise_pcm(0))
    write_lines(root / "train" / "transcripts.txt", "1_2_000000\tone")
    write_lines(root / "train" / "segments.txt", "1_2_000000\thttp://x/a.mp3\t1\t2")
    write_lines(root / "train" / "limited_supervision" / "1hr" / "handles.txt", "1_2_000000")
    write_lines(root / "metainfo.txt", "1 | F | train")


def voxceleb(root: Path) -> None:
    write_pcm(root / "wav" / "id10001" / "1zcIwhmdeo4" / "00001.wav", noise_pcm(0))
    write_lines(root / "vox1_meta.csv", "VoxCeleb1 ID\tGender", "id10001\tf")


def timit(root: Path) -> None:
    write_pcm(root / "TRAIN" / "DR1" / "FCJF0" / "SA1.WAV", noise_pcm(0))
    write_lines(root / "TRAIN" / "DR1" / "FCJF0" / "SA1.TXT", "0 4000 one")
    write_lines(root / "DOC" / "SPKRINFO.TXT", "CJF0 F 1 TRN 03/03/86 06/17/60 5'04\" WHT BS")


def audiofolder(root: Path) -> None:
    write_pcm(root / "train" / "a.wav", noise_pcm(0))
    write_lines(root / "train" / "metadata.csv", "file_name,text", "a.wav,one")
    write_lines(root / "test" / "metadata.csv", "file_name,text")


CASES = [
    (kaldi, "text"),
    (kaldi, "utt2spk"),
    (kaldi, "spk2gender"),
    (common_voice, "dev.tsv"),
    (common_voice, "clip_durations.tsv"),
    (librispeech, "SPEAKERS.TXT"),
    (librispeech, "CHAPTERS.TXT"),
    (vctk, "speaker-info.txt"),
    (mls, "metainfo.txt"),
    (mls, "train/segments.txt"),
    (mls, "train/limited_supervision/1hr/handles.txt"),
    (voxceleb, "vox1_meta.csv"),
    (timit, "DOC/SPKRINFO.TXT"),
    (audiofolder, "test/metadata.csv"),
]


@pytest.mark.parametrize(
    ("build", "table"), CASES, ids=[f"{build.__name__}-{table}" for build, table in CASES]
)
def test_a_table_that_cannot_be_read_is_told_and_stops_nothing(
    build: Callable[[Path], None], table: str, tmp_path: Path, ws: Workspace
) -> None:
    root = tmp_path / "corpus"
    build(root)
    (root / table).write_bytes(b"begin\n" + bytes(100))
    report = ws.import_corpus(root)
    assert (report.num_new, report.num_left_out) == (1, 1)
    ((name, reason),) = why(report).items()
    assert name.endswith(Path(table).name)
    assert "is no text" in reason
    clip = next(iter(rows(ws).values()))
    is_text = (build, table) == (kaldi, "text")
    is_speech = build is not voxceleb and not is_text
    assert clip.text == ("one" if is_speech else None)
    # What was told is taken over once the table is whole again.
    build(root)
    again = ws.import_corpus(root, yes=True)
    assert (again.num_new, again.num_left_out) == (0, 0)
