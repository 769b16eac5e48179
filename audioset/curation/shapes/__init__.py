"""How the clips of a source are, beside how people want them; nothing is cut here, or changed.

`shape` reads a source as it is, `plan` holds that against what people decided, and `waiting` counts
what is still to be cut. Who only asks for that loads nothing that opens sound.
"""

from audioset.curation.shapes.waiting import list_waiting

__all__ = ["list_waiting"]
