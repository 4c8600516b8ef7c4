# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that can be met on more than one way hold on each: for one tenant and for many, for the tenant and for what is
below it, whichever part of the truth the platform shows.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
from ansible_collections.community.acronis.tests.simulator import seed
from ansible_collections.community.acronis.tests.unit.oracle import UNKNOWN_ID, results, statuses
from ansible_collections.community.acronis.tests.unit.trees import CUSTOMER, tree
from ansible_collections.community.acronis.tests.unit.world import World


# -- no more is deleted than was reviewed -----------------------------------------------------------------------------
def reviewed(world: World, *ids: str) -> list[dict[str, Any]]:
    """A plan to delete the tenants, with what that reaches."""
    options: dict[str, Any] = {"impact": True, "delete_descendants": True, "tenants": list(ids)}
    report = world.run("absent", check_mode=True, **options)
    assert report.failure is None
    # As it comes out of a file.
    plan: list[dict[str, Any]] = json.loads(json.dumps(results(report)))
    return plan


def come_since(world: World, what: str, above: str) -> str:
    """Have something new below a tenant, which does not raise its version. Return how the difference is told."""
    platform = world.app.platform
    parent, version = platform.tenants[above], platform.tenants[above].version
    if what == "user":
        platform.add_user(parent, "late@solo.example")
    elif what == "unit":
        platform.add_tenant(parent, "Late Unit", "unit")
    else:
        platform.add_client(parent, seed.stable_id("late"), "secret of a late client", "late")
    assert parent.version == version
    return {"user": "users", "unit": "sub-tenants of kind unit", "client": "API clients"}[what]


@pytest.mark.parametrize("skip", range(4))
def test_what_cannot_be_listed_is_not_deleted_as_reviewed(world: World, skip: int) -> None:
    plan = reviewed(world, world.id("contoso"))
    rule = world.app.faults.add(path="^/tenants$", query="subtree_root_id", skip=skip, times=-1, status=403)
    report = world.run(None, plan=plan, delete_descendants=True)
    assert (report.failure is not None) == bool(rule.met)
    assert (world.truth(world.id("contoso")) == "deleted") == (not rule.met)
    # The look when the plan is applied, and the one before the deletion.
    assert bool(rule.met) == (skip < 2)


@pytest.mark.parametrize("what", ["unit", "user", "client"])
@pytest.mark.parametrize(("key", "above"), [("solo", "solo"), ("bakery", "bakery"), ("contoso", "law")])
@pytest.mark.parametrize("others", [(), ("coral_office", "harbor")])
@pytest.mark.parametrize("check_mode", [True, False])
def test_what_came_after_the_review_is_not_deleted(
    world: World, what: str, key: str, above: str, others: tuple[str, ...], check_mode: bool
) -> None:
    world.app.platform.switches.update({"clients_listing": "all"})
    ids = [world.id(one) for one in (key, *others)]
    plan = reviewed(world, *ids)
    counted = come_since(world, what, world.id(above))
    for go_on in (False, True):
        report = world.run(None, check_mode, plan=plan, delete_descendants=True, continue_on_error=go_on)
        assert report.failure is not None and "more is below it than was reviewed" in report.failure
        impact = plan[0]["impact"]
        before = {"unit": impact["sub_tenants"]["unit"], "user": impact["users"], "client": impact["api_clients"]}[what]
        assert f"{counted}: {before + 1}, reviewed {before}" in report.failure
        assert statuses(report) == ["failed"] + ["changed" if go_on else "skipped"] * len(others)
        assert world.truth(ids[0]) == "enabled"
        if not go_on:
            assert world.writes() == []
    # Reviewed again, it goes.
    report = world.run(None, plan=reviewed(world, ids[0]), delete_descendants=True)
    assert (report.failure, world.truth(ids[0])) == (None, "deleted")


def test_what_comes_between_the_suspension_and_the_deletion_is_not_deleted(world: World) -> None:
    plan = reviewed(world, world.id("solo"))
    rule = world.app.faults.add(method="PUT", after_change={"bump": False})
    assert rule.after_change is not None
    rule.after_change.make = lambda *_arguments: come_since(world, "unit", world.id("solo"))  # type: ignore
    # The answer to the suspension shows the tenant without the newcomer, so the deletion is told by its refusal.
    world.app.faults.add(method="DELETE", change={"bump": True})
    report = world.run(None, plan=plan, delete_descendants=True)
    assert report.failure is not None and "is disabled, not deleted" in report.failure
    assert world.truth(world.id("solo")) == "disabled"


