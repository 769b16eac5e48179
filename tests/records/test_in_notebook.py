"""What a notebook shows of results: tables in which nothing of a clip's is markup."""

from dataclasses import replace

import pyarrow as pa

from audioset.records.check_report import CheckLimits, CheckReport, FactFinding, Finding
from audioset.records.clip_lineage import ClipLineage, ClipRun, ConsumedClips, ConsumedVersion
from audioset.records.description import (
    Description,
    FactTotal,
    GroupTotal,
    Histogram,
    LengthStatistics,
    QualitySummary,
)
from audioset.records.doctor_report import Diagnosis, DoctorReport
from audioset.records.identity import VersionRef
from audioset.records.in_notebook import html_table
from audioset.records.lineage import (
    DIGEST_LENGTH,
    Lineage,
    LinkedModel,
    LinkedRun,
    LinkedVersion,
    WrittenTexts,
)
from audioset.records.pin import Pin
from audioset.records.version_diff import (
    DiffClip,
    DiffSide,
    RecutClip,
    RelabelledClip,
    RetextedClip,
    TotalChange,
    VersionDiff,
)
from tests.notebooks import shown

RUDE = "</td></table><img src=x onerror=alert(1)> & \"so\" 'on' \x1b[2J"
SEEN = RUDE.replace("\x1b", "⟨U+001B⟩")
DIGEST = "ab" * 32
REF = VersionRef("scots", 3)


def description() -> Description:
    lengths = LengthStatistics(
        count=2, mean=1.5, std=0.5, min=1.0, q25=1.1, q50=1.5, q75=1.9, max=2.0
    )
    return Description(
        name=RUDE,
        num_clips=1200,
        total_seconds=3725.0,
        lengths=lengths,
        histogram=Histogram(edges=(0.0, 1.0), counts=(2,)),
        sources=(GroupTotal(name="talk.mp4", num_clips=1200, length_seconds=3725.0),),
        speakers=tuple(
            GroupTotal(name=f"{RUDE} {number}", num_clips=1, length_seconds=1.0)
            for number in range(25)
        ),
        splits=(GroupTotal(name=None, num_clips=1200, length_seconds=3725.0),),
        quality=(QualitySummary(column="snr_db", count=2, mean=20.0, min=1.0, max=30.0),),
        num_with_text=7,
        text_sources={"human": 7},
    )


def test_a_description_is_totals_by_speaker_and_source_and_what_was_measured() -> None:
    found = shown(description())
    assert found.words[0] == f"{SEEN}: 1,200 clips, 1:02:05; 7 with text"
    assert f"{SEEN} 9" in found.words
    assert f"{SEEN} 10" not in found.words
    assert "and 15 more" in found.words
    assert {"talk.mp4", "snr_db", "length_seconds"} <= set(found.words)
    assert "(not given)" not in found.words, "nobody was given a split: no table of them"


def test_a_description_by_facts_is_what_was_asked_for() -> None:
    groups = (
        FactTotal(values={"gender": RUDE}, num_clips=3, length_seconds=60.0, share=0.75),
        FactTotal(values={"gender": None}, num_clips=1, length_seconds=20.0, share=0.25),
    )
    found = shown(replace(description(), by=("gender",), groups=groups))
    assert {"gender", SEEN, "(not given)", "75.0%"} <= set(found.words)
    assert "snr_db" not in found.words


def test_a_check_is_its_counts_the_worst_findings_and_what_to_do() -> None:
    finding = Finding(
        clip_id="talk-1", rule="clipped", value=0.5, limit=0.1, sentence=RUDE, badness=1.0
    )
    fact = FactFinding(
        rule="odd_fact",
        fact="speaker",
        speaker=None,
        values={"a": 1},
        num_clips=1,
        clip_ids=("talk-1",),
        sentence="two spellings",
        remedy="audioset decide",
    )
    report = CheckReport(
        name="scots",
        num_clips=1200,
        num_rejected=0,
        num_flagged=14,
        counts={"clipped": 14, "dc_offset": 0, "odd_fact": 1},
        findings=(finding,) * 14,
        limits=CheckLimits(),
        facts=(fact,),
        num_unmeasured=2,
    )
    found = shown(report)
    assert found.words[0] == "scots: 14 of 1,200 clips have a finding, facts 1"
    assert found.words.count(SEEN) == 10
    assert {"and 4 more", "audioset decide"} <= set(found.words)
    assert "dc_offset" not in found.words
    assert "2 clips never measured: audioset measure" in found.words


