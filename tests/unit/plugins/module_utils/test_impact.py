# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._impact import KINDS, Impact, growth, total_storage
from ansible_collections.community.acronis.plugins.module_utils._info import InfoReport, Query, ask
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant
from ansible_collections.community.acronis.plugins.module_utils._tree import TenantTree
from ansible_collections.community.acronis.plugins.modules import tenant_info, tenant_state
from ansible_collections.community.acronis.tests.simulator import make_app, seed
from ansible_collections.community.acronis.tests.unit.world import World, within_the_process

UNSET = ("tenant", "customer_id", "tenants", "customer_ids", "subtree_root_id", "kind", "enabled")
FLAGS = ("direct_children_only", "include_deleted", "include_personal")


def info(world: World, auth: dict[str, Any] | None = None, **options: Any) -> InfoReport:
    """Ask for the impact."""
    params = {**dict.fromkeys(UNSET), **dict.fromkeys(FLAGS, False), "impact": True, **options}
    with within_the_process():
        return ask(world.api(**(auth or {})), Query.from_params(params))


def impact_of(world: World, key: str, auth: dict[str, Any] | None = None) -> Any:
    report = info(world, auth, tenant=world.id(key))
    assert (report.failure, report.trace) == (None, None)
    (entry,) = report.tenants
    return entry["impact"]


def truth(world: World, tenant_id: str) -> dict[str, Any]:
    """What is below the tenant, out of the simulator's own objects."""
    platform = world.app.platform
    caller = platform.clients[seed.CLIENT_ID]
    seen = [
        tenant
        for tenant in platform.tenants[tenant_id].subtree()
        if tenant.deletion is None and platform.in_reach(caller, tenant)
    ]
    kinds = Counter(tenant.kind for tenant in seen if tenant.id != tenant_id and tenant.owner_id is None)
    users = [user for tenant in seen if not tenant.self_service for user in tenant.users.values() if not user.hidden]
    return {
        "sub_tenants": {kind: kinds[kind] for kind in ("partner", "folder", "customer", "unit")},
        "users": len(users),
        "api_clients": None,
        "storage_bytes": stored(world, tenant_id),
        "complete": not any(tenant.self_service for tenant in seen),
    }


def stored(world: World, tenant_id: str) -> int:
    """What is surely stored in the tenant and below, where the platform gives each tenant's own bytes alone."""
    platform = world.app.platform
    caller = platform.clients[seed.CLIENT_ID]
    tenant = platform.tenants[tenant_id]
    seen = [one for one in tenant.children.values() if one.deletion is None and platform.in_reach(caller, one)]
    return max(sum(tenant.storage), sum(stored(world, one.id) for one in seen))


def listings(world: World) -> Counter[str]:
    """How many listings of each sort there were: subtrees, users, API clients."""
    return Counter(
        "subtree" if "subtree_root_id" in entry["query"] else entry["path"].strip("/")
        for entry in world.app.log
        if entry["path"] in ("/users", "/clients") or "subtree_root_id" in entry["query"]
    )


def expected_listings(world: World, asked: Sequence[str]) -> Counter[str]:
    """One listing of users for each tree that is asked about, and one of tenants where there can be any."""
    tenants = [world.app.platform.tenants[tenant_id] for tenant_id in asked]
    tops = [one for one in tenants if not any(above.id in asked for above in one.ancestors())]
    wide = [one for one in tops if one.self_service or any(child.deletion is None for child in one.children.values())]
    return Counter({"subtree": len(wide), "users": len(tops), "clients": 1 if tops else 0})


@functools.cache
def estate() -> tuple[World, list[str]]:
    """A tree with all that occurs in real life, and the ids of its live tenants that the client sees."""
    world = World(make_app("estate:300"))
    platform = world.app.platform
    platform.clock.freeze()
    caller = platform.clients[seed.CLIENT_ID]
    return world, [
        tenant.id
        for tenant in platform.tenants.values()
        if tenant.deletion is None and tenant is not caller.tenant and platform.in_reach(caller, tenant)
    ]


