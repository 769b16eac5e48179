"""A version as a Hugging Face IterableDataset of single clips.

An example has the columns of the manifest that have any value, `samples` and `sampling_rate`. The
clips are divided into parts, which `datasets` deals to nodes and DataLoader workers.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from audioset.errors import InvalidInputError
from audioset.records.manifest import column_names, manifest_schema
from audioset.training.plan import Batching, Shuffle
from audioset.versions.consumed import ConsumedPass

try:
    import datasets
except ImportError as error:
    raise InvalidInputError(
        "Hugging Face datasets is not installed: pip install datasets; or use Dataset.loader, "
        "which needs none"
    ) from error

if TYPE_CHECKING:
    from audioset.training.readable import Readable

_BATCH_CLIPS = 64
_BATCHES_OF_PART = 8  # a part is what one worker reads at a time
_WINDOW_BYTES = 32 * 2**20  # about as much as that
_LEFT_OUT = {"extra", "sampling_rate", *column_names(group="storage")}


def as_huggingface(
    dataset: "Readable", *, split: str | None, seed: int, epoch: int, shuffle: Shuffle
) -> datasets.IterableDataset:
    """Give an IterableDataset; add `.map(…)`, `.with_format("torch")` and so on as usual.

    Raises:
        InvalidInputError: no clip has this split.
    """
    batching = Batching(
        split=split,
        clips=_BATCH_CLIPS,
        seed=seed,
        shuffle=shuffle,
        window_bytes=_WINDOW_BYTES,
        lanes=1,
    )
    batches = dataset.plan(batching, epoch=epoch).batches
    parts = [
        batches[start : start + _BATCHES_OF_PART]
        for start in range(0, len(batches), _BATCHES_OF_PART)
    ]
    columns = [
        name
        for name in column_names()
        if name not in _LEFT_OUT and dataset.manifest.column(name).null_count < len(dataset)
    ]
    schema = pa.schema(
        [
            *(pa.field(name, manifest_schema().field(name).type) for name in columns),
            pa.field("sampling_rate", pa.int32()),
            pa.field("samples", pa.list_(pa.float32())),
        ]
    )
    stream: datasets.IterableDataset = datasets.IterableDataset.from_generator(
        _examples,
        features=datasets.Features.from_arrow_schema(schema),
        gen_kwargs={
            "dataset": dataset,
            "columns": tuple(columns),
            "parts": parts,
            "consumed": dataset.begin_pass(split=split, order=(seed, epoch) if shuffle else None),
        },
    )
    return stream


def _examples(
    dataset: "Readable",
    columns: tuple[str, ...],
    consumed: ConsumedPass,
    parts: list[list[list[int]]],
) -> Iterator[dict[str, Any]]:
    """Give the clips of some parts; `datasets` divides the list among its workers."""
    for part in parts:
        group = [row for batch in part for row in batch]
        for clips in dataset.read(part, [group], consumed=consumed):
            for clip in clips:
                yield {
                    **{name: getattr(clip.row, name) for name in columns},
                    "sampling_rate": clip.sampling_rate,
                    "samples": clip.samples,
                }
