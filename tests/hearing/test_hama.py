"""The aligner hama: a real neural model names the phones, our decoder finds the lines, offline."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from audioset.cli.app import run as command
from audioset.errors import InvalidInputError, NotFoundError
from audioset.hearing.align.align import align_lines
from audioset.hearing.align.ear.sound import Sound16k
from audioset.hearing.align.hama import open_hama
from audioset.records.line_options import AlignOptions
from audioset.records.lines import Line
from audioset.records.plugin_contracts import SOUND_RATE
from tests.hearing.test_align import read, read_truth, right

HAMA = AlignOptions(aligner="hama")
HAS_HAMA = find_spec("hama") is not None
if not HAS_HAMA and os.environ.get("REQUIRE_HAMA"):
    raise AssertionError("REQUIRE_HAMA is set, but hama is missing")
needs_hama = pytest.mark.skipif(not HAS_HAMA, reason="pip install 'audioset[hama]' to run this")


@pytest.mark.slow  # test_align_again hears with it, too
@needs_hama
def test_real_sentences_are_found_and_a_line_that_is_not_said_is_missing(real_media: Path) -> None:
    path = real_media / "long/lj_chapter01.flac"
    truth = read_truth(path)
    texts = [text for _, _, text in truth]
    texts.insert(3, "Nobody had told them about the storm in the harbour of the northern town.")
    sought = [Line(number=n, text=text, takes=1) for n, text in enumerate(texts, 1)]
    found = align_lines(read(path), sought, HAMA)
    assert found.aligner.startswith("hama@1.")
    assert found.missing == (4,)
    assert all(right(span, place[:2]) for span, place in zip(found.spans, truth, strict=True))
    assert all(span.score > 0.7 for span in found.spans)


@needs_hama
@pytest.mark.slow  # test_align finds them without a download, and hama finds sentences above
@pytest.mark.parametrize("noise", [0, 1e-5])
def test_thirty_takes_of_ten_real_words_are_all_found(real_media: Path, noise: float) -> None:
    path = real_media / "video/three_takes_digits.mp4"
    truth = read_truth(path)
    words = list(dict.fromkeys(text for _, _, text in truth))
    sought = [Line(number=n, text=word, takes=3) for n, word in enumerate(words, 1)]
    samples = np.concatenate(list(read(path)))
    samples += np.random.default_rng(0).normal(0, noise, samples.size).astype(np.float32)
    found = align_lines(Sound16k([samples]), sought, HAMA)
    assert [(span.line, span.take) for span in found.spans] == [
        (n, take) for n in range(1, 11) for take in (1, 2, 3)
    ]
    middles = [(span.start_seconds + span.end_seconds) / 2 for span in found.spans]
    assert all(start < middle < end for middle, (start, end, _) in zip(middles, truth, strict=True))


@needs_hama
@pytest.mark.parametrize("num_samples", [0, 1, 3000])
def test_sound_without_a_word_has_no_lines(num_samples: int) -> None:
    lines = [Line(number=1, text="good morning")]
    found = align_lines(Sound16k([np.zeros(num_samples, np.float32)]), lines, HAMA)
    assert (found.spans, found.missing) == ((), (1,))
    assert found.length_seconds == num_samples / SOUND_RATE


@needs_hama
def test_words_are_spelled_in_phones_and_what_is_no_word_is_told() -> None:
    model = open_hama(1)
    tokens = model.tokens
    assert "".join(tokens[k] for k in model.symbols("Wasnae 3!", "sco")) == "wɑzni<wb>θɹi"
    with pytest.raises(InvalidInputError, match="line 2 has no word that the aligner 'hama' can"):
        align_lines(Sound16k([]), [Line(number=1, text="one"), Line(number=2, text="—")], HAMA)


def test_it_is_listed_and_says_how_to_install_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["plugins"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["aligner", "hama", "audioset"] in [row[:3] for row in rows]
    monkeypatch.setitem(sys.modules, "hama", None)
    with pytest.raises(NotFoundError, match=r"pip install .*\[hama\]"):
        align_lines(Sound16k([]), [Line(number=1, text="one")], HAMA)
    assert command(["plugins"]) == 0, "to lack what nobody asked for is no fault"
    out = capsys.readouterr().out
    assert "not installed: pip install" in out
    assert out.count("ready") == len(out.splitlines()) - 3
