# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of tenants from the options to the report, on the simulator."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils import _run
from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
from ansible_collections.community.acronis.tests.simulator import make_app
from ansible_collections.community.acronis.tests.simulator.switches import COUNT, NUMBER, table
from ansible_collections.community.acronis.tests.unit.oracle import TRUTH, UNKNOWN_ID, check, results, summary
from ansible_collections.community.acronis.tests.unit.trees import family_tree
from ansible_collections.community.acronis.tests.unit.world import World


def sent(world: World) -> Counter[str]:
    """How many requests of each kind were sent since the last time."""
    counts = Counter(
        {"/idp/token": "token", "/tenants": "listing"}.get(
            entry["path"], f"{entry['method']} {entry['path'].split('/')[1]}"
        )
        for entry in world.app.log
    )
    for entry in world.app.log:
        if "uuids" in entry["query"]:
            counts["listing"] -= 1
            counts["batch"] += 1
    world.app.log.clear()
    return +counts


# -- the number of requests -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
def test_requests_of_a_list_of_ids(count: int) -> None:
    world = World.of("wide:250")
    ids = world.customers(count)
    reads = {"token": 1, "batch": -(-count // 100)}
    for state, writes in (
        ("disabled", {"GET clients": 1, "PUT tenants": count}),
        # Who the client's own tenant is tells where the ancestors end that may be disabled.
        ("enabled", {"GET clients": 1, "PUT tenants": count}),
        ("absent", {"GET clients": 1, "PUT tenants": count, "DELETE tenants": count}),
    ):
        report = world.run(state, tenants=ids)
        assert (report.failure, summary(report)) == (None, {"changed": count})
        assert sent(world) == {**reads, **writes}
        assert {world.truth(one) for one in ids} == {TRUTH[state]}
        again = world.run(state, tenants=ids)
        assert (again.failure, summary(again), results(again)) == (None, {"unchanged": count}, [])
        # Deleted tenants may lie above others of the list, which their ancestors tell.
        expected = {**reads, "GET clients": 1} if state == "absent" and count > 1 else reads
        assert sent(world) == expected, "a second run only reads"


def test_names_cost_one_listing_however_many_they_are(world: World) -> None:
    names = ["Solo Software", "Blue Ridge Law", {"customer_id": "C-2001"}]
    report = world.run("disabled", tenants=names)
    assert (report.failure, summary(report)) == (None, {"changed": 3})
    assert sent(world) == {"token": 1, "GET clients": 1, "listing": 1, "PUT tenants": 3}
    assert (world.run("disabled", tenants=names).failure, sent(world)) == (
        None,
        {"token": 1, "GET clients": 1, "listing": 1},
    )
    for state, entries in (("enabled", ["Solo Software", world.id("law")]), ("disabled", ["Solo Software"])):
        assert world.run(state, tenants=entries).failure is None
        assert sent(world) == {"token": 1, "GET clients": 1, "listing": 1, "PUT tenants": len(entries)}


def test_ids_that_a_listing_has_shown_are_not_read_again(world: World) -> None:
    entries = [world.id("solo"), "Blue Ridge Law", world.id("former"), "Harbor Hotel", world.id("bakery_south")]
    report = world.run("disabled", check_mode=True, tenants=entries, return_unchanged=True)
    assert report.failure is not None and "Former Foods" in report.failure
    assert sent(world) == {"token": 1, "GET clients": 1, "listing": 1}
    assert world.run("absent", tenants=[*entries, UNKNOWN_ID], check_mode=True).failure is None
    # The one that is not there: by its batch, and by itself to be sure.
    assert sent(world) == {"token": 1, "GET clients": 1, "listing": 1, "batch": 1, "GET tenants": 1}


def test_no_tenants_no_requests(world: World) -> None:
    report = world.run(None, tenants=[])
    assert report.as_result(diff=True) == {
        "changed": False,
        "tenants": [],
        "summary": dict.fromkeys(("requested", "changed", "unchanged", "not_found", "failed", "skipped"), 0),
        "diff": {"before": "", "after": ""},
    }
    assert (report.failure, report.warnings, world.app.log) == (None, [], [])


@pytest.mark.parametrize("concurrency", [1, 8])
def test_what_holds_for_all_is_asked_for_once(concurrency: int) -> None:
    world = World.of("wide:40")
    ids = world.customers(30)
    protected = ["Customer 00040", "Customr 00041", world.id("fabrikam_retail")]
    options = {"protected_tenants": protected, "concurrency": concurrency}
    for go_on in (False, True):
        report = world.run("absent", tenants=ids, continue_on_error=go_on, **options)
        assert report.failure is not None and f"no tenant matches {protected[1]!r}" in report.failure
        assert (summary(report), report.warnings, world.writes()) == ({"failed": 30}, [], [])
        assert sent(world) == {"token": 1, "GET clients": 1, "batch": 2, "listing": 1}
    report = world.run("absent", tenants=ids, unmatched_protection="warn", **options)
    assert (report.failure, summary(report)) == (None, {"changed": 30})
    assert sorted(report.warnings) == [
        f"protected_tenants: no tenant matches {entry!r}, so it protects nothing; check the spelling."
        for entry in sorted(protected[1:], key=repr)
    ]
    assert sent(world) == {
        **{"token": 1, "GET clients": 1, "batch": 2, "listing": 1},
        **{"PUT tenants": 30, "DELETE tenants": 30},
    }
    protected = ["Customer 00035", "customer  00036"]
    entries = world.customers()[30:]
    report = world.run(
        "absent", tenants=entries, protected_tenants=protected, concurrency=concurrency, continue_on_error=True
    )
    assert summary(report) == {"changed": 8, "failed": 2}
    assert sent(world)["listing"] == 1


# -- who is meant -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("seed_number", range(3))
def test_results_are_in_the_order_of_the_task(concurrency: int, seed_number: int) -> None:
    world = World.of("wide:60")
    ids = world.customers()
    # Any order, but not the platform's, and with names among them.
    order = sorted(range(60), key=lambda number: (number * 37 + seed_number * 11) % 61)
    entries = [f"Customer {number + 1:05}" if number % 3 == seed_number else ids[number] for number in order]
    for check_mode in (True, False):
        report = world.run("disabled", check_mode, tenants=entries, concurrency=concurrency)
        assert [entry["tenant"] for entry in results(report)] == entries
        assert [entry["id"] for entry in results(report)] == [ids[number] for number in order]


@pytest.mark.parametrize("continue_on_error", [False, True])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{law}", "Blue Ridge Law"),
        ("Blue Ridge Law", "{law}"),
        ("{law}", {"customer_id": "C-1002"}),
        ({"customer_id": "C-1002"}, "Blue Ridge Law"),
    ],
)
def test_one_tenant_by_two_spellings(world: World, one: Any, other: Any, state: str, continue_on_error: bool) -> None:
    one, other = (entry.format(law=world.id("law")) if isinstance(entry, str) else entry for entry in (one, other))
    for check_mode in (True, False):
        report = world.run(
            state, check_mode, tenants=[one, world.id("solo"), other], continue_on_error=continue_on_error
        )
        assert report.failure is not None and "are the same tenant; name each tenant once" in report.failure
        assert summary(report)["failed"] == 1 and "changed" not in summary(report)
        assert results(report)[-1]["error"], "the second one is to blame"
        assert world.writes() == []


