# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds and switches."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.acronis.tests.simulator import __main__, seed
from ansible_collections.community.acronis.tests.simulator import switches as table
from ansible_collections.community.acronis.tests.simulator.contract import UUID
from ansible_collections.community.acronis.tests.simulator.model import Selection
from ansible_collections.community.acronis.tests.simulator.platform import Platform
from ansible_collections.community.acronis.tests.simulator.switches import Switches

PACKAGE = Path(seed.__file__).parent


def test_identifiers_are_the_same_in_every_run(platform: Platform, ids: dict[str, str]) -> None:
    again = Platform()
    seed.load(again, seed.demo())
    assert again.well_known == ids
    assert again.tenants.keys() == platform.tenants.keys()
    assert all(UUID.fullmatch(tenant_id) for tenant_id in platform.tenants)
    assert len(set(ids.values())) == len(ids)


def test_demo_has_one_of_everything(platform: Platform, ids: dict[str, str]) -> None:
    tenants = platform.tenants
    assert {tenant.kind for tenant in tenants.values()} == {"root", "partner", "folder", "customer", "unit"}
    assert tenants[ids["northwind"]].parent is tenants[ids["platform"]]
    assert tenants[ids["solo"]].children == {}
    assert not tenants[ids["dormant"]].enabled
    assert platform.is_deleted(tenants[ids["former"]])
    assert tenants[ids["clinic"]].self_service
    assert sum(tenant.owner_id is not None for tenant in tenants.values()) == len(
        [user for user in platform.users.values() if user.tenant.kind in ("customer", "unit")]
    )


def test_wide(platform: Platform) -> None:
    platform.clear()
    seed.load(platform, seed.named("wide:10000"))
    caller = platform.clients[seed.CLIENT_ID]
    selection = Selection(parent_id=platform.well_known["wide"])
    found, position = platform.list_tenants(caller, selection, 4000)
    assert position is not None
    assert (len(found), found[0].name) == (4000, "Customer 00001")
    assert platform.well_known["Customer 10000"] in platform.tenants


def test_demo_has_the_corner_cases_of_sub_tenants(platform: Platform, ids: dict[str, str]) -> None:
    def below(key: str) -> set[tuple[bool, bool]]:
        """Of each child: whether it is personal, and whether it is deleted."""
        children = platform.tenants[ids[key]].children.values()
        return {(child.owner_id is not None, platform.is_deleted(child)) for child in children}

    assert below("bakery") == {(True, False), (False, False)}
    assert below("harbor") == {(True, False)}
    assert below("harbour") == {(False, True)}
    assert [platform.tenants[ids[key]].name for key in ("harbor", "harbour")] == ["Harbor Hotel", "Harbour Hotel"]


@pytest.mark.parametrize("count", [0, 10, 300, 3000])
def test_estate_has_the_size_asked_for(platform: Platform, count: int) -> None:
    platform.clear()
    seed.load(platform, seed.named(f"estate:{count}"))
    assert max(count, 4) <= len(platform.tenants) <= max(count, 4) + 12


def test_estate_has_all_of_real_life(platform: Platform) -> None:
    platform.clear()
    seed.load(platform, seed.named("estate:3000"))
    tenants = list(platform.tenants.values())
    customers = [tenant for tenant in tenants if tenant.kind == "customer"]
    assert {(t.parent.kind, t.kind) for t in tenants if t.parent} >= {
        ("partner", "partner"),
        ("partner", "folder"),
        ("partner", "customer"),
        ("folder", "customer"),
        ("customer", "unit"),
        ("unit", "unit"),
    }
    assert {(t.enabled, platform.is_deleted(t)) for t in customers} == {(True, False), (False, False), (False, True)}
    assert {t.customer_id is None for t in customers} == {True, False}
    assert {not t.children for t in customers} == {True, False}
    assert any(t.kind == "partner" and not t.enabled and t.children for t in tenants)
    assert any(
        platform.is_deleted(t) and t.parent and not platform.is_deleted(t.parent)
        for t in tenants
        if t.owner_id is None and t.kind == "unit"
    )
    closed = [t for t in customers if t.self_service]
    assert any(t.users for t in closed)
    assert any(child.owner_id is None for t in closed for child in t.children.values())
    assert any(t.lock_owner_id for t in customers)
    assert any(t.clients for t in customers)
    assert {user.hidden for user in platform.users.values()} == {True, False}
    assert len({t.name for t in customers}) < len(customers) / 2
    for parent in tenants:
        assert len({child.name for child in parent.children.values()}) == len(parent.children)
    logins = [user.login for user in platform.users.values()]
    assert len(logins) == len(set(logins))


def test_estate_is_the_same_in_every_run() -> None:
    assert seed.estate(500) == seed.estate(500)
    first, second = Platform(), Platform()
    seed.load(first, seed.estate(500))
    seed.load(second, seed.estate(600))
    assert first.tenants.keys() < second.tenants.keys()


@pytest.mark.parametrize("name", ["", "nonsense", "wide", "wide:", "wide:x", "demo:3", "estate", "estate:-1"])
def test_unknown_seeds(name: str) -> None:
    with pytest.raises(ValueError, match="unknown seed"):
        seed.named(name)


@pytest.mark.parametrize(
    "document",
    [
        {"name": "A"},
        {"name": "A", "kind": "galaxy"},
        {"name": "A", "kind": "root", "nonsense": 1},
        {"name": "A", "kind": "root", "locked_by": "nobody"},
        {"name": "A", "kind": "root", "children": ["B"]},
    ],
)
def test_documents_that_make_no_sense(document: Any) -> None:
    with pytest.raises(ValueError):
        seed.load(Platform(), document)


def test_every_switch_is_used_and_tested() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py") if path.name != "switches.py")
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    for name in Switches().as_dict():
        assert re.search(rf"switches\.{name}\b", sources), name
        assert f'"{name}"' in tests, name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nonsense", 1),
        ("mismatch_status", "409"),
        ("mismatch_status", 418),
        ("noop_put_raises_version", 1),
        ("latency", -1),
        ("latency", True),
        ("largest_page", 1.5),
        ("largest_page", "3"),
    ],
)
def test_switches_refuse_other_values(name: str, value: Any) -> None:
    switches = Switches()
    with pytest.raises(ValueError, match=name):
        switches.update({"error_code": "string", name: value})
    assert switches == Switches()


def test_every_value_in_the_table_can_be_set() -> None:
    for row in table.table():
        for value in row["values"] if isinstance(row["values"], list) else [row["default"], 3]:
            switches = Switches()
            switches.update({row["name"]: value})
            assert getattr(switches, row["name"]) == value


def test_readme_holds_the_table() -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    assert text.endswith(__main__.TABLE_START + "\n" + table.markdown())
