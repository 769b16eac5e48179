"""What verbs tell: counts, verdicts and shares that follow from what was found."""

import json
import math
from dataclasses import asdict, replace
from typing import Any

import pytest

from audioset.errors import InvalidInputError
from audioset.records.comparison import (
    ComparedRun,
    is_seed,
    models_of,
    properties_of,
)
from audioset.records.dedupe_report import DedupeReport, DuplicateGroup
from audioset.records.description import Description, GroupTotal, Histogram, LengthStatistics
from audioset.records.guard_report import GuardReport
from audioset.records.identity import VersionRef
from audioset.records.line_report import LineReport, ShortLine, colour_of
from audioset.records.lineage import LinkedModel
from audioset.records.lines import Alignment, Line, LineSpan, Writer, edges_of
from audioset.records.overlap import (
    OVERLAP_KINDS,
    Overlap,
    OverlappingClip,
    require_overlap_kinds,
    usual_kinds,
)
from audioset.records.plugin_contracts import Hypothesis, require_hypotheses, writer_of
from audioset.records.promotion import Promotion, PromotionCheck, previous_alias
from audioset.records.recipe import CodeState, Recipe
from audioset.records.reproduction import MetricPair, Reproduction
from audioset.records.search_report import SearchReport, SearchTrial
from audioset.records.source import Source
from audioset.records.span import Span
from audioset.records.split_report import SplitCertificate, SplitTotal
from audioset.records.version_diff import (
    DiffClip,
    DiffSide,
    RecutClip,
    RelabelledClip,
    RetextedClip,
    VersionDiff,
)


def span(line: int, take: int, *flags: str, **values: Any) -> LineSpan:
    start = 10.0 * line + take
    made = LineSpan(
        line=line, take=take, start_seconds=start, end_seconds=start + 0.5, score=0.5, flags=flags
    )
    return replace(made, **values)


REPORT = LineReport(
    transcript="lines.txt",
    lines=(
        Line(number=1, text="aye", takes=2),
        Line(number=2, text="naw", takes=3, writer=Writer(text_source="human", text_score=0.5)),
        Line(number=3, text="braw"),
        Line(number=4, text="wee", takes=1),
    ),
    alignment=Alignment(
        aligner="a@1",
        spans=(
            span(1, 1, score=0.25),
            span(1, 2, "low_score", score=0.75, best=True, hypothesis="eye"),
            span(2, 1, "low_score", "odd_take", score=0.5),
            span(4, 1),
        ),
        missing=(3,),
        unexplained=((1.0, 2.5), (5.0, 5.25)),
        length_seconds=60.0,
    ),
    track=2,
    channels="left",
    clip_ids=("a", "b", "c", "d"),
)


def test_lines_are_counted_by_what_was_found_of_them() -> None:
    assert REPORT.counts() == {
        "num_lines": 4,
        "num_found": 3,
        "num_takes": 4,
        "green": 2,
        "yellow": 1,
        "red": 1,
        "doubtful": (2, 3),
        "missing": (3,),
        "short": ({"line": 2, "found": 1, "asked": 3},),
        "num_lacking": 3,
        "unexplained_seconds": 1.75,
        "in_no_line": ((1.0, 2.5), (5.0, 5.25)),
    }
    assert REPORT.doubtful_share == 0.5
    assert REPORT.median_score == 0.5
    assert replace(REPORT, alignment=replace(REPORT.alignment, spans=())).median_score == 0.0
    assert [str(one) for one in REPORT.short] == ["line 2: 1 of 3 takes"]
    assert REPORT.short == (ShortLine(line=2, found=1, asked=3),)
    assert list(REPORT.spans_of) == [1, 2, 4]


def test_the_colour_of_a_take_is_the_number_of_its_flags() -> None:
    assert colour_of(span(1, 1)) == "green"
    assert colour_of(span(1, 1, "low_score")) == "yellow"
    assert colour_of(span(1, 1, "low_score", "odd_take")) == "red"
    assert colour_of(span(1, 1, "low_score", "odd_take", "inner_pause")) == "red"


