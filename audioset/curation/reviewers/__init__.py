"""Floor 3b: who judges what, and how alike people judge."""

from audioset.curation.reviewers.agreement import read_agreement
from audioset.curation.reviewers.assign import assign, list_shares, unassign
from audioset.curation.reviewers.text_edits import TextEdits

__all__ = ["TextEdits", "assign", "list_shares", "read_agreement", "unassign"]
