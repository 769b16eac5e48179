"""What `audioset log` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.tracking.published import MirrorReport


def show_log(report: "MirrorReport", *, as_json: bool) -> None:
    """Show which versions MLflow did not know, and how many models were linked."""
    if as_json:
        write_json(report)
        return
    for ref in report.logged:
        write_line(f"logged {ref}")
    if report.num_renewed:
        say(f"pages of {count(report.num_renewed, 'version')} written anew")
    say(
        f"{count(len(report.logged), 'version')} logged, {report.num_known:,} known before; "
        f"{count(report.num_models, 'model version')} linked"
    )
