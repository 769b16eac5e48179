"""Who speaks and what is said: the rules at their borders; what a file is, and what lies beside."""

import io
import zipfile
from pathlib import Path

import pytest

from audioset.documents.cues import find_cues_beside, read_cues
from audioset.documents.cues.beside import is_labels
from audioset.documents.cues.said.finish import finish
from audioset.documents.cues.said.speakers import is_nobody, without_nobody, written_speakers
from audioset.documents.cues.said.spoken_lines import SpokenLine, spoken_lines
from audioset.documents.cues.said.unsaid import is_sound, only_marks, without_unsaid
from audioset.documents.cues.sniff import sniff
from audioset.errors import InvalidInputError
from audioset.records.cue import Cue
from audioset.records.cue_file import Parsed


def cues(*texts: str | None, speaker: str | None = None) -> list[Cue]:
    return [
        Cue(start_seconds=at, end_seconds=at + 1, text=text, speaker=speaker)
        for at, text in enumerate(texts)
    ]


def at(cue: Cue) -> str:
    return f"cue {cue.start_seconds:g}"


def written(*texts: str | None, speaker: str | None = None) -> tuple[list[object], list[str]]:
    problems: list[str] = []
    found = written_speakers(cues(*texts, speaker=speaker), at, problems)
    return [(one.speaker, one.text) for one in found], problems


def test_names_that_stand_for_nobody() -> None:
    assert all(is_nobody(name) for name in ("NA", " Unknown ", "n/a", "?", "UNK", "(none)"))
    assert not any(is_nobody(name) for name in ("Na", "na", "Mary", "Nobody", ""))
    problems: list[str] = []
    given = [
        *cues("a", "b", speaker="unknown"),
        *cues("c", speaker="Mary"),
        *cues("d", speaker="-"),
    ]
    assert [one.speaker for one in without_nobody(given, at, problems)] == [
        None,
        None,
        "Mary",
        None,
    ]
    assert problems == [
        "speaker 'unknown' of 2 cues (cue 0) is nobody's name; left empty",
        "speaker '-' of 1 cue (cue 0) is nobody's name; left empty",
    ]


@pytest.mark.parametrize(
    ("text", "name", "form", "said"),
    [
        ("Mary: a", "Mary", "colon", "a"),
        ("Mary (V.O.): a", "Mary", "colon", "a"),
        ("Mary :a", "", "", ""),
        ("Mary:", "Mary", "colon", ""),
        ("MARY\uff1aa", "MARY", "colon", "a"),
        ("[Mary]: a", "Mary", "bracket colon", "a"),
        ("[Mary] a", "Mary", "bracket", "a"),
        ("(Mary Jane) a", "Mary Jane", "bracket", "a"),
        ("\u3010Mary\u3011a", "Mary", "bracket", "a"),
        ("[Mary]", "", "", ""),
        ("[laughs] a", "", "", ""),
        ("[Music] a", "", "", ""),
        ("[SPEAKER_00] a", "SPEAKER_00", "machine", "a"),
        ("[SPEAKER_00]", "SPEAKER_00", "machine", ""),
        ("[unknown]: a", "unknown", "machine", "a"),
        ("SPEAKER_00 a", "SPEAKER_00", "machine", "a"),
        ("Speaker 1: a", "Speaker 1", "machine", "a"),
        ("speaker A: a", "speaker A", "machine", "a"),
        ("speaker a: b", "speaker a", "loose", "b"),
        ("unknown speaker: a", "unknown speaker", "machine", "a"),
        ("Mary (00:12): a", "Mary", "timed", "a"),
        ("speaker 1 (00:12): a", "speaker 1", "timed", "a"),
        ("Mary [1:00:12.5] a", "Mary", "bracket colon", "a"),
        ("Note: a", "", "", ""),
        ("The Answer: a", "The Answer", "loose", "a"),
        ("Ludwig van Beethoven: a", "Ludwig van Beethoven", "colon", "a"),
        ("Mary likes: a", "Mary likes", "loose", "a"),
        ("Ann Bob Cid Dan Eve: a", "Ann Bob Cid Dan Eve", "colon", "a"),
        ("mary@x.org: a", "mary@x.org", "loose", "a"),
        ("mary@x.org: !", "", "", ""),
        ("well, yes: a", "", "", ""),
        ("12:30 is the time", "", "", ""),
        ("words", "", "", ""),
    ],
)
def test_what_stands_before_the_words(text: str, name: str, form: str, said: str) -> None:
    assert spoken_lines(text, chevrons=False) == [SpokenLine(text, name=name, form=form, said=said)]


