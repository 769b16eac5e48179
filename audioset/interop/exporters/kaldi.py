"""`audioset export kaldi`: a data directory for each split, as Kaldi, ESPnet and WeNet read it.

`wav.scp`, `text`, `utt2spk`, `spk2utt`, `utt2dur`, `reco2dur` and, where they are known,
`spk2gender` and `utt2lang`; all sorted as in the C locale. An utterance is `SPEAKER-CLIP_ID`: the
sort of utterances must be that of speakers.
"""

import hashlib
import re
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from audioset.interop.exporters.flat_text import one_line
from audioset.records.export_contracts import ExportFormat, ExportJob, ExportRows

# "-" stands between speaker and clip, and nothing that sorts before it may be in a name.
_UNFIT = re.compile(r"[^\w.-]")
_GENDERS = {"female": "f", "male": "m", "f": "f", "m": "m"}
_ANOTHER_NAME = "with another name of the speaker, which Kaldi can sort by"
_NOBODY = "without a speaker: each is a speaker of its own"
_NO_GENDER = "with a gender that is neither m nor f: without a gender"
_GENDERS_OF_ONE = "with another gender than an earlier clip of the speaker: with that one's"
_SILENT = "without a gender, by a speaker who has one in other clips: with that one"
_TABLES = ("wav.scp", "text", "utt2spk", "utt2dur", "reco2dur")


def _write(job: ExportJob) -> None:
    names = _speaker_names(job)
    for split in job.splits:
        _write_split(job, split, _sorted(job.rows_of(split), names), names)


def _write_split(job: ExportJob, split: str, rows: ExportRows, names: dict[str, str]) -> None:
    above = f"{job.place}/" if job.is_folder else ""  # readers look from where they were started
    has_languages = rows["language"].null_count < rows.num_rows
    genders = _Genders()
    last = None
    with ExitStack() as stack:

        def table(name: str) -> BinaryIO:
            return stack.enter_context(job.open(f"{split}/{name}"))

        tables = {name: table(name) for name in (*_TABLES, *(["utt2lang"] * has_languages))}
        of_speakers = table("spk2utt")

        def put(name: str, value: str) -> None:
            tables[name].write(f"{utterance} {value}\n".encode())

        for clip in job.clips(rows):
            speaker = names.get(clip.row["speaker"]) or _own_name(clip.clip_id)
            utterance = _utterance(speaker, clip.clip_id)
            path = f"{split}/wav/{clip.file_name}"
            job.write_clip(path, clip)
            seconds = f"{clip.row['num_samples'] / clip.row['sampling_rate']:.6f}"
            put("wav.scp", above + path)
            put("utt2spk", speaker)
            put("utt2dur", seconds)
            put("reco2dur", seconds)
            if text := one_line(job, clip.row["text"]):
                put("text", text)
            if language := clip.row["language"]:
                put("utt2lang", one_line(job, language))
            if clip.row["speaker"] is None:
                job.changed(_NOBODY)
            if speaker != last:  # those of one stand together
                of_speakers.write((f"{speaker}" if last is None else f"\n{speaker}").encode())
            of_speakers.write(f" {utterance}".encode())
            genders.add(speaker, clip.row["gender"])
            last = speaker
        of_speakers.write(b"\n")
        genders.tell(job)
        if genders.known:
            of_genders = table("spk2gender")
            for speaker, gender in sorted(genders.known.items(), key=lambda p: p[0].encode()):
                of_genders.write(f"{speaker} {gender}\n".encode())


class _Genders:
    """The gender of each speaker, who has one in all clips there.

    Attributes:
        known: m or f, by speaker.
    """

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self._others: Counter[str] = Counter()
        self._silent: Counter[str] = Counter()  # clips that say none, by speaker

    def add(self, speaker: str, gender: str | None) -> None:
        """Take what a clip says."""
        word = None if gender is None else _GENDERS.get(gender.casefold())
        if gender is None:
            self._silent[speaker] += 1
        elif word is None:
            self._others[_NO_GENDER] += 1
        elif self.known.setdefault(speaker, word) != word:
            self._others[_GENDERS_OF_ONE] += 1

    def tell(self, job: ExportJob) -> None:
        """Tell of the clips that say something else."""
        number = sum(self._silent[speaker] for speaker in self.known)
        for why, count in {**self._others, _SILENT: number}.items():
            if count:
                job.changed(why, count)


def _utterance(speaker: str, clip_id: str) -> str:
    # A clip of nobody is a speaker of its own, as Kaldi wants it.
    return speaker if speaker == _own_name(clip_id) else f"{speaker}-{clip_id}"


def _own_name(clip_id: str) -> str:
    return clip_id.replace("-", "_")


def _sorted(rows: ExportRows, names: dict[str, str]) -> ExportRows:
    """Sort rows by utterance; Arrow compares bytes, as the C locale does."""
    known = pa.array(names, pa.string())
    found = pc.index_in(rows["speaker"], known)
    speakers = pa.array(names.values(), pa.string()).take(found)
    owns = pc.replace_substring(rows["clip_id"], "-", "_")
    keys = pc.coalesce(pc.binary_join_element_wise(speakers, rows["clip_id"], "-"), owns)
    return rows.take(pc.sort_indices(keys))


def _speaker_names(job: ExportJob) -> dict[str, str]:
    """Give each speaker a name that Kaldi can sort and split by; tell which are not their own."""
    speakers = sorted(pc.unique(job.rows["speaker"].drop_null()).to_pylist())
    names = {speaker: _UNFIT.sub("_", speaker) for speaker in speakers}
    if _would_mix(sorted(names.values())):
        names = {speaker: name.replace("-", "_") for speaker, name in names.items()}
    if len(set(names.values())) < len(names):
        names = {
            s: f"{name}_{hashlib.sha256(s.encode()).hexdigest()[:8]}" for s, name in names.items()
        }
    other = [speaker for speaker, name in names.items() if name != speaker]
    if other:
        number = pc.sum(pc.is_in(job.rows["speaker"], pa.array(other, pa.string()))).as_py()
        job.changed(_ANOTHER_NAME, number)
    return names


def _hash(speaker: str) -> str:
    return hashlib.sha256(speaker.encode()).hexdigest()[:8]


def _would_mix(names: list[str]) -> bool:
    """Tell whether utterances of two speakers would stand between each other.

    No character of a name sorts before "-", so that a name which begins with another one and "-"
    stands right behind it.
    """
    return any(after.startswith(f"{name}-") for name, after in pairwise(names))


KALDI = ExportFormat(
    name="kaldi",
    summary="data directories with wav.scp, text and utt2spk, for Kaldi, ESPnet and WeNet",
    write=_write,
    audio=("wav", "flac"),
    holds=frozenset({"text", "speaker", "gender", "language", "split"}),
)
