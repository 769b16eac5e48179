"""Out of the workspace, and back: what a person removes is kept aside until the next publish.

`removed/` in the workspace holds the rows and the clips as a workspace of its own would, and
`removed.json` says what was removed, also after a publish let the clips go.
"""

from audioset.curation.removed.bring_back import bring_back_named, let_go
from audioset.curation.removed.change import finish_change
from audioset.curation.removed.remove import remove_clips
from audioset.curation.removed.state import read_removed

__all__ = ["bring_back_named", "finish_change", "let_go", "read_removed", "remove_clips"]
