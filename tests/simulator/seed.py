# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees of tenants to start from, written as plain documents.

A document is a mapping of ``name``, ``kind`` and optionally ``key`` (the well-known name, else the name), ``enabled``,
``deleted``, ``customer_id``, ``internal_tag``, ``ancestral_access``, ``locked_by`` (key of a tenant), ``pricing_mode``,
``id``, ``version``, ``contact``, ``storage`` (its own bytes in each storage), ``users`` and ``hidden_users`` (lists of
logins), ``clients`` (list of ``{name, client_id, client_secret}``) and ``children``. Identifiers follow from the path
of names, so they are the same in every run.
"""

from __future__ import annotations

import uuid
from typing import Any

from .model import CHILD_KINDS, NAMESPACE, Tenant
from .platform import Platform

Document = dict[str, Any]

CLIENT_ID = str(uuid.uuid5(NAMESPACE, "client northwind"))
CLIENT_SECRET = "simulator-secret-of-northwind-7d1f0c"
CUSTOMER_CLIENT_ID = str(uuid.uuid5(NAMESPACE, "client coral"))
CUSTOMER_CLIENT_SECRET = "simulator-secret-of-coral-e95b3a"

GIB = 2**30

_KEYS = {
    "id",
    "key",
    "name",
    "kind",
    "enabled",
    "deleted",
    "customer_id",
    "internal_tag",
    "ancestral_access",
    "locked_by",
    "pricing_mode",
    "version",
    "contact",
    "storage",
    "users",
    "hidden_users",
    "clients",
    "children",
}


def stable_id(*path: str) -> str:
    """The identifier of the object at this path of names."""
    return str(uuid.uuid5(NAMESPACE, "/".join(path)))


def platform_with(*children: Document) -> Document:
    """The tree with these below the client's own tenant, and a neighbor out of reach."""
    northwind: Document = {
        "key": "northwind",
        "name": "Northwind MSP",
        "kind": "partner",
        "version": 41,
        "clients": [{"name": "ansible", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}],
        "users": ["admin@northwind.example"],
        "children": list(children),
    }
    fabrikam: Document = {
        "key": "fabrikam",
        "name": "Fabrikam MSP",
        "kind": "partner",
        "children": [{"key": "fabrikam_retail", "name": "Fabrikam Retail", "kind": "customer"}],
    }
    return {"key": "platform", "name": "Platform", "kind": "root", "children": [northwind, fabrikam]}


def minimal() -> Document:
    """The client's own tenant, one customer, and a neighbor out of reach."""
    return platform_with({"key": "solo", "name": "Solo Software", "kind": "customer", "version": 3})


def examples() -> Document:
    """The tenants that the documentation names, so that its commands can be copied."""
    return platform_with(
        {
            "key": "contoso",
            "id": "1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b",
            "name": "Contoso Partner",
            "kind": "partner",
            "version": 12,
            "children": [
                {
                    "key": "dental",
                    "id": "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a",
                    "name": "Fabrikam Dental",
                    "kind": "customer",
                    "customer_id": "C-10442",
                    "version": 17,
                    "users": ["front.desk@dental.example"],
                },
                {"key": "law", "name": "Woodgrove Law", "kind": "customer", "customer_id": "00123", "enabled": False},
                {"key": "hospital", "name": "Hospital", "kind": "customer"},
            ],
        }
    )


def wide(count: int, users: int = 0, units: int = 0) -> Document:
    """``count`` customers named "Customer 00001" and so on below one partner, each with so many users and units."""
    customers: list[Document] = [
        {
            "name": f"Customer {number:05}",
            "kind": "customer",
            "version": 3,
            "storage": [GIB],
            "users": [f"user{user}@{number:05}.example" for user in range(1, users + 1)],
            "children": [
                {"key": f"{number:05}-{unit}", "name": f"Unit {unit}", "kind": "unit", "storage": [GIB]}
                for unit in range(1, units + 1)
            ],
        }
        for number in range(1, count + 1)
    ]
    return platform_with({"key": "wide", "name": "Wide Partner", "kind": "partner", "children": customers})


_FIRST_WORDS = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Juniper", "Larch", "Maple", "Rowan", "Willow")
_LAST_WORDS = ("Bakery", "Dental", "Legal", "Motors", "Schools", "Travel")
_CUSTOMERS_OF_PARTNER = 24


def estate(count: int) -> Document:
    """A service provider of about ``count`` tenants, personal ones and the neighbors included.

    Partners with a sub-partner and a folder each, whose customers differ by their number, so that all that occurs in
    real life occurs at a known rate: units, users with personal tenants, hidden users, API clients, ``customer_id``,
    and tenants that are disabled, deleted, locked or in self-service mode. The names of customers repeat from partner
    to partner. Keys are ``partner-1``, ``partner-1-sub``, ``partner-1-folder``, ``customer-1`` and
    ``customer-1-unit-1``.
    """
    partners: list[Document] = []
    made, number = len(("platform", "northwind", "fabrikam", "fabrikam_retail")), 0
    while made < count:
        if number % _CUSTOMERS_OF_PARTNER == 0:
            partners.append(_partner(len(partners) + 1))
            made += 3
        partner = partners[-1]
        places = (partner, *partner["children"][:2])
        number += 1
        customer = _customer(number, partner["key"])
        places[number % 3]["children"].append(customer)
        for tenant in (customer, *customer["children"]):
            made += 1 + len(tenant.get("users", ())) + len(tenant.get("hidden_users", ()))
    return platform_with(*partners)