def test_lines_in_which_another_person_begins() -> None:
    def changes(text: str, *, chevrons: bool = False) -> list[tuple[str, bool, bool]]:
        return [
            (one.text, one.changes, one.chevrons) for one in spoken_lines(text, chevrons=chevrons)
        ]

    assert changes("- a\n- b") == [("a", True, False), ("b", True, False)]
    assert changes("-a\n-b") == [("a", True, False), ("b", True, False)]
    assert changes("a\n-b") == [("a", False, False), ("-b", False, False)]
    assert changes("a\n- b") == [("a", False, False), ("b", True, False)]
    assert changes("-5 degrees") == [("-5 degrees", False, False)]
    both = [("a", False, False), ("b", True, True), ("c", True, True)]
    assert changes("a >> b\n>>> c", chevrons=True) == both
    assert changes(">> b", chevrons=True) == [("b", True, True)]
    assert changes("a >> b") == [("a >> b", False, False)]
    assert changes("a>>b", chevrons=True) == [("a>>b", False, False)]
    assert changes("", chevrons=True) == [("", False, False)]
    loose = spoken_lines("b@x: a\nb@x: c", chevrons=False)
    assert [one.name for one in loose] == ["", ""]
    assert [one.name for one in spoken_lines("b@x: a\nc", chevrons=False)] == ["b@x", ""]
    assert [one.name for one in spoken_lines("b@x: a\nMary: c", chevrons=False)] == ["", "Mary"]


def told(names: str) -> str:
    return f"speakers were read from the text, which no longer names them: {names}"


def kept(count: str, where: str, text: str) -> str:
    return (
        f"{count} with a word and a colon before the words ({where}: {text!r}), perhaps a speaker; "
        "kept in the text"
    )


def test_the_whole_file_says_what_a_name_is() -> None:
    nearly = [
        "Mary: a",
        "Mary: b",
        "Tom: c",
        "Tom: d",
        "Mary: e",
        "Mary: f",
        "Tom: g",
        "h",
        "i",
        "j",
    ]
    found, problems = written(*nearly)
    assert found[0] == ("Mary", "a")
    assert found[7] == (None, "h")
    assert problems == [told("'Mary' (4), 'Tom' (3)")]
    found, problems = written(*nearly[:6], "Ann: g", "h", "i", "j", "k")
    assert found[6] == (None, "Ann: g"), "once, in a file of which only half begin so"
    assert problems == [told("'Mary' (4), 'Tom' (2)"), kept("1 cue", "cue 6", "Ann: g")]
    found, _ = written(*nearly[:5], "Ann Lee: g", "h", "i", "j", "k")
    assert found[5] == ("Ann Lee", "g")
    found, problems = written(*nearly[:4], "h", "i", "j", "k", "l")
    assert found[0] == (None, "Mary: a"), "less than half"
    assert problems == [kept("4 cues", "cue 0", "Mary: a")]
    found, problems = written("Fox: a", "Hen: b", "Cat: c")
    assert found[0] == (None, "Fox: a"), "no name comes again"
    assert [name for name, _ in written("Fox: a", "Hen: b")[0]] == ["Fox", "Hen"]  # type: ignore[misc]
    assert written("Fox: a")[0] == [(None, "Fox: a")]


