# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task asks for, out of the options of tenant_state. No I/O."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._auth import filled_env
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._impact import Impact
from ansible_collections.community.acronis.plugins.module_utils._references import (
    NOT_PROTECTED,
    ProtectedEntries,
    ProtectedEntry,
    Reference,
    parse_customer_id,
    parse_customer_ids,
    parse_tenant,
    refuse_duplicates,
)
from ansible_collections.community.acronis.plugins.module_utils._results import STATUSES
from ansible_collections.community.acronis.plugins.module_utils._rules import FULFILLS, STATES, Desired, DesiredState
from ansible_collections.community.acronis.plugins.module_utils._text import (
    check_keys,
    check_list,
    check_tag,
    check_text,
    check_uuid,
    is_uuid,
    shown,
)

CONCURRENCY_LIMIT = 32

# The options that say which tenants are meant; exactly one of them is given.
SELECTORS = ("tenant", "customer_id", "tenants", "customer_ids", "plan")

# What an entry of `tenants` may hold.
ENTRY_KEYS = frozenset(
    {"tenant", "customer_id", "state", "expected_name", "expected_version", "expected_internal_tag", "internal_tag"}
)
# What an entry of `plan` may hold: what tenant_state or tenant_info has returned.
RESULT_KEYS = frozenset(
    {"tenant", "id", "name", "kind", "parent_id", "status", "changed", "actions", "before", "after"}
    | {"impact", "changed_with", "top_ancestor", "error"}
)
INFO_KEYS = frozenset(
    {"id", "name", "kind", "enabled", "version", "parent_id", "path", "customer_id", "internal_tag", "has_children"}
    | {"pricing_mode", "created_at", "updated_at", "deleted_at", "disabled_above", "children_hidden", "impact"}
)


class EnvironmentText(str):
    """Text out of an environment variable, where a list cannot be written."""


def protection_fallback(*names: str) -> EnvironmentText:
    """Return protected_tenants out of the environment; raise AnsibleFallbackNotFound when they are not set."""
    return EnvironmentText(filled_env(*names))


@dataclass(frozen=True)
class Request:
    """What a task asks for: a desired state for each tenant, in the order given, where to look for them, and how to go
    about it, as the options of the same names say. left_out: how many entries of a plan were left out, by their status.
    """

    desired_tenants: Sequence[Desired]
    root_id: str | None = None
    max_changes: int | None = None
    concurrency: int = 1
    continue_on_error: bool = False
    return_unchanged: bool = True
    impact: bool = False
    left_out: Mapping[str, int] | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Request:
        """Check the options of tenant_state and return what they ask for; raise InputError for what no request could
        mend.
        """
        protected = _protected(params["protected_tenants"])
        if not 1 <= params["concurrency"] <= CONCURRENCY_LIMIT:
            raise InputError(f"concurrency: it must be a number from 1 to {CONCURRENCY_LIMIT}.")
        if params["max_changes"] is not None and params["max_changes"] < 0:
            raise InputError("max_changes: it must be 0 or more.")
        given = [name for name in SELECTORS if params[name] is not None]
        if len(given) != 1:
            raise InputError(f"{given[0] if given else 'tenant'}: exactly one of {', '.join(SELECTORS)} is required.")
        desired_tenants, left_out = _parse(given[0], params)
        if given[0] != "plan":
            refuse_duplicates([desired.reference for desired in desired_tenants], given[0])
        for_all = {
            "protected_tenants": protected,
            "unmatched_protection": params["unmatched_protection"],
            "delete_descendants": params["delete_descendants"],
            "restore_deleted": params["restore_deleted"],
        }
        root_id = params["subtree_root_id"]
        return cls(
            [replace(desired, **for_all) for desired in desired_tenants],
            root_id=None if root_id is None else check_uuid(root_id, "subtree_root_id"),
            max_changes=params["max_changes"],
            concurrency=params["concurrency"],
            continue_on_error=params["continue_on_error"],
            return_unchanged=params["return_unchanged"] or given[0] in ("tenant", "customer_id"),
            impact=params["impact"],
            left_out=left_out,
        )


def _protected(value: Any) -> ProtectedEntries:
    if value is None:
        return NOT_PROTECTED
    entries = split_protection(value) if isinstance(value, EnvironmentText) else check_list(value, "protected_tenants")
    parsed = (ProtectedEntry.parse(entry, f"protected_tenants[{n}]") for n, entry in enumerate(entries))
    return ProtectedEntries(tuple(parsed))


