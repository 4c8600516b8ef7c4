# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible.module_utils.common.parameters import AnsibleFallbackNotFound
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._desired import (
    ENTRY_KEYS,
    INFO_KEYS,
    RESULT_KEYS,
    EnvironmentText,
    Request,
    protection_fallback,
)
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._impact import Impact, growth
from ansible_collections.community.acronis.plugins.module_utils._references import ProtectedEntries, ProtectedEntry
from ansible_collections.community.acronis.plugins.module_utils._results import STATUSES
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES, Desired
from ansible_collections.community.acronis.tests.unit.world import World

ID = "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a"
OTHER = "1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b"
WORLD = World.of("minimal")

NFC, NFD = "Caf\u00e9", "Cafe\u0301"
IMPACT: dict[str, Any] = {
    "sub_tenants": {"partner": 0, "folder": 0, "customer": 2, "unit": 0},
    "users": 7,
    "api_clients": None,
    "storage_bytes": 5,
    "complete": True,
}

# A result of tenant_state, as check mode returns it, and an entry of tenant_info.
RESULT: dict[str, Any] = {
    "tenant": "Fabrikam",
    "id": ID,
    "name": "Fabrikam",
    "kind": "customer",
    "parent_id": OTHER,
    "status": "changed",
    "changed": True,
    "actions": ["disable"],
    "before": {"state": "enabled", "version": 5, "internal_tag": None},
    "after": {"state": "disabled", "version": None, "internal_tag": None},
    "impact": None,
    "changed_with": None,
    "error": None,
}
INFO: dict[str, Any] = {"id": ID, "name": "Fabrikam", "version": 5, "kind": "customer", "enabled": True, "path": ["A"]}


def parse(entries: Any, state: str | None = "disabled", **options: Any) -> list[Desired]:
    """The wishes of a task with this list."""
    return list(WORLD.request(state, tenants=entries, **options).desired_tenants)


def plan(entries: Any, state: str | None = None, **options: Any) -> Request:
    """What a task with this plan asks for."""
    return WORLD.request(state, plan=entries, **options)


def only(entry: Any, state: str | None = "disabled") -> Desired:
    (desired,) = parse([entry], state)
    return desired


def planned(entry: Any, state: str | None = None) -> Desired:
    (desired,) = plan([entry], state).desired_tenants
    return desired


# -- tenants, customer_ids, tenant, customer_id -----------------------------------------------------------------------
@pytest.mark.parametrize("entries", [[ID], [ID.upper()], [{"tenant": ID}], ({"tenant": ID},)])
def test_an_id(entries: Any) -> None:
    (desired,) = parse(entries)
    assert (desired.reference.kind, desired.reference.value, desired.state) == ("id", ID, "disabled")
    assert (desired.expected_name, desired.expected_version) == (None, None)


@pytest.mark.parametrize(
    ("entry", "kind", "value"),
    [
        ("Fabrikam, Inc.", "name", "Fabrikam, Inc."),
        ({"tenant": "Fabrikam"}, "name", "Fabrikam"),
        ({"tenant": NFD}, "name", NFC),
        ({"customer_id": "C-1"}, "customer_id", "C-1"),
        ({"customer_id": ID}, "customer_id", ID),
        ({"tenant": "None of us"}, "name", "None of us"),
    ],
)
def test_names_and_customer_ids(entry: Any, kind: str, value: str) -> None:
    reference = only(entry).reference
    assert (reference.kind, reference.value) == (kind, value)


def test_a_list_of_customer_ids() -> None:
    desired_tenants = WORLD.request("absent", customer_ids=["00123", "Smith, Jones & Co"]).desired_tenants
    assert [(desired.reference.kind, desired.reference.value, desired.state) for desired in desired_tenants] == [
        ("customer_id", "00123", "absent"),
        ("customer_id", "Smith, Jones & Co", "absent"),
    ]


def test_one_tenant_with_its_guards() -> None:
    for option, kind in (("tenant", "name"), ("customer_id", "customer_id")):
        guards: dict[str, Any] = {"expected_name": NFD, "expected_version": 7}
        (desired,) = WORLD.request("absent", **{option: "Fabrikam"}, **guards).desired_tenants
        assert (desired.reference.kind, desired.expected_name, desired.expected_version) == (kind, NFD, 7)


def test_each_entry_has_its_own_wish() -> None:
    entries: list[Any] = [
        "Fabrikam",
        {"tenant": ID, "state": "absent", "expected_name": "Contoso", "expected_version": "17"},
        {"customer_id": "C-1", "expected_version": 3},
    ]
    options: dict[str, Any] = {"protected_tenants": ["Hospital"], "unmatched_protection": "warn"}
    desired_tenants = parse(entries, "enabled", delete_descendants=True, restore_deleted=True, **options)
    assert [(desired.state, desired.expected_name, desired.expected_version) for desired in desired_tenants] == [
        ("enabled", None, None),
        ("absent", "Contoso", 17),
        ("enabled", None, 3),
    ]
    for desired in desired_tenants:
        assert desired.protected_tenants == ProtectedEntries((ProtectedEntry("Hospital", "hospital"),))
        assert (desired.unmatched_protection, desired.delete_descendants, desired.restore_deleted) == (
            "warn",
            True,
            True,
        )


def test_nothing_is_no_wish() -> None:
    assert parse([], None) == []
    assert WORLD.request("absent", customer_ids=[]).desired_tenants == []
    assert (plan([]).desired_tenants, plan([]).left_out) == ([], {})


@pytest.mark.parametrize(("option", "shows"), [("tenant", True), ("customer_id", True), ("tenants", False)])
def test_what_one_tenant_was_asked_for_is_always_returned(option: str, shows: bool) -> None:
    value: Any = "Fabrikam" if shows else ["Fabrikam"]
    assert WORLD.request("disabled", **{option: value}).return_unchanged is shows
    assert WORLD.request("disabled", **{option: value}, return_unchanged=True).return_unchanged is True


