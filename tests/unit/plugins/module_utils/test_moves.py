# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other administrators do to tenants of a task between its plan and its writes."""

from __future__ import annotations

import faulthandler
import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils import _run
from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.tests.unit.trees import CUSTOMER, tree
from ansible_collections.community.acronis.tests.unit.world import World

CASCADE = {"child_flags_on_disable": "disabled", "child_flags_on_enable": "enabled"}


def told(report: Report) -> dict[str, list[Any]]:
    """By name what the report says of a tenant: state at the end, actions, whether it changed, and its status unless
    that says the same.
    """
    return {
        one["name"]: [
            one["after"]["state"],
            *one["actions"],
            *(["changed"] if one["changed"] else []),
            *([one["status"]] if one["status"] in ("failed", "skipped", "not_found") else []),
        ]
        for one in report.as_result(diff=False)["tenants"]
    }


def check(report: Report, world: World, *names: str) -> None:
    """The report and the platform agree on the states."""
    found = told(report)
    assert {name: found[name][0] for name in names} == {name: world.truth(world.id(name)) for name in names}


@pytest.mark.parametrize("relative_path_honored", [True, False])
def test_what_was_moved_away_does_not_count_as_deleted(relative_path_honored: bool) -> None:
    """The folder between the two is moved. Each is deleted by itself, so it does not matter where they are."""
    made = tree(("P", ("Folder", ("C",))), ("Q",))
    world = World.of(made, relative_path_honored=relative_path_honored)
    move = {"tenant_id": world.id("Folder"), "set": {"parent_id": world.id("Q")}}
    world.app.faults.add(method="PUT", path=world.id("P"), change=move)
    report = world.run("absent", tenants=[world.id("P"), world.id("C")], delete_descendants=True)
    assert report.failure is None
    assert told(report) == {name: ["deleted", "disable", "delete", "changed"] for name in ("P", "C")}
    check(report, world, "P", "C")


@pytest.mark.parametrize(
    ("entry", "told_of_it"),
    [
        ({"state": "disabled"}, ["disabled", "disable", "changed"]),
        ({"state": "absent", "expected_name": "Other"}, ["enabled", "failed"]),
        ({"state": "enabled"}, None),
    ],
)
@pytest.mark.parametrize("has_children", [True, False])
def test_what_was_moved_in_is_not_deleted(
    entry: dict[str, str], told_of_it: list[str] | None, has_children: bool
) -> None:
    """A tenant of the task that is to stay, or was refused, is moved below one that is to be deleted.

    Once that one is disabled, nothing can be moved there any more (platform code 1013).
    """
    world = World.of(tree(("X", *([("X1",)] if has_children else [])), ("Y",)))
    move = {"tenant_id": world.id("Y"), "set": {"parent_id": world.id("X")}}
    world.app.faults.add(method="PUT", path=world.id("X"), change=move)
    entries = [{"tenant": world.id("Y"), **entry}, {"tenant": world.id("X"), "state": "absent"}]
    report = world.run(None, tenants=entries, delete_descendants=True, concurrency=1, continue_on_error=True)
    assert "delete" not in told(report)["X"] and "failed" in told(report)["X"]
    assert told(report).get("Y") == told_of_it
    assert world.truth(world.id("Y")) == (told_of_it or ["enabled"])[0]


@pytest.mark.parametrize("reference", ["id", "name"])
@pytest.mark.parametrize("state", ["disabled", "absent", "enabled"])
def test_what_was_moved_out_of_the_subtree_is_left_alone(reference: str, state: str) -> None:
    world = World.of(tree(("A", ("X", {"enabled": state != "enabled"})), ("B",)))
    start = world.truth(world.id("X"))
    world.app.faults.add(method="PUT", path=world.id("X"), change={"set": {"parent_id": world.id("B")}})
    tenant = world.id("X") if reference == "id" else "X"
    report = world.run(state, tenant=tenant, subtree_root_id=world.id("A"))
    assert report.failure is not None and "outside the subtree" in report.failure
    assert (told(report)["X"], world.truth(world.id("X"))) == ([start, "failed"], start)


