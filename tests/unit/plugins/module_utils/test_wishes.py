# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import STATES, Wanted
from ansible_collections.community.acronis.plugins.module_utils._wishes import ENTRY_KEYS, INFO_KEYS, RESULT_KEYS
from ansible_collections.community.acronis.tests.unit.world import World

ID = "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a"
OTHER = "1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b"
WORLD = World.of("minimal")

# A result of tenant_state, as check mode returns it, and an entry of tenant_info.
RESULT: dict[str, Any] = {
    "tenant": "Fabrikam",
    "id": ID,
    "name": "Fabrikam",
    "kind": "customer",
    "parent_id": OTHER,
    "changed": True,
    "actions": ["disable"],
    "before": {"state": "enabled", "version": 5},
    "after": {"state": "disabled", "version": None},
}
INFO: dict[str, Any] = {"id": ID, "name": "Fabrikam", "version": 5, "kind": "customer", "enabled": True, "path": ["A"]}


def parse(entries: Any, state: str | None = "disabled", **options: Any) -> list[Wanted]:
    """The wishes of a task with this list."""
    return list(WORLD.request(state, tenants=entries, **options).wishes)


def only(entry: Any, state: str | None = "disabled") -> Wanted:
    (wish,) = parse([entry], state)
    return wish


@pytest.mark.parametrize(
    "entries", [[ID], [f" {ID.upper()} "], [{"tenant": ID}], [{"tenant": ID, "customer_id": None}]]
)
def test_an_id(entries: list[Any]) -> None:
    (wish,) = parse(entries)
    assert (wish.reference.kind, wish.reference.value, wish.state) == ("id", ID, "disabled")
    assert (wish.expected_name, wish.expected_version) == (None, None)


@pytest.mark.parametrize(
    ("entry", "kind", "value"),
    [
        ("Fabrikam, Inc.", "name", "Fabrikam, Inc."),
        ({"tenant": " Fabrikam "}, "name", " Fabrikam "),
        ({"customer_id": "C-1"}, "customer_id", "C-1"),
        ({"customer_id": ID}, "customer_id", ID),
        ({"tenant": "None of us"}, "name", "None of us"),
    ],
)
def test_names_and_customer_ids(entry: Any, kind: str, value: str) -> None:
    reference = only(entry).reference
    assert (reference.kind, reference.value) == (kind, value)


def test_each_entry_has_its_own_wish() -> None:
    entries: list[Any] = [
        "Fabrikam",
        {"tenant": ID, "state": "absent", "expected_name": "Contoso", "expected_version": "17"},
        {"customer_id": "C-1", "state": None, "expected_version": 3},
    ]
    wishes = parse(entries, "enabled", protected_tenants=["Hospital"], delete_descendants=True, restore_deleted=True)
    assert [(wish.state, wish.expected_name, wish.expected_version) for wish in wishes] == [
        ("enabled", None, None),
        ("absent", "Contoso", 17),
        ("enabled", None, 3),
    ]
    for wish in wishes:
        assert (wish.protected_tenants, wish.delete_descendants, wish.restore_deleted) == (("Hospital",), True, True)


def test_nothing_is_no_wish() -> None:
    assert parse([], None) == []


