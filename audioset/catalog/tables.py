"""The catalog's table of content: `decisions`, to which rows are only added.

A row is never changed, and removed only when consent is withdrawn. Of a (subject, field) the newest
row holds that is a decision, was not retracted and is no blind opinion. So the table is also the
history, and people who decide at the same moment never overwrite each other.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

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
    Column("op_id", Text, nullable=False),  # rows of one operation share it
    Column("retracts", Text, nullable=True),  # op_id of what holds no more, for this key
    Column("review_pass", Integer, nullable=True),  # from 2 on, an opinion that does not hold
    Column("heard_share", Double, nullable=True),  # 0 to 1
    Index("decisions_by_subject", "subject_kind", "subject_id", "field", "id"),
    Index("decisions_by_operation", "op_id", "subject_kind", "subject_id", "field", unique=True),
    Index(
        "decisions_by_retracted",
        "retracts",
        "subject_kind",
        "subject_id",
        "field",
        sqlite_where=text("retracts IS NOT NULL"),
        postgresql_where=text("retracts IS NOT NULL"),
    ),
)

# Rows are only added here too; of the same reviewer, clip and pass the newest moment holds.
assignments = Table(
    "assignments",
    metadata,
    Column("id", _row_number, primary_key=True, autoincrement=True),
    Column("assigned_at", DateTime(timezone=True), nullable=False),  # UTC
    Column("assigned_by", String(200), nullable=False),
    Column("reviewer", String(200), nullable=False),
    Column("clip_id", Text, nullable=False),
    Column("review_pass", Integer, nullable=False),  # from 1
    Column("withdrawn", Boolean, nullable=False),
    Index("assignments_by_clip", "clip_id"),
)
