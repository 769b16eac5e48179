"""What `audioset promote` shows."""

from typing import TYPE_CHECKING

from audioset.cli.render import say, write_json, write_line

if TYPE_CHECKING:
    from audioset.records.promotion import Promotion

_MARKS = {"pass": "✓", "warn": "!", "fail": "✗"}


def show_promotion(promotion: "Promotion", *, as_json: bool) -> None:
    """Show each check with a mark, then what was done."""
    if as_json:
        write_json(promotion)
        return
    for check in promotion.checks:
        write_line(f"{_MARKS[check.verdict]} {check.name:<9} {check.words}")
    name = f"{promotion.model} v{promotion.version}"
    before = f" (before: v{promotion.holder})" if promotion.holder is not None else ""
    forced = f", forced: {promotion.forced}" if promotion.forced else ""
    told = {
        "promoted": f"{name} is {promotion.alias} now{before}{forced}",
        "planned": f"{name} would become {promotion.alias}{before}{forced}; nothing was changed",
        "refused": f"{name} does not become {promotion.alias}{before}",
        "unchanged": f"{name} is {promotion.alias} already",
        "rolled back": f"{name} is {promotion.alias} again{before}",
    }
    write_line(told[promotion.outcome])
    for check in promotion.checks:
        if check.doubt:
            say(f"audioset: {check.doubt}")
    if promotion.outcome == "refused":
        say("nothing was changed; --force REASON --yes promotes it all the same")
    elif promotion.outcome == "planned":
        warned = any(check.verdict == "warn" for check in promotion.checks)
        say("--yes does it" + ("; ! is to be looked at, and only ✗ refuses" if warned else ""))
    elif promotion.outcome == "promoted" and promotion.holder is not None:
        back = f"audioset promote {promotion.model} --alias {promotion.alias} --rollback --yes"
        say(f"the way back: {back}")
