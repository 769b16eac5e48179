"""What `audioset certify-splits` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.cli.screens.parts import (
    say_held_as_one,
    say_without_audio,
    show_leaks,
    show_splits,
    tell_verdict,
)
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.split_report import SplitCertificate


def show_certificate(certificate: "SplitCertificate", *, as_json: bool) -> None:
    """Show what each split holds, and what leaks from one to another."""
    if as_json:
        write_json(certificate)
        return
    show_splits(certificate)
    show_leaks(certificate)
    say_held_as_one(certificate)
    write_line(f"{certificate.name}: {tell_verdict(certificate)}")
    if not certificate.is_clean:
        say(f"{count(certificate.num_leaking, 'clip')} leak; audioset split divides them anew")
    say_without_audio(certificate.num_without_audio)
    if not certificate.near_compared and "duplicates" in certificate.kinds:
        say("near-duplicates were not looked for: nobody compared the sound")
