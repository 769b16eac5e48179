"""What check and dedupe show a person."""

from dataclasses import fields
from typing import TYPE_CHECKING

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.text import count

if TYPE_CHECKING:
    from audioset.curation.measure_clips import MeasureReport
    from audioset.records.check import CheckLimits, CheckReport, DedupeReport

_FINDINGS_SHOWN = 20
_GROUPS_SHOWN = 50
_OTHERS_SHOWN = 5


def show_check(report: "CheckReport", *, as_json: bool) -> None:
    """Show how often each rule found something, and the worst findings of each."""
    if as_json:
        write_json(report)
        return
    from audioset.curation.rules import MEANINGS

    found = {rule: number for rule, number in report.counts.items() if number}
    if found:
        rows = [(rule, f"{number:,}", MEANINGS[rule]) for rule, number in found.items()]
        show(make_table(["rule", ">clips", "~what"], rows), "")
        show(make_table(["rule", "~clip", "~finding"], _worst(report)))
    write_line(
        f"{report.name}: {report.num_flagged:,} of {count(report.num_clips, 'clip')} have a finding"
    )
    if report.num_rejected:
        say(f"{count(report.num_rejected, 'rejected clip')} left out")
    _say_without_audio(report.num_without_audio)
    if found:
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
    from audioset.curation.rules import RULES

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


def show_measured(report: "MeasureReport", *, as_json: bool) -> None:
    """Show how many clips were measured, and which could not be."""
    if as_json:
        write_json(report)
        return
    if report.failures:
        show(make_table(["~not measured", "~why"], report.failures), "")
    known = report.num_clips - report.num_measured - len(report.failures)
    write_line(f"{count(report.num_measured, 'clip')} measured, {known:,} were measured before")


def show_dedupe(report: "DedupeReport", *, wants_to_reject: bool, as_json: bool) -> None:
    """Show the groups, what is kept of each, and what was or would be rejected."""
    if as_json:
        write_json(
            {
                "name": report.name,
                "num_clips": report.num_clips,
                "groups": report.groups,
                "num_duplicates": report.num_duplicates,
                "num_decisions": report.num_decisions,
                "num_without_audio": report.num_without_audio,
            }
        )
        return
    rows = []
    for group in report.groups[:_GROUPS_SHOWN]:
        others = "\n".join(group.others[:_OTHERS_SHOWN])
        if len(group.others) > _OTHERS_SHOWN:
            others += f"\n({len(group.others) - _OTHERS_SHOWN:,} more)"
        how = "equal samples" if not group.bit_errors else f"{group.bit_errors:.1%} of bits differ"
        rows.append((group.keep, others, how))
    if rows:
        show(make_table(["~keep", "~duplicates", "how alike"], rows), "")
    if len(report.groups) > _GROUPS_SHOWN:
        say(f"{len(report.groups) - _GROUPS_SHOWN:,} more groups; see them all with --json")
    write_line(
        f"{report.name}: {count(report.num_duplicates, 'duplicate')} in "
        f"{count(len(report.groups), 'group')}, of {count(report.num_clips, 'clip')}"
    )
    _say_without_audio(report.num_without_audio)
    if report.num_decisions:
        say(f"{count(report.num_decisions, 'clip')} rejected; audioset publish leaves them out")
    elif report.groups:
        words = "add --yes to reject" if wants_to_reject else "reject with --reject --yes:"
        say(f"nothing was changed; {words} {count(report.num_duplicates, 'clip')}")


def _say_without_audio(number: int) -> None:
    if number:
        say(f"{count(number, 'clip')} could not be compared: no audio here that can be read")
