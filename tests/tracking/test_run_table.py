"""Which runs a comparison takes, and what it says of each; against real runs on real versions."""

from datetime import datetime

import pytest

from audioset.errors import InvalidInputError, NotFoundError
from audioset.records.comparison import ComparedRun
from audioset.records.identity import VersionRef
from audioset.tracking.many_runs.run_table import collect_runs
from tests.tracking.conftest import Published
from tests.tracking.trained import VIEW, trained

__all__ = ["trained"]


def by_name(published: Published, *subjects: str) -> dict[str, ComparedRun]:
    return {
        run.name: run for run in collect_runs(subjects, published.ws.tracking, published.ws.store)
    }


def test_each_run_is_described(trained: Published) -> None:
    runs = by_name(trained, "scots")
    assert set(runs) == {"one", "two", "view", "plain", "trial"}
    one, two, view = runs["one"], runs["two"], runs["view"]
    assert (one.data, one.version, one.condition) == ("scots@v1", VersionRef("scots", 1), "")
    assert (one.num_clips, one.hours) == (3, pytest.approx(0.75 / 3600))
    assert (two.num_clips, two.num_test, one.num_test) == (3, 7, 3)
    assert (one.test, len(one.test_digest)) == ("scots@v1", 64)
    assert one.test_digest == two.test_digest
    assert (view.data, view.condition, view.num_clips) == (VIEW, "start_seconds < 0.4", 1)
    assert view.metrics == {}, "what is not finite is not a result"
    assert two.metrics == {"test_accuracy": 0.8}
    assert (two.choices, two.experiment, two.status) == (
        {"depth": "3"},
        "scots-training",
        "FINISHED",
    )
    assert [(m.name, m.version, m.aliases) for m in two.models] == [("speakers", 2, ())]
    assert one.models[0].aliases == ("champion",)
    assert datetime.fromisoformat(one.started_at) <= datetime.fromisoformat(two.started_at)


def test_a_nested_run_has_the_data_of_the_run_around_it(trained: Published) -> None:
    trial = by_name(trained, "scots")["trial"]
    assert (trial.data, trial.num_clips) == ("scots@v1", 6)
    assert trial.parent_id == by_name(trained, "scots")["plain"].run_id


@pytest.mark.parametrize(
    ("subjects", "names"),
    [
        (["of mine"], {"plain", "trial", "other"}),
        (["scots-training"], {"one", "two", "view"}),
        (["scots@v1"], {"one", "view", "plain", "trial"}),
        (["scots@prod"], {"two"}),
        (["models:/speakers"], {"one", "two"}),
        (["models:/speakers@champion"], {"one"}),
        (["models:/speakers@champion", "scots@v2"], {"one", "two"}),
    ],
)
def test_what_can_be_compared(trained: Published, subjects: list[str], names: set[str]) -> None:
    assert set(by_name(trained, *subjects)) == names


def test_runs_are_found_by_id(trained: Published) -> None:
    runs = by_name(trained, "scots")
    assert set(by_name(trained, runs["one"].run_id, runs["two"].run_id)) == {"one", "two"}


def test_the_newest_stand_first(trained: Published) -> None:
    starts = [
        run.started_at for run in collect_runs(["scots"], trained.ws.tracking, trained.ws.store)
    ]
    assert starts == sorted(starts, reverse=True)


@pytest.mark.parametrize(
    ("subject", "error", "text"),
    [
        ("nobody", NotFoundError, "no run was trained on a dataset 'nobody'"),
        ("it's", NotFoundError, "no run was trained on a dataset"),
        ("scots@v9", NotFoundError, "scots@v9 does not exist"),
        ("models:/nobody", NotFoundError, "no run registered models:/nobody"),
        ("models:/nobody@champion", NotFoundError, "has no models:/nobody@champion"),
        (VIEW, InvalidInputError, "is a view; compare the version"),
        ("f" * 32, NotFoundError, "has no run ffff"),
    ],
)
def test_what_is_not_there_is_named(
    trained: Published, subject: str, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        collect_runs([subject], trained.ws.tracking, trained.ws.store)


def test_nothing_is_made_by_asking(published: Published) -> None:
    database = published.ws.folder / "mlflow.db"
    database.unlink()
    with pytest.raises(NotFoundError, match="nothing is logged yet"):
        collect_runs(["scots"], published.ws.tracking, published.ws.store)
    assert not database.exists()
