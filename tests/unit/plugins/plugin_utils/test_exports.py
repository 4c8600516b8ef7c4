# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.plugin_utils._exports import (
    Record,
    Unquoted,
    check_characters,
    decode,
    read_csv,
    read_entries,
    read_json,
    read_yaml,
    to_bytes,
)


def table(
    text: str, delimiter: str | None = None, known: Sequence[str] = ("id", "days")
) -> list[tuple[int, list[str]]]:
    """Return the rows of a table without fault, the header first."""
    return [
        (record.line, list(record.values))
        for record in read_csv(text, delimiter, lambda names: set(known) <= set(names))
        if record.fault is None
    ]


def faults(text: str) -> dict[int, str]:
    return {one.line: one.fault for one in read_csv(text, None, lambda names: True) if one.fault is not None}


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        ("Zoë".encode(), None, "Zoë"),
        (codecs.BOM_UTF8 + "Zoë".encode(), None, "Zoë"),
        (codecs.BOM_UTF8 + "Zoë".encode(), "UTF8", "Zoë"),
        (codecs.BOM_UTF8 + "Zoë".encode(), "utf-8-sig", "Zoë"),
        ("Zoë".encode("utf-16"), None, "Zoë"),
        ("Zoë".encode("utf-16"), "utf-16", "Zoë"),
        (codecs.BOM_UTF16_BE + "Zoë".encode("utf-16-be"), None, "Zoë"),
        ("Zoë".encode("utf-16-be"), "utf-16-be", "Zoë"),
        ("Zoë €".encode("cp1252"), "windows-1252", "Zoë €"),
    ],
)
def test_bytes_are_read_in_their_encoding(data: bytes, encoding: str | None, text: str) -> None:
    assert decode(data, encoding) == text


@pytest.mark.parametrize(
    ("data", "encoding", "message"),
    [
        ("a\r\nb\nc\rZoë".encode("cp1252"), None, "line 4, column 3: the byte 0xeb is not UTF-8. Save it as UTF-8"),
        ("a\nZoë".encode("cp1252"), "utf-8", "line 2, column 3: the byte 0xeb is not UTF-8. Check encoding."),
        (codecs.BOM_UTF8 + "Zoë".encode("cp1252"), None, "line 1, column 3: the byte 0xeb is not UTF-8"),
        (b"Zo\x81", "cp1252", "line 1, column 3: the byte 0x81 is not CP1252. Check encoding."),
        ("Zoë".encode("utf-16")[:-1], None, "line 1, column 3: the byte 0xeb is not UTF-16-LE"),
        ("Zo\u00eb\u20ac".encode("utf-16-be"), None, "it is probably UTF-16"),
        ("Zoë".encode("utf-16-le"), "utf-16", "encoding: the file has no byte order mark"),
        ("Zoë".encode("utf-16"), "utf-8", "encoding: the byte order mark of the file says utf-16-le, not 'utf-8'"),
        (codecs.BOM_UTF8, "cp1252", "encoding: the byte order mark of the file says utf-8, not 'cp1252'"),
        (b"a", "", "encoding: '' is not known"),
        (b"a", "base64", "encoding: 'base64' is not known"),
        (b"a", "no such", "encoding: 'no such' is not known"),
        (b"a", "idna", "encoding: 'idna' is not known"),
        (b"a", "unicode_escape", "encoding: 'unicode_escape' is not known"),
        (b"PK\x03\x04\x14", None, "it is not text but an Excel workbook"),
    ],
)
def test_bytes_that_are_none_of_it_are_named(data: bytes, encoding: str | None, message: str) -> None:
    with pytest.raises(InputError) as refused:
        decode(data, encoding)
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("\ufeff \r\n", "it is empty"),
        ("a\nb\0", "line 2, column 2: there are NUL characters"),
        ("a\nZo\udceb", "line 2, column 3: it is not UTF-8"),
        ("Z\udceb\0", "line 1, column 3: there are NUL characters"),
    ],
)
def test_text_that_was_read_wrongly_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match="^" + message.replace("(", "\\(")):
        check_characters(text)


