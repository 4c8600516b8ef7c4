# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task costs the platform: its requests by kind, on a simulator in the same process.

`python -m ansible_collections.community.acronis.tests.unit.costs [ESTATE...]` prints it as JSON: what
terminations of 100 tenants take, and what one name takes in estates of so many tenants.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from ansible_collections.community.acronis.plugins.module_utils._tenants import (
    BATCH_LIMIT,
    PAGE_LIMIT,
    USERS_PAGE_LIMIT,
)
from ansible_collections.community.acronis.tests.simulator import SimulatorApp, seed
from ansible_collections.community.acronis.tests.simulator.transport import SimulatorAdapter
from ansible_collections.community.acronis.tests.unit.world import World, peek

TENANTS = 100
# Names of one tenant that is to be left alone, and of one that is in every estate.
PROTECTED = "Protected Customer"
NAME = "Partner 1"

# What a request is for. A look is a listing of what is below one tenant, a page one of the whole tree.
KINDS = ("token", "client", "batches", "by id", "pages", "looks", "users", "clients", "usages", "PUT", "DELETE")
WRITES = ("PUT", "DELETE")


def kind(entry: Mapping[str, Any], top_id: str) -> str:
    """Return what a request in the simulator's log was for. top_id: the API client's own tenant."""
    resource, _slash, identifier = entry["path"].strip("/").partition("/")
    if resource == "idp":
        return "token"
    if entry["method"] in WRITES:
        return str(entry["method"])
    if resource != "tenants":
        return "client" if identifier else resource
    if identifier:
        return "usages" if identifier == "usages" else "by id"
    if "uuids" in entry["query"]:
        return "batches"
    # A cursor carries the filters with it; only the whole tree has more than a page here.
    return "pages" if entry["query"].get("subtree_root_id", top_id) == top_id else "looks"


@dataclass(frozen=True)
class Termination:
    """Customers that are to be terminated in one task, each with so many users and units, and other options of it."""

    users: int = 0
    units: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What a customer has and which options are given."""
        has = [f"{count} {what}" for count, what in ((self.users, "user"), (self.units, "units")) if count]
        return ", ".join([" and ".join(has) or "nothing", *(f"``{option}``" for option in self.options)])

    def measure(self, count: int) -> Counter[str]:
        """Terminate so many customers and return the requests that it took, by kind.

        Raises AssertionError when they were not all deleted with a write of each kind.
        """
        tree = seed.wide(count, self.users, self.units)
        tree["children"][0]["children"].append({"name": PROTECTED, "kind": "customer"})
        world = World.of(tree)
        ids = [world.id(f"Customer {number:05}") for number in range(1, count + 1)]
        report = world.run("absent", tenants=ids, **self.options)
        assert report.failure is None, report.failure
        assert {world.truth(tenant_id) for tenant_id in ids} == {"deleted"}
        assert Counter(tenant_id for _method, tenant_id, _version in world.writes()) == dict.fromkeys(ids, 2)
        return Counter(kind(entry, world.id("northwind")) for entry in world.app.log)

    def least(self, count: int) -> int:
        """Return with how many requests it could be done if the platform never changed: a token, the tree with all
        tenants, users, API clients and storage if they are to be counted, and the writes.
        """
        tenants = 4 + count * (1 + self.users + self.units)
        reads = pages(tenants, PAGE_LIMIT)
        if self.options.get("impact"):
            reads += 1 + pages(1 + count * self.users, USERS_PAGE_LIMIT)
            reads += pages(count * (1 + self.users + self.units), BATCH_LIMIT)
        return 1 + reads + 2 * count


def pages(items: int, limit: int) -> int:
    """Return how many pages the items fill."""
    return -(-items // limit)


def terminations() -> Iterator[Termination]:
    """Yield what is measured."""
    for users, units, options in (
        (0, 0, {}),
        (1, 0, {}),
        (1, 0, {"delete_descendants": True}),
        (0, 2, {"delete_descendants": True}),
    ):
        for more in ({}, {"protected_tenants": [PROTECTED]}, {"impact": True}):
            yield Termination(users, units, {**options, **more})


class Meter(SimulatorAdapter):
    """Measures what the simulator gives: bytes of answers, and the seconds that it takes itself for them."""

    def __init__(self, app: SimulatorApp) -> None:
        super().__init__(app)
        self.size = 0
        self.seconds = 0.0

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one prepared request."""
        start = time.perf_counter()
        response = super().send(*args, **kwargs)
        self.size += len(peek(response))
        self.seconds += time.perf_counter() - start
        return response


def one_name(size: int) -> dict[str, Any]:
    """Return what it takes to plan the suspension of one tenant by its name in an estate of about so many tenants.

    seconds: of the module, without the simulator's.
    """
    world = World.of(f"estate:{size}")
    meter = Meter(world.app)
    world.equip = lambda session: session.mount("https://", meter)
    start = time.perf_counter()
    report = world.run("disabled", check_mode=True, tenant=NAME)
    seconds = time.perf_counter() - start - meter.seconds
    assert report.failure is None, report.failure
    kinds = Counter(kind(entry, world.id("northwind")) for entry in world.app.log)
    return {
        "tenants": len(world.app.platform.tenants),
        "requests": kinds.total(),
        "pages": kinds["pages"],
        "MB": round(meter.size / 1e6, 2),
        "seconds": round(seconds, 3),
    }


def costs(estates: Iterable[int]) -> dict[str, list[dict[str, Any]]]:
    """Return all that is measured, as JSON has it."""
    rows = []
    for case in terminations():
        found = case.measure(TENANTS)
        rows.append(
            {
                "each customer has": case.name,
                **{name: found[name] for name in KINDS},
                "all": found.total(),
                "least": case.least(TENANTS),
                "for each tenant": round(found.total() / TENANTS, 2),
            }
        )
    return {"terminations": rows, "one name": [one_name(size) for size in estates]}


if __name__ == "__main__":
    print(json.dumps(costs([int(size) for size in sys.argv[1:]])))
