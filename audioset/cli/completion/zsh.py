"""The script by which zsh asks for completion, in the place of Typer's."""

# Typer's only defines what completes when zsh loads it, at the first TAB of a terminal, so that
# this TAB does nothing; and it breaks the answer at white space, so that two spaces become one.
_SCRIPT = """\
#compdef %(prog_name)s

%(complete_func)s() {
  eval "$(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" %(autocomplete_var)s=complete_zsh %(prog_name)s)"
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
  %(complete_func)s "$@"
else
  compdef %(complete_func)s %(prog_name)s
fi
"""  # noqa: E501


def replace_typers_script() -> None:
    """Let `--install-completion` and `--show-completion` give our script to a zsh."""
    # Typer has no public place for it.
    from typer import _completion_shared

    _completion_shared._completion_scripts["zsh"] = _SCRIPT
