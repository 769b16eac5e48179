"""The dataset card: what it tells, whose words stand in it, and that no word becomes markup."""

from collections import Counter
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

import audioset
from audioset.errors import InvalidInputError
from audioset.pages.card import CardWords
from audioset.pages.card.front import size_category
from audioset.pages.markdown import paragraph
from audioset.records.manifest import WAY_KEY
from audioset.records.way import Way
from audioset.storage.tables import read_manifest, replace_rows
from audioset.workspace import Workspace
from tests.training.optional import have
from tests.workspaces import add_source, make_workspace

HOSTILE = "</td><script>x</script> | [a](javascript:b) `c` **d**\n\n# e\n---\n$f$ &lt;g"


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make_workspace(tmp_path_factory.mktemp("w") / "scots", sources=2, clips_per_source=3)
    add_source(
        made,
        "c.mp4",
        2,
        speaker="isla",
        extra={"anonymous": "Yes"},
        gender="female",
        age="30",
        licence="CC-BY-4.0",
        consent="research",
        language="en-GB",
        text="ay",
        text_source="model:whisper@3",
        flags="clipped,short",
        aligner="pauses@1",
        line=3,
        snr_db=12.5,
    )
    made.publish(message="first | evening", track=False)
    return made


@pytest.fixture(scope="module")
def body(ws: Workspace) -> str:
    return ws.card("scots@v1").body


@pytest.mark.parametrize(
    "told",
    [
        "# scots@v1\n\nfirst \\| evening\n\n| ",
        "| **clips** | 8 |",
        "| **speakers** | 3 |",
        "## Splits\n\n| split | clips | length |",
        "| (not given) | 2 | 0.5 s |",
        "No clip shares speaker or source or sentence or takes or duplicates with a clip of",
        "| female | 1 | 2 | 0.5 s |",
        "| 30 | 1 | 2 | 0.5 s |",
        "| speaker0 | 3 | 0.8 s |",
        "| 1 speaker (not to be named) | 2 | 0.5 s |",
        "| en-GB | 2 | 0.5 s |",
        "| CC-BY-4.0 | 2 | 0.5 s |",
        "| research | 2 | 0.5 s |",
        "- cut from 3 recordings\n- 2 clips found by a line of a transcript\n",
        "\n- 2 clips placed by pauses@1\n",
        "- sampling rate: 8000 Hz\n",
        "| people | 6 |\n| the model whisper, version 3 | 2 |",
        "| `snr_db` | dB | 12.50 | 12.50 | 12.50 | 2 |",
        "- 2 of 8 clips with a text that a model wrote and no person confirmed\n",
        "- 6 of 8 clips without a licence\n",
        "- 6 of 8 clips of which no consent is noted\n",
        "- 8 of 8 clips that nobody listened to and judged\n",
        "- 2 of 8 clips with flags: clipped 2, short 2\n",
        "> scots, version 1 (",
    ],
)
def test_it_tells(body: str, told: str) -> None:
    assert told in body


def test_it_tells_how_recordings_were_cut_where_that_is_known(
    ws: Workspace, tmp_path: Path
) -> None:
    way = Way(by="speech", options={"pause_seconds": 0.5}, file=None).to_json().encode()
    first, *_ = sorted(ws.manifests_dir.glob("*.parquet"))
    replace_rows(first, read_manifest(first), metadata={WAY_KEY: way})
    assert "- cut from 3 recordings\n- 1 recording cut by speech, pause\\_seconds 0.5\n" in (
        ws.card("scots@v1").body
    )
    elsewhere = audioset.open_workspace(tmp_path, name="scots", store=ws.settings.store)
    assert "cut by" not in elsewhere.card("scots@v1").body


def test_a_speaker_who_is_not_to_be_named_is_not(body: str) -> None:
    assert "isla" not in body


def test_it_tells_facts_of_few_values_and_none_of_speakers_not_to_be_named(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=0)
    for number, room in enumerate(("kitchen", "kitchen", "hall")):
        extra = {"room": room, "number": f"n{number}"}
        add_source(ws, f"{number}.mp4", 2, speaker="ewan", social_class="middle", extra=extra)
    add_source(ws, "hidden.mp4", 1, speaker="isla", extra={"anonymous": "yes", "room": "Wick"})
    ws.publish(track=False)
    body = ws.card("scots@v1").body
    assert "| room | clips | length |\n| --- | --- | --- |\n| kitchen | 4 | 1.0 s |" in body
    assert "\n| hall | 2 | 0.5 s |\n\n## How to cite" in body
    assert "| number | clips | length |" in body
    assert "| middle | 1 | 6 | 1.5 s |" in body
    assert "Wick" not in body
    with pytest.MonkeyPatch.context() as fewer:
        fewer.setattr("audioset.curation.report.card_facts._MOST_VALUES", 2)
        few = ws.card("scots@v1").body
    assert "| number |" not in few