choices = st.lists(st.integers(0, 10_000), min_size=1, max_size=12)


@given(choices)
def test_tenant_info_counts_what_there_is_with_the_fewest_listings(numbers: list[int]) -> None:
    world, ids = estate()
    chosen = list(dict.fromkeys(ids[number % len(ids)] for number in numbers))
    world.app.log.clear()
    report = info(world, tenants=chosen)
    assert (report.failure, report.trace) == (None, None)
    assert {entry["id"]: entry["impact"] for entry in report.tenants} == {one: truth(world, one) for one in chosen}
    assert listings(world) == expected_listings(world, chosen)


@given(choices, st.sampled_from(["enabled", "disabled", "absent"]))
def test_tenant_state_counts_what_there_is_with_the_fewest_listings(numbers: list[int], state: str) -> None:
    world, ids = estate()
    chosen = list(dict.fromkeys(ids[number % len(ids)] for number in numbers))
    world.app.log.clear()
    options: dict[str, Any] = dict.fromkeys(
        ("impact", "delete_descendants", "continue_on_error", "return_unchanged"), True
    )
    report = world.run(state, check_mode=True, tenants=chosen, **options)
    results = report.as_result(diff=False)["tenants"]
    changed = [entry["id"] for entry in results if entry["changed"]]
    found = {entry["id"]: entry["impact"] for entry in results if entry["impact"] is not None}
    assert found == {one: truth(world, one) for one in changed}
    # Many share one listing of the whole tree.
    assert all(count <= max(1, expected_listings(world, changed)[what]) for what, count in listings(world).items())
    assert (world.writes(), report.trace) == ([], None)


def test_the_whole_estate_costs_one_listing_of_tenants_and_one_of_users() -> None:
    world, ids = estate()
    world.app.log.clear()
    report = info(world, include_personal=True)
    assert {entry["id"]: entry["impact"] for entry in report.tenants} == {one: truth(world, one) for one in ids}
    assert listings(world) == {"subtree": 1, "users": 1, "clients": 1}


@pytest.mark.parametrize("state", ["enabled", "disabled", "absent"])
def test_check_mode_and_a_run_tell_the_same(world: World, state: str) -> None:
    if state == "enabled":
        world.app.platform.interfere(world.id("bakery"), values={"enabled": False})
    before = truth(world, world.id("bakery"))
    options: dict[str, Any] = {"tenant": world.id("bakery"), "impact": True, "delete_descendants": True}
    predicted = world.run(state, check_mode=True, **options).as_result(diff=False)["tenants"][0]
    real = world.run(state, **options).as_result(diff=False)["tenants"][0]
    assert predicted["impact"] == real["impact"] == before
    assert before["sub_tenants"]["unit"] == 2 and before["users"] == 3
    # Nothing is left to change, so nothing is asked and told.
    world.app.log.clear()
    again = world.run(state, **options).as_result(diff=False)["tenants"][0]
    assert (again["impact"], listings(world)) == (None, {})


def test_what_the_guard_has_read_is_not_read_again(world: World) -> None:
    """`absent` without delete_descendants lists what is below before the impact does."""
    report = world.run("absent", check_mode=True, tenant=world.id("harbor"), impact=True)
    assert report.failure is None
    assert report.as_result(diff=False)["tenants"][0]["impact"] == truth(world, world.id("harbor"))
    assert listings(world) == {"subtree": 1, "users": 1, "clients": 1}


def test_a_tenant_without_children_costs_no_listing_of_tenants(world: World) -> None:
    assert impact_of(world, "law")["sub_tenants"] == dict.fromkeys(KINDS, 0)
    assert listings(world) == {"users": 1, "clients": 1}


def test_without_impact_nothing_of_it_is_asked(world: World) -> None:
    report = world.run("disabled", tenant=world.id("contoso"))
    assert report.as_result(diff=False)["tenants"][0]["impact"] is None
    assert "impact" not in info(world, tenant=world.id("contoso"), impact=False).tenants[0]
    assert listings(world) == {}


