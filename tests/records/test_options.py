"""What may be asked for: defaults, borders, and words that say what is allowed."""

import hashlib
import json
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest

from audioset.errors import InvalidInputError
from audioset.records.check_report import CheckLimits
from audioset.records.cut_options import CUT_REVISION, CutOptions
from audioset.records.line_options import AlignOptions, TranscriptOptions
from audioset.records.metric import is_of_the_test, is_test_proportion, usual_direction
from audioset.records.model_choice import ModelChoice
from audioset.records.search_report import SearchOptions
from audioset.records.split_report import (
    KINDS,
    SplitOptions,
    read_kinds,
    require_shares,
    wrong_share,
)


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("by", ["speech", "silence", "windows", "subtitles", "labels", "lines"], ["words", ""]),
        ("channels", ["mix", "left", "right", "each"], ["both"]),
        ("threshold", [0.01, 0.99], [0.0, 1.0]),
        ("silence_dbfs", [-100, -0.5], [-100.5, 0]),
        ("pause_seconds", [0.1, 60], [0.09, 60.5]),
        ("pad_seconds", [0, 0.175], [-0.01, 0.18]),
        ("min_seconds", [0.05, 7], [0.04]),
        ("max_seconds", [1, 600], [0.9, 601]),
        ("merge_seconds", [0, 30], [-1, 30.5]),
        ("every_seconds", [0.1, 600], [0.05, 601]),
        ("overlap_seconds", [0, 9], [-1, 9.1]),
        ("snap_seconds", [0.01, 5], [0, 5.5]),
        ("stream", [None, 1, 99], [0, 100]),
        ("track", [1, 9], [0, 10]),
        ("sampling_rate", [None, 4000, 192_000], [3999, 192_001]),
    ],
)
def test_every_cut_option_has_borders_and_names_what_it_got(
    name: str, allowed: list[Any], refused: list[Any]
) -> None:
    for value in allowed:
        assert getattr(CutOptions(**{name: value}), name) == value
    for value in refused:
        with pytest.raises(InvalidInputError, match=rf"^{name} must be .*; got ") as told:
            CutOptions(**{name: value})
        assert repr(value) in str(told.value) or repr(float(value)) in str(told.value)


