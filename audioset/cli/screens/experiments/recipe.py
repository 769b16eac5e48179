"""What `audioset recipe` shows."""

import shlex
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.recipe import Recipe


def show_recipe(recipe: "Recipe", *, as_json: bool) -> None:
    """Show data, code and command of a run."""
    if as_json:
        write_json(recipe)
        return
    code = recipe.code
    commit = (code.commit or "none")[:12] + (", changed (code.patch)" if code.changed else "")
    rows = [
        ("run", f"{recipe.run_id} ({recipe.run_name}, {recipe.experiment})"),
        ("command", shlex.join(code.words)),
        ("folder", code.folder),
        ("commit", commit),
        *((("repository", code.remote),) if code.remote else ()),
        *(("data", f"{pin.name}, digest {pin.digest[:12]}") for pin in recipe.pins),
        *(
            ("withdrawn since", f"{count(clips, 'clip')} of {name}")
            for name, clips in recipe.withdrawn.items()
        ),
        ("Python", code.python),
    ]
    show(make_table(["recipe", "~"], rows), "")
    for title, values in (("param", recipe.params), ("metric", recipe.metrics)):
        if values:
            pairs = [(name, str(value)) for name, value in sorted(values.items())]
            show(make_table([title, "~value"], pairs), "")
    for warning in recipe.warnings:
        say(warning)
    for name, place in code.hidden.items():
        what = code.words[place - 1] if code.words[place] == "***" else code.words[place]
        say(f"not kept: the secret of {what} is given as {name} in the environment of reproduce")
    if code.left_out is not None:
        say(f"it cannot be run again: {code.left_out}")
