"""Names in tables: spellings and misspellings are found, and no file is taken for another."""

import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audioset.documents.facts import FactsRow, NamedFiles
from audioset.documents.facts.file_names import same_word, without_ending, without_zeros
from audioset.interop.importers.pairing import pair_rows

FILES = (
    *(f"clip_{number:02d}.wav" for number in range(1, 41)),
    *(f"glasgow/session1_take_{number}.flac" for number in range(1, 12)),
    *(f"Glasgow/Isla {number}.mp3" for number in range(1, 6)),
    *("male_01.wav", "female_01.wav", "ship.wav", "shop.wav", "a1.wav", "b1.wav"),
    *("the kettle is on.wav", "the kettles are on.wav", "caf\u00e9_7.wav", "1-1.wav", "1-2.wav"),
)


def paired(written: str, files: tuple[str, ...] = FILES) -> tuple[str, str | None]:
    (row,) = pair_rows([FactsRow(number=2, file=written)], NamedFiles(files)).rows
    return row.fate, row.file


@pytest.mark.parametrize(
    ("written", "fate", "file"),
    [
        ("clip_03.wav", "taken", "clip_03.wav"),
        ("./clip_03.wav", "taken", "clip_03.wav"),
        ("clip_03", "taken", "clip_03.wav"),
        (" CLIP 03 ", "respelt", "clip_03.wav"),
        ("clip-3.aiff", "respelt", "clip_03.wav"),
        ("clip\u00a003", "respelt", "clip_03.wav"),
        ("\uff43lip_03.wav", "respelt", "clip_03.wav"),
        ("D:\\out\\clip_03.WAV", "respelt", "clip_03.wav"),
        ("/data/out/clip_03.wav", "respelt", "clip_03.wav"),
        ("../clip_03.wav", "respelt", "clip_03.wav"),
        ("session1_take_3.flac", "taken", "glasgow/session1_take_3.flac"),
        ("edinburgh/session1_take_3.flac", "no file", None),
        ("isla-03", "respelt", "Glasgow/Isla 3.mp3"),
        ("cafe\u0301_7", "taken", "caf\u00e9_7.wav"),
        ("clip_03.wav.wav", "no file", None),
        ("clip_O3", "close", "clip_03.wav"),
        ("cl1p_03", "close", "clip_03.wav"),
        ("clpi_03", "close", "clip_03.wav"),
        ("the kettel is on", "close", "the kettle is on.wav"),
        ("clip_3a", "no file", None),
        ("clip_41", "no file", None),
        ("clip_1-1", "no file", None),
        ("1_1", "respelt", "1-1.wav"),
        ("11", "no file", None),
        ("c1", "no file", None),
        ("shap", "no file", None),
        ("fmale_01", "two fit", None),
        ("", "no name", None),
        ("..", "no file", None),
        ("/", "no file", None),
        ("nul", "no file", None),
    ],
)
def test_a_name_is_found_as_people_write_it_or_not_at_all(
    written: str, fate: str, file: str | None
) -> None:
    assert paired(written) == (fate, file)


def test_what_two_files_fit_is_asked() -> None:
    files = ("a/x_1.wav", "b/x_1.wav", "y.wav", "y.flac", "Z.wav", "z.wav", "ab_1.wav", "a-b 1.wav")
    for written in ("x_1", "x_1.wav", "X 1.mp3", "y", "Y.ogg", "z", "AB1"):
        assert paired(written, files) == ("two fit", None), written
    for written, file in (("b/x_1", "b/x_1.wav"), ("y.flac", "y.flac"), ("Z.wav", "Z.wav")):
        assert paired(written, files)[1] == file


def test_a_misspelling_that_has_its_file_or_its_word_already_is_no_misspelling() -> None:
    rows = [FactsRow(number=2, file="clip_03.wav"), FactsRow(number=3, file="clpi_03.wav")]
    first, second = pair_rows(rows, NamedFiles(FILES)).rows
    assert (first.fate, second.fate) == ("taken", "no file")
    assert second.why == "'clpi_03.wav' is not there; did you mean clip_03.wav, which row 2 names?"
    assert paired("male_02", ("female_02.wav", "male_01.wav")) == ("no file", None)
    assert paired("mall_02", ("hall_02.wav", "mall_01.wav")) == ("no file", None)
    rows = [FactsRow(number=2, file="clpi_03.wav"), FactsRow(number=3, file="clib_03.wav")]
    assert {row.fate for row in pair_rows(rows, NamedFiles(FILES)).rows} == {"two fit"}


def folded(name: str) -> str:
    return without_zeros(same_word(without_ending(name.rpartition("/")[2])))


@st.composite
def dressed(draw: st.DrawFn, name: str) -> str:
    """Write a name with another ending, case, other signs, and folders before it."""
    stem = without_ending(name.rpartition("/")[2])
    stem = "".join(draw(st.sampled_from("_ -.")) if sign in "_ -" else sign for sign in stem)
    stem = draw(st.sampled_from([stem, stem.upper(), stem.title()]))
    ending = draw(st.sampled_from(["", ".wav", ".WAV", ".mp3"]))
    return draw(st.sampled_from(["", "x/", "../", "C:\\y\\"])) + stem + ending


@st.composite
def misspelt(draw: st.DrawFn, name: str) -> str:
    """Change one sign of a name, but for those that are taken for each other by sight."""
    stem = without_ending(name.rpartition("/")[2])
    place = draw(st.integers(0, len(stem) - 1))
    signs = string.ascii_lowercase.translate({ord(sign): None for sign in "oil"}) + string.digits
    kind = draw(st.sampled_from(["replace", "insert", "delete", "swap"]))
    sign = draw(st.sampled_from(signs))
    after = {
        "replace": stem[:place] + sign + stem[place + 1 :],
        "insert": stem[:place] + sign + stem[place:],
        "delete": stem[:place] + stem[place + 1 :],
        "swap": stem[:place] + stem[place : place + 2][::-1] + stem[place + 2 :],
    }[kind]
    return name.rpartition("/")[0] + "/" * ("/" in name) + after + name[name.rindex(".") :]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_name_written_otherwise_never_means_another_file(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    assert paired(data.draw(dressed(name)))[1] in (name, None)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_misspelt_name_never_means_another_file(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    there = data.draw(st.sets(st.sampled_from(FILES), min_size=5))
    written = data.draw(misspelt(name))
    # What is spelt as another file's name is that file's name.
    assume(folded(written) not in {folded(file) for file in FILES if file != name})
    assert paired(written, tuple(sorted(there | {name})))[1] in (name, None)


def test_most_misspellings_of_words_are_found() -> None:
    written = [
        f"{word}_{n:02d}" for n in range(1, 41) for word in ("clpi", "cilp", "clipp", "klip")
    ]
    assert [paired(name)[1] for name in written] == [f"clip_{name[-2:]}.wav" for name in written]
