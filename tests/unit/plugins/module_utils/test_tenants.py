# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
import responses
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError, AnswerError, ApiError
from ansible_collections.community.acronis.plugins.module_utils._impact import ImpactCounter
from ansible_collections.community.acronis.plugins.module_utils._lookup import ancestries, fetch_visible
from ansible_collections.community.acronis.plugins.module_utils._tenants import BATCH_LIMIT, Tenant, TenantApi
from ansible_collections.community.acronis.tests.simulator import make_app
from ansible_collections.community.acronis.tests.unit.world import World

ID = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"


SMALLEST = {"id": ID, "version": 3, "name": "A", "kind": "customer", "enabled": True, "parent_id": OTHER}


def test_a_tenant_with_the_least_that_a_platform_sends() -> None:
    tenant = Tenant.parse(SMALLEST)
    assert tenant == Tenant(ID, 3, "A", "customer", True, OTHER)
    # What is not known is taken for the case that needs a closer look.
    assert tenant.has_children and not tenant.personal and not tenant.hides_children


@pytest.mark.parametrize(
    ("lock", "owner"),
    [
        (None, None),
        ({"enabled": False, "owner_id": OTHER}, None),
        ({"enabled": True, "owner_id": OTHER}, OTHER),
        ({"enabled": True, "owner_id": None}, ""),
        ({"enabled": True}, ""),
    ],
)
def test_who_locks_a_tenant(lock: Any, owner: str | None) -> None:
    assert Tenant.parse({**SMALLEST, "update_lock": lock}).lock_owner_id == owner


@pytest.mark.parametrize("key", sorted(SMALLEST))
@pytest.mark.parametrize("value", [None, [], {}, 1.5, "not-a-uuid", True])
def test_a_tenant_that_cannot_be_understood(key: str, value: Any) -> None:
    if isinstance(value, type(SMALLEST[key])) and key != "id" and not (key == "version" and value is True):
        return
    with pytest.raises(AnswerError, match=key):
        Tenant.parse({**SMALLEST, key: value})


@pytest.mark.parametrize("document", [None, [], "x", 7])
def test_a_tenant_is_an_object(document: Any) -> None:
    with pytest.raises(AnswerError):
        Tenant.parse(document)


def test_get(world: World) -> None:
    api = world.api()
    found = api.get(world.id("former"))
    assert found is not None and found.name == "Former Foods" and found.deleted_at is not None
    assert api.get(ID) is None
    world.app.platform.clock.advance(31 * 86400)
    assert world.api().get(world.id("former")) is None


GONE = [(404, 1005), (404, None), (410, None), (400, 1005), (400, "1005")]


@pytest.mark.parametrize(("status", "code"), GONE)
def test_gone_by_status_or_by_code_once_a_batch_has_left_it_out(world: World, status: int, code: Any) -> None:
    world.app.faults.add(method="GET", path="/tenants/", status=status, code=code, times=-1)
    assert world.api().get(world.id("solo"), left_out=True) is None
    assert world.requests() == ["POST idp", "GET tenants"]
    assert world.api().get(ID) is None


@pytest.mark.parametrize(("status", "code"), GONE)
def test_a_gateway_that_does_not_know_the_way_makes_no_tenant_absent(world: World, status: int, code: Any) -> None:
    world.app.faults.add(method="GET", path="/tenants/", status=status, code=code)
    found = world.api().get(world.id("solo"))
    assert found is not None and found.name == "Solo Software"
    assert [entry["path"] for entry in world.app.log[1:]] == [f"/tenants/{world.id('solo')}", "/tenants"]


@pytest.mark.parametrize(("status", "code", "gone"), [(404, None, False), (403, 1005, False), (404, 1005, True)])
def test_a_batch_that_is_refused_is_no_answer_unless_it_says_so(
    world: World, status: int, code: int | None, gone: bool
) -> None:
    world.app.faults.add(method="GET", path="/tenants/", status=404, code=1005)
    world.app.faults.add(method="GET", path="/tenants$", status=status, code=code)
    if gone:
        assert world.api().get(world.id("solo")) is None
        return
    with pytest.raises(ApiError) as caught:
        world.api().get(world.id("solo"))
    assert caught.value.status == status


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 403},
        {"status": 403, "code": 1005},
        {"status": 400},
        {"status": 404, "shape": "html"},
        {"status": 404, "shape": "empty"},
    ],
)
def test_what_is_not_absence(world: World, fault: dict[str, Any]) -> None:
    world.app.faults.add(method="GET", path="/tenants/", **fault)
    with pytest.raises(AcronisError):
        world.api().get(world.id("solo"))


def test_another_tenant_than_the_one_asked_for(world: World) -> None:
    world.app.faults.add(method="GET", path="/tenants/", body=json.dumps({**SMALLEST, "id": OTHER}))
    with pytest.raises(AnswerError, match="another tenant"):
        world.api().get(world.id("solo"))


def test_own_tenant_is_asked_for_once(world: World) -> None:
    api = world.api()
    assert api.own_tenant_id == api.own_tenant_id == world.id("northwind")
    assert world.requests() == ["POST idp", "GET clients"]


@pytest.mark.parametrize("body", ["{}", '{"tenant_id": null}', '{"tenant_id": "x"}'])
def test_own_tenant_that_cannot_be_understood(world: World, body: str) -> None:
    world.app.faults.add(path="/clients/", body=body)
    with pytest.raises(AnswerError, match="tenant_id"):
        world.api().own_tenant_id  # noqa: B018