def test_an_ambiguous_name_among_others(world: World) -> None:
    entries = ["Twin Trading", "Solo Software", world.id("twin_contoso")]
    report = world.run("disabled", tenants=entries, continue_on_error=True)
    assert report.failure is not None and "2 tenants match 'Twin Trading'" in report.failure
    for key in ("twin_contoso", "twin_adventure"):
        assert world.id(key) in report.failure
    assert "Northwind MSP / Contoso Partner / Twin Trading" in report.failure
    assert summary(report) == {"changed": 2, "failed": 1}


@pytest.mark.parametrize(
    ("subtree", "entries", "outside"),
    [
        ("contoso", ["{law}", "{solo}", "{bakery_north}", "{contoso}"], ["{solo}"]),
        ("contoso", ["Blue Ridge Law", "Solo Software", "{ward}"], ["Solo Software"]),
        ("bakery", ["{bakery_north}", "{contoso}"], ["{contoso}"]),
        ("contoso", ["Blue Ridge Law", "Twin Trading", "{solo}", {"customer_id": "C-3001"}], ["{solo}", "C-3001"]),
    ],
)
@pytest.mark.parametrize("switches", [{}, {"relative_path_honored": False}])
def test_a_list_and_its_subtree(switches: dict[str, Any], subtree: str, entries: list[Any], outside: list[str]) -> None:
    world = World.of(**switches)
    known = world.app.platform.well_known
    entries = [entry.format(**known) if isinstance(entry, str) else entry for entry in entries]
    report = world.run("disabled", tenants=entries, subtree_root_id=known[subtree], continue_on_error=True)
    failed = {entry["tenant"]: entry["error"]["message"] for entry in results(report) if entry.get("error")}
    assert list(failed) == [entry.format(**known) for entry in outside]
    for name, message in failed.items():
        assert ("is outside the subtree" if name in known.values() else "no such tenant") in message
    assert summary(report) == {"changed": len(entries) - len(outside), "failed": len(outside)}


@pytest.mark.parametrize(
    "switches",
    [{}, {"relative_path_honored": False}, {"relative_path_honored": False, "batch_out_of_scope": "refused"}],
)
def test_a_list_with_a_token_alone(switches: dict[str, Any]) -> None:
    world = World.of(**switches)
    ids = [world.id(key) for key in ("solo", "law", "bakery_north", "northwind", "contoso")]
    report = world.run("disabled", auth=world.token_alone(), tenants=ids, continue_on_error=True)
    assert report.failure is not None and "Northwind MSP" in report.failure and "own tenant" in report.failure
    assert summary(report) == {"changed": 4, "failed": 1}
    counts = sent(world)
    assert "token" not in counts and "GET clients" not in counts
    names = [world.id("solo"), "Blue Ridge Law", "Bakery North"]
    # A tenant that is not deleted may be one of those that could not be looked up.
    for state, counted in (("enabled", {"changed": 1, "failed": 2}), ("absent", {"failed": 3})):
        report = world.run(state, auth=world.token_alone(), tenants=names, continue_on_error=True)
        assert report.failure is not None and "subtree_root_id is required" in report.failure
        assert summary(report) == counted
    report = world.run("absent", auth=world.token_alone(), tenants=names, subtree_root_id=world.id("northwind"))
    assert (report.failure, summary(report)) == (None, {"changed": 3})


