"""The files of a folder, found by what a table calls them."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from audioset.documents.facts.close_names import CloseNames
from audioset.documents.facts.file_names import (
    leads_out,
    path_parts,
    plain_path,
    same_word,
    without_ending,
    without_zeros,
)


@dataclass(frozen=True, slots=True)
class NameMatch:
    """Which files a written name fits.

    Attributes:
        files: all that it fits equally well; one is a match, several are none.
        is_exact: it is the file's own name, or its path below the folder.
        is_stem: it is the file's own name without the ending.
    """

    files: tuple[str, ...] = ()
    is_exact: bool = False
    is_stem: bool = False

    @property
    def file(self) -> str | None:
        """The one that it fits; None when there are none or several."""
        return self.files[0] if len(self.files) == 1 else None


class NamedFiles:
    """The files of a folder, to be found by what a table calls them.

    Args:
        names: of the media files, relative to the folder, with `/` between folders.
        folder: parts of the folder's own path, of which a table may name the last ones.
        others: other files of the folder, which only their exact names find.
    """

    def __init__(
        self, names: Iterable[str], *, folder: Sequence[str] = (), others: Iterable[str] = ()
    ) -> None:
        self.names = tuple(names)
        self._above = tuple(same_word(part) for part in folder)
        self._exact = {plain_path(name): name for name in [*others, *self.names]}
        self._by_base: dict[str, list[str]] = defaultdict(list)
        self._by_word: dict[str, list[str]] = defaultdict(list)
        self._by_number: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            base = path_parts(name)[-1]
            self._by_base[unicodedata.normalize("NFC", base)].append(name)
            word = same_word(without_ending(base))
            self._by_word[word].append(name)
            self._by_number[without_zeros(word)].append(name)

    def find(self, written: str) -> NameMatch:
        """Give the files that a written name fits; close spellings are not among them."""
        plain = plain_path(written)
        if plain in self._exact:
            return NameMatch((self._exact[plain],), is_exact=True)
        parts = path_parts(written)
        if not parts:
            return NameMatch()
        base = unicodedata.normalize("NFC", parts[-1])
        named = self._by_base.get(base, ())
        fits = self.in_folders(named, written)
        if fits:
            agree = fits == self.in_folders(named, written, all_agree=True)
            return NameMatch(fits, is_exact=agree and not leads_out(written))
        word = same_word(without_ending(base))
        if not word:
            return NameMatch()
        fits = self.in_folders(self._by_word.get(word, ()), written)
        fits = fits or self.in_folders(self._by_number.get(without_zeros(word), ()), written)
        stems = [without_ending(unicodedata.normalize("NFC", path_parts(f)[-1])) for f in fits]
        is_stem = len(parts) == 1 and stems == [base]
        return NameMatch(_with_ending(fits, base), is_stem=is_stem)

    def close(self, written: str) -> tuple[str, ...]:
        """Give all files of which a name may be a misspelling; only of one it is."""
        return self.in_folders(self._close.find(written), written)

    def meant(self, written: str) -> str | None:
        """Give the file that is most like a name, for a question; None when none is."""
        return self._close.meant(written)

    @staticmethod
    def leads_out(written: str) -> bool:
        """Tell a name that cannot mean a file below the folder."""
        return leads_out(written)

    @cached_property
    def _close(self) -> CloseNames:
        return CloseNames(self.names)

    def in_folders(
        self, names: Iterable[str], written: str, *, all_agree: bool = False
    ) -> tuple[str, ...]:
        """Keep the files whose folders do not speak against those that were written.

        Of several the one is meant with which most of the written folders agree.

        Args:
            names: of files.
            written: a name with folders before it.
            all_agree: ask for each written folder, instead of for those below the folder.
        """
        folders = [same_word(part) for part in path_parts(written)[:-1] if part not in (".", "..")]
        agreeing = defaultdict(list)
        for name in names:
            below = [same_word(part) for part in path_parts(name)[:-1]]
            own = [*self._above, *below]
            agree = 0
            while agree < min(len(own), len(folders)) and own[-1 - agree] == folders[-1 - agree]:
                agree += 1
            needed = len(folders) if all_agree else min(len(below), len(folders))
            if agree >= needed:
                agreeing[agree].append(name)
        return tuple(agreeing[max(agreeing)]) if agreeing else ()


def _with_ending(names: tuple[str, ...], base: str) -> tuple[str, ...]:
    """Of several files keep the one with the ending that was written."""
    if len(names) < 2:
        return names
    ending = base.rpartition(".")[2].lower() if without_ending(base) != base else ""
    same = tuple(name for name in names if name.rpartition(".")[2].lower() == ending)
    return same if len(same) == 1 else names