BAD: list[tuple[Any, str]] = [
    (None, "has no value"),
    ("", "empty"),
    ("  ", "empty"),
    ("None", "without a value"),
    (" null ", "without a value"),
    (" Fabrikam", "white space around"),
    ("Fabrikam ", "white space around"),
    (f" {ID}", "white space around"),
    ("Fabrikam\u200b", r"'Fabrikam\\u200b' has line breaks or characters that cannot be seen"),
    (ID[:-1], "not a UUID"),
    (ID.replace("-", ""), "not a UUID"),
    (f"{{{ID}}}", "begins like a list or a mapping"),
    (f"{ID}, {OTHER}", "not a UUID"),
    (7, "is a number, not text"),
    (4.5, "is a number, not text"),
    (True, "is a boolean, not text"),
    (["Fabrikam"], "is a list, not text"),
    ({}, "exactly one of tenant and customer_id"),
    ({"state": "enabled"}, "exactly one of tenant and customer_id"),
    ({"tenant": ID, "customer_id": "C-1"}, "exactly one of tenant and customer_id"),
    ({"tenant": None}, r"\.tenant: it has no value; give it one or leave it out"),
    ({"tenant": ID, "customer_id": None}, r"\.customer_id: it has no value; give it one or leave it out"),
    ({"tenant": ID, "state": None}, r"\.state: it has no value; give it one or leave it out"),
    ({"tenant": ID, "expected_name": None}, r"\.expected_name: it has no value"),
    ({"tenant": ID, "name": "Fabrikam"}, "unknown key 'name'"),
    ({"tenant ": ID}, r"unknown key 'tenant '\. Did you mean 'tenant'\?"),
    ({"\ufefftenant": ID}, r"unknown key '\\ufefftenant'\. Did you mean 'tenant'\?"),
    ({"tenant": ID, "State": "absent"}, r"unknown key 'State'\. Did you mean 'state'\?"),
    ({"tenant": ID, 7: "x"}, "unknown key '7'"),
    ({"id": ID}, "unknown key 'id'"),
    ({"tenant": ID, "delete_descendants": True}, "unknown key 'delete_descendants'"),
    ({"tenant": ID[:-1]}, r"\.tenant: .*not a UUID"),
    ({"tenant": ""}, r"\.tenant: .*empty"),
    ({"tenant": 7}, r"\.tenant: .*not text"),
    ({"customer_id": 1002}, r"\.customer_id: '1002' is a number, not text"),
    ({"customer_id": "none"}, r"\.customer_id: .*without a value"),
    ({"tenant": ID, "state": "gone"}, r"\.state: 'gone' is not one of enabled, disabled, absent"),
    ({"tenant": ID, "state": True}, r"\.state: 'True' is not one of"),
    ({"tenant": ID, "state": ["absent"]}, r"\.state: .* is not one of"),
    ({"tenant": ID, "expected_name": ""}, r"\.expected_name: .*empty"),
    ({"tenant": ID, "expected_name": 7}, r"\.expected_name: .*not text"),
    ({"tenant": ID, "expected_version": "new"}, r"\.expected_version: .*not a whole number"),
    ({"tenant": ID, "expected_version": True}, r"\.expected_version: .*not a whole number"),
    ({"tenant": ID, "expected_version": 1.0}, r"\.expected_version: .*not a whole number"),
    ({"tenant": ID, "expected_version": "9" * 5000}, r"\.expected_version: .*not a whole number"),
    ({"tenant": ID, "expected_version": "\u0663"}, r"\.expected_version: .*not a whole number"),
    (RESULT, "it is an entry that a module has returned; give such entries as plan"),
    (INFO, "it is an entry that a module has returned; give such entries as plan"),
]


@pytest.mark.parametrize(("entry", "reason"), BAD, ids=[f"{number}-{bad[1]}" for number, bad in enumerate(BAD)])
def test_a_bad_entry_is_named_and_nothing_is_sent(world: World, entry: Any, reason: str) -> None:
    with pytest.raises(InputError, match=rf"^tenants\[1\].*{reason}") as caught:
        world.run("disabled", tenants=["Contoso", entry])
    assert caught.value.message.isprintable() and len(caught.value.message) < 500
    assert world.app.log == []


@pytest.mark.parametrize("option", ["tenants", "customer_ids", "plan", "protected_tenants"])
@pytest.mark.parametrize("value", ["Fabrikam", "A, B", "['A', 'B']", '["A"]', f"{ID},{OTHER}", "", {"tenant": "A"}, 7])
def test_a_list_that_is_none_is_never_split(world: World, option: str, value: Any) -> None:
    named = {"tenant": "Contoso"} if option == "protected_tenants" else {}
    with pytest.raises(InputError, match=f"^{option}: it must be a list, but "):
        world.run("disabled", **{**named, option: value})
    assert world.app.log == []


@pytest.mark.parametrize(("value", "words"), [(1002, "is a number"), ("n/a", "without a value"), ("", "empty")])
def test_a_bad_customer_id_is_named(world: World, value: Any, words: str) -> None:
    with pytest.raises(InputError, match=rf"^customer_ids\[1\]: .*{words}"):
        world.run("disabled", customer_ids=["C-1", value])
    assert world.app.log == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({}, "tenant"),
        ({"tenant": "A", "customer_id": "C-1"}, "tenant"),
        ({"customer_ids": ["C-1"], "plan": [INFO]}, "customer_ids"),
        ({"tenants": [], "customer_ids": []}, "tenants"),
    ],
)
def test_exactly_one_option_says_which_tenants_are_meant(world: World, options: dict[str, Any], named: str) -> None:
    with pytest.raises(
        InputError, match=f"^{named}: exactly one of tenant, customer_id, tenants, customer_ids, plan is"
    ):
        world.run("disabled", **options)
    assert world.app.log == []


