"""VersionUrls: where a version lies, for readers that know tars or Parquet and nothing of us."""

from dataclasses import dataclass

from audioset.records.identity import VersionRef


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionUrls:
    """The objects of one version.

    Attributes:
        ref: name of the version, `dataset@v3`.
        urls: of each shard, in order: paths of files, or addresses such as `s3://bucket/…`.
        manifest_urls: of the parts of the manifest, in the order of their rows, likewise.
        num_clips: of the version.
        num_other_clips: that the shards hold as well, and the version does not name: who reads the
            shards as they are reads those too.
    """

    ref: VersionRef
    urls: tuple[str, ...]
    manifest_urls: tuple[str, ...]
    num_clips: int
    num_other_clips: int
