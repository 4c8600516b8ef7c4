# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results and requests in a few words each, so that a test can name what it expects on one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

LISTINGS = {"uuids": "batch", "subtree_root_id": "listing", "after": "page"}


def results_in_words(results: Sequence[Mapping[str, Any]], ids: Mapping[str, str]) -> list[str]:
    """Return the entries of `results`, such as `solo enabled>deleted disable+delete` or `law enabled>enabled failed`.

    ids: identifiers of tenants by well-known name.
    """
    names = {value: key for key, value in ids.items()}
    lines = []
    for one in results:
        words = [
            names.get(one["id"], one["tenant"]),
            f"{one['before']['state']}>{one['after']['state']}",
            "+".join(one["actions"]),
            f"along with {names[one['along_with']]}" if "along_with" in one else "",
            "skipped" if one.get("skipped") else "",
            "failed" if "error" in one else "",
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


def results_as_diff(results: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what diff mode must show for the results: the changed tenants alone, in the order of their ids."""
    changed = sorted((one for one in results if one["changed"]), key=lambda one: str(one["id"]))
    return {key: {one["id"]: {"name": one["name"], **one[key]} for one in changed} for key in ("before", "after")}


class FilterModule:
    """The filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {
            "results_in_words": results_in_words,
            "requests_in_words": requests_in_words,
            "in_rest": in_rest,
            "results_as_diff": results_as_diff,
        }