def test_a_plan_that_is_refused_as_a_whole_is_not_measured(world: World) -> None:
    report = world.run("disabled", tenants=[world.id("law"), world.id("solo")], impact=True, max_changes=1)
    assert report.failure is not None and "max_changes" in report.failure
    assert (listings(world), world.writes()) == ({}, [])


@pytest.mark.parametrize(("key", "complete"), [("clinic", False), ("contoso", False), ("hospital", True)])
def test_what_hides_itself_makes_the_numbers_lower_bounds(world: World, key: str, complete: bool) -> None:
    assert impact_of(world, key) == truth(world, world.id(key))
    assert impact_of(world, key)["complete"] is complete
    entry = world.run("disabled", tenant=world.id(key), impact=True).as_result(diff=False)["tenants"][0]
    assert entry["impact"] == truth(world, world.id(key))


def test_nothing_of_the_own_tenant_is_hidden_from_its_own_client(world: World) -> None:
    """Self-service mode is against administrators above."""
    world.app.platform.interfere(world.id("coral"), values={"ancestral_access": False})
    auth = {"client_id": seed.CUSTOMER_CLIENT_ID, "client_secret": seed.CUSTOMER_CLIENT_SECRET}
    impact = impact_of(world, "coral", auth)
    assert (impact["sub_tenants"]["unit"], impact["complete"]) == (1, True)


@pytest.mark.parametrize(
    ("switches", "key", "users"),
    [
        ({"users_listing": "refused"}, "bakery", None),
        ({"users_listing": "refused"}, "law", None),
        ({"self_service_reads": "refused"}, "clinic", None),
        ({"self_service_reads": "refused"}, "bakery", 3),
    ],
)
def test_users_that_are_not_told_are_not_taken_for_none(
    world: World, switches: dict[str, Any], key: str, users: int | None
) -> None:
    world.app.platform.switches.update(switches)
    for impact in (
        impact_of(world, key),
        world.run("disabled", tenant=world.id(key), impact=True).as_result(diff=False)["tenants"][0]["impact"],
    ):
        assert (impact["users"], impact["complete"]) == (users, users is not None)


@pytest.mark.parametrize("auth", ["client", "token"])
@pytest.mark.parametrize(
    ("listing", "clients"), [("refused", None), ("own", None), ("missing", None), ("all", {"adventure": 1, "law": 0})]
)
def test_api_clients_are_counted_only_where_all_are_told(
    world: World, listing: str, clients: dict[str, int] | None, auth: str
) -> None:
    """Those of the own tenant alone say nothing about the others, whether it is known which one that is or not."""
    world.app.platform.switches.update({"clients_listing": listing})
    given_auth = world.token_alone() if auth == "token" else None
    for key in ("adventure", "law"):
        assert impact_of(world, key, given_auth)["api_clients"] == (clients[key] if clients else None)
        # It says nothing about the rest.
        assert impact_of(world, key, given_auth)["complete"] is True


def test_api_clients_that_do_not_work_are_not_counted(world: World) -> None:
    platform = world.app.platform
    platform.switches.update({"clients_listing": "all"})
    platform.add_client(platform.tenants[world.id("law")], "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a", "secret")
    platform.clients[seed.CUSTOMER_CLIENT_ID].status = "disabled"
    assert impact_of(world, "coral")["api_clients"] == 0
    assert impact_of(world, "contoso")["api_clients"] == 1


AIMS = {"users": ("^/users$", "subtree_root_tenant_id={}"), "tenants": ("^/tenants$", "subtree_root_id={}")}