def test_base64() -> None:
    assert to_bytes("Wm/D\nqw==\n") == "Zoë".encode()
    for wrong in ("Zoë", "Wm/", "W===", "id;days"):
        with pytest.raises(InputError, match="it is not base64"):
            to_bytes(wrong)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("id,days\n1,2", [(1, ["id", "days"]), (2, ["1", "2"])]),
        ("id;days\r\n1;2\r\n", [(1, ["id", "days"]), (2, ["1", "2"])]),
        ("id\tdays\r1\t2\r", [(1, ["id", "days"]), (2, ["1", "2"])]),
        ("\r\n \nid,days\r\r\n\n1,2\r3,4\n", [(3, ["id", "days"]), (6, ["1", "2"]), (7, ["3", "4"])]),
        ('id,days\n"1\r\n,\n",2\n3,4\n', [(1, ["id", "days"]), (2, ["1\r\n,\n", "2"]), (5, ["3", "4"])]),
        ('id,days\n"a ""b"" c",2\n', [(1, ["id", "days"]), (2, ['a "b" c', "2"])]),
        ('id,days\n19" Rack,2\n', [(1, ["id", "days"]), (2, ['19" Rack', "2"])]),
        ("id,days\n,,\n , \n1,2\n", [(1, ["id", "days"]), (4, ["1", "2"])]),
        ("sep=;\r\nid;days\r\n1;2", [(2, ["id", "days"]), (3, ["1", "2"])]),
        ('"sep=|"\nid|days\n1,5|2', [(2, ["id", "days"]), (3, ["1,5", "2"])]),
        ("id;days;a,b\n1;2;3,4", [(1, ["id", "days", "a,b"]), (2, ["1", "2", "3,4"])]),
        ('"id, or so";"days"\n1;2', [(1, ["id, or so", "days"]), (2, ["1", "2"])]),
        ("id\n1\n", [(1, ["id"]), (2, ["1"])]),
        ("id,days,,\n1,2,,\n", [(1, ["id", "days"]), (2, ["1", "2"])]),
        ("id,days,,\n1,2\n", [(1, ["id", "days"]), (2, ["1", "2"])]),
        ("id,days\n1,2, ,\n", [(1, ["id", "days"]), (2, ["1", "2"])]),
        (",,", [(1, [])]),
    ],
)
def test_tables(text: str, rows: list[tuple[int, list[str]]]) -> None:
    assert table(text) == rows


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("id,name,days\n1,2\n", 2, "it has 2 cells instead of 3"),
        ("id,name,days\n1,2,3\n1,Smith, Jones,3\n", 3, "it has 4 cells instead of 3"),
        ("id,name,days\n1,Smith, Jones,3\n", 2, "'3' is behind the last of the 3 columns"),
        # The cell at the end of the row is empty, so that nothing but the number of cells shows the shift.
        ("id,name,days,hold\n1,Smith,3,\n2,Smith, Jones,3,\n", 3, "it has 5 cells instead of 4"),
        ("id,name,days,\n1,Smith,3,\n2,Smith, Jones,3,\n", 3, "it has 5 cells instead of 4"),
    ],
)
def test_rows_that_do_not_fit_the_header(text: str, line: int, fault: str) -> None:
    found = faults(text)
    assert list(found) == [line] and fault in found[line]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('id,days\n1,2\n3,"4\n5,6\n', "line 3: in the row that begins here, a quote is not closed"),
        ('id,days\n1,2\n"3\n"4,5\n', "line 3: in the row that begins here, a quote is not closed"),
        ('id,days\n1,"2"x\n', "line 2: in the row that begins here, a quote is not closed, or text follows"),
        ('id,days\n"1", "2"\n', "line 2: ' \"2\"' has a blank before its quote"),
        ('"id,days\n', "line 1: in the row that begins here, a quote is not closed"),
        (f"id,days\n{'x' * 200_000},1\n", "line 2: a cell has more than 131072 characters"),
        ("a,b;c\n", "line 1: it is not clear which delimiter"),
    ],
)
def test_tables_that_are_none(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        table(text)
    assert refused.value.message.startswith(message)


def test_two_possible_delimiters_are_refused() -> None:
    with pytest.raises(InputError, match=r"^line 1: it is not clear which delimiter"):
        table("id,a;id\n", known=["id"])


def test_a_delimiter_that_is_given_is_taken() -> None:
    assert table("a,b;c\n1,2;3", ";") == [(1, ["a,b", "c"]), (2, ["1,2", "3"])]


CELLS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=8) | st.sampled_from(
    ['"', "\r\n", ",", ";", "\t", ' "', "1.234,56", "Zoë", "sep=;", "'"]
)
# An export of a single column cannot be of use, and its delimiter is not known.
TABLES = st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=5))


@given(
    rows=TABLES,
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "windows-1252"]),
)
def test_what_a_program_writes_is_read_back(
    rows: list[list[str]], delimiter: str, quoting: Any, end: str, encoding: str
) -> None:
    # The writer does not put quotes around a line break other than its own.
    assume(quoting == csv.QUOTE_ALL or not any("\n" in cell or "\r" in cell for row in rows for cell in row))
    width = max((len(row) for row in rows), default=2)
    names = [f"column {number}" for number in range(width)]
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows([names, *rows])
    try:
        data = written.getvalue().encode(encoding)
    except UnicodeEncodeError:
        assume(False)
    text = check_characters(decode(data, "cp1252" if encoding == "windows-1252" else None))
    try:
        found = list(read_csv(text, None, lambda found: list(found) == names))
    except InputError as error:
        assert "has a blank before its quote" in error.message
        return
    assert [list(one.values) for one in found] == [names, *(row for row in rows if any(map(str.strip, row)))]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for one in found:
        # A row begins where its first cell does, however many line breaks are in the cells before.
        first = one.values[0].replace("\r\n", "\n").replace("\r", "\n").split("\n")[0].replace('"', '""')
        assert lines[one.line - 1].lstrip('"').startswith(first.lstrip('"'))


