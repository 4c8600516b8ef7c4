# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.community.acronis.plugins.module_utils import _run
from ansible_collections.community.acronis.plugins.module_utils._desired import RESULT_KEYS
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.modules import tenant_state
from ansible_collections.community.acronis.tests.simulator import seed
from ansible_collections.community.acronis.tests.unit.oracle import UNKNOWN_ID, only
from ansible_collections.community.acronis.tests.unit.world import World

COUNTS = {"requested": 1, "changed": 0, "unchanged": 0, "not_found": 0, "failed": 0, "skipped": 0}


def test_a_suspension_from_end_to_end(world: World) -> None:
    solo = world.app.platform.tenants[world.id("solo")]
    report = world.run("disabled", tenant=solo.id)
    assert report.as_result(diff=True) == {
        "changed": True,
        "tenants": [
            {
                "tenant": solo.id,
                "id": solo.id,
                "name": "Solo Software",
                "kind": "customer",
                "parent_id": world.id("northwind"),
                "status": "changed",
                "changed": True,
                "actions": ["disable"],
                "before": {"state": "enabled", "version": 3, "internal_tag": None},
                "after": {"state": "disabled", "version": solo.version, "internal_tag": None},
                "impact": None,
                "changed_with": None,
                "top_ancestor": None,
                "error": None,
            }
        ],
        "summary": {**COUNTS, "changed": 1},
        "diff": {
            "before": f"customer 'Solo Software' ({solo.id}): enabled, version 3\n",
            "after": f"customer 'Solo Software' ({solo.id}): disabled, version {solo.version}\n",
        },
    }
    assert (report.failure, report.warnings, report.trace) == (None, [], None)
    assert world.requests() == ["POST idp", "GET tenants", "GET clients", "PUT tenants"]
    assert world.writes() == [("PUT", solo.id, 3)]


@pytest.mark.parametrize(
    ("key", "state", "writes"),
    [
        ("solo", "enabled", 0),
        ("solo", "disabled", 1),
        ("solo", "absent", 2),
        ("dormant", "enabled", 1),
        ("dormant", "disabled", 0),
        ("dormant", "absent", 1),
        ("former", "absent", 0),
    ],
)
def test_check_mode_writes_nothing_and_tells_what_a_run_does(world: World, key: str, state: str, writes: int) -> None:
    predicted = only(world.run(state, check_mode=True, tenant=world.id(key)))
    assert (world.writes(), world.effects()) == ([], 0)
    real = only(world.run(state, tenant=world.id(key)))
    assert len(world.writes()) == world.effects() == writes
    if writes:
        assert predicted["after"]["version"] is None
        real["after"]["version"] = None
    assert real == predicted
    assert real["changed"] is bool(writes)
    again = world.run(state, tenant=world.id(key)).as_result(diff=True)
    assert (again["changed"], again["tenants"][0]["actions"]) == (False, [])
    assert again["diff"] == {"before": "", "after": ""}
    assert len(world.writes()) == writes


def test_a_deletion_carries_the_version_of_the_disabling(world: World) -> None:
    def raised(target: Any, tenant_id: Any) -> None:
        versions.append(world.app.platform.tenants[world.id("solo")].version)

    versions: list[int] = []
    # Looks on after the platform has taken the PUT.
    fault = world.app.faults.add(method="PUT", after_change={})
    fault.after_change.make = raised  # type: ignore[union-attr,method-assign]
    world.run("absent", tenant="Solo Software")
    solo = world.id("solo")
    assert world.writes() == [("PUT", solo, 3), ("DELETE", solo, str(versions[0]))]
    assert versions[0] > 3