def test_what_was_reviewed_may_have_become_less(world: World) -> None:
    plan = reviewed(world, world.id("bakery"))
    world.app.platform.interfere(world.id("bakery_north"), delete=True)
    report = world.run(None, plan=plan, delete_descendants=True)
    assert (report.failure, world.truth(world.id("bakery"))) == (None, "deleted")


def test_a_part_that_hides_since_the_review_is_not_deleted(world: World) -> None:
    plan = reviewed(world, world.id("contoso"))
    plan[0]["impact"]["complete"] = True
    report = world.run(None, plan=plan, delete_descendants=True)
    assert report.failure is not None and "a part is hidden now" in report.failure
    assert world.writes() == []


def test_a_suspension_takes_what_came_since_along(world: World) -> None:
    """It can be undone, and the impact counts what it was when it was planned."""
    options: dict[str, Any] = {"impact": True, "tenants": [world.id("bakery")]}
    plan = results(world.run("disabled", check_mode=True, **options))
    come_since(world, "unit", world.id("bakery"))
    assert world.run(None, plan=plan).failure is None


def test_a_plan_without_an_impact_has_reviewed_none(world: World) -> None:
    ids = [world.id("bakery")]
    plan = results(world.run("absent", check_mode=True, tenants=ids, delete_descendants=True))
    come_since(world, "unit", world.id("bakery"))
    assert world.run(None, plan=plan, delete_descendants=True).failure is None


# -- a restoration that still shows the deletion ----------------------------------------------------------------------
@pytest.mark.parametrize("comes_back", [False, True])
@pytest.mark.parametrize("by_others", [False, True])
@pytest.mark.parametrize("fault", [{}, {"drop": "after"}, {"status": 503, "after_change": {"restore": True}}])
@pytest.mark.parametrize("state", ["enabled", "disabled"])
def test_a_restoration_that_still_shows_the_deletion(state: str, fault: Any, by_others: bool, comes_back: bool) -> None:
    world = World.of(restoration_seconds=60, recovering_shows_deleted=True, restored_enabled=comes_back)
    former = world.id("former")
    if by_others:
        world.app.platform.interfere(former, restore=True)
    elif fault:
        world.app.faults.add(method="POST", path="/restore", **fault)
    report = world.run(state, tenant=former, restore_deleted=True)
    assert (report.failure, world.truth(former)) == (None, state)
    (entry,) = results(report)
    then = [] if comes_back == (state == "enabled") else ["enable" if state == "enabled" else "disable"]
    assert entry["actions"] == [*([] if by_others else ["restore"]), *then]
    assert 60 <= sum(world.slept) < 120
    assert len(world.writes()) == len(entry["actions"]), "nothing is sent that the platform has to refuse"


def test_one_that_is_on_its_way_back_is_deleted_when_it_has_come() -> None:
    world = World.of(restoration_seconds=60, recovering_shows_deleted=True)
    world.app.platform.interfere(world.id("former"), restore=True)
    report = world.run("absent", tenant=world.id("former"))
    assert report.failure is not None and "'Former Depot'" in report.failure, "its sub-tenants have come back too"
    report = world.run("absent", tenant=world.id("former"), delete_descendants=True)
    assert (report.failure, world.truth(world.id("former"))) == (None, "deleted")


@pytest.mark.parametrize("by_others", [False, True])
def test_a_restoration_that_outlasts_the_budget_is_told(by_others: bool) -> None:
    world = World.of(restoration_seconds=500, recovering_shows_deleted=True)
    former = world.id("former")
    if by_others:
        world.app.platform.interfere(former, restore=True)
    report = world.run("enabled", tenant=former, restore_deleted=True)
    assert report.failure is not None and "the platform is restoring it; run the task again" in report.failure
    (entry,) = results(report)
    assert entry["actions"] == ([] if by_others else ["restore"])
    assert sum(world.slept) == 120


