# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows and tenants as the filters accounts and tenant_info hand them over."""

from __future__ import annotations

from typing import Any

TODAY = "2026-11-03"
MARKER = "acronis.reconcile suspended "
POLICY = {"suspend_after_days": 14, "terminate_after_days": 60}
ROOT = "00000000-0000-4000-8000-00000000ffff"


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def tenant(number: int, above: int | None = None, **changes: Any) -> dict[str, Any]:
    """A customer directly below the root of the listing, or below the tenant with the number above."""
    return {
        "id": uuid(number),
        "name": f"Customer {number}",
        "kind": "customer",
        "enabled": True,
        "version": 7,
        "parent_id": ROOT if above is None else uuid(above),
        "path": ["Northwind MSP", f"Customer {number}"],
        "customer_id": f"C-{number}",
        "internal_tag": None,
        "has_children": False,
        "children_hidden": False,
        "pricing_mode": "production",
        "deleted_at": None,
        "disabled_above": None,
        **changes,
    }


def suspended(number: int, since: str, above: int | None = None, **changes: Any) -> dict[str, Any]:
    """The same, suspended by reconcile."""
    return tenant(number, above, **{"enabled": False, "internal_tag": f"{MARKER}{since}", **changes})


def row(number: int, line: int | None = None, **changes: Any) -> dict[str, Any]:
    """A row that names the customer by its external ID, and owes nothing."""
    return {
        "line": number + 1 if line is None else line,
        "tenant": None,
        "customer_id": f"C-{number}",
        "expected_name": None,
        "state": None,
        "days_overdue": None,
        "hold": None,
        "error": None,
        **changes,
    }
