"""Floor 3a: tables of facts about clips that are there: which row means which file, and what of it.

`beside` finds the table, `load` reads its rows, `layout` finds the columns, `read` makes values.
`named_files` finds files by what a table calls them, `close_names` by misspellings.
"""

from audioset.documents.facts.beside import find_facts_table
from audioset.documents.facts.named_files import NamedFiles
from audioset.documents.facts.read import FactsRow, FactsTable, read_facts_table

__all__ = ["FactsRow", "FactsTable", "NamedFiles", "find_facts_table", "read_facts_table"]