def test_a_version_is_a_number(world: World) -> None:
    # Ansible takes a boolean for an int, and true is equal to 1.
    with pytest.raises(InputError, match=r"^expected_version: 'True' is not a whole number"):
        world.request("absent", tenant="Fabrikam", expected_version=True)


@pytest.mark.parametrize("guard", ["expected_name", "expected_version"])
@pytest.mark.parametrize("option", ["tenants", "customer_ids", "plan"])
def test_a_guard_of_one_tenant_is_refused_beside_a_list(world: World, option: str, guard: str) -> None:
    with pytest.raises(InputError, match=f"^{guard}: it is for one tenant; for several, set it in the entries"):
        world.run("disabled", **{option: [], guard: 7})
    assert world.app.log == []


@pytest.mark.parametrize("entry", [ID, {"tenant": ID}, {"customer_id": "C-1"}])
def test_somebody_must_say_the_state(world: World, entry: Any) -> None:
    with pytest.raises(InputError, match=r"^tenants\[1\]: it has no state, and neither has the task"):
        world.run(None, tenants=[{"tenant": "Contoso", "state": "enabled"}, entry])
    with pytest.raises(InputError, match=r"^plan\[0\]: it has no state, and neither has the task"):
        world.run(None, plan=[INFO])
    for option, value in (("tenant", ID), ("customer_id", "C-1"), ("customer_ids", ["C-1"])):
        with pytest.raises(InputError, match=rf"^{option}: it has no state"):
            world.run(None, **{option: value})
    assert world.app.log == []


@pytest.mark.parametrize(
    "entries",
    [
        [ID, ID],
        [ID, {"tenant": ID.upper()}],
        ["Contoso", {"tenant": "Contoso", "state": "absent"}],
        [{"customer_id": "C-1"}, {"customer_id": "C-1"}],
        [NFC, NFD],
    ],
)
def test_the_same_tenant_twice_by_spelling(world: World, entries: list[Any]) -> None:
    with pytest.raises(InputError, match=r"^tenants\[2\]: it names the same tenant as tenants\[0\]"):
        world.run("disabled", tenants=[entries[0], "Between", entries[1]])
    with pytest.raises(InputError, match=r"^customer_ids\[1\]: it names the same tenant as customer_ids\[0\]"):
        world.run("disabled", customer_ids=["C-1", "C-1"])
    assert world.app.log == []


def test_a_name_and_a_customer_id_of_the_same_text_are_two_things() -> None:
    assert len(parse(["C-1", {"customer_id": "C-1"}, "c-1"])) == 3


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"concurrency": 0}, "concurrency: .* 1 to 32"),
        ({"concurrency": 33}, "concurrency: .* 1 to 32"),
        ({"concurrency": -1}, "concurrency: .* 1 to 32"),
        ({"max_changes": -1}, "max_changes: .* 0 or more"),
        ({"protected_tenants": ["A", " "]}, r"protected_tenants\[1\]: "),
        ({"protected_tenants": ["A", None]}, r"protected_tenants\[1\]: it has no value"),
        ({"protected_tenants": ["A", 123]}, r"protected_tenants\[1\]: '123' is a number"),
        ({"protected_tenants": ["A\u200b"]}, r"protected_tenants\[0\]: 'A\\u200b'"),
        ({"protected_tenants": [ID[1:]]}, r"protected_tenants\[0\]: .*not a UUID"),
        ({"protected_tenants": [["A"]]}, r"protected_tenants\[0\]: .* is a list"),
        ({"subtree_root_id": "Contoso"}, "subtree_root_id: .*not a UUID"),
        ({"subtree_root_id": ""}, "subtree_root_id: it is empty"),
        ({"subtree_root_id": f" {ID}"}, "subtree_root_id: there is white space around"),
    ],
)
def test_bad_options_beside_the_list(world: World, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=f"^{reason}"):
        world.run("disabled", tenants=[ID], **options)
    assert world.app.log == []


@pytest.mark.parametrize(("concurrency", "max_changes"), [(1, 0), (32, None), (8, 10**9)])
def test_the_limits_themselves_are_good(concurrency: int, max_changes: int | None) -> None:
    request = WORLD.request("disabled", tenants=[ID], concurrency=concurrency, max_changes=max_changes)
    assert (request.concurrency, request.max_changes) == (concurrency, max_changes)


# -- protected_tenants out of the environment -------------------------------------------------------------------------
VARIABLE = "ACRONIS_PROTECTED_TENANTS"


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("Hospital", ["Hospital"]),
        ("Smith, Jones & Co", ["Smith, Jones & Co"]),
        ("Hospital\nSmith, Jones & Co\n", ["Hospital", "Smith, Jones & Co"]),
        ("  Hospital \r\n\r\n\tC-1911  \r\n", ["Hospital", "C-1911"]),
        (ID, [ID]),
        (f"{ID},{OTHER.upper()}", [ID, OTHER.upper()]),
        (f" {ID} , {OTHER} ", [ID, OTHER]),
        (f"{ID},\n{OTHER}", [ID, OTHER]),
        (f"{ID}\n{OTHER}\nHospital", [ID, OTHER, "Hospital"]),
        ('["Hospital", "Smith, Jones & Co"]', ["Hospital", "Smith, Jones & Co"]),
        (f' \n["{ID}"]\n', [ID]),
        ('["Line\\u0020two", "\\u00c4rzte"]', ["Line two", "\u00c4rzte"]),
        ("[]", []),
    ],
)
def test_protection_out_of_the_environment(monkeypatch: pytest.MonkeyPatch, text: str, entries: list[str]) -> None:
    monkeypatch.setenv(VARIABLE, text)
    value = protection_fallback(VARIABLE)
    assert value == text
    request = WORLD.request("disabled", tenant="Contoso", protected_tenants=value)
    assert [entry.text for entry in request.desired_tenants[0].protected_tenants.entries] == entries


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('["Hospital"', rf"{VARIABLE}: .* begins like a JSON list but is none"),
        ("['Hospital']", rf"{VARIABLE}: .* begins like a JSON list but is none"),
        ('["Hospital", 83]', rf"{VARIABLE}\[1\]: '83' is a number"),
        ('["Hospital", null]', rf"{VARIABLE}\[1\]: it has no value"),
        ('["Hospital", " A"]', rf"{VARIABLE}\[1\]: there is white space"),
        (f"{ID},Hospital", rf"{VARIABLE}\[0\]: .* is not a UUID"),
        (f"{ID},{OTHER},", rf"{VARIABLE}\[0\]: .* is not a UUID"),
        (f"Hospital\n{ID}, {OTHER}", rf"{VARIABLE}\[1\]: .* is not a UUID"),
        ('{"a": 1}', rf"{VARIABLE}\[0\]: .* begins like a list or a mapping"),
        ("Hospital\nnone", rf"{VARIABLE}\[1\]: .*without a value"),
    ],
)
def test_wrong_protection_out_of_the_environment(world: World, text: str, reason: str) -> None:
    with pytest.raises(InputError, match=f"^{reason}"):
        world.run("disabled", tenant="Contoso", protected_tenants=EnvironmentText(text))
    assert world.app.log == []