def test_a_report_of_lines_round_trips_on_one_line() -> None:
    text = REPORT.to_json()
    assert LineReport.from_json(text) == REPORT
    assert "\n" not in text
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert "für" in replace(REPORT, transcript="für.txt").to_json()
    usual = LineReport(transcript="x", lines=REPORT.lines, alignment=REPORT.alignment)
    assert (usual.track, usual.channels, usual.clip_ids) == (1, "mix", ())


def test_edges_are_compared_to_a_millisecond() -> None:
    take = span(1, 1, start_seconds=1.00049, end_seconds=2.00051)
    assert edges_of(take) == Span(1.0, 2.001)


def clip(clip_id: str, **values: Any) -> DiffClip:
    made = DiffClip(
        clip_id=clip_id,
        source_name="a.mp4",
        length_seconds=1.0,
        speaker=None,
        split=None,
        text=None,
    )
    return replace(made, **values)


def relabelled(clip_id: str, column: str) -> RelabelledClip:
    return RelabelledClip(clip_id=clip_id, column=column, before=None, after="x")


NOTHING = VersionDiff(
    before=DiffSide(name="scots@v1", num_clips=9, length_seconds=9.0),
    after=DiffSide(name="working", num_clips=9, length_seconds=9.0),
    added=(),
    removed=(),
    recut=(),
    retexted=(),
    relabelled=(),
    num_remeasured=0,
    num_unchanged=9,
    speakers=(),
    splits=(),
)


def test_what_nobody_decides_is_counted_apart_in_a_diff() -> None:
    diff = replace(
        NOTHING,
        recut=(RecutClip(before=clip("r1"), after=clip("r1")),),
        retexted=(RetextedClip(clip_id="t", before="a", after="b"),),
        relabelled=(
            relabelled("a", "speaker"),
            relabelled("a", "split"),
            relabelled("a", "text_score"),
            relabelled("b", "split"),
            relabelled("m", "take_similarity"),
            relabelled("m", "text_score"),
            relabelled("n", "text_score"),
            relabelled("r1", "take_similarity"),
            relabelled("t", "text_score"),
        ),
        num_remeasured=4,
    )
    assert [change.clip_id for change in diff.labels] == ["a", "a", "b"]
    assert diff.num_relabelled == 2
    assert list(diff.relabelled_columns.items()) == [("split", 2), ("speaker", 1)]
    assert (len(diff.labels), diff.labels[-1].clip_id) == (3, "b")
    assert diff.labels[1:] == tuple(diff.labels)[1:]
    assert diff.labels[::-1] == tuple(diff.labels)[::-1]
    assert diff.num_measured_anew == 6
    assert list(diff.measured_columns.items()) == [
        ("quality", 4), ("text_score", 2), ("take_similarity", 1),
    ]  # fmt: skip
    assert not diff.is_empty
    assert NOTHING.measured_columns == {}


@pytest.mark.parametrize(
    "change",
    [
        {"added": (clip("a"),)},
        {"removed": (clip("a"),)},
        {"recut": (RecutClip(before=clip("a"), after=clip("b")),)},
        {"retexted": (RetextedClip(clip_id="a", before=None, after="x"),)},
        {"relabelled": (relabelled("a", "text_score"),)},
        {"num_remeasured": 1},
    ],
)
def test_a_diff_with_any_change_is_not_empty(change: dict[str, Any]) -> None:
    assert NOTHING.is_empty
    assert not replace(NOTHING, **change).is_empty


OVERLAP = Overlap(
    training="scots@v5",
    test="scots@v3",
    kinds=("clip", "speaker"),
    num_training=90,
    num_test=10,
    counts={"clip": 2, "samples": 0, "speaker": 12},
    num_clips=13,
    examples=tuple(
        OverlappingClip(clip_id=f"c{n}", test_id=f"t{n}", kind="clip" if n == 0 else "speaker")
        for n in range(4)
    ),
)


