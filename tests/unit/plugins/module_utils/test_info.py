# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils import _info
from ansible_collections.community.acronis.plugins.module_utils._desired import INFO_KEYS
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._info import InfoReport, Query, ask
from ansible_collections.community.acronis.plugins.modules import tenant_info
from ansible_collections.community.acronis.tests.simulator import make_app, seed
from ansible_collections.community.acronis.tests.simulator.model import Tenant
from ansible_collections.community.acronis.tests.simulator.switches import table
from ansible_collections.community.acronis.tests.unit.oracle import UNKNOWN_ID
from ansible_collections.community.acronis.tests.unit.world import World, within_the_process

UNSET = ("tenant", "customer_id", "tenants", "customer_ids", "subtree_root_id", "kind", "enabled")
FLAGS = ("direct_children_only", "include_deleted", "include_personal", "impact")

CUSTOMER = {"client_id": seed.CUSTOMER_CLIENT_ID, "client_secret": seed.CUSTOMER_CLIENT_SECRET}


def info(world: World, auth: dict[str, Any] | None = None, **options: Any) -> InfoReport:
    query = Query.from_params({**dict.fromkeys(UNSET), **dict.fromkeys(FLAGS, False), **options})
    with within_the_process():
        return ask(world.api(**(auth or {})), query)


def shown(world: World, auth: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
    """What is found, where nothing fails."""
    report = info(world, auth, **options)
    assert (report.failure, report.trace) == (None, None)
    assert report.as_result(diff=True) == {"changed": False, "tenants": report.tenants}
    return report.tenants


def names(world: World, auth: dict[str, Any] | None = None, **options: Any) -> list[str]:
    return [entry["name"] for entry in shown(world, auth, **options)]


def paths(world: World, auth: dict[str, Any] | None = None, **options: Any) -> list[str]:
    return [" / ".join(entry["path"]) for entry in shown(world, auth, **options)]


TOP = ["Contoso Partner", "Adventure Partner", "Solo Software"]
BELOW = ["Contoso Branches", "Hospital", "Locked Logistics", "Private Clinic", "Twin Trading", "Dormant Dairy"]
BELOW += ["Twin Trading", "Coral Consulting", "Harbor Hotel", "Harbour Hotel"]
DEEP = ["Alpine Bakery", "Blue Ridge Law", "Emergency Ward", "Coral Office", "Bakery North", "Bakery South"]


# -- listings -------------------------------------------------------------------------------------------------------


def test_a_listing_shows_all_below_level_by_level_for_three_requests(world: World) -> None:
    assert names(world) == [*TOP, *BELOW, *DEEP]
    assert world.requests() == ["POST idp", "GET clients", "GET tenants"]
    assert world.effects() == 0


def test_an_entry_is_the_tenant_as_the_platform_shows_it(world: World) -> None:
    world.app.platform.tenants[world.id("bakery")].updated_at += 60
    (entry,) = shown(world, subtree_root_id=world.id("branches"), kind=["customer"], enabled=True, tenants=None)[:1]
    created, updated = entry.pop("created_at"), entry.pop("updated_at")
    assert [datetime.fromisoformat(text).timestamp() for text in (created, updated)] == [
        math.floor(world.app.platform.clock.now() + later) for later in (0, 60)
    ]
    assert entry == {
        "id": world.id("bakery"),
        "name": "Alpine Bakery",
        "kind": "customer",
        "enabled": True,
        "version": 7,
        "parent_id": world.id("branches"),
        "path": ["Contoso Branches", "Alpine Bakery"],
        "customer_id": "C-1001",
        "internal_tag": None,
        "has_children": True,
        "children_hidden": False,
        "pricing_mode": "production",
        "deleted_at": None,
        "disabled_above": None,
    }
    (hospital,) = shown(world, tenant="Hospital")
    assert (hospital["internal_tag"], hospital["customer_id"]) == ("critical", "C-1911")
    (law,) = shown(world, tenant="Blue Ridge Law")
    assert (law["has_children"], law["pricing_mode"]) == (False, "trial")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"kind": ["partner"]}, TOP[:2]),
        ({"kind": ["folder"]}, BELOW[:1]),
        ({"kind": ["unit"]}, DEEP[2:]),
        ({"kind": ["partner", "folder"]}, [*TOP[:2], BELOW[0]]),
        ({"kind": []}, []),
        ({"enabled": False}, ["Dormant Dairy"]),
        ({"enabled": False, "kind": ["partner"]}, []),
        ({"enabled": True, "kind": ["customer"]}, [TOP[2], *BELOW[1:5], *BELOW[6:], *DEEP[:2]]),
        ({"direct_children_only": True}, TOP),
        ({"direct_children_only": True, "kind": ["customer"]}, TOP[2:]),
        ({"direct_children_only": True, "impact": True}, TOP),
        ({"subtree_root_id": "{adventure}"}, [*BELOW[6:], DEEP[3]]),
        ({"subtree_root_id": "{adventure}", "direct_children_only": True}, BELOW[6:]),
        ({"subtree_root_id": "{law}"}, []),
        (
            {"subtree_root_id": "{contoso}", "enabled": False, "include_deleted": True},
            ["Dormant Dairy", "Former Foods"],
        ),
    ],
)
def test_filters(world: World, options: dict[str, Any], expected: list[str]) -> None:
    root = options.get("subtree_root_id")
    if root:
        options = {**options, "subtree_root_id": root.format(**world.app.platform.well_known).upper()}
    assert names(world, **options) == expected