@pytest.mark.parametrize(("option", "value"), [("tenant", UNKNOWN_ID), ("tenant", "No Such"), ("customer_id", "C-0")])
def test_what_was_never_seen(world: World, option: str, value: str) -> None:
    report = world.run("absent", **{option: value})
    entry = only(report)
    assert entry["before"] == entry["after"] == {"state": "absent", "version": None, "internal_tag": None}
    assert (entry["changed"], entry["id"]) == (False, UNKNOWN_ID if value == UNKNOWN_ID else None)
    assert report.as_result(False)["summary"] == {**COUNTS, "not_found": 1}
    assert entry["status"] == "not_found"
    (warning,) = report.warnings
    assert f"{value!r}, and nothing was deleted for it; check the spelling." in warning
    for state in ("enabled", "disabled"):
        refused = world.run(state, **{option: value})
        assert refused.failure is not None and value in refused.failure and "no such tenant" in refused.failure
        assert refused.as_result(False)["summary"] == {**COUNTS, "failed": 1}
    assert world.writes() == []


@pytest.mark.parametrize("state", ["enabled", "disabled"])
def test_a_deleted_tenant_is_told_with_its_time(world: World, state: str) -> None:
    failure = world.run(state, tenant=world.id("former")).failure
    assert failure is not None and "was deleted at 20" in failure and "'Former Foods'" in failure


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"tenant": ""}, "tenant"),
        ({"tenant": "None"}, "tenant"),
        ({"tenant": UNKNOWN_ID[:-1]}, "tenant"),
        ({"customer_id": " "}, "customer_id"),
        ({"tenant": "A", "expected_name": ""}, "expected_name"),
        ({"tenant": "A", "protected_tenants": ["B", ""]}, "protected_tenants\\[1\\]"),
        ({"tenant": "A", "protected_tenants": [UNKNOWN_ID[1:]]}, "protected_tenants\\[0\\]"),
        ({"tenant": "A", "subtree_root_id": "Contoso"}, "subtree_root_id"),
    ],
)
def test_bad_options_are_refused_before_the_first_request(world: World, options: dict[str, Any], option: str) -> None:
    with pytest.raises(InputError, match=f"^{option}: "):
        world.run("absent", **options)
    assert world.app.log == []


@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize("auth", ["client", "token"])
def test_the_own_tenant_is_refused(world: World, state: str, auth: str) -> None:
    report = world.run(state, auth=world.token_alone() if auth == "token" else {}, tenant=world.id("northwind"))
    assert report.failure is not None and "own tenant" in report.failure
    assert world.writes() == []


@pytest.mark.parametrize(
    "switches", [{}, {"batch_out_of_scope": "refused"}, {"batch_out_of_scope": "refused", "out_of_scope_status": 404}]
)
def test_with_a_token_alone_the_top_of_what_is_seen_is_the_own_tenant(world: World, switches: dict[str, Any]) -> None:
    world.app.platform.switches.update(switches)
    assert world.run("disabled", auth=world.token_alone(), tenant=world.id("solo")).failure is None
    failure = world.run("disabled", auth=world.token_alone(), tenant=world.id("northwind")).failure
    assert failure is not None and "own tenant" in failure


def test_trouble_while_looking_for_the_own_tenant_is_not_taken_for_an_answer(world: World) -> None:
    world.app.platform.switches.update({"relative_path_honored": False})
    world.app.faults.add(path="/tenants$", skip=1, status=400, code=400)
    report = world.run("disabled", auth=world.token_alone(), tenant=world.id("solo"))
    assert report.failure is not None and "HTTP 400" in report.failure
    assert world.writes() == []


@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize(
    ("key", "entries"),
    [
        ("solo", ["Solo Software"]),
        ("solo", ["C-3001"]),
        ("solo", ["{solo}"]),
        ("contoso", ["Hospital"]),
        ("contoso", ["x", "C-1911"]),
        ("contoso", ["{ward}"]),
        ("hospital", ["{ward}"]),
    ],
)
def test_protected_tenants_and_what_is_above_them(world: World, state: str, key: str, entries: list[str]) -> None:
    entries = [entry.format(**world.app.platform.well_known) for entry in entries]
    options = {"tenant": world.id(key), "protected_tenants": entries, "delete_descendants": True}
    report = world.run(state, check_mode=True, **options)
    assert report.failure is not None and "protected_tenants" in report.failure
    assert world.run(state, **options).failure == report.failure
    assert world.writes() == []


