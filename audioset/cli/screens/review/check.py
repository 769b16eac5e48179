"""What `audioset check` shows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from audioset.cli.render import make_table, say, show, write_json, write_line
from audioset.cli.screens.parts import say_without_audio
from audioset.wording import count

if TYPE_CHECKING:
    from audioset.records.check_report import CheckLimits, CheckReport, FactFinding, Finding

_Found = TypeVar("_Found", "FactFinding", "Finding")
_FINDINGS_SHOWN = 20


def show_check(found: "CheckReport", *, report: Path | None, show_all: bool, as_json: bool) -> None:
    """Show how often each rule found something, and the worst findings of each."""
    if as_json:
        write_json(found)
    else:
        _show_findings(found, show_all, report=report)
    if report is not None:
        say(f"report in {report}")


def _show_findings(found: "CheckReport", show_all: bool, *, report: Path | None) -> None:
    from audioset.curation.check import MEANINGS

    counts = {rule: number for rule, number in found.counts.items() if number}
    if counts:
        rows = [(rule, f"{number:,}", MEANINGS[rule]) for rule, number in counts.items()]
        show(make_table(["rule", ">found", "~what"], rows), "")
    if found.facts:
        _show_facts(found, show_all)
    _show_shared(found, show_all)
    findings = found.findings if show_all else found.of_clips
    if findings:
        show(make_table(["rule", "clip", "~finding"], _worst(findings, show_all)), "")
    write_line(
        f"{found.name}: {found.num_flagged:,} of {count(found.num_clips, 'clip')} have a finding"
        + (f"; {count(len(found.facts), 'finding')} about facts" if found.facts else "")
    )
    if found.facts_not_compared:
        names = ", ".join(found.facts_not_compared)
        say(f"too many values to compare their spellings: {names}")
    if found.num_rejected:
        say(f"{count(found.num_rejected, 'rejected clip')} left out")
    say_without_audio(found.num_without_audio)
    if found.not_judged:
        told = (f"{rule} in {count(number, 'clip')}" for rule, number in found.not_judged.items())
        say(f"not judged, for lack of a measure: {', '.join(told)}")
    if found.num_unmeasured:
        say(f"{count(found.num_unmeasured, 'clip')} never measured: audioset measure")
    if counts:
        hear = "listen to them: audioset check --report check.html; "
        say(f"{hear if found.findings and report is None else ''}all of them: --all, --json")


def _show_facts(found: "CheckReport", show_all: bool) -> None:
    """Show what is wrong with facts, and under each what to do: a command has a line of its own."""
    for rule, some in groupby(
        _some_of_each(found.facts, show_all), key=lambda finding: finding.rule
    ):
        shown = list(some)
        write_line(rule)
        for finding in shown:
            write_line(f"  {finding.sentence}\n    {finding.remedy}")
        if found.counts[rule] > len(shown):
            write_line(f"  and {found.counts[rule] - len(shown):,} more: --all")
        write_line("")


def _show_shared(found: "CheckReport", show_all: bool) -> None:
    """Show what belongs to recordings rather than to their clips, each once."""
    shared = found.shared if show_all else found.shared[:_FINDINGS_SHOWN]
    for _, some in groupby(shared, key=lambda one: one.rule):
        for one in (of_rule := list(some)):
            write_line(f"{one.rule}: {one}")
        write_line(f"  {of_rule[0].remedy}")
    if len(found.shared) > len(shared):
        write_line(f"and {len(found.shared) - len(shared):,} more recordings: --all")
    if shared:
        write_line("")


def _worst(findings: "Sequence[Finding]", show_all: bool) -> list[tuple[str, str, str]]:
    return [(f.rule, f.clip_id, f.sentence) for f in _some_of_each(findings, show_all)]


def _some_of_each(findings: "Sequence[_Found]", show_all: bool) -> "Sequence[_Found]":
    """Give the worst findings, the same number of every rule as far as there are; or all."""
    if show_all:
        return findings
    each = max(1, _FINDINGS_SHOWN // len({finding.rule for finding in findings}))
    left = Counter({finding.rule: each for finding in findings})
    shown = []
    for finding in findings:
        if left[finding.rule]:
            left[finding.rule] -= 1
            shown.append(finding)
    return shown


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
