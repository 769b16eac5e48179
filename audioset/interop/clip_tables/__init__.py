"""Floor 4: tables of clips, both ways: written for people to edit, and read as their decisions.

What a person changed is known by what was written (`base.py`), which a workbook carries in a hidden
sheet, and the workspace remembers.
"""

from audioset.interop.clip_tables.decide import decide_table
from audioset.interop.clip_tables.export import export_table

__all__ = ["decide_table", "export_table"]
