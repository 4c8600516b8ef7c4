# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.community.acronis.plugins.module_utils._references import (
    Reference,
    parse_customer_id,
    parse_tenant,
)
from ansible_collections.community.acronis.plugins.module_utils._resolve import choose, look_up, resolve_protection
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi
from ansible_collections.community.acronis.plugins.module_utils._workers import Workers
from ansible_collections.community.acronis.tests.simulator import seed
from ansible_collections.community.acronis.tests.unit.world import World

ID = "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a"


def resolve(api: TenantApi, reference: Reference, root_id: str | None) -> Tenant | None:
    """Return what one reference alone names, or raise why it is not known."""
    with Workers(1) as workers:
        return choose(api, look_up(api, workers, [reference], root_id), reference)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        (ID, Reference("id", ID, ID)),
        (f" {ID.upper()} ", Reference("id", ID, f" {ID.upper()} ")),
        ("Fabrikam", Reference("name", "Fabrikam", "Fabrikam")),
        (" Fabrikam ", Reference("name", " Fabrikam ", " Fabrikam ")),
        ("Ünïcode & {{ 7 * 7 }}", Reference("name", "Ünïcode & {{ 7 * 7 }}", "Ünïcode & {{ 7 * 7 }}")),
        ("0123456789", Reference("name", "0123456789", "0123456789")),
        ("a-b-c-d-e", Reference("name", "a-b-c-d-e", "a-b-c-d-e")),
    ],
)
def test_parse_tenant(text: str, reference: Reference) -> None:
    assert parse_tenant(text, "tenant") == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "\t\n",
        "None",
        "none",
        " NULL ",
        "null",
        ID[:-1],
        f"{ID}0",
        ID.replace("-", ""),
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        f"{ID[:-1]}g",
        ID.replace("-", "", 1),
    ],
)
def test_parse_tenant_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^tenants\[3\]: "):
        parse_tenant(text, "tenants[3]")


@given(st.text())
def test_any_text_is_taken_or_refused(text: str) -> None:
    for parse in (parse_tenant, parse_customer_id):
        try:
            reference = parse(text, "tenant")
        except InputError as error:
            assert error.message.isprintable()
        else:
            assert reference.text == text


def test_by_id_it_takes_one_read(world: World) -> None:
    tenant = resolve(world.api(), parse_tenant(world.id("solo").upper(), "tenant"), None)
    assert tenant is not None and tenant.name == "Solo Software"
    assert world.requests() == ["POST idp", "GET tenants"]


def test_by_name_it_takes_a_search_and_a_batch(world: World) -> None:
    tenant = resolve(world.api(), parse_tenant("Alpine Bakery", "tenant"), None)
    assert tenant is not None and tenant.id == world.id("bakery")
    assert world.requests() == ["POST idp", "GET clients", "GET search", "GET tenants"]


@pytest.mark.parametrize("name", ["alpine bakery", "Alpine", "Alpine Bakery ", "Bakery"])
def test_a_name_is_exact(world: World, name: str) -> None:
    assert resolve(world.api(), parse_tenant(name, "tenant"), None) is None


def test_a_name_too_short_for_the_search(world: World) -> None:
    world.app.platform.interfere(world.id("solo"), values={"name": "X"})
    tenant = resolve(world.api(), parse_tenant("X", "tenant"), None)
    assert tenant is not None and tenant.id == world.id("solo")
    assert "GET search" not in world.requests()


def test_what_the_search_misses_is_found_by_listing(world: World) -> None:
    world.app.faults.add(path="/search", body='{"items": []}')
    tenant = resolve(world.api(), parse_tenant("Alpine Bakery", "tenant"), None)
    assert tenant is not None and tenant.id == world.id("bakery")


def test_a_search_that_is_behind_the_times(world: World) -> None:
    hit = {"obj_type": "tenant", "id": world.id("solo"), "parent_id": ID, "path": [], "name": "Alpine Bakery"}
    world.app.faults.add(path="/search", body=json.dumps({"items": [hit]}))
    tenant = resolve(world.api(), parse_tenant("Alpine Bakery", "tenant"), None)
    assert tenant is not None and tenant.id == world.id("bakery")


@pytest.mark.parametrize("customer_id", ["C-1001", "C-1004"])
def test_by_customer_id(world: World, customer_id: str) -> None:
    tenant = resolve(world.api(), parse_customer_id(customer_id, "customer_id"), None)
    assert tenant is not None and tenant.customer_id == customer_id


