"""`audioset split`: nothing leaks, no clip ever leaves its split, people have the last word."""

import random
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset.catalog.database import CatalogDatabase
from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.manifest import Clip
from audioset.records.split_report import SPLIT_AUTHOR, SPLITS, SplitOptions, SplitReport
from audioset.workspace import Workspace
from tests.curation.splitting import (
    add_clip,
    add_part,
    add_speech,
    decide,
    first_take,
    put,
    remove,
    sentence,
    splits_of,
)
from tests.servers import s3_url
from tests.workspaces import add_source, changed, make_clip

__all__ = ["s3_url"]

MANIFEST_ONLY = SplitOptions(by=("speaker", "source", "sentence", "takes"))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ws = audioset.init(tmp_path_factory.mktemp("splits") / "scots")
    for number in range(60):
        add_clip(ws, f"talk {number}.wav", speaker=f"s{number % 30:02d}")
    return ws.folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """Thirty speakers with two sources each."""
    return audioset.open_workspace(workspace=shutil.copytree(template, tmp_path / "scots"))


def divide(ws: Workspace, options: SplitOptions | None = None, **more: bool) -> SplitReport:
    return ws.split(options=options or MANIFEST_ONLY, yes=True, **more)


def all_to(split: str) -> SplitOptions:
    """Draw nothing to another split: what goes there was held."""
    shares = {name: float(name == split) for name in SPLITS}
    return replace(MANIFEST_ONLY, **shares)  # type: ignore[arg-type]


def by_speaker(ws: Workspace) -> dict[str, set[str | None]]:
    from audioset.curation.workspace.effective import read_effective

    found: dict[str, set[str | None]] = {}
    for row in read_effective(ws.working).select(["speaker", "split"]).to_pylist():
        found.setdefault(row["speaker"], set()).add(row["split"])
    return found


def test_it_only_shows_until_it_is_told(workspace: Workspace) -> None:
    report = workspace.split()
    assert (len(report.changes), report.num_decisions) == (60, 0)
    assert not (workspace.folder / "catalog.db").exists()
    assert set(splits_of(workspace).values()) == {None}


def test_speakers_stay_whole_and_the_shares_are_near_what_is_wanted(workspace: Workspace) -> None:
    report = divide(workspace)
    assert report.num_decisions == report.num_new == 60
    assert all(len(sides) == 1 for sides in by_speaker(workspace).values())
    assert report.certificate.is_clean
    shares = {total.name: total.share for total in report.certificate.splits}
    assert shares == pytest.approx({"train": 0.8, "validation": 0.1, "test": 0.1}, abs=0.04)
    planned = {change.clip_id: change.after for change in report.changes}
    assert splits_of(workspace) == planned
    assert workspace.certify_splits().digest == report.certificate.digest


def test_a_second_run_changes_nothing(workspace: Workspace) -> None:
    first = divide(workspace)
    again = divide(workspace, SplitOptions(train=0.2, validation=0.4, test=0.4, seed=7))
    assert (again.changes, again.num_decisions, again.num_kept) == ((), 0, 60)
    assert again.certificate.digest == first.certificate.digest


def test_the_seed_alone_decides_and_anew_draws_again(workspace: Workspace) -> None:
    seeded = replace(MANIFEST_ONLY, seed=5)
    digests = [workspace.split(options=seeded).certificate.digest for _ in range(2)]
    other = workspace.split(options=replace(seeded, seed=6))
    assert digests[0] == digests[1] != other.certificate.digest
    assert workspace.split(options=seeded).options == seeded
    assert workspace.split(options=MANIFEST_ONLY).options.seed in range(100)
    divide(workspace, seeded)
    anew = divide(workspace, replace(seeded, seed=6), anew=True)
    assert anew.certificate.digest == other.certificate.digest
    assert anew.num_kept == 0


def test_the_decisions_are_the_commands_and_history_tells(workspace: Workspace) -> None:
    divide(workspace)
    clip_id = min(splits_of(workspace))
    [entry] = workspace.history(clip_id)
    assert (entry.decided_by, entry.decision.field) == (SPLIT_AUTHOR, "split")


@pytest.mark.parametrize("published", [False, True])
def test_new_clips_join_those_they_share_something_with(
    workspace: Workspace, published: bool
) -> None:
    divide(workspace)
    before = by_speaker(workspace)
    if published:  # another machine: the catalog is not there
        workspace.publish(track=False)
        (workspace.folder / "catalog.db").unlink()
    for number in range(30):
        add_clip(workspace, f"more {number}.wav", speaker=f"s{number:02d}")
    report = divide(workspace, SplitOptions(train=0.4, validation=0.3, test=0.3))
    assert by_speaker(workspace) == before
    assert report.left_out == ()
    assert report.certificate.is_clean


