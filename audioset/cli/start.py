"""Where the command `audioset` begins: a shell that asks how it may go on is answered at once."""

import os
import sys
import warnings

_ASKED_BY_SHELL = "_AUDIOSET_COMPLETE"
_GIVE_SCRIPTS = ("--install-completion", "--show-completion")


def main() -> None:
    """Run the command line of this process, or answer a shell; the entry point `audioset`."""
    asked = os.environ.get(_ASKED_BY_SHELL, "")
    if asked and _answer(asked):
        return
    if any(word in _GIVE_SCRIPTS for word in sys.argv):
        from audioset.cli.completion.zsh import replace_typers_script

        replace_typers_script()
    from audioset.cli.app import main as run_command

    run_command()


def _answer(shell: str) -> bool:
    """Answer a shell with nothing on stderr, which would stand amid what somebody types."""
    from audioset.cli.completion.answer import answer

    warnings.simplefilter("ignore")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)
    return answer(shell)