@pytest.mark.parametrize("batch", ["left_out", "refused"])
@pytest.mark.parametrize("status", [403, 404])
def test_what_a_batch_does_not_show_is_looked_at_by_itself(batch: str, status: int) -> None:
    world = World.of(batch_out_of_scope=batch, out_of_scope_status=status)
    keys = ("solo", "fabrikam_retail", "law")
    ids = [*(world.id(key) for key in keys), UNKNOWN_ID]
    report = world.run("absent", tenants=ids, continue_on_error=True, return_unchanged=True)
    shown = [entry["before"]["state"] for entry in results(report)]
    # What may not be seen is not absent.
    assert shown == ["enabled", None if status == 403 else "absent", "enabled", "absent"]
    assert summary(report) == (
        {"changed": 2, "failed": 1, "not_found": 1} if status == 403 else {"changed": 2, "not_found": 2}
    )
    assert (report.failure is not None and "HTTP 403" in report.failure) is (status == 403)
    counts = sent(world)
    # A batch that was refused has left nothing out: each that is not found is looked for in a batch of its own.
    alone = 0 if batch == "left_out" else 1 if status == 403 else 2
    assert (counts["batch"], counts["GET tenants"]) == (1 + alone, 4 if batch == "refused" else 2)
    assert world.truth(world.id("fabrikam_retail")) == "enabled"


@pytest.mark.parametrize("status", [400, 404, 410])
@pytest.mark.parametrize("path", ["/idp/token", "/clients/"])
def test_only_an_answer_about_a_tenant_tells_that_there_is_none(world: World, path: str, status: int) -> None:
    """A token that cannot be had, say from a wrong data center, says nothing about tenants."""
    world.app.faults.add(path=path, status=status, code=1005, times=-1)
    ids = [world.id("solo"), world.id("law")]
    for options in ({"tenants": ids}, {"tenants": ids[:1]}, {"tenant": ids[0]}):
        report = world.run("absent", **options)
        assert report.failure is not None and f"HTTP {status}" in report.failure
        assert summary(report) == {"failed": len(report.targets)}


def test_a_batch_that_is_refused_does_not_spoil_the_next() -> None:
    world = World.of("wide:150", batch_out_of_scope="refused")
    ids = world.customers()
    report = world.run("disabled", tenants=[world.id("fabrikam"), *ids], continue_on_error=True)
    assert summary(report) == {"changed": 150, "failed": 1}
    assert sent(world) == {"token": 1, "GET clients": 1, "batch": 2, "GET tenants": 100, "PUT tenants": 150}


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 404, "shape": "html"}], ids=str)
def test_trouble_with_a_batch_is_not_repeated_for_each_of_its_tenants(fault: dict[str, Any]) -> None:
    world = World.of("wide:150")
    world.app.faults.add(query="uuids=", times=-1, **fault)
    report = world.run("absent", tenants=world.customers(), continue_on_error=True)
    assert summary(report) == {"failed": 150}
    assert {entry["error"]["status"] for entry in results(report)} == {fault["status"]}
    assert sent(world)["GET tenants"] == 0


# -- what stops a list ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("continue_on_error", [False, True])
@pytest.mark.parametrize(("most", "passes"), [(0, False), (3, False), (4, True), (5, True)])
def test_max_changes(world: World, check_mode: bool, continue_on_error: bool, most: int, passes: bool) -> None:
    entries = [world.id(key) for key in ("dormant", "solo", "law", "coral", "twin_contoso")]
    report = world.run("disabled", check_mode, tenants=entries, max_changes=most, continue_on_error=continue_on_error)
    assert (report.failure is None) is passes
    if passes:
        assert summary(report) == {"changed": 4, "unchanged": 1}
    else:
        assert report.failure is not None and f"the plan has 4 changes, but max_changes is {most}." in report.failure
        assert "'Solo Software'" in report.failure and "Twin Trading" not in report.failure
        assert summary(report) == {"skipped": 4, "unchanged": 1}
        assert [(entry["actions"], entry["status"]) for entry in results(report)] == [([], "skipped")] * 4
    assert len(world.writes()) == (4 if passes and not check_mode else 0)


