"""What names mean: sources and clips, among those that there are."""

import difflib
import fnmatch
import glob
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from audioset.curation.removed.listing import ListedClip, ListedSource
from audioset.curation.workspace.clip_files import read_sha256
from audioset.errors import NAMES_SHOWN, InvalidInputError, NotFoundError
from audioset.wording import count, some_of

_FILE_ENDING = ".flac"
_LIKENESS = 0.6


@dataclass(slots=True)
class Chosen:
    """Sources that are meant as a whole, and clips that are meant by themselves, by their ids."""

    sources: dict[str, ListedSource] = field(default_factory=dict)
    clips: dict[str, ListedClip] = field(default_factory=dict)

    def all_clips(self) -> Iterator[ListedClip]:
        """Give all clips, those of the sources included."""
        yield from self.clips.values()
        for source in self.sources.values():
            yield from source.clips


class Register:
    """The sources and clips that can be named.

    A source is named by its id, its file name with or without the ending, its path, or the name of
    its manifest; a clip by its id or its file. A pattern such as `talk*` means all sources that fit
    it; where none does, all clips.
    """

    def __init__(self, sources: Mapping[str, ListedSource]) -> None:
        self._sources = sources
        self._clips = {
            clip.clip_id: (source, clip) for source in sources.values() for clip in source.clips
        }

    def choose(self, words: Sequence[str]) -> tuple[Chosen, list[str]]:
        """Find what words mean; give what was found, and the words that mean nothing.

        Raises:
            InvalidInputError: a word that is no pattern means several sources.
        """
        chosen, unknown = Chosen(), []
        for word in words:
            sources, clips = self._find(word)
            if not sources and not clips:
                unknown.append(word)
            chosen.sources |= {source.source_id: source for source in sources}
            chosen.clips |= {clip.clip_id: clip for clip in clips}
        for source in chosen.sources.values():
            for clip in source.clips:  # it goes with its source
                chosen.clips.pop(clip.clip_id, None)
        return chosen, unknown

    def not_found(self, word: str, *, hint: str = "", among: str = "") -> NotFoundError:
        """Make the error of a word that means nothing; it says what comes near it."""
        known = {name for source in self._sources.values() for name in _names_of(source)}
        near = difflib.get_close_matches(_folded(word), known, n=3, cutoff=_LIKENESS)
        shown = sorted({source.name for source in self._sources.values()})
        text = (
            f"did you mean {' or '.join(map(repr, near))}?"
            if near
            else f"sources are {some_of(shown, NAMES_SHOWN)}"
            if shown
            else "there are none"
        )
        return NotFoundError(f"no source or clip {among}is named {word!r}; {hint or text}")

    def _find(self, word: str) -> tuple[list[ListedSource], list[ListedClip]]:
        if sources := self._named(word):
            return sources, []
        name = PurePath(word).name.removesuffix(_FILE_ENDING)
        if name in self._clips:
            return [], [self._clips[name][1]]
        if not glob.has_magic(word):
            return [], []
        pattern = _folded(word)
        fitting = [
            source
            for source in self._sources.values()
            if any(fnmatch.fnmatchcase(name, pattern) for name in _names_of(source))
        ]
        clips = [c for clip_id, (_, c) in self._clips.items() if fnmatch.fnmatchcase(clip_id, word)]
        return (fitting, []) if fitting else ([], clips)

    def _named(self, word: str) -> list[ListedSource]:
        """Find the source of a name; the sources of a manifest."""
        if word in self._sources:
            return [self._sources[word]]
        of_manifest = [s for s in self._sources.values() if f"{word}.parquet" in s.files]
        if of_manifest:
            return of_manifest
        name = _folded(PurePath(word).name)
        found = [source for source in self._sources.values() if name in _names_of(source)]
        if len(found) > 1:
            found = _by_bytes(found, Path(word)) or found
        if len(found) > 1:
            raise InvalidInputError(
                f"{word!r} means {len(found)} sources: {_told(found)}; name one by its id, or all "
                "of them by a pattern in quotes"
            )
        return found


def _by_bytes(found: Iterable[ListedSource], path: Path) -> list[ListedSource]:
    """Choose the source whose file it is, where the word is the path of one."""
    if not path.is_file():
        return []
    sha256 = read_sha256(path)
    return [source for source in found if source.sha256 == sha256]


def _names_of(source: ListedSource) -> set[str]:
    names = (source.source_id, source.name, PurePath(source.name).stem)
    return {_folded(name) for name in names}


def _folded(name: str) -> str:
    """Give a name so that case and the two forms of an accent make no difference."""
    return unicodedata.normalize("NFC", name).casefold()


def _told(sources: Sequence[ListedSource]) -> str:
    shown = [f"{source.source_id} ({count(len(source.clips), 'clip')})" for source in sources]
    return some_of(shown, NAMES_SHOWN)