def test_text_is_a_list_in_the_environment_alone(world: World) -> None:
    """In a playbook it is a list that Ansible has made text of."""
    for text in ("Hospital", ID, '["Hospital"]'):
        with pytest.raises(InputError, match=r"^protected_tenants: it must be a list"):
            world.run("disabled", tenant="Contoso", protected_tenants=text)


@pytest.mark.parametrize("text", [None, "", "  ", "\n"])
def test_a_blank_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if text is not None:
        monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(AnsibleFallbackNotFound):
        protection_fallback(VARIABLE)


# -- plans ------------------------------------------------------------------------------------------------------------
BAD_PLANS: list[tuple[Any, str | None, str]] = [
    (None, None, r": 'None' is not an entry that tenant_state or tenant_info has returned"),
    (ID, "disabled", ": .* is not an entry"),
    ([RESULT], None, ": .* is not an entry"),
    ({}, "disabled", ": it has no id"),
    ({"tenant": ID}, "disabled", ": it has the unknown key 'tenant'"),
    ({**RESULT, "surprise": 1}, None, "unknown key 'surprise'"),
    ({**RESULT, "state": "absent"}, None, r"unknown key 'state'\. Did you mean 'status'"),
    ({**RESULT, "Before": {}}, None, r"unknown key 'Before'\. Did you mean 'before'\?"),
    ({**RESULT, "before": "enabled"}, None, r"\.before: 'enabled' is not what a result has"),
    ({**RESULT, "after": None}, None, r"\.after: 'None' is not what a result has"),
    ({**RESULT, "tenant": None}, None, r"\.tenant: 'None' is not text, so the plan has been changed"),
    ({**RESULT, "id": None}, None, r"\.id: it has no value"),
    ({**RESULT, "id": "Fabrikam"}, None, r"\.id: .*not a UUID"),
    ({**RESULT, "id": f" {ID}"}, None, r"\.id: there is white space"),
    ({**RESULT, "name": None}, None, r"\.name: 'None' is not text"),
    ({**RESULT, "name": 83}, None, r"\.name: '83' is not text"),
    ({**RESULT, "before": {}}, None, "could not be read, so it was not reviewed; plan it again"),
    ({**RESULT, "before": {"state": None, "version": None}}, "disabled", "could not be read"),
    ({**RESULT, "status": "failed", "before": {"state": None, "version": None}}, "disabled", "could not be read"),
    ({**RESULT, "before": {"state": "enabled", "version": "x"}}, None, r"\.version: .*not a whole number"),
    ({**RESULT, "after": {"state": "gone", "version": 7}}, None, "it has no state, and neither has the task"),
    (RESULT, "enabled", "the plan has the state disabled, but the task has the state enabled"),
    (RESULT, "absent", "the plan has the state disabled, but the task has the state absent"),
    (
        {**RESULT, "after": {"state": "enabled"}},
        "disabled",
        "plan has the state enabled, but the task has the state disabled",
    ),
    *(
        ({**RESULT, "impact": {**IMPACT, **wrong}}, None, r"\.impact: .* is not what a result has there")
        for wrong in (
            {"sub_tenants": None},
            {"sub_tenants": {"unit": "2"}},
            {"sub_tenants": {"unit": True}},
            {"sub_tenants": {7: 1}},
            {"sub_tenants": {"unit": -1}},
            {"users": "7"},
            {"users": ""},
            {"users": []},
            {"users": 0.0},
            {"users": False},
            {"api_clients": -1},
            {"storage_bytes": 1.5},
            {"complete": None},
            {"complete": 1},
        )
    ),
    ({**RESULT, "impact": 7}, None, r"\.impact: '7' is not what a result has there"),
    ({**INFO, "surprise": 1}, "disabled", "unknown key 'surprise'"),
    ({**INFO, "id": 7}, "disabled", r"\.id: .*not text"),
    ({**INFO, "name": None}, "disabled", r"\.name: 'None' is not text"),
    ({**INFO, "version": None}, "disabled", r"\.version: .*not a whole number"),
    ({key: value for key, value in INFO.items() if key != "version"}, "disabled", "it has no version; give entries as"),
    ({key: value for key, value in INFO.items() if key != "name"}, "disabled", "it has no name; give entries as"),
    ({**INFO, "impact": {}}, "disabled", r"\.impact: .* is not what a result has there"),
]