def test_filters_hold_for_named_tenants_too(world: World) -> None:
    keys = ["contoso", "dormant", "former", "bakery_north"]
    ids = [world.id(key) for key in keys]
    assert names(world, tenants=ids) == ["Contoso Partner", "Dormant Dairy", "Bakery North"]
    assert names(world, tenants=ids, include_deleted=True)[2] == "Former Foods"
    assert names(world, tenants=ids, enabled=False) == ["Dormant Dairy"]
    assert names(world, tenants=ids, kind=["unit", "partner"]) == ["Contoso Partner", "Bakery North"]


def test_direct_children_cost_no_listing_of_the_whole_tree(world: World) -> None:
    assert paths(world, direct_children_only=True) == [f"Northwind MSP / {name}" for name in TOP]
    assert world.requests() == ["POST idp", "GET clients", "GET tenants", "GET tenants"]
    assert ["subtree_root_id" in entry["query"] for entry in world.app.log] == [False] * 4


def test_deleted_tenants_are_shown_on_demand_with_their_time(world: World) -> None:
    entries = {entry["name"]: entry for entry in shown(world, include_deleted=True)}
    deleted = {name for name, entry in entries.items() if entry["deleted_at"] is not None}
    assert deleted == {"Former Foods", "Former Depot", "Harbour Annex", *(f"Annex Floor {one}" for one in (1, 2, 3))}
    assert entries["Former Depot"]["path"] == ["Northwind MSP", "Contoso Partner", "Former Foods", "Former Depot"]
    assert set(entries) - deleted == {*TOP, *BELOW, *DEEP}


def test_a_deleted_tenant_that_is_named_is_not_left_out_without_a_word(world: World) -> None:
    report = info(world, tenants=["Former Foods", "Hospital"])
    assert [entry["name"] for entry in report.tenants] == ["Hospital"]
    assert report.warnings == ["deleted, and so left out: 'Former Foods'. Set include_deleted to true to return them."]
    assert info(world, tenants=["Former Foods"], include_deleted=True).warnings == []


@pytest.mark.parametrize(("style", "end"), [("offset", "+00:00"), ("zulu", "Z"), ("none", "")])
def test_times_are_passed_on_as_they_are(world: World, style: str, end: str) -> None:
    world.app.platform.switches.update({"timestamps": style})
    (former,) = shown(world, tenant="Former Foods", include_deleted=True)
    for key in ("created_at", "updated_at", "deleted_at"):
        assert former[key][19:] == end
        assert former[key].startswith("20")


def test_after_the_recovery_period_nothing_is_shown(world: World) -> None:
    world.app.platform.clock.advance(31 * 24 * 3600)
    assert not [entry for entry in shown(world, include_deleted=True) if entry["deleted_at"]]
    assert shown(world, tenant=world.id("former"), include_deleted=True) == []


def test_personal_tenants_are_shown_on_demand(world: World) -> None:
    more = set(names(world, include_personal=True)) - set(names(world))
    assert more == {f"{name}@bakery.example" for name in ("ada", "ben", "nora")} | {
        "it@hospital.example",
        "desk@harbor.example",
    }
    # Who names one wants to see it.
    assert names(world, tenant="ada@bakery.example") == ["ada@bakery.example"]


def test_what_hides_itself_is_told(world: World) -> None:
    report = info(world)
    hidden = [entry["name"] for entry in report.tenants if entry["children_hidden"]]
    assert hidden == ["Private Clinic"]
    (warning,) = report.warnings
    assert "it has tenants (1)" in warning and "children_hidden" in warning
    assert info(world, subtree_root_id=world.id("adventure")).warnings == []
    # The root itself may be the one that hides.
    assert len(info(world, subtree_root_id=world.id("clinic")).warnings) == 1
    (clinic,) = shown(world, tenant=world.id("clinic"))
    assert clinic["children_hidden"] is True


@pytest.mark.parametrize("impact", [False, True])
def test_a_list_of_direct_children_lacks_nothing_that_a_child_hides(world: World, impact: bool) -> None:
    report = info(world, subtree_root_id=world.id("contoso"), direct_children_only=True, impact=impact)
    assert "Private Clinic" in [entry["name"] for entry in report.tenants if entry["children_hidden"]]
    assert report.warnings == []


@pytest.mark.parametrize("reads", ["empty", "refused"])
@pytest.mark.parametrize("options", [{}, {"direct_children_only": True}])
def test_a_root_that_hides_what_is_below_it_has_an_empty_list(
    world: World, reads: str, options: dict[str, Any]
) -> None:
    world.app.platform.switches.update({"self_service_reads": reads})
    report = info(world, subtree_root_id=world.id("clinic"), **options)
    assert (report.failure, report.tenants, len(report.warnings)) == (None, [], 1)


def test_the_own_tenant_hides_nothing_from_its_own_client(world: World) -> None:
    world.app.platform.interfere(world.id("coral"), values={"ancestral_access": False})
    report = info(world, CUSTOMER)
    assert ([entry["name"] for entry in report.tenants], report.warnings) == (["Coral Office"], [])
    assert shown(world, CUSTOMER, tenant=world.id("coral"))[0]["children_hidden"] is False


@pytest.mark.parametrize("switches", [{}, {"relative_path_honored": False}, {"largest_page": 2}])
def test_the_true_root_is_its_own_parent(world: World, switches: dict[str, Any]) -> None:
    platform = world.app.platform
    platform.switches.update(switches)
    root = platform.tenants[world.id("platform")]
    platform.add_client(root, UNKNOWN_ID, "secret of the root")
    auth = {"client_id": UNKNOWN_ID, "client_secret": "secret of the root"}
    found = shown(world, auth, impact=True)
    assert found[0]["path"] == ["Platform", "Northwind MSP"]
    assert len(found) == 1 + len([*TOP, *BELOW, *DEEP]) + 2
    for options in ({"tenant": "Platform"}, {"tenant": root.id}, {"tenants": [root.id, "Hospital", "Twin Trading"]}):
        top = shown(world, auth, impact=True, **options)[0]
        assert (top["path"], top["kind"], top["parent_id"]) == (["Platform"], "root", root.id)
        assert top["impact"]["sub_tenants"] == {"partner": 4, "folder": 1, "customer": 13, "unit": 4}
    assert names(world, auth, direct_children_only=True) == ["Northwind MSP", "Fabrikam MSP"]


