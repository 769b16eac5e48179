"""Floor 0: what is secret is hidden, in text, errors and commands; one place for all forms.

What is hidden becomes `***`. Secrets are known by their form (a password in an address, a signature
in a presigned one, `--api-key x`, `Bearer x`, tokens of well-known services) and by their value:
those that the environment holds, and those of the addresses that a caller names.
"""

from audioset.hiding.addresses import require_address
from audioset.hiding.text import hide, hide_in_error
from audioset.hiding.words import give_again, hide_in_words

__all__ = ["give_again", "hide", "hide_in_error", "hide_in_words", "require_address"]