@pytest.mark.parametrize("aim", sorted(AIMS))
def test_trouble_with_a_listing_fails_that_tenant_before_any_write(world: World, aim: str) -> None:
    path, query = AIMS[aim]
    bakery, law = world.id("bakery"), world.id("law")
    world.app.faults.add(path=path, query=query.format(bakery), status=503, times=-1)
    options: dict[str, Any] = {"auth": {"retry_timeout": 0}, "tenants": [bakery, law], "impact": True}
    stopped = world.run("disabled", **options)
    assert stopped.failure is not None and stopped.failure.startswith("tenant 'Alpine Bakery'")
    assert "HTTP 503" in stopped.failure
    assert [target.skipped for target in stopped.targets] == [False, True]
    assert world.writes() == []
    planned = world.run("disabled", check_mode=True, continue_on_error=True, **options)
    assert [target.changed for target in planned.targets] == [False, True]
    going_on = world.run("disabled", continue_on_error=True, **options)
    failed, done = going_on.as_result(diff=False)["tenants"]
    assert (failed["error"]["status"], failed["changed"], failed["impact"]) == (503, False, None)
    assert (done["actions"], done["impact"]) == (["disable"], truth(world, law))
    assert [write[:2] for write in world.writes()] == [("PUT", law)]


def test_trouble_with_a_shared_listing_fails_all_that_share_it(world: World) -> None:
    world.app.faults.add(path="^/users$", query=f"={world.id('branches')}", status=500, times=-1)
    keys = ("branches", "law", "solo")
    report = world.run("disabled", tenants=[world.id(key) for key in keys], impact=True, continue_on_error=True)
    assert [target.error is not None for target in report.targets] == [True, True, False]
    assert [write[:2] for write in world.writes()] == [("PUT", world.id("solo"))]


def test_trouble_with_a_listing_is_trouble_for_tenant_info(world: World) -> None:
    world.app.faults.add(path="^/users$", status=503, times=-1)
    report = info(world, {"retry_timeout": 0}, tenants=[world.id("law"), world.id("solo")])
    assert report.failure is not None and "HTTP 503" in report.failure
    assert report.trace is None


def test_a_later_page_counts(world: World) -> None:
    world.app.platform.switches.update({"largest_page": 2})
    for key in ("contoso", "bakery", "harbor"):
        assert impact_of(world, key) == truth(world, world.id(key))
    # A page that cannot be read fails it all: half a count would be a lie.
    world.app.faults.add(path="^/users$", query="after=", status=503, times=-1)
    report = info(world, {"retry_timeout": 0}, tenant=world.id("contoso"))
    assert report.failure is not None and report.tenants == []


# -- storage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "bakery", "contoso"),
    [
        # Its own 1500 GiB, and 800 of its units.
        ({}, 1500, 5801),
        ({"usages_of_sub_tenants": "contained"}, 2300, 6601),
        ({"usages_listing": "refused"}, None, None),
        # Not everything that is not told is nothing.
        ({"usages_listing": "left_out"}, None, None),
    ],
)
def test_storage(world: World, switches: dict[str, Any], bakery: int | None, contoso: int | None) -> None:
    world.app.platform.switches.update(switches)
    for key, gibibytes in (("bakery", bakery), ("contoso", contoso)):
        impact = impact_of(world, key)
        assert impact["storage_bytes"] == (None if gibibytes is None else gibibytes * seed.GIB)
        assert impact["complete"] is (gibibytes is not None and key == "bakery")
    assert impact_of(world, "solo")["storage_bytes"] == (None if "refused" in switches.values() else 12 * seed.GIB)