def test_what_was_moved_within_the_subtree_is_still_in_it() -> None:
    world = World.of(tree(("A", ("X",), ("B",))))
    world.app.faults.add(method="PUT", path=world.id("X"), change={"set": {"parent_id": world.id("B")}})
    report = world.run("absent", tenant=world.id("X"), subtree_root_id=world.id("A"))
    assert (report.failure, world.truth(world.id("X"))) == (None, "deleted")


@pytest.mark.parametrize("raises", [False, True])
def test_one_that_was_enabled_again_is_not_deleted_along(raises: bool) -> None:
    """It was reviewed as disabled. It paid, and was enabled, just before it was to be deleted."""
    world = World.of(tree(("A", ("C", {"enabled": False}))), disable_raises_child_versions=raises)
    ids = [world.id("A"), world.id("C")]
    plan = world.run("absent", check_mode=True, tenants=ids, delete_descendants=True)
    world.app.faults.add(method="DELETE", path=world.id("C"), change={"set": {"enabled": True}})
    report = world.run(None, plan=plan.as_result(diff=False)["tenants"], delete_descendants=True)
    assert report.failure is not None and "(expected_version): it was changed since" in report.failure
    assert told(report) == {"A": ["enabled", "skipped"], "C": ["enabled", "failed"]}
    check(report, world, "A", "C")


@pytest.mark.parametrize("flags", ["kept", "disabled"])
@pytest.mark.parametrize("raises", [False, True])
def test_a_suspension_above_is_no_change_by_others(flags: str, raises: bool) -> None:
    world = World.of(tree(("A", ("C",))), child_flags_on_disable=flags, disable_raises_child_versions=raises)
    ids = [world.id("A"), world.id("C")]
    plan = world.run("absent", check_mode=True, tenants=ids, delete_descendants=True)
    report = world.run(None, plan=plan.as_result(diff=False)["tenants"], delete_descendants=True)
    assert (report.failure, world.truth(world.id("C"))) == (None, "deleted")


def test_one_that_comes_back_refused_is_not_deleted_along() -> None:
    world = World.of(tree(("P", ("C", ("D",)), {"deleted": True})))
    entries = [
        {"tenant": world.id("P"), "state": "enabled"},
        {"tenant": world.id("C"), "state": "absent"},
        {"tenant": world.id("D"), "state": "absent", "expected_name": "Other"},
    ]
    options: dict[str, Any] = {"delete_descendants": True, "restore_deleted": True, "continue_on_error": True}
    report = world.run(None, tenants=entries, **options)
    assert world.truth(world.id("D")) == "enabled"
    assert "tenant 'D'" in str(report.targets[1].error) and "below it was not deleted" in str(report.targets[1].error)
    check(report, world, "P", "C", "D")


@pytest.mark.parametrize(
    ("change", "start", "expected"),
    [
        ({"set": {"enabled": True}}, True, ["enabled", "disable", "changed", "failed"]),
        ({"delete": True}, False, ["deleted", "failed"]),
    ],
)
def test_what_the_last_look_shows_counts(change: dict[str, Any], start: bool, expected: list[str]) -> None:
    world = World.of(tree(("P", ("C", {"enabled": start}))))
    world.app.faults.add(method="PUT", path=world.id("P"), after_change={"tenant_id": world.id("C"), **change})
    report = world.run("disabled", tenants=[world.id("P"), world.id("C")], concurrency=1)
    assert report.failure is not None and "because another administrator has changed it" in report.failure
    assert told(report) == {"P": ["disabled", "disable", "changed"], "C": expected}
    assert report.targets[1].changed_with is None


@pytest.mark.parametrize(
    ("method", "above", "below", "states", "switches"),
    [
        ("POST", {"deleted": True}, {}, ("disabled", "absent"), {}),
        ("PUT", {"enabled": False}, {"enabled": False}, ("enabled", "disabled"), CASCADE),
    ],
)
def test_what_came_up_before_a_stop_was_not_tried(
    method: str, above: dict[str, Any], below: dict[str, Any], states: tuple[str, str], switches: dict[str, Any]
) -> None:
    world = World.of(tree(("A", ("C", below), above)), **switches)
    api = world.api()
    rule = world.app.faults.add(method=method, path=world.id("A"), after_change={})
    assert rule.after_change is not None
    rule.after_change.make = api.stop.request  # type: ignore[method-assign]
    entries = [{"tenant": world.id(name), "state": state} for name, state in zip("AC", states, strict=True)]
    request = world.request(None, tenants=entries, restore_deleted=True, delete_descendants=True)
    report = _run.run(api, request, False)
    assert report.failure is None or "the task was interrupted, and 1 of 2 tenants were not processed" in report.failure
    assert (report.failure is None) is (told(report).get("C") is None)
    check(report, world, "A")