@pytest.mark.parametrize("customer_id", ["C-100", "c-1001", "Alpine Bakery"])
def test_a_customer_id_is_exact(world: World, customer_id: str) -> None:
    assert resolve(world.api(), parse_customer_id(customer_id, "customer_id"), None) is None


def test_several_matches_are_refused_with_ids_and_paths(world: World) -> None:
    with pytest.raises(RefusedError) as caught:
        resolve(world.api(), parse_tenant("Twin Trading", "tenant"), None)
    for key, path in (
        ("twin_contoso", "Northwind MSP / Contoso Partner"),
        ("twin_adventure", "Northwind MSP / Adventure Partner"),
    ):
        assert f"{world.id(key)} ({path} / Twin Trading)" in caught.value.message
    one = resolve(world.api(), parse_tenant("Twin Trading", "tenant"), world.id("adventure"))
    assert one is not None and one.id == world.id("twin_adventure")


def test_of_many_matches_ten_are_shown(world: World) -> None:
    platform = world.app.platform
    for number in range(12):
        folder = platform.add_tenant(platform.tenants[world.id("northwind")], f"Folder {number}", "folder")
        platform.add_tenant(folder, "Same", "customer")
    with pytest.raises(RefusedError, match="and 2 more"):
        resolve(world.api(), parse_tenant("Same", "tenant"), None)


def test_the_live_one_goes_before_the_deleted_ones(world: World) -> None:
    platform = world.app.platform
    former = resolve(world.api(), parse_tenant("Former Foods", "tenant"), None)
    assert former is not None and former.id == world.id("former")
    platform.clock.advance(60)
    second = platform.add_tenant(platform.tenants[world.id("contoso")], "Former Foods", "customer")
    found = resolve(world.api(), parse_tenant("Former Foods", "tenant"), None)
    assert found is not None and found.id == second.id
    platform.interfere(second.id, delete=True)
    found = resolve(world.api(), parse_tenant("Former Foods", "tenant"), None)
    assert found is not None and found.id == second.id


def test_subtree_root_id_bounds_ids_too(world: World) -> None:
    bakery = parse_tenant(world.id("bakery"), "tenant")
    for key in ("contoso", "branches", "bakery", "northwind"):
        assert resolve(world.api(), bakery, world.id(key)) is not None
    for key in ("adventure", "bakery_north", "fabrikam"):
        with pytest.raises(RefusedError, match="outside"):
            resolve(world.api(), bakery, world.id(key))
    assert resolve(world.api(), parse_tenant(ID, "tenant"), world.id("contoso")) is None


def test_with_a_token_alone_a_name_needs_a_root(world: World) -> None:
    token = world.app.platform.issue_token(*_credentials()).value
    api = world.api(access_token=token, client_id=None, client_secret=None)
    with pytest.raises(InputError, match="subtree_root_id"):
        resolve(api, parse_tenant("Alpine Bakery", "tenant"), None)
    assert world.app.log == []
    assert resolve(api, parse_tenant("Alpine Bakery", "tenant"), world.id("contoso")) is not None


def _credentials() -> tuple[str, str]:
    return seed.CLIENT_ID, seed.CLIENT_SECRET


def test_protection_reaches_all_above(world: World) -> None:
    entries = ["Hospital", "C-2001", world.id("bakery_north").upper(), "No Such", ID]
    protection = resolve_protection(world.api(), entries, world.id("northwind"))
    for key, entry in {
        "hospital": "Hospital",
        "coral": "C-2001",
        "adventure": "C-2001",
        "bakery": entries[2],
        "branches": entries[2],
    }.items():
        assert protection.reason(world.id(key)) == entry
    for key in ("contoso", "northwind"):
        assert protection.reason(world.id(key)) in entries
    for key in ("ward", "solo", "law", "coral_office"):
        assert protection.reason(world.id(key)) is None
    assert sorted(protection.missing) == sorted(["No Such", ID])


def test_an_entry_with_several_matches_protects_them_all(world: World) -> None:
    protection = resolve_protection(world.api(), ["Twin Trading"], world.id("northwind"))
    assert {"contoso", "adventure", "twin_contoso", "twin_adventure"} <= {
        key for key, tenant_id in world.app.platform.well_known.items() if protection.reason(tenant_id)
    }
