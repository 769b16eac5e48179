"""Floor 3b: what a person needs who goes through clips: an order, rows, sound, and decisions.

`Review` is opened once and holds few columns of all clips; everything else is read when asked for.
"""

from audioset.curation.review.operations import Wanted
from audioset.curation.review.queue import QueueWish
from audioset.curation.review.review import Review
from audioset.curation.review.version_rows import spool_version

__all__ = ["QueueWish", "Review", "Wanted", "spool_version"]
