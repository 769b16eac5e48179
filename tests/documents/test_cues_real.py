"""Real label files of other people's tools, against the times that are known of them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from audioset.documents.cues import read_cues
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue

SONNET_STARTS = [
    0, 2.68, 5.88, 9.24, 11.92, 15.28, 18.6, 22.8, 25.68, 31.24, 34.28, 36.96, 40.68, 44.56, 48.08
]  # fmt: skip
SONNET_FORMATS = {
    "srt": "srt",
    "vtt": "vtt",
    "sbv": "sbv",
    "ttml": "ttml",
    "aud": "audacity",
    "textgrid": "textgrid",
    "eaf": "eaf",
    "csv": "csv",
    "tsv": "csv",
}


def spans(cues: Sequence[Cue]) -> list[tuple[float, float]]:
    return [(cue.start_seconds, cue.end_seconds) for cue in cues]


def milliseconds(cues: Sequence[Cue]) -> list[tuple[int, int]]:
    return [(round(start * 1000), round(end * 1000)) for start, end in spans(cues)]


@pytest.mark.parametrize(("ending", "kind"), SONNET_FORMATS.items())
def test_nine_formats_of_one_sonnet_give_the_same_cues(
    real_media: Path, ending: str, kind: str
) -> None:
    read = read_cues(real_media / "audio" / f"sonnet_001.{ending}")
    assert read.format == kind
    assert read.text_source == ("subtitles" if kind in ("srt", "vtt", "sbv", "ttml") else "human")
    assert read.problems == ()
    assert spans(read.cues) == list(zip(SONNET_STARTS, [*SONNET_STARTS[1:], 53.24], strict=True))
    texts = [cue.text for cue in read.cues]
    if ending == "tsv":
        assert texts == [f"f{number:06}" for number in range(1, 16)]
    else:
        assert texts[0] == "1"
        assert texts[8] == "Thy self thy foe, to thy sweet self too cruel:"
        audacity = read_cues(real_media / "audio" / "sonnet_001.aud").cues
        assert texts == [cue.text for cue in audacity]


def test_elan_tier_gives_the_lines_of_the_fable(real_media: Path) -> None:
    known = read_cues(real_media / "video" / "aesop_fable.segments.csv").cues
    elan = real_media / "audio" / "aesop_fable.eaf"
    read = read_cues(elan, tier="StoryChunk")
    assert len(read.cues) == 28
    assert spans(read.cues) == spans(known)
    assert [cue.text for cue in read.cues] == [cue.text for cue in known]
    assert {cue.speaker for cue in read.cues} == {"KL"}
    # A tier that refers to another has its times.
    assert spans(read_cues(elan, tier="StoryChunkLanguage").cues) == spans(known)
    with pytest.raises(InvalidInputError, match=r"'Story' \(16 cues\).*'StoryChunk' \(28 cues\)"):
        read_cues(elan)
    with pytest.raises(InvalidInputError, match="no tier 'Chunk'"):
        read_cues(elan, tier="Chunk")


@pytest.mark.parametrize(
    ("captions", "count"),
    [
        ("video/aesop_fable.srt", 28),
        ("video/three_takes_digits.srt", 30),  # each word three times: not rolling
        ("long/libri_27_124992.srt", 79),
        ("long/fleurs_du_mal_01_14.srt", 14),
        ("long/lj_chapter01.srt", 8),
    ],
)
def test_captions_match_their_ground_truth(real_media: Path, captions: str, count: int) -> None:
    path = real_media / captions
    read, known = read_cues(path), read_cues(path.with_suffix(".segments.csv"))
    assert read.problems == known.problems == ()
    assert len(read.cues) == len(known.cues) == count
    assert [cue.text for cue in read.cues] == [cue.text for cue in known.cues]
    differences = [
        abs(ours - theirs)
        for pair, other in zip(milliseconds(read.cues), milliseconds(known.cues), strict=True)
        for ours, theirs in zip(pair, other, strict=True)
    ]
    assert max(differences) <= 1  # the files themselves were rounded in different ways


def test_captions_as_shipped_with_videos(real_media: Path) -> None:
    keyboard = read_cues(real_media / "video" / "wai_keyboard.vtt").cues
    assert spans(keyboard) == [(0, 5.97), (5.97, 9.469), (9.469, 14.19), (14.19, 17.66)]
    assert keyboard[1].text == "computer because your mouse doesn't work, is frustrating."
    rabbit = read_cues(real_media / "video" / "rabbit_voiceover.vtt").cues
    assert spans(rabbit) == [(0, 5), (5, 10), (10, 14)]


@pytest.mark.parametrize("name", ["ami_trn05", "ami_trn06", "ami_trn07", "ami_trn08"])
def test_rttm_gives_turns_with_exact_ends(real_media: Path, name: str) -> None:
    path = real_media / "audio" / f"{name}.rttm"
    known = [line.split() for line in path.read_text("utf-8").splitlines()]
    read = read_cues(path, recording=f"{name}.flac")
    assert read.cues == read_cues(path).cues
    assert [cue.speaker for cue in read.cues] == [fields[7] for fields in known]
    # In whole milliseconds: 5.015 + 1.738 as floats is not the float 6.753.
    thousandths = [[int(fields[at].replace(".", "")) for at in (3, 4)] for fields in known]
    assert spans(read.cues) == [
        (start / 1000, (start + length) / 1000) for start, length in thousandths
    ]
    with pytest.raises(InvalidInputError, match=f"nothing about 'other', only about '{name}'"):
        read_cues(path, recording="other.flac")
