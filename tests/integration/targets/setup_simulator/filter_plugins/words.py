# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results and requests in a few words each, so that a test can name what it expects on one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

LISTINGS = {"uuids": "batch", "subtree_root_id": "listing", "after": "page"}


def tenants_in_words(tenants: Sequence[Mapping[str, Any]], ids: Mapping[str, str]) -> list[str]:
    """Return the entries of `tenants`, such as `solo enabled>deleted disable+delete` or `law enabled>enabled failed`.

    ids: identifiers of tenants by well-known name.
    """
    names = {value: key for key, value in ids.items()}
    lines = []
    for one in tenants:
        words = [
            names.get(one["id"], one["tenant"]),
            f"{one['before']['state']}>{one['after']['state']}",
            "+".join(one["actions"]),
            f"changed with {names[one['changed_with']]}" if one["changed_with"] else "",
            one["status"] if one["status"] in ("failed", "skipped") else "",
        ]
        lines.append(" ".join(filter(None, words)))
    return lines


def requests_in_words(log: Sequence[Mapping[str, Any]], ids: Mapping[str, str]) -> list[str]:
    """Return the requests of the log, such as `token`, `batch`, `GET solo` or `PUT solo 200`."""
    names = {value: key for key, value in ids.items()}
    return [_request_in_words(entry, names) for entry in log]


def _request_in_words(entry: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if entry["tenant_id"] is not None:
        name = names.get(entry["tenant_id"], entry["tenant_id"])
        return f"GET {name}" if entry["method"] == "GET" else f"{entry['method']} {name} {entry['status']}"
    if entry["path"] == "/tenants":
        return next(word for key, word in LISTINGS.items() if key in entry["query"])
    return {"idp": "token", "clients": "client"}.get(entry["path"].split("/")[1], str(entry["path"]).strip("/"))


def in_rest(writes: Sequence[Mapping[str, Any]], seconds: float) -> int:
    """Return how many writes came within so many seconds after the first that was refused with HTTP 429."""
    refused = min((write["at"] for write in writes if write["status"] == 429), default=float("inf"))
    return sum(refused < write["at"] < refused + seconds for write in writes)


def tenants_as_diff(tenants: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what diff mode must show for the entries of `tenants`: a line for each that changed, in their order."""
    changed = [one for one in tenants if one["changed"]]
    return {key: "".join(map(_as_line, changed, [one[key] for one in changed])) for key in ("before", "after")}


def _as_line(one: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    version = "" if seen["version"] is None else f", version {seen['version']}"
    tag = "" if seen["internal_tag"] is None else f", internal_tag '{seen['internal_tag']}'"
    return f"{one['kind']} '{one['name']}' ({one['id']}): {seen['state'] or 'in an unknown state'}{version}{tag}\n"


def counts_of_status(tenants: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many entries of `tenants` there are of each status."""
    return dict(Counter(one["status"] for one in tenants))


class FilterModule:
    """The filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {
            "tenants_in_words": tenants_in_words,
            "requests_in_words": requests_in_words,
            "in_rest": in_rest,
            "tenants_as_diff": tenants_as_diff,
            "counts_of_status": counts_of_status,
        }
