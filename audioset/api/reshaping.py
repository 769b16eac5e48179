"""Chapter 2b: clips as people want them: edges moved, clips made, split and merged."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from audioset.api.names import Names
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from audioset.catalog.decisions import DecisionKey
    from audioset.curation.reshape import Reshaper
    from audioset.records.reshape_report import ReshapeReport


class ReshapingChapter(Names):
    """The verbs by which people say which clips there are.

    Each is one operation: it is decided, and then the clips concerned are cut from their source,
    just as `cut` would cut them there. All else stays byte for byte. Where the source is not found
    here, the decision stands and waits for the next cut of it; the report says so.
    """

    def move_edges(
        self,
        clip_id: str,
        start_sample: int | None = None,
        end_sample: int | None = None,
        *,
        start_seconds: float | None = None,
        end_seconds: float | None = None,
        overlap: bool = False,
        by: str | None = None,
        op_id: str | None = None,
        expected: "Mapping[DecisionKey, int | None] | None" = None,
    ) -> "ReshapeReport":
        """Move the edges of a clip; what was said of it and decided about it stays with it.

        Its id becomes another one, since ids hold times. What is measured is that of the new clip.

        Args:
            clip_id: of a working clip; an id that it had before will do.
            start_sample: first sample in the source, at the source's own rate; None keeps it.
            end_sample: first sample after the clip; None keeps it.
            start_seconds, end_seconds: the same in seconds from the first sample of the source.
            overlap: let it hold speech of another clip that is not rejected, more than a breath.
            by: who decides; the user's name when None.
            op_id: of the operation: repeated under the same one, it is decided once.
            expected: rows of the catalog that held when the person looked, as for `decide`.

        Raises:
            NotFoundError: no such clip, or its source was not cut here.
            InvalidInputError: the edges do not lie in the source, another clip lies just there, or
                one would share more speech with it than before.
            ConflictError: somebody else decided meanwhile.
            StorageError: the workspace or the catalog cannot be written.
        """
        from audioset.curation.reshape import EdgesWish

        wish = EdgesWish(
            start_sample=start_sample,
            end_sample=end_sample,
            start_seconds=start_seconds,
            end_seconds=end_seconds,
        )
        return self._reshaper(by, op_id, expected).move_edges(clip_id, wish, overlap=overlap)

    def make_clip(
        self,
        source_id: str,
        start_sample: int | None = None,
        end_sample: int | None = None,
        *,
        start_seconds: float | None = None,
        end_seconds: float | None = None,
        text: str | None = None,
        line: int | None = None,
        take: int | None = None,
        channel: int | None = None,
        by: str | None = None,
        op_id: str | None = None,
    ) -> "ReshapeReport":
        """Make a clip where a source has none, such as of speech that is in no line.

        It has the facts that all other clips of the source share; the report's notes say which.

        Args:
            source_id: of a source that was cut.
            start_sample, end_sample, start_seconds, end_seconds: as for `move_edges`.
            text: what is said.
            line, take: number of the line in the transcript, and which of its takes it is.
            channel: number of the source's channel, where its clips hold several.
            by, op_id: as for `move_edges`.

        Raises:
            NotFoundError: no such source was cut here.
            InvalidInputError: the edges do not lie in the source, or a clip lies there already.
            MediaError: the source cannot be used.
            StorageError: the workspace or the catalog cannot be written.
        """
        from audioset.curation.reshape import EdgesWish

        wish = EdgesWish(
            start_sample=start_sample,
            end_sample=end_sample,
            start_seconds=start_seconds,
            end_seconds=end_seconds,
        )
        given = {"text": text, "line": line, "take": take}
        said = {name: value for name, value in given.items() if value is not None}
        reshaper = self._reshaper(by, op_id, None)
        return reshaper.make_clip(source_id, wish, said, channel=channel)

    def split_clip(
        self,
        clip_id: str,
        at_sample: int | None = None,
        *,
        at_seconds: float | None = None,
        texts: Several[str] = (),
        by: str | None = None,
        op_id: str | None = None,
        expected: "Mapping[DecisionKey, int | None] | None" = None,
    ) -> "ReshapeReport":
        """Split a clip in two; facts and side are those of the whole, and nobody judged them yet.

        Args:
            clip_id: of a working clip.
            at_sample: of the source: the first of the second clip.
            at_seconds: the same in seconds from the first sample of the source.
            texts: of the first and the second; without, they have none.
            by, op_id, expected: as for `move_edges`.

        Raises:
            As `move_edges`.
        """
        from audioset.curation.reshape import EdgesWish

        at = EdgesWish(end_sample=at_sample, end_seconds=at_seconds)
        return self._reshaper(by, op_id, expected).split_clip(clip_id, at, several(texts))

    def merge_clips(
        self,
        clip_ids: Several[str],
        *,
        by: str | None = None,
        op_id: str | None = None,
        expected: "Mapping[DecisionKey, int | None] | None" = None,
    ) -> "ReshapeReport":
        """Merge clips of one source to one, from the first start to the last end.

        Texts are joined in order of time, where each has one; facts that all share stay.

        Args:
            clip_ids: two or more, with no other clip between.
            by, op_id, expected: as for `move_edges`.

        Raises:
            As `move_edges`.
            InvalidInputError: also where the clips are of several sources or channels, or of
                different sides of a split, or another clip lies between.
        """
        return self._reshaper(by, op_id, expected).merge_clips(several(clip_ids))

    def _reshaper(
        self,
        by: str | None,
        op_id: str | None,
        expected: "Mapping[DecisionKey, int | None] | None",
    ) -> "Reshaper":
        from audioset.curation.reshape import Reshaper

        return Reshaper(working=self.working, by=by, op_id=op_id, expected=expected)