@pytest.mark.parametrize(
    ("entry", "state", "reason"), BAD_PLANS, ids=[f"{number}-{bad[2]}" for number, bad in enumerate(BAD_PLANS)]
)
def test_a_bad_entry_of_a_plan_is_named_and_nothing_is_sent(
    world: World, entry: Any, state: str | None, reason: str
) -> None:
    good = {**RESULT, "id": OTHER, "after": {"state": state or "disabled", "version": 7}}
    with pytest.raises(InputError, match=rf"^plan\[1\].*{reason}") as caught:
        world.run(state, plan=[good, entry])
    assert caught.value.message.isprintable() and len(caught.value.message) < 500
    assert world.app.log == []


@pytest.mark.parametrize("key", ["tenants", "results"])
def test_all_that_a_module_returned_is_no_plan(world: World, key: str) -> None:
    words = "it is the whole result of a module; give its tenants" if key == "tenants" else "it must be a list"
    with pytest.raises(InputError, match=f"^plan: {words}"):
        world.run(None, plan={"changed": True, key: [RESULT]})
    assert world.app.log == []


@pytest.mark.parametrize("entries", [[RESULT, RESULT], [RESULT, {**INFO, "id": ID.upper()}], [INFO, INFO]])
def test_a_plan_has_each_tenant_once(world: World, entries: list[Any]) -> None:
    other = {**RESULT, "id": OTHER}
    with pytest.raises(InputError, match=r"^plan\[2\]: it is about the same tenant as plan\[0\]"):
        world.run("disabled", plan=[entries[0], other, entries[1]])
    assert world.app.log == []


def test_an_entry_of_tenant_state_is_pinned() -> None:
    desired = planned({**RESULT, "impact": IMPACT})
    assert (desired.state, desired.reference.kind, desired.reference.value) == ("disabled", "id", ID)
    assert desired.reference.text == "Fabrikam", "it is still called what the task called it"
    assert (desired.expected_name, desired.expected_version) == ("Fabrikam", 5)
    assert desired.reviewed == Impact(IMPACT["sub_tenants"], 7, None, 5, True)
    assert (desired.expected_absent, desired.expected_deleted) == (False, False)
    assert planned(RESULT).reviewed is None


def test_an_entry_of_tenant_info_is_pinned() -> None:
    assert INFO.keys() <= INFO_KEYS
    desired = planned({**INFO, "children_hidden": False, "impact": IMPACT}, "absent")
    assert (desired.state, desired.reference.kind, desired.reference.value) == ("absent", "id", ID)
    assert (desired.expected_name, desired.expected_version, desired.expected_absent) == ("Fabrikam", 5, False)
    assert desired.reviewed == Impact(IMPACT["sub_tenants"], 7, None, 5, True)


@pytest.mark.parametrize("name", ["", " Fabrikam\n", "none", "{{ 7 * 7 }}", "Fabrikam\u200b", ID[:-1], "['A']"])
def test_what_the_platform_calls_a_tenant_is_no_mistake_of_the_user(name: str) -> None:
    assert planned({**RESULT, "name": name}).expected_name == name
    assert planned({**INFO, "name": name}, "absent").expected_name == name


def test_a_plan_survives_a_file() -> None:
    entries = [{**RESULT, "impact": IMPACT}, {**INFO, "id": OTHER}]
    assert plan(json.loads(json.dumps(entries)), "disabled") == plan(entries, "disabled")


@pytest.mark.parametrize("status", STATUSES[1:])
def test_what_is_settled_is_left_out_and_counted_unless_the_task_has_a_state(world: World, status: str) -> None:
    wait_until_restored = {**RESULT, "status": status, "changed": False, "actions": [], "after": RESULT["before"]}
    request = plan(
        [wait_until_restored, {**RESULT, "id": OTHER}, {**wait_until_restored, "id": OTHER[::-1].replace("-", "")}]
    )
    assert [desired.reference.value for desired in request.desired_tenants] == [OTHER], (
        "nothing about those left out matters"
    )
    assert request.left_out == {status: 2}
    with_state = plan([wait_until_restored], "absent")
    assert with_state.left_out == {}
    (desired,) = with_state.desired_tenants
    assert (desired.state, desired.reference.value, desired.expected_version) == ("absent", ID, 5)
    report = world.run(None, plan=[wait_until_restored, {**wait_until_restored, "id": OTHER}])
    assert (report.failure, report.targets, world.app.log) == (None, [], [])
    assert report.warnings == [f"plan: entries without a change were left out: 2 {status}."]


def test_a_mistyped_key_is_told_even_of_what_would_be_left_out() -> None:
    with pytest.raises(InputError, match=r"^plan\[0\]: it has the unknown key 'Error'"):
        plan([{**RESULT, "status": "failed", "Error": None}])


def test_the_warning_counts_each_status(world: World) -> None:
    statuses = ["failed", "unchanged", "failed", "skipped", "not_found"]
    report = world.run(None, plan=[{**RESULT, "status": status} for status in statuses])
    assert report.warnings == [
        "plan: entries without a change were left out: 2 failed, 1 unchanged, 1 skipped, 1 not_found."
    ]
    assert report.as_result(False)["summary"]["requested"] == 0


def test_the_version_of_a_result_is_the_one_seen_last() -> None:
    real = {**RESULT, "after": {"state": "disabled", "version": 9}}
    assert [planned(real, state).expected_version for state in (None, *STATES)] == [9, 9, 9, 9]
    assert [planned(RESULT, state).expected_version for state in (None, "disabled")] == [5, 5]
    # A deletion does not tell the version, so nobody can have reviewed it; but the id and the name still hold.
    deleted = {**RESULT, "after": {"state": "deleted", "version": None}}
    assert [planned(deleted, one).expected_version for one in (None, "absent")] == [5, 5]
    for state in ("enabled", "disabled"):
        desired = planned(deleted, state)
        assert (desired.expected_version, desired.expected_name, desired.expected_deleted) == (None, "Fabrikam", True)


