"""What `audioset check` shows."""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.parts import say_without_audio
from audioset.cli.text import count

if TYPE_CHECKING:
    from audioset.records.check_report import CheckLimits, CheckReport

_FINDINGS_SHOWN = 20


def show_check(found: "CheckReport", *, report: Path | None, as_json: bool) -> None:
    """Show how often each rule found something, and the worst findings of each."""
    if as_json:
        write_json(found)
    else:
        _show_findings(found)
    if report is not None:
        say(f"report in {report}")


def _show_findings(found: "CheckReport") -> None:
    from audioset.curation.check import MEANINGS

    counts = {rule: number for rule, number in found.counts.items() if number}
    if counts:
        rows = [(rule, f"{number:,}", MEANINGS[rule]) for rule, number in counts.items()]
        show(make_table(["rule", ">clips", "~what"], rows), "")
        show(make_table(["rule", "~clip", "~finding"], _worst(found)))
    write_line(
        f"{found.name}: {found.num_flagged:,} of {count(found.num_clips, 'clip')} have a finding"
    )
    if found.num_rejected:
        say(f"{count(found.num_rejected, 'rejected clip')} left out")
    say_without_audio(found.num_without_audio)
    if counts:
        say("listen to them: audioset check --report check.html; all of them: --json")


def _worst(report: "CheckReport") -> list[tuple[str, str, str]]:
    """Give the worst findings, the same number of every rule as far as there are."""
    rules = [rule for rule, number in report.counts.items() if number]
    each = max(1, _FINDINGS_SHOWN // len(rules))
    left = dict.fromkeys(rules, each)
    rows = []
    for finding in report.findings:
        if left[finding.rule]:
            left[finding.rule] -= 1
            rows.append((finding.rule, finding.clip_id, finding.sentence))
    return rows


def show_rules(limits: "CheckLimits", *, as_json: bool) -> None:
    """Show every rule, what it means, and its limits."""
    from audioset.curation.check import RULES

    names = [entry.name for entry in fields(limits)]
    of_rule = {rule.name: [name for name in names if name.startswith(rule.name)] for rule in RULES}
    if as_json:
        write_json(
            [
                {
                    "name": rule.name,
                    "meaning": rule.meaning,
                    "on": rule.on,
                    "limits": {name: getattr(limits, name) for name in of_rule[rule.name]},
                }
                for rule in RULES
            ]
        )
        return
    rows = [(rule.name + ("" if rule.on else " (off)"), rule.meaning) for rule in RULES]
    show(make_table(["rule", "~a finding means"], rows), "")
    limit_rows = [(name, f"{getattr(limits, name):g}", limits.meaning(name)) for name in names]
    show(make_table(["limit", ">value", "~what and why"], limit_rows))
