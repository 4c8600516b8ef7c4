# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import html5lib
import pytest

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.plugin_utils._report import FORMATS, render, sized
from ansible_collections.community.acronis.plugins.plugin_utils._standing import CLASSES, DOUBTFUL, decide
from ansible_collections.community.acronis.tests.unit.plugins.plugin_utils.export import (
    POLICY,
    TODAY,
    row,
    suspended,
    tenant,
    uuid,
)

HOSTILE = (
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "\u202e\u05e2\u05d1\u05e8\u05d9\u05ea \u0627\u062e\u062a\u0628\u0627\u0631",
    "W" * 300,
    "\U0001f469\u200d\U0001f4bb Emoji & S\u00f6hne \U0001f3e5",
    "=cmd()|'/c calc'!A0",
    "a\x00\x1b[31mred\r\nline\ufffe",
    "</table></body><img src=//evil.example onerror=alert(1)>",
    'O\'Brien "quoted" &amp;',
    "lone \ud800 surrogate",
    "",
)
KIB = 1024


def export(size: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of which as many are suspended as are reactivated and the others are kept; one in ten cannot be found."""
    every = 3 if size <= 500 else 15
    tenants, rows = [], []
    for number in range(size):
        name = HOSTILE[number] if number < len(HOSTILE) else f"Customer {number}"
        made = suspended if number % every == 1 else tenant
        impact = {"storage_bytes": number * KIB, "complete": True}
        changes: dict[str, Any] = {"name": name, "path": ["MSP", name], "impact": impact, "updated_at": "2026-10-05T01"}
        since = ["2026-10-01"] if made is suspended else []
        tenants.append(made(number, *since, **changes))
        rows.append(row(number, customer_id=f"C-{number}" if number % 10 else f"gone {number}"))
        rows[-1]["days_overdue"] = 20 if number % every == 0 else None
    return rows, tenants


def decided(size: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The decisions, and the tenants that are suspended now."""
    rows, tenants = export(size)
    return decide(rows, tenants, POLICY, TODAY), [one for one in tenants if not one["enabled"]]


def sheet(text: str) -> list[dict[str, str]]:
    """The lines of a CSV report."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def sections(page: str) -> dict[str, list[list[str]]]:
    """The cells of the rows of each section, read as a browser reads them. Fails for what is no proper HTML."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    document = parser.parse(page)
    found = {}
    for section in document.iter("section"):
        rows = section.findall(".//tbody/tr")
        found[section.get("id")] = [[" ".join("".join(cell.itertext()).split()) for cell in line] for line in rows]
    return found


@pytest.mark.parametrize("size", [0, 5, 500, 5000])
def test_the_page_has_a_row_for_each_decision_that_matters(size: int) -> None:
    result, billed = decided(size)
    page = render(result, "html", suspended=billed)
    found = sections(page)
    kinds = {"suspend": ("suspend",), "reactivate": ("reactivate",), "terminate": ("terminate",)}
    for section, classes in {**kinds, "undecided": DOUBTFUL, "hold": ("hold", "protected")}.items():
        decisions = [one for one in result["decisions"] if one["class"] in classes]
        assert [int(cells[-1]) for cells in found[section]] == [one["line"] for one in decisions]
        for one, cells in zip(decisions, found[section], strict=True):
            assert (one["customer_id"] or one["reference"]) in cells[0]
    assert len(found["billed"]) == len(billed)
    assert [(cells[0].replace(" ", "_"), int(cells[2])) for cells in found["classes"]] == list(result["totals"].items())


def test_hostile_text_is_shown_and_does_nothing() -> None:
    rows, tenants = export(len(HOSTILE))
    for overdue, one in zip(rows, tenants, strict=True):
        overdue.update(customer_id=one["customer_id"], days_overdue=20, hold=one["name"] or None)
    page = render(decide(rows, tenants, POLICY, TODAY), "html", HOSTILE[0], tenants)
    page.encode()
    assert "<script" not in page and "<img" not in page and "{{ 7*7 }}" in page and "\u202e" not in page
    shown = " ".join(cell for rows in sections(page).values() for cells in rows for cell in cells)
    for name in ("W" * 300, "\U0001f469\u200d\U0001f4bb Emoji & S\u00f6hne \U0001f3e5", 'O\'Brien "quoted" &amp;'):
        assert name in shown
    assert "</table></body><img src=//evil.example onerror=alert(1)>" in shown


def test_the_page_needs_nothing_from_elsewhere() -> None:
    result, billed = decided(50)
    page = render(result, "html", suspended=billed)
    document = html5lib.parse(page, namespaceHTMLElements=False)
    tags = {element.tag for element in document.iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "svg", "video", "audio"}
    links = [value for element in document.iter() for name, value in element.items() if name in ("href", "src")]
    assert links and all(re.fullmatch("#[a-z]+", link) for link in links)
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(ids) == len(set(ids)) and {link[1:] for link in links} <= set(ids)
    assert not [name for element in document.iter() for name in element.keys() if name.startswith("on")]  # noqa: SIM118
    style = document.find(".//style").text
    assert "url(" not in style and "@import" not in style and "@media print" in style
    assert document.find(".//meta[@charset='utf-8']") is not None
    assert document.find(".//meta[@name='viewport']") is not None
    assert document.get("lang") == "en"


def test_tables_have_headers_for_those_who_hear_them() -> None:
    result, billed = decided(50)
    document = html5lib.parse(render(result, "html", suspended=billed), namespaceHTMLElements=False)
    tables = list(document.iter("table"))
    for table in tables:
        heads = table.findall("./thead/tr/th")
        assert heads and all(head.get("scope") == "col" for head in heads)
        for line in table.findall("./tbody/tr"):
            assert len(line) == len(heads)
            assert [cell.get("scope") for cell in line.findall("./th")] == ["row"]
    assert len(tables) >= 4


def test_a_plan_and_what_was_done_are_told_apart() -> None:
    result, _billed = decided(9)
    changes = [one for one in result["decisions"] if one["change"]]
    statuses = ["changed", "failed", "skipped", "unchanged", "not_found"]
    outcome = [
        {"id": one["id"], "status": status, "error": {"message": "no."} if status == "failed" else None, "more": 1}
        for one, status in zip(changes, statuses, strict=False)
    ]
    words = ["done", "failed: no.", "not tried", "was so already", "not found"][: len(outcome)]
    plan, done = render(result, "html"), render(result, "html", outcome=outcome)
    assert "nothing is changed yet" in plan and "would be suspended" in plan
    assert "what was done" in done and "were to be suspended" in done
    found = sections(done)
    told = {int(cells[-1]): cells[-2] for name in ("suspend", "reactivate") for cells in found[name]}
    assert told == {
        one["line"]: dict(zip([one["id"] for one in changes], words, strict=False)).get(one["id"], "not tried")
        for one in changes
    }
    text = render(result, "text", outcome=outcome)
    assert "after the changes" in text and "-> failed: no." in text and "-> not tried" in text
    assert "nothing is changed yet" in render(result)
    lines = sheet(render(result, "csv", outcome=outcome))
    assert {int(line["line"]): line["outcome"] for line in lines if line["outcome"]} == told
    decisions = json.loads(render(result, "json", outcome=outcome))["decisions"]
    assert {one["line"]: one["outcome"] for one in decisions if one["outcome"]} == told


def test_what_is_refused_is_said_first() -> None:
    result = decide([], [tenant(1)], POLICY, TODAY)
    assert "REFUSED: rows: the export is empty" in render(result)
    page = html5lib.parse(render(result, "html"), namespaceHTMLElements=False)
    assert "the export is empty" in "".join(page.find(".//div[@role='alert']").itertext())


def test_what_is_still_billed_has_dates_and_a_sum_without_counting_twice() -> None:
    tib = KIB**4
    partner = suspended(1, "2026-09-01", name="Partner", impact={"storage_bytes": 3 * tib, "complete": True})
    below = tenant(
        2, 1, enabled=False, disabled_above=uuid(1), impact={"storage_bytes": tib}, updated_at="2026-10-05T1"
    )
    result = decide([row(1), row(2)], [partner, below], POLICY, TODAY)
    text = render(result, suspended=[below, partner])
    assert "suspended and still billed: 2, storage 3.0 TiB" in text
    assert "'Partner' (C-1) since 2026-09-01, 3.0 TiB" in text
    assert "(C-2) since 2026-10-05 or before, 1.0 TiB" in text
    rows = sections(render(result, "html", suspended=[below, partner]))["billed"]
    assert [cells[1:] for cells in rows] == [
        ["2026-09-01", "reconcile", "3.0 TiB"],
        ["2026-10-05 or before", "somebody else", "1.0 TiB"],
    ]
    document = json.loads(render(result, "json", suspended=[below, partner]))
    assert [one["storage_bytes"] for one in document["suspended"]] == [3 * tib, tib]
    unknown = tenant(3, enabled=False, impact=None)
    assert "storage at least 3.0 TiB" in render(result, suspended=[unknown, partner])
    assert "since unknown, unknown" in render(result, suspended=[unknown])
    partner["impact"]["complete"] = False
    assert "storage at least 3.0 TiB" in render(result, suspended=[partner])
    assert "still billed: 0, storage 0 B" in render(result, suspended=[])
    assert "billed" not in render(result)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, "unknown"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (4_617_089_843_200, "4.2 TiB"),
        (5 * 1024**7, "5120.0 EiB"),
    ],
)
def test_bytes_for_people(count: int | None, words: str) -> None:
    assert sized(count) == words