# -- internal_tag ------------------------------------------------------------------------------------------------------
def test_the_tag_of_the_task_is_that_of_each_entry_without_its_own() -> None:
    entries: list[Any] = [
        "Fabrikam",
        {"tenant": ID, "internal_tag": "own", "expected_internal_tag": ""},
        {"customer_id": "C-1", "internal_tag": ""},
    ]
    tags = [(one.internal_tag, one.expected_internal_tag) for one in parse(entries, internal_tag="all")]
    assert tags == [("all", None), ("own", ""), ("", None)]
    assert [one.internal_tag for one in parse(entries)] == [None, "own", ""]
    (by_id,) = WORLD.request("disabled", customer_ids=["C-1"], internal_tag="").desired_tenants
    assert by_id.internal_tag == ""
    for option in ("tenant", "customer_id"):
        options: dict[str, Any] = {option: "Fabrikam", "expected_internal_tag": "{1}", "internal_tag": "x" * 256}
        (one,) = WORLD.request("disabled", **options).desired_tenants
        assert (one.expected_internal_tag, one.internal_tag) == ("{1}", "x" * 256)


@pytest.mark.parametrize("key", ["internal_tag", "expected_internal_tag"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (83, "'83' is a number, not text"),
        (True, "is a boolean"),
        ({"a": 1}, "is a mapping"),
        ("x" * 257, "it has 257 characters, but the platform's field has 256 at most; shorten it"),
        ("None", "looks like a variable or a cell without a value.$"),
        ("VARIABLE IS NOT DEFINED!", "without a value.$"),
        (" x", "there is white space around ' x'"),
        (" ", "it is empty"),
        ("a\nb", r"'a\\nb' has line breaks"),
        ("a\u200b", r"'a\\u200b' has line breaks or characters that cannot be seen; remove them.$"),
        ("{{ mark }}", "is a template that was not filled in"),
    ],
)
def test_text_that_is_no_tag_is_refused(key: str, value: Any, words: str) -> None:
    with pytest.raises(InputError, match=rf"^{key}: .*{words}"):
        WORLD.request("disabled", tenant="Fabrikam", **{key: value})
    with pytest.raises(InputError, match=rf"^tenants\[1\]\.{key}: .*{words}"):
        parse(["Contoso", {"tenant": "Fabrikam", key: value}])


@pytest.mark.parametrize("selector", ["tenants", "customer_ids", "plan"])
def test_the_expected_tag_of_a_list_is_in_its_entries(selector: str) -> None:
    with pytest.raises(InputError, match=r"^expected_internal_tag: it is for one tenant; for several, "):
        WORLD.request("disabled", **{selector: [], "expected_internal_tag": ""})
    with pytest.raises(InputError, match=r"^tenants\[0\].internal_tag: it has no value"):
        parse([{"tenant": "Fabrikam", "internal_tag": None}])


def tagged(before: Any, after: Any, state: str = "disabled") -> dict[str, Any]:
    views = {"before": (RESULT["before"], before), "after": ({**RESULT["after"], "state": state}, after)}
    return {**RESULT, **{key: {**view, "internal_tag": tag} for key, (view, tag) in views.items()}}


@pytest.mark.parametrize(
    ("entry", "state", "task", "tag"),
    [
        (tagged(None, "mark"), None, None, "mark"),
        (tagged(None, "mark"), "disabled", "mark", "mark"),
        (tagged("mark", None), None, None, ""),
        (tagged("mark", ""), None, "", ""),
        (tagged("mark", "mark"), None, None, None),
        (tagged("mark", "mark"), None, "other", "other"),
        (tagged("", None), None, None, None),
        (tagged(None, "mark", "deleted"), None, None, "mark"),
        # What was suspended is given back: the mark of the suspension is not written once more.
        (
            {**tagged(None, "mark"), "after": {"state": "disabled", "version": 9, "internal_tag": "mark"}},
            "enabled",
            None,
            None,
        ),
        (
            {**tagged(None, "mark"), "after": {"state": "disabled", "version": 9, "internal_tag": "mark"}},
            "enabled",
            "",
            "",
        ),
        # What nobody could read is not empty.
        (
            {**tagged("mark", None), "status": "failed", "after": {"state": None, "version": None}},
            "disabled",
            None,
            None,
        ),
        # A plan from before there was such a key.
        (
            {**RESULT, **{key: {"state": RESULT[key]["state"], "version": 5} for key in ("before", "after")}},
            None,
            None,
            None,
        ),
        ({**INFO, "internal_tag": "mark"}, "disabled", None, None),
        ({**INFO, "internal_tag": "mark"}, "disabled", "other", "other"),
    ],
)
def test_a_plan_carries_the_tag_that_it_changes(entry: Any, state: Any, task: Any, tag: Any) -> None:
    (desired,) = plan([entry], state, internal_tag=task).desired_tenants
    assert (desired.internal_tag, desired.expected_internal_tag) == (tag, None)


@pytest.mark.parametrize(
    ("entry", "task", "words"),
    [
        (
            tagged(None, "mark"),
            "other",
            "the plan has the internal_tag 'mark', but the task has 'other'; plan it again",
        ),
        (tagged("mark", None), "other", "the plan has the internal_tag '', but the task has 'other'"),
        (tagged(None, 7), None, r"\.after\.internal_tag: '7' is a number"),
        (tagged(["mark"], [0]), None, r"\.after\.internal_tag: .* is a list"),
        (tagged(None, "x" * 257), None, "it has 257 characters"),
    ],
)
def test_a_plan_whose_tag_cannot_be_right_is_refused(entry: Any, task: Any, words: str) -> None:
    with pytest.raises(InputError, match=rf"^plan\[0\].*{words}"):
        plan([entry], internal_tag=task)