@pytest.mark.parametrize("unknown_root", ["not_found", "empty"])
@pytest.mark.parametrize("options", [{}, {"direct_children_only": True}])
def test_a_root_that_does_not_exist_is_an_error(world: World, unknown_root: str, options: dict[str, Any]) -> None:
    """Not an empty list, from which one might conclude that there is nothing to do."""
    world.app.platform.switches.update({"unknown_root": unknown_root})
    report = info(world, subtree_root_id=UNKNOWN_ID, **options)
    assert report.failure is not None and "subtree_root_id" in report.failure


def test_a_root_out_of_reach_is_an_error(world: World) -> None:
    for options in ({}, {"direct_children_only": True}, {"tenant": "Fabrikam Retail"}):
        report = info(world, subtree_root_id=world.id("fabrikam"), **options)
        assert (report.tenants, report.trace) == ([], None)
        assert report.failure is not None and "HTTP 403" in report.failure


def test_a_tenant_that_is_being_deleted_is_still_shown(world: World) -> None:
    """The platform dates the deletion when it is over."""
    world.app.platform.switches.update({"deletion_seconds": 600})
    world.run("absent", tenant=world.id("law"))
    (law,) = shown(world, tenant=world.id("law"))
    assert (law["enabled"], law["deleted_at"]) == (False, None)
    refused = world.run("enabled", plan=[law])
    assert refused.failure is not None and "is being deleted" in refused.failure
    assert world.run("absent", plan=[law]).as_result(False)["summary"]["unchanged"] == 1
    world.app.platform.clock.advance(600)
    assert shown(world, tenant=world.id("law")) == []


# -- named tenants --------------------------------------------------------------------------------------------------


def test_a_name_of_several_tenants_finds_all_with_their_paths(world: World) -> None:
    expected = ["Northwind MSP / Contoso Partner / Twin Trading", "Northwind MSP / Adventure Partner / Twin Trading"]
    assert paths(world, tenant="Twin Trading") == expected
    # One listing has the paths already, and with others it costs no more.
    assert world.requests() == ["POST idp", "GET clients", "GET tenants"]
    world.app.log.clear()
    assert paths(world, tenants=["Hospital", "Twin Trading"]) == [
        "Northwind MSP / Contoso Partner / Hospital",
        *expected,
    ]
    assert world.requests() == ["POST idp", "GET clients", "GET tenants"]
    assert paths(world, tenant="Twin Trading", subtree_root_id=world.id("adventure")) == [
        "Adventure Partner / Twin Trading"
    ]


@pytest.mark.parametrize("honored", [True, False])
def test_paths_begin_at_the_root_that_is_given_or_at_the_own_tenant(world: World, honored: bool) -> None:
    world.app.platform.switches.update({"relative_path_honored": honored})
    north, branches = world.id("bakery_north"), world.id("branches")
    full = "Northwind MSP / Contoso Partner / Contoso Branches / Alpine Bakery / Bakery North"
    below = "Contoso Branches / Alpine Bakery / Bakery North"
    for tenant in (north, "Bakery North", north.upper()):
        assert paths(world, tenant=tenant) == [full]
        assert paths(world, tenant=tenant, subtree_root_id=branches) == [below]
    assert paths(world, tenants=["Bakery North", north, "Hospital"])[0] == full
    assert paths(world, subtree_root_id=branches)[2] == below
    assert paths(world, tenant=world.id("northwind")) == ["Northwind MSP"]
    assert paths(world, tenant=branches, subtree_root_id=branches) == ["Contoso Branches"]


@functools.cache
def estate() -> tuple[World, list[Tenant]]:
    """A tree with all that occurs in real life, and its live tenants that the client sees."""
    world = World(make_app("estate:300"))
    platform = world.app.platform
    caller = platform.clients[seed.CLIENT_ID]
    live = [one for one in platform.tenants.values() if one.deletion is None and platform.in_reach(caller, one)]
    return world, live


def full_path(tenant: Tenant) -> list[str]:
    """Names from the own tenant, which is right below the true root, down to this one."""
    return [one.name for one in (tenant, *tenant.ancestors())][-2::-1]


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.booleans()), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from(["none", "own"]),
)
def test_paths_are_whole_however_tenants_are_named(numbers: list[tuple[int, bool]], honored: bool, root: str) -> None:
    """By id, by name and mixed, whether the platform sends the ancestors along or not."""
    world, live = estate()
    world.app.platform.switches.update({"relative_path_honored": honored})
    chosen = [(live[number % len(live)], by_id) for number, by_id in numbers]
    expected: dict[str, list[str]] = {}
    for tenant, by_id in chosen:
        matches = [tenant] if by_id else [one for one in live if one.name == tenant.name]
        expected.update((one.id, full_path(one)) for one in matches)
    root_id = world.id("northwind") if root == "own" else None
    spelled = dict.fromkeys(one.id if by_id else one.name for one, by_id in chosen)
    report = info(world, tenants=list(spelled), subtree_root_id=root_id)
    assert (report.failure, report.trace) == (None, None)
    assert {entry["id"]: entry["path"] for entry in report.tenants} == expected