def test_an_overlap_is_told_with_three_examples_and_what_to_do() -> None:
    assert OVERLAP.verdict == "13 of 90 clips: clip 2, speaker 12"
    clean = replace(OVERLAP, num_clips=0)
    assert clean.verdict == "none"
    clean.require_none()
    with pytest.raises(InvalidInputError) as told:
        OVERLAP.require_none()
    assert str(told.value) == (
        "training on scots@v5 would leak 13 of its 90 training clips to the test split of "
        "scots@v3: c0 (the clip itself); c1 (speaker of t1); c2 (speaker of t2); train on a "
        "version that keeps this test split, compare fewer kinds (frozen_by; compared were clip, "
        "speaker), or record that you accept it: allow_leak=True"
    )


def test_sentence_and_speaker_are_compared_where_splits_hold_them_apart() -> None:
    assert OVERLAP_KINDS == ("clip", "samples", "span", "sentence", "speaker")
    assert usual_kinds(()) == ("clip", "samples", "span")
    assert usual_kinds(["speaker", "takes"]) == ("clip", "samples", "span", "speaker")
    assert require_overlap_kinds(("speaker", "clip")) == ("clip", "speaker")
    with pytest.raises(InvalidInputError, match="got 'accent'"):
        require_overlap_kinds(("clip", "accent"))
    with pytest.raises(InvalidInputError, match="got nothing"):
        require_overlap_kinds(())


def test_a_description_is_json_without_not_a_number() -> None:
    lengths = LengthStatistics(
        count=1, mean=2.0, std=math.nan, min=1.0, q25=1.25, q50=1.5, q75=1.75, max=3.0
    )
    told = Description(
        name="scots",
        num_clips=1,
        total_seconds=30.0,
        lengths=lengths,
        histogram=Histogram(edges=(0.0, 1.0), counts=(1,)),
        sources=(GroupTotal(name="a.mp4", num_clips=1, length_seconds=2.0),),
        speakers=(GroupTotal(name=None, num_clips=1, length_seconds=2.0),),
        splits=(),
        quality=(),
        num_with_text=0,
        text_sources={"human": 1},
    )
    values = told.to_json_dict()
    assert list(values["lengths"].items()) == [
        ("count", 1), ("mean", 2.0), ("std", None), ("min", 1.0), ("25%", 1.25), ("50%", 1.5),
        ("75%", 1.75), ("max", 3.0),
    ]  # fmt: skip
    assert values["speakers"] == [{"name": None, "num_clips": 1, "length_seconds": 2.0}]
    assert values["histogram"] == {"edges": [0.0, 1.0], "counts": [1]}
    assert values["text_sources"] == {"human": 1}
    assert values["num_accepted"] == values["num_rejected"] == values["num_withdrawn"] == 0
    assert values["goal_share"] is None
    assert values["goal_seconds"] is None
    json.dumps(values, allow_nan=False)
    assert replace(told, goal_seconds=120.0).goal_share == 0.25
    assert replace(told, goal_seconds=120.0).to_json_dict()["goal_share"] == 0.25


def compared(**values: Any) -> ComparedRun:
    made = ComparedRun(
        run_id="1", name="one", experiment="e", status="FINISHED", started_at="", data="scots@v3",
        version=VersionRef("scots", 3), condition="", num_clips=8, hours=0.5, test="",
        test_digest="", num_test=None, params={}, metrics={}, models=(), parent_id="",
    )  # fmt: skip
    return replace(made, **values)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("python train.py 13 'two words'", "13 'two words'"),
        ("python -u code/train.py", ""),
        ("python -m train.words --size 3", "--size 3"),
        ("torchrun --size 3", "--size 3"),
        ("python train.py 'cut off", ""),
        ("", ""),
    ],
)
def test_arguments_are_the_words_behind_the_script(command: str, arguments: str) -> None:
    assert compared(command=command).arguments == arguments


def test_a_status_is_told_where_a_run_did_not_end_well() -> None:
    assert compared().odd_status == ""
    assert compared(status="FAILED").odd_status == "failed"


