"""What an earlier cut left: damaged it is made anew, saved by another program it is not lost."""

from pathlib import Path

import pandas as pd
import pytest

from audioset.curation.cut.earlier import read_earlier
from audioset.errors import InvalidInputError
from audioset.records.manifest import table_from_clips
from audioset.storage.tables import write_manifest
from tests.workspaces import make_clip


def test_a_manifest_that_another_program_saved_is_told_and_a_damaged_one_is_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "talk.parquet"
    assert read_earlier(path) is None
    write_manifest(path, table_from_clips([make_clip("talk.mp4", 0)[0]]))
    pd.read_parquet(path).to_parquet(path)
    with pytest.raises(InvalidInputError, match=r"audioset decide --from .*talk\.parquet .* ta"):
        read_earlier(path)
    path.write_bytes(path.read_bytes()[:-20])
    assert read_earlier(path) is None
    pd.DataFrame({"other": [1]}).to_parquet(path)
    assert read_earlier(path) is None
