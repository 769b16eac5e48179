"""One clip through the whole house, by the public names only. Read this test first."""

from pathlib import Path

import mlflow
from sklearn.dummy import DummyClassifier

import audioset
from tests.sounds import LINES, write_speech


def test_the_whole_way_of_a_clip(tmp_path: Path) -> None:
    # A recording in which two lines are said, three times each, cut into clips: one for each take.
    write_speech(tmp_path / "talk.wav")
    ws = audioset.init(tmp_path / "work", name="scots")
    assert ws.cut(tmp_path / "talk.wav", speaker="isla").num_clips == 6
    first, *_, last = sorted(path.stem for path in ws.clips_dir.iterdir())

    # A person writes what is said in one clip and rejects another.
    ws.decide(audioset.Decision("clip", first, "text", LINES[0]), by="editor")
    ws.decide(audioset.Decision("clip", last, "accepted", False), by="editor")
    assert (ws.describe().num_clips, ws.describe().num_rejected) == (5, 1)

    # Published: an immutable version without the rejected clip, logged as an MLflow run.
    publication = ws.publish(message="first clips")
    assert str(publication.record.ref) == "scots@v1"
    assert ws.publish().unchanged

    # Opened for training: samples and text of each clip. The run pins the version.
    with ws.training_run("scots@v1") as pin:
        clips = [clip for batch in ws.open("scots@v1").batches(clips=2, seed=7) for clip in batch]
        assert LINES[0] in [clip.row.text for clip in clips]
        model = DummyClassifier().fit([clip.samples[:1] for clip in clips], [0, 1, 0, 1, 0])
        mlflow.sklearn.log_model(
            model, name="model", registered_model_name="greeter", pip_requirements=["scikit-learn"]
        )
    assert pin.digest == publication.record.digest

    # From the version to its models, and from the model back to its exact clips.
    assert [model.name for model in ws.lineage("scots@v1").models] == ["greeter"]
    (consumed,) = ws.clips_behind("models:/greeter/1").versions
    assert (str(consumed.version), consumed.num_consumed) == ("scots@v1", 5)
