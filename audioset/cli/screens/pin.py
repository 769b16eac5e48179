"""What `audioset pin` shows."""

from pathlib import Path

from audioset.cli.render import say, write_json, write_line


def show_pin(path: Path, *, as_json: bool) -> None:
    """Show where the pin file is."""
    if as_json:
        write_json({"path": path})
        return
    write_line(str(path))
    say(f'commit it, and train with audioset.training_run("{path}")')