@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_guard_that_guards_nothing_stops_every_suspension_and_deletion(
    world: World, state: str, check_mode: bool
) -> None:
    tenants = [world.id("law"), {"tenant": "Dormant Dairy", "state": "enabled"}, world.id("solo")]
    options: dict[str, Any] = {"tenants": tenants, "protected_tenants": ["Hospital", "Hospitl"]}
    report = world.run(state, check_mode, **options)
    assert report.failure is not None
    assert "no tenant matches 'Hospitl', so the entry would protect nothing; correct it, or set" in report.failure
    assert (report.as_result(False)["summary"]["failed"], world.writes()) == (2, [])
    # What gives back is not meant.
    going_on = world.run(state, check_mode, continue_on_error=True, **options).as_result(False)["tenants"]
    assert [entry["status"] for entry in going_on] == ["failed", "changed", "failed"]
    assert {write[1] for write in world.writes()} <= {world.id("dormant")}


def test_a_guard_that_guards_nothing_stops_no_reactivation(world: World) -> None:
    report = world.run("enabled", tenant=world.id("dormant"), protected_tenants=["Hospitl"])
    assert (report.failure, report.warnings, world.effects()) == (None, [], 1)
    # Nor what needs no write.
    assert world.run("disabled", tenants=[], protected_tenants=["Hospitl"]).failure is None
    assert world.run("absent", tenant=world.id("former"), protected_tenants=["Hospitl"]).failure is None


def test_a_protection_that_protects_nothing_is_told_once(world: World) -> None:
    report = world.run(
        "absent",
        tenant=world.id("bakery"),
        protected_tenants=["Hospitl", "Hospital"],
        unmatched_protection="warn",
        delete_descendants=True,
    )
    assert report.failure is None
    assert report.warnings == [
        "protected_tenants: no tenant matches 'Hospitl', so it protects nothing; check the spelling."
    ]
    # What is protected is looked up once, though the facts are gathered again before the deletion.
    roots = [entry["query"].get("subtree_root_id") for entry in world.app.log]
    assert roots.count(world.id("northwind")) == 1


# -- enabling below a disabled tenant ---------------------------------------------------------------------------------
def disable(world: World, *keys: str) -> None:
    for key in keys:
        world.app.platform.interfere(world.id(key), values={"enabled": False})


@pytest.mark.parametrize("honored", [True, False])
@pytest.mark.parametrize("tenant", ["{law}", "Blue Ridge Law"])
@pytest.mark.parametrize(("above", "kind"), [("branches", "folder"), ("contoso", "partner")])
def test_enabling_below_a_disabled_tenant_is_refused_in_check_mode_too(
    world: World, above: str, kind: str, tenant: str, honored: bool
) -> None:
    world.app.platform.switches.update({"relative_path_honored": honored})
    disable(world, "law", above)
    tenant = tenant.format(**world.app.platform.well_known)
    name = world.app.platform.tenants[world.id(above)].name
    for check_mode in (True, False):
        report = world.run("enabled", check_mode, tenant=tenant)
        assert report.failure is not None
        assert (
            f"was not enabled: {kind} tenant '{name}' ({world.id(above)}) above it is disabled; enable"
            in report.failure
        )
        assert (only(report)["status"], only(report)["actions"]) == ("failed", [])
    assert world.writes() == []


def test_the_nearest_disabled_tenant_is_named(world: World) -> None:
    disable(world, "law", "branches", "contoso")
    failure = world.run("enabled", True, tenant=world.id("law")).failure
    assert failure is not None and "'Contoso Branches'" in failure and "'Contoso Partner'" not in failure