def test_the_defaults_of_a_cut_are_known() -> None:
    assert asdict(CutOptions()) == {
        "by": "speech", "threshold": 0.5, "silence_dbfs": -40.0, "pause_seconds": 0.35,
        "pad_seconds": 0.15, "min_seconds": 0.2, "max_seconds": 30.0, "merge_seconds": 0.0,
        "every_seconds": 10.0, "overlap_seconds": 0.0, "snap": False, "snap_seconds": 0.5,
        "time_unit": None, "stretch": 1.0, "shift_seconds": 0.0,
        "tier": None, "stream": None, "track": None, "channels": "mix", "sampling_rate": None,
    }  # fmt: skip
    assert CutOptions(by="lines").pad_seconds == 0.08
    assert CutOptions(pause_seconds=0.2).pad_seconds == 0.1
    assert CutOptions(snap_seconds=0.2).snap
    assert not CutOptions(snap_seconds=0.2, snap=False).snap
    assert [CutOptions(by=way).by_cues for way in ("speech", "subtitles", "labels", "lines")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_room_for_padding_and_speech_is_the_least_length() -> None:
    roomy = {"pause_seconds": 4.0, "pad_seconds": 2.0, "min_seconds": 1.0}
    assert CutOptions(**roomy, max_seconds=6.0).max_seconds == 6
    with pytest.raises(InvalidInputError, match="from 6 "):
        CutOptions(**roomy, max_seconds=5.9)


def test_one_wish_has_one_fingerprint_whoever_makes_it() -> None:
    options = CutOptions(max_seconds=20)
    assert options == CutOptions(max_seconds=20.0)
    assert type(options.max_seconds) is float
    parts = {"revision": CUT_REVISION, "cues": "c0ffee", **asdict(options)}
    for later in ("time_unit", "stretch", "shift_seconds"):  # earlier releases did not know them
        del parts[later]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    assert options.fingerprint("c0ffee") == digest[:16]
    different = {options.fingerprint(), options.fingerprint("c0ffee"), CutOptions().fingerprint()}
    assert len(different) == 3


def test_a_table_of_cut_options_is_checked_by_kind() -> None:
    made = CutOptions.from_mapping({"threshold": 0.4, "max_seconds": 20, "snap": True, "track": 2})
    assert made == CutOptions(threshold=0.4, max_seconds=20.0, snap=True, track=2)
    assert CutOptions.from_mapping({}) == CutOptions()
    assert CutOptions.from_mapping({"tier": "words", "sampling_rate": 16_000}).tier == "words"
    for key, value, wanted in (
        ("snap", 1, "true or false"),
        ("track", 1.0, "a whole number"),
        ("threshold", "half", "a number"),
        ("by", 3, "a word"),
        ("pause_seconds", True, "a number"),
    ):
        with pytest.raises(InvalidInputError, match=f"cut option {key} must be {wanted}; got"):
            CutOptions.from_mapping({key: value})
    with pytest.raises(
        InvalidInputError, match=r"unknown cut option 'pad'; did you mean pad_seconds"
    ):
        CutOptions.from_mapping({"pad": 1})


def test_limits_of_check_are_read_from_words() -> None:
    assert CheckLimits.from_words([]) == CheckLimits()
    read = CheckLimits.from_words(["low_snr = 15", "too_long=1e2"])
    assert read == replace(CheckLimits(), low_snr=15.0, too_long=100.0)
    for word, told in (
        ("low_snr", "limit 'low_snr' is not of the form NAME=NUMBER"),
        ("snr=3", "with a name of clipped, dc_offset"),
        ("low_snr=much", "limit 'low_snr=much': 'much' is not a number"),
        ("low_snr=inf", "'inf' is not a number"),
        ("low_snr=", "'' is not a number"),
    ):
        with pytest.raises(InvalidInputError, match=told):
            CheckLimits.from_words([word])
    for limit in fields(CheckLimits):
        assert len(CheckLimits.meaning(limit.name)) > 20
    assert "letters" in CheckLimits.meaning("chars_per_second_max")


def test_strictness_follows_from_a_share_of_doubtful_lines() -> None:
    usual = TranscriptOptions()
    assert (usual.strict, usual.max_doubtful, usual.aligner, usual.anyway) == (
        False, 0.1, "auto", False,
    )  # fmt: skip
    assert TranscriptOptions(max_doubtful=0.3).strict
    assert not TranscriptOptions(max_doubtful=0.3, strict=False).strict
    assert TranscriptOptions(strict=True).max_doubtful == 0.1
    for share in (0, 1):
        assert TranscriptOptions(max_doubtful=share).max_doubtful == share
    for share in (-0.1, 1.1):
        with pytest.raises(InvalidInputError, match=f"max_doubtful .* got {share}"):
            TranscriptOptions(max_doubtful=share)


def test_takes_and_aligners_have_borders() -> None:
    assert AlignOptions() == AlignOptions(aligner="auto", takes=None, voice=None, lexicon={})
    for takes in (None, 1, 50):
        assert AlignOptions(takes=takes).takes == takes
    for takes in (0, 51):
        with pytest.raises(InvalidInputError, match=f"takes must be from 1 to 50.* got {takes}"):
            AlignOptions(takes=takes)
    with pytest.raises(InvalidInputError, match="aligner is empty"):
        AlignOptions(aligner=" ")


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("whisper", ModelChoice("whisper")),
        (" mine ", ModelChoice("mine")),
        ("models:/asr@prod", ModelChoice("whisper", registered="models:/asr@prod")),
        ("mine:models:/asr/3", ModelChoice("mine", registered="models:/asr/3")),
        ("./folder", ModelChoice("whisper", folder=Path("folder"))),
        ("a/b:c", ModelChoice("whisper", folder=Path("a/b:c"))),
        ("mine:folder", ModelChoice("mine", folder=Path("folder"))),
        ("mine:~/folder", ModelChoice("mine", folder=Path.home() / "folder")),
    ],
)
def test_a_model_is_chosen_by_a_word(text: str, choice: ModelChoice) -> None:
    assert ModelChoice.from_text(text) == choice


@pytest.mark.parametrize("text", ["", " ", ":folder", "mine:"])
def test_no_word_chooses_no_model(text: str) -> None:
    with pytest.raises(InvalidInputError, match="names no model; write a plug-in such as whisper"):
        ModelChoice.from_text(text)


def test_the_name_of_a_metric_tells_which_way_it_is_better() -> None:
    small = "loss nll wer cer eer der error errors err mae mse rmse perplexity ppl latency seconds"
    for word in small.split():
        for name in (word, f"val_{word}", f"test/{word.upper()}", f"{word}-2"):
            assert usual_direction(name) == "min", name
    for name in ("accuracy", "f1", "lossless", "werewolf", "bleu", "hours"):
        assert usual_direction(name) == "max", name