def test_choices_are_the_params_that_somebody_made() -> None:
    run = compared(
        params={
            "data_digest": "x", "env_python": "3", "code_commit": "c", "num_train": "3",
            "num_test": "1", "num_validation": "1", "lr": "0.1", "search.lr": "0.1",
            "search.dropout": "0.3", "svc__random_state": "7", "seed": "1",
        }
    )  # fmt: skip
    assert run.choices == {
        "lr": "0.1", "search.dropout": "0.3", "svc__random_state": "7", "seed": "1",
    }  # fmt: skip
    assert run.settings == {("lr", "0.1"), ("search.dropout", "0.3")}
    assert run.seed == "seed=1, svc__random_state=7"
    assert compared().seed == ""
    assert properties_of(run) == {
        "data": "scots@v3", "training hours": 0.5, "training clips": 8, "lr": 0.1,
        "search.dropout": 0.3, "svc__random_state": 7.0, "seed": 1.0,
    }  # fmt: skip
    odd = properties_of(compared(params={"optimizer": "adam", "alpha": "inf", "beta": "nan"}))
    assert (odd["optimizer"], odd["alpha"], odd["beta"]) == ("adam", "inf", "nan")


def test_a_seed_is_known_by_its_name() -> None:
    for name in ("seed", "SEED", "split_seed", "a.seed", "data-seed", "svc__Random_State"):
        assert is_seed(name), name
    for name in ("seeds", "seeded", "reseed", "random_states", "seed_everything"):
        assert not is_seed(name), name


def test_the_models_of_a_run_are_written_with_their_aliases() -> None:
    models = (
        LinkedModel(name="scots", version=3, run_id="1", aliases=("champion", "prod")),
        LinkedModel(name="other", version=1, run_id="1"),
    )
    assert models_of(compared(models=models)) == "scots v3 @champion @prod, other v1"
    assert models_of(compared()) == ""


def test_metrics_are_the_same_to_the_last_bit() -> None:
    def same(before: float | None, after: float | None) -> bool:
        return MetricPair(name="m", before=before, after=after).is_same

    assert same(0.1 + 0.2, 0.1 + 0.2)
    assert same(math.nan, math.nan)
    assert not same(0.1 + 0.2, 0.3)
    assert not same(0.0, -0.0)
    for one, other in ((None, None), (None, 1.0), (1.0, None), (math.nan, 1.0), (1.0, math.nan)):
        assert not same(one, other)
    code = CodeState(
        words=("python",), script=None, folder="", script_path=None, commit=None, remote=None,
        changed=False, left_out=None, variables={}, python="3.11",
    )  # fmt: skip
    recipe = Recipe(
        subject="r", run_id="r", run_name="", experiment="", code=code, pins=(), params={},
        metrics={},
    )  # fmt: skip
    assert (recipe.warnings, dict(recipe.withdrawn)) == ((), {})
    pair = MetricPair(name="m", before=1.0, after=1.0)
    again = Reproduction(recipe=recipe, run_id="s", metrics=(pair,), ignored=(), same_data=True)
    assert again.is_same
    assert not replace(again, same_data=False).is_same
    assert not replace(again, metrics=(pair, replace(pair, after=2.0))).is_same
    assert replace(again, metrics=()).is_same


def test_only_failed_checks_refuse_a_promotion() -> None:
    checks = tuple(
        PromotionCheck(name="metric", verdict=verdict, words="w")
        for verdict in ("fail", "warn", "pass")
    )
    told = Promotion(
        model="m", version=2, alias="champion", holder=1, outcome="refused", checks=checks
    )
    assert told.failures == checks[:1]
    assert (told.metric, told.forced, told.moved_at, told.value) == ("", "", "", None)
    assert previous_alias("champion") == "previous-champion"


def test_killed_trials_do_not_count() -> None:
    trials = tuple(
        SearchTrial(number=n, state=state, value=None, params={}, run_id="", seconds=1.0)  # type: ignore[arg-type]
        for n, state in enumerate(("done", "pruned", "failed", "killed"))
    )
    told = SearchReport(
        study="s", metric="m", direction="max", trials=trials, num_wanted=9, best=None, run_id="",
        experiment="",
    )  # fmt: skip
    assert told.num_tried == 3
    assert trials[0].reason == ""