@pytest.mark.parametrize("count", [1, 100, 101])
def test_storage_costs_one_request_for_a_hundred_tenants_of_all_trees(count: int) -> None:
    world = World.of(seed.wide(count))
    ids = [world.id(f"Customer {number:05}") for number in range(1, count + 1)]
    found = info(world, tenants=ids).tenants
    assert [entry["impact"]["storage_bytes"] for entry in found] == [seed.GIB] * count
    asked = [entry["query"]["tenants"].split(",") for entry in world.app.log if entry["path"] == "/tenants/usages"]
    assert len(asked) == -(-count // 100)
    assert sorted(one for part in asked for one in part) == sorted(ids)


def test_storage_is_asked_only_of_what_is_asked_for(world: World) -> None:
    platform = world.app.platform
    bakery = platform.tenants[world.id("bakery")]
    # By name, so that the whole tree is read.
    info(world, tenants=["Alpine Bakery", "Solo Software"])
    (entry,) = [entry for entry in world.app.log if entry["path"] == "/tenants/usages"]
    below = {one.id for one in bakery.subtree()} | {world.id("solo")}
    assert set(entry["query"]["tenants"].split(",")) == below


def test_trouble_with_the_storage_fails_before_any_write(world: World) -> None:
    world.app.faults.add(path="^/tenants/usages$", status=503, times=-1)
    report = world.run("disabled", auth={"retry_timeout": 0}, tenant="Solo Software", impact=True)
    assert report.failure is not None and "HTTP 503" in report.failure
    assert world.writes() == []


def usage(**changed: Any) -> dict[str, Any]:
    usual = {"usage_name": "storage", "measurement_unit": "bytes", "value": 1, "absolute_value": 7, "infra_id": "x"}
    return {key: value for key, value in {**usual, **changed}.items() if value is not None}


@pytest.mark.parametrize(
    ("usages", "stored"),
    [
        ([], 0),
        ([usage()], 7),
        ([usage(), usage(infra_id="y", absolute_value=5)], 12),
        ([usage(infra_id=None)], 7),
        # Their total, once more.
        ([usage(infra_id=None, absolute_value=12), usage(), usage(infra_id="y", absolute_value=5)], 12),
        ([usage(), usage(usage_name="total_storage", infra_id=None), usage(measurement_unit="quantity")], 7),
        ([usage(), usage(infra_id="y", absolute_value=None)], None),
        ([usage(absolute_value="7")], "no usable 'absolute_value'"),
        ([usage(absolute_value=-1)], "no usable 'absolute_value'"),
        ([usage(absolute_value=True)], "no usable 'absolute_value'"),
        (None, "no usable 'usages'"),
        (["x"], "no usable 'usages'"),
    ],
)
def test_which_usages_count(world: World, usages: Any, stored: Any) -> None:
    solo = world.id("solo")
    answer = json.dumps({"items": [{"tenant": solo, "usages": usages}]})
    world.app.faults.add(path="^/tenants/usages$", status=200, body=answer, content_type="application/json")
    report = info(world, tenant=solo)
    if isinstance(stored, str):
        assert report.failure is not None and stored in report.failure
        return
    (entry,) = report.tenants
    assert (entry["impact"]["storage_bytes"], entry["impact"]["complete"]) == (stored, stored is not None)


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[Tenant], dict[str, int]]:
    """Tenants, each but the first below an earlier one, and what each stores itself."""
    count = draw(st.integers(1, 8))
    parents = [0] + [draw(st.integers(0, number - 1)) for number in range(1, count)]
    tenants = [Tenant(str(number), 1, "x", "unit", True, str(parent)) for number, parent in enumerate(parents)]
    return tenants, {one.id: draw(st.integers(0, 5)) for one in tenants}


@given(trees(), st.sets(st.integers(0, 7)))
def test_storage_is_never_counted_twice_whatever_a_figure_contains(
    drawn: tuple[list[Tenant], dict[str, int]], untold: set[int]
) -> None:
    tenants, own = drawn
    tree = TenantTree(tenants)
    whole = {one.id: [one.id, *(below.id for below in tree.below(one.id))] for one in tenants}
    truth = {one: sum(own[below] for below in parts) for one, parts in whole.items()}
    assert total_storage(tree, truth) == truth
    found = total_storage(tree, own)
    for one, parts in whole.items():
        leaves = sum(own[below] for below in parts if len(whole[below]) == 1)
        total = found[one]
        assert total is not None and max(leaves, own[one]) <= total <= truth[one]
        if not any(own[below] for below in parts if len(whole[below]) > 1):
            assert total == truth[one]
    partly = total_storage(tree, {one: figure for one, figure in own.items() if int(one) not in untold})
    assert {one for one, total in partly.items() if total is None} == {
        one for one, parts in whole.items() if any(int(below) in untold for below in parts)
    }


def test_the_documentation_shows_an_impact_as_it_is(world: World) -> None:
    impact = impact_of(world, "contoso")
    for module in (tenant_info, tenant_state):
        documented = yaml.safe_load(module.RETURN)["tenants"]["contains"]["impact"]["contains"]
        assert set(documented) == set(impact)
        assert list(documented["sub_tenants"]["sample"]) == list(impact["sub_tenants"]) == list(KINDS)