def test_a_lost_answer_about_a_deletion_is_no_reason_to_check_the_deleted_one() -> None:
    world = World.of(tree(("A", {"enabled": False})))
    world.app.faults.add(method="DELETE", drop="after", after_change={"set": {"name": "A (deleted)"}})
    report = world.run("absent", tenant=world.id("A"), expected_name="A")
    assert (report.failure, told(report)) == (None, {"A": ["deleted", "delete", "changed"]})


@pytest.mark.parametrize(("parents", "children"), [(2, 2), (3, 101)])
def test_checks_of_those_below_need_no_thread_of_their_own(parents: int, children: int) -> None:
    """All workers are at deletions at once, and each has to read more tenants than one request takes."""
    nodes = [(f"P{p}", *((f"P{p}C{c}",) for c in range(children))) for p in range(parents)]
    world = World.of(tree(*nodes))
    ids = [world.id(node[0]) for node in nodes] + [world.id(child[0]) for node in nodes for child in node[1:]]
    # A batch that shows none of them has each looked at by itself.
    world.app.faults.add(method="GET", path="^/tenants$", query="uuids=", skip=1, times=-1, body='{"items": []}')
    # Threads that wait for each other would keep the whole test run.
    faulthandler.dump_traceback_later(60, exit=True)
    try:
        report = world.run("absent", tenants=ids, delete_descendants=True, concurrency=parents)
    finally:
        faulthandler.cancel_dump_traceback_later()
    assert report.failure is None
    assert {world.truth(one) for one in ids} == {"deleted"}


@pytest.mark.parametrize("form", [str, str.upper])
def test_an_external_id_that_looks_like_a_uuid_protects_what_is_above(form: Any) -> None:
    external = "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a"
    world = World.of(tree(("P", ("Clinic", {"customer_id": external}))))
    for name in ("P", "Clinic"):
        report = world.run("absent", tenant=world.id(name), delete_descendants=True, protected_tenants=[form(external)])
        assert report.failure is not None and "protected" in report.failure
        assert (report.warnings, world.truth(world.id(name))) == ([], "enabled")


def test_tenants_that_lie_above_each_other_are_not_climbed_for_ever() -> None:
    """No platform should show that; a move between two requests might."""
    world = World.of(tree(("A",), ("B",)))
    pairs = [("A", "B"), ("B", "A")]
    fields = {"kind": "partner", "version": 1, "enabled": True, "has_children": True}
    items = [{"id": world.id(one), "name": one, "parent_id": world.id(above), **fields} for one, above in pairs]
    world.app.faults.add(path="^/tenants$", query="uuids=", times=20, body=json.dumps({"items": items}))
    report = world.run("disabled", check_mode=True, tenants=[world.id("A"), world.id("B")])
    assert len(report.targets) == 2
    assert world.requests().count("GET tenants") < 5


def test_a_tenant_that_two_entries_protect() -> None:
    world = World.of(tree(("P", ("Clinic", {"customer_id": "C-7"}))))
    for entries in (["Clinic", "C-7"], ["C-7", "clinic"], ["C-7", world.id("Clinic")]):
        report = world.run("absent", tenant=world.id("P"), delete_descendants=True, protected_tenants=entries)
        assert report.failure is not None and "below it is protected" in report.failure
        assert report.warnings == []


def test_what_comes_back_with_the_one_above_is_waited_for() -> None:
    world = World.of(tree(("P", ("C",), {"deleted": True})), restoration_seconds=20)
    entries = [{"tenant": world.id("P"), "state": "disabled"}, {"tenant": world.id("C"), "state": "absent"}]
    report = world.run(None, tenants=entries, restore_deleted=True)
    assert report.failure is None
    check(report, world, "P", "C")
    assert told(report)["C"] == ["deleted", "disable", "delete", "changed"]


