"""FetchReport and FreeReport: audio of a workspace that came from the store, or made room."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """What a fetch did.

    Attributes:
        num_clips, size_bytes: of the clips that were asked for and lie in the store.
        num_fetched, fetched_bytes: of those that had no file here.
        num_not_stored: clips that were asked for and whose audio is only here.
    """

    num_clips: int
    size_bytes: int
    num_fetched: int
    fetched_bytes: int
    num_not_stored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeReport:
    """What a free did, or would do.

    Attributes:
        num_clips, size_bytes: of the clips asked for that have a file here and a place in the
            store.
        num_freed, freed_bytes: of the files that were deleted; 0 where it was only told.
        read_bytes: that were read back from the store to prove that they are there.
        num_not_stored: clips with a file here that no version holds.
        failures: clips whose file stays, with the reason.
        done: whether anything was done, or only told.
    """

    num_clips: int
    size_bytes: int
    num_freed: int = 0
    freed_bytes: int = 0
    read_bytes: int = 0
    num_not_stored: int = 0
    failures: tuple[tuple[str, str], ...] = ()
    done: bool