def split_protection(text: str) -> Sequence[Any]:
    """Return the entries of ACRONIS_PROTECTED_TENANTS: a JSON list, UUIDs with commas between them, or one a line.

    Raises InputError for what begins like a list and is none.
    """
    if text.strip().startswith("["):
        try:
            return check_list(json.loads(text), "ACRONIS_PROTECTED_TENANTS")
        except ValueError:
            raise InputError(
                f"ACRONIS_PROTECTED_TENANTS: {shown(text)} begins like a JSON list but is none; correct it, or write "
                "one tenant per line."
            ) from None
    parts = [part.strip() for part in text.split(",")]
    if all(is_uuid(part) for part in parts):
        return parts
    # Names may have commas.
    return [line.strip() for line in text.splitlines() if line.strip()]


def _parse(option: str, params: Mapping[str, Any]) -> tuple[list[Desired], Mapping[str, int] | None]:
    """Return the desired tenants that the selector stands for, and what was left out of a plan."""
    value, state, tag = params[option], params["state"], _tag(params, "internal_tag", "internal_tag")
    if option not in ("tenant", "customer_id"):
        for guard in ("expected_name", "expected_version", "expected_internal_tag"):
            if params[guard] is not None:
                raise InputError(f"{guard}: it is for one tenant; with {option}, set it in the entries.")
    if option == "tenants":
        entries = enumerate(check_list(value, option))
        return [_parse_entry(entry, f"{option}[{number}]", state, tag) for number, entry in entries], None
    if option == "customer_ids":
        references = parse_customer_ids(value, option)
        return [Desired(_state(state, option), reference, internal_tag=tag) for reference in references], None
    if option == "plan":
        return _parse_plan(value, state, tag)
    parse = parse_tenant if option == "tenant" else parse_customer_id
    name, version = params["expected_name"], params["expected_version"]
    desired = Desired(
        _state(state, option),
        parse(value, option),
        None if name is None else check_text(name, "expected_name"),
        None if version is None else _version(version, "expected_version"),
        _tag(params, "expected_internal_tag", "expected_internal_tag"),
        tag,
    )
    return [desired], None


def _parse_entry(entry: Any, option: str, state: DesiredState | None, tag: str | None) -> Desired:
    if not isinstance(entry, Mapping):
        return Desired(_state(state, option), parse_tenant(entry, option), internal_tag=tag)
    if {"before", "after"} <= entry.keys() or {"id", "version"} <= entry.keys():
        raise InputError(f"{option}: it is an entry that a module has returned; give such entries as plan.")
    check_keys(entry, ENTRY_KEYS, option)
    for key, value in entry.items():
        if value is None:
            raise InputError(f"{option}.{key}: it has no value; give it one or leave it out.")
    selectors = [key for key in ("tenant", "customer_id") if key in entry]
    if len(selectors) != 1:
        raise InputError(f"{option}: exactly one of tenant and customer_id is required.")
    parse = parse_tenant if selectors == ["tenant"] else parse_customer_id
    return Desired(
        _state(entry.get("state", state), option),
        parse(entry[selectors[0]], f"{option}.{selectors[0]}"),
        check_text(entry["expected_name"], f"{option}.expected_name") if "expected_name" in entry else None,
        _version(entry["expected_version"], f"{option}.expected_version") if "expected_version" in entry else None,
        _tag(entry, "expected_internal_tag", f"{option}.expected_internal_tag"),
        _tag(entry, "internal_tag", f"{option}.internal_tag") if "internal_tag" in entry else tag,
    )


# -- plans ------------------------------------------------------------------------------------------------------------


def _parse_plan(value: Any, state: DesiredState | None, tag: str | None) -> tuple[list[Desired], Mapping[str, int]]:
    """Return the desired tenants of a plan, each pinned to what was reviewed, and how many entries it leaves out."""
    if isinstance(value, Mapping) and isinstance(value.get("tenants"), (list, tuple)):
        raise InputError("plan: it is the whole result of a module; give its tenants.")
    desired_tenants: list[Desired] = []
    left_out: Counter[str] = Counter()
    seen: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(check_list(value, "plan")):
        option = f"plan[{number}]"
        if not isinstance(entry, Mapping):
            raise InputError(f"{option}: {shown(entry)} is not an entry that tenant_state or tenant_info has returned.")
        if "status" in entry or "before" in entry:
            check_keys(entry, RESULT_KEYS, option)
            if entry.get("status") not in STATUSES:
                raise InputError(f"{option}.status: {shown(entry.get('status'))} is not one of {', '.join(STATUSES)}.")
            if entry["status"] != "changed" and state is None:
                left_out[entry["status"]] += 1
                continue
            desired = _from_result(entry, option, state, tag)
        else:
            check_keys(entry, INFO_KEYS, option)
            desired = replace(_from_info(entry, option, state), internal_tag=tag)
        key = (desired.reference.kind, desired.reference.value)
        if key in seen:
            raise InputError(f"{option}: it is about the same tenant as plan[{seen[key]}]; name each tenant once.")
        seen[key] = number
        desired_tenants.append(desired)
    return desired_tenants, left_out