def test_capitals_and_brackets_that_come_again() -> None:
    rest = ["x", "y", "z", "u", "v"]
    assert written("ANN: a", "ANN: b", *rest)[0][:2] == [("ANN", "a"), ("ANN", "b")]
    assert written("ANN: a", "BOB: b", *rest)[0][0] == (None, "ANN: a")
    film, _ = written("ANN: a", "ANN: b", "BOB: c", *rest)
    assert film[2] == ("BOB", "c")
    assert written("ANN: a", "CID: b", "BOB: c", *rest)[0][2] == (None, "BOB: c")
    assert written("A: a", "A: b", *rest)[0][0] == (None, "A: a")
    assert written("[Ann]: a", "[Ann]: b", *rest)[0][0] == ("Ann", "a")
    assert written("[Ann]: a", *rest)[0][0] == (None, "[Ann]: a")
    assert written("[Ann] a", "[Ann] b", *rest)[0][0] == (None, "[Ann] a")
    assert written("- [Ann] a", "- [Ann] b", *rest)[0][0] == ("Ann", "a")
    assert written("[Ann] a", "[Ann] b", "[Bob] d", "x", "y", "z")[0][0] == ("Ann", "a")
    assert written("[Ann] a", "[Ann] b", "[Bob] d", "x", "y", "z")[0][2] == (None, "[Bob] d")
    assert written("[Ann] a", "[Ann] b", "[Ann] c", "[Bob] d", "x")[0][3] == ("Bob", "d")
    loose = ["a@x: a", "a@x: b", "a@x: c", "b@x: d", "e"]
    found, problems = written(*loose)
    assert found[2:4] == [("a@x", "c"), (None, "b@x: d")]
    assert problems == [told("'a@x' (3)"), kept("1 cue", "cue 3", "b@x: d")]


def test_cues_of_several_people_and_of_a_file_that_names_them() -> None:
    found, problems = written("- Mary: a\n- Tom: b", "Mary: c", "Mary: d", "Tom: e\nf")
    assert found == [(None, "a\nb"), ("Mary", "c"), ("Mary", "d"), ("Tom", "e\nf")]
    assert problems == [
        told("'Mary' (3), 'Tom' (2)"),
        "dashes or >> for another speaker were taken out of the text of 1 cue (cue 0)",
        "1 cue of several people (cue 0), left without a speaker",
    ]
    found, problems = written(">> a", ">> b\n>> c", "d >> e")
    assert found == [(None, "a"), (None, "b\nc"), (None, "d\ne")]
    assert problems == [
        "dashes or >> for another speaker were taken out of the text of 3 cues (cue 0)",
        "2 cues of several people (cue 1), left without a speaker",
    ]
    same, _ = written("- Mary: a\n- Mary: b", "Mary: c")
    assert same[0] == ("Mary", "a\nb")
    assert written("Speaker 1: a", None, speaker="speaker 1")[0] == [
        ("speaker 1", "a"), ("speaker 1", None),
    ]  # fmt: skip
    assert written("Speaker 2: a", speaker="Mary")[0] == [("Mary", "Speaker 2: a")]
    five = [f"Speaker {number}: a" for number in range(1, 6)]
    listed = ", ".join(f"'Speaker {number}' (1)" for number in range(1, 5))
    assert written(*five)[1] == [told(f"{listed} and 1 more")]
    assert written(*five[:4])[1] == [told(listed)]
    assert written("unknown speaker: a")[0] == [(None, "a")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Music", True),
        ("loud music playing", True),
        (" \u266amusic! ", True),
        ("no speech", True),
        ("one two three music", True),
        ("one two three four music", False),
        ("I like music", False),
        ("inaudible", True),
        ("music, laughter", True),
        ("Mary", False),
        ("", True),
        ("\u266a", True),
    ],
)
def test_words_about_sound(words: str, expected: bool) -> None:
    assert is_sound(words) is expected


def unsaid(text: str | None, *, captions: bool = True) -> tuple[list[str | None], list[str]]:
    problems: list[str] = []
    found = without_unsaid(cues(text), at, problems, captions=captions)
    return [one.text for one in found], problems


