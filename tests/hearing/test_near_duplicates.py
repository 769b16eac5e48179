"""Copies of a recording are found whatever was done to them; other takes are no copies."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

import audioset
from audioset.hearing.fingerprint import make_fingerprint
from audioset.hearing.kept_prints import KeptPrints
from audioset.hearing.near_pairs import find_near_pairs
from audioset.media.resample import Resampler
from audioset.records.check_report import CheckLimits
from audioset.workspace import Workspace
from tests.sounds import SPEECH_RATE, Samples, noise, silence, spoken, write_audio

LIMIT = CheckLimits().near_duplicate
Change = Callable[[Samples, int], tuple[Samples, int]]


def takes() -> list[Samples]:
    """The six takes of two lines."""
    samples, said = spoken()
    return [
        samples[round(take.start_seconds * SPEECH_RATE) : round(take.end_seconds * SPEECH_RATE)]
        for take in said
    ]


def through(codec: str, suffix: str, rate: int, folder: Path) -> Change:
    """Encode and decode with a codec, at a sampling rate that it can have."""
    from audioset.media.decode import open_audio

    def change(samples: Samples, sampling_rate: int) -> tuple[Samples, int]:
        resampled = Resampler(sampling_rate, rate).push(samples, last=True)
        path = write_audio(folder / f"x.{suffix}", resampled, rate, codec=codec)
        with open_audio(path) as audio:
            return audio.read()[0].ravel(), audio.sampling_rate

    return change


def moved(samples: Samples, rate: int) -> tuple[Samples, int]:
    return samples[round(0.05 * rate) : -round(0.037 * rate)], rate


def longer(samples: Samples, rate: int) -> tuple[Samples, int]:
    return np.concatenate([silence(0.043, rate), samples, silence(0.05, rate)]), rate


def louder(samples: Samples, rate: int) -> tuple[Samples, int]:
    return np.asarray(samples * 0.2, np.float32), rate


def noisy(samples: Samples, rate: int) -> tuple[Samples, int]:
    return in_noise(samples, rate, snr_db=30)


def noisier(samples: Samples, rate: int) -> tuple[Samples, int]:
    return in_noise(samples, rate, snr_db=24)  # at 20 dB three words in four are found


def in_noise(samples: Samples, rate: int, *, snr_db: float) -> tuple[Samples, int]:
    level = float(np.sqrt((samples**2).mean())) * 10 ** (-snr_db / 20)
    return samples + noise(samples.size / rate, rate, level=level)[: samples.size], rate


@pytest.mark.parametrize(
    "name", ["moved", "longer", "louder", "noisy", "noisier", "mp3", "aac", "opus"]
)
def test_a_changed_copy_is_found_and_another_take_is_not(name: str, tmp_path: Path) -> None:
    changes: dict[str, Change] = {
        "moved": moved,
        "longer": longer,
        "louder": louder,
        "noisy": noisy,
        "noisier": noisier,
        "mp3": through("libmp3lame", "mp3", 44_100, tmp_path),
        "aac": through("aac", "m4a", 44_100, tmp_path),
        "opus": through("libopus", "opus", 48_000, tmp_path),
    }
    originals = takes()
    prints = [make_fingerprint(samples, SPEECH_RATE) for samples in originals]
    prints += [make_fingerprint(*changes[name](samples, SPEECH_RATE)) for samples in originals]
    pairs = {(pair.one, pair.other) for pair in find_near_pairs(prints, limit=LIMIT)}
    assert pairs == {(number, number + len(originals)) for number in range(len(originals))}


def test_a_clip_within_another_is_found_and_where_it_starts() -> None:
    first, second, third, *_ = takes()
    whole = np.concatenate([first, silence(0.3, SPEECH_RATE), second])
    cut_short = third[round(0.3 * SPEECH_RATE) : -round(0.3 * SPEECH_RATE)]
    clips = [whole, third, second * np.float32(0.5), cut_short]
    prints = [make_fingerprint(samples, SPEECH_RATE) for samples in clips]
    pairs = {(pair.one, pair.other): pair for pair in find_near_pairs(prints, limit=LIMIT)}
    assert pairs.keys() == {(0, 2), (1, 3)}
    assert (pairs[0, 2].inside, pairs[1, 3].inside) == (2, 3)
    starts = (whole.size - second.size) / SPEECH_RATE
    assert pairs[0, 2].starts_seconds == pytest.approx(starts, abs=0.02)
    assert pairs[1, 3].starts_seconds == pytest.approx(0.3, abs=0.02)
    turned = find_near_pairs(prints[::-1], limit=LIMIT)
    assert {(pair.inside, round(pair.starts_seconds, 1)) for pair in turned} == {
        (0, 0.3),
        (1, round(starts, 1)),
    }


def test_silence_and_clips_of_a_few_samples_pair_with_nothing() -> None:
    prints = [make_fingerprint(silence(1, 16_000), 16_000) for _ in range(3)]
    prints += [make_fingerprint(np.full(3, 0.5, np.float32), 44_100)]
    assert find_near_pairs(prints, limit=LIMIT) == []
    assert find_near_pairs([], limit=LIMIT) == []


def test_the_join_in_parts_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from audioset.hearing import near_pairs as near_duplicates

    prints = [make_fingerprint(samples, SPEECH_RATE) for samples in takes() * 3]
    whole = find_near_pairs(prints, limit=LIMIT)
    monkeypatch.setattr(near_duplicates, "_KEYS_AT_ONCE", 500)
    monkeypatch.setattr(near_duplicates, "_PARTS_AT_ONCE", 7)
    assert find_near_pairs(prints, limit=LIMIT) == whole
    assert {pair.starts_seconds for pair in whole} == {0}
    assert len(whole) == 6 * 3


def test_prints_that_are_kept_in_a_file_are_as_they_were() -> None:
    made = {
        number: make_fingerprint(samples, SPEECH_RATE)
        for number, samples in zip((4, 0, 2), [*takes()[:2], silence(1, 16_000)], strict=True)
    }
    with closing(KeptPrints()) as kept:
        for number, each in made.items():
            kept.add(number, each)
        assert len(kept) == 5
        for number, each in made.items():
            for part in ("words", "active", "strong", "key_frames", "key_weak"):
                there, here = getattr(kept[number], part), getattr(each, part)
                assert there.dtype == here.dtype
                assert there.tolist() == here.tolist()
        assert not len(kept[1].words)
        assert find_near_pairs(kept, limit=LIMIT) == []


def workspace_with_copies(folder: Path) -> Workspace:
    """Three takes; the first again with equal samples and again at a fifth of its loudness."""
    source = folder / "wavs"
    source.mkdir(parents=True)
    first, second, third = takes()[:3]
    table = ["file,text"]
    for name, samples, text in (
        ("a", first, ""),
        ("b", second, ""),
        ("c", third, ""),
        ("same", first, ""),
        ("quiet", louder(first, 0)[0], "aye"),
    ):
        # Another comment makes another file, hence another source, of the same samples.
        with soundfile.SoundFile(
            source / f"{name}.wav", "w", SPEECH_RATE, 1, subtype="PCM_16"
        ) as file:
            file.comment = name
            file.write(samples)
        table.append(f"{name}.wav,{text}")
    (source / "metadata.csv").write_text("\n".join(table))
    ws = audioset.init(folder / "scots")
    ws.import_folder(source, metadata=source / "metadata.csv")
    return ws


def test_dedupe_keeps_the_clip_with_a_text_and_rejects_only_when_told(tmp_path: Path) -> None:
    ws = workspace_with_copies(tmp_path)
    found = ws.dedupe()
    [group] = found.groups
    assert group.keep.startswith("quiet-")
    assert [clip_id.partition("-")[0] for clip_id in group.others] == ["a", "same"]
    assert (found.num_clips, found.num_decisions) == (5, 0)
    assert ws.describe().num_rejected == 0
    assert ws.dedupe(yes=True, by="ada").num_decisions == 2
    assert ws.describe().num_rejected == 2
    assert ws.dedupe().groups == ()


def clipped(samples: Samples, rate: int) -> tuple[Samples, int]:
    loudest = float(np.abs(samples).max())
    return np.clip(samples * np.float32(3 / loudest), -1, 1), rate


def off_centre(samples: Samples, rate: int) -> tuple[Samples, int]:
    return longer(samples * np.float32(0.5) + np.float32(0.1), rate)


def telephone(samples: Samples, rate: int) -> tuple[Samples, int]:
    return Resampler(rate, 8_000).push(samples, last=True), 8_000


def test_the_best_copy_is_kept_whatever_it_is_called_and_the_reason_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "wavs"
    folder.mkdir()
    worse: dict[str, tuple[Change, str]] = {
        "moved": (moved, "s of sound, against"),
        "clipped": (clipped, "of samples are clipped, against 0.00%"),
        "offcentre": (off_centre, "the samples' mean is +0.09"),
        "noisy": (noisy, "noise: "),
        "telephone": (telephone, "nothing above 3,"),
        "louder": (louder, "quieter: -"),
    }
    for name, (change, _) in worse.items():
        first = takes()[list(worse).index(name)]
        soundfile.write(folder / f"the-{name}.wav", first, SPEECH_RATE)
        soundfile.write(folder / f"a-{name}.wav", *change(first, SPEECH_RATE))
    write_audio(folder / "a-mp3.mp3", takes()[4], SPEECH_RATE, codec="libmp3lame")
    ws = audioset.init(tmp_path / "scots")
    ws.import_folder(folder)
    groups = {group.keep.partition("-")[2].partition("-")[0]: group for group in ws.dedupe().groups}
    assert groups.keys() == worse.keys()
    for name, group in groups.items():
        assert group.keep.startswith(f"the-{name}-")
        assert all(each.startswith("a-") for each in group.others)
        told = [why for each, why in group.reasons.items() if each.startswith(f"a-{name}-")]
        assert len(told) == 1
        assert worse[name][1] in told[0]
        for each, why in group.reasons.items():
            assert why == "cut from a-mp3.mp3, which is lossy" or not each.startswith("a-mp3")


def test_equal_samples_are_told_from_the_same_recording(tmp_path: Path) -> None:
    ws = workspace_with_copies(tmp_path)
    [group] = ws.dedupe(near_limit=0).groups
    assert (len(group.others), group.exact, group.bit_errors) == (1, group.others, 0.0)
    report = ws.check(rules=("duplicate_audio", "near_duplicate"))
    assert report.counts == {"duplicate_audio": 0, "near_duplicate": 2}
    report = ws.check(rules=("duplicate_audio",))
    assert report.counts == {"duplicate_audio": 1}


def test_a_part_of_another_clip_is_told_and_stays(tmp_path: Path) -> None:
    first, second, *_ = takes()
    whole = np.concatenate([first, silence(0.3, SPEECH_RATE), second])
    for name, samples in (("whole", whole), ("quiet", louder(whole, 0)[0]), ("second", second)):
        soundfile.write(tmp_path / f"{name}.wav", samples, SPEECH_RATE)
    ws = audioset.init(tmp_path / "scots")
    ws.import_folder(tmp_path)
    found = ws.dedupe(yes=True, by="ada")
    [part] = found.within
    assert part.clip_id.startswith("second-")
    assert part.within.startswith("whole-")
    assert found.num_decisions == 1
    report = ws.check(rules=("near_duplicate",))
    [finding] = report.findings
    starts = (whole.size - second.size) / SPEECH_RATE
    assert finding.sentence.startswith(f"a part of {part.within}, from {starts:.1f}")
    assert (finding.clip_id, finding.value) == (part.clip_id, part.within)


def test_clips_of_a_version_cannot_be_rejected(tmp_path: Path) -> None:
    ws = workspace_with_copies(tmp_path)
    with pytest.raises(audioset.InvalidInputError, match="publish again"):
        ws.dedupe("scots@v1", yes=True)


@pytest.mark.slow
def test_a_take_is_found_among_ten_words_and_other_takes_are_not(real_media: Path) -> None:
    folder = real_media / "corpus" / "spoken_digits" / "recordings"
    parts = [[f"{digit}_theo_{(take + digit) % 20}" for digit in range(10)] for take in range(20)]
    names = sorted({name for some in parts for name in some})
    clips = {name: soundfile.read(folder / f"{name}.wav", dtype="float32")[0] for name in names}
    pause = silence(0.2, 8_000)
    prints = [make_fingerprint(clips[name], 8_000) for name in names]
    for some in parts:
        sound = np.concatenate([piece for name in some for piece in (clips[name], pause)])
        prints.append(make_fingerprint(sound, 8_000))
    there = {(names.index(name), 200 + at) for at, some in enumerate(parts) for name in some}
    found = {(pair.one, pair.other) for pair in find_near_pairs(prints, limit=LIMIT)}
    assert found <= there
    assert len(found) >= 0.9 * len(there)


def test_twenty_takes_of_each_digit_by_each_speaker_are_no_duplicates(real_media: Path) -> None:
    paths = sorted((real_media / "corpus" / "spoken_digits" / "recordings").glob("*.wav"))
    prints = [make_fingerprint(*soundfile.read(path, dtype="float32")) for path in paths]
    assert len(prints) == 1200
    assert find_near_pairs(prints, limit=LIMIT) == []
