# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task asks for, out of the options of tenant_state. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._auth import parse_uuid
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError, clean
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import FULFILS, STATES, Wanted, WantedState
from ansible_collections.community.acronis.plugins.module_utils._references import (
    Reference,
    as_text,
    check_text,
    parse_customer_id,
    parse_listed,
    parse_tenant,
)

CONCURRENCY_LIMIT = 32

# What an entry of `tenants` may hold: written for the task, out of the results of tenant_state, or of tenant_info.
ENTRY_KEYS = frozenset({"tenant", "customer_id", "state", "expected_name", "expected_version"})
RESULT_KEYS = frozenset(
    {"tenant", "id", "name", "kind", "parent_id", "changed", "actions", "before", "after"}
    | {"impact", "error", "skipped", "along_with"}
)
INFO_KEYS = frozenset(
    {"id", "name", "kind", "enabled", "version", "parent_id", "path", "customer_id", "internal_tag", "has_children"}
    | {"pricing_mode", "deleted_at", "children_hidden", "impact"}
)


@dataclass(frozen=True)
class Request:
    """What a task asks for: a wish for each tenant, in the order given, where to look for them, and how to go about it,
    as the options of the same names say.
    """

    wishes: Sequence[Wanted]
    root_id: str | None = None
    max_changes: int | None = None
    concurrency: int = 1
    continue_on_error: bool = False
    return_unchanged: bool = True
    impact: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Request:
        """Check the options of tenant_state and return what they ask for; raise InputError for what no request could
        mend.
        """
        # A comma-separated list comes with the blanks behind its commas.
        protected = [entry.strip() for entry in params["protected_tenants"] or []]
        for number, entry in enumerate(protected):
            parse_tenant(entry, f"protected_tenants[{number}]")
        if not 1 <= params["concurrency"] <= CONCURRENCY_LIMIT:
            raise InputError(f"concurrency: it must be a number from 1 to {CONCURRENCY_LIMIT}.")
        if params["max_changes"] is not None and params["max_changes"] < 0:
            raise InputError("max_changes: it must be 0 or more.")
        many = params["tenants"] is not None
        wishes = _parse_list(params["tenants"], params["state"]) if many else [_parse_single(params)]
        for_all = {
            "protected_tenants": tuple(protected),
            "delete_descendants": params["delete_descendants"],
            "restore_deleted": params["restore_deleted"],
        }
        root_id = params["subtree_root_id"]
        return cls(
            [replace(wish, **for_all) for wish in wishes],
            root_id=None if root_id is None else parse_uuid(root_id, "subtree_root_id"),
            max_changes=params["max_changes"],
            concurrency=params["concurrency"],
            continue_on_error=params["continue_on_error"],
            return_unchanged=params["return_unchanged"] or not many,
            impact=params["impact"],
        )


def _parse_single(params: Mapping[str, Any]) -> Wanted:
    if params["tenant"] is not None:
        reference = parse_tenant(params["tenant"], "tenant")
    elif params["customer_id"] is not None:
        reference = parse_customer_id(params["customer_id"], "customer_id")
    else:
        raise InputError("tenant: it has no value, nor have customer_id and tenants; one of them is required.")
    if params["expected_name"] is not None:
        check_text(params["expected_name"], "expected_name")
    return Wanted(params["state"], reference, params["expected_name"], params["expected_version"])


def _parse_list(entries: Sequence[Any], state: WantedState | None) -> list[Wanted]:
    wishes: list[Wanted] = []
    first: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries):
        option = f"tenants[{number}]"
        wish = _parse_entry(entry, option, state)
        key = (wish.reference.kind, wish.reference.value)
        if key in first:
            raise InputError(f"{option}: it names the same tenant as tenants[{first[key]}]; name each tenant once.")
        first[key] = number
        wishes.append(wish)
    return wishes


def _parse_entry(entry: Any, option: str, state: WantedState | None) -> Wanted:
    if not isinstance(entry, Mapping):
        return Wanted(_state(state, option), parse_listed(entry, option))
    if {"before", "after"} <= entry.keys():
        return _from_result(entry, option, state)
    if {"id", "version"} <= entry.keys():
        return _from_info(entry, option, state)
    _refuse_unknown(entry, ENTRY_KEYS, option)
    given = [key for key in ("tenant", "customer_id") if entry.get(key) is not None]
    if len(given) != 1:
        raise InputError(f"{option}: exactly one of tenant and customer_id is required.")
    text = as_text(entry[given[0]], f"{option}.{given[0]}")
    parse = parse_tenant if given == ["tenant"] else parse_customer_id
    name, version = entry.get("expected_name"), entry.get("expected_version")
    return Wanted(
        _state(_own_or(state, entry), option),
        parse(text, f"{option}.{given[0]}"),
        None if name is None else check_text(as_text(name, f"{option}.expected_name"), f"{option}.expected_name"),
        None if version is None else _version(version, f"{option}.expected_version"),
    )