@pytest.mark.parametrize("budget", [0, 120])
@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_lost_answer_that_somebody_undid_is_not_known(budget: int, drop: str) -> None:
    """The version has moved on, and nobody can tell whether it was our write that was undone."""
    world = World.of(tree(("A",)))
    when = "after_change" if drop == "after" else "change"
    world.app.faults.add(method="PUT", drop=drop, **{when: {"set": {"enabled": True}, "bump": True}})
    desired = world.request("disabled", tenant=world.id("A"), expected_version=1)
    report = _run.run(world.api(retry_timeout=budget), desired, False)
    assert report.failure is not None and "is enabled, not disabled" in report.failure
    assert "It is not known whether the request to disable it took effect" in report.failure
    assert told(report) == {"A": ["enabled", "changed", "failed"]}
    check(report, world, "A")


@pytest.mark.parametrize("by_name", [True, False])
def test_one_that_could_not_be_seen_before_it_came_back_is_told(by_name: bool) -> None:
    world = World.of(tree(("P", ("C",), {"deleted": True})), deleted_descendants="hidden")
    entries = [
        {"tenant": world.id("P"), "state": "enabled"},
        {"tenant": "C" if by_name else world.id("C"), "state": "absent"},
    ]
    report = world.run(None, tenants=entries, restore_deleted=True)
    assert report.failure is not None and "it was restored with a tenant above it" in report.failure
    assert world.run(None, tenants=entries, restore_deleted=True).failure is None
    assert world.truth(world.id("C")) == "deleted"


def test_a_doubt_outlasts_a_second_try() -> None:
    """The first write may have been undone; that the second is refused says nothing about it."""
    world = World.of(tree(("A",)))
    undo = {"set": {"enabled": True}, "bump": True}
    world.app.faults.add(method="PUT", drop="after", after_change=undo)
    world.app.faults.add(method="PUT", status=403, code=1012)
    report = world.run("disabled", tenant=world.id("A"))
    assert [write[0] for write in world.writes()] == ["PUT", "PUT"]
    assert report.failure is not None and "It is not known whether the request to disable it" in report.failure
    assert "the tenant is locked" in report.failure
    assert told(report) == {"A": ["enabled", "changed", "failed"]}


@pytest.mark.parametrize("subtree", [False, True])
@pytest.mark.parametrize(
    ("names", "listings", "batches"),
    [
        # B has gone before, so that nothing lies below A any more.
        (["A", "B", "Z"], 0, 1),
        # One look below A between its suspension and its deletion.
        (["A", "Z"], 1, 1),
        # Nothing lies below, or there is nothing to confuse it with.
        (["B", "Z"], 0, 1),
        (["A"], 0, 1),
    ],
)
def test_what_the_looks_before_a_deletion_cost(names: list[str], listings: int, batches: int, subtree: bool) -> None:
    """Where nothing was moved, the subtree that is given costs nothing."""
    world = World.of(tree(("Root", ("A", ("B",)), ("Z",))))
    options = {"subtree_root_id": world.id("Root")} if subtree else {}
    report = world.run("absent", tenants=[world.id(name) for name in names], delete_descendants=True, **options)
    assert report.failure is None
    asked = [entry["query"] for entry in world.app.log if entry["method"] == "GET" and entry["path"] == "/tenants"]
    assert sum("uuids" not in query for query in asked) == listings
    assert sum("uuids" in query for query in asked) == batches
    assert {world.truth(world.id(name)) for name in names} == {"deleted"}


@pytest.mark.parametrize("names", [("P", "Q", "C"), ("C", "Q", "P")], ids=", ".join)
def test_a_list_that_names_all_below_needs_no_leave_to_delete_more(names: tuple[str, ...]) -> None:
    world = World.of(tree(("P", ("Q", ("C",)))))
    report = world.run("absent", tenants=list(names))
    assert report.failure is None
    assert set(map(tuple, told(report).values())) == {("deleted", "disable", "delete", "changed")}


@pytest.mark.parametrize("listed", [True, False], ids=["both of a list", "one after the other"])
def test_what_is_being_deleted_does_not_stand_against_the_deletion_above(listed: bool) -> None:
    """The platform still counts it as a sub-tenant, until deprovisioning is over."""
    world = World.of(tree(("P", ("C",))), deletion_seconds=300)
    assert listed or world.run("absent", tenant="C").failure is None
    report = world.run("absent", tenants=["P", "C"] if listed else ["P"])
    assert report.failure is None
    check(report, world, *(["P", "C"] if listed else ["P"]))


