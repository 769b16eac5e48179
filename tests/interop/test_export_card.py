"""The README of an export is the dataset card of the clips that are in it."""

from pathlib import Path

import yaml

from tests.workspaces import add_source, make_workspace

WORDS = "We asked friends for tales."


def test_an_export_carries_the_card_of_its_clips_and_the_authors_words(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=2)
    add_source(ws, "c.mp4", 1, speaker="isla", licence="CC-BY-4.0", language="gd")
    ws.publish(track=False)
    (ws.folder / "card.md").write_text(f"---\ntags: [tales]\n---\n{WORDS}\n", encoding="utf-8")
    ws.export("huggingface", "scots@v1", tmp_path / "out", where="speaker = 'isla'")
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    told = yaml.safe_load(front)
    assert (told["license"], told["language"], told["tags"]) == ("cc-by-4.0", ["gd"], ["tales"])
    assert [each["split"] for each in told["configs"][0]["data_files"]] == ["unsplit"]
    assert WORDS in body
    assert "| **clips** | 1 of the 3 of scots@v1 |" in body
    assert "speaker0" not in body
    assert "store" not in body.split("## How to cite")[0]
    assert "\n## How to read it\n\n" in body
