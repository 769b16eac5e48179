"""Corpora that are trees of folders: each as its project lays it out, with its usual dirt."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

import audioset
from audioset.workspace import Workspace
from tests.interop.corpora import Pcm, noise_pcm, rows, samples, why, write_lines, write_pcm

HZ_16K = 16_000
PACKED_SPHERE = (
    b"NIST_1A\n   1024\nchannel_count -i 1\nsample_count -i 800\nsample_rate -i 16000\n"
    b"sample_n_bytes -i 2\nsample_byte_format -s2 01\nsample_sig_bits -i 16\n"
    b"sample_coding -s26 pcm,embedded-shorten-v2.00\nend_head\n"
).ljust(1024, b"\n") + bytes(400)


def write_sphere(path: Path, pcm: Pcm, *, rate: int = HZ_16K) -> Pcm:
    """Write samples as NIST SPHERE, as LDC does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, pcm, rate, format="NIST", subtype="PCM_16")
    return pcm


def test_mls(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "mls_german"
    train = root / "train"
    for number in range(3):
        name = f"10148_1011_00000{number}"
        write_pcm(train / "audio" / "10148" / "1011" / f"{name}.flac", noise_pcm(number))
    write_pcm(root / "dev" / "audio" / "20" / "30" / "20_30_000000.opus", noise_pcm(3), form="WAV")
    write_lines(
        train / "transcripts.txt",
        "10148_1011_000000\tguten morgen",
        "10148_1011_000001\tmorgen\u2028licht",
        "10148_1011_000009\tnicht da",
        "10148_1011_000001\tzweimal",
        "../../etc\tnothing",
    )
    write_lines(root / "dev" / "transcripts.txt", "20_30_000000\tf\u00fcnf", encoding="cp1252")
    write_lines(train / "segments.txt", "10148_1011_000000\thttp://x/a.mp3\t12.5\t27.25")
    write_lines(train / "limited_supervision" / "1hr" / "0" / "handles.txt", "10148_1011_000000")
    write_lines(
        root / "metainfo.txt",
        " SPEAKER   |   GENDER   | PARTITION  |  MINUTES   |  BOOK ID   |  TITLE",
        "  10148    |     M      |   train    |  54.0  |   1011  |  Das | Buch",
    )
    report = ws.import_corpus(root)
    assert (report.format, report.num_new, report.num_left_out) == ("mls", 4, 3)
    assert why(report)["10148_1011_000009"].endswith("10148_1011_000009.flac is not there")
    found = rows(ws)
    clip = found["10148_1011_000000"]
    said = (clip.text, clip.speaker, clip.gender, clip.language, clip.licence, clip.split)
    assert said == ("guten morgen", "mls_german-10148", "male", "de", "CC-BY-4.0", "train")
    assert {name: clip.extra[name] for name in clip.extra if name.startswith("recording")} == {
        "recording_url": "http://x/a.mp3",
        "recording_start_seconds": "12.5",
        "recording_end_seconds": "27.25",
    }
    assert (clip.extra["limited_supervision"], clip.extra["book"]) == ("1hr/0", "1011")
    last = found["20_30_000000"]
    assert (last.text, last.gender, last.split) == ("f\u00fcnf", None, "validation")
    np.testing.assert_array_equal(samples(ws, clip), noise_pcm(0))
    assert found["10148_1011_000002"].text is None
    assert ws.import_corpus(root).num_same == 4


def test_vctk(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "VCTK-Corpus-0.92"
    sounds = root / "wav48_silence_trimmed"
    for number, name in enumerate(["p225_001_mic1", "p225_001_mic2", "p315_001_mic1", "s5_002"]):
        write_pcm(sounds / name.split("_")[0] / f"{name}.flac", noise_pcm(number))
    write_pcm(sounds / "p225" / "noise.flac", noise_pcm(9))
    write_pcm(sounds / "p226" / "p226_001_mic1.flac", noise_pcm(8))
    write_lines(sounds / "log.txt", "what was trimmed")
    write_lines(root / "txt" / "p225" / "p225_001.txt", "Please call Stella.\r")
    write_lines(root / "txt" / "s5" / "s5_002.txt", "caf\u00e9", encoding="cp1252")
    (root / "txt" / "p226").mkdir()
    (root / "txt" / "p226" / "p226_001.txt").write_bytes(b"\0\0\0")
    write_lines(
        root / "speaker-info.txt",
        "ID  AGE  GENDER  ACCENTS  REGION COMMENTS ",
        "p225  23  F    English    Southern  England",
        "p315  18  M    American    New England (no text)",
    )
    report = ws.import_corpus(root)
    assert (report.format, report.num_new, report.num_left_out) == ("vctk", 4, 2)
    assert "no text" in why(report)["p226_001_mic1"]
    found = rows(ws)
    clip = found["p225_001_mic1"]
    said = (clip.text, clip.speaker, clip.age, clip.gender, clip.accent, clip.location)
    expected = ("Please call Stella.", "p225", "23", "female", "English", "Southern England")
    assert said == expected
    assert (clip.language, clip.licence, clip.extra["microphone"]) == ("en", "CC-BY-4.0", "mic1")
    silent = found["p315_001_mic1"]
    assert (silent.text, silent.location) == (None, "New England")
    assert silent.extra["speaker_comment"] == "no text"
    assert (found["s5_002"].text, found["s5_002"].gender) == ("caf\u00e9", None)
    assert any("second microphone" in note for note in report.notes)
    np.testing.assert_array_equal(samples(ws, found["p225_001_mic2"]), noise_pcm(1))


def test_the_older_vctk(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "VCTK-Corpus"
    write_pcm(root / "wav48" / "p226" / "p226_001.wav", noise_pcm(0))
    write_lines(root / "txt" / "p226" / "p226_001.txt", "Ask her.")
    write_lines(
        root / "speaker-info.txt", "ID  AGE  GENDER  ACCENTS  REGION", "226  22  M  English"
    )
    assert ws.import_corpus(root).format == "vctk"
    clip = rows(ws)["p226_001"]
    assert (clip.text, clip.gender, clip.licence) == ("Ask her.", "male", None)


def test_timit(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "TIMIT"
    speaker = root / "TRAIN" / "DR1" / "FCJF0"
    pcm = noise_pcm(0, rate=HZ_16K)
    write_sphere(speaker / "SA1.WAV", pcm)
    write_pcm(speaker / "SA1.WAV.wav", pcm, rate=HZ_16K)
    write_lines(speaker / "SA1.TXT", "0 4000 She had your dark suit. ")
    write_lines(speaker / "SA1.PHN", "0 4000 h#")
    write_lines(speaker / "SA1.WRD", "0 4000 she")
    write_sphere(speaker / "SX37.WAV", noise_pcm(1, rate=HZ_16K))
    write_lines(speaker / "SX37.TXT", "0 40000 Critical equipment.")
    write_sphere(speaker / "SI648.WAV", noise_pcm(2, rate=HZ_16K))
    write_lines(speaker / "SI648.TXT", "no times")
    small = root / "test" / "dr8" / "mabc1"
    small.mkdir(parents=True)
    write_sphere(small / "sa1.wav", noise_pcm(3, rate=HZ_16K))
    report = ws.import_corpus(root)
    assert (report.format, report.num_new, report.num_left_out) == ("timit", 3, 1)
    assert why(report) == {"FCJF0_SI648": "SI648.TXT is no line of start, end and text"}
    assert list(why(report, "length")) == ["FCJF0_SX37"]
    assert report.lost == {"phones": 1, "times of words": 1}
    found = rows(ws)
    clip = found["FCJF0_SA1"]
    said = (clip.text, clip.speaker, clip.gender, clip.accent, clip.split, clip.language)
    expected = ("She had your dark suit.", "FCJF0", "female", "New England", "train", "en-US")
    assert said == expected
    assert (clip.sampling_rate, clip.extra["dialect_region"]) == (HZ_16K, "DR1")
    np.testing.assert_array_equal(samples(ws, clip), pcm)
    last = found["MABC1_SA1"]
    assert (last.text, last.gender, last.split, last.accent) == (None, "male", "test", "Army Brat")


def test_who_the_speakers_of_timit_are(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "timit"
    for number, speaker in enumerate(["FCJF0", "MABC1", "FDEF0"]):
        place = root / "timit" / "train" / "dr1" / speaker.lower()
        write_sphere(place / "sa1.wav", noise_pcm(number, rate=HZ_16K))
    write_lines(
        root / "timit" / "doc" / "spkrinfo.txt",
        ";  Speaker information",
        ";ID  Sex DR Use  RecDate   BirthDate  Ht    Race Edu  Comments",
        "CJF0  F  1  TRN  03/03/86  06/17/60  5'04\"  WHT  BS   raised in Maine, a cold",
        "ABC1  M  1  TRN  01/24/86  ??/??/??  6'     ???  ??",
        "short line",
    )
    report = ws.import_corpus(root)
    assert (report.format, report.num_new, report.num_left_out) == ("timit", 3, 0)
    found = rows(ws)
    clip = found["FCJF0_SA1"]
    assert (clip.age, clip.gender) == ("25", "female")
    known = ("birth_date", "recording_date", "height_centimetres", "race", "education")
    assert [clip.extra.get(name) for name in known] == [
        "1960-06-17",
        "1986-03-03",
        "163",
        "WHT",
        "bachelor's degree",
    ]
    assert clip.extra["speaker_comment"] == "raised in Maine, a cold"
    other = found["MABC1_SA1"]
    assert (other.age, other.extra["height_centimetres"]) == (None, "183")
    assert not {"birth_date", "race", "education", "speaker_comment"} & set(other.extra)
    assert found["FDEF0_SA1"].age is None


@pytest.mark.parametrize("coding", ["PCM_16", "PCM_24", "ULAW", "ALAW"])
def test_sphere_is_read_however_it_is_coded(coding: str, tmp_path: Path, ws: Workspace) -> None:
    speaker = tmp_path / "TIMIT" / "TRAIN" / "DR1" / "FCJF0"
    speaker.mkdir(parents=True)
    pcm = noise_pcm(0, rate=HZ_16K)
    soundfile.write(speaker / "SA1.WAV", pcm, HZ_16K, format="NIST", subtype=coding)
    truth, _ = soundfile.read(speaker / "SA1.WAV", dtype="int16")
    (speaker / "SA2.WAV").write_bytes(PACKED_SPHERE)
    report = ws.import_corpus(tmp_path / "TIMIT")
    assert report.num_new == 1
    assert "sph2pipe -f wav SA2.WAV" in why(report)["FCJF0_SA2"]
    np.testing.assert_array_equal(samples(ws, rows(ws)["FCJF0_SA1"]), truth)


def test_voxceleb(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "vox1"
    for number, place in enumerate(
        ["dev/wav/id10001/1zcIwhmdeo4/00001.wav", "dev/wav/id10001/1zcIwhmdeo4/00002.wav"]
    ):
        write_pcm(root / place, noise_pcm(number))
    write_pcm(root / "test" / "wav" / "id10002" / "xTV-jFAUKcw" / "00001.wav", noise_pcm(2))
    bad = root / "dev" / "wav" / "id10003" / "7w0IBEWc9Qw" / "00001.wav"
    bad.parent.mkdir(parents=True)
    bad.write_bytes(b"")
    write_lines(
        root / "vox1_meta.csv",
        "VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet",
        "id10001\tA.J._Buckley\tm\tIreland\tdev",
    )
    report = ws.import_corpus(root)
    assert (report.format, report.num_new) == ("voxceleb", 3)
    assert list(why(report)) == ["id10003/7w0IBEWc9Qw/00001"]
    found = rows(ws)
    clip = found["id10001/1zcIwhmdeo4/00001"]
    assert (clip.speaker, clip.gender, clip.split, clip.text) == ("id10001", "male", "train", None)
    said = {name: clip.extra[name] for name in ("video", "vggface1_id", "nationality", "subset")}
    assert said == {
        "video": "1zcIwhmdeo4",
        "vggface1_id": "A.J._Buckley",
        "nationality": "Ireland",
        "subset": "dev",
    }
    other = found["id10002/xTV-jFAUKcw/00001"]
    assert (other.gender, other.split) == (None, "test")
    np.testing.assert_array_equal(samples(ws, other), noise_pcm(2))


def test_what_is_laid_out_like_voxceleb(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "talks"
    write_pcm(root / "isla" / "evening" / "1.flac", noise_pcm(0))
    with pytest.raises(audioset.InvalidInputError, match="none of the formats"):
        ws.import_corpus(root)
    ws.import_corpus(root, format="voxceleb")
    clip = rows(ws)["isla/evening/1"]
    assert (clip.speaker, clip.extra["video"], clip.split) == ("isla", "evening", None)