def test_what_nobody_says() -> None:
    nobody = "1 cue (cue 0: {!r}) in which nobody speaks, left out"
    unknown = "1 cue (cue 0: {!r}) of unknown words, left without text"
    for text in (
        "[Music]",
        "(laughs) [music]",
        "\u266a",
        "\u2026",
        "<|0.00|>",
        "[_BEG_]",
        "*sighs*",
    ):
        assert unsaid(text) == ([], [nobody.format(text)]), text
    for text in ("<unk>", "[inaudible]", "(music) (inaudible)", "[UNK]"):
        assert unsaid(text) == ([None], [unknown.format(text)]), text
    for text, left, told in (("sil", [], nobody), ("<p:>", [], nobody), ("spn", [None], unknown)):
        assert unsaid(text, captions=False) == (left, [told.format(text)])
    assert unsaid("sil") == (["sil"], [])
    assert unsaid("xxx") == (["xxx"], [])
    assert unsaid(None) == ([None], [])
    kept = "1 cue (cue 0: {!r}) with words in brackets, perhaps not said; kept in the text"
    assert unsaid("[Mary]") == (["[Mary]"], [kept.format("[Mary]")])
    assert unsaid("(so) a") == (["(so) a"], [])
    assert unsaid("(laughs) a")[1] == [kept.format("(laughs) a")]
    song = "\u266a la <|1.00|> la \u266a"
    assert unsaid(song) == (
        ["la la"],
        [
            f"1 cue (cue 0: {song!r}) marked as sung; the notes were taken out of the text",
            f"1 cue (cue 0: {song!r}) with tokens of a recogniser, taken out of the text",
        ],
    )
    assert unsaid("Thanks for watching!")[1] == [
        "1 cue (cue 0: 'Thanks for watching!') with what subtitles say of themselves, perhaps not "
        "said; kept"
    ]
    assert only_marks("[a] (b) !")
    assert not only_marks("[a] b")


def test_the_last_step_of_reading() -> None:
    given = Parsed([*cues(" a \n &amp; <00:00:01.000>b ", " \n", None)], lines={0.0: 7})
    found = finish(given, captions=True)
    assert [one.text for one in found.cues] == ["a & b"]
    assert found.problems == ["2 cues without text left out (e.g. at 1.00 s)"]
    labels = finish(given, captions=False)
    assert [one.text for one in labels.cues] == ["a &amp; <00:00:01.000>b", None, None]
    where = finish(Parsed(cues("(laughs) a", "[laughs] b"), lines={0.0: 7}), captions=True)
    assert where.problems[0].startswith("2 cues (line 7: ")
    where = finish(Parsed(cues("(laughs) a")), captions=True)
    assert where.problems[0].startswith("1 cue (at 0.00 s: ")
    left = finish(Parsed(cues("[music]")), captions=True)
    assert (left.cues, len(left.problems)) == ([], 1)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"WEBVTT\n", "vtt"),
        (b"\xef\xbb\xbfWEBVTT - x", "vtt"),
        (b"\n\nWEBVTT x", "vtt"),
        (b"WEBVTTX", None),
        (b'File type = "ooTextFile"\n', "textgrid"),
        (b'x\ny\n"ooTextFile"', "textgrid"),
        (b'x\ny\nz\n"ooTextFile"', None),
        (b'<?xml version="1.0"?>\n<tt xmlns="x">', "ttml"),
        (b"<ANNOTATION_DOCUMENT>", "eaf"),
        (b"<other>", None),
        (b"[Script Info]\n", "ass"),
        (b"x\n[EVENTS]\n", "ass"),
        (b"1\n00:00:01,0 --> 00:00:02,0\na", "srt"),
        (b"0:00:01.0,0:00:02.0\na", "sbv"),
        (b"0:00:01.0,0:00:02.0\n0:00:02.0,0:00:03.0", None),
        (b"0:00:01.0,0:00:02.0\n", None),
        (b"SPEAKER a 1 0.5 1 <NA> <NA> m <NA>", "rttm"),
        (b'{"a": 1}', "json"),
        (b"[{}]", "json"),
        (b"{}", "json"),
        (b"{a}", None),
        (b"[1]", None),
        (b"start,end,text\n", "csv"),
        (b"start,end\n", None),
        (b"title\nstart\tend\ttext\n", "csv"),
        (b"t\n" * 9 + b"start;end;x", "csv"),
        (b"t\n" * 10 + b"start;end;x", None),
        ("start,end,text".encode("utf-16-le"), None),
        (b"\xff\xfe" + "WEBVTT".encode("utf-16-le"), "vtt"),
        (b"", None),
        (b" \n", None),
        (b"words", None),
        (b"a\rWEBVTT", None),
    ],
)
def test_what_a_file_is_by_its_first_lines(tmp_path: Path, data: bytes, kind: str | None) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert sniff(path) == kind


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"%PDF-1.4", "holds a PDF, which audioset does not read; give the file of times"),
        (
            b"RIFF....",
            "holds a media file, which audioset does not read; name the file of its cues",
        ),
        (
            b"....ftypisom",
            "holds a media file, .*; name the file of its cues, or cut with --by subtitles",
        ),
        (
            b"850STL25.01",
            r"holds subtitles of television \(EBU STL\), .*; save it as \.srt or \.vtt",
        ),
        (b"850STL30.01", "holds subtitles of television"),
        (b"PK\x03\x04" + b"x" * 40, None),
        (b"<html><body>", "holds a page of the web"),
        (b"\n\n[ti:x]\n", r"holds lines of a song without ends \(LRC\)"),
    ],
)
def test_other_kinds_are_named(tmp_path: Path, data: bytes, told: str | None) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    if told is None:
        assert sniff(path) == "xlsx", "damaged: the reader of workbooks says how"
        return
    with pytest.raises(InvalidInputError, match=f"^{told}"):
        sniff(path)
    if data.strip().startswith(b"["):
        assert sniff(path, named_table=True) is None, "cells of a table may look like anything"