def test_clips_that_are_gone_still_say_where_theirs_go(workspace: Workspace) -> None:
    divide(workspace)
    before = by_speaker(workspace)
    tested = next(speaker for speaker, sides in before.items() if sides == {"test"})
    workspace.publish(track=False)
    number = int(tested[1:])
    for name in (f"talk {number}.wav", f"talk {number + 30}.wav"):
        remove(workspace, make_clip(name, 0, seconds=0.5)[0])
    for extra in range(3):
        add_clip(workspace, f"more {extra}.wav", speaker=tested)
    divide(workspace, all_to("train"))
    assert by_speaker(workspace)[tested] == {"test"}, "a model may have been tested on them"


def test_rejected_clips_still_say_where_theirs_go(workspace: Workspace) -> None:
    divide(workspace)
    others = [item for item in by_speaker(workspace).items() if item[1] != {"validation"}]
    for speaker, sides in others[:2]:
        number = int(speaker[1:])
        for name in (f"talk {number}.wav", f"talk {number + 30}.wav"):
            decide(workspace, make_clip(name, 0, seconds=0.5)[0], "accepted", value=False)
        add_clip(workspace, f"more {number}.wav", speaker=speaker)
        divide(workspace, all_to("validation"))
        assert by_speaker(workspace)[speaker] == sides


def two_frozen(ws: Workspace) -> tuple[Clip, Clip]:
    """A clip in train and one in test, published."""
    one = add_clip(ws, "one.wav", speaker="ada", text=sentence(1))
    other = add_clip(ws, "other.wav", speaker="ben", text=sentence(2))
    decide(ws, one, "split", "train")
    decide(ws, other, "split", "test")
    ws.publish(track=False)
    (ws.folder / "catalog.db").unlink()
    return one, other