def test_what_is_enabled_already_is_not_refused_below_a_disabled_one(world: World) -> None:
    disable(world, "contoso")
    report = world.run("enabled", tenant=world.id("hospital"))
    assert (report.failure, only(report)["status"], world.writes()) == (None, "unchanged", [])


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_task_may_enable_what_is_above(world: World, order: int) -> None:
    disable(world, "law", "branches", "contoso")
    tenants = ["Blue Ridge Law", world.id("contoso"), {"tenant": world.id("branches")}][::order]
    for check_mode in (True, False):
        report = world.run("enabled", check_mode, tenants=tenants)
        assert report.failure is None
        assert [entry["actions"] for entry in report.as_result(False)["tenants"]] == [["enable"]] * 3
    # From the top down.
    assert [write[1] for write in world.writes()] == [world.id(key) for key in ("contoso", "branches", "law")]


def test_the_same_task_must_enable_all_that_is_above(world: World) -> None:
    disable(world, "law", "branches", "contoso")
    tenants = [world.id("law"), world.id("contoso")]
    # The folder between them may come back with the partner. That cannot be foreseen.
    assert world.run("enabled", True, tenants=tenants).failure is None
    report = world.run("enabled", tenants=tenants)
    assert report.failure is not None and "folder tenant 'Contoso Branches'" in report.failure
    assert [entry["status"] for entry in report.as_result(False)["tenants"]] == ["failed", "changed"]
    assert [write[1] for write in world.writes()] == [world.id("contoso")]


@pytest.mark.parametrize("check_mode", [True, False])
def test_below_one_whose_enabling_is_refused_nothing_is_enabled(world: World, check_mode: bool) -> None:
    disable(world, "law", "branches", "contoso")
    tenants = [
        world.id("law"),
        {"tenant": world.id("contoso"), "expected_name": "Other"},
        world.id("branches"),
        world.id("dormant"),
    ]
    report = world.run("enabled", check_mode, tenants=tenants, continue_on_error=True)
    law, contoso, branches, dormant = report.as_result(False)["tenants"]
    assert "its name is 'Contoso Partner', not 'Other'" in contoso["error"]["message"]
    for entry in (law, branches, dormant):
        assert entry["error"]["message"] == (
            f"tenant 'Contoso Partner' ({world.id('contoso')}) above it is disabled, and enabling that one was refused."
        )
    assert world.writes() == []


def test_a_tenant_that_was_moved_below_a_disabled_one_is_not_enabled(world: World) -> None:
    """The platform would refuse it; what is above is read again before another write."""
    disable(world, "law", "adventure")
    world.app.faults.add(method="PUT", change={"set": {"parent_id": world.id("adventure")}})
    report = world.run("enabled", tenant=world.id("law"))
    assert report.failure is not None and "'Adventure Partner'" in report.failure
    assert world.truth(world.id("law")) == "disabled"


def test_protection_with_a_token_alone_looks_below_the_tenant(world: World) -> None:
    failure = world.run(
        "absent", auth=world.token_alone(), tenant=world.id("contoso"), protected_tenants=["Hospital"]
    ).failure
    assert failure is not None and "protected" in failure


@pytest.mark.parametrize("unknown_root", ["not_found", "empty"])
@pytest.mark.parametrize("options", [{"tenant": "Solo Software"}, {"customer_id": "C-3001"}, {"tenants": ["Nothing"]}])
def test_below_a_root_that_does_not_exist_nothing_is_absent(world: World, unknown_root: str, options: Any) -> None:
    world.app.platform.switches.update({"unknown_root": unknown_root})
    report = world.run("absent", subtree_root_id=UNKNOWN_ID, **options)
    assert report.failure is not None and only(report)["status"] == "failed"
    assert unknown_root == "not_found" or f"there is no tenant {UNKNOWN_ID} to look below" in report.failure


def test_protection_with_a_token_alone_needs_to_know_where_to_look(world: World) -> None:
    options = {"auth": world.token_alone(), "tenant": world.id("solo"), "protected_tenants": ["Hospital"]}
    failure = world.run("disabled", **options).failure
    assert failure is not None and "protected_tenants: with access_token alone, they are looked up below" in failure
    assert world.run("disabled", **options, subtree_root_id=world.id("northwind")).failure is None


