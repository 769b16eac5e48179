"""A team's studies lie in its PostgreSQL, beside MLflow's tables and without touching them."""

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from audioset.errors import StorageError
from audioset.experiments.search.space import TrialCommand, parse_param
from audioset.experiments.search.study import open_study
from audioset.records.search_report import SearchOptions, SearchTrial
from tests.experiments.conftest import Trainer
from tests.postgresql import postgresql_url
from tests.workspaces import changed

__all__ = ["postgresql_url"]

COMMAND = TrialCommand(("fit.py",), (parse_param("x", "0..5"), parse_param("kind", "a,b")))
OPTIONS = SearchOptions(metric="score")


@pytest.mark.slow
def test_a_study_goes_on_in_postgresql(trainer: Trainer, postgresql_url: str) -> None:
    engine = create_engine(postgresql_url, poolclass=NullPool)
    with engine.begin() as connection:  # as MLflow has it
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of MLflow')"))
    ws = changed(trainer.ws, catalog=postgresql_url)
    with open_study("fit", COMMAND, OPTIONS, ws.working) as study:
        study.run_id = "f" * 32
        begun = study.ask()
        study.note(begun, "e" * 32, process=1)
        ended = SearchTrial(
            number=begun.number,
            state="done",
            value=0.5,
            params=begun.params,
            run_id="e" * 32,
            seconds=1.0,
        )
        study.tell(ended)
    with open_study("fit", COMMAND, OPTIONS, ws.working) as study:
        assert (study.run_id, study.ended(), study.lost()) == ("f" * 32, (ended,), [])
    assert inspect(engine).get_table_names() == ["alembic_version"]
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "of MLflow"


def test_a_database_that_does_not_answer_is_told_without_its_password(trainer: Trainer) -> None:
    url = "postgresql+psycopg://me:hunter2@127.0.0.1:1/none"
    ws = changed(trainer.ws, catalog=url)
    with (
        pytest.raises(StorageError, match="studies at postgresql") as raised,
        open_study("fit", COMMAND, OPTIONS, ws.working),
    ):
        pass
    assert "hunter2" not in str(raised.value)
