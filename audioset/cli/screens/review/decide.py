"""What `audioset decide` shows, and all that records decisions."""

from audioset.cli.render import say, write_json
from audioset.cli.text import count


def show_decided(num_decisions: int, *, as_json: bool) -> None:
    """Show how many decisions were recorded."""
    if as_json:
        write_json({"num_decisions": num_decisions})
    elif num_decisions:
        say(f"{count(num_decisions, 'decision')} recorded; audioset publish takes them up")
    else:
        say("nothing new to decide")