def test_a_table_that_looks_like_another_kind_is_read_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "talk.csv"
    path.write_text("[ti:x],\nstart,end\n1,2\n")
    (one,) = read_cues(path).cues
    assert (one.start_seconds, one.end_seconds) == (1, 2)
    with pytest.raises(InvalidInputError, match=r"talk\.aud: holds lines of a song"):
        read_cues(path.rename(tmp_path / "talk.aud"))


def test_archives_and_what_is_no_file(tmp_path: Path) -> None:
    for name, kind in (("xl/workbook.xml", "xlsx"), ("word/document.xml", None)):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, "x")
        path = tmp_path / "x"
        path.write_bytes(file.getvalue())
        if kind:
            assert sniff(path) == kind
        else:
            with pytest.raises(InvalidInputError, match=r"^holds a ZIP archive"):
                sniff(path)
    assert sniff(tmp_path) is None
    assert sniff(tmp_path / "none") is None


def test_text_files_that_hold_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for text, expected in (
        ("1\t2\ta", True),
        ("\ufeff\n1\t2", True),
        ("words\n1\t2", False),
        ("WEBVTT\n", True),
        ("", False),
        ("%PDF", False),
        ("[ti:x]", False),
    ):
        path.write_text(text, "utf-8")
        assert is_labels(path) is expected, text
    assert not is_labels(tmp_path / "none")
    path.write_bytes(b"1\t2\t\xe4")  # whoever reads it says that it is not UTF-8
    assert is_labels(path)


def test_what_lies_beside_a_source(tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"

    def found(*names: str, kinds: str = "any", text: str = "1\t2\ta") -> str | None:
        for each in tmp_path.iterdir():
            each.unlink()
        for name in names:
            (tmp_path / name).write_text(text)
        path = find_cues_beside(source, kinds=kinds)  # type: ignore[arg-type]
        return None if path is None else path.name

    assert found("talk.vtt", "talk.aud", "talk.csv") == "talk.aud"
    assert found("talk.vtt", "talk.aud", kinds="subtitles") == "talk.vtt"
    assert found("talk.vtt", "talk.csv", kinds="labels") == "talk.csv"
    assert found("talk.VTT") == "talk.VTT"
    assert found("talk.en-US.srt") == "talk.en-US.srt"
    assert found("talk.en-US.csv") is None
    assert found("talks.vtt", "talk.a note.vtt", "talk.mp4", "alk.vtt") is None
    assert found("talk.txt", text="words") is None
    assert found("talk.txt") == "talk.txt"
    assert found("talk.json", text='{"x": 1}') is None
    assert found("talk.json", text='[{"start": 1, "end": 2, "text": "a"}]') == "talk.json"
    assert found("talk.de.vtt", "talk.en-orig.vtt") == "talk.en-orig.vtt"
    assert found("talk.vtt", "talk.de.vtt", "talk.en.vtt") == "talk.vtt"
    assert found("talk.en.vtt", "talk.en-GB.vtt") == "talk.en.vtt"
    assert found("talk.en-GB.vtt", "talk.en_AU.vtt") == "talk.en-GB.vtt"
    told = (
        r"several languages lie beside it \(talk\.de\.vtt, talk\.en\.vtt\); name the file to use$"
    )
    with pytest.raises(InvalidInputError, match=told):
        found("talk.de.vtt", "talk.en.vtt")
    assert find_cues_beside(tmp_path / "none" / "talk.mp4", kinds="any") is None