def test_what_was_never_there_is_expected_to_be_absent() -> None:
    entry = {
        **RESULT,
        **{"status": "not_found", "changed": False, "actions": [], "id": None, "kind": None, "parent_id": None},
        **{key: {"state": "absent", "version": None} for key in ("before", "after")},
    }
    desired = planned(entry, "absent")
    assert (desired.reference.kind, desired.reference.value, desired.expected_absent) == ("name", "Fabrikam", True)
    by_id = planned({**entry, "tenant": ID, "id": ID, "name": None}, "absent")
    assert (by_id.reference.kind, by_id.reference.value, by_id.expected_absent) == ("id", ID, True)
    by_customer_id = planned({**entry, "tenant": "C-1", "name": None}, "enabled")
    assert (by_customer_id.reference.kind, by_customer_id.reference.value) == ("customer_id", "C-1")


# -- plans out of real runs --------------------------------------------------------------------------------------------
SPELLINGS: list[Any] = [
    "{solo}",
    "Dormant Dairy",
    {"customer_id": "C-1002"},
    {"tenant": "Hospital", "expected_name": "Other Name"},
    {"tenant": "{locked}"},
    "{former}",
    {"customer_id": "C-0"},
    "No Such Tenant",
    ID,
    "Twin Trading",
    "{fabrikam}",
]


def spelled(world: World, entry: Any) -> Any:
    return json.loads(re.sub(r"\{(\w+)\}", lambda found: world.id(found[1]), json.dumps(entry)))


lists = st.lists(st.sampled_from(range(len(SPELLINGS))), min_size=1, max_size=6, unique=True)


@given(
    chosen=lists,
    state=st.sampled_from(STATES),
    check_mode=st.booleans(),
    continue_on_error=st.booleans(),
    restore_deleted=st.booleans(),
    fault=st.sampled_from([None, {"method": "PUT", "status": 403}, {"method": "DELETE", "drop": "after"}]),
    max_changes=st.sampled_from([None, 0]),
    told=st.booleans(),
)
def test_a_result_handed_back_means_the_same_tenant(
    chosen: list[int],
    state: str,
    check_mode: bool,
    continue_on_error: bool,
    restore_deleted: bool,
    fault: dict[str, Any] | None,
    max_changes: int | None,
    told: bool,
) -> None:
    """Whatever became of it: planned, changed, unchanged, failed, skipped, not found."""
    world = World.of()
    if fault:
        world.app.faults.add(**fault)
    entries = [spelled(world, SPELLINGS[number]) for number in chosen]
    options = {"restore_deleted": restore_deleted, "max_changes": max_changes, "return_unchanged": True}
    report = world.run(
        state, check_mode, tenants=entries, concurrency=1, continue_on_error=continue_on_error, **options
    )
    for entry, target in zip(report.as_result(False)["tenants"], report.targets, strict=True):
        entry = json.loads(json.dumps(entry))
        try:
            request = plan([entry], state if told else None)
        except InputError as error:
            assert error.message.startswith("plan[0]: ") and "could not be read" in error.message
            assert entry["before"]["state"] is None and entry["status"] == "failed" and told
            continue
        if not told and entry["status"] != "changed":
            assert (request.desired_tenants, request.left_out) == ([], {entry["status"]: 1})
            continue
        (desired,) = request.desired_tenants
        assert request.left_out == {}
        assert entry["before"]["state"] is not None, "only what was read was reviewed"
        known = (desired.expected_absent, desired.expected_name, desired.expected_version)
        if entry["before"]["state"] == "absent":
            assert desired.state == state and known == (True, None, None)
            assert desired.reference == target.desired.reference
            continue
        shown = {"deleted": "absent"}.get(entry["after"]["state"], entry["after"]["state"])
        assert desired.state == (state if told else shown)
        assert target.tenant is not None
        assert (desired.reference.kind, desired.reference.value) == ("id", target.tenant.id)
        assert desired.reference.text == entry["tenant"], "it is still called what the task called it"
        version = entry["after"]["version"]
        if version is None:
            version = entry["before"]["version"]
        assert known == (False, target.tenant.name, version)


def test_a_plan_of_many_states_needs_none_for_the_task(world: World) -> None:
    entries = []
    for state, key in (("absent", "solo"), ("enabled", "dormant"), ("disabled", "law"), ("enabled", "hospital")):
        report = world.run(state, check_mode=True, tenants=[world.id(key)], return_unchanged=True)
        entries += report.as_result(False)["tenants"]
    request = plan(entries)
    assert [desired.state for desired in request.desired_tenants] == ["absent", "enabled", "disabled"]
    assert request.left_out == {"unchanged": 1}
    report = world.run(None, plan=entries)
    assert report.failure is None
    keys = ("solo", "dormant", "law", "hospital")
    assert [world.truth(world.id(key)) for key in keys] == ["deleted", "enabled", "disabled", "enabled"]
    done = report.as_result(False)["tenants"]
    assert [entry["actions"] for entry in done] == [entry["actions"] for entry in entries[:3]]
    # Handed back once more, each is as its result shows it, and nothing is left to do.
    again = world.run(None, plan=done)
    assert (again.failure, again.as_result(False)["changed"]) == (None, False)


def test_a_plan_is_refused_for_what_was_changed_since(world: World) -> None:
    plan_of = world.run("disabled", check_mode=True, tenants=["Solo Software", "Hospital", "Blue Ridge Law"])
    entries = plan_of.as_result(False)["tenants"]
    world.app.platform.interfere(world.id("solo"), values={"name": "Solo Systems"})
    world.app.platform.interfere(world.id("hospital"), values={"internal_tag": "other"})
    report = world.run(None, plan=entries, continue_on_error=True)
    renamed, touched, done = report.as_result(False)["tenants"]
    assert "its name is 'Solo Systems', not 'Solo Software'" in renamed["error"]["message"]
    assert "not 23 (expected_version): it was changed since" in touched["error"]["message"]
    assert done["status"] == "changed"
    assert {write[1] for write in world.writes()} == {world.id("law")}