def test_max_changes_0_is_a_look_whether_all_is_as_wanted(world: World) -> None:
    assert world.run("enabled", tenants=[world.id("solo"), world.id("law")], max_changes=0).failure is None


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("continue_on_error", [False, True])
@pytest.mark.parametrize("check_mode", [False, True])
def test_a_tenant_refused_at_planning(
    world: World, check_mode: bool, continue_on_error: bool, concurrency: int
) -> None:
    keys = ("solo", "bakery", "law", "former")
    report = world.run(
        "absent",
        check_mode,
        tenants=[world.id(key) for key in keys],
        continue_on_error=continue_on_error,
        concurrency=concurrency,
        return_unchanged=True,
    )
    assert report.failure is not None and report.failure.startswith("tenant 'Alpine Bakery'")
    assert ("2 changed, 0 not tried" if continue_on_error else "0 changed, 2 not tried") in report.failure
    assert summary(report) == {"changed" if continue_on_error else "skipped": 2, "failed": 1, "unchanged": 1}
    sound = "changed" if continue_on_error else "skipped"
    assert [entry["status"] for entry in results(report)] == [sound, "failed", sound, "unchanged"]
    assert len(world.writes()) == (4 if continue_on_error and not check_mode else 0)


@pytest.mark.parametrize("continue_on_error", [False, True])
@pytest.mark.parametrize("failing", range(5))
def test_a_tenant_that_fails_at_its_write(failing: int, continue_on_error: bool) -> None:
    world = World.of("wide:5")
    ids = world.customers()
    world.app.faults.add(method="PUT", path=ids[failing], status=403, code=1012)
    report = world.run("disabled", tenants=ids, continue_on_error=continue_on_error, concurrency=1)
    assert report.failure is not None and report.failure.startswith(f"tenant 'Customer {failing + 1:05}'")
    done = [one for number, one in enumerate(ids) if number < failing or (number > failing and continue_on_error)]
    for entry in results(report):
        changed = entry["id"] in done
        assert (entry["changed"], entry["actions"]) == (changed, ["disable"] if changed else [])
        assert world.truth(entry["id"]) == entry["after"]["state"] == ("disabled" if changed else "enabled")
        desired = "failed" if entry["id"] == ids[failing] else "changed" if changed else "skipped"
        assert entry["status"] == desired
        assert (entry["error"] is not None) == (entry["id"] == ids[failing])
    expected = {"changed": len(done), "failed": 1, "skipped": 4 - len(done)}
    assert summary(report) == {key: count for key, count in expected.items() if count}
    assert [tenant_id for _method, tenant_id, _version in world.writes()] == [
        one for one in ids if one in [*done, ids[failing]]
    ]
    again = world.run("disabled", tenants=ids)
    assert (again.failure, {world.truth(one) for one in ids}) == (None, {"disabled"})


def test_those_in_flight_are_brought_to_an_end() -> None:
    """The first of four fails while the others have been disabled and not yet deleted."""
    world = World.of("wide:12")
    ids = world.customers()
    world.app.faults.add(method="DELETE", path=ids[0], status=403, code=1012)
    report = world.run("absent", tenants=ids, concurrency=4)
    for entry in results(report):
        assert entry["actions"] in (["disable", "delete"], ["disable"], [])
        assert (entry["actions"] == ["disable"]) == (entry["id"] == ids[0])
        assert world.truth(entry["id"]) == entry["after"]["state"]
        desired = "failed" if entry["id"] == ids[0] else "changed" if entry["actions"] else "skipped"
        assert entry["status"] == desired
    assert summary(report)["failed"] == 1


def test_stop_between_two_tenants() -> None:
    world = World.of("wide:6")
    ids = world.customers()
    api = world.api()
    rule = world.app.faults.add(method="PUT", path=ids[2], after_change={})
    rule.after_change.make = lambda *_arguments: api.stop.request()  # type: ignore[union-attr,method-assign]
    report = _run.run(api, world.request("disabled", tenants=ids, concurrency=1), False)
    assert report.failure is not None and "interrupted, and 3 of 6 tenants were not processed" in report.failure
    assert summary(report) == {"changed": 3, "skipped": 3}
    assert len(world.writes()) == 3


# -- families ---------------------------------------------------------------------------------------------------------
def alike(report: Report) -> dict[str, Any]:
    """What a report says of each tenant, without what two runs may differ in: order and versions."""
    kept = ("status", "changed", "actions", "changed_with")
    return {
        entry["tenant"]: {
            **{key: entry[key] for key in kept},
            "before": entry["before"]["state"],
            "after": entry["after"]["state"],
            "error": entry["error"] and entry["error"]["code"],
        }
        for entry in results(report)
    }


FAMILY_SWITCHES: dict[str, Sequence[Any]] = {
    "child_flags_on_disable": ("kept", "disabled"),
    "child_flags_on_enable": ("restored", "kept", "enabled"),
    "disable_raises_child_versions": (False, True),
    "restore_descendants": (True, False),
    "restored_enabled": (False, True),
    "restoration_seconds": (0, 20),
    "relative_path_honored": (True, False),
    "deletion_seconds": (0, 600),
    "deleted_descendants": ("marked", "hidden"),
}


