"""`python -m tests.everyday [EVENT]` prints two tables; 0 when every row of them is right."""

import sys
import tempfile
from pathlib import Path

from tests.everyday.events import rows_of_events
from tests.everyday.losses import rows_of_losses


def main() -> int:
    """Print what is said after each event, and before each loss."""
    tell, wanted = sys.stdout.write, " ".join(sys.argv[1:])
    wrong, event = 0, ""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder).resolve()
        for row in rows_of_events(here, wanted):
            if row.event != event:
                tell(f"\n{row.event}\n")
                event = row.event
            wrong += not row.is_right
            said = row.words.replace(f"{here}/day", "…") + ("" if row.is_right else "  NOT RIGHT")
            tell(f"  {row.command:17} {row.said.status}  kept: {row.kept}; {said}\n")
            sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder).resolve()
        for loss in rows_of_losses(here, wanted):
            wrong += not loss.is_right
            said = loss.words.replace(f"{here}/day", "…") + ("" if loss.is_right else "  NOT RIGHT")
            state = "nothing changed" if loss.same else "CHANGED"
            after = f"; with --yes: {loss.after_yes}" if loss.after_yes else ""
            tell(f"\n{loss.name}: {loss.command}\n  {loss.said.status}  {state}{after}\n  {said}\n")
            sys.stdout.flush()
    tell(f"\n{wrong} rows are not right\n" if wrong else "\nall rows are right\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
