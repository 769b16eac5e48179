"""One clip through the whole house, by the public names only. Read this test first."""

from pathlib import Path

import pytest

import audioset
from tests.sounds import LINES, write_speech


def test_the_whole_way_of_a_clip(tmp_path: Path) -> None:
    # A recording in which two lines are said, three times each.
    said = write_speech(tmp_path / "talk.wav")

    # A workspace, and the recording cut into clips: one for each take.
    workspace = audioset.init(tmp_path / "work", name="scots")
    report = workspace.cut([tmp_path / "talk.wav"], facts={"speaker": "isla"})
    assert report.num_clips == len(said) == 6

    # A person writes what is said in one clip and rejects another.
    clip_ids = sorted(path.stem for path in workspace.clips_dir.iterdir())
    workspace.decide(
        [
            audioset.Decision("clip", clip_ids[0], "text", LINES[0]),
            audioset.Decision("clip", clip_ids[5], "accepted", False),
        ],
        by="editor",
    )

    # What is there?
    description = workspace.describe()
    assert (description.num_clips, description.num_rejected) == (5, 1)
    seconds = description.total_seconds + description.rejected_seconds
    assert seconds == pytest.approx(report.length_seconds)

    # Published: an immutable version without the rejected clip, logged as an MLflow run.
    publication = workspace.publish(message="first clips")
    assert str(publication.record.ref) == "scots@v1"
    assert publication.record.num_clips == 5
    assert publication.run_id
    assert workspace.publish().unchanged

    # Opened for training: the samples of each clip, with what people decided.
    version = workspace.open("scots@v1")
    clip = version[clip_ids[0]]
    assert clip.samples.shape == (clip.row.num_samples,)
    assert clip.row.text == LINES[0]
    assert clip.row.text_source == "human"
    batches = list(version.batches(clips=2, seed=7))
    assert sorted(c.row.clip_id for batch in batches for c in batch) == clip_ids[:5]

    # A training run pins the version; the model it registers is linked to it.
    import mlflow
    from sklearn.dummy import DummyClassifier

    with workspace.training_run("scots@v1") as pin:
        model = DummyClassifier().fit([[clip.row.length_seconds] for clip in batches[0]], [0, 1])
        mlflow.sklearn.log_model(model, name="model", registered_model_name="greeter")
        run = mlflow.active_run()
        assert run is not None
    assert pin.digest == publication.record.digest
    mlflow.MlflowClient().set_registered_model_alias("greeter", "champion", "1")

    # From the version to its models, and from the model back to its exact clips.
    forward = workspace.lineage("scots@v1")
    assert [(m.name, m.version, m.aliases) for m in forward.models] == [
        ("greeter", 1, ("champion",))
    ]
    back = workspace.lineage("models:/greeter@champion")
    assert [r.run_id for r in back.runs] == [run.info.run_id]
    (heard,) = back.versions
    assert heard.pin.digest == publication.record.digest
    assert heard.num_clips == 5
