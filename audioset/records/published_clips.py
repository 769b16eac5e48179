"""What the versions of a dataset say of the working clips, and the clips that only they hold."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class PublishedClips:
    """All clips that versions ever held, without a second copy of those that are here.

    Attributes:
        first_versions: of each working clip the number of the first version that holds it, -1
            where none does; int32, shape (working clips,).
        splits: of each working clip that of the latest version in which it has one; string.
        gone: the other clips in the order of their ids: the row of the latest version that holds
            it, but for `split`, which is as above, and `first_version` (int32).
    """

    first_versions: "NDArray[np.int32]"
    splits: "pa.Array"
    gone: "pa.Table"