def _from_info(entry: Mapping[str, Any], option: str, state: DesiredState | None) -> Desired:
    """Return what is desired for an entry of tenant_info, for the very tenant and version that it shows."""
    missing = [key for key in ("id", "name", "version") if key not in entry]
    if missing:
        raise InputError(f"{option}: it has no {missing[0]}; give entries as tenant_state or tenant_info returns them.")
    return Desired(
        _state(state, option),
        _pinned(entry, option),
        _text(entry, "name", option),
        _version(entry["version"], f"{option}.version"),
        reviewed=_impact(entry, option),
    )


def _from_result(entry: Mapping[str, Any], option: str, state: DesiredState | None, tag: str | None) -> Desired:
    """Return what is desired for an entry of tenant_state, in check mode or not, under the version that it carries."""
    before, after = _view(entry, "before", option), _view(entry, "after", option)
    shown_after = after.get("state")
    planned_state = next((fulfills for one, fulfills in FULFILLS.items() if one == shown_after), None)
    desired = _state(state or planned_state, option)
    # A version that is not known although the tenant changes: a plan, or a deletion, which does not tell it.
    planned = bool(entry.get("changed")) and after.get("version") is None
    if planned and shown_after in ("enabled", "disabled") and shown_after != desired:
        raise InputError(
            f"{option}: the plan has the state {shown_after}, but the task has the state {desired}; plan it again."
        )
    if before.get("state") == "absent":
        by_name = entry.get("name") is not None or entry.get("id") is not None
        parse = parse_tenant if by_name else parse_customer_id
        return Desired(desired, parse(entry.get("tenant"), f"{option}.tenant"), expected_absent=True)
    if before.get("version") is None:
        raise InputError(
            f"{option}: it is about a tenant that could not be read, so it was not reviewed; plan it again."
        )
    undone = planned and shown_after == "deleted" and desired != "absent"
    version = before["version"] if after.get("version") is None else after["version"]
    return Desired(
        desired,
        replace(_pinned(entry, option), text=_text(entry, "tenant", option)),
        _text(entry, "name", option),
        # After a deletion that is to be undone nobody knows the version.
        None if undone else _version(version, f"{option}.version"),
        internal_tag=_tag_of_plan(before, after, option, tag) if desired == planned_state else tag,
        expected_deleted=undone,
        reviewed=_impact(entry, option),
    )


def _tag_of_plan(before: Mapping[str, Any], after: Mapping[str, Any], option: str, tag: str | None) -> str | None:
    """Return what is to be written to internal_tag: what the plan shows as its change, or else what the task has."""
    was, is_to_be = before.get("internal_tag") or "", after.get("internal_tag") or ""
    if was == is_to_be:
        return tag
    planned = check_tag(is_to_be, f"{option}.after.internal_tag")
    if tag not in (None, planned):
        raise InputError(
            f"{option}: the plan has the internal_tag {shown(planned)}, but the task has {shown(tag)}; plan it again."
        )
    return planned


def _pinned(entry: Mapping[str, Any], option: str) -> Reference:
    tenant_id = check_uuid(entry.get("id"), f"{option}.id")
    return Reference("id", tenant_id, tenant_id)


def _text(entry: Mapping[str, Any], key: str, option: str) -> str:
    """Return what the platform or the user has called the tenant, whatever it looks like."""
    value = entry.get(key)
    if not isinstance(value, str):
        raise InputError(f"{option}.{key}: {shown(value)} is not text, so the plan has been changed; plan it again.")
    return value


def _view(entry: Mapping[str, Any], key: str, option: str) -> Mapping[str, Any]:
    snapshot = entry.get(key)
    if not isinstance(snapshot, Mapping):
        raise InputError(f"{option}.{key}: {shown(snapshot)} is not what a result has there; plan it again.")
    return snapshot


def _impact(entry: Mapping[str, Any], option: str) -> Impact | None:
    value = entry.get("impact")
    if value is None:
        return None
    impact = Impact.parse(value)
    if impact is None:
        raise InputError(f"{option}.impact: {shown(value)} is not what a result has there; plan it again.")
    return impact


def _state(value: Any, option: str) -> DesiredState:
    if value is None:
        raise InputError(f"{option}: it has no state, and neither has the task; give one of {', '.join(STATES)}.")
    if not isinstance(value, str) or value not in STATES:
        raise InputError(f"{option}.state: {shown(value)} is not one of {', '.join(STATES)}.")
    state: DesiredState = value  # type: ignore[assignment]
    return state


def _tag(values: Mapping[str, Any], key: str, option: str) -> str | None:
    value = values.get(key)
    return None if value is None else check_tag(value, option)


def _version(value: Any, option: str) -> int:
    # What comes out of a template may be text.
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InputError(f"{option}: {shown(value)} is not a whole number.")
    return value
