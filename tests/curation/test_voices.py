"""What voices say against names: one name with two voices, two names with one."""

import csv
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import soundfile

import audioset
from audioset.cli.app import run
from audioset.curation.split.one_voice import join_speakers
from audioset.curation.voices.compare import HeardName, find_same, find_two
from audioset.errors import InvalidInputError, NotFoundError
from audioset.workspace import Workspace
from tests.voices import weights_path
from tests.workspaces import add_source

LIMITS = audioset.CheckLimits()
# Of six real speakers, by what their clips are called: a second name, and another's.
RENAMED = {("george", 1): "georgie", ("jackson", 1): "nicolas"}


def heard(name: str, *voices: tuple[int, int], spread: float = 0.04) -> HeardName:
    """Make clips of voices, each a number of clips and the seed of its direction."""
    random = np.random.default_rng(9)
    rows = []
    for count, seed in voices:
        towards = np.abs(np.random.default_rng(seed).normal(0, 1, 256))
        towards /= np.linalg.norm(towards)
        made = towards + random.normal(0, spread, (count, 256))
        rows.append(made / np.linalg.norm(made, axis=1, keepdims=True))
    prints = np.concatenate(rows).astype(np.float32)
    return HeardName(name, len(prints), tuple(f"{name}-{n}" for n in range(len(prints))), prints)


@pytest.mark.parametrize(("more", "fewer"), [(10, 10), (20, 4), (6, 3)])
def test_one_name_with_two_voices_is_divided_as_they_are(more: int, fewer: int) -> None:
    found = find_two(heard("isla", (more, 1), (fewer, 2)), LIMITS.two_voices)
    assert found is not None
    assert sorted(found.fewer) == [f"isla-{n}" for n in range(more, more + fewer)] or more == fewer
    assert {len(found.more), len(found.fewer)} == {more, fewer}


@pytest.mark.parametrize("count", [2, 6, 8, 12, 40])
def test_one_voice_is_not_divided_however_few_clips(count: int) -> None:
    assert find_two(heard("isla", (count, 1)), LIMITS.two_voices) is None


def test_a_clip_or_two_like_no_other_are_no_voice_and_hide_none() -> None:
    assert find_two(heard("isla", (20, 1), (2, 3)), LIMITS.two_voices) is None
    found = find_two(heard("isla", (12, 1), (6, 2), (1, 5)), LIMITS.two_voices)
    assert found is not None
    assert {f"isla-{n}" for n in range(12, 18)} <= set(found.fewer)


def test_two_names_with_one_voice_are_a_pair_and_few_clips_are_nobody() -> None:
    names = [heard("isla", (9, 1)), heard("mairi", (12, 1)), heard("rab", (9, 2))]
    [pair] = find_same([*names, heard("jock", (2, 1))], LIMITS.same_voice)
    assert (pair.one.name, pair.other.name) == ("mairi", "isla")
    assert list(find_same([], LIMITS.same_voice)) == []


@pytest.fixture(scope="module")
def ws(real_media: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Clips of four real speakers, eight words each; one has two names, and one another's."""
    weights_path()
    folder = tmp_path_factory.mktemp("voices")
    words = dict(_words(real_media / "corpus/spoken_digits"))
    (folder / "clips").mkdir()
    names = []
    for who in ("george", "jackson", "nicolas", "lucas"):
        for number in range(10):
            clip = np.concatenate(words[who][number * 8 : number * 8 + 8])
            soundfile.write(folder / "clips" / f"{who}{number}.wav", clip, 8_000)
            names.append((f"{who}{number}.wav", RENAMED.get((who, number // 6), who)))
    with (folder / "clips.csv").open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([("file", "speaker"), *names])
    ws = audioset.init(folder / "scots")
    ws.import_folder(folder / "clips", metadata=folder / "clips.csv")
    return ws


def _words(corpus: Path) -> Iterator[tuple[str, list[np.ndarray]]]:
    found: Mapping[str, list[np.ndarray]] = {}
    with (corpus / "labels.csv").open(encoding="utf-8") as labels:
        for row in csv.DictReader(labels):
            found.setdefault(row["speaker"], []).append(soundfile.read(corpus / row["file"])[0])
    return iter(found.items())


def test_check_tells_wrong_names_of_real_speakers_only_when_asked(ws: Workspace) -> None:
    assert "two_voices" not in ws.check(skip="near_duplicate").counts
    report = ws.check(rules=("two_voices", "same_voice"))
    assert report.counts == {"two_voices": 1, "same_voice": 1}
    assert report.not_judged == {}
    two, same = report.facts
    assert two.speaker == "nicolas"
    assert all(clip_id.startswith("jackson") for clip_id in two.clip_ids)
    assert two.num_clips == 4
    assert set(same.values) == {"george", "georgie"}
    assert "audioset review --where" in same.remedy


def test_a_split_holds_together_who_sounds_alike_and_renames_nobody(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InvalidInputError, match="add speaker"):
        ws.split(options={"by": ("source",)}, voices=True)
    apart = ["--by", "speaker", "--validation", "0", "--test", "0.4", "--yes"]
    assert run(["split", "--voices", *apart, "--workspace", str(ws.folder)]) == 0
    assert "sound like one voice: george and georgie" in capsys.readouterr().err
    rows = ws.to_pandas()
    assert rows[rows.speaker.isin(["george", "georgie"])].split.nunique() == 1
    assert set(rows.speaker) == {"george", "georgie", "jackson", "nicolas", "lucas"}


def test_chains_of_names_are_one() -> None:
    names = ["A", None, "b", "c", "d", "B"]
    pairs = (("a", "b"), ("c", "b"))
    for column in (pa.array(names), pa.array(names).dictionary_encode()):
        joined = join_speakers(pa.table({"speaker": column}), pairs)["speaker"].to_pylist()
        assert joined[1] is None
        assert len({joined[0], joined[2], joined[3], joined[5]}) == 1
        assert joined[4] == "d", "nobody else is renamed"


def test_clips_that_no_voice_speaks_for_are_counted(tmp_path: Path) -> None:
    weights_path()
    ws = audioset.init(tmp_path / "scots")
    add_source(ws, "named.wav", 2, seconds=2.0, speaker="isla")
    add_source(ws, "blank.wav", 2, seconds=2.0, speaker=" ")
    add_source(ws, "nobody.wav", 1, seconds=2.0)
    add_source(ws, "short.wav", 1, seconds=0.5, speaker="isla")
    report = ws.check(rules="same_voice")
    assert (report.counts, report.not_judged) == ({"same_voice": 0}, {"same_voice": 6})


def test_without_the_package_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = audioset.init(tmp_path / "scots")
    add_source(ws, "a.wav", 1, seconds=2.0, speaker="isla")
    module = importlib.import_module("audioset.hearing.voiceprints.voiceprint")
    monkeypatch.setattr(module, "_PACKAGE", "not_installed_here")
    with pytest.raises(NotFoundError, match="pip install --no-deps resemblyzer"):
        ws.check(rules="same_voice")
    with pytest.raises(NotFoundError, match="pip install --no-deps resemblyzer"):
        ws.split(voices=True)