@pytest.mark.parametrize("honored", [True, False])
def test_a_name_and_an_id_together_are_both_inside_the_root(world: World, honored: bool) -> None:
    world.app.platform.switches.update({"relative_path_honored": honored})
    options: dict[str, Any] = {"tenants": ["Hospital", world.id("law")], "subtree_root_id": world.id("contoso")}
    assert names(world, **options) == ["Hospital", "Blue Ridge Law"]
    assert world.run("disabled", check_mode=True, **options).failure is None


@pytest.mark.parametrize("honored", [True, False])
@pytest.mark.parametrize("below", ["Coral Office", "{coral_office}"])
def test_a_tenant_and_one_above_it_are_seen_as_such_however_they_are_named(
    world: World, below: str, honored: bool
) -> None:
    """What contradicts itself is refused, and deletions go from the bottom up."""
    world.app.platform.switches.update({"relative_path_honored": honored})
    below, above = below.format(**world.app.platform.well_known), world.id("adventure")
    contradiction = [{"tenant": below, "state": "enabled"}, {"tenant": above, "state": "absent"}]
    refused = world.run(None, tenants=contradiction, delete_descendants=True)
    assert refused.failure is not None and f"({above}) above it is to be absent" in refused.failure
    assert world.writes() == []
    both = world.run("absent", tenants=[below, above], delete_descendants=True)
    assert (both.failure, [target.changed_with for target in both.targets]) == (None, [None, None])
    office = world.id("coral_office")
    assert [write[:2] for write in world.writes()] == [
        (method, one) for one in (office, above) for method in ("PUT", "DELETE")
    ]


def test_paths_that_the_platform_sends_along_cost_nothing(world: World) -> None:
    ids = [world.id(key) for key in ("bakery_north", "ward", "solo", "coral_office")]
    assert len(paths(world, tenants=ids)) == 4
    assert world.requests() == ["POST idp", "GET tenants", "GET clients"]


def test_ids_are_read_a_hundred_at_a_time() -> None:
    world = World(make_app("wide:250"))
    ids = [tenant.id for tenant in world.app.platform.tenants.values() if tenant.kind == "customer"][:-1]
    found = shown(world, tenants=ids)
    assert [entry["id"] for entry in found] == ids
    assert world.requests() == ["POST idp"] + ["GET tenants"] * math.ceil(len(ids) / 100) + ["GET clients"]


def test_a_mixture_is_shown_in_the_order_asked_and_each_tenant_once(world: World) -> None:
    tenants = [world.id("solo"), "Hospital", world.id("law").upper(), "Solo Software", "Harbor Hotel"]
    assert names(world, tenants=tenants) == ["Solo Software", "Hospital", "Blue Ridge Law", "Harbor Hotel"]


# -- external IDs -----------------------------------------------------------------------------------------------------


def test_by_external_id(world: World) -> None:
    assert paths(world, customer_id="C-1002") == ["Northwind MSP / Contoso Partner / Contoso Branches / Blue Ridge Law"]
    assert world.requests() == ["POST idp", "GET clients", "GET tenants"]
    assert names(world, customer_id="C-1004") == []
    assert names(world, customer_id="C-1004", include_deleted=True) == ["Former Foods"]
    assert names(world, customer_id="C-1002", kind=["unit"]) == []


def test_several_by_external_id_in_the_order_asked(world: World) -> None:
    assert names(world, customer_ids=["C-3001", "C-1911", "C-1001"]) == ["Solo Software", "Hospital", "Alpine Bakery"]
    assert world.requests() == ["POST idp", "GET clients", "GET tenants"]
    inside = {"subtree_root_id": world.id("contoso")}
    assert names(world, customer_ids=["C-3001", "C-1911"], **inside) == ["Hospital"]
    world.app.log.clear()
    assert (shown(world, customer_ids=[]), world.app.log) == ([], [])


def test_an_external_id_of_several_tenants_finds_all(world: World) -> None:
    world.app.platform.interfere(world.id("coral"), values={"customer_id": "C-3001"})
    report = info(world, customer_id="C-3001")
    assert {entry["name"] for entry in report.tenants} == {"Solo Software", "Coral Consulting"}
    (warning,) = report.warnings
    assert warning.startswith("2 tenants match 'C-3001', and all are returned: ")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"customer_id": "C-0"}, "no tenant was found for 'C-0'."),
        ({"customer_ids": ["C-1001", "C-0"]}, "no tenant was found for 'C-0'."),
        ({"customer_id": "c-3001"}, "tenant 'Solo Software' ({solo}) is nearly the same: 'C-3001'"),
        ({"customer_id": "Hospital"}, "'Hospital' is the name of tenant 'Hospital' ({hospital}); give it as tenant."),
        ({"tenant": "C-1911"}, "is the external ID of tenant 'Hospital' ({hospital}); give it as customer_id."),
        ({"tenant": "HOSPITAL"}, "tenant 'Hospital' ({hospital}) is nearly the same: 'Hospital'"),
        ({"tenants": ["Solo\u00a0Software"]}, r"nothing is called 'Solo\xa0Software', but tenant 'Solo Software'"),
    ],
)
def test_what_was_perhaps_meant_is_told(world: World, options: dict[str, Any], words: str) -> None:
    report = info(world, **options)
    assert report.failure is None
    (warning,) = report.warnings
    assert words.format(**world.app.platform.well_known) in warning


def test_nothing_named_is_nothing_found_without_a_request(world: World) -> None:
    assert shown(world, tenants=[]) == []
    assert world.app.log == []