# -- in words, out of a plan, and against what was reviewed -----------------------------------------------------------
NOTHING = Impact(dict.fromkeys(KINDS, 0), 0, 0, 0, True)


def impact(
    users: int | None = 0, api_clients: int | None = 0, complete: bool = True, stored: int | None = 0, **kinds: int
) -> Impact:
    return Impact({**dict.fromkeys(KINDS, 0), **kinds}, users, api_clients, stored, complete)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (NOTHING, "0 sub-tenants, 0 users, 0 API clients, 0 bytes of storage"),
        (
            impact(7, 2, stored=2048, partner=1, unit=3),
            "4 sub-tenants (1 of kind partner, 3 of kind unit), 7 users, 2 API clients, 2048 bytes of storage",
        ),
        (
            impact(None, None, False, None, customer=2),
            "2 sub-tenants (2 of kind customer), an unknown number of users, an unknown number of API clients, an "
            "unknown number of bytes of storage, and more that is hidden",
        ),
    ],
)
def test_in_words(found: Impact, words: str) -> None:
    assert found.in_words() == words


@pytest.mark.parametrize(
    ("reviewed", "now", "words"),
    [
        (NOTHING, NOTHING, ""),
        (impact(3, 1, unit=2), impact(2, 0, unit=1), ""),
        (impact(unit=1), impact(unit=2), "sub-tenants of kind unit: 2, reviewed 1"),
        # One more is not outweighed by one less.
        (impact(unit=1), impact(customer=1), "sub-tenants of kind customer: 1, reviewed 0"),
        (impact(3), impact(4), "users: 4, reviewed 3"),
        (impact(api_clients=0), impact(api_clients=1), "API clients: 1, reviewed 0"),
        # What was not counted then cannot be compared; what is not told any more may be more.
        (impact(None, None), impact(9, 9), ""),
        (impact(3, 1), impact(None, None), "users: unknown, reviewed 3; API clients: unknown, reviewed 1"),
        (impact(), impact(complete=False), "a part is hidden now"),
        (impact(complete=False), impact(), ""),
        # Storage is hours old, and grows.
        (impact(stored=1), impact(stored=2), ""),
        (impact(stored=1), impact(stored=None), ""),
        (impact(complete=False), impact(complete=False), ""),
        (
            Impact({}, 0, 0, 0, True),
            impact(1, folder=1, unit=2),
            "sub-tenants of kind folder: 1, reviewed 0; sub-tenants of kind unit: 2, reviewed 0; users: 1, reviewed 0",
        ),
    ],
)
def test_growth(reviewed: Impact, now: Impact, words: str) -> None:
    assert growth(reviewed, now) == words


counts = st.integers(0, 9)
impacts = st.builds(
    Impact,
    st.fixed_dictionaries(dict.fromkeys(KINDS, counts)),
    st.none() | counts,
    st.none() | counts,
    st.none() | counts,
    st.booleans(),
)


@given(impacts, impacts)
def test_an_impact_survives_a_plan_and_is_compared_in_every_part(one: Impact, other: Impact) -> None:
    assert Impact.parse(one.as_result()) == one
    assert growth(one, one) == ""
    grown = [other.sub_tenants[kind] > one.sub_tenants[kind] for kind in KINDS]
    for before, now in ((one.users, other.users), (one.api_clients, other.api_clients)):
        grown.append(before is not None and (now is None or now > before))
    grown.append(one.complete and not other.complete)
    assert len([part for part in growth(one, other).split("; ") if part]) == sum(grown)


@pytest.mark.parametrize("value", [None, [], "x", {}, {"sub_tenants": {}}, {"sub_tenants": {}, "complete": "yes"}])
def test_what_is_no_impact(value: Any) -> None:
    assert Impact.parse(value) is None


def test_a_plan_of_a_former_version_may_lack_what_was_not_counted() -> None:
    assert Impact.parse({"sub_tenants": {"unit": 1}, "complete": True}) == Impact({"unit": 1}, None, None, None, True)
