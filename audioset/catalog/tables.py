"""The catalog's one table of content: `decisions`, append-only.

A row is never changed, and removed only when consent is withdrawn; the newest row of a (subject,
field) holds. So the table is also the history, and people who decide at the same moment never
overwrite each other.
"""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

# SQLite numbers rows by itself only in a column that is exactly INTEGER.
_row_number = BigInteger().with_variant(Integer(), "sqlite")

decisions = Table(
    "decisions",
    metadata,
    Column("id", _row_number, primary_key=True, autoincrement=True),  # order of decisions
    Column("decided_at", DateTime(timezone=True), nullable=False),  # UTC
    Column("decided_by", String(200), nullable=False),
    Column("subject_kind", String(20), nullable=False),  # clip or speaker
    Column("subject_id", Text, nullable=False),
    Column("field", String(200), nullable=False),
    Column("value", Text, nullable=False),  # JSON: text, true, false, number or null
    Index("decisions_by_subject", "subject_kind", "subject_id", "field", "id"),
)