def test_a_name_that_is_not_found_brings_the_closest_ones(world: World) -> None:
    report = info(world, tenant="harbour hotl")
    assert (report.tenants, report.failure) == ([], None)
    assert report.warnings == [
        "no tenant was found for 'harbour hotl'. The names closest to 'harbour hotl' are "
        f"'Harbour Hotel' ({world.id('harbour')}), 'Harbor Hotel' ({world.id('harbor')})."
    ]
    # Only what is below the root counts, and nothing that was deleted.
    inside = info(world, tenant="Hospitl", subtree_root_id=world.id("contoso"))
    assert len(inside.warnings) == 1 and world.id("hospital") in inside.warnings[0]
    elsewhere = info(world, tenant="Hospitl", subtree_root_id=world.id("adventure"))
    deleted = info(world, tenant="Former Food")
    assert [one.tenants for one in (elsewhere, deleted)] == [[], []]
    assert elsewhere.warnings == ["no tenant was found for 'Hospitl'."]


def test_the_closest_names_are_looked_for_three_times_at_most(world: World) -> None:
    slips = ["Solo Sofware", "Hospitl", "Harbor Hotl", "Contso Partner", "Solo Software"]
    report = info(world, tenants=slips)
    assert [entry["name"] for entry in report.tenants] == ["Solo Software"]
    (warning,) = report.warnings
    assert warning.startswith("no tenant was found for " + ", ".join(map(repr, slips[:4])) + ". ")
    assert [text.split("'")[1] for text in warning.split("The names closest to ")[1:]] == slips[:3]


def test_the_closest_names_are_cleaned(world: World) -> None:
    world.app.platform.interfere(world.id("solo"), values={"name": "Solo\n{{ 7 * 7 }}\x1b[31m"})
    (warning,) = info(world, tenant="Solo 7 * 7").warnings
    assert warning.isprintable() and r"'Solo\n{{ 7 * 7 }}\x1b[31m'" in warning


@pytest.mark.parametrize("state", ["enabled", "disabled", "absent"])
def test_the_closest_names_are_told_by_tenant_state_too(world: World, state: str) -> None:
    closest = f"'Hospital' ({world.id('hospital')})"
    report = world.run(state, tenant="Hospitl")
    told = report.warnings[0] if state == "absent" else str(report.failure)
    assert f"The names closest to 'Hospitl' are {closest}" in told
    several = world.run(state, tenants=["Hospitl", world.id("law"), "Solo Sofware"], continue_on_error=True)
    first, _law, last = several.targets
    if state == "absent":
        assert "'Hospital'" in several.warnings[0] and "'Solo Software'" in several.warnings[0]
    else:
        assert first.error is not None and closest in first.error.message
        assert last.error is not None and "'Solo Software'" in last.error.message
    # Nothing was done to what was not meant.
    assert {write[1] for write in world.writes()} <= {world.id("law")}


def test_an_id_that_is_not_found_is_nothing_found(world: World) -> None:
    report = info(world, tenant=UNKNOWN_ID)
    assert (report.tenants, report.failure) == ([], None)
    assert report.warnings == [f"no tenant was found for {UNKNOWN_ID!r}."]
    assert names(world, tenants=[UNKNOWN_ID, "Hospital"]) == ["Hospital"]


def test_an_id_that_may_not_be_seen_is_an_error(world: World) -> None:
    retail = world.id("fabrikam_retail")
    for options in ({"tenant": retail}, {"tenants": [world.id("law"), retail]}):
        report = info(world, **options)
        assert (report.tenants, report.trace) == ([], None)
        assert report.failure is not None and report.failure.startswith(f"{retail!r}: HTTP 403")


def test_an_id_outside_of_the_root_is_an_error(world: World) -> None:
    law, adventure = world.id("law"), world.id("adventure")
    report = info(world, tenants=[world.id("coral"), law], subtree_root_id=adventure)
    assert report.failure is not None
    assert report.failure.startswith(f"{law!r}: it is outside the subtree of {adventure}")
    assert names(world, tenant=law, subtree_root_id=world.id("contoso")) == ["Blue Ridge Law"]


# -- what is above ----------------------------------------------------------------------------------------------------


def nearest_disabled(world: World, tenant: Tenant) -> str | None:
    own = world.app.platform.tenants[world.id("northwind")]
    above = [one for one in tenant.ancestors() if one is own or own in one.ancestors()]
    return next((one.id for one in above if not one.enabled), None)


@pytest.mark.parametrize("honored", [True, False])
@pytest.mark.parametrize("alone", [False, True])
def test_a_tenant_shows_the_nearest_disabled_one_above_it(honored: bool, alone: bool) -> None:
    """However it is asked for, also when that one is above the root of the listing."""
    world = World(make_app("estate:300", {"relative_path_honored": honored}))
    platform = world.app.platform
    auth = world.token_alone() if alone else None
    whole = shown(world, auth, subtree_root_id=world.id("northwind"), include_deleted=True)
    expected = {entry["id"]: nearest_disabled(world, platform.tenants[entry["id"]]) for entry in whole}
    assert {entry["id"]: entry["disabled_above"] for entry in whole} == expected
    out_of_service = [one for one in whole if one["enabled"] and one["disabled_above"]]
    assert {platform.tenants[one["disabled_above"]].kind for one in out_of_service} >= {"partner", "customer"}
    sub = world.id("partner-2-sub")
    assert expected[sub] == world.id("partner-2")
    below = [entry["id"] for entry in whole if entry["parent_id"] == sub]
    for options in (
        {"subtree_root_id": sub},
        {"subtree_root_id": sub, "direct_children_only": True},
        {"tenants": below},
        {"tenants": [platform.tenants[one].name for one in below], "subtree_root_id": sub},
        {"tenants": below, "subtree_root_id": sub},
    ):
        found = {one["id"]: one["disabled_above"] for one in shown(world, auth, **options, include_deleted=True)}
        assert len(found) > 5 and found.items() <= expected.items(), options
        assert world.id("partner-2") in found.values()