def test_a_diff_is_what_changed_with_the_texts_before_and_after() -> None:
    clip = DiffClip(
        clip_id="talk-1", source_name="talk", length_seconds=1.234, speaker=RUDE, split=None,
        text="hello",
    )  # fmt: skip
    change = TotalChange(
        name=RUDE, num_before=1, num_after=2, before_seconds=1.0, after_seconds=2.0
    )
    diff = VersionDiff(
        before=DiffSide(name="scots@v1", num_clips=1, length_seconds=1.0),
        after=DiffSide(name=RUDE, num_clips=2, length_seconds=2.0),
        added=(clip,),
        removed=(),
        recut=(RecutClip(before=clip, after=replace(clip, clip_id="talk-2")),),
        retexted=(RetextedClip(clip_id="talk-3", before=None, after=RUDE),),
        relabelled=(
            RelabelledClip(clip_id="talk-4", column="gender", before=None, after="female"),
        ),
        num_remeasured=0,
        num_unchanged=5,
        speakers=(change, replace(change, name="same", num_after=1, after_seconds=1.0)),
        splits=(),
    )
    found = shown(diff)
    assert found.words[0] == f"scots@v1 → {SEEN}"
    assert {"talk-1", "talk-2", "talk-3", "gender", "female", "1.23"} <= set(found.words)
    assert "same" not in found.words


def test_lineage_is_versions_runs_and_models() -> None:
    version = LinkedVersion(
        pin=Pin(dataset="scots", version=3, digest=DIGEST, store="s"),
        num_clips=12,
        length_seconds=61.0,
    )
    run = LinkedRun(
        run_id="r1", name=RUDE, experiment="scots-training", status="FINISHED",
        digests=(DIGEST[:DIGEST_LENGTH],),
    )  # fmt: skip
    model = LinkedModel(name="words", version=2, run_id="r1", aliases=("champion",))
    texts = WrittenTexts(
        model="whisper", model_version="1", version=REF, digest=DIGEST, num_clips=4
    )
    lineage = Lineage(
        subject=RUDE, versions=(version,), runs=(run,), models=(model,), texts=(texts,)
    )
    found = shown(lineage)
    assert found.words[0] == f"lineage of {SEEN}"
    assert {"scots@v3", "0:01:01", SEEN, "words v2", "champion", "whisper v1"} <= set(found.words)
    taken = ClipRun(
        run=run, version=REF, contexts=("training",), known_by="perhaps", why="a worker took it"
    )
    of_clip = ClipLineage(
        clip_id=RUDE, versions=(version,), runs=(taken,), models=(model,), num_without=0
    )
    assert {"scots@v3", SEEN, "perhaps", "a worker took it", "words v2"} <= set(
        shown(of_clip).words
    )


def test_clips_behind_a_model_are_its_versions_and_the_first_clips() -> None:
    table = pa.table(
        {
            "clip_id": [f"talk-{number}" for number in range(30)],
            "speaker": [RUDE] * 30,
            "split": pa.nulls(30, pa.string()),
            "length_seconds": [1.25] * 30,
        }
    )
    version = ConsumedVersion(
        version=REF, digest=DIGEST, num_clips=40, num_consumed=30, consumed_seconds=37.5,
        known_by="receipt",
    )  # fmt: skip
    found = shown(ConsumedClips(subject=RUDE, versions=(version,), table=table))
    assert {"scots@v3", "30", "40", "receipt", "talk-9", "and 20 more"} <= set(found.words)
    assert "talk-10" not in found.words


def test_what_doctor_found_begins_with_the_troubles_and_names_what_is_fine() -> None:
    fine = tuple(Diagnosis(thing=f"thing{n}", state="fine", found="it is") for n in range(20))
    limited = Diagnosis(thing="codecs", state="limited", found="no opus")
    trouble = Diagnosis(thing="store", state="trouble", found=RUDE, cure="audioset init")
    found = shown(DoctorReport(folder=RUDE, diagnoses=(*fine, limited, trouble)))
    assert found.words[0] == f"{SEEN}: 1 trouble"
    assert found.words.index("store") < found.words.index("codecs")
    assert {"trouble", SEEN, "audioset init", "limited", "no opus"} <= set(found.words)
    assert found.words[-1] == "fine: " + ", ".join(f"thing{n}" for n in range(20))
    assert shown(DoctorReport(folder="~", diagnoses=fine)).words[0] == "~: nothing is wrong"


def test_only_the_rows_that_are_shown_are_made() -> None:
    made: list[int] = []

    def cells(number: int) -> tuple[int]:
        made.append(number)
        return (number,)

    assert "and 999,990 more" in html_table(["n"], range(1_000_000), cells)
    assert len(made) == 10
    assert html_table(["n"], (), cells) == ""
