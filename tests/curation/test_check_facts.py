"""What `audioset check` finds in facts, and that what it says to do does it."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

import audioset
from audioset.cli.app import run
from audioset.curation.check.facts import FactCounts, find_in_facts
from audioset.curation.check.facts.values import explain_value, fold
from audioset.records.check_report import CheckReport, FactFinding
from audioset.records.manifest import FACT_COLUMNS, table_from_clips
from audioset.storage.tables import write_manifest
from audioset.workspace import Workspace
from tests.workspaces import add_source, make_clip

FACT_RULES = ("contradicting_facts", "fact_spelling", "odd_fact", "fact_name")


def check(ws: Workspace, what: str | None = None) -> CheckReport:
    return ws.check(what, rules=FACT_RULES)


def findings(*clips: dict[str, object]) -> list[tuple[str, str, int]]:
    """Give rule, sentence and number of clips of what is found in clips that say this."""
    rows = [make_clip("talk.wav", n, seconds=0.01, **values)[0] for n, values in enumerate(clips)]
    counted = FactCounts()
    for batch in table_from_clips(rows).to_batches(max_chunksize=3):
        counted.add(batch)
    return [(f.rule, f.sentence, f.num_clips) for f in find_in_facts(counted, FACT_RULES)]


@pytest.mark.parametrize(
    ("fact", "one", "other"),
    [
        ("gender", "Male", "male"),
        ("gender", "m", "MALE "),
        ("gender", "F", "woman"),
        ("speaker", "Jackson", "jackson"),
        ("speaker", "spk_1", "Spk-1"),
        ("speaker", "Zoe\u0308", "Zo\u00eb"),  # two forms of one letter
        ("speaker", "\uff21da", "ada"),  # a wide letter
        ("licence", "CC BY 4.0", "cc-by-4.0"),
        ("language", "en_GB", "en-gb"),
        ("language", "eng", "en"),
        ("age", "25.0", "25"),
        ("age", "twenties", "20-29"),
        ("age", "20s", "20\u201329"),
        ("mic", "Lapel  2", "lapel 2"),
    ],
)
def test_spellings_of_one_value_are_found(fact: str, one: str, other: str) -> None:
    assert fold(fact, one) == fold(fact, other)
    given = [{fact: v} if fact in FACT_COLUMNS else {"extra": {fact: v}} for v in (one, one, other)]
    found = [f for f in findings(*given) if f[0] == "fact_spelling"]
    assert len(found) == 1
    assert repr(one) in found[0][1]
    assert repr(other) in found[0][1]


@pytest.mark.parametrize(
    ("fact", "one", "other"),
    [
        ("gender", "male", "female"),
        ("speaker", "isla", "isa"),
        ("speaker", "speaker1", "speaker2"),
        ("offset", "-5", "5"),
        ("language", "en", "en-GB"),
        ("age", "4.5", "4"),
        ("age", "20-29", "20"),
        ("accent", "north", "north-east"),
    ],
)
def test_other_values_are_no_spellings(fact: str, one: str, other: str) -> None:
    assert fold(fact, one) != fold(fact, other)


@pytest.mark.parametrize(
    ("fact", "value", "reason", "meant"),
    [
        ("age", "abc", "is neither a number of years nor a band such as 20-29 or adult", None),
        ("age", "25 years", "is more than a number of years", "25"),
        ("age", "aged 25", "is more than a number of years", "25"),
        ("age", "250", "is older than 120 years", None),
        ("age", "1987", "looks like a year of birth", None),
        ("age", "-3", "is more than a number of years", None),
        ("age", "30-20", "is neither a number of years nor a band such as 20-29 or adult", None),
        ("age", "12.03.1987", "is neither a number", None),
        ("language", "English", "is no language tag such as en or en-GB", "en"),
        ("language", "en/gd", "is no language tag such as en or en-GB", None),
        ("gender", "nan", "stands for no value", ""),
        ("accent", "N/A", "stands for no value", ""),
        ("mic", "None", "stands for no value", ""),
        ("speaker", "Jos\u00c3\u00a9", "was decoded wrongly", None),
        ("location", "Gl\ufffdsgow", "a character that was lost in decoding", None),
    ],
)
def test_what_cannot_be_a_value_is_told(
    fact: str, value: str, reason: str, meant: str | None
) -> None:
    found = explain_value(fact, value)
    assert found is not None
    assert reason in found[0]
    assert found[1] == meant


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        *(("age", age) for age in ("0", "7", "34", "34.0", "4.5", "3;06", "120", "20-29", "20s")),
        *(("age", age) for age in ("60+", "<18", "twenties")),
        *(("age", age) for age in ("20 - 29", "under 18", "mid-30s", "18 months", "young adult")),
        *(("language", tag) for tag in ("en", "en-GB", "sco", "zh-Hant-TW", "gd")),
        ("consent", "none"),
        ("gender", "non-binary"),
        ("gender", "unknown"),
        ("accent", "Gàidhealtachd"),
        ("speaker", "小明"),
        ("licence", "CC BY-SA 4.0"),
        ("social_class", "C2"),
    ],
)
def test_what_people_write_passes(fact: str, value: str) -> None:
    assert explain_value(fact, value) is None


def isla(**values: object) -> dict[str, object]:
    return {"speaker": "isla", **values}


def test_a_speaker_with_two_values_of_what_a_person_has_one_of_is_found_once() -> None:
    clips = [isla(gender="female")] * 40 + [isla(gender="male")] * 3
    assert findings(*clips) == [
        ("contradicting_facts", "gender of isla: 'female' in 40 clips, 'male' in 3", 3)
    ]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([isla(age="25"), isla(age="34")], 1),
        ([isla(age="25"), isla(age="26")], 0),
        ([isla(age="25"), isla(age="20-29")], 0),
        ([isla(age="25"), isla(age="30-39")], 1),
        ([isla(age="25"), isla(age="adult")], 0),
        ([isla(age="25"), isla(age="over 60")], 0),
        ([isla(accent="glasgow"), isla(accent="leith")], 1),
        ([isla(extra={"native_language": "gd"}), isla(extra={"native_language": "en"})], 1),
        ([isla(location="glasgow"), isla(location="leith")], 0),
        ([isla(language="en"), isla(language="gd")], 0),
        ([isla(consent="all"), isla(consent="research")], 0),
        ([isla(extra={"mic": "1"}), isla(extra={"mic": "2"})], 0),
        ([isla(gender="female"), isla(gender="unknown")], 0),
        ([isla(gender="female"), isla()], 0),
        ([isla(gender="female"), {"speaker": "rab", "gender": "male"}], 0),
        ([{"gender": "female"}, {"gender": "male"}], 0),
        ([{"speaker": "Unknown", "gender": x} for x in ("male", "female")], 0),
    ],
)
def test_what_contradicts_and_what_does_not(values: list[dict[str, object]], found: int) -> None:
    rules = [rule for rule, _, _ in findings(*values)]
    assert rules == ["contradicting_facts"] * found


def test_blanks_at_the_ends_are_found_in_a_lone_value_too() -> None:
    assert findings({"accent": "glasgow "}) == [
        ("fact_spelling", "accent: 'glasgow ' has blanks at its ends, or two in a row", 1)
    ]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["gendr"], ["gender"]),
        (["license"], ["licence"]),
        (["Gender"], ["gender"]),
        (["Social Class"], ["social_class"]),
        (["mic", "mic", "Mic"], ["mic"]),
        (["mic", "mics"], []),
        (["height_cm", "weight_cm"], []),
        (["room"], []),
    ],
)
def test_a_fact_named_almost_like_another_is_found(names: list[str], found: list[str]) -> None:
    told = findings(*({"extra": {name: "x"}} for name in names))
    assert [sentence.rpartition("; ")[2] for _, sentence, _ in told] == [
        f"{name!r} is meant" for name in found
    ]


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    ws = audioset.init(tmp_path / "scots", name="scots")
    add_source(ws, "a.wav", 6, speaker="isla", gender="female")
    return ws


def do(ws: Workspace, finding: FactFinding) -> None:
    """Do what a finding says, as a shell does: what else there is to do is its comment."""
    command = shlex.split(finding.remedy, comments=True)
    assert command[0] == "audioset"
    assert run([*command[1:], "--workspace", str(ws.folder)]) == 0


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("contradicting_facts", {"speaker": "isla", "gender": "male"}),
        ("fact_spelling", {"speaker": "rab o'the Glen", "gender": "Female"}),
        ("fact_spelling", {"gender": "Female"}),
        ("fact_spelling", {"speaker": "isla", "gender": "Female"}),
        ("fact_spelling", {"speaker": "Isla", "gender": "female"}),
        ("fact_spelling", {"speaker": "isla", "accent": "leith "}),
        ("odd_fact", {"speaker": "rab", "age": "25 years"}),
        ("odd_fact", {"speaker": "rab", "location": "nan"}),
        ("odd_fact", {"language": "English"}),
        ("fact_name", {"speaker": "rab", "extra": {"gendr": "male"}}),
        ("fact_name", {"speaker": "rab", "extra": {"locaton": "leith"}}),
    ],
)
def test_what_is_said_to_do_ends_the_finding(
    ws: Workspace, rule: str, values: dict[str, object]
) -> None:
    add_source(ws, "b.wav", 3, **values)
    (finding,) = check(ws).facts
    assert finding.rule == rule
    do(ws, finding)
    assert check(ws).is_clean


def test_a_remedy_for_a_speaker_is_no_cure_for_what_was_decided_of_a_clip(ws: Workspace) -> None:
    """The decision about the clip would win, and the finding would stay."""
    [first, *_] = add_source(ws, "b.wav", 2, speaker="isla", gender="female")
    ws.decide(audioset.Decision("clip", first.clip_id, "gender", "male"), by="mairi")
    (finding,) = check(ws).facts
    assert finding.clip_ids == (first.clip_id,)
    assert finding.remedy.startswith(f"audioset decide {first.clip_id} --set gender=female")
    do(ws, finding)
    assert check(ws).is_clean


def test_a_remedy_changes_nothing_else(ws: Workspace) -> None:
    """Isla is female in six clips: to spell three clips rightly must not make her a man."""
    add_source(ws, "b.wav", 3, speaker="isla", gender="Male")
    add_source(ws, "c.wav", 5, speaker="rab", gender="male")
    spelling = next(f for f in check(ws).facts if f.rule == "fact_spelling")
    do(ws, spelling)
    groups = {
        tuple(g.values.values()): g.num_clips for g in ws.describe(by="speaker,gender").groups
    }
    assert groups == {("isla", "female"): 6, ("isla", "male"): 3, ("rab", "male"): 5}


def test_what_was_decided_is_what_is_checked(ws: Workspace) -> None:
    ws.decide(audioset.Decision("speaker", "isla", "age", "1987"), by="mairi")
    ws.publish(track=False)
    for what in (None, "scots@v1", "scots@v1?gender = 'female'"):
        (finding,) = check(ws, what).facts
        assert (finding.rule, finding.values) == ("odd_fact", {"1987": 6})
    assert check(ws, "scots@v1?gender = 'male'").facts == ()


def test_rejected_clips_say_nothing(ws: Workspace) -> None:
    clips = add_source(ws, "b.wav", 1, speaker="isla", gender="male")
    ws.decide(audioset.Decision("clip", clips[0].clip_id, "accepted", False), by="mairi")
    assert check(ws).is_clean


def test_a_fact_of_too_many_values_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audioset.curation.check.facts.counts._MOST_COUNTS", 5)
    rows = [
        make_clip("t.wav", n, seconds=0.01, gender="male", extra={"key": str(n)})[0]
        for n in range(6)
    ]
    counted = FactCounts()
    counted.add(table_from_clips(rows).to_batches()[0])
    assert (set(counted.counts), counted.too_many) == ({"gender"}, {"key"})


def test_hundreds_of_findings_are_a_count_and_some_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = audioset.init(tmp_path / "scots", name="scots")
    add_source(ws, "a.wav", 2, seconds=0.02)
    path = next(ws.manifests_dir.glob("*.parquet"))
    row, _ = make_clip("a.wav", 0, seconds=0.02)
    rows = [
        replace(row, clip_id=f"a-{n}", speaker=f"speaker {n}", age=f"{n} of 9") for n in range(600)
    ]
    write_manifest(path, table_from_clips(rows))
    where = ["--rule", "odd_fact", "--workspace", str(ws.folder)]
    assert run(["check", *where]) == 3
    out = capsys.readouterr().out
    assert "odd_fact    600  a value that cannot be one" in out
    assert out.count(" of 9'") == 20
    assert "  and 580 more: --all" in out
    assert "600 findings about facts" in out
    assert run(["check", "--json", *where]) == 3
    assert len(json.loads(capsys.readouterr().out)["facts"]) == 600
    page = ws.folder / "check.html"
    assert run(["check", "--report", str(page), *where]) == 3
    assert page.read_text(encoding="utf-8").count("<code>audioset decide") == 100
