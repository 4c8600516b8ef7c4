# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The export of a billing system as rows: which tenant, and its desired state or its days overdue. No I/O.

A row that cannot be read is not left out: it says in `error` what is wrong. A fault that may concern every row, such as
a column that is missing, is an InputError for the whole file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError, listed
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
from ansible_collections.community.acronis.plugins.module_utils._text import check_keys, check_text, loose, shown
from ansible_collections.community.acronis.plugins.plugin_utils._exports import (
    Record,
    Unquoted,
    check_characters,
    decode,
    read_csv,
    read_entries,
    read_json,
    read_yaml,
    refuse_base64,
    to_bytes,
)

SELECTORS = ("tenant", "customer_id")
DUE = ("state", "days_overdue")
COLUMNS = ("tenant", "customer_id", "expected_name", "state", "days_overdue", "hold")
FORMATS = ("csv", "json", "yaml")
_ENDINGS = {"json": "json", "yml": "yaml", "yaml": "yaml"}

# Words in a cell of hold that say that there is none. Every other word is a hold: a doubt must not suspend anybody.
NO_HOLD = frozenset({"", "no", "false", "0"})
# More is the number by which a spreadsheet stores a date, or a date without its dashes.
MOST_DAYS = 36_500

_TOTALS = re.compile(r"(?:grand |sub)?totals?|sum|summe|gesamt(?:summe)?|totaal|totale|suma|somme", re.IGNORECASE)
_DATE = re.compile(
    r"(?:\d{4}-\d\d?-\d\d?|\d\d?\.\d\d?\.\d{2,4}|\d\d?/\d\d?/\d{2,4}|\d{4}/\d\d?/\d\d?)(?:[T ]\d\d?:\d\d.*)?"
    r"|\d\d?-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:-\d{2,4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d\d",
    re.IGNORECASE | re.ASCII,
)
_DAYS = re.compile(r"[+-]?[0-9]{1,12}")
# What spreadsheets and programs made of a number that is a name: 1.0442E+04, 10442.0, ="00123".
_REWRITTEN = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]\d+|[+-]?\d+[.,]0+|=\".*\"", re.ASCII)

# So alike are a column that is missing and one that nobody asked for, if the one was perhaps meant for the other.
_ALIKE = 0.85

Row = dict[str, Any]


def read_accounts(
    data: Any,
    *,
    format: str | None = None,
    file: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    base64: bool = False,
) -> list[Row]:
    """Return the rows of an export, in its order: `{line, tenant, customer_id, expected_name, state, days_overdue,
    hold, error}`.

    data: the text of the file, or with base64 the base64 text of its bytes; or a list of mappings. The parameters are
    those of the filter. Raises InputError for a fault of the whole file.
    """
    titles = _check_columns(columns)
    if not isinstance(base64, bool):
        raise InputError(f"base64: {shown(base64)} must be a boolean; the bool filter makes one of text.")
    if isinstance(data, str):
        kind = _check_format(format, file)
        # Libraries want text itself, and not the classes by which versions of Ansible mark it.
        text = _text(str.__str__(data), encoding, base64)
        records = _records(text, kind, _check_delimiter(delimiter), titles)
    elif base64 or encoding is not None:
        raise InputError("base64 and encoding are for the content of a file, and this is a list.")
    else:
        records = read_entries(data)
    return _rows(records, titles)


def _text(data: str, encoding: str | None, base64: bool) -> str:
    if base64:
        return check_characters(decode(to_bytes(data), encoding))
    if encoding is not None:
        raise InputError(
            "encoding: Ansible has read the file as UTF-8 already; use ansible.builtin.slurp and base64=true."
        )
    refuse_base64(data)
    return check_characters(data)


def _records(text: str, kind: str, delimiter: str | None, titles: Mapping[str, str | None]) -> list[Record]:
    if kind == "json":
        return read_json(text)
    if kind == "yaml":
        return read_yaml(text)

    def is_header(names: Sequence[str]) -> bool:
        try:
            find_columns(names, titles)
        except InputError:
            return False
        return True

    header, *records = read_csv(text, delimiter, is_header)
    try:
        find_columns(header.names, titles)
    except InputError as error:
        raise InputError(f"line {header.line}: {error}") from None
    return records


def _check_format(format: str | None, file: str | None) -> str:
    if file is not None and not isinstance(file, str):
        raise InputError(f"file: {shown(file)} must be text.")
    if format is None:
        return _ENDINGS.get((file or "").rpartition(".")[2].lower(), "csv")
    if format not in FORMATS:
        raise InputError(f"format: {shown(format)} is not one of {', '.join(FORMATS)}.")
    return format


