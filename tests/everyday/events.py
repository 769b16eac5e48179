"""What happens to files of a workspace from day to day, and what each command says afterwards."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.everyday.prepared import (
    Said,
    as_a_user,
    kept_of,
    load_model,
    open_pages,
    prepare,
    prepared_at,
    write_chat,
)
from tests.sounds import tone, write_audio


@dataclass(frozen=True)
class Right:
    """What is right for one command: its exit status, words of one line, and what is kept."""

    status: int = 0
    words: str = ""
    kept: str = "all"


@dataclass(frozen=True)
class Event:
    """Something that happens, and what the commands shall say of it.

    Attributes:
        happens: to the folder that holds `videos/`, `takes/` and `scots/`; gives the workspace.
        cut: the words of the command that follows.
        right: of commands that say something else than on a quiet day.
    """

    name: str
    happens: Callable[[Path], Path]
    cut: tuple[str, ...] = ("cut", "../videos")
    right: Mapping[str, Right] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One command after one event."""

    event: str
    command: str
    said: Said
    words: str
    kept: str
    is_right: bool


QUIET = {
    "status": Right(words="nothing is left to do"),
    "cut": Right(words="nothing was to be done"),
    "status again": Right(words="nothing is left to do"),
    "publish": Right(words="nothing"),
    "ui": Right(words="recipe.json"),
    "load_model": Right(words="says chat 1 of 13"),
}


GONE = Right(3, "is gone from where it lay; clips stay")
CHANGED = Right(3, "holds other bytes than it did")
NEXT = Right(words="scots@v2")
MOVED = {"status": Right(words="this workspace was in")}
REPLACED = "clips 13/17+3, texts 16/17, decisions 11/12"
REPLACED_SUBTITLED = "clips 13/17+4, decisions 9/12"
LOST = "clips 15/17"


def _all_with(kept: str, first: Right, **others: Right) -> dict[str, Right]:
    """Give what is right where less is kept, or more, from the cut on."""
    rights = {**QUIET, **{name.replace("_again", " again"): r for name, r in others.items()}}
    return {**{name: replace(right, kept=kept) for name, right in rights.items()}, "status": first}


def _in(work: Callable[[Path], object]) -> Callable[[Path], Path]:
    def happens(day: Path) -> Path:
        work(day)
        return day / "scots"

    return happens


def _rename(old: str, new: str) -> Callable[[Path], Path]:
    def work(day: Path) -> None:
        (day / new).parent.mkdir(parents=True, exist_ok=True)
        (day / old).rename(day / new)

    return _in(work)


def _rename_both(day: Path) -> None:
    for end in ("wav", "srt"):
        (day / f"videos/subs.{end}").rename(day / f"videos/monday.{end}")


def _edit(day: Path) -> None:
    write_chat(day / "videos/chat.wav", before_seconds=0.7, phrases=3)


def _edit_the_subtitled(day: Path) -> None:
    write_audio(day / "videos/subs.wav", tone(440, 5, 16_000), 16_000)


def _edit_an_import(day: Path) -> None:
    write_audio(day / "takes/take_1.wav", tone(700, 0.4, 16_000), 16_000)


def _delete_clips(day: Path) -> None:
    for source in ("chat", "subs"):
        for path in sorted((day / "scots/clips").glob(f"{source}-*.flac"))[:2]:
            path.unlink()


def _delete_clips_and_source(day: Path) -> None:
    _delete_clips(day)
    (day / "videos/chat.wav").unlink()


def _copy_workspace(day: Path) -> Path:
    shutil.copytree(day / "scots", day / "copy")
    return day / "copy"


def _use_a_copy(day: Path) -> Path:
    copy = _copy_workspace(day)
    assert as_a_user(copy, "status").status == 0
    assert as_a_user(copy, "decide", "--speaker", "isla", "--set", "accent=leith").status == 0
    assert as_a_user(copy, "publish", "-m", "of the copy").status == 0
    assert load_model(copy).status == 0
    return day / "scots"


def _moved(day: Path) -> Path:
    (day / "drive/2026").mkdir(parents=True)
    return Path(shutil.move(day / "scots", day / "drive/2026/scots"))