@pytest.mark.parametrize("children", [False, True])
def test_what_is_above_the_root_of_a_listing_costs_little(world: World, children: bool) -> None:
    shown(world, subtree_root_id=world.id("branches"), direct_children_only=children)
    first = ["POST idp", "GET tenants", "GET tenants", "GET clients"]
    assert world.requests() == (first if children else ["POST idp", "GET tenants", "GET clients", "GET tenants"])
    world.app.log.clear()
    shown(world, subtree_root_id=world.id("northwind"))
    assert world.requests() == ["POST idp", "GET tenants", "GET clients"]
    world.app.log.clear()
    # Nothing to say of nobody.
    assert shown(world, subtree_root_id=world.id("law")) == []
    assert world.requests() == ["POST idp", "GET tenants"]


# -- credentials, input, trouble ------------------------------------------------------------------------------------


def test_with_a_token_alone(world: World) -> None:
    auth = world.token_alone()
    full = "Northwind MSP / Contoso Partner / Contoso Branches / Blue Ridge Law"
    assert paths(world, auth, tenant=world.id("law")) == [full]
    assert paths(world, auth, tenant="Blue Ridge Law", subtree_root_id=world.id("contoso"))[0] in full
    assert names(world, auth, subtree_root_id=world.id("northwind")) == [*TOP, *BELOW, *DEEP]
    world.app.log.clear()
    for options in ({}, {"tenant": "Hospital"}, {"tenants": ["Hospital", "Twin Trading"]}):
        report = info(world, auth, **options)
        assert report.failure is not None and "subtree_root_id is required with access_token alone" in report.failure
    assert world.app.log == []


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"tenant": ""}, "tenant"),
        ({"tenant": "   "}, "tenant"),
        ({"tenant": "None"}, "tenant"),
        ({"tenant": UNKNOWN_ID[:-1]}, "tenant"),
        ({"tenants": ["Hospital", ""]}, r"tenants\[1\]"),
        ({"tenants": ["null"]}, r"tenants\[0\]"),
        ({"tenants": ["Hospital", UNKNOWN_ID, UNKNOWN_ID + "0"]}, r"tenants\[2\]"),
        ({"subtree_root_id": "Contoso"}, "subtree_root_id"),
        ({"subtree_root_id": ""}, "subtree_root_id"),
        ({"tenant": "Hospital", "subtree_root_id": "none"}, "subtree_root_id"),
        ({"tenant": "Hospital", "direct_children_only": True}, "direct_children_only"),
        ({"tenants": [], "direct_children_only": True}, "direct_children_only"),
        ({"customer_id": "C-1", "direct_children_only": True}, "direct_children_only"),
        ({"tenant": 83}, "tenant"),
        ({"tenant": "Hospital "}, "tenant"),
        ({"customer_id": 1002}, "customer_id"),
        ({"customer_id": "n/a"}, "customer_id"),
        ({"customer_ids": "C-1, C-2"}, "customer_ids"),
        ({"customer_ids": ["C-1", None]}, r"customer_ids\[1\]"),
        ({"customer_ids": ["C-1", "C-2", "C-1"]}, r"customer_ids\[2\]"),
        ({"tenants": "Hospital"}, "tenants"),
        ({"tenants": ["Hospital", {"tenant": "Hospital"}]}, r"tenants\[1\]"),
        ({"tenants": [UNKNOWN_ID, UNKNOWN_ID.upper()]}, r"tenants\[1\]"),
    ],
)
def test_bad_options_are_refused_before_the_first_request(world: World, options: dict[str, Any], option: str) -> None:
    with pytest.raises(InputError, match=f"^{option}: "):
        info(world, **options)
    assert world.app.log == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 5000])
def test_pages_of_any_size_make_the_same_list(world: World, size: int) -> None:
    whole = shown(world, include_deleted=True, include_personal=True, impact=True)
    world.app.log.clear()
    world.app.platform.switches.update({"largest_page": size})
    assert shown(world, include_deleted=True, include_personal=True, impact=True) == whole
    listed = [entry for entry in world.app.log if entry["path"] == "/tenants"]
    assert len(listed) == math.ceil((len(whole) + 1) / size)


@pytest.mark.parametrize("last", ["absent", "empty_paging", "empty_cursors", "empty_after"])
@pytest.mark.parametrize("size", [0, 3])
def test_every_form_of_the_last_page_ends_the_list(world: World, last: str, size: int) -> None:
    world.app.platform.switches.update({"last_page": last, "largest_page": size})
    assert names(world) == [*TOP, *BELOW, *DEEP]
    assert shown(world, tenant=world.id("contoso"), impact=True)[0]["impact"]["users"] == 5


@pytest.mark.parametrize("options", [{}, {"tenants": ["Hospital", "Twin Trading"]}, {"tenant": "No Such"}])
def test_a_cursor_that_comes_again_is_no_endless_list(world: World, options: dict[str, Any]) -> None:
    world.app.platform.switches.update({"repeat_cursor": True, "largest_page": 3})
    report = info(world, **options)
    assert report.failure is not None and "repeats its cursor" in report.failure
    assert (report.tenants, report.trace, len(world.app.log) < 10) == ([], None, True)


def test_a_cursor_that_comes_again_in_the_users(world: World) -> None:
    platform = world.app.platform
    # The users of a partner have no personal tenants, so that the tenants fit on one page.
    quiet = platform.add_tenant(platform.tenants[world.id("northwind")], "Quiet Partner", "partner")
    for number in range(3):
        platform.add_user(quiet, f"user{number}@quiet.example")
    assert shown(world, tenant=quiet.id, impact=True)[0]["impact"]["users"] == 3
    platform.switches.update({"repeat_cursor": True, "largest_page": 1})
    report = info(world, tenant=quiet.id, impact=True)
    assert report.failure is not None and "repeats its cursor" in report.failure


