# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The switches: one table of everything the vendor leaves open and the simulator therefore lets a test choose.

The table is the dataclass below. The control endpoint ``/_simulator/switches`` and the table in ``README.md`` are made
from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

NUMBER = "a number, 0 or more"
COUNT = "a whole number, 0 or more"


@dataclass
class Switches:
    """How the platform behaves where the vendor's documents say nothing or contradict each other."""

    # Errors
    mismatch_status: int = field(
        default=409,
        metadata={"values": (409, 400, 412, 426), "why": "HTTP status of code 1001; only the code is documented"},
    )
    parent_disabled_status: int = field(
        default=400, metadata={"values": (400, 403, 409), "why": "HTTP status of code 1003"}
    )
    deprovisioning_status: int = field(default=409, metadata={"values": (409, 400), "why": "HTTP status of code 1011"})
    locked_status: int = field(default=403, metadata={"values": (403, 400, 409), "why": "HTTP status of code 1012"})
    out_of_scope_status: int = field(
        default=403,
        metadata={"values": (403, 404), "why": "a tenant that exists outside the client's subtree; both are plausible"},
    )
    error_code: str = field(
        default="integer",
        metadata={
            "values": ("integer", "string", "http_status", "absent"),
            "why": "the schema allows a string or an integer; the guide shows the HTTP status too; some have none",
        },
    )
    error_shape: str = field(
        default="full", metadata={"values": ("full", "minimal"), "why": "some answers hold only `code` and `message`"}
    )

    # The enabled flag
    child_flags_on_disable: str = field(
        default="kept",
        metadata={
            "values": ("kept", "disabled"),
            "why": "whether the `enabled` field of sub-tenants turns false with the parent's",
        },
    )
    child_flags_on_enable: str = field(
        default="restored",
        metadata={
            "values": ("restored", "kept", "enabled"),
            "why": "with `child_flags_on_disable=disabled`: who comes back too: those that went along, none, all",
        },
    )
    disable_raises_child_versions: bool = field(
        default=False,
        metadata={
            "values": (False, True),
            "why": "whether disabling or enabling a parent raises the versions below it",
        },
    )
    noop_put_raises_version: bool = field(
        default=True,
        metadata={"values": (True, False), "why": "whether an update that changes nothing raises the version"},
    )
    version_growth: str = field(
        default="varied",
        metadata={
            "values": ("varied", "timestamp"),
            "why": "a version only grows; samples show small numbers and millisecond time stamps",
        },
    )
    disabled_client: str = field(
        default="refused",
        metadata={
            "values": ("refused", "until_expiry"),
            "why": "whether tokens already issued still work when the client's tenant is disabled",
        },
    )

    # Deletion and recovery
    get_deleted: str = field(
        default="not_found",
        metadata={
            "values": ("not_found", "gone", "shown"),
            "why": "reading a deleted tenant without `allow_deleted`: 404, 410, or the object",
        },
    )
    allow_deleted_honored: bool = field(
        default=True, metadata={"values": (True, False), "why": "the parameter says a deleted tenant *may* be returned"}
    )
    delete_deleted: str = field(
        default="not_found",
        metadata={
            "values": ("not_found", "version_first"),
            "why": "deleting a deleted tenant: 404, or 1001 first when the version is stale",
        },
    )
    deletion_seconds: float = field(
        default=0,
        metadata={
            "values": NUMBER,
            "why": "deprovisioning may go on after the answer: `deleting` meanwhile, writes get 1011",
        },
    )
    restoration_seconds: float = field(
        default=0,
        metadata={
            "values": NUMBER,
            "why": "a restoration may go on after the answer: `recovering` meanwhile, writes get 1011",
        },
    )
    recovering_shows_deleted: bool = field(
        default=False,
        metadata={
            "values": (False, True),
            "why": "whether a tenant still has `deleted_at`, and counts as deleted, while its restoration goes on",
        },
    )
    restored_enabled: bool = field(
        default=False, metadata={"values": (False, True), "why": "whether a restored tenant comes back enabled"}
    )
    deleted_descendants: str = field(
        default="marked",
        metadata={
            "values": ("marked", "hidden"),
            "why": "what `allow_deleted` shows below a deleted tenant when deprovisioning is over: all sub-tenants,"
            " users and clients that went along; or nothing, only the topmost deleted tenant",
        },
    )
    restore_descendants: bool = field(
        default=True,
        metadata={"values": (True, False), "why": "whether sub-tenants, users and clients come back with the tenant"},
    )
    restore_raises_version: bool = field(
        default=True, metadata={"values": (True, False), "why": "whether the restore raises the version"}
    )
    restore_live: int = field(
        default=404, metadata={"values": (404, 409), "why": "HTTP status of restoring a tenant that is not deleted"}
    )

    # Reading
    batch_out_of_scope: str = field(
        default="left_out", metadata={"values": ("left_out", "refused"), "why": "`uuids` outside the client's subtree"}
    )
    unknown_root: str = field(
        default="not_found",
        metadata={"values": ("not_found", "empty"), "why": "an unknown tenant in `parent_id` or `subtree_root_id`"},
    )
    relative_path_honored: bool = field(
        default=True,
        metadata={"values": (True, False), "why": "`include_relative_path` is documented in one sentence only"},
    )
    relative_path_of_deleted: str = field(
        default="shown",
        metadata={
            "values": ("shown", "left_out"),
            "why": "whether `include_relative_path` sends what is above a deleted tenant, too",
        },
    )
    self_service_reads: str = field(
        default="empty",
        metadata={
            "values": ("empty", "refused"),
            "why": "what is below a self-service tenant, and its users, asked for from above by a listing that begins"
            " there: nothing, or 403",
        },
    )
    self_service_listing: str = field(
        default="left_out",
        metadata={
            "values": ("left_out", "shown"),
            "why": "whether a listing that begins further up shows the tenants below a self-service tenant; only of the"
            " search is it documented that it skips them",
        },
    )
    users_listing: str = field(
        default="shown",
        metadata={
            "values": ("shown", "refused"),
            "why": "the listing of users may be closed to the role of the client: 403",
        },
    )
    hidden_users: str = field(
        default="left_out",
        metadata={
            "values": ("left_out", "shown"),
            "why": "whether `/users` shows them; the listing of one tenant's users leaves them out unless it is asked,"
            " and `/users` has no parameter to ask",
        },
    )
    clients_listing: str = field(
        default="refused",
        metadata={
            "values": ("refused", "own", "all", "missing"),
            "why": "`/clients` without a filter: 400, as the live service answers `/tenants` without one although no"
            " parameter is marked as required there either; the clients of the caller's tenant; those of its subtree;"
            " or 404, with a filter too",
        },
    )
    usages_listing: str = field(
        default="shown",
        metadata={
            "values": ("shown", "refused", "left_out"),
            "why": "usages may be closed to the role of the client: 403; or a tenant that stores nothing is left out",
        },
    )
    usages_of_sub_tenants: str = field(
        default="apart",
        metadata={
            "values": ("apart", "contained"),
            "why": "whether the usage of a tenant contains that of its sub-tenants",
        },
    )
    largest_page: int = field(
        default=0,
        metadata={
            "values": COUNT,
            "why": "no maximum of `limit` is published; pages are cut to this size; 0: no maximum",
        },
    )
    last_page: str = field(
        default="absent",
        metadata={
            "values": ("absent", "empty_paging", "empty_cursors", "empty_after"),
            "why": "how the last page says that it is the last",
        },
    )
    repeat_cursor: bool = field(
        default=False,
        metadata={
            "values": (False, True),
            "why": "a broken server hands out the cursor it was given: clients must not loop",
        },
    )
    timestamps: str = field(
        default="offset",
        metadata={"values": ("offset", "zulu", "none"), "why": "samples show `+00:00`, `Z` and no zone"},
    )

    # Tokens
    token_expiry: str = field(
        default="expires_on",
        metadata={
            "values": ("expires_on", "expires_in", "both", "none"),
            "why": "both fields are optional in the schema; the guide shows one",
        },
    )
    token_seconds: float = field(default=7200, metadata={"values": NUMBER, "why": "the documented two hours"})

    # Input
    unknown_keys: str = field(
        default="refused",
        metadata={
            "values": ("refused", "ignored"),
            "why": "the schema forbids unknown keys; samples send them all the same",
        },
    )
    types: str = field(
        default="strict",
        metadata={"values": ("strict", "coerced"), "why": 'the schema wants JSON types; samples send `"version": "3"`'},
    )

    # The network
    latency: float = field(
        default=0, metadata={"values": NUMBER, "why": "seconds added to every API request, for benchmarks"}
    )

    def update(self, values: dict[str, Any]) -> None:
        """Set several switches, or none of them when one is wrong.

        Raises:
            ValueError: a name or value that is not in the table.
        """
        known = {item.name: item for item in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown switch {name!r}")
            allowed = known[name].metadata["values"]
            if isinstance(allowed, tuple):
                # True == 1 in Python, so compare the types as well.
                good = any(type(value) is type(choice) and value == choice for choice in allowed)
            else:
                numbers = int if allowed == COUNT else (int, float)
                good = isinstance(value, numbers) and not isinstance(value, bool) and value >= 0
            if not good:
                raise ValueError(f"switch {name!r} cannot be {value!r}; allowed: {allowed}")
        for name, value in values.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """The values by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


def table() -> list[dict[str, Any]]:
    """Every switch with ``name``, ``default``, ``values`` (a list, or words for a number) and ``why``."""
    return [
        {
            "name": item.name,
            "default": item.default,
            "values": list(item.metadata["values"])
            if isinstance(item.metadata["values"], tuple)
            else item.metadata["values"],
            "why": item.metadata["why"],
        }
        for item in fields(Switches)
    ]


def markdown() -> str:
    """The table as Markdown, for the README."""

    def shown(value: Any) -> str:
        return f"`{str(value).lower() if isinstance(value, bool) else value}`"

    lines = ["| Switch | Values, default first | Why |", "|---|---|---|"]
    for row in table():
        values = row["values"]
        text = ", ".join(shown(v) for v in values) if isinstance(values, list) else f"{values}; {shown(row['default'])}"
        lines.append(f"| `{row['name']}` | {text} | {row['why']} |")
    return "\n".join(lines) + "\n"