def test_the_terminal_shows_counts_changes_and_doubts() -> None:
    result, _billed = decided(500)
    text = render(result)
    lines = text.splitlines()
    for name in CLASSES:
        line = next(line for line in lines if re.match(rf"  {name} ", line))
        assert line.split()[1] == str(result["totals"][name])
    assert "suspend: " in text and f"and {result['totals']['suspend'] - 50} more" in text
    assert max(map(len, lines)) < 400 and all(line.isprintable() for line in lines)
    assert f"not_found: line {result['doubtful'][0]['line']}: no tenant matches" in text


def test_what_was_wanted_and_not_done_is_told() -> None:
    waiting = suspended(1, "2026-10-30")
    rows = [row(1, days_overdue=90), row(2, days_overdue=20, hold="dispute"), row(3, days_overdue=20)]
    result = decide(rows, [waiting, tenant(2), suspended(3, "2026-10-30")], POLICY, TODAY)
    told = sections(render(result, "html"))
    assert [cells[-1] for cells in told["waiting"]] == ["2"] and [cells[-1] for cells in told["hold"]] == ["3"]
    assert "not as wanted, but left as it is: 2" in render(result)


def test_the_csv_is_for_spreadsheets() -> None:
    result, _billed = decided(len(HOSTILE))
    text = render(result, "csv")
    assert text.startswith("\ufeffline,class,reason,") and text.count("\r\n") >= len(HOSTILE) + 1
    lines = sheet(text)
    assert [int(line["line"]) for line in lines] == [one["line"] for one in result["decisions"]]
    assert lines[5]["name"] == f"'{HOSTILE[5]}" and lines[3]["name"] == HOSTILE[3]
    assert lines[1]["enabled"] == "false" and lines[1]["doubtful"] == "false" and lines[1]["hold"] == ""
    for line in lines:
        assert not any(str(cell).startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line.values())


