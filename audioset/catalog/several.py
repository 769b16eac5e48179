"""What several people said of the same, and who has judged what."""

from sqlalchemy import and_, func, or_, select, tuple_

from audioset.catalog.database import CatalogDatabase
from audioset.catalog.decisions import RecordedDecision
from audioset.catalog.holding import DECIDED, KEY, holding, live, recorded_rows
from audioset.catalog.tables import decisions as table
from audioset.records.assignments import Assignment
from audioset.records.split_report import SPLIT_AUTHOR

_VERDICTS = and_(table.c.subject_kind == "clip", table.c.field == "accepted")
_GIVEN = table.c.value != "null"


def said_by_several(catalog: CatalogDatabase) -> list[RecordedDecision]:
    """Give all rows of each field of which several people spoke, or somebody blind, in order.

    Raises:
        StorageError: the database cannot be reached or is not a catalog.
    """
    several = (
        select(*KEY)
        .where(table.c.decided_by != SPLIT_AUTHOR)
        .group_by(*KEY)
        .having(
            or_(func.count(table.c.decided_by.distinct()) > 1, func.max(table.c.review_pass) > 1)
        )
    )
    with catalog.reading() as connection:
        if connection is None:
            return []
        return recorded_rows(connection, tuple_(*KEY).in_(several))


def judged_by(catalog: CatalogDatabase) -> list[Assignment]:
    """Give who has given a verdict to which clip in which pass, and it stands.

    Raises:
        StorageError: the database cannot be reached or is not a catalog.
    """
    blind = and_(DECIDED, table.c.review_pass > 1)
    own_words = (table.c.subject_id, table.c.decided_by, table.c.review_pass)
    newest = select(func.max(table.c.id)).where(blind, _VERDICTS).group_by(*own_words)
    opinions = select(*own_words).where(table.c.id.in_(newest), _GIVEN)
    shared = holding(and_(live(), _VERDICTS)).where(_GIVEN)
    with catalog.reading() as connection:
        if connection is None:
            return []
        found = [(clip_id, by, 1) for _, clip_id, _, _, by, *_ in connection.execute(shared)]
        found += [tuple(row) for row in connection.execute(opinions)]
    return [Assignment(reviewer=by, clip_id=clip, review_pass=number) for clip, by, number in found]
