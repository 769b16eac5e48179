"""What imports and exports hold does not grow with the clips: counted in bytes."""

import gc
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

import audioset
from audioset.interop.exporters import chosen, export_format_names
from audioset.interop.exporters.chosen import ChosenRows
from audioset.interop.exporters.extra import fact_names, filled_columns
from audioset.interop.importers.folders import files_by_stem
from audioset.records.manifest import manifest_schema
from audioset.storage.rows.laid_rows import LaidRows, lay_rows
from audioset.workspace import Workspace
from tests.interop.corpora import noise_pcm, write_pcm
from tests.plugin_packages import install
from tests.versions.publishing import working_table
from tests.workspaces import add_source, make_workspace

_SPANS_OF_A_RECORDING = 50
_SEEN = frozenset({".wav", ".json"})
SPANS = f"""
import json
from audioset.plugins import CorpusItem, FileSpan, WholeFile

class Spans:
    title, layout = "Spans", "numbers.json"
    def recognise(self, path):
        return None
    def read(self, path, options):
        for number in range(json.loads((path / "numbers.json").read_text())):
            recording = path / f"{{number // {_SPANS_OF_A_RECORDING}}}.wav"
            span = FileSpan(recording, number / 100, number / 100 + 0.1)
            yield CorpusItem(origin_id=str(number), sound=span, text="x" * 1000)
"""


def peak_bytes(work: Callable[[], object]) -> int:
    """Give what Python and numpy held at most, beyond what they held before."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_span_more_of_a_corpus_costs_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = "[audioset.importers]\nspans = spans_corpus:Spans\n"
    install(tmp_path / "site", monkeypatch, package="spans-corpus", code=SPANS, points=points)
    ws = audioset.init(tmp_path / "workspace", name="scots")
    corpus, numbers = tmp_path / "corpus", (500, 2000)
    for recording in range(max(numbers) // _SPANS_OF_A_RECORDING):
        write_pcm(corpus / f"{recording}.wav", noise_pcm(1))

    def read(number: int) -> int:
        (corpus / "numbers.json").write_text(str(number))
        report = ws.import_corpus(corpus, format="spans", dry_run=True, workers=1)
        return report.num_new

    read(100)  # what is loaded once
    few, many = (peak_bytes(lambda n=number: read(n)) for number in numbers)  # type: ignore[misc]
    # An item has a kilobyte of text: 1.5 MB more. Its number, in a set, is some 100 bytes.
    assert many - few < 400 * (numbers[1] - numbers[0])


def test_names_of_a_large_folder_are_not_held(tmp_path: Path) -> None:
    def walk(folder: Path) -> int:
        return sum(len(files) for _, files in files_by_stem(folder, _SEEN))

    found, numbers = [], (2_500, 7_500)  # more than are sorted in memory
    for number in numbers:
        folder = tmp_path / f"{number}"
        folder.mkdir()
        for each in range(number):
            (folder / f"a recording with a long name, number {each}.wav").touch()
        assert walk(folder) == number
        # Once in a while the interpreter's own table of names grows: the lesser of two is ours.
        held = [peak_bytes(lambda folder=folder: walk(folder)) for _ in range(2)]  # type: ignore[misc]
        found.append(min(held))
    # A name and its stem, held as a pair, are more than 250 bytes.
    assert found[1] - found[0] < 50 * (numbers[1] - numbers[0])


def test_files_of_a_stem_come_together_whatever_their_names(tmp_path: Path) -> None:
    names = ["b.json", "a.wav", "a.JSON", "a-1.json", ".c.json", "d.txt", "\udcff.wav"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "e.wav").mkdir()
    found = [
        (stem, [file.name for file in files]) for stem, files in files_by_stem(tmp_path, _SEEN)
    ]
    assert found == [
        ("a", ["a.JSON", "a.wav"]),
        ("a-1", ["a-1.json"]),
        ("b", ["b.json"]),
        ("\udcff", ["\udcff.wav"]),
    ]


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """scots@v1: nine clips of three speakers, some in a split."""
    made = make_workspace(tmp_path_factory.mktemp("w") / "scots", sources=2, clips_per_source=3)
    facts = {"room": "hall", "text": "as spoken"}
    add_source(made, "b.wav", 3, text="aye", speaker="Isla M", language="en-GB", extra=facts)
    made.publish(track=False)
    return made


def test_rows_on_the_drive_hold_no_more_memory_the_more_they_are(
    ws: Workspace, tmp_path: Path
) -> None:
    one = working_table(ws).cast(manifest_schema())

    def most_bytes(times: int) -> int:
        batches = (each for _ in range(times) for each in one.to_batches())
        rows = lay_rows(batches, one.schema, lambda: tmp_path, most_held=10, batch_rows=500)
        assert isinstance(rows, LaidRows)
        chosen_rows = ChosenRows(rows)
        before, most = pa.total_allocated_bytes(), 0
        for start in range(0, chosen_rows.num_rows, 100):
            some = chosen_rows.slice(start, 100)
            most = max(most, pa.total_allocated_bytes() - before)
            del some
        assert chosen_rows.num_rows == times * one.num_rows
        return most

    few, many = most_bytes(500), most_bytes(1500)
    assert many < 1.1 * few, "eight blocks of 500 rows"


@pytest.mark.parametrize("name", export_format_names())
def test_many_rows_are_written_as_few_are(
    name: str, ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "out"

    def exported() -> tuple[object, dict[str, bytes]]:
        shutil.rmtree(to, ignore_errors=True)
        report = ws.export(name, "scots@v1", to, where="line is null", workers=1)
        files = (path for path in to.rglob("*") if path.is_file())
        return report, {str(path.relative_to(to)): path.read_bytes() for path in files}

    held = exported()
    monkeypatch.setattr(chosen, "HELD_ROWS", 1)
    monkeypatch.setattr(chosen, "BLOCK_ROWS", 2)
    assert exported() == held


def test_columns_of_rows_on_the_drive_are_those_of_a_table(ws: Workspace, tmp_path: Path) -> None:
    table = working_table(ws).cast(manifest_schema())
    laid = ChosenRows(
        lay_rows(table.to_batches(), table.schema, lambda: tmp_path, most_held=1, batch_rows=2)
    )
    places = pa.array([8, 0, 3])
    for rows, wanted in ((laid, table), (laid.take(places), table.take(places))):
        assert rows.num_rows == wanted.num_rows
        assert rows["clip_id"].to_pylist() == wanted["clip_id"].to_pylist()
        assert rows.slice(1, 5).to_pylist() == wanted.slice(1, 5).to_pylist()
        assert (filled_columns(rows), fact_names(rows)) == (
            filled_columns(wanted),
            fact_names(wanted),
        )
    assert laid.take(places).take(pa.array([1])).slice(0, 1)["clip_id"] == table["clip_id"][:1]
