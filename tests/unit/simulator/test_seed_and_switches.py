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


@pytest.mark.parametrize("name", ["", "nonsense", "wide", "wide:", "wide:x", "demo:3"])
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