@pytest.mark.parametrize("reference", ["name", "id"])
def test_a_disabled_tenant_above_the_subtree_is_foreseen(reference: str) -> None:
    world = World.of(tree(("P", ("C", {"enabled": False}), {"enabled": False})))
    tenant = "C" if reference == "name" else world.id("C")
    report = world.run("enabled", check_mode=True, tenant=tenant, subtree_root_id=world.id("C"))
    assert report.failure is not None and f"'P' ({world.id('P')}) above it is disabled" in report.failure


def test_protection_that_cannot_be_read_again_stops_what_it_may_concern() -> None:
    """The platform fails between two levels, when it is asked where the protected tenant lies now."""
    world = World.of(tree(("P", ("Q", ("C",))), ("Other",)))
    names = ("P", "Q", "C")
    world.app.faults.add(query=f"uuids={world.id('Other')}", skip=1, status=400, times=-1)
    tenants = [world.id(name) for name in names]
    report = world.run("absent", tenants=tenants, delete_descendants=True, protected_tenants=[world.id("Other")])
    assert report.trace is None
    assert told(report) == {
        "P": ["enabled", "skipped"],
        "Q": ["disabled", "disable", "changed", "failed"],
        "C": ["deleted", "disable", "delete", "changed"],
    }
    check(report, world, *names)


def beside_a_conflict(world: World, name: str, do: Callable[[], object]) -> None:
    """Have somebody else do something and change the tenant, just before the first PUT."""
    rule = world.app.faults.add(method="PUT", change={"tenant_id": world.id(name), "bump": True})
    assert rule.change is not None
    interfere = rule.change.make

    def make(*arguments: Any) -> None:
        do()
        interfere(*arguments)

    rule.change.make = make  # type: ignore[method-assign]


def test_what_somebody_else_makes_beside_personal_tenants_is_seen_after_a_conflict() -> None:
    """Where there are only users, the first look below is enough, unless somebody else has changed the tenant."""
    world = World.of(tree(("T", CUSTOMER, {"users": ["ada@t.example"]})))
    target = world.app.platform.tenants[world.id("T")]
    beside_a_conflict(world, "T", lambda: world.app.platform.add_tenant(target, "Late Unit", "unit"))
    report = world.run("absent", tenant=target.id)
    assert report.failure is not None and "it has 1 sub-tenant ('Late Unit')" in report.failure
    assert (world.truth(target.id), world.effects()) == ("enabled", 0)


def test_a_protected_tenant_that_is_moved_in_during_a_conflict_is_protected() -> None:
    world = World.of(tree(("T", ("C", CUSTOMER)), ("Hospital", CUSTOMER)))
    below = {"parent_id": world.id("T")}
    beside_a_conflict(world, "T", lambda: world.app.platform.interfere(world.id("Hospital"), values=below))
    report = world.run("disabled", tenant=world.id("T"), protected_tenants=["Hospital"])
    assert report.failure is not None and "a tenant below it is protected" in report.failure
    assert (world.truth(world.id("T")), world.effects()) == ("enabled", 0)


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_to_be_deleted_by_itself_is_not_deleted_with_another(order: int) -> None:
    """Y is moved below X just before X is disabled. It goes under its own version and guards, whenever its turn is."""
    world = World.of(tree(("X", ("X1", CUSTOMER)), ("Y", CUSTOMER)))
    move = {"tenant_id": world.id("Y"), "set": {"parent_id": world.id("X")}}
    world.app.faults.add(method="PUT", path=world.id("X"), change=move)
    ids = [world.id("X"), world.id("Y")][::order]
    report = world.run("absent", tenants=ids, delete_descendants=True, concurrency=1, continue_on_error=True)
    if order == 1:
        assert report.failure is not None and "'Y' (" in report.failure
        assert "of the same task is below it and would be deleted with it" in report.failure
        assert told(report)["X"] == ["disabled", "disable", "changed", "failed"]
    else:
        assert report.failure is None
    assert told(report)["Y"] == ["deleted", "disable", "delete", "changed"]