def test_of_deleted_namesakes_none_is_restored(world: World) -> None:
    for key in ("twin_contoso", "twin_adventure"):
        world.app.platform.interfere(world.id(key), delete=True)
    failure = world.run("enabled", tenant="Twin Trading", restore_deleted=True).failure
    assert failure is not None and "2 tenants match 'Twin Trading'" in failure
    assert world.writes() == []


def test_sub_tenants_are_counted_and_personal_tenants_are_not(world: World) -> None:
    failure = world.run("absent", tenant=world.id("bakery")).failure
    assert failure is not None and "2 sub-tenants ('Bakery North', 'Bakery South')" in failure
    assert world.writes() == []
    report = world.run("absent", tenant=world.id("bakery_north"))
    assert (report.failure, only(report)["actions"]) == (None, ["disable", "delete"])


def test_a_deleted_sub_tenant_does_not_count(world: World) -> None:
    for key in ("bakery_north", "bakery_south"):
        world.run("absent", tenant=world.id(key))
    assert world.run("absent", tenant=world.id("bakery")).failure is None


def test_a_self_service_tenant_hides_what_is_below(world: World) -> None:
    failure = world.run("absent", tenant=world.id("clinic")).failure
    assert failure is not None and "hides" in failure
    assert world.run("absent", tenant=world.id("clinic"), delete_descendants=True).failure is None


def test_a_lock_names_its_owner(world: World) -> None:
    failure = world.run("disabled", tenant=world.id("locked")).failure
    assert failure is not None and f"locked by tenant {world.id('contoso')}" in failure
    # With a token alone it is the platform that says no.
    failure = world.run("disabled", auth=world.token_alone(), tenant=world.id("locked")).failure
    assert failure is not None and "1012" in failure
    world.app.platform.interfere(
        world.id("locked"), values={"update_lock": {"enabled": True, "owner_id": world.id("northwind")}}
    )
    assert world.run("disabled", tenant=world.id("locked")).failure is None


def test_the_message_names_the_tenant_and_counts(world: World) -> None:
    report = world.run("disabled", tenant=world.id("solo"), expected_name="Other")
    assert report.failure == (
        f"tenant 'Solo Software' ({world.id('solo')}) was not disabled: its name is 'Solo Software', "
        "not 'Other' (expected_name); check which one you mean. (1 of 1 failed)"
    )
    world.app.faults.add(path="/tenants/", status=403, code=1002, message="no")
    report = world.run("absent", customer_id="C-3001", expected_version=7)
    assert report.failure is not None and "version is 3, not 7" in report.failure
    world.app.faults.rules.clear()
    world.app.faults.add(path="/tenants", status=403, code=1002, message="no", times=2)
    report = world.run("absent", tenant=world.id("solo"))
    assert report.failure is not None
    assert report.failure.startswith(
        f"the tenant with ID '{world.id('solo')}' was not deleted: HTTP 403, platform code 1002"
    )
    assert only(report)["error"]["path"] == f"/tenants/{world.id('solo')}"
    assert only(report)["before"] == {"state": None, "version": None, "internal_tag": None}


def test_an_error_of_our_own_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(_run, "converge", broken)
    report = world.run("disabled", tenant=world.id("solo"))
    assert report.failure is not None and "KeyError" in report.failure and "report it" in report.failure
    assert report.trace is not None and "surprise" in report.trace
    assert (only(report)["changed"], only(report)["status"]) == (False, "failed")


def test_results_are_documented_as_they_are(world: World) -> None:
    """Every key that a result can have is in RETURN, and none else."""
    documented = yaml.safe_load(tenant_state.RETURN)
    described = documented["tenants"]["contains"]
    failed = world.run("disabled", tenant=world.id("northwind")).as_result(diff=False)
    done = world.run("disabled", tenant=world.id("contoso"), impact=True).as_result(diff=False)
    for result in (failed, done):
        assert set(documented) == set(result) - {"changed"}
        assert set(documented["summary"]["contains"]) == set(result["summary"])
        (entry,) = result["tenants"]
        assert set(described) == set(entry) == RESULT_KEYS
    assert {text["returned"] for text in (*documented.values(), *described.values())} == {"always"}
    for entry, parts in ((failed["tenants"][0], ("before", "after", "error")), (done["tenants"][0], ("impact",))):
        for part in parts:
            assert set(described[part]["contains"]) == set(entry[part])


