"""Consent withdrawn: the recordings are nowhere, everything else is as it was."""

import shutil
import warnings
from importlib import import_module
from pathlib import Path

import mlflow
import pyarrow.compute as pc
import pytest

import audioset
from audioset.catalog.decisions import Decision
from audioset.errors import ConflictError, InvalidInputError, NotFoundError, WithdrawnWarning
from audioset.storage.store import Store, open_store
from audioset.tracking.run.pins import pinned_run
from audioset.versions.read.resolve import list_versions, read_version
from audioset.workspace import Workspace
from tests.servers import s3_url
from tests.tracking.test_lineage import register_model
from tests.versions.publishing import publish as publish_rows
from tests.versions.publishing import stored_objects, with_value, working_table
from tests.workspaces import add_source, make_workspace

# The module: the entrance of the room gives the verb of the same name.
forgetting = import_module("audioset.versions.forget.forget")

__all__ = ["s3_url"]
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]


# Of most tests the second store only repeats the first: those that ask it for more name both.
ON_EACH_STORE = pytest.mark.parametrize("ws", ["local", "s3"], indirect=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions: ada speaks in v2 and v3, ben in all, cat in v3 only; small shards."""
    made = make_workspace(tmp_path_factory.mktemp("forget") / "scots", sources=0)
    for number, speaker in enumerate(["ben", "ada", "cat"], 1):
        add_source(made, f"talk {number}.mp4", 10, speaker=speaker, text="words of " + speaker)
        publish_rows(made)
    return made.folder


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.slow)])
def ws(
    request: pytest.FixtureRequest, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """A copy of the workspace, its store on the disk or on a server."""
    folder = tmp_path / "scots"
    shutil.copytree(made, folder)
    monkeypatch.setenv("AUDIOSET_WORKSPACE", str(folder))
    if request.param == "s3":
        url = request.getfixturevalue("s3_url")
        for key, data in stored_objects(open_store(str(folder / "store"))).items():
            open_store(url).put_new(key, data)
        shutil.rmtree(folder / "store")
        monkeypatch.setenv("AUDIOSET_STORE", url)
    return audioset.open_workspace()


def flacs_of(ws: Workspace, speaker: str) -> dict[str, bytes]:
    rows = working_table(ws)
    ids = rows.filter(pc.equal(rows["speaker"], speaker))["clip_id"].to_pylist()
    return {clip_id: (ws.clips_dir / f"{clip_id}.flac").read_bytes() for clip_id in ids}


def everything(store: Store) -> bytes:
    return b"".join(stored_objects(store).values())


@ON_EACH_STORE
def test_the_recordings_are_nowhere_and_all_others_are_as_they_were(ws: Workspace) -> None:
    store = open_store(ws.settings.store)
    gone, kept = (
        flacs_of(ws, "ada"),
        {**flacs_of(ws, "ben"), **flacs_of(ws, "cat")},
    )
    digests = {
        clip_id: pcm
        for record in list_versions(store, "scots")
        for clip_id, pcm in zip(
            *[read_version(store, record)[name].to_pylist() for name in ("clip_id", "pcm_sha256")],
            strict=True,
        )
    }
    assert all(flac in everything(store) for flac in gone.values())
    report = audioset.open_workspace().forget(
        speaker="ada", message="withdrawn by letter", yes=True
    )
    assert report.num_working_removed == 10

    left = everything(store)
    assert not any(flac in left for flac in gone.values())
    assert not any(clip_id.encode() in left for clip_id in gone)
    assert b"words of ada" not in left
    assert all(flac in left for flac in kept.values())
    assert not list(ws.clips_dir.glob("talk-2*"))

    records = list_versions(store, "scots")
    assert [(r.version, r.num_clips, r.num_withdrawn) for r in records] == [
        (1, 10, 0),
        (2, 10, 10),
        (3, 20, 10),
        (4, 20, 0),
    ]
    for record in records:
        rows = read_version(store, record)
        assert set(rows["speaker"].to_pylist()) <= {"ben", "cat"}
        for clip_id, pcm in zip(
            rows["clip_id"].to_pylist(), rows["pcm_sha256"].to_pylist(), strict=True
        ):
            assert digests[clip_id] == pcm


def test_a_pinned_old_version_opens_without_them_and_says_so(ws: Workspace) -> None:
    pinned = audioset.open_workspace().write_pin("scots@v3", ws.folder / "scots.pin.json")
    audioset.open_workspace().forget(speaker="ada", yes=True)
    with pytest.warns(WithdrawnWarning, match=r"10 clips were withdrawn from scots@v3"):
        dataset = audioset.open(pinned)
    heard = [clip.row.speaker for batch in dataset.batches(seconds=1, seed=1) for clip in batch]
    assert sorted(heard) == ["ben"] * 10 + ["cat"] * 10
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        audioset.open("scots@v1")
        audioset.open("scots@v4")


def test_a_dry_run_changes_nothing(ws: Workspace) -> None:
    store = open_store(ws.settings.store)
    before = stored_objects(store)
    report = audioset.open_workspace().forget(speaker="ada")
    assert report.forgotten == ()
    (plan,) = report.radius.plans
    assert [(str(v.record.ref), len(v.clip_ids)) for v in plan.versions] == [
        ("scots@v2", 10),
        ("scots@v3", 10),
    ]
    assert stored_objects(store) == before
    assert report.radius.num_working == 10


def test_the_blast_radius_is_the_truth(ws: Workspace) -> None:
    """3 versions, 4 runs, 2 models: ada is in v2 and v3."""
    records = list_versions(open_store(ws.settings.store), "scots")
    runs = {}
    for name, record, model in [
        ("on v1", records[0], "plain"),
        ("on v2", records[1], None),
        ("on v3", records[2], "accent"),
        ("on v3 again", records[2], None),
    ]:
        with pinned_run(record, ws.tracking, ws.store, ws.split_options, run_name=name):
            run = mlflow.active_run()
            assert run is not None
            runs[name] = run.info.run_id
            if model:
                register_model(model)
    client = mlflow.MlflowClient(ws.settings.tracking)
    client.set_registered_model_alias("accent", "champion", "1")
    client.set_registered_model_alias("plain", "champion", "1")
    radius = audioset.open_workspace().forget(speaker="ada").radius
    assert {str(v.record.ref) for plan in radius.plans for v in plan.versions} == {
        "scots@v2",
        "scots@v3",
    }
    found = {run.run_id for lineage in radius.lineages for run in lineage.runs}
    assert found == {runs["on v2"], runs["on v3"], runs["on v3 again"]}
    models = {(m.name, m.version, m.aliases) for li in radius.lineages for m in li.models}
    assert models == {("accent", 1, ("champion",))}


def test_withdrawn_clips_are_not_published_again(ws: Workspace) -> None:
    rows = working_table(ws)
    flacs = flacs_of(ws, "ada")
    audioset.open_workspace().forget(speaker="ada", yes=True)
    for clip_id, flac in flacs.items():
        (ws.clips_dir / f"{clip_id}.flac").write_bytes(flac)
    again = publish_rows(ws, rows)
    assert (again.unchanged, again.num_left_out, str(again.ref)) == (True, 10, "scots@v4")
    more = publish_rows(ws, with_value(rows, 0, "text", "new"))
    assert (more.record.num_clips, more.num_left_out) == (20, 10)
    assert not any(flac in everything(open_store(ws.settings.store)) for flac in flacs.values())


def test_a_source_that_is_cut_otherwise_does_not_bring_her_back(ws: Workspace) -> None:
    audioset.open_workspace().forget(speaker="ada", yes=True)
    anew = add_source(ws, "talk 2.mp4", 8, seconds=0.4, speaker="ada")
    flacs = flacs_of(ws, "ada")
    add_source(ws, "talk 4.mp4", 1, speaker="dan")
    made = publish_rows(ws)
    assert (made.num_left_out, made.num_cut_anew) == (8, 8)
    assert len(anew) == len(flacs) == 8
    rows = read_version(open_store(ws.settings.store), made.record)
    assert set(rows["speaker"].to_pylist()) == {"ben", "cat", "dan"}
    left = everything(open_store(ws.settings.store))
    assert not any(flac in left for flac in flacs.values())
    changes = ws.diff("scots@v4")
    assert (changes.after.num_withdrawn, changes.after.num_clips) == (8, 21)


def test_a_source_is_withdrawn_with_what_was_never_cut_from_it(ws: Workspace) -> None:
    (source_id,) = {path.stem for path in ws.manifests_dir.glob("talk-2*")}
    audioset.open_workspace().forget(source=source_id, yes=True)
    add_source(ws, "talk 2.mp4", 40, seconds=0.4, speaker="ada")
    assert publish_rows(ws).num_left_out == 40


def test_one_withdrawn_clip_leaves_the_rest_of_its_source(ws: Workspace) -> None:
    first = min(flacs_of(ws, "ada"))
    audioset.open_workspace().forget(clip=first, yes=True)
    add_source(ws, "talk 2.mp4", 8, seconds=0.4, speaker="ada")
    made = publish_rows(ws)
    assert (made.num_cut_anew, made.record.num_clips) == (1, 27)


@ON_EACH_STORE
def test_describe_and_split_count_what_the_next_publish_takes(ws: Workspace) -> None:
    audioset.open_workspace().forget(speaker="ada", yes=True)
    add_source(ws, "talk 2.mp4", 8, seconds=0.4, speaker="ada")
    description, report = audioset.open_workspace().describe(), audioset.open_workspace().split()
    is_local = open_store(ws.settings.store).is_local
    assert (description.num_clips, description.num_withdrawn) == ((20, 8) if is_local else (28, 0))
    assert report.num_withdrawn == 8
    assert sum(total.num_clips for total in report.certificate.splits) == 20
    assert not any(change.clip_id.startswith("talk-2") for change in report.changes)
    assert (
        audioset.open_workspace().describe("scots@v4").num_clips,
        audioset.open_workspace().describe("scots@v4").num_withdrawn,
    ) == (20, 0)


def test_what_was_cut_and_never_published_is_not_published_later(ws: Workspace) -> None:
    add_source(ws, "talk 4.mp4", 5, speaker="eve")
    report = audioset.open_workspace().forget(speaker="eve", yes=True)
    (done,) = report.forgotten
    assert done.withdrawal is not None
    assert done.withdrawal.versions == ()
    assert report.num_working_removed == 5
    add_source(ws, "talk 4.mp4", 5, speaker="eve")
    add_source(ws, "talk 5.mp4", 3, seconds=0.4, speaker="dan")
    assert publish_rows(ws).num_left_out == 5
    assert len(audioset.open("scots@v4")) == 33


def test_one_clip_and_then_the_rest_of_its_speaker(ws: Workspace) -> None:
    store = open_store(ws.settings.store)
    first = min(flacs_of(ws, "ada"))
    gone = flacs_of(ws, "ada")
    audioset.open_workspace().forget(clip=first, yes=True)
    assert gone[first] not in everything(store)
    assert [r.num_withdrawn for r in list_versions(store, "scots")] == [0, 1, 1, 0]
    audioset.open_workspace().forget(speaker="ada", yes=True)
    assert not any(flac in everything(store) for flac in gone.values())
    assert [(r.num_clips, r.num_withdrawn) for r in list_versions(store, "scots")] == [
        (10, 0),
        (10, 10),
        (20, 10),
        (20, 9),
        (20, 0),
    ]


def test_what_was_decided_about_them_is_erased(ws: Workspace) -> None:
    ada, ben = min(flacs_of(ws, "ada")), min(flacs_of(ws, "ben"))
    for clip_id in (ada, ben):
        audioset.open_workspace().decide([Decision("clip", clip_id, "text", "decided words")])
    audioset.open_workspace().decide([Decision("speaker", "ada", "accent", "govan")])
    audioset.open_workspace().forget(speaker="ada", yes=True)
    with pytest.raises(NotFoundError):
        audioset.open_workspace().history(ada)
    with pytest.raises(NotFoundError):
        audioset.open_workspace().history("ada", subject_kind="speaker")
    assert len(audioset.open_workspace().history(ben)) == 1


@pytest.mark.parametrize("step", ["put_new", "delete", "commit"])
def test_one_that_was_broken_off_is_completed_by_the_next(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store, gone = open_store(ws.settings.store), flacs_of(ws, "ada")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(forgetting if step == "commit" else type(store), step, stop)
        with pytest.raises(KeyboardInterrupt):
            audioset.open_workspace().forget(speaker="ada", yes=True)
    for record in list_versions(store, "scots"):
        assert read_version(store, record).num_rows == record.num_clips
    audioset.open_workspace().forget(speaker="ada", yes=True)
    assert not any(flac in everything(store) for flac in gone.values())
    assert [r.version for r in list_versions(store, "scots")] == [1, 2, 3, 4]


def test_a_version_published_meanwhile_is_noticed(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = with_value(working_table(ws), 0, "text", "new")
    put = forgetting._put

    def publish_first(store: Store, withdrawal: object) -> None:
        publish_rows(ws, rows)
        put(store, withdrawal)  # type: ignore[arg-type]

    monkeypatch.setattr(forgetting, "_put", publish_first)
    with pytest.raises(ConflictError, match=r"scots@v4 was published meanwhile"):
        audioset.open_workspace().forget(speaker="ada", yes=True)
    monkeypatch.setattr(forgetting, "_put", put)
    gone = flacs_of(ws, "ada")
    audioset.open_workspace().forget(speaker="ada", yes=True)
    assert not any(flac in everything(open_store(ws.settings.store)) for flac in gone.values())


def test_nobody_of_that_name_and_no_clear_wish(ws: Workspace) -> None:
    with pytest.raises(NotFoundError, match="no clip of speaker 'eve'"):
        audioset.open_workspace().forget(speaker="eve")
    for wish in ({}, {"speaker": "ada", "clip": "x"}):
        with pytest.raises(InvalidInputError, match="one of speaker, clip and source"):
            audioset.open_workspace().forget(**wish)  # type: ignore[arg-type]
