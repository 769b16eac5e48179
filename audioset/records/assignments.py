"""Assignments: who is to judge which clips, in which pass."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One clip that one reviewer is to judge in one pass.

    Attributes:
        reviewer: who.
        clip_id: the id under which the clip came into the workspace.
        review_pass: 1 for the word that all share; from 2 on it is judged blind.
    """

    reviewer: str
    clip_id: str
    review_pass: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerShare:
    """What one reviewer is to judge in one pass.

    Attributes:
        reviewer: who.
        review_pass: which.
        num_clips, length_seconds: assigned, of those that are in the workspace.
        num_judged, judged_seconds: of them, those to which the reviewer has given a verdict.
        num_gone: assigned, and not in the workspace any more.
    """

    reviewer: str
    review_pass: int
    num_clips: int = 0
    length_seconds: float = 0.0
    num_judged: int = 0
    judged_seconds: float = 0.0
    num_gone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignReport:
    """What was assigned, or withdrawn, and how it stands.

    Attributes:
        num_clips: that were looked at.
        num_new: assignments that were added; or withdrawn.
        num_kept: clips that had been assigned in this pass before, and stay so.
        num_judged: clips that were left out, as somebody has judged them in this pass.
        num_without_other: clips of a second opinion that were left out, as each reviewer who was
            named judges them in another pass.
        dry_run: nothing was changed.
        shares: of each reviewer and pass, as they are now.
    """

    num_clips: int = 0
    num_new: int = 0
    num_kept: int = 0
    num_judged: int = 0
    num_without_other: int = 0
    dry_run: bool = False
    shares: tuple[ReviewerShare, ...] = ()
