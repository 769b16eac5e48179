"""What is new about a source as a file: another name or folder, a copy, or other bytes."""

from dataclasses import dataclass
from typing import Literal

# renamed, moved: its bytes lie under another name, or in another folder. copy: they lie in this
# file as well. imported: they are a clip already, taken whole. changed: other bytes lie where it
# lay, and it is still here. replaced: other bytes took its place, and it left the workspace.
# namesake: another recording has its name, and this machine has not seen where it lay.
NewsKind = Literal["renamed", "moved", "copy", "imported", "changed", "replaced", "namesake"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNews:
    """What is new about a source that the workspace has already.

    Attributes:
        kind: "renamed", "moved", "copy", "imported", "changed", "replaced" or
            "namesake".
        source_id: of the source that it is about.
        name: file name under which that was first cut or imported.
        was: where that lay before; None when this machine does not know.
    """

    kind: NewsKind
    source_id: str
    name: str
    was: str | None = None

    def sentence(self, now: str) -> str:
        """Say it in one sentence.

        Args:
            now: the file as it is shown.
        """
        return {
            "renamed": f"{now} is {self.name} under a new name: its clips stay",
            "moved": f"{now} lay in another folder before: its clips stay",
            "copy": f"{now} holds the same recording as {self.name}: it is cut once",
            "imported": f"{now} is a clip already, imported as {self.name}: it is not cut",
            "changed": f"{now} holds another recording than the one that was cut as {self.name}",
            "namesake": f"{now} is another recording than {self.name} that was cut before "
            f"({self.source_id}), which was not seen on this machine",
            "replaced": f"{now} takes the place of {self.name} ({self.source_id})",
        }[self.kind]
