# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What standing has decided, for people: on a terminal, in a spreadsheet, as JSON, and as a page for a browser. No I/O
but for the template of the page.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._text import shown
from ansible_collections.community.acronis.plugins.plugin_utils._shape import Shape, check_shape, check_shapes, plain
from ansible_collections.community.acronis.plugins.plugin_utils._standing import CHANGES, CLASSES, DOUBTFUL, marked

TITLE = "Billing and tenants"

# What the decisions of each class have in common, in plain words.
MEANINGS: Mapping[str, str] = {
    "suspend": "overdue, so the tenant is disabled",
    "reactivate": "no longer overdue, so the tenant is enabled",
    "terminate": "overdue and suspended for long enough, so the tenant is deleted",
    "keep": "nothing to change",
    "hold": "on hold, so not touched",
    "protected": "protected, so not touched",
    "bad_row": "the row cannot be used",
    "not_found": "no such tenant",
    "nearly_found": "a tenant with a similar name or ID",
    "tag_in_use": "the internal tag is used for something else",
}
# Since what becomes of a change that tenant_state was given.
OUTCOMES: Mapping[str, str] = {
    "changed": "done",
    "unchanged": "was so already",
    "not_found": "not found",
    "failed": "failed",
    "skipped": "not tried",
}
UNTRIED = "not tried"
# What is different while nothing is written.
FORESEEN: Mapping[str, str] = {"changed": "possible", "skipped": "would not be tried"}

RESULT: Shape = {
    "date": (str,),
    "policy": (dict,),
    "rows": (int,),
    "tenants": (int,),
    "totals": (dict,),
    "refusal": (str, None),
    "decisions": (list,),
    "doubtful": (list,),
}
DECISION: Shape = {
    "line": (int,),
    "class": (str,),
    "reason": (str,),
    "wanted": (str, None),
    "id": (str, None),
    "name": (str, None),
    "path": (list, None),
    "kind": (str, None),
    "customer_id": (str, None),
    "reference": (str, None),
    "enabled": (bool, None),
    "version": (int, None),
    "days_overdue": (int, None),
    "hold": (str, None),
    "suspended_since": (str, None),
    "disabled_above": (str, None),
    "storage_bytes": (int, None),
    "marker": (str,),
    "doubtful": (bool,),
    "change": (dict, None),
}
SUSPENDED: Shape = {
    "id": (str,),
    "name": (str,),
    "path": (list,),
    "customer_id": (str, None),
    "internal_tag": (str, None),
    "disabled_above": (str, None),
}
OUTCOME: Shape = {"id": (str, None), "status": (str,), "error": (dict, None)}

# A change on the terminal; all of them are in the files.
MOST_LINES = 50
# What makes a cell a formula in a spreadsheet, in full width too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


@dataclass(frozen=True)
class Billed:
    """A tenant that is suspended, and whose storage is still billed.

    since: the day, or what is known of it. is_inside: whether it is below another one, whose storage has its own in it.
    is_least: whether there may be more than storage_bytes.
    """

    id: str
    name: str
    customer_id: str | None
    path: Sequence[str]
    since: str
    by_reconcile: bool
    storage_bytes: int | None
    is_least: bool
    is_inside: bool

    @property
    def storage(self) -> str:
        """The storage in words."""
        return sized(self.storage_bytes, self.is_least)


@dataclass(frozen=True)
class Report:
    """All that a report shows. outcomes: by ID what became of the changes, or would; None: that is not known.
    is_plan: whether nothing was written.
    """

    title: str
    result: Mapping[str, Any]
    billed: Sequence[Billed] | None
    outcomes: Mapping[str, str] | None
    is_plan: bool

    def of(self, *classes: str) -> Sequence[Mapping[str, Any]]:
        """Return the decisions of the classes, in the order of the rows."""
        return [decision for decision in self.result["decisions"] if decision["class"] in classes]

    @property
    def waiting(self) -> Sequence[Mapping[str, Any]]:
        """The decisions to keep a tenant that is not as the row and the policy want it."""
        states = {True: "enabled", False: "disabled"}
        return [one for one in self.of("keep") if one["wanted"] and one["wanted"] != states.get(one["enabled"])]

    @property
    def storage(self) -> str:
        """The storage of all that is suspended and billed, each byte counted once."""
        outer = [one for one in self.billed or () if not one.is_inside]
        known = [one.storage_bytes for one in outer if one.storage_bytes is not None]
        is_least = len(known) < len(outer) or any(one.is_least for one in outer)
        return sized(sum(known) if known or not outer else None, is_least)

    def outcome(self, decision: Mapping[str, Any]) -> str:
        """Return what became of the change of a decision."""
        return (self.outcomes or {}).get(decision["id"], UNTRIED)


