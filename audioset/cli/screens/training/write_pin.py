"""What `audioset write-pin` shows."""

from pathlib import Path

from audioset.cli.render import fields_of, say, write_json, write_line


def show_pin(path: Path, *, as_json: bool) -> None:
    """Show where the pin file is."""
    if as_json:
        from audioset.records.pin import Pin

        pin = Pin.from_json(path.read_text(encoding="utf-8"), name=str(path))
        write_json({"path": path, **fields_of(pin)})
        return
    write_line(str(path))
    say(f'commit it, and train with audioset.training_run("{path}")')