@st.composite
def families(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str]]:
    """A tree, and what is wanted of which of its tenants."""
    count = draw(st.integers(2, 6))
    parents = [-1, *(draw(st.integers(max(-1, number - 3), number - 1)) for number in range(1, count))]
    starts = draw(
        st.lists(st.sampled_from(["enabled", "enabled", "disabled", "deleted"]), min_size=count, max_size=count)
    )
    desired_tenants: dict[str, str] = {}
    favorite = draw(st.sampled_from(STATES))
    for number in draw(st.permutations(range(count))):
        if draw(st.integers(0, 3)):
            desired_tenants[f"T{number}"] = draw(st.sampled_from([favorite, favorite, *STATES]))
    return family_tree(parents, starts), desired_tenants


FAMILY_APP = make_app("minimal")


@settings(max_examples=10 * settings.default.max_examples)
@given(
    made=families(),
    switches=st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FAMILY_SWITCHES.items()}),
    restore_deleted=st.booleans(),
    by_name=st.booleans(),
)
def test_families(made: Any, switches: dict[str, Any], restore_deleted: bool, by_name: bool) -> None:
    """Whatever the platform does below: the end is as wanted or told, and does not depend on order or concurrency."""
    check_family(*made, switches, restore_deleted, by_name)


def check_family(
    tree: dict[str, Any],
    desired_tenants: dict[str, str],
    switches: dict[str, Any],
    restore_deleted: bool,
    by_name: bool,
) -> None:
    told: list[Any] = []
    foreseen: dict[int, Report] = {}
    options = {"delete_descendants": True, "restore_deleted": restore_deleted, "return_unchanged": True}
    for order, concurrency, go_on in ((1, 1, True), (-1, 1, True), (1, 8, True), (1, 1, False)):
        FAMILY_APP.reset(tree, switches)
        FAMILY_APP.platform.clock.freeze()
        world = World(FAMILY_APP)
        entries = [
            {"tenant": key if by_name else world.id(key), "state": state} for key, state in desired_tenants.items()
        ][::order]
        if order not in foreseen:
            # It does not depend on how many work, nor on what follows a failure.
            foreseen[order] = world.run(None, check_mode=True, tenants=entries, **options)
            check(world, foreseen[order], check_mode=True)
            world.app.log.clear()
        report = world.run(None, tenants=entries, concurrency=concurrency, continue_on_error=go_on, **options)
        check(world, report)
        if not go_on:
            continue
        told.append(alike(report))
        if report.failure is None:
            assert foreseen[order].failure is None, "check mode refuses nothing that works"
            world.app.log.clear()
            again = world.run(None, tenants=entries, concurrency=concurrency, **options)
            assert (again.failure, again.as_result(False)["changed"], world.writes()) == (None, False, [])
    assert told[0] == told[1], "the order of the list does not matter"
    assert told[0] == told[2], "neither does concurrency"


@pytest.mark.parametrize("raises", [False, True])
@pytest.mark.parametrize("flags", ["kept", "disabled"])
@pytest.mark.parametrize("state", STATES)
def test_a_plan_for_a_family_is_applied(state: str, flags: str, raises: bool) -> None:
    """The versions that our own change of a parent raises are no reason to refuse its child."""
    start = "disabled" if state == "enabled" else "enabled"
    world = World.of(
        family_tree([-1, 0, 1], [start] * 3), child_flags_on_disable=flags, disable_raises_child_versions=raises
    )
    ids = [world.id(key) for key in ("T2", "T0", "T1")]
    plan = world.run(state, check_mode=True, tenants=ids, delete_descendants=True)
    for asked in (None, state):
        report = world.run(asked, check_mode=asked is None, plan=results(plan), delete_descendants=True)
        assert (report.failure, report.as_result(diff=False)["summary"]["changed"]) == (None, 3)
    assert {world.truth(one) for one in ids} == {TRUTH[state]}


@pytest.mark.parametrize("switches", [{}, {"relative_path_honored": False}])
@pytest.mark.parametrize(
    "entries",
    [
        ["{bakery_north}", "{contoso}"],
        ["Bakery North", "{contoso}"],
        ["{bakery_north}", "Contoso Partner"],
        ["Bakery North", "Contoso Partner"],
        [{"customer_id": "C-1001"}, "{contoso}"],
    ],
    ids=str,
)
def test_families_are_found_whatever_the_spelling(switches: dict[str, Any], entries: list[Any]) -> None:
    world = World.of(**switches)
    entries = [one.format(**world.app.platform.well_known) if isinstance(one, str) else one for one in entries]
    contoso = world.id("contoso")
    report = world.run("absent", check_mode=True, tenants=entries, delete_descendants=True)
    assert [(entry["actions"], entry["changed_with"], entry["top_ancestor"]) for entry in results(report)] == [
        (["disable", "delete"], None, contoso),
        (["disable", "delete"], None, None),
    ]
    below = entries[0] if isinstance(entries[0], dict) else {"tenant": entries[0]}
    for state, above, go_on in (
        ("enabled", "disabled", False),
        ("enabled", "disabled", True),
        ("disabled", "absent", True),
    ):
        tasks = [{**below, "state": state}, {"tenant": entries[1], "state": above}]
        report = world.run(None, tenants=tasks, continue_on_error=go_on, delete_descendants=True)
        assert report.failure is not None and f"({contoso}) above it is to be {above}" in report.failure
        assert (summary(report), world.writes()) == ({"failed": 1, "skipped": 1}, [])