def test_slow_retries_bring_a_warning(world: World) -> None:
    world.app.faults.add(method="GET", status=503, headers={"Retry-After": "4"})
    quick = world.run("disabled", tenant=world.id("solo"))
    assert (quick.failure, quick.warnings, world.slept) == (None, [], [4.0])
    world.app.faults.add(method="GET", status=503, headers={"Retry-After": "4"}, times=2)
    slow = world.run("enabled", tenant=world.id("solo"))
    assert slow.failure is None
    (warning,) = slow.warnings
    assert "2 requests were retried, with 8 seconds of delay" in warning and "HTTP 503" in warning
    assert set(slow.as_result(diff=False)) == {"changed", "tenants", "summary"}


@pytest.mark.parametrize(("seconds", "waits"), [(20, True), (500, False)])
def test_a_restoration_is_waited_for_within_the_budget(world: World, seconds: int, waits: bool) -> None:
    solo = world.id("solo")
    platform = world.app.platform
    platform.interfere(solo, values={"external_operation_status": "recovering"})
    over = platform.clock.now() + seconds
    sleep = world.sleep

    def sleep_until_over(pause: float) -> None:
        sleep(pause)
        if platform.clock.now() >= over:
            platform.interfere(solo, values={"external_operation_status": "no_operation"})

    world.sleep = sleep_until_over  # type: ignore[method-assign]
    report = world.run("disabled", tenant=solo)
    assert (report.failure is None) is waits
    assert waits or "restoring" in str(report.failure)
    assert sum(world.slept) <= 120
    assert world.effects() == waits


def test_what_is_as_wanted_need_not_wait(world: World) -> None:
    world.app.platform.interfere(world.id("solo"), values={"external_operation_status": "recovering"})
    assert world.run("enabled", tenant=world.id("solo")).failure is None
    assert world.slept == []


@pytest.mark.parametrize("state", ["enabled", "disabled", "absent"])
def test_a_tenant_that_is_being_deleted(world: World, state: str) -> None:
    world.app.platform.switches.update({"deletion_seconds": 600})
    assert world.run("absent", tenant=world.id("solo")).failure is None
    effects = world.effects()
    report = world.run(state, tenant=world.id("solo"))
    assert (report.failure is None) is (state == "absent")
    assert (world.effects(), only(report)["before"]["state"]) == (effects, "deleted")


@pytest.mark.parametrize("entry", ["Solo  Software", "solosoftware", "SOLO\u00a0SOFTWARE", "c-3001", "\uff23-3001"])
def test_protection_does_not_depend_on_blanks_or_case(world: World, entry: str) -> None:
    report = world.run("absent", tenant=world.id("solo"), protected_tenants=["Hospital", entry])
    assert report.failure is not None and "it is protected" in report.failure
    assert world.writes() == []


def test_a_slip_in_protected_tenants_is_told_for_a_tenant_without_children_too(world: World) -> None:
    options: dict[str, Any] = {"tenant": world.id("solo"), "protected_tenants": ["Solo Sofware"]}
    refused = world.run("disabled", **options)
    assert refused.failure is not None and "no tenant matches 'Solo Sofware'" in refused.failure
    report = world.run("disabled", unmatched_protection="warn", **options)
    assert report.failure is None
    assert ["Solo Sofware" in warning for warning in report.warnings] == [True]