def test_the_front_matter_is_read_by_hugging_face(ws: Workspace) -> None:
    have("huggingface_hub", "REQUIRE_DATASETS")
    from huggingface_hub import DatasetCard

    files = {"config_name": "default", "data_files": [{"split": "train", "path": "a.parquet"}]}
    read = DatasetCard(ws.card("scots@v1").to_markdown({"configs": [files]}))
    told = read.data
    assert (told.license, told.language, told.pretty_name) == ("other", ["en"], "scots")
    assert told.license_name == "see below"
    assert told.task_categories == ["automatic-speech-recognition"]
    assert told.size_categories == ["n<1K"]
    assert told.configs == [files]
    assert read.text.lstrip().startswith("# scots@v1")


def test_the_authors_words_stand_in_every_card_and_come_before_the_data(
    tmp_path: Path,
) -> None:
    ws = make_workspace(tmp_path / "scots", sources=1, clips_per_source=2)
    words = "We asked **friends** for tales.\n\n## Who made it\n\nIsla."
    front = "pretty_name: Tales\nlicense: mit\ndate: 2026-01-02\ntags: [scots]\n"
    (ws.folder / "card.md").write_text(f"---\n{front}---\n\n{words}\n", encoding="utf-8")
    ws.publish(track=False)
    add_source(ws, "d.mp4", 1, speaker="dan", licence="secret")
    ws.publish(track=False)
    for version in ("scots@v1", "scots@v2"):
        card = ws.card(version, to=tmp_path / "README.md")
        assert words in card.body
        assert CardWords.of_card(card.body).text == words
        written = (tmp_path / "README.md").read_text(encoding="utf-8")
        assert written == card.to_markdown()
        told = yaml.safe_load(written.split("---\n")[1])
        assert (told["pretty_name"], told["license"], told["tags"]) == ("Tales", "mit", ["scots"])
        assert "license_name" not in told
        assert told["size_categories"] == ["n<1K"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"---\na: [\n---\nx", r"no YAML: expected .* \(line 3\)"),
        (b"---\n- a\n---\nx", "names and values"),
        (b"---\n1: a\n---\nx", "names and values"),
        (b"\xff\xfe", "UTF-8"),
        (b"x" * (2**20 + 1), "1 MiB"),
    ],
)
def test_words_that_cannot_be_read_are_refused_by_the_name_of_the_file(
    tmp_path: Path, data: bytes, told: str
) -> None:
    (tmp_path / "card.md").write_bytes(data)
    with pytest.raises(InvalidInputError, match=rf"card\.md.*{told}"):
        CardWords.read(tmp_path)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("", ""),
        ("---\n---\nwords", "words"),
        ("---\na: b\n---", ""),
        ("words\n---\nmore\n---\n", "words\n---\nmore\n---"),
        ("\ufeff---\r\na: b\r\n---\r\nwords\r\nmore", "words\nmore"),
        ("a <!-- end of the author's words --> b", "a  b"),
    ],
)
def test_words_are_what_stands_behind_their_front_matter(
    tmp_path: Path, data: str, text: str
) -> None:
    (tmp_path / "card.md").write_bytes(data.encode())
    assert CardWords.read(tmp_path).text == text


def test_no_word_of_a_fact_becomes_markup(tmp_path: Path) -> None:
    ws = make_workspace(tmp_path / "scots", sources=0)
    facts = dict.fromkeys(("gender", "age", "accent", "licence", "consent", "language"), HOSTILE)
    told = {"text": "x", "text_source": HOSTILE, "flags": "<b>", "extra": {HOSTILE: HOSTILE}}
    add_source(ws, "a.mp4", 2, speaker=HOSTILE, **told, **facts)
    ws.publish(message=HOSTILE, track=False)
    card = ws.card("scots@v1")
    blocks = MarkdownIt("commonmark", {"html": True}).enable("table").parse(card.body)
    kinds = Counter(token.type for token in blocks)
    assert (kinds["heading_open"], kinds["hr"], kinds["html_block"], kinds["fence"]) == (9, 0, 0, 0)
    inline = Counter(child.type for token in blocks for child in token.children or ())
    assert inline.keys() == {"text", "strong_open", "strong_close", "code_inline"}
    shown = "".join(
        child.content for token in blocks for child in token.children or () if child.type == "text"
    )
    assert shown.count(" ".join(HOSTILE.split())) == 11
    told = yaml.safe_load(card.to_markdown().split("\n---\n")[0])
    assert told["license_name"] == HOSTILE
    assert "language" not in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# a", "\\# a"),
        ("1. a", "1\\. a"),
        ("- a", "\\- a"),
        ("1 a", "1 a"),
        ("a - b", "a - b"),
        ("a\n===", "a ==="),
        ("=== a", "\\=== a"),
    ],
)
def test_a_paragraph_is_nothing_else(text: str, told: str) -> None:
    assert paragraph(text) == told


@pytest.mark.parametrize(
    ("number", "name"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**9, "n>1B")],
)
def test_sizes_have_the_names_that_sites_know(number: int, name: str) -> None:
    assert size_category(number) == name