@pytest.mark.parametrize("switches", [{}, {"relative_path_honored": False}])
def test_a_namesake_does_not_hide_a_family(switches: dict[str, Any]) -> None:
    """What was read for another reason is not taken for the ancestors."""
    world = World.of(**switches)
    bakery, north, contoso = (world.id(key) for key in ("bakery", "bakery_north", "contoso"))
    world.app.platform.interfere(world.id("twin_adventure"), values={"name": "Alpine Bakery"}, delete=True)
    options: dict[str, Any] = {"delete_descendants": True, "check_mode": True}
    report = world.run("absent", tenants=["Alpine Bakery", contoso], **options)
    assert [(entry["id"], entry["top_ancestor"]) for entry in results(report)] == [(bakery, contoso), (contoso, None)]
    world.app.platform.interfere(world.id("coral"), values={"name": "Twin Trading"})
    world.app.platform.interfere(world.id("twin_contoso"), values={"name": "Twin Trading"})
    report = world.run("absent", tenants=["Twin Trading", north, contoso], continue_on_error=True, **options)
    assert report.failure is not None and "2 tenants match" in report.failure
    # One of the two namesakes lies below the partner, and nobody knows which one is meant: so the partner stays.
    assert [(entry["id"], entry["status"]) for entry in results(report)][1:] == [
        (north, "changed"),
        (contoso, "failed"),
    ]


@pytest.mark.parametrize("restore_descendants", [True, False])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("below", STATES)
@pytest.mark.parametrize("far", [False, True])
def test_a_family_that_was_deleted_is_a_family(far: bool, below: str, order: int, restore_descendants: bool) -> None:
    """A deleted tenant has no sub-tenants any more, but what is restored with it must be as wanted all the same."""
    tree = family_tree([-1, 0, 0, 2], ["deleted", "deleted", "enabled", "enabled"])
    world = World.of(tree, restore_descendants=restore_descendants)
    # T3 lies two levels below; the one between comes back too, or not.
    desired_tenants = {"T0": "enabled", "T3" if restore_descendants else "T2": below, "T1": below}
    if far:
        del desired_tenants["T1"]
    entries = [{"tenant": world.id(key), "state": state} for key, state in desired_tenants.items()][::order]
    report = world.run(None, tenants=entries, restore_deleted=True, return_unchanged=True)
    assert report.failure is None
    assert {key: world.truth(world.id(key)) for key in desired_tenants} == {
        key: TRUTH[state] for key, state in desired_tenants.items()
    }
    check(world, report)


@pytest.mark.parametrize("last", ["disabled", "absent"])
def test_what_comes_back_with_the_one_above_is_put_right_from_below(last: str) -> None:
    """Enabling the topmost tenant enables all below it, also those that were disabled and are to be so."""
    flags = {"child_flags_on_disable": "disabled", "child_flags_on_enable": "enabled"}
    told = []
    for order in (1, -1):
        world = World.of(family_tree([-1, 0, 1], ["disabled"] * 3), **flags)
        desired_tenants = {"T0": "enabled", "T1": "disabled", "T2": last}
        entries = [{"tenant": world.id(key), "state": state} for key, state in desired_tenants.items()][::order]
        report = world.run(None, tenants=entries, return_unchanged=True, concurrency=1)
        assert report.failure is None
        assert [world.truth(world.id(key)) for key in desired_tenants] == ["enabled", "disabled", TRUTH[last]]
        check(world, report)
        told.append(alike(report))
    assert told[0] == told[1]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_tenant_is_not_deleted_when_one_below_it_was_refused(world: World, concurrency: int) -> None:
    entries = [
        world.id("contoso"),
        {"tenant": world.id("bakery_north"), "expected_name": "Other Name"},
        world.id("law"),
        world.id("solo"),
        world.id("branches"),
    ]
    options = {"delete_descendants": True, "continue_on_error": True, "concurrency": concurrency}
    for check_mode in (True, False):
        report = world.run("absent", check_mode, tenants=entries, **options)
        shown = {entry["name"]: entry for entry in results(report)}
        for name in ("Contoso Partner", "Contoso Branches"):
            assert "'Bakery North'" in shown[name]["error"]["message"]
            assert "below it was refused, and would be deleted with it" in shown[name]["error"]["message"]
        assert [shown[name]["actions"] for name in ("Blue Ridge Law", "Solo Software")] == [["disable", "delete"]] * 2
        assert summary(report) == {"changed": 2, "failed": 3}
    kept = ("contoso", "branches", "bakery", "bakery_north")
    assert [world.truth(world.id(key)) for key in kept] == ["enabled"] * 4


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize(
    ("state", "start", "order"),
    [
        ("disabled", "enabled", ["T2", "T1", "T0"]),
        ("enabled", "disabled", ["T0", "T1", "T2"]),
        ("absent", "enabled", ["T2", "T2", "T1", "T1", "T0", "T0"]),
    ],
)
def test_the_order_of_writes_in_a_family(state: str, start: str, order: list[str], concurrency: int) -> None:
    for entries in (["T0", "T1", "T2"], ["T1", "T2", "T0"]):
        world = World.of(family_tree([-1, 0, 1], [start] * 3))
        ids = [world.id(key) for key in entries]
        assert world.run(state, tenants=ids, concurrency=concurrency, delete_descendants=True).failure is None
        assert [tenant_id for _method, tenant_id, _version in world.writes()] == [world.id(key) for key in order]


