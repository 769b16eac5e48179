"""The way of a clip: python walk.py FOLDER [whole]. No guard here, and no line runs twice."""

import socket
import sys
from pathlib import Path

import audioset

FOLDER, WHOLE = Path(sys.argv[1]), "whole" in sys.argv[2:]
ws = audioset.init(FOLDER)
print("begun")  # noqa: T201
report = ws.cut(
    [FOLDER / "Köln.wav", FOLDER / "b.wav"],
    options={"by": "windows", "every_seconds": 1.0},
    workers=2,
)
assert report.num_clips == 6, report
assert ws.cut(FOLDER / "b.wav", options={"by": "windows", "every_seconds": 1.0}).num_clips == 3
assert ws.describe().num_clips == 6
assert ws.check() is not None
clip = next(path.stem for path in sorted(ws.clips_dir.glob("*.flac")))
ws.decide(audioset.Decision("clip", clip, "text", "the kettle is on"), by="mairi")
first = ws.publish(track=WHOLE)
assert first.tracking_error is None
ws.decide(audioset.Decision("clip", clip, "text", "the kettle's on"), by="mairi")
second = ws.publish(track=WHOLE)
assert (first.record.version, second.record.version, second.uploaded_bytes) == (1, 2, 0)
for reference in ("scots@v1", "scots@v2"):
    ws.alias("prod", reference)
assert [str(alias.version) for alias in ws.aliases()] in (["scots@v2"], ["2"]), ws.aliases()
assert sum(map(len, ws.open("scots@prod").batches(clips=4))) == 6
assert not ws.verify("scots@v2").problems
if WHOLE:
    with ws.training_run("scots@v2"):
        list(ws.open("scots@v2").batches(clips=4))
    assert [each.known_by for each in ws.lineage_of_clip(clip).runs] == ["receipt"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ws.ui(port=port) as pages:
        served = pages.process
        assert served is not None
        assert served.poll() is None
    assert served.poll() is not None
    trial = FOLDER / "trial.py"
    trial.write_text("import sys, mlflow\nmlflow.log_metric('score', float(sys.argv[-1]))\n")
    options = audioset.SearchOptions(metric="score", direction="min", trials=2)
    found = ws.search([str(trial)], {"x": "0..5"}, options)
    assert {each.state for each in found.trials} == {"done"}, found
print("arrived")  # noqa: T201
