"""Match the demo's clips to what was said when, and write the table for `audioset decide --from`.

The same is done for any recording whose lines have times: a clip gets the line it overlaps most.
"""

import argparse
import csv
import json
from pathlib import Path

import pandas as pd

from audioset import open_workspace

FIELDS = ("clip_id", "text", "take", "split", "speaker", "gender", "accent")


def main() -> None:
    """Write one row per clip that holds one of the takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--speakers", type=Path, required=True, help="CSV: speaker and facts")
    parser.add_argument("--to", type=Path, required=True, help="the CSV to write")
    arguments = parser.parse_args()
    said = pd.DataFrame(json.loads(arguments.video.with_suffix(".said.json").read_text("utf-8")))
    speakers = pd.read_csv(arguments.speakers).set_index("speaker")
    folder = open_workspace().manifests_dir
    clips = pd.concat(pd.read_parquet(path) for path in sorted(folder.glob("*.parquet")))
    clips = clips[clips.source_name == arguments.video.name]
    rows = 0
    with arguments.to.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        for clip in clips.itertuples():
            overlap = said.end_seconds.clip(upper=clip.end_seconds) - said.start_seconds.clip(
                lower=clip.start_seconds
            )
            if overlap.max() <= 0:
                continue
            take = said.loc[overlap.idxmax()]
            facts = speakers.loc[take.speaker]
            split = "test" if take["take"] == said["take"].max() else "train"
            row = (
                clip.clip_id,
                take.text,
                take["take"],
                split,
                take.speaker,
                facts.gender,
                facts.accent,
            )
            writer.writerow(dict(zip(FIELDS, row, strict=True)))
            rows += 1
    print(f"{arguments.to}: {rows} of {len(clips)} clips matched")


if __name__ == "__main__":
    main()