def test_what_comes_back_with_the_one_above_is_told_so() -> None:
    flags = {"child_flags_on_disable": "disabled", "child_flags_on_enable": "enabled"}
    world = World.of(family_tree([-1, 0, 1], ["disabled"] * 3), **flags)
    top, middle, last = (world.id(key) for key in ("T0", "T1", "T2"))
    report = world.run("enabled", tenants=[last, middle, top])
    assert [(entry["id"], entry["changed"], entry["actions"]) for entry in results(report)] == [
        (last, True, []),
        (middle, True, []),
        (top, True, ["enable"]),
    ]
    along = [entry["changed_with"] for entry in results(report)]
    assert along[0] in (middle, top) and along[1:] == [top, None]
    assert summary(report) == {"changed": 3} and len(world.writes()) == 1


def test_what_has_nothing_to_do_is_not_skipped() -> None:
    """It would have been looked at once more after the one above, which fails."""
    world = World.of(family_tree([-1, 0, 0], ["disabled"] * 3))
    world.app.faults.add(method="PUT", status=403, code=1012)
    desired_tenants = {"T0": "enabled", "T1": "disabled", "T2": "enabled"}
    entries = [{"tenant": world.id(key), "state": state} for key, state in desired_tenants.items()]
    report = world.run(None, tenants=entries)
    assert summary(report) == {"failed": 1, "unchanged": 1, "skipped": 1}
    assert [entry["tenant"] for entry in results(report)] == [world.id("T0"), world.id("T2")]


@pytest.mark.parametrize("continue_on_error", [False, True])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_is_below_goes_first_whether_the_one_above_goes_or_stays(
    world: World, method: str, continue_on_error: bool
) -> None:
    world.app.faults.add(method=method, path=world.id("branches"), status=403, code=1012, times=-1)
    ids = [world.id(key) for key in ("bakery", "branches", "law")]
    report = world.run("absent", tenants=ids, delete_descendants=True, continue_on_error=continue_on_error)
    check(world, report)
    assert {entry["changed_with"] for entry in results(report)} == {None}
    assert [world.truth(one) for one in ids] == ["deleted", "enabled" if method == "PUT" else "disabled", "deleted"]
    assert summary(report) == {"changed": 2, "failed": 1}


@pytest.mark.parametrize("continue_on_error", [False, True])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_one_above_stays_when_one_below_it_stays(world: World, method: str, continue_on_error: bool) -> None:
    world.app.faults.add(method=method, path=world.id("bakery"), status=403, code=1012, times=-1)
    ids = [world.id(key) for key in ("branches", "bakery", "contoso")]
    report = world.run("absent", tenants=ids, delete_descendants=True, continue_on_error=continue_on_error)
    check(world, report)
    branches, bakery, contoso = results(report)
    assert bakery["status"] == "failed"
    assert {write[1] for write in world.writes()} == {world.id("bakery")}
    if continue_on_error:
        for above in (branches, contoso):
            assert "below it was not deleted, and would be deleted with it" in above["error"]["message"]
    else:
        assert [above["status"] for above in (branches, contoso)] == ["skipped", "skipped"]


# -- every switch -----------------------------------------------------------------------------------------------------
# A sensible value for the switches that take any number.
NUMBERS = {
    "deletion_seconds": (600,),
    "restoration_seconds": (20,),
    "largest_page": (1, 2, 7),
    "token_seconds": (1, 30, 61, 90),
    "latency": (0.5,),
}


def settings_of(switch: dict[str, Any]) -> Sequence[Any]:
    return NUMBERS[switch["name"]] if switch["values"] in (NUMBER, COUNT) else switch["values"]


def rows(count: int) -> list[dict[str, Any]]:
    """So many settings of all switches. Each value of a switch is in as many of them, in changing company."""
    random = Random(1)
    columns: dict[str, list[Any]] = {}
    for switch in table():
        values = settings_of(switch)
        columns[switch["name"]] = random.sample([values[number % len(values)] for number in range(count)], count)
    # It has a test of its own: nothing can be listed then.
    del columns["repeat_cursor"]
    made = [{name: column[number] for name, column in columns.items()} for number in range(count)]
    for one in made:
        # A token must not end before the answer comes, nor a tenant be refused like a path that is not there, nor
        # tenants stay disabled that the task does not name.
        if one["token_seconds"] == 1:
            one["latency"] = 0
        if one["out_of_scope_status"] == 404 and one["error_code"] in ("absent", "http_status"):
            one["batch_out_of_scope"] = "left_out"
        if one["child_flags_on_enable"] == "kept":
            one["child_flags_on_disable"] = "kept"
    assert all({one[name] for one in made} >= set(column) for name, column in columns.items())
    return made


