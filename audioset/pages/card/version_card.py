"""The card of a version: what it is, written from its rows and its record."""

from dataclasses import replace
from pathlib import Path

from audioset.curation.report import collect_card
from audioset.curation.workspace.clip_sets import ClipSet
from audioset.pages.card.front import front_matter_of
from audioset.pages.card.sections import sections_of
from audioset.pages.card.ways import count_ways
from audioset.pages.card.words import CardWords
from audioset.pages.markdown import cell, format_length, markdown_table, paragraph
from audioset.pages.version_report import clips_of_version
from audioset.records.card_facts import CardFacts
from audioset.records.dataset_card import DatasetCard
from audioset.records.description import Description
from audioset.records.export_contracts import ExportRows
from audioset.records.split_report import SplitCertificate, SplitOptions
from audioset.records.version import VersionRecord
from audioset.storage.store import Store
from audioset.wording import count


def card_of_version(
    store: Store,
    record: VersionRecord,
    split_options: SplitOptions,
    *,
    words: CardWords | None = None,
    clips: ClipSet | None = None,
    manifests_dir: Path | None = None,
    with_place: bool = False,
    description: Description | None = None,
    certificate: SplitCertificate | None = None,
) -> DatasetCard:
    """Write the card of a version; its withdrawn clips are counted, and no more.

    Args:
        store: that holds it.
        record: of the version.
        split_options: what splits must not share.
        words: of the author.
        clips: some of its clips, such as those that are exported; all when None.
        manifests_dir: of the workspace, which tells how its recordings were cut; nothing tells it
            when None.
        with_place: say where the store is; others have no use for that.
        description, certificate: of the clips, where they are known already.

    Raises:
        IntegrityError: a stored manifest is missing or damaged.
        StorageError: the store did not answer, or refused.
    """
    facts = collect_card(
        clips or clips_of_version(store, record),
        split_options=split_options,
        num_withdrawn=record.num_withdrawn,
        description=description,
        certificate=certificate,
    )
    said = words or CardWords()
    ways = count_ways(manifests_dir, facts.description.sources) if manifests_dir else {}
    blocks = [
        f"# {record.ref}",
        paragraph(record.message),
        said.marked(),
        _totals(record, facts, store.url if with_place else "", is_part=clips is not None),
        *sections_of(facts, record.ref, ways),
        _citation(record),
    ]
    front = front_matter_of(facts, record.dataset)
    if "license" in said.front_matter:
        front.pop("license_name", None)
    front |= said.front_matter
    return DatasetCard(front_matter=front, body="\n\n".join(filter(None, blocks)) + "\n")


def card_of_rows(
    store: Store,
    record: VersionRecord,
    split_options: SplitOptions,
    rows: ExportRows,
    *,
    words: CardWords,
) -> DatasetCard:
    """Write the card of some clips of a version, such as those that are exported.

    Args:
        store, record, split_options, words: as for `card_of_version`.
        rows: of the clips, all columns.
    """
    whole = clips_of_version(store, record)
    clips = replace(whole, scan=lambda names: rows.select(names).to_batches())
    return card_of_version(store, record, split_options, words=words, clips=clips)


def _totals(record: VersionRecord, facts: CardFacts, store_url: str, *, is_part: bool) -> str:
    told = facts.description
    lengths = told.lengths
    parent = f"{record.dataset}@v{record.parent}" if record.parent else "none, it is the first"
    num_speakers = sum(group.name is not None for group in told.speakers)
    clips = f"{told.num_clips:,}"
    if told.num_clips < record.num_clips:
        clips += f" of the {record.num_clips:,} of {record.ref}"
    size = f"{record.size_bytes / 1e6:,.1f} MB in {len(record.shards):,} shards"
    rows = [
        ("clips", clips),
        ("length", format_length(told.total_seconds)),
        ("clip length", f"{lengths.min:.2f} to {lengths.max:.2f} s, mean {lengths.mean:.2f} s"),
        ("speakers", f"{num_speakers:,}"),
        ("clips with text", f"{told.num_with_text:,}"),
        *([] if is_part else [("size", size)]),
        ("withdrawn since", count(record.num_withdrawn, "clip") if record.num_withdrawn else ""),
        ("follows", parent),
        ("published", f"{record.created_at} by {cell(record.created_by)}"),
        ("digest", f"`{record.digest}`"),
        ("store", store_url and f"`{store_url}`"),
    ]
    return markdown_table(("", ""), [(f"**{name}**", value) for name, value in rows if value])


def _citation(record: VersionRecord) -> str:
    """Say how the version is named so that it is these clips for ever."""
    day = record.created_at[:10]
    gone = count(record.num_withdrawn, "clip")
    left = f", without {gone} withdrawn since" if record.num_withdrawn else ""
    return "\n\n".join(
        (
            "## How to cite and use it",
            f"> {record.dataset}, version {record.version} ({day}){left}. Digest {record.digest}.",
            f'Use it: `audioset.open("{record.ref}")`. Pin it in a training run: '
            f'`with audioset.training_run("{record.ref}"):`',
        )
    )
