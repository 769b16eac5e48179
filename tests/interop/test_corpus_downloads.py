"""Corpora as they lie on a disk after they were downloaded: what stands beside and above them."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from audioset.errors import InvalidInputError
from audioset.interop.importers.corpus.choose import choose_format
from audioset.workspace import Workspace
from tests.interop.corpora import (
    encoded,
    noise_pcm,
    rows,
    why,
    write_lines,
    write_pcm,
    write_tar,
)
from tests.interop.test_corpus_recognised import (
    common_voice,
    emilia_folder,
    huggingface,
    kaldi,
    librispeech,
    ljspeech,
    mls,
    sound,
    timit,
    vctk,
    voxceleb,
)


def release_of_common_voice(root: Path) -> None:
    common_voice(root / "cv-corpus-17.0-2024-03-15")
    for name in ("reported.tsv", "validated_sentences.tsv", "unvalidated_sentences.tsv"):
        write_lines(root / "cv-corpus-17.0-2024-03-15" / "en" / name, "sentence_id\tsentence")
    write_lines(root / "cv-corpus-17.0-2024-03-15" / "en" / "times.txt", "1")


def all_of_librispeech(root: Path) -> None:
    top = root / "LibriSpeech"
    librispeech(top)
    write_lines(top / "train-clean-100" / "7" / "8" / "7-8.trans.txt", "7-8-0000 ONE")
    for name in ("README.TXT", "LICENSE.TXT", "BOOKS.TXT", "CHAPTERS.TXT", "SPEAKERS.TXT"):
        write_lines(top / name, "; comment")
    (root / "train-clean-100.tar.gz").write_bytes(gzip.compress(b"broken off"))


def clone_of_hugging_face(root: Path) -> None:
    huggingface(root)
    write_lines(root / "README.md", "---", "license: cc0-1.0", "---", "# A corpus")
    write_lines(root / ".gitattributes", "*.parquet filter=lfs")
    (root / ".git" / "lfs").mkdir(parents=True)


def clone_with_a_folder_for_each_language(root: Path) -> None:
    huggingface(root / "data" / "german")
    (root / "data" / "german" / "data").rename(root / "data" / "dutch")
    write_lines(root / "README.md", "# A corpus")


def recipe_of_kaldi(root: Path) -> None:
    kaldi(root / "data" / "train")
    kaldi(root / "data" / "test")
    write_lines(root / "data" / "local" / "dict" / "lexicon.txt", "one w ah n")
    write_lines(root / "path.sh", "export KALDI_ROOT=/opt/kaldi")


def release_of_ljspeech(root: Path) -> None:
    ljspeech(root / "LJSpeech-1.1")
    write_lines(root / "LJSpeech-1.1" / "README", "the README of the LJ Speech Dataset")
    (root / "LJSpeech-1.1.tar.bz2").write_bytes(b"BZh9")


def languages_of_mls(root: Path) -> None:
    mls(root / "mls_german")
    mls(root / "mls_polish")


def release_of_vctk(root: Path) -> None:
    vctk(root / "VCTK-Corpus-0.92")
    write_lines(root / "VCTK-Corpus-0.92" / "speaker-info.txt", "ID AGE")
    write_lines(root / "license_text", "CC BY 4.0")


def timit_of_a_mirror(root: Path) -> None:
    timit(root / "data")
    write_lines(root / "SPKRINFO.TXT", ";ID")
    write_lines(root / "train_data.csv", "index,test_or_train,dialect_region,path_from_data_dir")


def sounds_of_voxceleb(root: Path) -> None:
    voxceleb(root)
    write_lines(root / "vox1_meta.csv", "VoxCeleb1 ID\tGender", "id10001\tm")
    write_lines(root / "list_test_hard.txt", "1 id10001/a/1.wav id10001/b/1.wav")


def unpacked_emilia(root: Path) -> None:
    emilia_folder(root)
    emilia_folder(root / "Emilia")
    write_lines(root / "README.md", "# Emilia")


# By layout: the folder in it that a person may name -> the formats that are named.
DOWNLOADS: list[tuple[Callable[[Path], None], str, tuple[str, ...]]] = [
    (release_of_common_voice, ".", ("common-voice",)),
    (release_of_common_voice, "cv-corpus-17.0-2024-03-15", ("common-voice",)),
    (release_of_common_voice, "cv-corpus-17.0-2024-03-15/en", ("common-voice",)),
    (release_of_common_voice, "cv-corpus-17.0-2024-03-15/en/train.tsv", ("common-voice",)),
    (all_of_librispeech, ".", ("librispeech",)),
    (all_of_librispeech, "LibriSpeech", ("librispeech",)),
    (all_of_librispeech, "LibriSpeech/dev-clean", ("librispeech",)),
    (clone_of_hugging_face, ".", ("huggingface",)),
    (clone_of_hugging_face, "data", ("huggingface",)),
    (clone_with_a_folder_for_each_language, ".", ("huggingface",)),
    (recipe_of_kaldi, "data", ("kaldi",)),
    (recipe_of_kaldi, "data/train", ("kaldi",)),
    (release_of_ljspeech, ".", ("ljspeech",)),
    (release_of_ljspeech, "LJSpeech-1.1", ("ljspeech",)),
    (languages_of_mls, ".", ("mls", "mls")),
    (languages_of_mls, "mls_german/train", ("mls",)),
    (release_of_vctk, ".", ("vctk",)),
    (timit_of_a_mirror, ".", ("timit",)),
    (timit_of_a_mirror, "data/TRAIN", ("timit",)),
    (sounds_of_voxceleb, ".", ("voxceleb",)),
    (sounds_of_voxceleb, "wav", ("voxceleb",)),
    (unpacked_emilia, ".", ("emilia",)),
    (unpacked_emilia, "Emilia/EN", ("emilia",)),
]


@pytest.mark.parametrize(
    ("build", "inside", "names"),
    DOWNLOADS,
    ids=[f"{build.__name__}/{inside}" for build, inside, _ in DOWNLOADS],
)
def test_it_is_known_or_its_commands_are_named(
    build: Callable[[Path], None], inside: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    root = tmp_path / "downloads"
    build(root)
    path = root / inside
    try:
        assert (choose_format(path, None).name,) == names
    except InvalidInputError as error:
        found = [word for word in str(error).split("audioset import ")[1:]]
        assert tuple(word.partition(" ")[0] for word in found) == names
        for word in found:
            there = Path(word.split(" ")[1])
            assert choose_format(there, None).name == word.partition(" ")[0]


def test_a_tar_of_folders_in_folders_is_to_be_unpacked(tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "vox1.tar", {"wav/id10001/1zcIwhmdeo4/00001.wav": b""})
    with pytest.raises(InvalidInputError, match=r"unpack it \(tar -xf vox1.tar\)"):
        choose_format(tar, None)


def test_of_many_folders_the_rest_is_counted(tmp_path: Path) -> None:
    for number in range(9):
        ljspeech(tmp_path / f"voice{number}")
    with pytest.raises(InvalidInputError, match="not looked into: 1 more folder"):
        choose_format(tmp_path, None)


def test_one_subset_of_librispeech_knows_its_speakers(tmp_path: Path, ws: Workspace) -> None:
    chapter = tmp_path / "LibriSpeech" / "dev-clean" / "19" / "198"
    write_pcm(chapter / "19-198-0000.flac", noise_pcm(0))
    write_lines(chapter / "19-198.trans.txt", "19-198-0000 ONE")
    write_lines(tmp_path / "LibriSpeech" / "SPEAKERS.TXT", "19  | F | dev-clean | 8.0 | Kara")
    report = ws.import_corpus(tmp_path / "LibriSpeech" / "dev-clean")
    assert (report.num_new, report.num_left_out) == (1, 0)
    clip = rows(ws)["19-198-0000"]
    assert (clip.gender, clip.split) == ("female", "validation")


def test_a_directory_of_kaldi_says_its_split(tmp_path: Path, ws: Workspace) -> None:
    write_pcm(tmp_path / "recipe" / "wav" / "a.wav", noise_pcm(0))
    folder = tmp_path / "recipe" / "data" / "test"
    write_lines(folder / "wav.scp", "a wav/a.wav")
    report = ws.import_corpus(folder)
    assert "Kaldi means it from the folder in which it is run" in why(report)["a"]
    ws.import_corpus(folder, audio=[tmp_path / "recipe"])
    assert rows(ws)["a"].split == "test"


def test_pointers_of_git_lfs_are_told(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "clone"
    write_lines(root / "README.md", "# A corpus")
    write_lines(
        root / "data" / "train-00000-of-00001.parquet",
        "version https://git-lfs.github.com/spec/v1",
        "oid sha256:0",
    )
    report = ws.import_corpus(root)
    assert (report.format, report.num_new) == ("huggingface", 0)
    assert "git lfs pull" in why(report)["train-00000-of-00001.parquet"]


def test_sound_beside_a_packed_download_is_read_as_it_was(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "LJSpeech-1.1"
    (root / "wavs").mkdir(parents=True)
    (root / "wavs" / "LJ001-0001.wav").write_bytes(encoded(noise_pcm(0), "WAV"))
    write_lines(root / "metadata.csv", "LJ001-0001|one|one")
    members = {"a.wav": encoded(noise_pcm(1), "WAV"), "a.txt": b"two"}
    plain = write_tar(tmp_path / "plain.tar", members).read_bytes()
    (root / "more.tar.gz").write_bytes(gzip.compress(plain))
    report = ws.import_corpus(root)
    assert (report.format, report.num_new) == ("ljspeech", 1)
    sound(root / "wavs" / "._LJ001-0001.wav")
    assert ws.import_corpus(root).num_same == 1