def test_a_listing_that_repeats_its_cursor() -> None:
    world = World.of(repeat_cursor=True, largest_page=10)
    report = world.run("disabled", tenants=["Blue Ridge Law"])
    assert report.failure is not None and "repeats its cursor" in report.failure
    assert world.writes() == []


@pytest.mark.parametrize("switches", rows(12), ids=map(str, itertools.count()))
def test_a_list_under_every_switch(switches: dict[str, Any]) -> None:
    world = World.of(**switches)
    entries: list[Any] = [
        world.id("bakery"),
        "Blue Ridge Law",
        {"customer_id": "C-3001"},
        "Bakery North",
        world.id("coral_office"),
        {"tenant": world.id("dormant"), "expected_name": "Dormant Dairy"},
        "Adventure Partner",
    ]
    keys: tuple[str, ...] = ("bakery", "law", "solo", "bakery_north", "coral_office", "dormant", "adventure")
    options = {
        "delete_descendants": True,
        # The second is none that the client may see.
        "protected_tenants": ["Hospital", world.id("fabrikam")],
        "unmatched_protection": "warn",
    }
    for state in ("disabled", "enabled", "absent"):
        foreseen = world.run(state, check_mode=True, tenants=entries, **options)
        assert world.writes() == []
        report = world.run(state, tenants=entries, return_unchanged=True, **options)
        check(world, report)
        assert (foreseen.failure, report.failure) == (None, None)
        assert [world.truth(world.id(key)) for key in keys] == [TRUTH[state]] * len(keys)
        world.app.log.clear()
        again = world.run(state, tenants=entries, **options)
        assert (again.failure, again.as_result(False)["changed"], world.writes()) == (None, False, [])


# -- size -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("headers", [{"Retry-After": "1"}, {}], ids=["with Retry-After", "without"])
def test_a_storm_of_429(headers: dict[str, str], record_property: Any) -> None:
    world = World.of("wide:1000")
    world.app.faults.add(every=3, status=429, headers=headers)
    report = world.run("disabled", tenants=world.customers(), concurrency=8)
    assert (report.failure, summary(report)) == (None, {"changed": 1000})
    assert len(world.writes()) - world.app.faults.rules[0].met <= 1000 == world.effects()
    record_property("requests", len(world.app.log))
    record_property("virtual_seconds", sum(world.slept))
    # A half more than without the storm, since every third is in vain.
    assert len(world.app.log) <= 1.51 * 1012
    (warning,) = report.warnings
    assert f"the platform was slow: {world.app.faults.rules[0].met} requests were retried" in warning
    assert "429" in warning


def test_the_size_of_results() -> None:
    """Every entry has every key, however long the list is, and what is returned stays within bounds."""
    world = World.of("wide:5000")
    ids = world.customers()
    unchanged = world.run("enabled", tenants=ids).as_result(diff=False)
    assert len(json.dumps(unchanged)) < 1000
    planned = world.run("disabled", check_mode=True, tenants=ids).as_result(diff=False)
    assert planned["summary"]["changed"] == 5000
    (single,) = results(world.run("disabled", check_mode=True, tenant=ids[0]))
    assert all(entry.keys() == single.keys() for entry in planned["tenants"])
    assert planned["tenants"][0] == single
    assert len(json.dumps(planned)) < 500 * 5000


def test_a_long_plan_is_applied() -> None:
    world = World.of("wide:1001")
    plan = json.loads(json.dumps(results(world.run("disabled", check_mode=True, tenants=world.customers()))))
    report = world.run(None, plan=plan)
    assert (report.failure, summary(report)) == (None, {"changed": 1001})


def test_each_tenant_is_deleted_under_its_own_version(world: World) -> None:
    """That the one above is to be deleted, too, is no leave for the one below."""
    bakery, contoso = world.id("bakery"), world.id("contoso")
    pinned = {"tenant": bakery, "expected_version": world.app.platform.tenants[bakery].version}
    world.app.faults.add(method="PUT", path=bakery, change={"bump": True})
    report = world.run("absent", tenants=[pinned, contoso], delete_descendants=True, continue_on_error=True)
    assert report.failure is not None and "(expected_version): it was changed since" in report.failure
    assert "'Alpine Bakery'" in results(report)[1]["error"]["message"]
    assert [world.truth(one) for one in (bakery, contoso)] == ["enabled", "enabled"]


def test_a_tenant_is_read_once_after_the_one_above_was_changed() -> None:
    world = World.of(family_tree([-1, 0, 0], ["disabled"] * 3))
    ids = [world.id(key) for key in ("T0", "T1", "T2")]
    report = world.run("enabled", tenants=ids)
    assert (report.failure, summary(report)) == (None, {"changed": 3})
    # All of them at first, and those below at once.
    assert world.requests().count("GET tenants") == 2