def test_duplicates_are_all_of_a_group_but_the_one_to_keep() -> None:
    groups = (
        DuplicateGroup(keep="a", others=("b", "c"), exact=("b",), bit_errors=0.1),
        DuplicateGroup(keep="d", others=("e",), exact=("e",), bit_errors=0.0),
    )
    report = DedupeReport(name="scots", num_clips=9, groups=groups)
    assert report.num_duplicates == 3
    assert (report.num_decisions, report.num_without_audio, report.near_pairs) == (0, 0, ())


def test_a_test_split_without_texts_of_the_model_is_clean() -> None:
    told = GuardReport(
        version=VersionRef("scots", 1),
        model="m/1",
        line=("m",),
        num_test=2,
        clip_ids=(),
        writers={},
    )
    assert told.is_clean
    assert not replace(told, clip_ids=("a",)).is_clean


def test_a_certificate_tells_leaks_by_kind() -> None:
    total = SplitTotal(
        name="train", num_clips=1, length_seconds=1.0, num_speakers=1, num_groups=1, share=1.0
    )
    told = SplitCertificate(
        name="für", kinds=("speaker",), min_words=4, near_compared=True, num_without_audio=0,
        digest="d", num_clips=1, num_groups=1, splits=(total,), edges={"speaker": 20},
        leaks={"speaker": 12, "source": 0, "sentence": 3}, num_leaking=9, examples=(),
    )  # fmt: skip
    assert told.verdict == "speaker 12, sentence 3"
    assert not told.is_clean
    clean = replace(told, leaks={"speaker": 0}, num_leaking=0)
    assert clean.verdict == "none"
    assert clean.is_clean
    expected = json.dumps(
        json.loads(json.dumps(asdict(told))), indent=2, sort_keys=True, ensure_ascii=False
    )
    assert told.to_json() == expected + "\n"


def test_a_source_round_trips_and_tells_its_decoded_length() -> None:
    source = Source(
        source_id="a-01234567", name="Köln.mp4", sha256="01" * 32, container="mov", codec="aac",
        sampling_rate=8000, channels=2, num_samples=12_000, warnings=("it ends early",),
    )  # fmt: skip
    assert source.length_seconds == 1.5
    assert Source.from_json(source.to_json()) == source
    assert "Köln" in source.to_json()
    assert list(json.loads(source.to_json())) == sorted(json.loads(source.to_json()))
    assert (source.declared_seconds, source.url, source.etag) == (None, None, None)


class Named:
    """A transcriber that only has a name."""

    def __init__(self, name: str, version: str) -> None:
        self.name, self.version = name, version

    def transcribe(self, sounds: object, languages: object) -> list[Hypothesis]:
        return []


def test_who_wrote_a_text_is_name_and_version() -> None:
    assert writer_of(Named("my asr", "1.2")) == "model:my asr@1.2"
    for name, version in (
        ("a@b", "1"),
        ("", "1"),
        ("a", ""),
        (" a", "1"),
        ("a", "1\n2"),
        ("a", "@"),
    ):
        with pytest.raises(InvalidInputError, match="both must be words without @"):
            writer_of(Named(name, version))


def test_a_transcriber_gives_one_honest_hypothesis_for_each_clip() -> None:
    require_hypotheses([Hypothesis("a", 0.0), Hypothesis("", 1.0), Hypothesis("b")], 3)
    with pytest.raises(InvalidInputError, match="gave 1 hypotheses for 2 clips"):
        require_hypotheses([Hypothesis("a")], 2)
    for score in (-0.1, 1.1, math.nan, math.inf):
        with pytest.raises(InvalidInputError, match="it must lie from 0 to 1"):
            require_hypotheses([Hypothesis("a", score)], 1)
    with pytest.raises(InvalidInputError, match="gave 3 as a text"):
        require_hypotheses([Hypothesis(3)], 1)  # type: ignore[arg-type]
