# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator's contract holds the facts of the vendor's interface, as listed in ``facts.json``.

What the contract has beyond them is listed there too, status codes with the reason. Anything else is a mistake.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.acronis.tests.simulator.contract import DOCUMENT, resolve

FACTS: dict[str, Any] = json.loads(Path(__file__).with_name("facts.json").read_text(encoding="utf-8"))
OPERATIONS: dict[str, Any] = FACTS["operations"]
SCHEMAS: dict[str, Any] = FACTS["schemas"]
ADDITIONS: dict[str, Any] = FACTS["additions"]
CONSTRAINTS = (
    "additionalProperties",
    "default",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "uniqueItems",
)


def ours() -> dict[str, Any]:
    """The operations of the contract, named as in the facts."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    }


def target(reference: str) -> str:
    return reference.rpartition("/")[2]


def compare(fact: dict[str, Any], schema: dict[str, Any], where: str) -> None:
    """Fail unless the schema says what the fact says, and nothing more that is not listed as an addition."""
    if "ref" in fact:
        assert target(schema["$ref"]) == fact["ref"], where
        return
    schema = resolve(schema)
    if "type" in fact:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        assert sorted(types) == sorted([fact["type"]] + ["null"] * fact.get("nullable", False)), where
    values = [value for value in schema.get("enum", ()) if value is not None]
    assert values == fact.get("enum", []) + ADDITIONS["enum_values"].get(where, []), where
    assert (None in schema.get("enum", ())) is bool(fact.get("nullable") and "enum" in fact), where
    wanted = {key: fact[key] for key in CONSTRAINTS if key in fact} | ADDITIONS["constraints"].get(where, {})
    assert {key: schema[key] for key in CONSTRAINTS if key in schema} == wanted, where
    assert sorted(schema.get("required", ())) == fact.get("required", []), where
    properties = fact.get("properties", {})
    extra = ADDITIONS["properties"].get(where, [])
    assert schema.get("properties", {}).keys() == properties.keys() | set(extra), where
    for name, value in properties.items():
        compare(value, schema["properties"][name], f"{where}.{name}")
    if "items" in fact:
        compare(fact["items"], schema["items"], f"{where}[]")
    choices = fact.get("oneOf", [])
    assert len(schema.get("oneOf", [])) == len(choices), where
    for choice, candidate in zip(choices, schema.get("oneOf", []), strict=True):
        compare(choice, candidate, f"{where}|")


def test_operations_are_the_same() -> None:
    assert ours().keys() == OPERATIONS.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_parameters(name: str) -> None:
    found = {
        f"{parameter['in']} {parameter['name']}": parameter
        for parameter in ours()[name].get("parameters", ())
        if parameter["in"] != "header"
    }
    assert found.keys() == OPERATIONS[name]["parameters"].keys()
    for key, fact in OPERATIONS[name]["parameters"].items():
        assert found[key].get("required", False) is fact["required"], key
        if "type" in fact:
            compare({k: v for k, v in fact.items() if k != "required"}, found[key]["schema"], f"{name} {key}")


@pytest.mark.parametrize("name", OPERATIONS)
def test_bodies(name: str) -> None:
    fact, found = OPERATIONS[name].get("body"), ours()[name].get("requestBody")
    assert (fact is None) == (found is None)
    if fact and found:
        assert list(found["content"]) == [fact["content_type"]]
        compare(fact["schema"], found["content"][fact["content_type"]]["schema"], f"{name} body")


@pytest.mark.parametrize("name", OPERATIONS)
def test_answers(name: str) -> None:
    facts, found = OPERATIONS[name]["responses"], ours()[name]["responses"]
    assert facts.keys() <= found.keys()
    unexplained = found.keys() - facts.keys() - ADDITIONS["statuses"].keys()
    assert not unexplained
    for status, schema in facts.items():
        content = resolve(found[status]).get("content", {})
        if schema is None:
            assert content == {}, status
            continue
        answer = content["application/json"]["schema"]
        # The longer form of an error is one of the two that occur.
        candidates = [answer, *answer.get("anyOf", ())]
        assert schema in [target(candidate.get("$ref", "")) for candidate in candidates], status


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas(name: str) -> None:
    compare(SCHEMAS[name], DOCUMENT["components"]["schemas"][name], name)


def test_schemas_are_the_same() -> None:
    assert DOCUMENT["components"]["schemas"].keys() == SCHEMAS.keys() | set(ADDITIONS["schemas"])


def test_additions_are_in_use() -> None:
    listed = {status for operation in OPERATIONS.values() for status in operation["responses"]}
    assert listed <= {"200", "201", "204", "400", "401", "403", "404", "409", "415"}
    for status, reason in ADDITIONS["statuses"].items():
        assert reason
        assert any(
            status in operation["responses"] and status not in OPERATIONS[name]["responses"]
            for name, operation in ours().items()
        ), status