def test_an_error_of_our_own_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(_info, "look_up", broken)
    report = info(world, tenant="Hospital")
    assert report.failure is not None and "KeyError" in report.failure and "report it" in report.failure
    assert report.trace is not None and "surprise" in report.trace


def test_slow_retries_bring_a_warning(world: World) -> None:
    world.app.faults.add(path="^/tenants$", status=503, headers={"Retry-After": "7"})
    report = info(world, subtree_root_id=world.id("adventure"))
    assert (report.failure, len(report.tenants)) == (None, 5)
    assert "1 requests were retried, with 7 seconds of delay" in report.warnings[0]
    assert set(report.as_result(diff=False)) == {"changed", "tenants"}


# -- results --------------------------------------------------------------------------------------------------------


def test_results_are_documented_as_they_are(world: World) -> None:
    documented = yaml.safe_load(tenant_info.RETURN)
    result = info(world, impact=True).as_result(diff=False)
    assert set(documented) == set(result) - {"changed"}
    described = documented["tenants"]["contains"]
    for entry in result["tenants"]:
        assert set(described) == set(entry)
    assert {key for key, text in described.items() if text["returned"] != "always"} == {"impact"}
    assert set(shown(world)[0]) == set(described) - {"impact"}


@pytest.mark.parametrize("impact", [False, True])
def test_what_is_listed_can_be_handed_to_tenant_state(world: World, impact: bool) -> None:
    listed = shown(world, kind=["customer"], subtree_root_id=world.id("branches"), impact=impact)
    assert all(set(entry) <= INFO_KEYS for entry in listed)
    assert {"impact"} ^ INFO_KEYS <= set(listed[0])
    world.app.platform.interfere(world.id("law"), values={"internal_tag": "other"})
    report = world.run("disabled", plan=listed, continue_on_error=True)
    bakery, law = report.as_result(diff=False)["tenants"]
    assert (bakery["id"], bakery["actions"]) == (world.id("bakery"), ["disable"])
    assert (law["id"], law["changed"]) == (world.id("law"), False)
    assert "expected_version" in law["error"]["message"]
    # Those that were deleted can be handed back to be restored.
    former = shown(world, tenant="Former Foods", include_deleted=True, impact=impact)
    restored = world.run("disabled", plan=former, restore_deleted=True)
    assert (restored.failure, restored.targets[0].actions) == (None, ["restore"])


@pytest.mark.no_cover
def test_an_estate_of_ten_thousand_costs_a_page_for_each_five_thousand() -> None:
    world = World(make_app("estate:10000"))
    platform = world.app.platform
    caller = platform.clients[seed.CLIENT_ID]
    seen = [one for one in platform.tenants.values() if platform.in_reach(caller, one)]
    users = [
        user
        for one in seen
        if one.deletion is None and not platform.is_closed(caller, one)
        for user in one.users.values()
        if not user.hidden
    ]
    found = shown(world, include_deleted=True, include_personal=True, impact=True)
    assert len(found) == len(seen) - 1 > 9000
    pages = math.ceil(len(seen) / 5000) + math.ceil(len(users) / 2000)
    live = [one for one in seen if one.deletion is None]
    # All but the own tenant.
    pages += math.ceil((len(live) - 1) / 100)
    assert len(world.app.log) == 2 + pages + 1
    # A name is looked for in all, and so are the closest ones when there is no match.
    for name, told in (("Alder Bakry", "'Alder Bakery'"), ("Alder Bakery", "tenants match 'Alder Bakery'")):
        world.app.log.clear()
        report = info(world, tenant=name)
        assert told in report.warnings[0]
        assert world.requests() == ["POST idp", "GET clients"] + ["GET tenants"] * math.ceil(len(seen) / 5000)


# -- every switch ---------------------------------------------------------------------------------------------------

# Values of those switches that are numbers.
NUMBERS: dict[str, tuple[float, ...]] = {
    "deletion_seconds": (600,),
    "restoration_seconds": (20,),
    "largest_page": (1, 2, 7),
    "token_seconds": (0, 1),
    "latency": (0.5,),
}

SETTINGS = [
    pytest.param(row["name"], value, id=f"{row['name']}={value}")
    for row in table()
    for value in (row["values"] if isinstance(row["values"], list) else NUMBERS[row["name"]])
]

# What is asked, by a name for it. Keys of the seed stand in braces.
QUESTIONS: dict[str, dict[str, Any]] = {
    "all": {"include_deleted": True, "include_personal": True},
    "children": {"subtree_root_id": "{contoso}", "direct_children_only": True},
    "name": {"tenant": "Twin Trading"},
    "short name": {"tenant": "No"},
    "names": {"tenants": ["Hospital", "Harbour Hotl", "Former Foods"], "include_deleted": True},
    "slip": {"tenant": "Harbour Hotl"},
    "customer id": {"customer_id": "C-1001"},
    "customer ids": {"customer_ids": ["C-1004", "C-1911", "C-0"], "include_deleted": True},
    "id": {"tenant": "{bakery_north}"},
    "ids": {"tenants": ["{law}", "{former}", UNKNOWN_ID, "{former_depot}"], "include_deleted": True},
    "inside": {"tenant": "{law}", "subtree_root_id": "{contoso}"},
    "outside": {"tenant": "{law}", "subtree_root_id": "{adventure}"},
    "out of reach": {"tenant": "{fabrikam_retail}"},
    "impact": {"tenants": ["{adventure}", "{clinic}", "{law}", "{bakery}"], "impact": True},
    "impact of all": {"subtree_root_id": "{contoso}", "direct_children_only": True, "impact": True},
}

