"""Way: how a source was cut, kept in its working manifest so that a plain cut repeats it."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

from audioset.records.line_report import LineReport
from audioset.records.manifest import LINES_KEY, WAY_KEY
from audioset.records.strict import build, read_object


@dataclass(frozen=True, slots=True, kw_only=True)
class WayFile:
    """A file that a source was cut by, as it was then.

    Attributes:
        name: without folders.
        sha256: of its bytes, hex; of a folder, of the names and bytes of its files.
        from_source: its path, seen from the folder of the source; None for a source on object
            storage.
        from_workspace: its path, seen from the folder of the workspace.
        beside: it was found beside the source; nobody named it.
    """

    name: str
    sha256: str
    from_source: str | None
    from_workspace: str
    beside: bool = False

    @classmethod
    def of(
        cls, file: Path, sha256: str, *, source: Path | None, workspace: Path, beside: bool
    ) -> "WayFile":
        """Note where a file lies, so that it is found again when source or workspace moves.

        Args:
            source: that it belongs to; None where that lies on object storage.
        """
        return cls(
            name=file.name,
            sha256=sha256,
            from_source=None if source is None else _seen_from(source.absolute().parent, file),
            from_workspace=_seen_from(workspace.absolute(), file),
            beside=beside,
        )

    def places(self, *, source: Path | None, workspace: Path) -> tuple[Path, ...]:
        """Give the paths at which it may be now, the likeliest first.

        Args:
            source: as in `of`.
        """
        near = None if source is None else source.parent
        seen = [
            near / self.from_source if near is not None and self.from_source else None,
            Path(os.path.normpath(workspace / self.from_workspace)),
            near / self.name if near is not None else None,
        ]
        return tuple(dict.fromkeys(path for path in seen if path is not None))


def _seen_from(folder: Path, file: Path) -> str:
    return PurePath(os.path.relpath(file.absolute(), folder)).as_posix()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a source was cut.

    Attributes:
        by: one of `cut_options.WAYS`; None where an earlier release did not note it, and nothing
            else tells.
        options: what was asked for and matters to this way, by field of `CutOptions`, `by` left
            out; all other fields had their defaults.
        file: of cues or lines; None without one.
        stream: number of the subtitle stream inside the source that it was cut by, from 1.
        transcript: what was asked for, by field of `TranscriptOptions`, the files left out.
        lexicon: how words are said, where a file of that was given.
        release: `CutOptions.fingerprint` of the options, without cues. Where it is another one now,
            another release cut it, of which the same options gave other clips.
        noted: whether the cut noted it; otherwise it is what its manifest lets one conclude.
    """

    by: str | None
    options: Mapping[str, Any] = field(default_factory=dict)
    file: WayFile | None = None
    stream: int | None = None
    transcript: Mapping[str, Any] = field(default_factory=dict)
    lexicon: WayFile | None = None
    release: str = ""
    noted: bool = True

    @property
    def short(self) -> str:
        """By what it was cut, such as `speech` or `subtitles talk.srt`, without its options."""
        if self.by is None:
            return "not noted"
        if self.stream is not None:
            return f"{self.by} inside" + (f", stream {self.stream}" if self.stream > 1 else "")
        return f"{self.by} {self.file.name}" if self.file else self.by

    def __str__(self) -> str:
        """Say all of it, such as `speech, pause_seconds 0.5`."""
        told = {name: value for name, value in self.options.items() if name != "stream"}
        told |= self.transcript
        return ", ".join([self.short, *(_said(name, value) for name, value in told.items())])

    def to_json(self) -> str:
        """Encode as one line of JSON."""
        values = asdict(self)
        del values["noted"]
        return json.dumps(values, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Way":
        """Decode what `to_json` wrote.

        Raises:
            ValueError: it is something else, or a newer release wrote it.
        """
        values = read_object(text)
        files = {
            name: build(WayFile, values[name]) if values.get(name) is not None else None
            for name in ("file", "lexicon")
        }
        asked = {name: _object(values.get(name, {}), name) for name in ("options", "transcript")}
        return build(cls, {**values, "noted": True}, **files, **asked)


def _object(values: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(values, dict):
        raise ValueError(f"{name!r} is no object")
    return values


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return name if value else f"no {name}"
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"


def way_of(metadata: Mapping[bytes, bytes], text_sources: Iterable[str | None] = ()) -> Way:
    """Read how a source was cut from the metadata of its working manifest.

    A manifest of an earlier release has not noted it: then it is concluded from what is there.

    Args:
        metadata: of the manifest of a source, as `read_manifest_metadata` gives it.
        text_sources: of its rows.

    Raises:
        ValueError: what is noted there cannot be understood.
    """
    if WAY_KEY in metadata:
        return Way.from_json(metadata[WAY_KEY].decode())
    if LINES_KEY in metadata:
        report = LineReport.from_json(metadata[LINES_KEY].decode())
        file = WayFile(
            name=report.transcript,
            sha256="0" * 64,
            from_source=report.transcript,
            from_workspace=report.transcript,
        )
        return Way(by="lines", file=file, noted=False)
    by = "subtitles" if "subtitles" in set(text_sources) else None
    return Way(by=by, noted=False)
