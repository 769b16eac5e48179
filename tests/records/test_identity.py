import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioset.errors import InvalidInputError
from audioset.records.identity import (
    CLIP_ID_PATTERN,
    VersionRef,
    is_version_ref,
    make_clip_id,
    make_source_id,
    parse_version_ref,
)


@given(st.text(max_size=300), st.floats(0, 172_800), st.floats(0.05, 600))
def test_clip_ids_fit_every_tar_and_sort_by_time(name: str, start: float, length: float) -> None:
    source_id = make_source_id(name + "x.mp4", "0123456789abcdef" * 4)
    clip_id = make_clip_id(source_id, start, start + length)
    assert CLIP_ID_PATTERN.fullmatch(clip_id)
    assert clip_id < make_clip_id(source_id, start + length, start + 2 * length)


def test_a_source_id_tells_name_and_content_apart() -> None:
    assert make_source_id("Ünï côde.MP4", "ab" * 32) == "uni-code-abababab"
    assert make_source_id("видео.mp4", "ab" * 32) == "source-abababab"
    assert make_source_id("a.mp4", "ab" * 32) != make_source_id("a.mp4", "cd" * 32)


@given(st.integers(1, 999_999_999))
def test_a_version_name_round_trips(version: int) -> None:
    reference = VersionRef("scots-2", version)
    assert parse_version_ref(str(reference)) == reference


@pytest.mark.parametrize("text", ["scots", "scots@3", "scots@v0", "Scots@v1", "scots@v1 ", "@v1"])
def test_other_forms_do_not_name_a_version(text: str) -> None:
    assert not is_version_ref(text)
    with pytest.raises(InvalidInputError, match="name@v3"):
        parse_version_ref(text)