def _partner(number: int) -> Document:
    key = f"partner-{number}"
    sub_partner = {"key": f"{key}-sub", "name": f"Reseller {number}", "kind": "partner", "children": []}
    folder = {"key": f"{key}-folder", "name": "Long-standing customers", "kind": "folder", "children": []}
    return {
        "key": key,
        "name": f"Partner {number}",
        "kind": "partner",
        "enabled": number % 4 != 2,
        "version": 2 + number % 40,
        "users": [f"admin@{key}.example"],
        "children": [sub_partner, folder],
    }


def _customer(number: int, partner: str) -> Document:
    key = f"customer-{number}"
    # Steps that share no factor with the number of names: no two customers of one partner have the same.
    word = number * 7 % (len(_FIRST_WORDS) * len(_LAST_WORDS))
    customer: Document = {
        "key": key,
        "name": f"{_FIRST_WORDS[word % len(_FIRST_WORDS)]} {_LAST_WORDS[word // len(_FIRST_WORDS)]}",
        "kind": "customer",
        "enabled": number % 10 not in (4, 9),
        "deleted": number % 20 == 9,
        "ancestral_access": number % 25 != 12,
        "pricing_mode": "trial" if number % 4 == 0 else "production",
        "version": 1 + number % 50,
        "storage": [number * GIB] * (number % 3),
        "users": [f"user{user}@{key}.example" for user in range(1, 1 + number // 2 % 4)],
        "children": [
            {
                "key": f"{key}-unit-{unit}",
                "name": f"Department {unit}",
                "kind": "unit",
                "enabled": unit == 1 or number % 7 not in (0, 3),
                "deleted": unit == 2 and number % 7 == 0,
                "storage": [unit * GIB],
                "users": [f"head{unit}@{key}.example"] if unit == 1 else [],
            }
            for unit in range(1, 1 + number // 3 % 3)
        ],
    }
    if number % 4:
        customer["customer_id"] = f"E-{number:06}"
    if number % 5 == 2:
        customer["hidden_users"] = [f"service@{key}.example"]
    if number % 12 == 5:
        secret = f"simulator-secret-of-{key}"
        customer["clients"] = [{"name": key, "client_id": stable_id("client", key), "client_secret": secret}]
    if number % 15 == 7:
        customer["internal_tag"] = "billing"
    if number % 50 == 33:
        customer["locked_by"] = partner
    return customer


def demo() -> Document:
    """A small service provider with one of everything that matters to suspending and terminating."""
    contoso: Document = {
        "key": "contoso",
        "name": "Contoso Partner",
        "kind": "partner",
        "version": 12,
        "users": ["admin@contoso.example"],
        "children": [
            {
                "key": "branches",
                "name": "Contoso Branches",
                "kind": "folder",
                "children": [
                    {
                        "key": "bakery",
                        "name": "Alpine Bakery",
                        "kind": "customer",
                        "customer_id": "C-1001",
                        "version": 7,
                        "pricing_mode": "production",
                        "storage": [1200 * GIB, 300 * GIB],
                        "contact": {"firstname": "Ada", "lastname": "Baker", "email": "ada@bakery.example"},
                        "users": ["ada@bakery.example", "ben@bakery.example"],
                        "children": [
                            {
                                "key": "bakery_north",
                                "name": "Bakery North",
                                "kind": "unit",
                                "storage": [700 * GIB],
                                "users": ["nora@bakery.example"],
                            },
                            {"key": "bakery_south", "name": "Bakery South", "kind": "unit", "storage": [100 * GIB]},
                        ],
                    },
                    {"key": "law", "name": "Blue Ridge Law", "kind": "customer", "customer_id": "C-1002"},
                ],
            },
            {
                "key": "hospital",
                "name": "Hospital",
                "kind": "customer",
                "customer_id": "C-1911",
                "internal_tag": "critical",
                "pricing_mode": "production",
                "version": 23,
                "storage": [4301 * GIB],
                "users": ["it@hospital.example"],
                "children": [{"key": "ward", "name": "Emergency Ward", "kind": "unit"}],
            },
            {
                "key": "locked",
                "name": "Locked Logistics",
                "kind": "customer",
                "locked_by": "contoso",
                "version": 5,
            },
            {
                "key": "clinic",
                "name": "Private Clinic",
                "kind": "customer",
                "ancestral_access": False,
                "version": 9,
                "users": ["owner@clinic.example"],
                "children": [{"key": "clinic_lab", "name": "Clinic Laboratory", "kind": "unit"}],
            },
            {"key": "twin_contoso", "name": "Twin Trading", "kind": "customer", "customer_id": "C-1003"},
            {"key": "dormant", "name": "Dormant Dairy", "kind": "customer", "enabled": False, "version": 15},
            {
                "key": "former",
                "name": "Former Foods",
                "kind": "customer",
                "enabled": False,
                "deleted": True,
                "customer_id": "C-1004",
                "version": 31,
                "users": ["last@former.example"],
                "children": [{"key": "former_depot", "name": "Former Depot", "kind": "unit"}],
            },
        ],
    }
    adventure: Document = {
        "key": "adventure",
        "name": "Adventure Partner",
        "kind": "partner",
        "children": [
            {"key": "twin_adventure", "name": "Twin Trading", "kind": "customer"},
            {
                "key": "coral",
                "name": "Coral Consulting",
                "kind": "customer",
                "customer_id": "C-2001",
                "clients": [
                    {
                        "name": "coral-automation",
                        "client_id": CUSTOMER_CLIENT_ID,
                        "client_secret": CUSTOMER_CLIENT_SECRET,
                    }
                ],
                "children": [{"key": "coral_office", "name": "Coral Office", "kind": "unit"}],
            },
            # Eight objects, four of them deleted: versions grow by steps that repeat after four changes, so those of
            # all other tenants stay what tests expect.
            {"key": "harbor", "name": "Harbor Hotel", "kind": "customer", "users": ["desk@harbor.example"]},
            {
                "key": "harbour",
                "name": "Harbour Hotel",
                "kind": "customer",
                "children": [
                    {
                        "key": "harbour_annex",
                        "name": "Harbour Annex",
                        "kind": "unit",
                        "enabled": False,
                        "deleted": True,
                        "children": [
                            {"key": f"harbour_floor_{floor}", "name": f"Annex Floor {floor}", "kind": "unit"}
                            for floor in (1, 2, 3)
                        ],
                    }
                ],
            },
        ],
    }
    solo: Document = {
        "key": "solo",
        "name": "Solo Software",
        "kind": "customer",
        "customer_id": "C-3001",
        "version": 3,
        "storage": [12 * GIB],
    }
    return platform_with(contoso, adventure, solo)


def named(name: str) -> Document:
    """The tree called ``demo``, ``minimal``, ``examples``, ``wide:N`` or ``estate:N``.

    Raises:
        ValueError: there is no tree of that name.
    """
    fixed = {"demo": demo, "minimal": minimal, "examples": examples}
    if name in fixed:
        return fixed[name]()
    kind, colon, count = name.partition(":")
    sized = {"wide": wide, "estate": estate}
    if kind in sized and colon and count.isdecimal():
        return sized[kind](int(count))
    raise ValueError(f"unknown seed {name!r}; known: demo, minimal, examples, wide:N, estate:N")


def load(platform: Platform, document: Document) -> None:
    """Fill an empty platform from a document; ``platform.well_known`` maps keys to identifiers afterwards.

    Raises:
        ValueError: the document is not of the form described above.
    """
    deleted: list[Tenant] = []
    locked: list[tuple[Tenant, str]] = []
    _load(platform, None, document, (), deleted, locked)
    for tenant, key in locked:
        if key not in platform.well_known:
            raise ValueError(f"locked_by names an unknown tenant: {key!r}")
        tenant.lock_owner_id = platform.well_known[key]
    for tenant in deleted:
        platform.interfere(tenant.id, delete=True)


def _load(
    platform: Platform,
    parent: Tenant | None,
    document: Document,
    above: tuple[str, ...],
    deleted: list[Tenant],
    locked: list[tuple[Tenant, str]],
) -> None:
    if not isinstance(document, dict) or not {"name", "kind"} <= document.keys() <= _KEYS:
        raise ValueError(f"a tenant needs name and kind and may have {sorted(_KEYS)}")
    if document["kind"] not in CHILD_KINDS:
        raise ValueError(f"unknown kind {document['kind']!r}")
    path = (*above, document["name"])
    plain = (
        "enabled",
        "customer_id",
        "internal_tag",
        "ancestral_access",
        "pricing_mode",
        "version",
        "contact",
        "storage",
    )
    tenant = platform.add_tenant(
        parent,
        document["name"],
        document["kind"],
        tenant_id=document.get("id") or stable_id(*path),
        **{key: document[key] for key in plain if key in document},
    )
    platform.well_known[document["key"] if "key" in document else document["name"]] = tenant.id
    hidden = document.get("hidden_users", ())
    for login in (*document.get("users", ()), *hidden):
        first = login.partition("@")[0].title()
        platform.add_user(
            tenant,
            login,
            user_id=stable_id(*path, "user", login),
            personal_id=stable_id(*path, "personal", login),
            email=login,
            first_name=first,
            hidden=login in hidden,
        )
    for client in document.get("clients", ()):
        platform.add_client(tenant, client["client_id"], client["client_secret"], client["name"])
    for child in document.get("children", ()):
        _load(platform, tenant, child, path, deleted, locked)
    if document.get("deleted"):
        deleted.append(tenant)
    if "locked_by" in document:
        locked.append((tenant, document["locked_by"]))