def _from_info(entry: Mapping[str, Any], option: str, state: WantedState | None) -> Wanted:
    """Return the wish for an entry of tenant_info, for the very tenant and version that it shows."""
    _refuse_unknown(entry, INFO_KEYS | {"state"}, option)
    tenant_id = parse_uuid(as_text(entry["id"], f"{option}.id"), f"{option}.id")
    return Wanted(
        _state(_own_or(state, entry), option),
        Reference("id", tenant_id, tenant_id),
        as_text(entry.get("name"), f"{option}.name"),
        _version(entry["version"], f"{option}.version"),
    )


def _from_result(entry: Mapping[str, Any], option: str, state: WantedState | None) -> Wanted:
    """Return the wish for a result of an earlier run, in check mode or not, for the very version that it carries."""
    _refuse_unknown(entry, RESULT_KEYS | {"state"}, option)
    before, after = _view(entry, "before", option), _view(entry, "after", option)
    text = as_text(entry.get("tenant"), f"{option}.tenant")
    shown = after.get("state")
    asked = _own_or(state, entry)
    if asked is None and not (entry.get("error") or entry.get("skipped")):
        asked = next((fulfils for state, fulfils in FULFILS.items() if state == shown), None)
    wanted = _state(asked, option)
    # A version that is not known although the tenant changes: a plan, or a deletion, which does not tell it.
    planned = bool(entry.get("changed")) and after.get("version") is None
    if planned and shown in ("enabled", "disabled") and shown != wanted:
        raise InputError(f"{option}: the plan is to have it {shown}, but the task wants it {wanted}.")
    if before.get("state") == "absent":
        name = entry.get("name")
        reference = parse_tenant(text, f"{option}.tenant") if name or entry.get("id") else None
        return Wanted(wanted, reference or parse_customer_id(text, f"{option}.tenant"), expected_absent=True)
    if before.get("version") is None:
        raise InputError(
            f"{option}: it is the result for a tenant that could not be read, so it was not reviewed; plan it again."
        )
    undone = planned and shown == "deleted" and wanted != "absent"
    version = before["version"] if after.get("version") is None else after["version"]
    tenant_id = parse_uuid(as_text(entry.get("id"), f"{option}.id"), f"{option}.id")
    return Wanted(
        wanted,
        Reference("id", tenant_id, text),
        as_text(entry.get("name"), f"{option}.name"),
        # After a deletion that is to be undone nobody knows the version.
        None if undone else _version(version, f"{option}.version"),
        expected_deleted=undone,
    )


def _refuse_unknown(entry: Mapping[str, Any], known: frozenset[str], option: str) -> None:
    unknown = sorted(str(key) for key in entry if key not in known)
    if unknown:
        raise InputError(
            f"{option}: unknown key {clean(unknown[0], 60)!r}; an entry may have {', '.join(sorted(ENTRY_KEYS))}, or "
            "be a result of tenant_state or tenant_info."
        )


def _own_or(state: WantedState | None, entry: Mapping[str, Any]) -> Any:
    """Return the entry's own state if it has one, even one without sense, else that of the task."""
    return state if entry.get("state") is None else entry["state"]


def _state(value: Any, option: str) -> WantedState:
    if value is None:
        raise InputError(f"{option}: it has no state, and neither has the task; give one of {', '.join(STATES)}.")
    if value not in STATES:
        raise InputError(f"{option}.state: {clean(value, 60)!r} is not one of {', '.join(STATES)}.")
    state: WantedState = value
    return state


def _version(value: Any, option: str) -> int:
    # What comes out of a template may be text.
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InputError(f"{option}: {clean(value, 60)!r} is not a whole number.")
    return value


def _view(entry: Mapping[str, Any], key: str, option: str) -> Mapping[str, Any]:
    view = entry[key]
    if not isinstance(view, Mapping):
        raise InputError(f"{option}.{key}: {clean(view, 60)!r} is not what a result has there.")
    return view
