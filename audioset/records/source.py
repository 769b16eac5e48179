"""Source: the long recording or video given to us, as it was found by decoding it."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is known of one source after it was decoded to its end.

    Attributes:
        source_id: slug of the file name plus 8 hex of `sha256`.
        name: file name as given, without folders.
        sha256: of the file's bytes.
        container: ffmpeg's name of the container as found, whatever the file is called.
        codec: ffmpeg's name of the audio codec.
        sampling_rate: in Hz, of the audio track.
        channels: of the audio track, before any down-mix.
        num_samples: per channel, counted while decoding, never read from a header.
        declared_seconds: length that the header claims; None when it claims none.
        warnings: what is wrong with the file in one sentence each, although it could be used.
        choices: what was chosen for it that could be chosen otherwise, or was done to its sound, in
            one sentence each; alike sources have the same sentences.
        url: where it was fetched from; None for a local file.
        etag: what the store called these bytes then.
    """

    source_id: str
    name: str
    sha256: str
    container: str
    codec: str
    sampling_rate: int
    channels: int
    num_samples: int
    declared_seconds: float | None = None
    warnings: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    url: str | None = None
    etag: str | None = None

    @property
    def length_seconds(self) -> float:
        """Decoded length."""
        return self.num_samples / self.sampling_rate

    def to_json(self) -> str:
        """Encode as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Source":
        """Decode what `to_json` wrote."""
        values = json.loads(text)
        told = {name: tuple(values.get(name, ())) for name in ("warnings", "choices")}
        return cls(**{**values, **told})