def sized(count: int | None, is_least: bool = False) -> str:
    """Return a number of bytes for people, in binary units."""
    if count is None:
        return "unknown"
    value, unit = float(count), 0
    # What would be shown as 1024.0 is one of the next unit.
    while round(value, 1) >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    number = f"{count} B" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"
    return f"at least {number}" if is_least else number


def render(
    result: Any,
    format: Any = "text",
    title: Any = TITLE,
    suspended: Any = None,
    outcome: Any = None,
    check_mode: Any = False,
) -> str:
    """Return the report as text, csv, json or html. Raises InputError for what is no result of standing.

    suspended: disabled tenants, as tenant_info returns them with their impact. outcome: what tenant_state returned as
    tenants for the changes; None for a plan. check_mode: whether it returned so in check mode.
    """
    if not isinstance(check_mode, bool):
        raise InputError(f"check_mode: it must be true or false, not {shown(check_mode)}.")
    if not isinstance(format, str) or format not in FORMATS:
        raise InputError(f"format: it must be one of {', '.join(FORMATS)}, not {shown(format)}.")
    if title is not None and not isinstance(title, str):
        raise InputError(f"title: it must be text, not {shown(title)}.")
    known = check_shape(result, "the result of standing", RESULT)
    known["decisions"] = check_shapes(known["decisions"], "decisions", DECISION)
    for number, decision in enumerate(known["decisions"]):
        if decision["class"] not in CLASSES:
            raise InputError(f"decisions[{number}].class: {shown(decision['class'])} is no class of standing.")
    return FORMATS[format](
        Report(
            title=plain(title, "title") or TITLE,
            result=known,
            billed=None if suspended is None else _billed(suspended),
            outcomes=None if outcome is None else _outcomes(outcome, check_mode),
            is_plan=outcome is None or check_mode,
        )
    )


def _billed(suspended: Any) -> Sequence[Billed]:
    entries = check_shapes(suspended, "suspended", SUSPENDED, is_open=True)
    ids = {entry["id"] for entry in entries}
    found = []
    for number, (entry, given) in enumerate(zip(entries, suspended)):
        impact = plain(given.get("impact"), f"suspended[{number}].impact")
        impact = impact if isinstance(impact, dict) else {}
        changed = plain(given.get("updated_at"), f"suspended[{number}].updated_at")
        marker = marked(entry["internal_tag"])
        storage = impact.get("storage_bytes")
        found.append(
            Billed(
                id=entry["id"],
                name=entry["name"],
                customer_id=entry["customer_id"],
                path=entry["path"],
                # The last change may have been the suspension, or one after it.
                since=str(marker) if marker else f"{changed[:10]} or before" if changed else "unknown",
                by_reconcile=marker is not None,
                storage_bytes=storage if isinstance(storage, int) else None,
                is_least=impact.get("complete") is False,
                is_inside=entry["disabled_above"] in ids,
            )
        )
    return sorted(found, key=lambda one: (-(one.storage_bytes or 0), one.name, one.id))


def _outcomes(outcome: Any, check_mode: bool) -> Mapping[str, str]:
    phrases = {**OUTCOMES, **(FORESEEN if check_mode else {})}
    words = {}
    for number, entry in enumerate(check_shapes(outcome, "outcome", OUTCOME, is_open=True)):
        if entry["status"] not in OUTCOMES:
            raise InputError(f"outcome[{number}].status: {shown(entry['status'])} is no status of tenant_state.")
        if entry["id"] is not None:
            message = (entry["error"] or {}).get("message")
            words[entry["id"]] = phrases[entry["status"]] + (f": {message}" if message else "")
    return words