def test_the_name_of_a_metric_tells_what_it_is_of() -> None:
    for name in ("accuracy", "test_acc", "Test.Accuracy", "acc-top1", "test accuracy"):
        assert is_test_proportion(name), name
    for name in ("val_accuracy", "train/acc", "cv.accuracy", "dev-acc", "f1", "accumulated"):
        assert not is_test_proportion(name), name
    for name in ("train", "training_loss", "val_loss", "valid.wer", "VALIDATION/wer", "cv acc"):
        assert not is_of_the_test(name), name
    for name in ("wer", "test_wer", "trainable", "values", "wer_val"):
        assert is_of_the_test(name), name


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("direction", [None, "max", "min"], ["up"]),
        ("trials", [1], [0]),
        ("jobs", [1], [0]),
        ("timeout_seconds", [None, 0.1], [0, -1]),
        ("seed", [0], [-1]),
        ("study", [None, "a", "Scots .@-_1", "x" * 100], ["", " a", "x" * 101, "a/b"]),
        ("metric", ["wer"], ["", " "]),
    ],
)
def test_search_options_have_borders(name: str, allowed: list[Any], refused: list[Any]) -> None:
    usual = SearchOptions(metric="wer")
    for value in allowed:
        assert getattr(replace(usual, **{name: value}), name) == value
    for value in refused:
        with pytest.raises(InvalidInputError, match=rf"^{name} is .*; got "):
            replace(usual, **{name: value})


def test_a_search_goes_the_way_of_its_metric_unless_told() -> None:
    usual = SearchOptions(metric="wer")
    assert (usual.goal, usual.trials, usual.jobs, usual.seed, usual.prune) == (
        "min",
        30,
        1,
        0,
        False,
    )
    assert SearchOptions(metric="wer", direction="max").goal == "max"
    assert SearchOptions(metric="accuracy").goal == "max"


def test_training_gets_what_the_other_splits_leave() -> None:
    assert SplitOptions().ratios == (0.8, 0.1, 0.1)
    assert SplitOptions(validation=0.2, test=0.3).ratios == (0.5, 0.2, 0.3)
    assert SplitOptions(train=1, validation=0, test=0).ratios == (1, 0, 0)
    assert SplitOptions(by="speaker, sentence").by == ("speaker", "sentence")  # type: ignore[arg-type]
    assert (SplitOptions().min_words, SplitOptions().seed, SplitOptions().by) == (4, None, KINDS)
    with pytest.raises(InvalidInputError, match=r"make 1; got 0.5 \+ 0.1 \+ 0.1 = 0.7"):
        SplitOptions(train=0.5)
    with pytest.raises(InvalidInputError, match=r"validation is a share from 0 to 1; got 1.5"):
        SplitOptions(validation=1.5)
    with pytest.raises(InvalidInputError, match=r"test is a share .* got -0.1"):
        SplitOptions(test=-0.1)
    with pytest.raises(InvalidInputError, match=r"train is a share .* got 80; write 0.8 for 80 %"):
        SplitOptions(train=80)
    with pytest.raises(InvalidInputError, match="min_words is 1 or more; got 0"):
        SplitOptions(min_words=0)
    assert SplitOptions(min_words=1).min_words == 1
    SplitOptions(train=0.8 + 5e-7)
    with pytest.raises(InvalidInputError, match="make 1"):
        SplitOptions(train=0.8 + 5e-6)


def test_a_table_of_split_options_is_checked_by_kind() -> None:
    made = SplitOptions.from_mapping(
        {"train": 1, "validation": 0, "test": 0.0, "by": ["source"], "min_words": 2, "seed": 7}
    )
    assert made == SplitOptions(train=1, validation=0, test=0, by=("source",), min_words=2, seed=7)
    for key, value, wanted in (
        ("train", "most", "must be a number; got 'most'"),
        ("test", True, "must be a number"),
        ("min_words", 2.0, "must be a whole number"),
        ("seed", "x", "must be a whole number"),
        ("by", 3, "is a list of speaker, source"),
        ("by", [3], "is a list of speaker, source"),
    ):
        with pytest.raises(InvalidInputError, match=f"split option {key} {wanted}"):
            SplitOptions.from_mapping({key: value})
    with pytest.raises(InvalidInputError, match="unknown split option 'dev'; known are train, val"):
        SplitOptions.from_mapping({"dev": 0.1})


def test_kinds_are_given_in_their_order() -> None:
    assert read_kinds("takes,speaker") == ("speaker", "takes")
    assert read_kinds(["duplicates", " source "]) == ("source", "duplicates")
    assert read_kinds(KINDS) == KINDS == ("speaker", "source", "sentence", "takes", "duplicates")
    with pytest.raises(InvalidInputError, match="got 'accent'"):
        read_kinds("speaker,accent")
    with pytest.raises(InvalidInputError, match="got nothing"):
        read_kinds([])


def test_per_cent_are_told_from_shares() -> None:
    require_shares({"test": 0, "train": 1})
    assert wrong_share(0.0) == wrong_share(1.0) == ""
    assert wrong_share(1.5) == "is a share from 0 to 1; got 1.5; write 0.015 for 1.5 %"
    assert wrong_share(100) == "is a share from 0 to 1; got 100; write 1 for 100 %"
    assert wrong_share(101) == "is a share from 0 to 1; got 101"
    assert wrong_share(-1) == "is a share from 0 to 1; got -1"
    with pytest.raises(InvalidInputError, match="train is a share"):
        require_shares({"test": 0.1, "train": 2})
