"""Chapter 2, goes on: who judges what, and how alike people judge."""

from typing import TYPE_CHECKING

from audioset.api.names import Names
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from audioset.records.agreement import AgreementReport
    from audioset.records.assignments import AssignReport, ReviewerShare


class ReviewersChapter(Names):
    """The verbs by which several people share the work of review."""

    def assign(
        self,
        *,
        to: Several[str],
        where: str | None = None,
        review_pass: int = 1,
        overlap: float = 0.0,
        by: str | None = None,
        dry_run: bool = False,
    ) -> "AssignReport":
        """Divide clips among reviewers, so that each has as much to listen to.

        Takes of a line go to one person. What is assigned stays so, and calling it again deals out
        what came since; the same clips and names always give the same. Clips that somebody has
        judged in this pass are left out. A second opinion, pass 2, goes to somebody else than the
        first.

        Args:
            to: names of reviewers, also as "mairi,ewan".
            where: SQL condition on the columns, such as "snr_db < 20"; other clips stay out.
            review_pass: 1 for the word that all share; from 2 on reviewers judge blind: what they
                say holds nowhere, but counts for the agreement, until somebody decides.
            overlap: share of the clips, 0 to 1, that a second one of the reviewers judges too,
                blind, in the next pass: the measure of how alike they judge.
            by: who assigns; the user's name when None.
            dry_run: only tell.

        Raises:
            NotFoundError: nothing was cut yet.
            InvalidInputError: a name, pass or share that cannot be, or a condition that is none.
            StorageError: the catalog cannot be reached or refused.
        """
        from audioset.curation.reviewers import assign as run

        return run(
            self.working,
            several(to),
            where=where,
            review_pass=review_pass,
            overlap=overlap,
            by=by,
            dry_run=dry_run,
        )

    def unassign(
        self,
        reviewers: Several[str],
        *,
        where: str | None = None,
        review_pass: int | None = None,
        by: str | None = None,
        dry_run: bool = False,
    ) -> "AssignReport":
        """Withdraw what was assigned to reviewers; what they have judged stays judged.

        Args:
            reviewers: their names, also as "mairi,ewan".
            where: SQL condition on the columns; other clips stay assigned.
            review_pass: of which pass; of all when None.
            by: who withdraws; the user's name when None.
            dry_run: only tell.

        Raises:
            NotFoundError: nothing is assigned to somebody of this name.
            InvalidInputError: the condition is none.
            StorageError: the catalog cannot be reached or refused.
        """
        from audioset.curation.reviewers import unassign as run

        return run(
            self.working,
            several(reviewers),
            where=where,
            review_pass=review_pass,
            by=by,
            dry_run=dry_run,
        )

    def assignments(self) -> "tuple[ReviewerShare, ...]":
        """List what is assigned to whom, and how much of it is judged; by pass, then name.

        Raises:
            StorageError: the catalog cannot be reached.
        """
        from audioset.curation.reviewers import list_shares

        return list_shares(self.working)

    def agreement(self) -> "AgreementReport":
        """Tell how alike the reviewers judge, and list where they still differ.

        Verdicts are compared by Cohen's kappa, texts by the words and characters that differ, edges
        by how far they lie apart. What counts is what each said before it was settled: a decision
        in the first pass settles a field of which reviewers said different things.

        Raises:
            StorageError: the catalog cannot be reached.
        """
        from audioset.curation.reviewers import read_agreement

        return read_agreement(self.working)