def test_a_number_below_zero_stays_a_number() -> None:
    result = decide([row(1, days_overdue=-5)], [tenant(1)], POLICY, TODAY)
    assert sheet(render(result, "csv"))[0]["days_overdue"] == "-5"


def test_the_json_has_all() -> None:
    result, billed = decided(len(HOSTILE))
    document = json.loads(render(result, "json", "Night", billed))
    assert document["title"] == "Night" and document["applied"] is False
    assert [{key: one[key] for key in one if key != "outcome"} for one in document["decisions"]] == result["decisions"]
    assert document["totals"] == result["totals"] and document["policy"] == result["policy"]
    assert {one["id"] for one in document["suspended"]} == {one["id"] for one in billed}


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_can_be_written_to_a_file(format_: str) -> None:
    result, billed = decided(len(HOSTILE))
    assert render(result, format_, suspended=billed).encode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "pdf"}, "format: it must be one of text, csv, json, html, not 'pdf'"),
        ({"format": None}, "format: it must be one of"),
        ({"title": 7}, "title: it must be text"),
        ({"result": []}, "the result of standing: it must be a mapping"),
        ({"result": {"date": TODAY}}, "it has no key 'policy'"),
        ({"suspended": {}}, "suspended: it must be a list"),
        ({"suspended": [{"id": "x"}]}, "suspended[0]: it has no key 'name'"),
        ({"outcome": [{"id": "x", "status": "great", "error": None}]}, "outcome[0].status: 'great'"),
        ({"outcome": [{"id": "x"}]}, "outcome[0]: it has no key 'status'"),
    ],
)
def test_what_is_no_result_is_an_error(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        render(**{"result": decided(1)[0], **changes})
    assert said in error.value.message


def test_a_class_that_there_is_not_is_an_error() -> None:
    result, _billed = decided(1)
    result["decisions"][0]["class"] = "erase"
    with pytest.raises(InputError, match="erase"):
        render(result)


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="module")
def browser() -> str:
    found = os.environ.get("BROWSER_UNDER_TEST") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)} is installed")
    return found


def test_a_browser_shows_the_rows(browser: str, tmp_path: Path) -> None:
    """The page of 500 rows with hostile names, as a browser has it after it would have run scripts."""
    result, billed = decided(500)
    page = tmp_path / "report.html"
    page.write_text(render(result, "html", suspended=billed), encoding="utf-8")
    picture = tmp_path / "report.png"
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [browser, "--headless", "--no-sandbox", *quiet, "--window-size=390,1200"]
    command += [f"--screenshot={picture}", "--dump-dom", page.as_uri()]
    dumped = subprocess.run(command, capture_output=True, check=True, timeout=120, stdin=subprocess.DEVNULL)
    written, seen = sections(page.read_text(encoding="utf-8")), sections(dumped.stdout.decode())
    assert seen == written and len(seen["suspend"]) == result["totals"]["suspend"] > 100
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 10_000