# -- self-service tenants ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("listing", ["left_out", "shown"])
@pytest.mark.parametrize("reads", ["empty", "refused"])
@pytest.mark.parametrize("others", [(), ("solo",), ("solo", "law", "harbor")])
@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("enabled", [True, False])
def test_a_self_service_tenant_is_deleted_alone_and_among_others(
    by_name: bool, others: tuple[str, ...], reads: str, listing: str, enabled: bool
) -> None:
    world = World.of(self_service_reads=reads, self_service_listing=listing)
    world.app.platform.interfere(world.id("clinic"), values={"enabled": enabled})
    ids = [world.id(one) for one in ("clinic", *others)]
    entries = ["Private Clinic", *ids[1:]] if by_name else ids
    told = set()
    for check_mode in (True, False):
        report = world.run("absent", check_mode, tenants=entries)
        assert report.failure is not None and world.writes() == []
        assert statuses(report) == ["failed"] + ["skipped"] * len(others)
        told.add(results(report)[0]["error"]["message"])
    assert len(told) == 1 and "Set delete_descendants to true to allow this" in told.pop()
    for check_mode in (True, False):
        report = world.run("absent", check_mode, tenants=entries, delete_descendants=True)
        assert (report.failure, statuses(report)) == (None, ["changed"] * len(ids))
    assert {world.truth(one) for one in ids} == {"deleted"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("among_others", [False, True])
def test_a_hidden_namesake_makes_a_name_ambiguous(state: str, among_others: bool) -> None:
    """A search skips what hides itself, so one hit is no proof that there is no second."""
    world = World.of(self_service_listing="shown")
    world.app.platform.interfere(world.id("clinic_lab"), values={"name": "Solo Software"})
    others = [world.id("law")] if among_others else []
    report = world.run(state, tenants=["Solo Software", *others])
    assert report.failure is not None and "2 tenants match 'Solo Software'" in report.failure
    assert world.id("clinic_lab") in report.failure and "Private Clinic / Solo Software" in report.failure
    assert world.writes() == []


@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize("listing", ["left_out", "shown"])
@pytest.mark.parametrize("unmatched", ["fail", "warn"])
@pytest.mark.parametrize("key", ["clinic", "contoso"])
def test_a_protected_tenant_that_hides_is_not_reached(state: str, listing: str, unmatched: str, key: str) -> None:
    world = World.of(self_service_listing=listing)
    options: dict[str, Any] = {"protected_tenants": ["Clinic Laboratory"], "unmatched_protection": unmatched}
    for among in ([], [world.id("solo")]):
        report = world.run(state, tenants=[world.id(key), *among], delete_descendants=True, **options)
        reason = "a tenant below it is protected" if listing == "shown" else "matches 'Clinic Laboratory'"
        assert report.failure is not None and reason in report.failure
        assert world.writes() == []


# -- who says that there is no such tenant ----------------------------------------------------------------------------
@pytest.mark.parametrize("fault", [{"status": 404}, {"status": 404, "code": "NotFound"}, {"status": 410}], ids=str)
@pytest.mark.parametrize("count", [1, 2, 17])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("check_mode", [True, False])
def test_an_endpoint_that_is_not_there_says_nothing_about_tenants(
    check_mode: bool, state: str, count: int, fault: Any
) -> None:
    world = World.of("wide:17")
    world.app.faults.add(path="^/tenants", times=-1, **fault)
    ids = world.customers()[:count]
    for options in ({"tenants": ids}, {"tenants": ["Customer 00001", *ids[1:]]}, {"customer_ids": ["C-1"]}):
        report = world.run(state, check_mode, continue_on_error=True, **options)
        assert report.failure is not None and f"HTTP {fault['status']}" in report.failure
        assert set(statuses(report)) == {"failed"}
        assert {entry["after"]["state"] for entry in results(report)} == {None}
    assert world.writes() == []


def test_only_one_that_a_healthy_batch_leaves_out_is_gone(world: World) -> None:
    # A gateway that loses its way to single tenants.
    world.app.faults.add(method="GET", path="^/tenants/", status=404, times=-1)
    report = world.run("absent", tenants=[world.id("solo"), UNKNOWN_ID])
    assert (report.failure, statuses(report)) == (None, ["changed", "not_found"])


@pytest.mark.parametrize("trouble", [{"status": 503}, {"status": 404}, {"drop": "before"}, {"drop": "after"}], ids=str)
@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_tenants_that_a_gateway_loses_while_they_are_written_are_not_taken_for_gone(
    trouble: Any, state: str, concurrency: int
) -> None:
    """Writes have trouble, and then single tenants are not found, while a batch still shows them."""
    world = World.of("wide:17")
    ids = world.customers()
    for tenant_id in ids:
        world.app.faults.add(method="PUT", path=tenant_id, **trouble)
    world.app.faults.add(method="GET", path="^/tenants/", status=404, times=-1)
    options: dict[str, Any] = {"tenants": ids, "concurrency": concurrency, "continue_on_error": True}
    report = world.run(state, **options)
    desired = "deleted" if state == "absent" else "disabled"
    for entry in results(report):
        assert entry["after"]["state"] == world.truth(entry["id"])
        assert (entry["status"] == "changed") == (entry["after"]["state"] == desired)
    if trouble == {"status": 404}:
        # No reason to repeat the write at once.
        assert set(statuses(report)) == {"failed"}
        report = world.run(state, **options)
    assert (report.failure, {world.truth(one) for one in ids}) == (None, {desired})


@pytest.mark.parametrize("skip", range(8))
@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize("below", [False, True])
def test_a_gateway_that_loses_its_way_in_the_middle(skip: int, state: str, below: bool) -> None:
    """From some request on, all that is about tenants is answered with 404 and JSON."""
    world = World.of(tree(*((f"P{number}", (f"P{number}C", CUSTOMER)) for number in range(4))))
    keys = [f"P{number}{part}" for number in range(4) for part in (("", "C") if below else ("",))]
    ids = [world.id(key) for key in keys]
    world.app.faults.add(path="^/tenants", skip=skip, times=-1, status=404)
    report = world.run(state, tenants=ids, delete_descendants=True, concurrency=2, continue_on_error=True)
    assert (report.failure is None) == (set(statuses(report)) == {"changed"})
    for entry in results(report):
        assert entry["status"] in ("changed", "failed", "skipped"), "none is taken for gone"
        assert entry["after"]["state"] in (None, world.truth(entry["id"]))
        assert (entry["status"] == "changed") <= (world.truth(entry["id"]) != "enabled")


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("state", STATES)
def test_a_batch_that_was_refused_has_left_nothing_out(state: str, status: int) -> None:
    """Whether each is there is asked for one by one then, and one gateway's 404 does not make one go."""
    world = World.of(batch_out_of_scope="refused")
    options: dict[str, Any] = {"continue_on_error": True, "return_unchanged": True}
    world.app.faults.add(method="GET", path=f"/tenants/{world.id('solo')}", status=status, code=1003)
    report = world.run(state, tenants=[world.id("solo"), world.id("fabrikam_retail")], **options)
    solo, outside = results(report)
    assert outside["status"] == "failed"
    assert solo["status"] == ("unchanged" if state == "enabled" else "changed")
    assert world.truth(world.id("solo")) == {"absent": "deleted"}.get(state, state)


# -- an entry that cannot be looked up may be any other ---------------------------------------------------------------
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        # The listing fails, so the name may be anybody's.
        ("Solo Software", {"query": "subtree_root_id", "status": 403, "times": -1}),
        ({"customer_id": "C-3001"}, {"query": "subtree_root_id", "status": 503, "times": -1}),
        # The name is nearly that of the other entry.
        ("solo  software", {}),
        # The external id is given as a name.
        ("C-3001", {}),
    ],
    ids=str,
)
def test_what_another_entry_may_name_is_not_deleted(world: World, entry: Any, fault: Any, order: int) -> None:
    if fault:
        world.app.faults.add(path="^/tenants$", **fault)
    solo = world.id("solo")
    entries = [solo, entry][::order]
    for check_mode in (True, False):
        report = world.run("absent", check_mode, tenants=entries, continue_on_error=True, auth={"retry_timeout": 0})
        assert statuses(report) == ["failed", "failed"]
        message = {one["tenant"]: one["error"]["message"] for one in results(report)}[solo]
        assert "of the same task could not be identified, and may be this tenant" in message
    assert (world.writes(), world.truth(solo)) == ([], "enabled")
    # A healthy run with the right spelling refuses the list.
    world.app.faults.rules.clear()
    right = [solo, {"customer_id": "C-3001"}][::order]
    report = world.run("absent", tenants=right, continue_on_error=True)
    assert report.failure is not None and "are the same tenant" in report.failure
    assert world.writes() == []


