# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for tenants of one task that lie above and below each other. No I/O.

What a change does to the flags and versions below is not documented, so these are made not to depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.community.acronis.plugins.module_utils._errors import RefusedError
from ansible_collections.community.acronis.plugins.module_utils._forest import Forest
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import Action, ShownState, WantedState


def listed_above(tenant_ids: Sequence[str], forest: Forest) -> dict[str, list[str]]:
    """Return for each tenant that lies below others of the list their ids, the nearest first."""
    listed = set(tenant_ids)
    above = {one: [link.id for link in forest.chain(one)[1:] if link.id in listed] for one in tenant_ids}
    return {one: ids for one, ids in above.items() if ids}


def guard_contradiction(below: WantedState, above: WantedState, above_id: str) -> None:
    """Raise RefusedError when the two wishes, for a tenant and for one above it, cannot both come true."""
    if (above == "absent" and below != "absent") or (above == "disabled" and below == "enabled"):
        raise RefusedError(
            f"it is wanted {below}, but it lies below tenant {above_id}, which the same task wants {above}; name "
            "only one of the two."
        )


def goes_along(below: WantedState, above: WantedState, above_actions: Sequence[Action]) -> bool:
    """Whether the tenant is deleted with the one above it, so that nothing need be sent for it."""
    return below == above == "absent" and "delete" in above_actions


def goes_first(below: WantedState, above: WantedState, above_actions: Sequence[Action]) -> bool:
    """Whether the tenant above is changed before the one below.

    It is when it takes the lower one along, or makes it possible to change (platform code 1003). Otherwise it comes
    last, so that what its change does below cannot get in the way.
    """
    return above == "enabled" or "restore" in above_actions or goes_along(below, above, above_actions)


def can_bring_about(actions: Sequence[Action], state: ShownState | None) -> bool:
    """Whether these actions on a tenant may leave one below it in this state: a suspension enables and deletes none."""
    if "delete" in actions:
        return True
    return state == "disabled" if set(actions) == {"disable"} else state in ("enabled", "disabled")


@dataclass
class Order:
    """In which order tenants of one family are changed.

    firsts: for a tenant those above it, the nearest first, after which it is looked at once more. waits_for: for each
    tenant that may have to be changed the others that come before it.
    """

    firsts: dict[str, list[str]]
    waits_for: dict[str, set[str]]


def order(
    states: Mapping[str, WantedState], plans: Mapping[str, Sequence[Action]], above: Mapping[str, Sequence[str]]
) -> Order:
    """Return the order for the tenants (by id): what is wanted of them, what is planned, and what lies above them."""
    moving = {one: set[str]() for one, actions in plans.items() if actions}
    found = Order({}, moving)
    # From the top down, since what is changed above may make a change below necessary that nobody could foresee.
    for one in sorted(above, key=lambda tenant_id: len(above[tenant_id])):
        firsts = [
            other
            for other in above[one]
            if other in moving and one in plans and goes_first(states[one], states[other], plans[other])
        ]
        if firsts:
            found.firsts[one] = firsts
            moving.setdefault(one, set()).update(firsts)
    for one in above.keys() & moving.keys():
        for other in above[one]:
            if other in moving and other not in moving[one]:
                moving[other].add(one)
    return found


def in_waves(waits_for: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the tenants in groups, each to be begun when those before it have ended. The order within is kept."""
    waves: list[list[str]] = []
    left = dict(waits_for)
    while left:
        wave = [one for one, others in left.items() if not others & left.keys()]
        if not wave:
            raise ValueError("these wait for each other")
        waves.append(wave)
        begun = set(wave)
        left = {one: others for one, others in left.items() if one not in begun}
    return waves