EVENTS = (
    Event("nothing", _in(lambda day: None)),
    Event(
        "a source is renamed",
        _rename("videos/chat.wav", "videos/chat-final.wav"),
        right={
            "status": Right(words="1 renamed: chat.wav is"),
            "cut": Right(words="chat-final.wav is chat.wav under a new name: its clips stay"),
        },
    ),
    Event(
        "one is renamed with its subtitles",
        _in(_rename_both),
        right={
            "status": Right(words="1 renamed: subs.wav is"),
            "cut": Right(words="monday.wav is subs.wav under a new name: its clips stay"),
        },
    ),
    Event(
        "one is renamed without its subtitles",
        _rename("videos/subs.wav", "videos/monday.wav"),
        right={
            "status": Right(words="1 renamed: subs.wav is"),
            "cut": Right(words="monday.wav is subs.wav under a new name: its clips stay"),
        },
    ),
    Event(
        "a source is moved within the folder",
        _rename("videos/chat.wav", "videos/may/chat.wav"),
        right={
            "status": Right(words="1 renamed: chat.wav is"),
            "cut": Right(words="chat.wav lay in another folder before: its clips stay"),
        },
    ),
    Event(
        "a source is moved out of the folder",
        _rename("videos/chat.wav", "old/chat.wav"),
        right={
            "status": GONE,
            "cut": Right(words="1 source of this folder is not there any more: chat.wav"),
            "status again": GONE,
        },
    ),
    Event(
        "the folder is renamed",
        _rename("videos", "films"),
        ("cut", "../films"),
        right={
            "status": Right(3, "is gone from where it lay, and 2 more"),
            "cut": Right(words="chat.wav lay in another folder before: its clips stay"),
        },
    ),
    Event(
        "a source is replaced by an edited one",
        _in(_edit),
        right={
            "status": CHANGED,
            "cut": Right(3, "--replace (replace=True in Python) lets it take its place"),
            "status again": CHANGED,
        },
    ),
    Event(
        "it is replaced, and --replace said",
        _in(_edit),
        ("cut", "../videos", "--replace"),
        right=_all_with(
            REPLACED,
            CHANGED,
            cut=Right(words="3 of 4 clips found again; carried over: 2 decisions, 3 texts"),
            status_again=Right(words="after scots@v1: 3 added, 4 removed"),
            publish=NEXT,
        ),
    ),
    Event(
        "it is replaced, and --no-replace said",
        _in(_edit),
        ("cut", "../videos", "--no-replace"),
        right=_all_with(
            "clips 17/17+3",
            CHANGED,
            cut=Right(words="13 clips"),
            status_again=Right(words="1 not known where on this machine: chat.wav"),
            publish=NEXT,
        ),
    ),
    Event(
        "one with subtitles is replaced by another",
        _in(_edit_the_subtitled),
        ("cut", "../videos", "--replace"),
        right=_all_with(
            REPLACED_SUBTITLED,
            CHANGED,
            cut=Right(words="left behind: 3 other decisions, which found no place"),
            status_again=Right(words="after scots@v1: 4 added, 3 removed"),
            publish=NEXT,
        ),
    ),
    Event(
        "a source is deleted",
        _in(lambda day: (day / "videos/chat.wav").unlink()),
        right={
            "status": GONE,
            "cut": Right(words="1 source of this folder is not there any more: chat.wav"),
            "status again": GONE,
        },
    ),
    Event(
        "clips are deleted by hand",
        _in(_delete_clips),
        right={
            "status": Right(3, "4 clips have no audio, the file is gone", "clips 13/17"),
            "cut": Right(words="14 clips"),
        },
    ),
    Event(
        "clips are deleted, and their source",
        _in(_delete_clips_and_source),
        right=_all_with(
            LOST,
            Right(3, "4 clips have no audio, the file is gone", "clips 13/17"),
            cut=Right(words="1 source of this folder is not there any more: chat.wav"),
            status_again=Right(3, "2 clips have no audio, the file is gone"),
        ),
    ),
    Event(
        "a file of an import is replaced",
        _in(_edit_an_import),
        ("import", "folder", "../takes"),
        right={
            "status": Right(3, "next: audioset import folder"),
            "cut": Right(3, "1 clip would go: take_1.wav"),
            "status again": CHANGED,
        },
    ),
    Event(
        "the workspace is renamed",
        lambda day: (day / "scots").rename(day / "dialects é #1"),
        right=MOVED,
    ),
    Event("the workspace is moved", _moved, right=MOVED),
    Event("a copy of the workspace is used", _copy_workspace, right=MOVED),
    Event("and the original, afterwards", _use_a_copy),
)


def follow(event: Event, day: Path, *, with_mlflow: bool = True) -> Iterator[Row]:
    """Let an event happen in a prepared folder, and run the commands of the next day."""
    before = kept_of(day / "scots")
    workspace = event.happens(day)
    words = list(event.cut)
    where = next(i for i, word in enumerate(words) if word.startswith("../"))
    words[where] = str(day / words[where][3:])
    commands: list[tuple[str, Callable[[], Said]]] = [
        ("status", lambda: as_a_user(workspace, "status")),
        ("cut", lambda: as_a_user(workspace, *words)),
        ("status again", lambda: as_a_user(workspace, "status")),
        ("publish", lambda: as_a_user(workspace, "publish", "-m", "next")),
    ]
    if with_mlflow:
        commands += [
            ("ui", lambda: open_pages(workspace)),
            ("load_model", lambda: load_model(workspace)),
        ]
    for name, command in commands:
        said = command()
        right = event.right.get(name, QUIET[name])
        kept = kept_of(workspace).against(before)
        line = next((one for one in said.text.splitlines() if right.words in one), None)
        yield Row(
            event.name,
            name if name != "cut" else " ".join(event.cut),
            said,
            " ".join((line or said.text.strip().splitlines()[-1]).split()),
            kept,
            line is not None and (said.status, kept) == (right.status, right.kept),
        )


def rows_of_events(folder: Path, wanted: str = "", *, with_mlflow: bool = True) -> Iterator[Row]:
    """Prepare once, and let each event happen in a copy at the same place."""
    chosen = [event for event in EVENTS if wanted in event.name]
    if not chosen:
        return
    day, kept = prepared_at(folder, lambda day: prepare(day, trained=with_mlflow))
    for event in chosen:
        shutil.copytree(kept, day)
        yield from follow(event, day, with_mlflow=with_mlflow)
        shutil.rmtree(day)