Answer = tuple[bool, list[dict[str, Any]], int]


def answer(world: World, question: str) -> Answer:
    """Whether it failed, what was found, without the times, and how many warnings there were."""
    known = world.app.platform.well_known
    options: dict[str, Any] = {
        key: value.format(**known)
        if isinstance(value, str)
        else ([text.format(**known) for text in value] if isinstance(value, list) else value)
        for key, value in QUESTIONS[question].items()
    }
    report = info(world, **options)
    assert report.trace is None
    assert report.failure is None or "\n" not in report.failure
    times = ("created_at", "updated_at", "deleted_at")
    found = [{**entry, **{key: entry[key] is not None for key in times}} for entry in report.tenants]
    return report.failure is not None, found, len(report.warnings)


def without(condition: Callable[[dict[str, Any]], bool]) -> Callable[[Answer], Answer]:
    return lambda normal: (normal[0], [entry for entry in normal[1] if not condition(entry)], normal[2])


def with_impact(key: str, value: Callable[[dict[str, Any]], Any]) -> Callable[[Answer], Answer]:
    """Have each entry's impact another value for this key, where value does not return the same."""

    def change(normal: Answer) -> Answer:
        entries = [{**entry, "impact": {**entry["impact"], key: value(entry)}} for entry in normal[1]]
        return normal[0], entries, normal[2]

    return change


def both(first: Callable[[Answer], Answer], second: Callable[[Answer], Answer]) -> Callable[[Answer], Answer]:
    return lambda normal: second(first(normal))


def fails(_normal: Answer) -> Answer:
    return True, [], 0


def listed_through(question: str) -> Callable[[Answer], Answer]:
    """What a listing shows that does not end at a self-service tenant: what is below it, but neither its users nor
    what is stored there.
    """

    def change(normal: Answer) -> Answer:
        world = World(make_app("demo"))
        world.app.platform.interfere(world.id("clinic"), values={"ancestral_access": True}, bump=False)
        usual = {entry["id"]: entry for entry in normal[1]}
        entries = []
        for entry in answer(world, question)[1]:
            told = dict(usual.get(entry["id"], entry))
            if told.get("impact"):
                told["impact"] = {**told["impact"], "sub_tenants": entry["impact"]["sub_tenants"]}
                # What is listed there is not told of any further.
                if entry["name"] == "Private Clinic":
                    told["impact"]["storage_bytes"] = None
            entries.append(told)
        return normal[0], entries, normal[2]

    return change


IS_DELETED = without(lambda entry: bool(entry["deleted_at"]))
WENT_ALONG = without(lambda entry: entry["name"].startswith(("Former Depot", "last@", "Annex Floor")))
NOBODY_TOLD = both(with_impact("users", lambda entry: None), with_impact("complete", lambda entry: False))
NO_STORAGE = both(with_impact("storage_bytes", lambda entry: None), with_impact("complete", lambda entry: False))
CONTAINED = with_impact(
    "storage_bytes",
    lambda entry: (
        2300 * seed.GIB if entry["name"] in ("Alpine Bakery", "Contoso Branches") else entry["impact"]["storage_bytes"]
    ),
)
CLIENTS = with_impact("api_clients", lambda entry: int(entry["name"] == "Adventure Partner"))

# Where a switch makes another answer right, and which. Everywhere else the answer is that of the platform by default.
DEVIATIONS: dict[tuple[str, Any], dict[str, Callable[[Answer], Answer]]] = {
    ("allow_deleted_honored", False): {question: IS_DELETED for question in ("all", "names", "ids", "customer ids")},
    ("deleted_descendants", "hidden"): {"all": WENT_ALONG, "ids": WENT_ALONG},
    # Then a tenant that is out of reach looks like one that does not exist.
    ("out_of_scope_status", 404): {"out of reach": lambda normal: (False, [], 1)},
    ("usages_listing", "refused"): {"impact": NO_STORAGE, "impact of all": NO_STORAGE},
    # Each has at least one at or below it that stores nothing, such as the personal tenant of a user.
    ("usages_listing", "left_out"): {"impact": NO_STORAGE, "impact of all": NO_STORAGE},
    ("usages_of_sub_tenants", "contained"): {"impact": CONTAINED, "impact of all": CONTAINED},
    ("users_listing", "refused"): {"impact": NOBODY_TOLD, "impact of all": NOBODY_TOLD},
    ("self_service_reads", "refused"): {
        "impact": with_impact(
            "users", lambda entry: None if entry["name"] == "Private Clinic" else entry["impact"]["users"]
        )
    },
    ("self_service_listing", "shown"): {question: listed_through(question) for question in ("all", "impact of all")},
    ("clients_listing", "all"): {"impact": CLIENTS, "impact of all": CLIENTS},
    # No token lives long enough to be used.
    ("token_seconds", 0): dict.fromkeys(QUESTIONS, fails),
}


@functools.cache
def usual_answers() -> dict[str, Answer]:
    world = World(make_app("demo"))
    answers = {question: answer(world, question) for question in QUESTIONS}
    assert [question for question, (failed, *_rest) in answers.items() if failed] == ["outside", "out of reach"]
    return answers


@pytest.mark.no_cover
@pytest.mark.parametrize(("switch", "value"), SETTINGS)
def test_every_switch(world: World, switch: str, value: Any) -> None:
    """Whatever the vendor leaves open, the answer is right."""
    world.app.platform.switches.update({switch: value})
    right = DEVIATIONS.get((switch, value), {})
    for question, usual in usual_answers().items():
        expected = right[question](usual) if question in right else usual
        assert answer(world, question) == expected, question
    assert world.effects() == 0