def _check_delimiter(delimiter: str | None) -> str | None:
    if delimiter is None or (isinstance(delimiter, str) and len(delimiter) == 1 and delimiter not in '"\r\n '):
        return delimiter
    raise InputError(f"delimiter: {shown(delimiter)} is not one character that can be between cells, such as ';'.")


def _check_columns(columns: object) -> dict[str, str | None]:
    """Return the title of each column in the file; None: the file has no such column."""
    if columns is None:
        return {}
    if not isinstance(columns, Mapping):
        raise InputError(f"columns: {shown(columns)} must be a mapping of columns to their titles in the file.")
    check_keys(columns, COLUMNS, "columns")
    titles = {str(key): title for key, title in columns.items()}
    for key, title in titles.items():
        if title is not None and (not isinstance(title, str) or not title.strip()):
            raise InputError(
                f"columns.{key}: {shown(title)} must be the title of a column in the file, as text, or null."
            )
    return titles


def _form(title: str) -> str:
    """Return the form in which titles are the same: in any case, and with blanks or hyphens for underscores."""
    return re.sub(r"[\s_-]+", "_", title.strip().casefold())


@dataclass(frozen=True)
class Found:
    """The columns that are there: where each is in the values of a record, and its title for messages.

    near: that one of those that are not there is perhaps there under a mistyped title; or None.
    """

    places: Mapping[str, tuple[int, str]]
    near: str | None


def _find(names: Sequence[str], titles: Mapping[str, str | None]) -> Found:
    by_form: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        by_form[_form(name)].append(place)
    wanted = {key: title for key in COLUMNS if (title := titles.get(key, key)) is not None}
    places = {}
    for key, title in wanted.items():
        found = by_form.get(_form(title), [])
        if len(found) > 1:
            raise InputError(f"column {shown(names[found[0]])}: it is there {len(found)} times; remove or rename one.")
        if found:
            places[key] = (found[0], shown(names[found[0]].strip()))
    used = {place for place, _title in places.values()}
    unused = [name for place, name in enumerate(names) if place not in used]
    missing = {key: title for key, title in wanted.items() if key not in places}
    near = next(
        (_near(key, title, name) for key, title in missing.items() for name in unused if _alike(title, name)), None
    )
    return Found(places, near)


def _alike(title: str, name: str) -> bool:
    one, other = (re.sub(r"[\W_]+", "_", loose(text)) for text in (title, name))
    return one.replace("_", "") == other.replace("_", "") or SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _near(key: str, title: str, name: str) -> str:
    return (
        f"column {shown(name)}: it looks like {shown(title)}, which is missing. Rename it, or give columns "
        f"{{{key}: {name.strip()!r}}}, or {{{key}: null}} if it is something else."
    )


def find_columns(names: Sequence[str], titles: Mapping[str, str | None]) -> Found:
    """Return the columns of a file. Raise InputError if one is missing, twice there, or perhaps mistyped."""
    found = _find(names, titles)
    if found.near:
        raise InputError(found.near)
    there = f"the columns are {listed([shown(name, 40) for name in names], 20) or 'none'}"
    for key, title in titles.items():
        if title is not None and key not in found.places:
            raise InputError(f"there is no column {shown(title)} for {key}; {there}.")
    for keys, use in ((SELECTORS, "names the tenant"), (DUE, "says what is due")):
        if not found.places.keys() & set(keys):
            raise InputError(
                f"there is no column {' or '.join(keys)}, which {use}; {there}. The first line must be the header; "
                f"give columns, such as {{{keys[-1]}: 'title of the column'}}, if it is called otherwise."
            )
    return found


def _rows(records: Sequence[Record], titles: Mapping[str, str | None]) -> list[Row]:
    names = {_form(name): name for record in records for name in record.names}
    if any(record.fault is None for record in records):
        find_columns(tuple(names.values()), titles)
    kinds: dict[tuple[str, ...], Found] = {}
    rows = []
    days: list[tuple[str, Any]] = []
    for record in records:
        if record.names not in kinds:
            kinds[record.names] = _find_in(record, titles)
        found = kinds[record.names]
        rows.append(_row(record, found))
        if record.fault is None and "days_overdue" in found.places:
            place, title = found.places["days_overdue"]
            days.append((title, record.values[place]))
    if days and all(_is_empty(value) for _line, value in days):
        raise InputError(
            f"column {days[0][0]}: it is empty in every row, so the export has gone wrong. Give columns "
            "{days_overdue: null} if it is to be ignored."
        )
    return rows