def test_what_no_other_entry_may_name_is_deleted(world: World) -> None:
    law, solo, unseen = world.id("law"), world.id("solo"), world.id("fabrikam_retail")
    report = world.run("absent", tenants=[law, solo, "blue ridge law", unseen], continue_on_error=True)
    assert statuses(report) == ["failed", "changed", "failed", "failed"]
    assert [world.truth(one) for one in (law, solo)] == ["enabled", "deleted"]
    # One named by its ID that may not be seen may be below one that has sub-tenants, but not be it.
    bakery = world.id("bakery")
    report = world.run("absent", tenants=[bakery, unseen], continue_on_error=True, delete_descendants=True)
    assert "may be this tenant or one below it" in results(report)[0]["error"]["message"]
    assert world.truth(bakery) == "enabled"


@pytest.mark.parametrize("state", ["enabled", "disabled"])
def test_what_can_be_undone_is_not_held_up_by_an_entry_that_is_not_known(world: World, state: str) -> None:
    solo, start = world.id("solo"), state == "disabled"
    world.app.platform.interfere(solo, values={"enabled": start})
    report = world.run(state, tenants=[solo, "solo  software"], continue_on_error=True)
    assert (statuses(report), world.truth(solo)) == (["changed", "failed"], state)


# -- a chain that ends too early --------------------------------------------------------------------------------------
FAMILY = tree(
    ("P", ("Folder", ("Gone", CUSTOMER, {"deleted": True}), {"kind": "folder"})),
    ("Q", ("Live", CUSTOMER)),
    ("Z", ("ZC", CUSTOMER)),
)
SENT = [{}, {"relative_path_of_deleted": "left_out"}, {"relative_path_honored": False}]