@pytest.mark.parametrize("state", ["disabled", "absent"])
@pytest.mark.parametrize("key", ["clinic", "contoso"])
@pytest.mark.parametrize("entry", ["{clinic_lab}", "Clinic Laboratory"])
def test_a_protected_tenant_may_be_in_a_part_that_hides(world: World, state: str, key: str, entry: str) -> None:
    entry = entry.format(**world.app.platform.well_known)
    options: dict[str, Any] = {"tenant": world.id(key), "protected_tenants": [entry], "delete_descendants": True}
    failure = world.run(state, **options).failure
    assert failure is not None and "would protect nothing" in failure
    failure = world.run(state, unmatched_protection="warn", **options).failure
    assert failure is not None and "the protected tenant may be one of them" in failure
    assert world.writes() == []


def test_a_token_of_another_client_than_client_id_says(world: World) -> None:
    """A client_id left over in the environment must not lift the guard of the own tenant."""
    auth = {**world.token_alone(), "client_id": seed.CUSTOMER_CLIENT_ID}
    report = world.run("disabled", auth=auth, tenant=world.id("northwind"))
    assert report.failure is not None and "own tenant" in report.failure
    assert world.writes() == []


def test_no_tenant_is_named(world: World) -> None:
    with pytest.raises(
        InputError, match=r"^tenant: exactly one of tenant, customer_id, tenants, customer_ids, plan is"
    ):
        world.run("disabled")


def test_the_message_tells_the_state_that_was_seen_last(world: World) -> None:
    world.app.faults.add(method="DELETE", change={"set": {"enabled": True}})
    report = world.run("absent", tenant=world.id("solo"), expected_version=3)
    assert report.failure is not None and "is enabled, not deleted" in report.failure


def test_a_client_that_goes_down_with_the_tenant_it_disabled_is_told_so(world: World) -> None:
    told = "may belong to the tenant that was just disabled"
    # The answer to the PUT is lost, and the token does not work any more.
    world.app.faults.add(method="PUT", drop="after")
    world.app.faults.add(method="GET", path="/tenants/", status=401, times=-1)
    report = world.run("disabled", tenant=world.id("solo"))
    assert report.failure is not None and told in report.failure and "unknown state" in report.failure
    # The facts for the deletion cannot be read.
    world.app.faults.rules.clear()
    world.app.faults.add(path="/tenants$", skip=1, status=401, times=-1)
    tenants = [world.id("bakery"), world.id("law")]
    report = world.run("absent", tenants=tenants, delete_descendants=True, concurrency=1)
    assert report.failure is not None and told in report.failure and "is disabled, not deleted" in report.failure
    # A token that never worked is another matter.
    world.app.faults.rules.clear()
    world.app.faults.add(status=401, times=-1, path="/tenants")
    report = world.run("absent", tenant=world.id("law"))
    assert report.failure is not None and told not in report.failure


def test_what_was_read_is_kept_when_waiting_fails(world: World) -> None:
    world.app.platform.interfere(world.id("solo"), values={"external_operation_status": "recovering"})
    world.app.faults.add(method="GET", path="/tenants/", skip=1, times=-1, status=403)
    report = world.run("disabled", tenant=world.id("solo"))
    assert (only(report)["name"], only(report)["before"]["state"]) == ("Solo Software", "enabled")
    assert report.failure is not None and "HTTP 403" in report.failure


def test_a_tenant_that_is_not_shown_may_be_below_one_that_is_to_be_deleted(world: World) -> None:
    """The platform may hide it with a 404. What has nothing below it is deleted all the same."""
    entries = [
        {"tenant": UNKNOWN_ID, "state": "disabled"},
        {"tenant": world.id("contoso"), "state": "absent"},
        {"tenant": world.id("solo"), "state": "absent"},
    ]
    report = world.run(None, tenants=entries, delete_descendants=True, continue_on_error=True)
    unknown, contoso, solo = report.as_result(False)["tenants"]
    assert [one["status"] for one in (unknown, contoso, solo)] == ["failed", "failed", "changed"]
    assert "could not be identified" in contoso["error"]["message"]
    assert {write[1] for write in world.writes()} == {world.id("solo")}
