# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract: requests are checked against ``openapi.json``, and routes are made from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

DOCUMENT: Schema = json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))

UUID = re.compile(DOCUMENT["components"]["schemas"]["uuid"]["pattern"])

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_WORDS = {"true": True, "false": False}
_LOOSE_WORDS = {"true": True, "false": False, "1": True, "0": False}


class MalformedError(Exception):
    """The request does not fit the contract; ``parameter`` tells a parameter from a body."""

    def __init__(self, message: str, *, parameter: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.parameter = parameter


def resolve(schema: Schema) -> Schema:
    """The schema that a reference points to."""
    while "$ref" in schema:
        found: Any = DOCUMENT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def validator(schema: Schema) -> Draft202012Validator:
    """A validator that can follow references into the document."""
    return Draft202012Validator({"components": DOCUMENT["components"], "allOf": [schema]})


def parse_time(text: str) -> float:
    """Unix seconds of an RFC 3339 time; without a zone it is UTC.

    Raises:
        ValueError: it is not such a time.
    """
    if not _DATE_TIME.fullmatch(text):
        raise ValueError(f"not a time: {text!r}")
    # Python 3.10 reads neither Z nor an odd number of decimals.
    plain = re.sub(r"\.\d+", "", text.upper().replace("Z", "+00:00").replace(" ", "T"))
    value = datetime.fromisoformat(plain)
    return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()


class _Parameter:
    def __init__(self, document: Schema) -> None:
        self.name: str = document["name"]
        self.required: bool = document.get("required", False)
        self.schema = resolve(document["schema"])
        self._validator = validator(document["schema"])

    def read(self, text: str, loose: bool) -> Any:
        value: Any = text
        kind = self.schema.get("type")
        if kind == "integer":
            if not _INTEGER.fullmatch(text):
                raise MalformedError(f"{self.name} must be an integer", parameter=True)
            value = int(text)
        elif kind == "boolean":
            words = _LOOSE_WORDS if loose else _WORDS
            if (text.lower() if loose else text) not in words:
                raise MalformedError(f"{self.name} must be true or false", parameter=True)
            value = words[text.lower()]
        error = next(self._validator.iter_errors(value), None)
        if error is not None:
            raise MalformedError(f"{self.name}: {error.message}", parameter=True)
        if self.schema.get("format") == "date-time":
            try:
                value = parse_time(text)
            except ValueError as failure:
                raise MalformedError(f"{self.name}: {failure}", parameter=True) from failure
        return value


@dataclass
class Operation:
    """One endpoint of the contract."""

    id: str
    path: str
    method: str
    path_parameters: dict[str, _Parameter]
    query_parameters: dict[str, _Parameter]
    body: Schema | None
    content_type: str | None
    body_validator: Draft202012Validator | None

    def read_path(self, values: dict[str, str]) -> dict[str, str]:
        """The parameters in the path.

        Raises:
            MalformedError: one is not of its form.
        """
        return {name: self.path_parameters[name].read(value, False) for name, value in values.items()}

    def read_query(self, pairs: Iterable[tuple[str, str]], *, loose: bool, ignore_unknown: bool) -> dict[str, Any]:
        """The query parameters with their types.

        Raises:
            MalformedError: one is unknown, given twice, missing or not of its form.
        """
        values: dict[str, Any] = {}
        for name, text in pairs:
            parameter = self.query_parameters.get(name)
            if parameter is None:
                if ignore_unknown:
                    continue
                raise MalformedError(f"unknown parameter {name!r}", parameter=True)
            if name in values:
                raise MalformedError(f"{name} is given twice", parameter=True)
            values[name] = parameter.read(text, loose)
        for parameter in self.query_parameters.values():
            if parameter.required and parameter.name not in values:
                raise MalformedError(f"{parameter.name} is required", parameter=True)
        return values

    def read_body(self, raw: bytes, *, loose: bool, ignore_unknown: bool) -> Any:
        """The JSON body.

        Raises:
            MalformedError: it is not JSON or not of its form.
        """
        try:
            return self.check_body(
                json.loads(raw, parse_constant=_no_constant), loose=loose, ignore_unknown=ignore_unknown
            )
        except (ValueError, RecursionError) as error:
            raise MalformedError("the body is not JSON") from error

    def check_body(self, value: Any, *, loose: bool, ignore_unknown: bool) -> Any:
        """The body, made to fit first where the switches are lenient.

        Raises:
            MalformedError: it is not of its form.
        """
        assert self.body is not None and self.body_validator is not None
        value = _loosen(resolve(self.body), value, loose, ignore_unknown)
        error = next(self.body_validator.iter_errors(value), None)
        if error is not None:
            where = ".".join(str(part) for part in error.absolute_path)
            raise MalformedError(f"{where or 'body'}: {error.message[:200]}")
        return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _loosen(schema: Schema, value: Any, loose: bool, ignore_unknown: bool) -> Any:
    """Drop unknown keys and read strings as numbers and booleans, as lenient services do."""
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return {
            key: _loosen(resolve(known[key]), item, loose, ignore_unknown) if key in known else item
            for key, item in value.items()
            if key in known or not ignore_unknown
        }
    if loose and isinstance(value, str):
        kinds = schema.get("type", ())
        if "integer" in kinds and _INTEGER.fullmatch(value):
            return int(value)
        if "boolean" in kinds and value.lower() in _LOOSE_WORDS:
            return _LOOSE_WORDS[value.lower()]
    return value


def operations() -> Iterator[Operation]:
    """Every endpoint of the document."""
    for path, methods in DOCUMENT["paths"].items():
        for method, document in methods.items():
            parameters = document.get("parameters", ())
            # No endpoint takes more than one type of body.
            content = document.get("requestBody", {}).get("content", {})
            content_type = next(iter(content), None)
            body = content[content_type]["schema"] if content_type else None
            yield Operation(
                id=document["operationId"],
                path=path,
                method=method.upper(),
                path_parameters={p["name"]: _Parameter(p) for p in parameters if p["in"] == "path"},
                query_parameters={p["name"]: _Parameter(p) for p in parameters if p["in"] == "query"},
                body=body,
                content_type=content_type,
                body_validator=validator(body) if body else None,
            )
