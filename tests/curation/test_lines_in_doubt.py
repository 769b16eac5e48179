"""Lines of which nobody can tell whether they are said: they are cut, flagged and told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import audioset
from audioset import Decision
from audioset.cli.app import run
from audioset.hearing.align.align import align_lines
from audioset.hearing.align.by_voices import VoiceSearch
from audioset.hearing.align.decoder.decoys import Credit, credit_of
from audioset.hearing.align.ear.features import read_features
from audioset.hearing.align.ear.silence import silence_of
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.grid import COARSE
from audioset.hearing.align.placed import Placed
from audioset.hearing.align.voices.espeak import is_installed
from audioset.hearing.align.voices.templates import Templates
from audioset.hearing.align.whose.ways import Attempt, agreement, is_elsewhere, search_lines
from audioset.media.resample import Resampler
from audioset.records.line_options import AlignOptions
from audioset.records.lines import ANY_TEXT, Line
from audioset.records.plugin_contracts import SOUND_RATE
from scripts.demo_video import SAMPLING_RATE, Speaker, recite
from tests.sounds import write_audio

pytestmark = pytest.mark.skipif(not is_installed(), reason="pip install 'audioset[align]'")

FEW = ("the kettle is on", "nobody knows why", "bring me the red book")
SEVEN = (*FEW, "she sells sea shells", "open the window please", "a quiet evening", "seven boats")
DIGITS = ("seven five", "eight six", "zero four", "nine three", "five three", "two five")
OTHERS = ("my brother lives abroad", "wash your hands", "they walked all summer", "cold water")


@pytest.mark.parametrize(
    "num_wrong",
    [pytest.param(2, marks=pytest.mark.slow), 3, pytest.param(4, marks=pytest.mark.slow)],
)
def test_a_text_that_is_not_said_is_refused_or_flagged(num_wrong: int) -> None:
    samples, _ = recite(SEVEN, [Speaker("ana", "roa/es")], takes=1)
    wrong = dict(zip((1, 3, 4, 6), OTHERS[:num_wrong], strict=False))
    texts = [wrong.get(k, text) for k, text in enumerate(SEVEN)]
    lines = [Line(number=number, text=text) for number, text in enumerate(texts, 1)]
    sound = Sound16k([Resampler(SAMPLING_RATE, SOUND_RATE).push(samples, last=True)])
    found = align_lines(sound, lines, AlignOptions(voice="en"))
    silent = [span for span in found.spans if span.line - 1 in wrong and not span.flags]
    assert found.doubt is not None or not silent
    if num_wrong > 2:
        assert found.doubt is not None or all(ANY_TEXT in span.flags for span in found.spans)


def test_where_every_take_has_a_flag_nobody_can_rely_on_any() -> None:
    samples, _ = recite(DIGITS, [Speaker("ana", "roa/es")], takes=1)
    moved = [DIGITS[k] for k in (2, 0, 3, 1, 5, 4)]
    lines = [Line(number=number, text=text) for number, text in enumerate(moved, 1)]
    sound = Sound16k([Resampler(SAMPLING_RATE, SOUND_RATE).push(samples, last=True)])
    found = align_lines(sound, lines, AlignOptions(voice="en"))
    assert found.spans
    assert all(ANY_TEXT in span.flags for span in found.spans)


def test_many_tries_are_no_better_than_one() -> None:
    samples, _ = recite(SEVEN, [Speaker("ana", "roa/es")], takes=1)
    lines = [Line(number=number, text=text) for number, text in enumerate(SEVEN, 1)]
    sound = Sound16k([Resampler(SAMPLING_RATE, SOUND_RATE).push(samples, last=True)])
    features = read_features(sound)
    way = search_lines(features, lines, [None] * 7, AlignOptions(), "en", is_plain=False)
    found = way.search

    def credit(placed: list[Placed]) -> Credit:
        made = credit_of(found.cepstra, silence_of(features), found.templates, placed, COARSE)
        assert made is not None
        return made

    by_line = {span.line: span for span in found.placed}
    one, *others = by_line.values()
    alone = credit([one, *others])
    assert alone.usual == alone.mean > 2
    tries = [replace(other, line=one.line) for other in others[:3]]
    many = credit([one, *tries, *others[3:]])
    fewer = credit([one, *others[3:]])
    assert many.mean > many.usual
    assert many.usual < fewer.usual
    lacking = [replace(each, lacks=("word",)) for each in tries]
    again = credit([one, *lacking, *others[3:]])
    assert again.of_takes[0] == many.of_takes[0]
    assert again.usual > many.usual


def test_ways_agree_on_a_line_where_they_share_most_of_its_place() -> None:
    found = [Placed(0, 0, 100, 0.0), Placed(1, 200, 300, 0.0), Placed(2, 400, 500, 0.0)]
    other = [Placed(0, 10, 100, 0.0), Placed(1, 260, 360, 0.0), Placed(3, 400, 500, 0.0)]
    assert agreement(found, found) == 1.0
    assert agreement(found, other) == 1 / 4
    assert agreement([], []) == 0.0


def test_a_take_is_elsewhere_where_half_of_the_other_ways_do_not_share_it() -> None:
    none = np.zeros(0, np.int64)
    templates = Templates(np.zeros((0, 26), np.float32), none, ("",), none, none)

    def way(*placed: Placed, is_plain: bool = False) -> Attempt:
        found = VoiceSearch(list(placed), [], None, templates, templates.cepstra)
        return Attempt("en", is_plain, found, (None,))

    take, moved, again = (Placed(0, start, start + 100, 0.0) for start in (0, 300, 600))
    assert is_elsewhere(take, [take], [way(take), way(moved)])
    assert not is_elsewhere(take, [take], [way(take), way(take), way(moved)])
    assert is_elsewhere(take, [take], [way()])
    assert not is_elsewhere(take, [take], [])
    assert not is_elsewhere(again, [take, again], [way(take, is_plain=True), way(take, again)])


def test_lines_in_doubt_are_told_flagged_and_listed_until_somebody_confirms_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    samples, _ = recite(FEW, [Speaker("ana", "roa/es")], takes=1)
    write_audio(tmp_path / "few.wav", samples, SAMPLING_RATE)
    (tmp_path / "few.txt").write_text("\n".join(FEW))
    words = ["cut", "few.wav", "--transcript", "few.txt", "--voice", "en"]
    assert run([*words, "--strict"]) == 3
    assert "3 of 3 lines are doubtful" in " ".join(capsys.readouterr().out.split())
    assert run(words) == 0
    assert "is in doubt, so every take is flagged" in " ".join(capsys.readouterr().out.split())
    ws = audioset.open_workspace()
    clips = ws.to_pandas()
    assert all(ANY_TEXT in flags for flags in clips["flags"])
    listed = ws.check(rules=["any_text"]).findings
    assert {finding.clip_id for finding in listed} == set(clips["clip_id"])
    ws.decide(Decision("clip", clips["clip_id"][0], "accepted", True))
    assert run(words) == 0
    assert "is in doubt" not in capsys.readouterr().out