def test_subtree_pages(world: World) -> None:
    world.app.platform.switches.update({"largest_page": 3})
    root = world.id("contoso")
    listed = list(world.api().subtree(root))
    assert listed[0].id == root
    assert len({tenant.id for tenant in listed}) == len(listed) > 9
    assert len(world.app.log) == 1 + -(-len(listed) // 3)
    assert all(set(entry["query"]) == {"limit", "after"} for entry in world.app.log[2:])


@pytest.mark.parametrize("last_page", ["absent", "empty_paging", "empty_cursors", "empty_after"])
def test_every_way_to_say_last_page(world: World, last_page: str) -> None:
    world.app.platform.switches.update({"last_page": last_page, "largest_page": 3})
    assert len(list(world.api().subtree(world.id("contoso")))) > 9


def test_a_repeated_cursor_does_not_loop(world: World) -> None:
    world.app.platform.switches.update({"largest_page": 3, "repeat_cursor": True})
    with pytest.raises(AnswerError, match="repeats its cursor"):
        list(world.api().subtree(world.id("contoso")))


@pytest.mark.parametrize("body", ["{}", '{"items": null}', '{"items": {}}', '{"items": [7]}'])
def test_a_listing_that_cannot_be_understood(world: World, body: str) -> None:
    world.app.faults.add(method="GET", path="/tenants$", body=body)
    with pytest.raises(AnswerError):
        list(world.api().subtree(world.id("contoso")))


def test_batches_hold_a_hundred(world: World) -> None:
    app = make_app("wide:250")
    ids = [tenant.id for tenant in app.platform.tenants.values() if tenant.name.startswith("Customer")]
    found = World(app).api().batch([*ids, ids[0], ID])
    assert [tenant.id for tenant in found] == ids
    assert [len(entry["query"]["uuids"].split(",")) for entry in app.log[1:]] == [BATCH_LIMIT, BATCH_LIMIT, 51]


@pytest.mark.parametrize(("honored", "reads"), [(True, 1), (False, 4)])
def test_chains(world: World, honored: bool, reads: int) -> None:
    world.app.platform.switches.update({"relative_path_honored": honored})
    keys = ("bakery_north", "solo")
    found = ancestries(world.api(), [*(world.id(key) for key in keys), ID])
    assert {tenant_id: [link.name for link in chain] for tenant_id, chain in found.items()} == {
        world.id("bakery_north"): [
            "Bakery North",
            "Alpine Bakery",
            "Contoso Branches",
            "Contoso Partner",
            "Northwind MSP",
        ],
        world.id("solo"): ["Solo Software", "Northwind MSP"],
    }
    # The own tenant is where nothing more is to be seen, however much the platform has sent along.
    assert world.requests() == ["POST idp", "GET tenants", "GET clients"] + ["GET tenants"] * (reads - 1)


def test_the_true_root_is_its_own_parent() -> None:
    root = {**SMALLEST, "id": ID, "parent_id": ID, "kind": "root"}
    with responses.RequestsMock() as mock:
        base = "https://simulator.test/api/2"
        mock.post(f"{base}/idp/token", json={"access_token": "t"})
        mock.get(f"{base}/tenants", json={"timestamp": "", "items": [root]})
        world = World(make_app("minimal"))
        world.new_session = requests.Session  # type: ignore[method-assign]
        api = world.api()
        assert [link.id for link in ancestries(api, [ID])[ID]] == [ID]


def test_a_write_says_what_it_needs_and_no_more(world: World) -> None:
    api = world.api()
    solo = api.get(world.id("solo"))
    assert solo is not None
    after = api.set_enabled(solo, False, api.backoff())
    api.delete(after, api.backoff())
    put, delete = world.app.log[-2:]
    assert (put["body"], delete["query"]) == (
        {"enabled": False, "version": solo.version},
        {"version": str(after.version)},
    )
    assert (put["status"], delete["status"]) == (200, 204)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(ID),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*SMALLEST, "update_lock", "deleted_at", "items", "paging", "cursors", "after"]), inner
        )
    ),
    max_leaves=15,
)


@settings(max_examples=300)
@given(JSON, st.dictionaries(st.sampled_from([*SMALLEST, "update_lock", "owner_id", "has_children"]), JSON))
def test_only_errors_of_ours_come_out(document: Any, changed: Any) -> None:
    for candidate in (document, {**SMALLEST, **changed}):
        try:
            Tenant.parse(candidate)
        except AnswerError as error:
            assert error.message.isprintable()


def test_api_errors_pass_through(world: World) -> None:
    world.app.faults.add(method="GET", path="/tenants$", status=403, code=1002)
    with pytest.raises(ApiError) as caught:
        world.api().batch([ID])
    assert caught.value.code == 1002


@pytest.mark.parametrize("status", [400, 403, 404, 410])
@pytest.mark.parametrize(
    "ask",
    [
        lambda api, tenant_id: api.get(tenant_id),
        lambda api, tenant_id: fetch_visible(api, [tenant_id]),
        lambda api, tenant_id: ImpactCounter._told(api.tenant_ids_of_clients),
    ],
    ids=["get", "visible", "impact"],
)
def test_trouble_with_the_token_is_no_answer_to_the_question(
    world: World, ask: Callable[[TenantApi, str], object], status: int
) -> None:
    world.app.faults.add(path="/idp/token", status=status, code=1005, times=-1)
    with pytest.raises(AcronisError) as caught:
        ask(world.api(), world.id("solo"))
    assert caught.value.path == "/idp/token"
