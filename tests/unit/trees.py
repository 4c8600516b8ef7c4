# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees of tenants, in short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.community.acronis.tests.simulator import seed

CUSTOMER = {"kind": "customer"}


def tree(*nodes: Any) -> seed.Document:
    """A tree below the client's own tenant. A node is its name, which is its key too, the nodes below it, and further
    fields; without a kind it is a partner.
    """

    def document(name: str, *below: Any) -> seed.Document:
        fields: dict[str, Any] = {}
        children: list[seed.Document] = []
        for one in below:
            if isinstance(one, dict):
                fields.update(one)
            else:
                children.append(document(*one))
        return {"key": name, "name": name, "kind": "partner", **fields, "children": children}

    return seed.platform_with(*(document(*node) for node in nodes))


def in_state(state: str) -> dict[str, Any]:
    """The fields of a tenant that is in this state."""
    return {"enabled": state == "enabled", "deleted": state == "deleted"}


def family_tree(parents: Iterable[int], starts: Iterable[str]) -> seed.Document:
    """A tree of partners T0, T1..., each below the one with the given number, or (-1) below the client's own tenant."""
    nodes: list[list[Any]] = []
    top: list[list[Any]] = []
    for number, (parent, start) in enumerate(zip(parents, starts, strict=True)):
        node: list[Any] = [f"T{number}", in_state(start)]
        (nodes[parent] if parent >= 0 else top).append(node)
        nodes.append(node)
    return tree(*top)
