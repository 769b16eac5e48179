"""Where the studies of searches are kept: a file of the workspace, or the team's PostgreSQL."""

from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from audioset.errors import StorageError
from audioset.hiding import hide, hide_in_error

_FILE_NAME = "studies.db"
# Of its own: Optuna and MLflow both keep a table `alembic_version`.
_SCHEMA = "audioset_studies"


def studies_url(catalog: str, folder: Path) -> str:
    """Give the SQLAlchemy URL of the studies; on PostgreSQL their schema is made when missing.

    A team whose catalog is on PostgreSQL shares its studies there.

    Args:
        catalog: SQLAlchemy URL of the catalog.
        folder: of the workspace.

    Raises:
        StorageError: the database cannot be reached or refused.
    """
    if not catalog.startswith("postgresql"):
        return f"sqlite:///{folder / _FILE_NAME}"
    url = make_url(catalog)
    try:
        with create_engine(url, poolclass=NullPool).begin() as connection:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}"))
    except (SQLAlchemyError, ImportError) as error:
        hide_in_error(error, catalog)
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise StorageError(
            f"studies at {hide(catalog, catalog)}: {reason}; check `catalog`"
        ) from error
    own = url.update_query_dict({"options": f"-csearch_path={_SCHEMA}"})
    return own.render_as_string(hide_password=False)
