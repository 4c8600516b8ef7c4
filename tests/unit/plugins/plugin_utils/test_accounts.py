# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import codecs
import csv
import io
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.filter.accounts import RETURN, FilterModule, accounts
from ansible_collections.community.acronis.plugins.plugin_utils._accounts import COLUMNS

FILES = Path(__file__).with_name("files")
LEDGER = {
    "customer_id": "Customer no.",
    "expected_name": "Customer",
    "days_overdue": "Days late",
    "hold": "Dunning stop",
}
ID = "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a"


def row(line: int, **values: Any) -> dict[str, Any]:
    return {"line": line, **dict.fromkeys(COLUMNS), "error": None, **values}


def matches(rows: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Check rows; an expected error is the part of it behind the line."""
    assert len(rows) == len(expected)
    for found, wanted in zip(rows, expected, strict=True):
        if wanted["error"] is not None:
            assert found["error"].startswith(f"line {wanted['line']}") and wanted["error"] in found["error"]
        assert {**found, "error": None} == {**wanted, "error": None}
        assert (found["error"] is None) == (wanted["error"] is None), found["error"]


def due(line: int, customer_id: str | None, name: str | None, days: int | None, **values: Any) -> dict[str, Any]:
    return row(line, customer_id=customer_id, expected_name=name, days_overdue=days, **values)


NUMBER = "is what a spreadsheet makes of a number"
LEDGER_ROWS = [
    due(2, "00123", "Woodgrove Law", 34),
    due(3, "00124", 'Alpine Bakery "Zum Gipfel"', 5),
    due(5, "C-1002", "Blue Ridge Law", None),
    due(7, "C-1003", "Smith; Jones & Co", 61, hold="Insolvenzverfahren"),
    due(9, "00125", "Café Zoë", -12),
    due(10, None, "Harbor Hotel", 95, error=f", column 'Customer no.': '1.0442E+04' {NUMBER}"),
    due(11, None, "Harbour Hotel", 95, error=f", column 'Customer no.': '10443.0' {NUMBER}"),
    due(12, "00126", "Dormant Dairy", None, error=", column 'Days late': '26.11.2026' is a date, not a whole number"),
    due(13, "00127", "Emergency, Ward", None, error=", column 'Days late': '12,5' is not a whole number of days"),
    due(14, None, "Former Foods", 12, error=", column 'Customer no.': there is white space around ' 00128'"),
    due(15, None, None, None, error=": it has 8 cells instead of 7"),
    due(16, None, None, None, error=": it has 2 cells instead of 7"),
    due(17, None, "Private Clinic", None, error=", column 'Customer no.': '#N/A' looks like a variable or a cell"),
    due(18, None, None, None, error=" It looks like a totals row; remove it from the export."),
]
MARKS = {"utf-8-sig": b"", "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", *MARKS])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_ledger_is_the_same_however_it_was_saved(encoding: str, end: str, delimiter: str) -> None:
    text = (FILES / "ledger.csv").read_text(encoding="utf-8").replace("\n", end)
    if delimiter == "\t":
        text = text.replace("Smith; Jones", "Smith, Jones").replace("Gasse 3; ", "Gasse 3, ").replace(";", "\t")
    data = MARKS.get(encoding, b"") + text.encode(encoding)
    given = {"encoding": "windows-1252"} if encoding == "windows-1252" else {}
    rows = accounts(b64encode(data).decode(), base64=True, columns=LEDGER, **given)
    names = {"Smith, Jones & Co": "Smith; Jones & Co"}
    matches(
        [{**one, "expected_name": names.get(one["expected_name"], one["expected_name"])} for one in rows], LEDGER_ROWS
    )


def test_desired_states() -> None:
    rows = accounts((FILES / "wishes.csv").read_text(encoding="utf-8"), file="wishes.csv")
    matches(
        rows,
        [
            row(3, tenant="Fabrikam Dental", state="disabled"),
            row(4, tenant=ID, expected_name="Fabrikam Retail", state="enabled"),
            row(5, tenant="Bakery North", expected_name="Bakery North", state="absent"),
            row(
                6, tenant="Twin Trading", error=", column 'STATE': 'suspended' is not one of enabled, disabled, absent"
            ),
            row(7, state="disabled", error=", column 'Tenant': '{{ 7*7 }}' is a template that was not filled in"),
            row(8, tenant="Harbor Hotel", state="disabled", hold="{{ 7*7 }}"),
            row(9, state="disabled", error=", column 'Tenant': empty"),
            row(10, tenant="Solo Software", error=", column 'STATE': empty"),
        ],
    )


def test_json() -> None:
    rows = accounts((FILES / "accounts.json").read_text(encoding="utf-8"), file="accounts.JSON")
    matches(
        rows,
        [
            due(5, "00123", "Woodgrove Law", 34),
            due(11, None, None, 5, error=", column 'customer_id': '124' is a number, not text"),
            due(12, "C-1002", None, None),
            due(12, "C-1003", None, 61, hold="true"),
            due(13, "C-1004", None, None, error=", column 'days_overdue': '12.0' is not a whole number of days"),
            due(14, "C-1005", None, None, error=", column 'days_overdue': 'True' is not a whole number of days"),
            due(15, "C-1006", None, None, error=": it has no state and no days_overdue"),
            due(16, None, None, None, error=", column 'Days overdu': it looks like 'days_overdue', which is missing"),
            due(17, "C-1008", None, 7, error=", column 'hold': it must be text or a boolean"),
            due(18, None, None, None, error=": 'C-1009' must be a mapping of columns to values"),
        ],
    )


def test_yaml() -> None:
    rows = accounts((FILES / "accounts.yml").read_text(encoding="utf-8"), file="accounts.yml")
    unquoted = "has no quotes, and readers of YAML differ"
    matches(
        rows,
        [
            row(8, customer_id="00123", expected_name="Woodgrove Law", state="disabled"),
            row(11, tenant="Blue Ridge Law", days_overdue=34),
            row(12, tenant="Harbor Hotel", days_overdue=-3, hold="court case, call Ms. Lopez first"),
            row(17, state="disabled", error=", column 'customer_id': '123' is a number, not text"),
            row(19, state="disabled", error=f", column 'customer_id': '00129' {unquoted}"),
            row(21, state="disabled", error=f", column 'customer_id': '1.0442E+04' {unquoted}"),
            row(23, state="disabled", error=f", column 'customer_id': '2026-11-26' {unquoted}"),
            row(25, customer_id="C-1003", error=", column 'state': '[]' is not one of"),
            row(27, error=": the entry must be a mapping"),
        ],
    )


def test_data_is_read_like_a_file() -> None:
    data = {"page": 1, "rows": [{"TENANT ": "Fabrikam", "days_overdue": 3}, {"tenant": 12, "days_overdue": 3}]}
    matches(
        accounts(data),
        [row(1, tenant="Fabrikam", days_overdue=3), row(2, days_overdue=3, error="'12' is a number, not text")],
    )
    assert accounts([]) == []
    assert accounts("customer_id,state\n") == []


def one(key: str, cell: Any) -> dict[str, Any]:
    """Return the row that the cell is in, beside others that are right."""
    given = {"tenant": "Fabrikam", "days_overdue": 5, key: cell}
    if key == "state":
        del given["days_overdue"]
    if key == "customer_id":
        del given["tenant"]
    (found, _other) = accounts([given, {"tenant": "x", "days_overdue": 1}])
    return found


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        *[("5", 5), (" 5 ", 5), ("\u00a05", 5), ("+5", 5), ("-3", -3), ("0", 0), ("007", 7), (7, 7), ("36500", 36500)],
        *[(None, None), ("", None), ("  ", None)],
    ],
)
def test_days(cell: Any, days: int | None) -> None:
    assert one("days_overdue", cell) == row(1, tenant="Fabrikam", days_overdue=days)


@pytest.mark.parametrize(
    "cell",
    [
        *["12.5", "12,5", "1,234", "1.234,56", "5.0", "5 days", "5d", "1e2", "--5", "\u22123", "\u0665", "5\u200b"],
        *["x", "-", "#N/A", "#REF!", "null", "nan", "N/A", "none", True, 5.0, [], {}],
        *["46352", "20261126", 46352, 10**30],
    ],
)
def test_days_that_are_none(cell: Any) -> None:
    found = one("days_overdue", cell)
    assert found["days_overdue"] is None
    assert found["error"].startswith("line 1, column 'days_overdue': '") and "days" in found["error"]


@pytest.mark.parametrize(
    "cell", ["2026-11-26", "2026-11-26T00:00:00Z", "26.11.2026", "11/26/2026", "2026/11/26", "26-Nov-2026", "Nov-26"]
)
@pytest.mark.parametrize("key", ["days_overdue", "customer_id", "tenant", "expected_name"])
def test_dates_are_called_so(key: str, cell: str) -> None:
    assert f"'{cell}' is a date" in one(key, cell)["error"]


@pytest.mark.parametrize("key", ["tenant", "customer_id", "expected_name"])
@pytest.mark.parametrize(
    "cell", ["00123", "123", "1_0", "12E5", "1.2.3", "Smith, Jones & Co", "Café", "=cmd()", "10.5"]
)
def test_text_is_kept(key: str, cell: str) -> None:
    found = one(key, cell)
    assert (found[key], found["error"]) == (cell, None)


@pytest.mark.parametrize("key", ["tenant", "customer_id", "expected_name"])
@pytest.mark.parametrize(
    "cell",
    [
        *[" 00123", "123 ", "\u00a0123", "1\u200b2", "\ufeff12", "a\nb", "a\tb", "#N/A", "null", "nan", "N/A", "#REF!"],
        *["1.0442E+04", "1,0442E+04", "1e+16", "10442.0", "10442,00", '="00123"', "{{ 7*7 }}", "{% x %}", "\ufffd"],
        *["Total", "Summe:", "grand total", 123, 1.5, True, [], {}, "\ud800"],
    ],
)
def test_text_that_names_nothing(key: str, cell: Any) -> None:
    found = one(key, cell)
    assert found[key] is None
    assert found["error"].startswith(f"line 1, column '{key}': ") and "\n" not in found["error"]


@pytest.mark.parametrize(
    ("cell", "hold"),
    [(word, None) for word in ("", " ", "no", "No ", "FALSE", "0", None, False, 0)]
    + [(word, word) for word in ("yes", "x", "n", "nein", "-", "N/A", "off", "{{ 7*7 }}", "a\nb", "2026-12-31")]
    + [(" call first ", "call first"), (True, "true"), (1, "1"), ("\ud800", "?")],
)
def test_holds(cell: Any, hold: str | None) -> None:
    """Whatever is not clearly none is a hold, so that nobody is suspended in spite of one."""
    assert one("hold", cell) == row(1, tenant="Fabrikam", days_overdue=5, hold=hold)


@pytest.mark.parametrize("cell", ["enabled", " Enabled", "ENABLED\t"])
def test_states(cell: str) -> None:
    assert one("state", cell) == row(1, tenant="Fabrikam", state="enabled")


@pytest.mark.parametrize("cell", ["enable", "suspended", "on", "-", "null", True, 1, [], "enabled\u200b"])
def test_states_that_are_none(cell: Any) -> None:
    assert "is not one of enabled, disabled, absent" in one("state", cell)["error"]


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ("a,b,disabled,", "line 2, column 'tenant' and column 'customer_id': both are filled; give the name as"),
        ("a,,disabled,5", "line 2, column 'state' and column 'days_overdue': both are filled"),
        (",,disabled,", "line 2, column 'tenant' and column 'customer_id': empty."),
        ("Total,,,5", "looks like a totals row"),
        (",,Total,5", "looks like a totals row"),
        ("a,b,,TOTAL:", "looks like a totals row"),
    ],
)
def test_cells_that_do_not_go_together(cells: str, error: str) -> None:
    found = accounts(f"tenant,customer_id,state,days_overdue\n{cells}\nx,,,3\n")
    assert error in found[0]["error"] and found[1]["error"] is None


def test_nothing_overdue_is_no_fault() -> None:
    assert accounts("tenant,state,days_overdue\na,,\nb,,5\n")[0] == row(2, tenant="a")


@pytest.mark.parametrize(
    ("data", "given", "message"),
    [
        ("", {}, "the export: it is empty"),
        ("Kunde;Tage\n1;2", {}, "the export, line 1: there is no column tenant or customer_id, which names the tenant"),
        (
            "\ntenant;Tage\n1;2",
            {},
            "the export, line 2: there is no column state or days_overdue, which says what is due",
        ),
        (
            "tenant,state",
            {"columns": {"hold": "Stop"}},
            "the export, line 1: there is no column 'Stop' for hold; the columns are 'tenant', 'state'",
        ),
        (
            "Customer-Id's;state\n",
            {"file": "a.csv"},
            "a.csv, line 1: column 'Customer-Id's': it looks like 'customer_id'",
        ),
        ("tenant;state;Holds\n", {}, "the export, line 1: column 'Holds': it looks like 'hold', which is missing"),
        ("tenant;state;hold\u200b\n", {}, "the export, line 1: column 'hold\\u200b': it looks like 'hold'"),
        ("tenant;state;State \n", {}, "the export, line 1: column 'state': it is there 2 times"),
        ("tenant,days_overdue\na,\nb, \n", {}, "the export, column 'days_overdue': it is empty in every row"),
        (
            'tenant,state\na,"b\n',
            {"file": "b.csv"},
            "b.csv, line 2: in the row that begins here, a quote is not closed",
        ),
        ("tenant,state\na\udcfc,absent", {}, "the export, line 2, column 2: it is not UTF-8"),
        ("Zm9vYmFyCg" * 5, {}, "the export: it looks like the base64 text"),
        ("Zo", {"base64": True}, "the export: it is not base64 text"),
        ("Zoe", {"encoding": "utf-8"}, "the export: encoding: Ansible has read the file as UTF-8 already"),
        ([], {"base64": True}, "the export: base64 and encoding are for the content of a file"),
        ([], {"encoding": "utf-8"}, "the export: base64 and encoding are for the content of a file"),
        ("x", {"base64": "false"}, "the export: base64: 'false' must be a boolean"),
        ("x", {"format": "xls"}, "the export: format: 'xls' is not one of csv, json, yaml"),
        ("x", {"file": 5}, "5: file: '5' must be text"),
        ("x", {"delimiter": '"'}, "the export: delimiter: '\"' is not one character"),
        ("x", {"delimiter": ";;"}, "the export: delimiter: ';;' is not one character"),
        ("x", {"columns": "a"}, "the export: columns: 'a' must be a mapping"),
        ("x", {"columns": {"customer": "a"}}, "the export: columns: it has the unknown key 'customer'"),
        ("x", {"columns": {"tenant": " "}}, "the export: columns.tenant: ' ' must be the title of a column"),
        ([{"tenant": "a", "Tenant": "b", "state": "absent"}], {}, "the export, line 1, column 'tenant': it is there 2"),
        ([{"Tenants": "a", "state": "absent"}], {}, "the export, column 'Tenants': it looks like 'tenant'"),
        ([{"name": "a"}], {}, "the export: there is no column tenant or customer_id"),
        (None, {}, "the export: 'None' is neither the text of an export nor a list of mappings"),
    ],
)
def test_faults_of_the_whole_file(data: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        accounts(data, **given)
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_columns_can_be_ignored() -> None:
    text = "tenant,state,days_overdue,Holds\na,Ohio,5,\n"
    assert accounts(text, columns={"state": None, "hold": None}) == [row(2, tenant="a", days_overdue=5)]


# Everything with which a file may begin to look like an export.
HEADS = [
    b"",
    b"customer_id;days_overdue\n",
    b"tenant,state,hold\r\n",
    b"- {tenant: ",
    b'[{"tenant": ',
    codecs.BOM_UTF16_LE,
]
PARTS = st.sampled_from(
    ['"', "\r\n", "\n", ",", ";", ":", "- ", "{", "}", "[", "]", "&a", "*a", "!x ", "5", "x", "\0", "é"]
)


@given(
    head=st.sampled_from(HEADS),
    body=st.binary(max_size=60) | st.lists(PARTS, max_size=30).map(lambda parts: "".join(parts).encode()),
    format=st.sampled_from(["csv", "json", "yaml"]),
    encoding=st.none() | st.sampled_from(["utf-8", "utf-16", "utf-16-le", "windows-1252", "utf-7", "idna"]),
)
def test_any_bytes_are_rows_or_a_message(head: bytes, body: bytes, format: str, encoding: str | None) -> None:
    try:
        rows = accounts(b64encode(head + body).decode(), base64=True, format=format, encoding=encoding, file="x")
    except AnsibleFilterError as error:
        assert str(error).startswith("x") and "\n" not in str(error)
        return
    assert all(list(one) == ["line", *COLUMNS, "error"] for one in rows)
    json.dumps(rows).encode()


CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r\n"), max_size=6) | st.sampled_from(
    ["", "5", "00123", "disabled", "Total", "1E+4", "x", " ", ' "x"']
)


@given(st.lists(st.fixed_dictionaries({key: CELL for key in COLUMNS}), min_size=1, max_size=6))
def test_each_row_is_read_or_has_an_error(entries: list[dict[str, str]]) -> None:
    """The three formats agree, and no row is lost, doubled or left without its error."""
    entries = [{**entry, "days_overdue": entry["days_overdue"].strip() or "1"} for entry in entries]
    written = io.StringIO(newline="")
    table = csv.DictWriter(written, COLUMNS, quoting=csv.QUOTE_ALL)
    table.writeheader()
    table.writerows(entries)
    if any(text[:1].isspace() and text.lstrip()[:1] == '"' for entry in entries for text in entry.values()):
        # A reader of CSV does not tell whether the cell was quoted, or the blank stands before its quote.
        with pytest.raises(AnsibleFilterError, match="has a blank before its quote"):
            accounts(written.getvalue(), delimiter=",")
        return
    rows = accounts(written.getvalue(), delimiter=",")
    assert [one["line"] for one in rows] == list(range(2, len(entries) + 2))
    unplaced = [{**one, "line": 0, "error": one["error"] is None} for one in rows]
    for other in (accounts(entries), accounts(json.dumps(entries), format="json")):
        assert [{**one, "line": 0, "error": one["error"] is None} for one in other] == unplaced
    as_yaml = accounts(yaml.safe_dump(entries, default_style='"'), format="yaml")
    assert [{**one, "line": 0, "error": one["error"] is None} for one in as_yaml] == unplaced
    for entry, found in zip(entries, rows, strict=True):
        if found["error"] is None:
            named = [found[key] for key in ("tenant", "customer_id") if found[key] is not None]
            assert len(named) == 1 and named[0] in (entry["tenant"], entry["customer_id"])
            assert found["state"] is None or entry["state"].strip().casefold() == found["state"]
            assert found["days_overdue"] is None or int(entry["days_overdue"]) == found["days_overdue"]


def test_text_is_never_evaluated() -> None:
    text = "tenant,state,hold\nFabrikam,disabled,{{ 7*7 }}\n{{ 7*7 }},disabled,{% raw %}\n"
    rows = accounts(text)
    assert Templar(loader=DataLoader()).template(rows) == rows
    assert rows[0]["hold"] == "{{ 7*7 }}" and "'{{ 7*7 }}'" in rows[1]["error"]


def test_thousands_of_rows_keep_their_lines() -> None:
    rows = accounts("customer_id;days_overdue;note\n" + '"C-1";5;"a\nb"\n' * 5_000)
    assert [one["line"] for one in rows] == list(range(2, 10_002, 2))


def test_the_filter_has_its_name() -> None:
    assert FilterModule().filters() == {"accounts": accounts}


def test_rows_are_documented() -> None:
    contains = yaml.safe_load(RETURN)["_value"]["contains"]
    assert list(contains) == list(row(1))