BAD: list[tuple[Any, str]] = [
    (None, "has no value"),
    ("", "empty"),
    ("  ", "empty"),
    ("None", "without a value"),
    (" null ", "without a value"),
    (" Fabrikam", "split at its commas"),
    ("Fabrikam ", "split at its commas"),
    (ID[:-1], "not a UUID"),
    (ID.replace("-", ""), "not a UUID"),
    (f"{{{ID}}}", "not a UUID"),
    (7, "not text"),
    (4.5, "not text"),
    (True, "not text"),
    (["Fabrikam"], "not text"),
    ({}, "exactly one of tenant and customer_id"),
    ({"state": "enabled"}, "exactly one of tenant and customer_id"),
    ({"tenant": ID, "customer_id": "C-1"}, "exactly one of tenant and customer_id"),
    ({"tenant": None, "customer_id": None}, "exactly one of tenant and customer_id"),
    ({"tenant": ID, "name": "Fabrikam"}, "unknown key 'name'"),
    ({"tenant": ID, 7: "x"}, "unknown key '7'"),
    ({"id": ID}, "unknown key 'id'"),
    ({"tenant": ID, "delete_descendants": True}, "unknown key 'delete_descendants'"),
    ({"tenant": ID[:-1]}, r"\.tenant: .*not a UUID"),
    ({"tenant": ""}, r"\.tenant: .*empty"),
    ({"tenant": 7}, r"\.tenant: .*not text"),
    ({"customer_id": 1002}, r"\.customer_id: '1002' is not text"),
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
    ({**RESULT, "surprise": 1}, "unknown key 'surprise'"),
    ({**RESULT, "before": "enabled"}, r"\.before: 'enabled' is not what a result has"),
    ({**RESULT, "after": None}, r"\.after: 'None' is not what a result has"),
    ({**RESULT, "tenant": None}, r"\.tenant: .*no value"),
    ({**RESULT, "id": None}, r"\.id: .*no value"),
    ({**RESULT, "id": "Fabrikam"}, r"\.id: .*not a UUID"),
    ({**RESULT, "name": None}, r"\.name: .*no value"),
    ({**RESULT, "before": {}}, "plan it again"),
    ({**RESULT, "before": {"state": "enabled", "version": "x"}}, r"\.version: .*not a whole number"),
    ({**RESULT, "state": "enabled"}, "the plan is to have it disabled, but the task wants it enabled"),
    ({**RESULT, "state": "absent"}, "the plan is to have it disabled, but the task wants it absent"),
    ({**RESULT, "after": {"state": "enabled"}}, "the plan is to have it enabled, but the task wants it disabled"),
    ({**INFO, "surprise": 1}, "unknown key 'surprise'"),
    ({**INFO, "id": 7}, r"\.id: .*not text"),
    ({**INFO, "name": None}, r"\.name: .*no value"),
    ({**INFO, "version": None}, r"\.version: .*not a whole number"),
]


@pytest.mark.parametrize(("entry", "reason"), BAD, ids=[f"{number}-{bad[1]}" for number, bad in enumerate(BAD)])
def test_a_bad_entry_is_named_and_nothing_is_sent(world: World, entry: Any, reason: str) -> None:
    with pytest.raises(InputError, match=rf"^tenants\[1\].*{reason}") as caught:
        world.run("disabled", tenants=["Contoso", entry])
    assert caught.value.message.isprintable() and len(caught.value.message) < 500
    assert world.app.log == []


@pytest.mark.parametrize("entry", [ID, {"tenant": ID}, {"customer_id": "C-1", "state": None}, INFO])
def test_somebody_must_say_the_state(world: World, entry: Any) -> None:
    with pytest.raises(InputError, match=r"^tenants\[1\]: it has no state, and neither has the task"):
        world.run(None, tenants=[{"tenant": "Contoso", "state": "enabled"}, entry])
    assert world.app.log == []


@pytest.mark.parametrize(
    "entries",
    [
        [ID, ID],
        [ID, {"tenant": f" {ID.upper()}"}],
        [ID, RESULT],
        [RESULT, INFO],
        ["Contoso", {"tenant": "Contoso", "state": "absent"}],
        [{"customer_id": "C-1"}, {"customer_id": "C-1"}],
    ],
)
def test_the_same_tenant_twice_by_spelling(world: World, entries: list[Any]) -> None:
    with pytest.raises(InputError, match=r"^tenants\[2\]: it names the same tenant as tenants\[0\]"):
        world.run("disabled", tenants=[entries[0], "Between", entries[1]])
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
        ({"subtree_root_id": "Contoso"}, "subtree_root_id: .*not a UUID"),
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


# -- results that are handed back -------------------------------------------------------------------------------------
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
    for entry, outcome in zip(report.as_result(False)["tenants"], report.outcomes, strict=True):
        entry = json.loads(json.dumps(entry))
        asks = told or bool(entry.get("error") or entry.get("skipped"))
        try:
            wish = only(entry, state if asks else None)
        except InputError as error:
            assert error.message.startswith("tenants[0]: ") and "could not be read" in error.message
            assert entry["before"]["state"] is None and entry["error"]
            continue
        assert entry["before"]["state"] is not None, "only what was read was reviewed"
        known = (wish.expected_absent, wish.expected_name, wish.expected_version)
        if entry["before"]["state"] == "absent":
            assert wish.state == (state if asks else "absent") and known == (True, None, None)
            assert wish.reference == outcome.wanted.reference
            continue
        shown = {"deleted": "absent"}.get(entry["after"]["state"], entry["after"]["state"])
        assert wish.state == (state if asks else shown)
        assert outcome.tenant is not None
        assert (wish.reference.kind, wish.reference.value) == ("id", outcome.tenant.id)
        assert wish.reference.text == entry["tenant"], "it is still called what the task called it"
        version = entry["after"]["version"]
        if version is None:
            version = entry["before"]["version"]
        assert known == (False, outcome.tenant.name, version)