def test_what_failed_or_was_not_found_is_applied_as_it_was_read_when_the_task_has_a_state(world: World) -> None:
    refused = world.run("disabled", tenants=["Solo Software", "Locked Logistics", "Twin Trading"])
    entries = refused.as_result(False)["tenants"]
    assert [entry["status"] for entry in entries] == ["skipped", "failed", "failed"]
    with pytest.raises(InputError, match=r"^plan\[2\]: it is about a tenant that could not be read"):
        world.run("disabled", plan=entries)
    report = world.run("disabled", plan=entries[:1])
    assert (report.failure, world.writes()) == (None, [("PUT", world.id("solo"), entries[0]["before"]["version"])])
    # One that has come since was not reviewed.
    gone = world.run("absent", tenants=["No Such Tenant"]).as_result(False)["tenants"]
    platform = world.app.platform
    platform.add_tenant(platform.tenants[world.id("contoso")], "No Such Tenant", "customer")
    late = world.run("absent", plan=gone)
    assert late.failure is not None and "there was no such tenant when the plan was made" in late.failure


@pytest.mark.parametrize("impact", [True, False])
def test_a_deletion_takes_no_more_along_than_was_reviewed(world: World, impact: bool) -> None:
    options: dict[str, Any] = {"delete_descendants": True}
    planned_one = world.run("absent", check_mode=True, tenants=[world.id("bakery")], impact=impact, **options)
    entries = planned_one.as_result(False)["tenants"]
    platform = world.app.platform
    bakery = platform.tenants[world.id("bakery")]
    platform.add_tenant(bakery, "Bakery West", "unit")
    platform.add_user(bakery, "zoe@bakery.example")
    # What is below a tenant does not show in its version, so only the impact can tell.
    entries[0]["before"]["version"] = bakery.version
    for check_mode in (True, False):
        report = world.run(None, check_mode, plan=entries, **options)
        if impact:
            assert report.failure is not None
            assert "more is below it than was reviewed (sub-tenants of kind unit: 3, reviewed 2" in report.failure
            assert world.writes() == []
        else:
            assert report.failure is None


def test_nothing_is_deleted_above_one_that_grew_since_the_review(world: World) -> None:
    """Nor said to be deleted in check mode, though the impact of the one above was not reviewed."""
    options: dict[str, Any] = {"delete_descendants": True}
    names = [world.id("bakery"), world.id("bakery_north")]
    report = world.run("absent", check_mode=True, tenants=names, impact=True, **options)
    entries = report.as_result(False)["tenants"]
    entries[0]["impact"] = None
    platform = world.app.platform
    platform.add_user(platform.tenants[world.id("bakery_north")], "zoe@bakery.example")
    for entry in entries:
        entry["before"]["version"] = platform.tenants[entry["id"]].version
    for check_mode in (True, False):
        rows = world.run(None, check_mode, plan=entries, continue_on_error=True, **options).as_result(False)["tenants"]
        assert [row["status"] for row in rows] == ["failed", "failed"]
        assert "was refused, and would be deleted with it" in rows[0]["error"]["message"]
        assert "more is below it than was reviewed (users: " in rows[1]["error"]["message"]
    assert world.writes() == []


def test_fewer_than_were_reviewed_are_no_reason_to_refuse(world: World) -> None:
    options: dict[str, Any] = {"delete_descendants": True}
    entries = world.run("absent", check_mode=True, tenants=[world.id("bakery")], impact=True, **options)
    rows = entries.as_result(False)["tenants"]
    world.app.platform.interfere(world.id("bakery_north"), delete=True)
    rows[0]["before"]["version"] = world.app.platform.tenants[world.id("bakery")].version
    assert world.run(None, plan=rows, **options).failure is None
    assert world.truth(world.id("bakery")) == "deleted"


# -- whatever else ----------------------------------------------------------------------------------------------------
texts = st.text(max_size=8) | st.sampled_from(
    ["", " ", "none", "Null", ID, ID.upper(), f" {OTHER}", ID[1:], "Fabrikam", "5", "٣", *STATES, "deleted"]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
KEYS = sorted({*ENTRY_KEYS, *RESULT_KEYS, *INFO_KEYS})
views = st.dictionaries(st.sampled_from(["state", "version", "sub_tenants", "users", "complete"]), values, max_size=3)
mappings = st.dictionaries(st.sampled_from(KEYS), values | views, max_size=6)
near_misses = st.sampled_from(
    [RESULT, INFO, {**RESULT, "impact": IMPACT}, {"tenant": ID}, {"customer_id": "C-1"}]
).flatmap(lambda good: mappings.map(lambda wrong: {**good, **wrong}))


@given(
    st.lists(values | mappings | near_misses, max_size=3),
    st.sampled_from([None, *STATES]),
    st.sampled_from(["tenants", "plan"]),
)
@example([{**RESULT, "after": {"state": []}}], None, "plan")
@example([{**RESULT, "after": {"state": {}}, "changed": False}], None, "plan")
@example([{**RESULT, "status": []}], None, "plan")
def test_any_entry_is_a_wish_or_is_named_in_an_error(entries: list[Any], state: str | None, option: str) -> None:
    try:
        request = WORLD.request(state, **{option: entries})
    except InputError as error:
        assert re.match(rf"{option}\[[0-{max(len(entries) - 1, 0)}]\]", error.message)
        assert error.message.isprintable() and len(error.message) < 1200
    else:
        assert len(request.desired_tenants) + sum((request.left_out or {}).values()) == len(entries)
        assert state is None or not request.left_out
        for desired in request.desired_tenants:
            assert desired.state in STATES and desired.reference.value.strip()
            assert desired.expected_name is None or isinstance(desired.expected_name, str)
            assert desired.expected_version is None or (
                isinstance(desired.expected_version, int) and not isinstance(desired.expected_version, bool)
            )
            assert desired.reviewed is None or growth(desired.reviewed, desired.reviewed) == ""
