"""Receipt: which clips of a version a run really consumed, one bit per clip."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from audioset.errors import InvalidInputError
from audioset.records.identity import VersionRef
from audioset.records.strict import build, read_list, read_object

RECEIPT_FORMAT = 2
_ALL_KNOWN_FORMAT = 1  # of receipts without `perhaps` and `unknown`, which older releases read too
_KIND = "audioset receipt"
_MOST_PACKED = 1032  # bytes that zlib can make of one


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One pass over clips: what chose their order, and how many were handed out.

    Attributes:
        split: that was read; None for all clips.
        seed, epoch: chose the order; None where clips came in their own order or one by one.
        num_clips: handed out, each time counted; without those of which it is not known.
    """

    split: str | None
    seed: int | None
    epoch: int | None
    num_clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one run consumed of one version.

    Attributes:
        dataset, version: name of the version.
        digest: full sha256 of the rows that were opened, hex.
        filter: condition that chose the rows of the version; None for all.
        num_clips: rows that were opened; the bits are in the order of their clip ids.
        bits: `num_clips` bits, the first clip in the lowest bit of the first byte.
        readings: the passes, in order of split, seed and epoch.
        complete: False while the run goes on, and of a run that was killed: it may have consumed
            more than stands here.
        perhaps: bits of clips that were read, and perhaps given to this run; as `bits`, or empty
            when there are none.
        unknown: why `perhaps` is not known, or the receipt not complete, each in a few words.
    """

    dataset: str
    version: int
    digest: str
    filter: str | None
    num_clips: int
    bits: bytes
    readings: tuple[Reading, ...] = ()
    complete: bool = False
    perhaps: bytes = b""
    unknown: tuple[str, ...] = ()

    @property
    def ref(self) -> VersionRef:
        """Name of the version, `dataset@v3`."""
        return VersionRef(self.dataset, self.version)

    @property
    def num_consumed(self) -> int:
        """Clips that were consumed at least once."""
        return int.from_bytes(self.bits, "little").bit_count()

    def consumed(self, position: int) -> bool:
        """Tell whether the clip at a position of the opened rows was consumed."""
        return bool(self.bits[position // 8] >> position % 8 & 1)

    @property
    def num_perhaps(self) -> int:
        """Clips that perhaps were consumed, without those that were."""
        sure, perhaps = (int.from_bytes(bits, "little") for bits in (self.bits, self.perhaps))
        return (perhaps & ~sure).bit_count()

    def perhaps_consumed(self, position: int) -> bool:
        """Tell whether the clip at a position was perhaps consumed, and is not known to be."""
        if not self.perhaps or self.consumed(position):
            return False
        return bool(self.perhaps[position // 8] >> position % 8 & 1)

    def positions(self) -> list[int]:
        """Give the positions of all consumed clips, ascending."""
        return [position for position in range(self.num_clips) if self.consumed(position)]

    def perhaps_positions(self) -> list[int]:
        """Give the positions of the clips that perhaps were consumed, ascending."""
        if not self.perhaps:
            return []
        return [position for position in range(self.num_clips) if self.perhaps_consumed(position)]


def num_bytes(num_clips: int) -> int:
    """Tell how many bytes hold the bits of so many clips."""
    return -(-num_clips // 8)


def merge_receipts(receipts: Iterable[Receipt]) -> tuple[Receipt, ...]:
    """Join what several processes consumed: one receipt for each opened set of rows.

    A joined receipt is complete only when all of its parts are.
    """
    merged: dict[tuple[str, int, str, str | None, int], Receipt] = {}
    for part in receipts:
        key = (part.dataset, part.version, part.digest, part.filter, part.num_clips)
        nothing = replace(part, bits=bytes(len(part.bits)), readings=(), complete=True)
        merged[key] = _join(merged.get(key, nothing), part)
    return tuple(merged[key] for key in sorted(merged, key=str))


def encode_receipts(receipts: Sequence[Receipt]) -> bytes:
    """Encode the receipts of a run: a line of JSON, then the compressed bits of all."""
    headers = [_header(one) for one in receipts]
    all_known = not any("has_perhaps" in one for one in headers)
    number = _ALL_KNOWN_FORMAT if all_known else RECEIPT_FORMAT
    line = json.dumps(
        {"kind": _KIND, "format_version": number, "receipts": headers}, sort_keys=True
    )
    bits = b"".join(one.bits + one.perhaps for one in receipts)
    return line.encode() + b"\n" + zlib.compress(bits, 9)


def decode_receipts(data: bytes, *, name: str) -> tuple[Receipt, ...]:
    """Decode what `encode_receipts` wrote; `name` is used in messages.

    Raises:
        InvalidInputError: not receipts, damaged, or of a format newer than this release.
    """
    line, _, packed = data.partition(b"\n")
    try:
        values = read_object(line)
        if values.get("kind") != _KIND:
            raise InvalidInputError(f"{name} is not a receipt but {values.get('kind')!r}")
        found = values.get("format_version")
        if isinstance(found, int) and found > RECEIPT_FORMAT:
            raise InvalidInputError(
                f"{name} is a receipt of a newer release (format {found}); update audioset"
            )
        headers = [_read_header(header) for header in read_list(values, "receipts")]
        parts = [num_bytes(one.num_clips) * (2 if perhaps else 1) for one, perhaps in headers]
        bits = _unpack(packed, sum(parts))
    except (ValueError, zlib.error) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(f"{name} is not a receipt: {error}") from error
    receipts, start = [], 0
    for (header, _), part in zip(headers, parts, strict=True):
        middle, end = start + num_bytes(header.num_clips), start + part
        receipts.append(replace(header, bits=bits[start:middle], perhaps=bits[middle:end]))
        start = end
    return tuple(receipts)


def _header(one: Receipt) -> dict[str, object]:
    values = {key: value for key, value in asdict(one).items() if key not in ("bits", "perhaps")}
    if not one.perhaps and not one.unknown:  # as releases that know neither write it
        del values["unknown"]
        return values
    return {**values, "has_perhaps": bool(one.perhaps)}


def _either(one: bytes, other: bytes) -> bytes:
    either = int.from_bytes(one, "little") | int.from_bytes(other, "little")
    return either.to_bytes(max(len(one), len(other)), "little")


def _read_header(values: Any) -> tuple[Receipt, bool]:
    """Read all of a receipt but its bits, and whether bits of `perhaps` follow those."""
    if not isinstance(values, dict):
        raise ValueError("it holds no receipts")
    values = dict(values)
    has_perhaps, unknown = values.pop("has_perhaps", False), read_list(values, "unknown")
    if not isinstance(has_perhaps, bool) or not all(isinstance(why, str) for why in unknown):
        raise ValueError("what it does not know is not told as it should be")
    readings = tuple(build(Reading, reading) for reading in read_list(values, "readings"))
    made = build(Receipt, values, bits=b"", readings=readings, perhaps=b"", unknown=tuple(unknown))
    return made, has_perhaps


def _unpack(packed: bytes, size: int) -> bytes:
    """Decompress so many bytes, which a file states: no more is made than there is.

    Raises:
        ValueError: there are fewer or more.
    """
    if size > _MOST_PACKED * (len(packed) + 1):  # before any of it is made
        raise ValueError("it has too few bits")
    running = zlib.decompressobj()
    bits = running.decompress(packed, size + 1)
    if len(bits) != size or not running.eof:
        raise ValueError(f"it has too {'many' if len(bits) > size else 'few'} bits")
    return bits


def _join(one: Receipt, other: Receipt) -> Receipt:
    counts: dict[tuple[str | None, int | None, int | None], int] = {}
    for reading in (*one.readings, *other.readings):
        key = (reading.split, reading.seed, reading.epoch)
        counts[key] = counts.get(key, 0) + reading.num_clips
    return replace(
        one,
        bits=_either(one.bits, other.bits),
        perhaps=_either(one.perhaps, other.perhaps),
        unknown=tuple(dict.fromkeys((*one.unknown, *other.unknown))),
        readings=tuple(
            Reading(split=split, seed=seed, epoch=epoch, num_clips=counts[split, seed, epoch])
            for split, seed, epoch in sorted(counts, key=_rank)
        ),
        complete=one.complete and other.complete,
    )


def _rank(key: tuple[str | None, int | None, int | None]) -> tuple[str, int, int]:
    split, seed, epoch = key
    return split or "", -1 if seed is None else seed, -1 if epoch is None else epoch
