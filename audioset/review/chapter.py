"""The chapter of the review page: the one verb that starts it."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Reference
from audioset.api.review_room import ReviewRoom
from audioset.errors import InvalidInputError
from audioset.settings import user_name

if TYPE_CHECKING:
    from audioset.review.serve import ServedReview


class ReviewPageChapter(ReviewRoom):
    """The verb by which people go through clips in a browser."""

    def review(
        self,
        version: Reference | None = None,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        token_file: str | Path | None = None,
        by: str | None = None,
        where: str | None = None,
        order: str = "worst",
        review_pass: int | None = None,
        blind: bool = False,
        assigned: bool = True,
        open: bool | None = None,
    ) -> "ServedReview":
        """Start the page on which people listen to clips, judge and correct them.

        What they decide goes into the catalog at once, with who and when.

        Args:
            version: a version or view to review, such as `scots@v3`, whose audio is read where it
                lies; the working clips when None.
            port: to listen at; 0 takes the one of the last time, or a free one.
            host: address to listen at. Other than this machine's own only with a `token_file`.
            token_file: file with the token that opens the page; a new token when None.
            by: who decides; the user's name when None.
            where: SQL condition on the columns: which clips are shown first.
            order: "worst" first, or a column, perhaps with ` desc` after it.
            review_pass: 1 for the word that all share, and holds; from 2 on the reviewer is blind,
                sees nothing of what others said, and what is said holds nowhere until somebody
                decides. 1 when None.
            blind: judge blind: pass 2 where no pass is given.
            assigned: begin with the clips that are assigned to the reviewer in this pass, where
                there are any; else with all.
            open: open the page in a browser; None does so at a terminal with a desktop.

        Returns:
            The running review: `url` to open, `wait()` until Ctrl-C. A context manager. In a
            notebook it shows the link to the page, and goes on until `stop()`.

        Raises:
            NotFoundError: no such version.
            InvalidInputError: there is no clip, the pass, the condition, the order or the token
                cannot be used, or the port is taken.
            StorageError: a manifest, the catalog or the store cannot be read.
        """
        from audioset.curation.review import QueueWish
        from audioset.review.browser import open_browser
        from audioset.review.security import make_token
        from audioset.review.serve import serve

        wish = QueueWish(where=where, order=order, whose="mine" if assigned else "all")
        number = review_pass or (2 if blind else 1)
        if number < 1 or (blind and number == 1):
            raise InvalidInputError(
                f"pass {number} is no blind one: passes count from 1, and are blind from 2 on"
            )
        token = make_token(token_file, host)
        with ExitStack() as stack:
            reviewer = by or user_name()
            review = stack.enter_context(
                self._opened_review(version, reviewer=reviewer, review_pass=number)
            )
            review.begin_with(wish)
            served = serve(
                review,
                host=host,
                port=port,
                token=token,
                home=self.folder,
                is_new_token=token_file is None,
            )
            served.at_end(stack.pop_all())
        open_browser(served.url, wanted=open)
        return served
