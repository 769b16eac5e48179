"""Who speaks, as programs write it into texts; and what stands in texts and nobody says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.documents.cues import read_cues
from audioset.documents.cues.said.finish import finish
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed

Said = list[tuple[str | None, str | None]]  # speaker, text


def said(*texts: str, captions: bool = True, speaker: str | None = None) -> tuple[Said, str]:
    """Finish cues with these texts; give who says what, and all that was told."""
    cues = [
        Cue(start_seconds=at, end_seconds=at + 1, text=text, speaker=speaker)
        for at, text in enumerate(texts)
    ]
    found = finish(Parsed(cues), captions=captions)
    return [(cue.speaker, cue.text) for cue in found.cues], "; ".join(found.problems)


def read_from_text(names: str) -> str:
    return f"speakers were read from the text, which no longer names them: {names}"


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        ("[SPEAKER_00]: a fox", "[SPEAKER_01]: one day", "a grape"),  # whisperX
        ("SPEAKER_00: a fox", "SPEAKER_01: one day", "a grape"),
        ("SPEAKER_00 a fox", "SPEAKER_01 one day", "a grape"),
        ("[SPEAKER_00] a fox", "(SPEAKER_01) one day", "a grape"),
        ("Speaker 1: a fox", "Speaker 2: one day", "a grape"),  # Otter, Happy Scribe
        ("Speaker A: a fox", "Speaker B: one day", "a grape"),
        ("spk_0: a fox", "spk_1: one day", "a grape"),  # Amazon
        ("Guest-1: a fox", "Guest-2: one day", "a grape"),  # Azure
        ("Sprecher 1: a fox", "Sprecher 2: one day", "a grape"),
        (">> JOHN: a fox", ">> ANN: one day", "a grape"),  # broadcast
        ("Mary Jane (00:01): a fox", "Tom (01:02:03): one day", "a grape"),  # Rev
        ("[Mary]: a fox", "[Tom]: one day", "[Mary]: a grape"),  # Trint
        ("- [Mary] a fox", "- [Tom] one day", "- [Mary] a grape"),  # Rev
        ("(Mary) a fox", "(Tom) one day", "(Mary) a grape"),
        ("Mary Jane: a fox", "Tom O'Hara: one day", "Mary Jane: a grape"),  # Zoom, Meet
        ("MARY: a fox", "TOM: one day", "MARY: a grape"),
        ("MARY:\na fox", "TOM:\none day", "MARY:\na grape"),
        ("mary@x.org: a fox", "mary@x.org: one day", "mary@x.org: a grape"),
        ("ครู: a fox", "นักเรียน: one day", "ครู: a grape"),
        ("田中：a fox", "鈴木：one day", "田中：a grape"),
    ],
)
def test_speakers_that_programs_write_into_texts(first: str, second: str, third: str) -> None:
    cues, told = said(first, second, third)
    assert [text for _, text in cues] == ["a fox", "one day", "a grape"]
    speakers = [speaker for speaker, _ in cues]
    assert all(each and each in text for each, text in zip(speakers, (first, second), strict=False))
    assert speakers[2] == (speakers[0] if third != "a grape" else None)
    assert told.startswith("speakers were read from the text")


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["Note: it is late", "a fox", "one day"], ""),
        (["Note: late", "a fox", "Note: later", "Remember: go", "Answer: no"], ""),
        (["he said: go", "at 12:30: tea", "see http://x.org", "ratio 3:1", "why? because: so"], ""),
        (["Mary: a fox", "one day", "he saw"], "1 cue with a word and a colon"),
        (["Mary: a fox"], "1 cue with a word and a colon"),
        (["He said: a", "The Answer: no", "My Name: Bob"], ""),
        (["WAIT: what", "STOP: now", "WAIT: no", "GO: on"], ""),
        (["John 3: six", "John 4: one", "Mark 3: two", "b"], "3 cues with a word and a colon"),
        (["on the way to: a", "b"], ""),
        (["X: a", "b", "X: c", "d", "e"], "2 cues with a word and a colon"),
        ([f"{word}: fruit" for word in ("Apple", "Fig", "Pear", "Plum", "Lime")], "5 cues"),
        (["[Mary] a fox", "one day", "he saw"], "1 cue (at 0.00 s: '[Mary] a fox') with words in"),
        (["(I think) so", "(I think) not", "(Ann) aye"], ""),
        (["Paris: the city\nof light", "one\nThing: is", "a", "b", "c"], "2 cues with a word"),
    ],
)
def test_what_is_not_surely_a_name_stays_in_the_text(texts: list[str], kept: str) -> None:
    cues, told = said(*texts)
    assert cues == [(None, text.replace("\n", " ")) for text in texts]
    assert told.startswith(kept)
    assert bool(told) == bool(kept)


def test_a_name_in_most_cues_and_a_note_among_them() -> None:
    cues, told = said("Mary: a fox", "Tom: one day", "Note: late", "Mary: he saw. Note: it is late")
    assert cues == [
        ("Mary", "a fox"),
        ("Tom", "one day"),
        (None, "Note: late"),
        ("Mary", "he saw. Note: it is late"),
    ]
    assert told == read_from_text("'Mary' (2), 'Tom' (1)")


def test_what_stands_behind_a_name_is_not_the_name_nor_said() -> None:
    cues, told = said("MARY (V.O.): a", "MARY [on phone]: b", "Tom (She/Her): c", "MARY: d")
    assert cues == [("MARY", "a"), ("MARY", "b"), ("Tom", "c"), ("MARY", "d")]
    assert told == read_from_text("'MARY' (3), 'Tom' (1)")


def test_a_name_that_comes_once_among_some_that_come_again() -> None:
    cues, told = said("Host: a", "Guest: b", "Host: c", "Dr. Smith: d", "e")
    assert [speaker for speaker, _ in cues] == ["Host", "Guest", "Host", "Dr. Smith", None]
    assert told == read_from_text("'Host' (2), 'Guest' (1), 'Dr. Smith' (1)")


def test_words_in_brackets_above_a_name_are_no_other_speaker() -> None:
    cues, _ = said("(DOOR OPENS)\nMARY: a", "MARY: b", "TOM: c", "TOM: d")
    assert cues[0] == ("MARY", "(DOOR OPENS) a")


def test_capitals_in_a_film_are_names_when_they_come_again() -> None:
    cues, told = said("MARY: a", "b", "TOM: c", "MARY: d", "e", "f", "g", "h", "PS: i")
    assert [speaker for speaker, _ in cues] == ["MARY", None, "TOM", "MARY"] + 5 * [None]
    assert cues[-1] == (None, "PS: i")
    assert told == read_from_text("'MARY' (2), 'TOM' (1)")


def test_a_cue_of_two_people_has_no_speaker() -> None:
    cues, told = said(
        "- Who?\n- You.", "MARY: Yes.\nTOM: No.", "MARY: So.", "TOM: Why?\n- Because."
    )
    assert cues == [
        (None, "Who? You."),
        (None, "Yes. No."),
        ("MARY", "So."),
        (None, "Why? Because."),
    ]
    assert "3 cues of several people (at 0.00 s), left without a speaker" in told
    assert "dashes or >> for another speaker were taken out of the text of 2 cues" in told


def test_dashes_and_chevrons_that_mean_something_else_stay() -> None:
    texts = ["-5 degrees", "well-known\n-ish", "a - b", "1 >> 0"]
    assert said(*texts) == ([(None, text.replace("\n", " ")) for text in texts], "")
    assert said(">> Hi. >> Ho.", "a >> b")[0] == [(None, "Hi. Ho."), (None, "a b")]


def test_a_speaker_that_the_file_names_stays() -> None:
    cues, _ = said("MARY: a", "- b\n- c", "TOM: d", "MARY: e", "TOM: f", speaker="Mary")
    assert cues == [
        ("Mary", "a"),
        ("Mary", "b c"),
        ("Mary", "TOM: d"),
        ("Mary", "e"),
        ("Mary", "TOM: f"),
    ]


@pytest.mark.parametrize(
    "name", ["NTP", "Default", "<NA>", "NA", "n/a", "Unknown", "unknown speaker", "-", "?", "none"]
)
def test_names_that_stand_for_nobody_are_no_speaker(name: str) -> None:
    assert said("a fox", speaker=name) == (
        [(None, "a fox")],
        f"speaker {name!r} of 1 cue (at 0.00 s) is nobody's name; left empty",
    )


def test_unknown_speakers_written_into_the_text_are_nobody() -> None:
    cues, told = said("Unknown: a", "[UNKNOWN]: b", "Mary: c", "Mary: d")
    assert cues == [(None, "a"), (None, "b"), ("Mary", "c"), ("Mary", "d")]
    assert told.count("is nobody's name") == 2


NOBODY_SPEAKS = [
    *("[BLANK_AUDIO]", "[Music]", "(laughs)", "♪", "♪♪", "…", "...", "_", "@", "[ Silence ]"),
    *("*coughs*", "(door bell rings)", "[Musik]", "[音楽]", "[_BEG_]", "[no speech]"),
]
SILENCE_OF_ALIGNERS = ["sil", "SIL", "sp", "<p:>", "<eps>", "<s>", "<sil>", "<usb>"]


@pytest.mark.parametrize("text", NOBODY_SPEAKS + SILENCE_OF_ALIGNERS)
def test_cues_in_which_nobody_speaks_are_left_out_and_told(text: str) -> None:
    captions = text in NOBODY_SPEAKS
    cues, told = said("a fox", text, captions=captions)
    assert cues == [(None, "a fox")]
    assert told == f"1 cue (at 1.00 s: {text!r}) in which nobody speaks, left out"


@pytest.mark.parametrize("text", ["<unk>", "spn", "xxx", "(inaudible)", "[unintelligible]"])
def test_words_that_are_not_known_are_no_text(text: str) -> None:
    cues, told = said("a fox", text, captions=False)
    assert cues == [(None, "a fox"), (None, None)]
    assert told == f"1 cue (at 1.00 s: {text!r}) of unknown words, left without text"


@pytest.mark.parametrize("text", ["Sil", "xxx", "(I like music)", "Music", "Laughs", "pause", "sp"])
def test_words_of_people_stay(text: str) -> None:
    assert said(text) == ([(None, text)], "")


@pytest.mark.parametrize(
    ("text", "left", "about"),
    [
        ("♪ la la ♪", "la la", "marked as sung; the notes were taken out"),
        ("<|0.00|> a fox<|2.00|>", "a fox", "with tokens of a recogniser"),
        ("[_BEG_] a fox[_TT_150]", "a fox", "with tokens of a recogniser"),
        ("a [laughs] fox", "a [laughs] fox", "with words in brackets, perhaps not said; kept"),
        ("<unk> a fox", "<unk> a fox", "with words in brackets, perhaps not said; kept"),
        ("[speaks Scots]", "[speaks Scots]", "with words in brackets, perhaps not said; kept"),
        ("a (inaudible) fox", "a (inaudible) fox", "with words in brackets"),
        ("Subtitles by the Amara.org community", None, "with what subtitles say of themselves"),
        ("Thanks for watching!", None, "with what subtitles say of themselves"),
        ("Untertitel der Amara.org-Community", None, "with what subtitles say of themselves"),
    ],
)
def test_what_may_not_be_said_is_told(text: str, left: str | None, about: str) -> None:
    cues, told = said(text, captions=False)
    assert cues == [(None, left or text)]
    assert about in told


def test_places_are_told_by_the_line_where_it_is_known(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\n[Music]\n\n2\n00:00:03,000 --> 00:00:04,000\na\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\n[Music]\n"
    )
    assert read_cues(tmp_path / "a.srt").problems == (
        "2 cues (line 2: '[Music]') in which nobody speaks, left out",
    )


PARTS = st.sampled_from(
    [
        "- ",
        ">> ",
        "MARY: ",
        "Tom: ",
        "[SPEAKER_00]: ",
        "(Ann) ",
        "♪",
        "[Music]",
        "a fox,",
        "\n",
        " ",
    ]
)


@given(st.lists(st.lists(PARTS, max_size=6).map("".join), max_size=8))
def test_no_word_is_lost_or_made_up(texts: list[str]) -> None:
    cues, told = said(*texts)
    found = " ".join(f"{speaker} {text}" for speaker, text in cues)
    assert found.count("fox") == "".join(texts).count("fox")
    names = {speaker for speaker, _ in cues} - {"MARY", "Tom", "SPEAKER_00", "Ann", None}
    assert all(f"{name}:" in text for name in names for text in ["".join(texts)])
    known = set("".join(texts))
    assert all(set(text or "") <= known | {" "} for _, text in cues)
    assert "\n" not in told
