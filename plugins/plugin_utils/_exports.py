# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An export of another system, in CSV, JSON or YAML, as records with line numbers. No I/O, and no meaning of a column.

What would have to be guessed is refused: an encoding, a delimiter, a quote that is not closed, a key that is there
twice. Scalars stay as they are written.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from base64 import b64decode
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from ansible.module_utils.common.yaml import SafeLoader

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError, clean
from ansible_collections.community.acronis.plugins.module_utils._text import shown

DELIMITERS = (",", ";", "\t")

_LINE_END = re.compile(r"\r\n|\r|\n")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{40,}={0,2}")
# What a spreadsheet writes on the first line to say which delimiter follows.
_DELIMITER_LINE = re.compile(r'"?sep=([^"\r\n])"?[,;\t]*')
_BLANKS = re.compile(r"[ \t\r\n]*")

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# Python knows these, too; they are notations inside of text.
_NOT_OF_FILES = frozenset({"idna", "punycode", "unicode-escape", "unicode_escape", "raw-unicode-escape"})
_NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook or another archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "compressed",
}
_SAVE = "Save it as UTF-8, or read it with ansible.builtin.slurp and give base64=true and its encoding"
_PROBABLY_UTF_16 = (
    f"there are NUL characters, so it is probably UTF-16. {_SAVE} (utf-16-le or utf-16-be; not needed with a "
    "byte order mark)."
)
# What some readers of YAML take for a number and some for text.
_NUMERIC = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")


@dataclass(frozen=True)
class Record:
    """One record. line: where it begins. names: the columns or keys as written. values: as many as names.

    fault: what is wrong with the record as a whole, so that its values mean nothing; or None.
    """

    line: int
    names: tuple[str, ...]
    values: Sequence[Any]
    fault: str | None = None


@dataclass(frozen=True)
class Unquoted:
    """A scalar without quotes that readers of YAML do not agree about, as it is written."""

    text: str

    def __str__(self) -> str:
        return self.text


class Places:
    """Where in a text something is."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def line(self, position: int) -> int:
        """Return the number of the line, from 1."""
        return bisect_right(self._starts, position)

    def name(self, position: int) -> str:
        """Return line and column, both from 1, for a message."""
        line = self.line(position)
        return f"line {line}, column {position - self._starts[line - 1] + 1}"


def to_bytes(data: str) -> bytes:
    """Return the bytes that base64 text stands for, or raise InputError."""
    try:
        return b64decode("".join(data.split()).encode("ascii"), validate=True)
    except ValueError:
        raise InputError(
            "it is not base64 text. Give base64=true only with the content that ansible.builtin.slurp returns."
        ) from None


def decode(data: bytes, encoding: str | None) -> str:
    """Return the text of a file, without byte order mark.

    encoding: the name of one that Python knows, or None for UTF-8 or what the byte order mark says. Raises InputError
    where bytes are none of the encoding.
    """
    for start, what in _NOT_TEXT.items():
        if data.startswith(start):
            raise InputError(f"it is not text but {what}; save it as CSV in UTF-8.")
    mark, marked = next(((mark, name) for mark, name in _MARKS.items() if data.startswith(mark)), (b"", None))
    name = _encoding_name(encoding) if encoding is not None else marked or "utf-8"
    if marked and name not in (marked, marked[: len("utf-16")]):
        raise InputError(f"encoding: the byte order mark of the file says {marked}, not {shown(encoding)}.")
    if name == "utf-16" and not marked:
        raise InputError("encoding: the file has no byte order mark; give utf-16-le or utf-16-be.")
    body, name = data[len(mark) :], marked or name
    try:
        return body.decode(name)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(name, "replace")
        if encoding is None and not marked and b"\0" in body:
            raise InputError(f"line 1: {_PROBABLY_UTF_16}") from None
        raise InputError(
            f"{Places(before).name(len(before))}: the byte 0x{body[error.start]:02x} is not {name.upper()}. "
            + ("Check encoding." if encoding else f"{_SAVE}, for example encoding=windows-1252.")
        ) from None


def _encoding_name(encoding: object) -> str:
    try:
        name = codecs.lookup(str(encoding)).name
        "".encode(name)
    except (LookupError, ValueError):
        name = ""
    if not name or name in _NOT_OF_FILES:
        raise InputError(f"encoding: {shown(encoding)} is not known. Examples are utf-8, utf-16-le and windows-1252.")
    return {"utf-8-sig": "utf-8", "utf_8_sig": "utf-8"}.get(name, name)


def check_characters(text: str) -> str:
    """Return the text without byte order mark, or raise InputError if it was not read as what it is."""
    wrong = re.search("[\0\ud800-\udfff]", text)
    if wrong is None:
        bare = text[1:] if text[:1] == "\ufeff" else text
        if not bare.strip():
            raise InputError("it is empty; check that the export has worked.")
        return bare
    if "\0" in text:
        first = Places(text).name(text.index("\0"))
        raise InputError(f"{first}: {_PROBABLY_UTF_16}")
    place = Places(text).name(wrong.start())
    raise InputError(f"{place}: it is not UTF-8. {_SAVE}, for example encoding=windows-1252.")


def refuse_base64(text: str) -> None:
    """Raise InputError if the text is base64 and nothing else."""
    if _BASE64.fullmatch(text.strip()):
        raise InputError("it looks like the base64 text that ansible.builtin.slurp returns; give base64=true.")


def read_csv(text: str, delimiter: str | None, is_header: Callable[[Sequence[str]], bool]) -> Iterator[Record]:
    """Yield the rows of a table, the header first, which is the first row with text. Raise InputError where it is none.

    delimiter: None to find it. is_header: whether these are names of columns that the caller can use, which decides
    where several delimiters are possible.
    """
    first = _DELIMITER_LINE.fullmatch(_LINE_END.split(text, 1)[0])
    skipped = 1 if first else 0
    delimiter = delimiter or (first[1] if first else None) or _find_delimiter(text, skipped, is_header)
    rows = _rows(text, delimiter, skipped)
    start, header = next(rows, (1, []))
    names = tuple(header)
    while names and not names[-1].strip():
        names = names[:-1]
    yield Record(start, names, names)
    table = list(rows)
    # Empty cells behind the last column are fine where each row has them. In one row alone they are a shifted column.
    widths = {len(cells) for _line, cells in table if len(cells) >= len(names)}
    width = widths.pop() if len(widths) == 1 else len(header)
    for line, cells in table:
        yield Record(line, names, cells[: len(names)], _misfit(cells, len(names), width))


def _misfit(cells: Sequence[str], columns: int, width: int) -> str | None:
    if len(cells) != width:
        return f"it has {len(cells)} cells instead of {width}; a quote or a delimiter may be missing, or too many."
    more = next((cell for cell in cells[columns:] if cell.strip()), None)
    if more is not None:
        return f"{shown(more)} is behind the last of the {columns} columns; text with the delimiter may lack quotes."
    return None


def _rows(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the line where it begins."""
    lines = io.StringIO(text, newline="")
    for _number in range(skipped):
        lines.readline()
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = skipped + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError(f"line {line}: {_csv_fault(str(error))}") from None
        if cells is None:
            return
        blank_before_quote = next((cell for cell in cells if cell[:1].isspace() and cell.lstrip()[:1] == '"'), None)
        if blank_before_quote is not None:
            raise InputError(f"line {line}: {shown(blank_before_quote)} has a blank before its quote; remove it.")
        if any(cell.strip() for cell in cells):
            yield line, cells