@pytest.mark.parametrize("switches", SENT, ids=str)
@pytest.mark.parametrize("protected", [("Gone", "Live"), ("Live", "Gone"), ("Gone",)])
@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize("by_id", [True, False])
def test_a_deleted_protected_tenant_protects_what_is_above_it(
    switches: Any, protected: tuple[str, ...], state: str, by_id: bool
) -> None:
    """It may be restored as long as what is above it is there."""
    world = World.of(FAMILY, **switches)
    options = {"protected_tenants": [world.id(one) if by_id else one for one in protected], "delete_descendants": True}
    for names in (["P"], ["Folder"], ["P", "Z"], ["Folder", "Z"]):
        for check_mode in (True, False):
            report = world.run(state, check_mode, tenants=[world.id(name) for name in names], **options)
            assert report.failure is not None and "a tenant below it is protected" in report.failure
            assert world.writes() == []
    assert world.run(state, tenant=world.id("Z"), **options).failure is None


@pytest.mark.parametrize("switches", SENT, ids=str)
@pytest.mark.parametrize("order", [1, -1])
def test_a_deleted_tenant_beside_a_live_one_is_known_to_lie_below_another(switches: Any, order: int) -> None:
    world = World.of(FAMILY, **switches)
    states = {"Gone": "enabled", "Live": "enabled", "P": "disabled"}
    entries = [{"tenant": world.id(name), "state": state} for name, state in states.items()][::order]
    for check_mode in (True, False):
        report = world.run(None, check_mode, tenants=entries, restore_deleted=True)
        assert report.failure is not None and f"({world.id('P')}) above it is to be disabled" in report.failure
    assert world.writes() == []


@pytest.mark.parametrize("switches", SENT, ids=str)
def test_a_deleted_tenant_beside_a_live_one_is_within_the_subtree(switches: Any) -> None:
    world = World.of(FAMILY, **switches)
    ids = [world.id("Gone"), world.id("Live")]
    report = world.run("enabled", tenants=ids, restore_deleted=True, subtree_root_id=world.id("northwind"))
    assert (report.failure, world.truth(world.id("Gone"))) == (None, "enabled")
    report = world.run("absent", tenants=ids, subtree_root_id=world.id("Q"), continue_on_error=True)
    assert statuses(report) == ["failed", "changed"]
    assert "outside the subtree" in results(report)[0]["error"]["message"]


# -- a guard without a value ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("guard", ["expected_name", "expected_version", "state"])
@pytest.mark.parametrize("selector", ["tenant", "customer_id"])
def test_a_guard_that_is_given_without_a_value_is_an_error(world: World, guard: str, selector: str) -> None:
    value = {"tenant": world.id("solo"), "customer_id": "C-3001"}[selector]
    entries = [world.id("law"), {selector: value, guard: None}]
    with pytest.raises(InputError, match=rf"^tenants\[1\]\.{guard}: it has no value"):
        world.run("absent", tenants=entries)
    assert world.app.log == []
