"""Round trips of one version through every format, and the table of them in `docs/export.md`.

`python -m tests.interop.round_trips` writes the table anew; a test holds it true.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import audioset
from audioset.interop.exporters import export_format_names
from audioset.records.corpus_report import CorpusReport
from audioset.records.export_report import ExportReport
from audioset.records.manifest import Clip, clips_from_table, columns
from audioset.storage.tables import read_manifest
from audioset.versions.read.resolve import read_version, resolve_reference
from audioset.workspace import Workspace
from tests.workspaces import add_source, make_workspace

PAGE = Path(__file__).parents[2] / "docs" / "export.md"
BEGIN, END = "<!-- round trips -->\n", "<!-- end of round trips -->\n"
KEPT, OTHERWISE, LOST = "kept", "otherwise, told", "no place, told"
# What an import says in `extra` beside what was said of the clip.
OF_IMPORT = ("origin_id", "origin_sha256", "corpus")
# Of these a value where there was none is no loss: it is measured of every sound.
_MEASURED = ("identity", "time", "quality")

ODD = 'ä "line" | of\nIsla,\t\u2028 \x85 said '
FURTHER = {
    "room": "hall",
    "text": "as spoken",
    "extra_text": "as written",
    "duration": "long",
    "sex": "as given",
    "nested": '{"a": [1, {"b": "c"}], "d": null}',
    'mood, "today"': "glad\nor not",
    "start": "early",
}


def make_version(folder: Path) -> Workspace:
    """Make scots@v1: four recordings, in three splits and none, of which all is known."""
    made = make_workspace(folder, sources=0)
    isla = {"speaker": "isla", "gender": "female", "age": "30-39", "accent": "Glasgow"}
    rights = {"licence": "CC-BY-4.0", "consent": "training, no voices"}
    add_source(
        made,
        "Talk one.mp4",
        3,
        **isla,
        **rights,
        text="a line by a person",
        text_source="human",
        social_class="working",
        location="Govan",
        language="sco-Latn-GB",
        split="train",
        accepted=True,
        extra=FURTHER,
    )
    add_source(
        made,
        "my-subject.mp4",
        2,
        **rights,
        text=ODD,
        text_source="model:scribe@2",
        text_score=0.1,
        speaker="Mo | N",
        gender="male",
        language="en-GB",
        split="test",
        loudness_lufs=-23.7,
        peak_dbfs=-1.1,
        clipped_share=0.0,
        dc_offset=1e-7,
        snr_db=12.3,
        speech_share=1 / 3,
        bandwidth_hz=3900.0,
        edge_speech=0.9,
        head_silence_seconds=0.032,
        tail_silence_seconds=0.064,
        track=2,
        channel=1,
        gain_db=-1.0 / 3,
    )
    add_source(
        made,
        "lines.wav",
        2,
        **isla,
        text="line 7",
        text_source="transcript",
        hypothesis="line seven",
        hypothesis_source="model:scribe@2",
        line=7,
        take=2,
        take_similarity=0.7,
        aligner="voices@1",
        flags="short,off_script",
        split="validation",
    )
    add_source(made, "crowd.wav", 1, text="nobody says who speaks", text_source="subtitles")
    add_source(made, "quiet.wav", 1, speaker="isla", split="train")
    made.publish(track=False)
    return made


def published_clips(ws: Workspace) -> dict[str, Clip]:
    """Give the clips of scots@v1, by what they sound like."""
    rows = read_version(ws.store, resolve_reference(ws.store, "scots@v1"))
    return {clip.pcm_sha256: clip for clip in clips_from_table(rows)}


def working_clips(ws: Workspace) -> dict[str, Clip]:
    """Give the clips of a workspace, likewise."""
    found = {}
    for manifest in sorted(ws.working.manifests_dir.glob("*.parquet")):
        for clip in clips_from_table(read_manifest(manifest)):
            assert clip.pcm_sha256 not in found
            found[clip.pcm_sha256] = clip
    return found


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What became of a version in one format and back.

    Attributes:
        name: of the format.
        exported, imported: what was said on both ways.
        ws: the workspace that it came back into.
        outcomes: KEPT, OTHERWISE or LOST by column; anything else is a loss that nobody told.
    """

    name: str
    exported: ExportReport
    imported: CorpusReport
    ws: Workspace
    outcomes: Mapping[str, str]


def go_round(ws: Workspace, name: str, folder: Path) -> RoundTrip:
    """Export scots@v1 in a format, and import that into a workspace of its own."""
    exported = ws.export(name, "scots@v1", folder / "export")
    back = audioset.init(folder / "back", name="scots")
    imported = back.import_corpus(folder / "export")
    before, after = published_clips(ws), working_clips(back)
    pairs = [(before[key], clip) for key, clip in after.items()]
    assert len(pairs) == len(before) - sum(exported.left_out.values()) == imported.num_items
    outcomes = {
        column.name: _outcome(column.name, str(column.metadata["group"]), pairs, exported)
        for column in columns()
        if column.metadata["group"] != "storage"
    }
    return RoundTrip(name, exported, imported, back, outcomes)


def _outcome(
    column: str, group: str, pairs: Iterable[tuple[Clip, Clip]], exported: ExportReport
) -> str:
    if column in exported.no_place:
        return LOST  # what comes back by measuring is not what was said
    for before, after in pairs:
        was, now = _value(before, column), _value(after, column)
        if was == now or (was is None and group in _MEASURED):
            continue
        if any(column in why for why in exported.changed):
            return OTHERWISE
        return f"lost without a word: {was!r} is {now!r}"
    return KEPT


def _value(clip: Clip, column: str) -> object:
    value = getattr(clip, column)
    if column != "extra":
        return value
    return {name: said for name, said in value.items() if name not in OF_IMPORT}


def as_table(trips: Iterable[RoundTrip]) -> str:
    """Write the table: formats of which the same holds in one column, columns in one row."""
    found = list(trips)
    names = list(found[0].outcomes)
    alike: dict[tuple[str, ...], list[str]] = {}
    for trip in found:
        alike.setdefault(tuple(trip.outcomes[name] for name in names), []).append(trip.name)
    rows: dict[tuple[str, ...], list[str]] = {}
    for place, name in enumerate(names):
        rows.setdefault(tuple(outcomes[place] for outcomes in alike), []).append(f"`{name}`")
    heads = [", ".join(f"`{name}`" for name in formats) for formats in alike.values()]
    lines = [["column", *heads], ["---"] * (len(heads) + 1)]
    lines += [[", ".join(columns_of), *row] for row, columns_of in rows.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> int:
    """Write the table into the page."""
    with TemporaryDirectory() as folder:
        ws = make_version(Path(folder) / "scots")
        trips = [go_round(ws, name, Path(folder) / name) for name in export_format_names()]
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{as_table(trips)}{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