def _csv_fault(reason: str) -> str:
    if "field larger" in reason:
        return f"a cell has more than {csv.field_size_limit()} characters; a quote may not be closed."
    return "in the row that begins here, a quote is not closed, or text follows a closing quote."


def _find_delimiter(text: str, skipped: int, is_header: Callable[[Sequence[str]], bool]) -> str:
    headers = {}
    for delimiter in DELIMITERS:
        try:
            headers[delimiter] = next(_rows(text, delimiter, skipped), (0, []))[1]
        except InputError:
            continue
    if not headers:
        next(_rows(text, ",", skipped))
    found = [delimiter for delimiter, header in headers.items() if len(header) > 1]
    if len(found) > 1:
        found = [delimiter for delimiter in found if is_header(headers[delimiter])]
        if len(found) != 1:
            raise InputError("line 1: it is not clear which delimiter the header has; give delimiter.")
    return found[0] if found else ","


def read_json(text: str) -> list[Record]:
    """Return the objects of a list, or of the only list in an object, each with its line. Raise InputError."""
    return list(_Json(text).records())


class _Json:
    """A list of objects. The decoder of the standard library reads each of them; it does not tell where they are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places = Places(text)
        self._position = 0
        self._decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).raw_decode

    def records(self) -> Iterator[Record]:
        start = self._blanks()
        lists = []
        if self._text.startswith("{", start):
            for _entry in self._items("{", "}"):
                key = self._value()
                if not isinstance(key, str) or not self._take(":"):
                    raise self._wrong("it is not JSON")
                if self._peek("["):
                    lists.append((key, list(self._entries())))
                else:
                    self._value()
        else:
            lists.append(("", list(self._entries())))
        self._blanks()
        if self._position < len(self._text):
            raise self._wrong("text follows the end of the JSON document")
        if len(lists) != 1:
            raise InputError(
                f"line {self._places.line(start)}: the object has {len(lists)} lists of its own and must have one; "
                "give the list of accounts itself."
            )
        yield from lists[0][1]

    def _entries(self) -> Iterator[Record]:
        if not self._peek("["):
            raise self._wrong("it must be a JSON list of objects")
        for start in self._items("[", "]"):
            line = self._places.line(start)
            yield _entry(line, self._value())

    def _items(self, opening: str, closing: str) -> Iterator[int]:
        """Yield where each item begins. The caller reads it."""
        self._take(opening)
        if self._take(closing):
            return
        while True:
            yield self._blanks()
            if self._take(closing):
                return
            if not self._take(","):
                raise self._wrong("it is not JSON")

    def _value(self) -> Any:
        start = self._blanks()
        try:
            value, self._position = self._decode(self._text, start)
        except json.JSONDecodeError as error:
            self._position = error.pos
            raise self._wrong(f"it is not JSON ({error.msg})") from None
        except (InputError, RecursionError, ValueError) as error:
            raise self._wrong(
                str(error) if isinstance(error, InputError) else "it is not JSON that can be read"
            ) from None
        return value

    def _blanks(self) -> int:
        found = _BLANKS.match(self._text, self._position)
        self._position = found.end() if found else self._position
        return self._position

    def _peek(self, sign: str) -> bool:
        return self._text.startswith(sign, self._blanks())

    def _take(self, sign: str) -> bool:
        found = self._peek(sign)
        self._position += len(sign) if found else 0
        return found

    def _wrong(self, what: str) -> InputError:
        return InputError(f"{self._places.name(self._position)}: {what}.")


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(f"the object that begins here has the key {shown(key)} twice")
        found[key] = value
    return found


def _no_constant(word: str) -> None:
    raise InputError(f"{word} is not a value of JSON")


def _entry(line: int, value: Any) -> Record:
    if isinstance(value, Mapping):
        pairs = [(key, one) for key, one in value.items() if isinstance(key, str)]
        return Record(line, tuple(str(key) for key, _one in pairs), [one for _key, one in pairs])
    return Record(line, (), (), f"{shown(value)} must be a mapping of columns to values.")


def read_entries(data: Any) -> list[Record]:
    """Return the entries of a list of mappings, or of the only list in a mapping, with their numbers as lines.

    Raises InputError if it is none.
    """
    if isinstance(data, Mapping):
        lists = [value for value in data.values() if isinstance(value, (list, tuple))]
        if len(lists) != 1:
            raise InputError(f"the mapping has {len(lists)} lists of its own and must have one; give the list itself.")
        data = lists[0]
    if not isinstance(data, (list, tuple)):
        raise InputError(f"{shown(data)} is neither the text of an export nor a list of mappings.")
    return [_entry(number, value) for number, value in enumerate(data, 1)]


def read_yaml(text: str) -> list[Record]:
    """Return the mappings of a list, or of the only list in a mapping, each with its line. Raise InputError.

    Nodes are read and no values are made of them, so that nothing is converted and no alias is expanded.
    """
    try:
        root = yaml.compose(text, Loader=SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise InputError(f"{place}it is not YAML with one document ({clean(error.problem or error)}).") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"it is not YAML that can be read ({clean(error)}).") from None
    if isinstance(root, yaml.MappingNode):
        lists = [node for _key, node in _pairs(root) if isinstance(node, yaml.SequenceNode)]
        if len(lists) != 1:
            raise InputError(f"line {_line(root)}: the mapping has {len(lists)} lists of its own and must have one.")
        root = lists[0]
    if not isinstance(root, yaml.SequenceNode):
        raise InputError("line 1: it must be a YAML list of mappings.")
    return [_yaml_record(node) for node in root.value]


def _yaml_record(node: Any) -> Record:
    if not isinstance(node, yaml.MappingNode):
        return Record(_line(node), (), (), "the entry must be a mapping of columns to values.")
    pairs = _pairs(node)
    return Record(_line(node), tuple(key for key, _value in pairs), [_scalar(value) for _key, value in pairs])


def _pairs(node: Any) -> list[tuple[str, Any]]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if not isinstance(key, yaml.ScalarNode) or key.tag.endswith(":merge"):
            raise InputError(f"line {_line(key)}: merge keys and keys that are not text are not supported.")
        if name in found:
            raise InputError(f"line {_line(key)}: the key {shown(name)} is there twice.")
        found[name] = value
    return list(found.items())


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _scalar(node: Any) -> Any:
    """Return text, a boolean, a plain number or None where readers of YAML agree about it, else what is written."""
    if not isinstance(node, yaml.ScalarNode):
        return [] if isinstance(node, yaml.SequenceNode) else {}
    kind = node.tag.rpartition(":")[2]
    if kind == "str" and (node.style or not _NUMERIC.fullmatch(node.value)):
        return node.value
    if kind == "null":
        return None
    if kind == "bool" and node.value.lower() in ("true", "false"):
        return node.value.lower() == "true"
    if kind == "int" and re.fullmatch(r"-?(0|[1-9][0-9]{0,15})", node.value):
        return int(node.value)
    return Unquoted(node.value)