def _as_text(report: Report) -> str:
    result = report.result
    state = "plan, nothing is changed yet" if report.is_plan else "after the changes"
    lines = [
        f"{_visible(report.title)}, {result['date']} ({state})",
        f"{result['rows']} rows, {result['tenants']} tenants",
        "",
    ]
    totals = [(name, result["totals"].get(name, 0)) for name in CLASSES]
    width = max(len(str(count)) for _name, count in totals)
    lines += [f"  {name:<12}  {count:>{width}}  {MEANINGS[name]}" for name, count in totals]
    if result["refusal"]:
        lines += ["", f"REFUSED: {_visible(result['refusal'])}"]
    for name in CHANGES:
        lines += _section(name, report.of(name), lambda one: _change_line(report, one))
    lines += _section("cannot be decided", report.of(*DOUBTFUL), lambda one: f"{one['class']}: {one['reason']}")
    lines += _section(
        "not as wanted, but left as it is", [*report.of("hold", "protected"), *report.waiting], _named_line
    )
    if report.billed is not None:
        lines += ["", f"suspended and still billed: {len(report.billed)}, storage {report.storage}"]
        lines += _cut(
            [
                f"  {shown(one.name, 60)} ({_visible(one.customer_id or one.id)}) since {one.since}, {one.storage}"
                for one in report.billed
            ]
        )
    return "\n".join(lines) + "\n"


def _section(
    name: str, decisions: Sequence[Mapping[str, Any]], line: Callable[[Mapping[str, Any]], str]
) -> Sequence[str]:
    if not decisions:
        return []
    return ["", f"{name}: {len(decisions)}", *_cut([f"  {_visible(line(one))}" for one in decisions])]


def _cut(lines: Sequence[str]) -> Sequence[str]:
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"  and {more} more; all are in the CSV, JSON and HTML reports"] if more > 0 else lines


def _named_line(decision: Mapping[str, Any]) -> str:
    called = decision["customer_id"] or decision["id"]
    return f"line {decision['line']}: {shown(decision['name'], 60)} ({called}): {decision['reason']}"


def _change_line(report: Report, decision: Mapping[str, Any]) -> str:
    line = _named_line(decision)
    return line if report.outcomes is None else f"{line} -> {report.outcome(decision)}"


def _visible(text: str) -> str:
    """Return text as one line, with all that has no place in a line escaped."""
    return shown(text, len(text))[1:-1]


def _as_csv(report: Report) -> str:
    """Return a line for each decision, for a spreadsheet: with the mark of UTF-8, and without formulas."""
    columns = [key for key in DECISION if key != "change"]
    has_outcome = report.outcomes is not None
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow([*columns, *(["outcome"] if has_outcome else [])])
    for decision in report.result["decisions"]:
        cells = [_cell(decision[key]) for key in columns]
        if has_outcome:
            cells.append(_cell(report.outcome(decision) if decision["change"] else None))
        writer.writerow(cells)
    return f"\ufeff{sheet.getvalue()}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = " / ".join(map(str, value)) if isinstance(value, list) else str(value)
    # Some programs end a cell at a NUL character.
    text = text.replace("\0", "\ufffd")
    return f"'{text}" if not isinstance(value, int) and text.startswith(_FORMULA) else text


def _as_json(report: Report) -> str:
    outcomes = report.outcomes
    decisions = [
        {**one, "outcome": report.outcome(one) if one["change"] and outcomes is not None else None}
        for one in report.result["decisions"]
    ]
    billed = report.billed
    document = {
        "title": report.title,
        "applied": not report.is_plan,
        **report.result,
        "decisions": decisions,
        "doubtful": [one for one in decisions if one["doubtful"]],
        "suspended": None
        if billed is None
        else [
            {
                "id": one.id,
                "name": one.name,
                "customer_id": one.customer_id,
                "path": list(one.path),
                "since": one.since,
                "by_reconcile": one.by_reconcile,
                "storage_bytes": one.storage_bytes,
            }
            for one in billed
        ],
        "suspended_storage": None if billed is None else report.storage,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _as_html(report: Report) -> str:
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page.filters.update(fit=_fit, sized=sized)
    template = Path(__file__).with_name("_report.html.j2").read_text(encoding="utf-8")
    return page.from_string(template).render(
        report=report, result=report.result, classes=CLASSES, doubtful=DOUBTFUL, meanings=MEANINGS
    )


def _fit(text: str) -> str:
    """Return text without what a page must not have: control characters, code points that are no characters, and what
    turns the text around it, so that 10 is shown as 01.
    """
    return "".join("\ufffd" if _is_unfit(char) else char for char in text)


def _is_unfit(char: str) -> bool:
    is_noncharacter = ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"
    turns_text = "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"
    return is_noncharacter or turns_text or unicodedata.category(char) in ("Cc", "Cs")


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": _as_text,
    "csv": _as_csv,
    "json": _as_json,
    "html": _as_html,
}