def test_a_clip_that_joins_two_splits_gets_none_and_the_published_stay(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    one, other = two_frozen(ws)
    bridge = add_clip(ws, "bridge.wav", speaker="ada", text=sentence(2))
    for _ in range(2):
        report = divide(ws)
        [left] = report.left_out
        assert (left.clip_id, left.splits) == (bridge.clip_id, ("train", "test"))
        assert left.kinds == ("speaker", "sentence")
        assert report.certificate.is_clean
        assert splits_of(ws) == {one.clip_id: "train", other.clip_id: "test", bridge.clip_id: None}


def test_of_a_group_that_joins_two_splits_only_what_would_leak_is_left_out(
    tmp_path: Path,
) -> None:
    ws = audioset.init(tmp_path / "scots")
    two_frozen(ws)
    to_train = add_clip(ws, "to train.wav", speaker="cat", text=sentence(1))
    to_test = add_clip(ws, "to test.wav", speaker="cat", text=sentence(2))
    free = [add_clip(ws, f"free {n}.wav", speaker="cat") for n in range(3)]
    report = divide(ws)
    assert [clip.clip_id for clip in report.left_out] == [to_test.clip_id]
    sides = splits_of(ws)
    assert {sides[clip.clip_id] for clip in [to_train, *free]} == {"train"}
    assert report.certificate.is_clean
    assert [clip.clip_id for clip in divide(ws).left_out] == [to_test.clip_id]


def test_near_sounds_hold_together_with_clips_of_old_versions(tmp_path: Path, s3_url: str) -> None:
    ws = changed(audioset.init(tmp_path / "scots"), store=s3_url)
    first = add_speech(ws, "first.wav", first_take())
    for number in range(4):
        add_clip(ws, f"talk {number}.wav")
    decide(ws, first, "split", "test")
    ws.publish(track=False)
    (ws.folder / "catalog.db").unlink()
    remove(ws, first)
    quiet = add_speech(ws, "quiet.wav", np.float32(0.3) * first_take())
    divide(ws, replace(all_to("train"), by=("duplicates",)))
    assert splits_of(ws)[quiet.clip_id] == "test", "its twin is in the store alone"


def test_what_people_decide_wins_and_is_kept(workspace: Workspace) -> None:
    clip, _ = make_clip("talk 3.wav", 0, seconds=0.5)
    decide(workspace, clip, "split", "validation")
    report = divide(workspace)
    assert report.num_by_people == 1
    assert by_speaker(workspace)["s03"] == {"validation"}
    decide(workspace, clip, "split", "test")
    report = divide(workspace)
    assert splits_of(workspace)[clip.clip_id] == "test"
    assert report.num_by_people == 1
    leak = report.certificate.examples[0]
    assert (leak.other_id, leak.kinds) == (clip.clip_id, ("speaker",)), "told, not undone"


def test_a_persons_word_on_a_speaker_wins_over_the_command(workspace: Workspace) -> None:
    divide(workspace)
    before = by_speaker(workspace)
    speaker = next(name for name, sides in before.items() if sides == {"train"})
    decision = audioset.Decision("speaker", speaker, "split", "test")
    workspace.decide([decision], by="ada")
    assert by_speaker(workspace)[speaker] == {"test"}
    assert divide(workspace).num_by_people == 2
    assert by_speaker(workspace) == {**before, speaker: {"test"}}


def test_given_splits_are_kept_even_anew(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    for number in range(12):
        split = "test" if number < 3 else None
        add_clip(ws, f"talk {number}.wav", speaker=f"s{number}", split=split)
    divide(ws)
    report = divide(ws, anew=True)
    assert report.num_by_people == 3
    sides = splits_of(ws)
    given = {make_clip(f"talk {number}.wav", 0, seconds=0.5)[0].clip_id for number in range(3)}
    assert {sides[clip_id] for clip_id in given} == {"test"}


def test_a_person_who_decides_meanwhile_is_not_overruled(workspace: Workspace) -> None:
    from audioset.curation.split.write import write_split

    report = workspace.split(options=MANIFEST_ONLY)
    clip, _ = make_clip("talk 3.wav", 0, seconds=0.5)
    planned = {change.clip_id: change.after for change in report.changes}[clip.clip_id]
    other = next(split for split in SPLITS if split != planned)
    decide(workspace, clip, "split", other)
    assert write_split(report, workspace.working).num_decisions == 59
    assert splits_of(workspace)[clip.clip_id] == other


@pytest.mark.parametrize(
    ("source", "hint"),
    [(True, "--by sentence,takes,duplicates "), (False, "--by source,sentence,takes,duplicates ")],
)
def test_one_speaker_is_told_in_one_line_what_to_do(
    tmp_path: Path, source: bool, hint: str
) -> None:
    ws = audioset.init(tmp_path / "scots")
    for number in range(6):
        if source:
            add_part(ws, "talk.wav", number, speaker="ada", text=sentence(number))
        else:
            add_clip(ws, f"talk {number}.wav", speaker="ada", text=sentence(number))
    with pytest.raises(InvalidInputError) as raised:
        ws.split()
    assert str(raised.value).startswith("all 6 clips share the speaker 'ada'")
    assert hint in str(raised.value)
    options = SplitOptions(by=tuple(hint.split()[1].split(",")), train=0.5, test=0.5, validation=0)
    report = divide(ws, options)
    assert report.certificate.is_clean
    assert [total.num_clips for total in report.certificate.splits][::2] == [3, 3]


@pytest.mark.parametrize("named", [True, False])
def test_what_several_speakers_read_is_divided_and_of_nobody_known_two_takes_are_named(
    tmp_path: Path, named: bool
) -> None:
    ws = audioset.init(tmp_path / "digits")
    for number in range(6):
        for line, digit in enumerate(("five", "six"), 1):
            who = f"s{number}" if named else None
            add_part(ws, f"v{number}.wav", line, speaker=who, text=digit, line=line)
    options = SplitOptions(by=MANIFEST_ONLY.by, test=0.33, validation=0)
    if named:
        report = divide(ws, options)
        assert [total.num_clips for total in report.certificate.splits][::2] == [8, 4]
        pairs = {"speaker": 6, "source": 6, "sentence": 0, "takes": 0}
        assert dict(report.certificate.edges) == pairs
        return
    with pytest.raises(InvalidInputError) as raised:
        divide(ws, options)
    assert re.match(
        r"all 12 clips share takes \(such as v0-\S+ and v1-\S+: line 1, 'five', neither with a "
        r"speaker\), so no split is free of that; ",
        str(raised.value),
    )


def test_the_largest_group_of_a_fraction_of_a_second_is_a_share_too(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    for number in range(4):
        put(ws, *make_clip(f"talk {number}.wav", 0, seconds=0.1, speaker=f"s{number // 2}"))
    report = ws.split(options=replace(MANIFEST_ONLY, train=0.5, validation=0.25, test=0.25))
    assert report.largest_group_share == pytest.approx(0.5)
    assert report.options.seed is not None


def test_a_group_that_is_too_large_is_named_by_what_joins_it(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    for number in range(19):
        add_clip(ws, f"talk {number}.wav", speaker="ada")
    add_clip(ws, "other.wav", speaker="ben")
    report = ws.split(options=MANIFEST_ONLY)
    assert report.largest_joined_by == "speaker"
    assert re.fullmatch(r"talk \S+ and talk \S+|talk\S+ and talk\S+", report.largest_example)
    assert report.largest_group_share == pytest.approx(0.95)


def test_short_sentences_join_nothing_unless_asked(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    for number in range(20):
        add_clip(ws, f"talk {number}.wav", text="aye, aye", speaker=f"s{number}")
    assert ws.split(options=MANIFEST_ONLY).certificate.num_groups == 20
    with pytest.raises(InvalidInputError, match="--by speaker,source,takes "):
        ws.split(options=replace(MANIFEST_ONLY, min_words=2))


def test_more_is_kept_than_by_dropping_what_leaks(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    for number in range(60):  # twenty prompts, each read by three of thirty speakers
        add_clip(ws, f"talk {number}.wav", speaker=f"s{number % 30}", text=sentence(number % 20))
    report = ws.split(options=MANIFEST_ONLY)
    assert report.kept_seconds == pytest.approx(30.0)
    assert report.dropping_seconds < 0.95 * report.kept_seconds
    assert report.certificate.is_clean


def test_nothing_cut_and_wrong_options_are_one_clear_line(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    with pytest.raises(NotFoundError, match="cut a source first"):
        ws.split()
    for values, reason in (
        ({"by": "speaker,nose"}, "'nose'"),
        ({"train": 0.5}, "make 1"),
        ({"sead": 1}, "'sead'"),
        ({"test": "much"}, "a number"),
        ({"test": 1.5}, "from 0 to 1"),
        ({"min_words": 0}, "1 or"),
    ):
        with pytest.raises(InvalidInputError, match=reason):
            SplitOptions.from_mapping(values)
    assert SplitOptions.from_mapping({"test": 0.2}).ratios == pytest.approx((0.7, 0.1, 0.2))


def test_thousands_of_clips_are_decided_in_one_go(tmp_path: Path) -> None:
    ws = audioset.init(tmp_path / "scots")
    for number in range(10):
        add_source(ws, f"talk {number}.wav", 300, seconds=0.01, speaker=f"s{number}")
    report = divide(ws)
    assert report.num_decisions == 3000
    moments = {
        entry.decided_at
        for clip_id in list(splits_of(ws))[::500]
        for entry in CatalogDatabase(ws.settings.catalog).history("clip", clip_id)
    }
    assert len(moments) == 1


def grow(ws: Workspace, seed: int, steps: int = 5) -> None:
    """Let a dataset grow at random; require of every step what a split promises."""
    chance = random.Random(seed)
    decided: dict[str, str] = {}
    clips: list[Clip] = []
    removable: list[Clip] = []
    for step in range(steps):
        clips += [
            _random_clip(ws, chance, clips, f"{step}-{n}") for n in range(chance.randint(1, 8))
        ]
        if step and chance.random() < 0.5:
            decide(ws, chance.choice(clips), "accepted", value=False)
        if removable and chance.random() < 0.5:
            gone = removable.pop(chance.randrange(len(removable)))
            clips.remove(gone)
            remove(ws, gone)
        try:
            report = ws.split(yes=True)
        except InvalidInputError:
            assert not decided, "only at the beginning can all hang together"
            continue
        assert report.certificate.is_clean, report.certificate.examples
        now = splits_of(ws)
        moved = {c: (decided[c], now[c]) for c in decided.keys() & now if decided[c] != now[c]}
        assert moved == {}
        decided |= {clip_id: side for clip_id, side in now.items() if side}
        if chance.random() < 0.6:
            ws.publish(track=False)
            removable = list(clips)
            if chance.random() < 0.5:
                # Another machine: what was published is all that is known of splits.
                accepted = splits_of(ws)
                for clip in [clip for clip in clips if clip.clip_id not in accepted]:
                    clips.remove(clip)
                    removable.remove(clip)
                    remove(ws, clip)
                (ws.folder / "catalog.db").unlink()


def _random_clip(ws: Workspace, chance: random.Random, known: Sequence[Clip], name: str) -> Clip:
    """Make a clip that shares something with others more often than not."""
    clip, flac = make_clip(f"{name}.wav", 0, seconds=0.5)
    if known and chance.random() < 0.15:
        twin = chance.choice(known)
        flac = (ws.clips_dir / f"{twin.clip_id}.flac").read_bytes()
        clip = replace(clip, pcm_sha256=twin.pcm_sha256)
    if known and chance.random() < 0.15:
        same = chance.choice(known)
        clip = replace(clip, source_sha256=same.source_sha256)
        clip = replace(clip, start_seconds=(at := chance.uniform(0, 60)), end_seconds=at + 0.5)
    values = {
        "speaker": chance.choice([None, None, *(f"s{n}" for n in range(12))]),
        "text": chance.choice([None, "aye", *(sentence(n) for n in range(20))]),
        "line": chance.choice([None, None, None, 1, 2]),
    }
    return put(ws, replace(clip, **values), flac)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_no_clip_changes_side_however_the_dataset_grows(tmp_path: Path, seed: int) -> None:
    grow(audioset.init(tmp_path / "scots"), seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_no_clip_changes_side_in_200_ways_to_grow(tmp_path: Path) -> None:
    for seed in range(100, 300):
        grow(audioset.init(tmp_path / f"scots-{seed}", name="scots"), seed)