def _find_in(record: Record, titles: Mapping[str, str | None]) -> Found:
    try:
        return _find(record.names, titles)
    except InputError as error:
        raise InputError(f"line {record.line}, {error}") from None


def _row(record: Record, found: Found) -> Row:
    row: Row = {"line": record.line, **dict.fromkeys(COLUMNS), "error": None}
    line = f"line {record.line}"
    fault: str | None
    if record.fault:
        fault = f"{line}: {record.fault}"
    elif found.near:
        fault = f"{line}, {found.near}"
    else:
        fault = _read_cells(record, found, row) or _row_fault(row, found, line)
    if fault and any(isinstance(value, str) and _is_total(value) for value in record.values):
        fault += " It looks like a totals row; remove it from the export."
    row["error"] = fault
    return row


def _read_cells(record: Record, found: Found, row: Row) -> str | None:
    """Fill the row with what can be read, and return what is wrong with the first cell that cannot be; or None."""
    faults = []
    for key, (place, title) in found.places.items():
        try:
            row[key] = _READERS[key](record.values[place], f"line {record.line}, column {title}")
        except InputError as error:
            faults.append(error.message)
    return faults[0] if faults else None


def _row_fault(row: Row, found: Found, line: str) -> str | None:
    """Return what is wrong with the cells together; or None. An empty cell of days overdue says that nothing is."""
    for keys, advice in ((SELECTORS, "give the name as expected_name."), (DUE, "give one of them.")):
        there = " and ".join(f"column {found.places[key][1]}" for key in keys if key in found.places)
        filled = [key for key in keys if row[key] is not None]
        if len(filled) > 1:
            return f"{line}, {there}: both are filled; {advice}"
        if not filled and not (keys is DUE and "days_overdue" in found.places):
            return f"{line}, {there}: empty." if there else f"{line}: it has no {' and no '.join(keys)}."
    return None


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _is_total(text: str) -> bool:
    return _TOTALS.fullmatch(text.strip().rstrip(":")) is not None


def _read_text(value: Any, where: str) -> str | None:
    if _is_empty(value):
        return None
    if isinstance(value, Unquoted):
        raise InputError(
            f"{where}: {shown(value)} has no quotes, and readers of YAML differ in what it means. Put quotes around it."
        )
    text = check_text(value, where)
    if _REWRITTEN.fullmatch(text):
        raise InputError(f"{where}: {shown(text)} is what a spreadsheet makes of a number. Export the column as text.")
    if _DATE.fullmatch(text):
        raise InputError(f"{where}: {shown(text)} is a date, perhaps made by a spreadsheet. Export the column as text.")
    if _is_total(text):
        raise InputError(
            f"{where}: {shown(text)} is a word for a sum. If a tenant is really called so, name it by its UUID."
        )
    return text


def _read_state(value: Any, where: str) -> str | None:
    if _is_empty(value):
        return None
    state = value.strip().casefold() if isinstance(value, str) else None
    if state not in STATES:
        raise InputError(f"{where}: {shown(value)} is not one of {', '.join(STATES)}.")
    return state


def _read_days(value: Any, where: str) -> int | None:
    if _is_empty(value):
        return None
    text = value.strip() if isinstance(value, str) else ""
    if _DAYS.fullmatch(text):
        value = int(text)
    if isinstance(value, bool) or not isinstance(value, int):
        what = "a date, " if _DATE.fullmatch(str(value).strip()) else ""
        raise InputError(
            f"{where}: {shown(value)} is {what}not a whole number of days. If nothing is overdue, leave it empty."
        )
    if abs(value) > MOST_DAYS:
        raise InputError(f"{where}: {shown(value)} is more than {MOST_DAYS} days; a spreadsheet may store a date so.")
    return value


def _read_hold(value: Any, where: str) -> str | None:
    if isinstance(value, (Mapping, list, tuple)):
        raise InputError(f"{where}: it must be text or a boolean.")
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value).strip()
    # Text that cannot be encoded would make the whole result unusable.
    return None if text.casefold() in NO_HOLD else text.encode("utf-8", "replace").decode()


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "tenant": _read_text,
    "customer_id": _read_text,
    "expected_name": _read_text,
    "state": _read_state,
    "days_overdue": _read_days,
    "hold": _read_hold,
}