def lines_of(records: Sequence[Record]) -> list[tuple[int, dict[str, Any]]]:
    return [(one.line, dict(zip(one.names, one.values, strict=True))) for one in records]


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("[]", []),
        (' [{"a": 1},\r\n\r\n {"b": [{}]}, {"c": null}]\n', [(1, {"a": 1}), (3, {"b": [{}]}), (3, {"c": None})]),
        ('{"n": 1, "o": {"p": []},\n"items": [\r{"a": "]"}\r]}', [(3, {"a": "]"})]),
    ],
)
def test_json_has_lines(text: str, entries: list[tuple[int, dict[str, Any]]]) -> None:
    assert lines_of(read_json(text)) == entries


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1},\n{"b": 1, "b": 2}]', "line 2, column 1: the object that begins here has the key 'b' twice."),
        ('[{"a": NaN}]', "line 1, column 2: NaN is not a value of JSON."),
        ('[{"a": 1}\n{"a": 1}]', "line 2, column 1: it is not JSON."),
        ('[{"a": 1},]', "line 1, column 11: it is not JSON (Expecting value)."),
        ('[{"a": 1}', "line 1, column 10: it is not JSON."),
        ("[]\n x", "line 2, column 2: text follows the end of the JSON document."),
        (
            '{"a": [], "b": []}',
            "line 1: the object has 2 lists of its own and must have one; give the list of accounts",
        ),
        ("\n{}", "line 2: the object has 0 lists of its own"),
        ("{1: []}", "line 1, column 3: it is not JSON."),
        ("5", "line 1, column 1: it must be a JSON list of objects."),
        ("[" * 100_000, "line 1, column 2: it is not JSON that can be read."),
        (f"[{'9' * 10_000}]", "line 1, column 2: it is not JSON that can be read."),
    ],
)
def test_json_that_is_none(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_json(text)
    assert refused.value.message.startswith(message)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), max_size=4), st.none() | st.integers(0, 2))
def test_json_is_read_as_it_was_written(entries: list[dict[str, Any]], indent: int | None) -> None:
    assert [entry for _line, entry in lines_of(read_json(json.dumps(entries, indent=indent)))] == entries


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("Fabrikam", "Fabrikam"),
        ("'00123'", "00123"),
        ("C-1", "C-1"),
        ("1.2.3", "1.2.3"),
        ("~", None),
        ("", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        *((one, Unquoted(one)) for one in ("00123", "00129", "1_0", "0x10", "1:30", "1.5", "1e5", "1E+5", "+5")),
        *((one, Unquoted(one)) for one in ("yes", "off", "2026-11-26", ".nan", "=", "9" * 17)),
        ("[a]", []),
        ("{a: b}", {}),
        ("!!str 00123", Unquoted("00123")),
        ("!secret x", Unquoted("x")),
    ],
)
def test_yaml_scalars_stay_as_they_are_written(written: str, value: Any) -> None:
    assert lines_of(read_yaml(f"# a list\n- key: {written}\n")) == [(2, {"key": value})]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {a: 1}\n- {b: 1, b: 2}\n", "line 2: the key 'b' is there twice."),
        ("- &a {x: 1}\n- <<: *a\n", "line 2: merge keys"),
        ("- {[a]: 1}\n", "line 1: merge keys and keys that are not text"),
        ("- a: b: c\n", "line 1, column 7: it is not YAML with one document"),
        ("- a\n---\n- b\n", "line 2, column 1: it is not YAML with one document"),
        ("- \x01\n", "it is not YAML that can be read"),
        ("a: [1]\nb: [2]\n", "line 1: the mapping has 2 lists of its own"),
        ("# nothing\n", "line 1: it must be a YAML list of mappings."),
        ("[" * 100_000, "line 1, column 1"),
    ],
)
def test_yaml_that_is_none(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_yaml(text)
    assert refused.value.message.startswith(message)


def test_yaml_aliases_are_not_expanded() -> None:
    levels = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    (record,) = read_yaml(f"- a0: &a0 x\n{levels}")
    assert record.values == ["x", *([[]] * 29)]


@given(st.lists(st.dictionaries(st.text(max_size=4), st.none() | st.booleans() | st.text(max_size=6), max_size=3)))
@example([{"": "0E0"}])
def test_yaml_is_read_as_it_was_written(entries: list[dict[str, Any]]) -> None:
    for _line, entry in lines_of(read_yaml(yaml.safe_dump(entries))):
        # PyYAML writes some text without quotes that others take for a number.
        assert {key: str(one) if isinstance(one, Unquoted) else one for key, one in entry.items()} == entries.pop(0)
    assert entries == []


def test_data_is_numbered() -> None:
    entries = [{"a": 1, 5: 2}, {}]
    assert lines_of(read_entries(entries)) == [(1, {"a": 1}), (2, {})]
    assert lines_of(read_entries({"n": 1, "list": entries})) == [(1, {"a": 1}), (2, {})]
    assert read_entries(["x"])[0].fault == "'x' must be a mapping of columns to values."


@pytest.mark.parametrize("data", [None, 5, True, {}, {"a": [], "b": []}, {1, 2}])
def test_data_that_is_none(data: Any) -> None:
    with pytest.raises(InputError):
        read_entries(data)