def test_a_plan_of_many_states_needs_none_for_the_task(world: World) -> None:
    plan = []
    for state, key in (("absent", "solo"), ("enabled", "dormant"), ("disabled", "law"), ("enabled", "hospital")):
        report = world.run(state, check_mode=True, tenants=[world.id(key)], return_unchanged=True)
        plan += report.as_result(False)["tenants"]
    wishes = parse(plan, None)
    assert [wish.state for wish in wishes] == ["absent", "enabled", "disabled", "enabled"]
    report = world.run(None, tenants=plan)
    assert report.failure is None
    keys = ("solo", "dormant", "law", "hospital")
    assert [world.truth(world.id(key)) for key in keys] == ["deleted", "enabled", "disabled", "enabled"]
    assert [entry["actions"] for entry in report.as_result(False)["tenants"]] == [
        entry["actions"] for entry in plan[:3]
    ]
    # Handed back once more, each is as its result shows it, and nothing is left to do.
    again = world.run(None, tenants=report.as_result(False)["tenants"])
    assert (again.failure, again.as_result(False)["changed"]) == (None, False)


@pytest.mark.parametrize("mark", [{"skipped": True}, {"error": {"message": "no"}}])
def test_what_was_not_carried_out_does_not_show_what_was_wanted(mark: dict[str, Any]) -> None:
    entry = {**RESULT, "changed": False, "actions": [], "after": RESULT["before"], **mark}
    with pytest.raises(InputError, match=r"^tenants\[0\]: it has no state"):
        only(entry, None)
    wish = only(entry, "absent")
    assert (wish.state, wish.expected_version) == ("absent", 5)
    # The entry's own word goes first.
    assert only({**entry, "state": "enabled"}, "absent").state == "enabled"


def test_the_version_of_a_result_is_the_one_seen_last() -> None:
    real = {**RESULT, "after": {"state": "disabled", "version": 9}}
    assert [only(real, state).expected_version for state in (None, *STATES)] == [9, 9, 9, 9]
    assert [only(RESULT, state).expected_version for state in (None, "disabled")] == [5, 5]
    # A deletion does not tell the version, so nobody can have reviewed it; but the id and the name still hold.
    deleted = {**RESULT, "after": {"state": "deleted", "version": None}}
    assert only(deleted, "absent").expected_version == 5
    assert [
        (only(deleted, one).expected_version, only(deleted, one).expected_name) for one in ("enabled", "disabled")
    ] == [(None, "Fabrikam")] * 2


def test_an_entry_of_tenant_info() -> None:
    wish = only({**INFO, "children_hidden": False, "state": "absent"}, None)
    assert (wish.state, wish.reference.value) == ("absent", ID)
    assert (wish.expected_name, wish.expected_version, wish.expected_absent) == ("Fabrikam", 5, False)


# -- whatever else ----------------------------------------------------------------------------------------------------
texts = st.text(max_size=8) | st.sampled_from(
    ["", " ", "none", "Null", ID, ID.upper(), f" {OTHER}", ID[1:], "Fabrikam", "5", "٣", *STATES, "deleted"]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | texts
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
KEYS = sorted({*ENTRY_KEYS, *RESULT_KEYS, *INFO_KEYS, "state"})
views = st.dictionaries(st.sampled_from(["state", "enabled", "version"]), values, max_size=3)
mappings = st.dictionaries(st.sampled_from(KEYS), values | views, max_size=6)
near_misses = st.sampled_from([RESULT, INFO, {"tenant": ID}, {"customer_id": "C-1"}]).flatmap(
    lambda good: mappings.map(lambda wrong: {**good, **wrong})
)


@given(st.lists(values | mappings | near_misses, max_size=3), st.sampled_from([None, *STATES]))
@example([{**RESULT, "after": {"state": []}}], None)
@example([{**RESULT, "after": {"state": {}}, "changed": False}], None)
def test_any_entry_is_a_wish_or_is_named_in_an_error(entries: list[Any], state: str | None) -> None:
    try:
        wishes = parse(entries, state)
    except InputError as error:
        assert re.match(rf"tenants\[[0-{max(len(entries) - 1, 0)}]\]", error.message)
        assert error.message.isprintable() and len(error.message) < 700
    else:
        assert len(wishes) == len(entries)
        for wish in wishes:
            assert wish.state in STATES and wish.reference.value.strip()
            assert wish.expected_name is None or isinstance(wish.expected_name, str)
            assert wish.expected_version is None or (
                isinstance(wish.expected_version, int) and not isinstance(wish.expected_version, bool)
            )
