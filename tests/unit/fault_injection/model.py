# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task may write, said a second time and in other words than in the collection itself.

It knows the truth, moment by moment, and what the client was shown. What was so from the beginning of a run to the
moment of a write could be known, and counts whatever the client has looked at. What another administrator has changed
meanwhile counts from the moment when the client was shown it.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ansible_collections.community.acronis.tests.simulator.platform import Platform
from ansible_collections.community.acronis.tests.simulator.switches import Switches

FULFILLED = {"enabled": "enabled", "disabled": "disabled", "absent": "deleted"}
TWICE = "it is named twice"
KINDS = ("partner", "folder", "customer", "unit")


def same(text: str | None) -> str | None:
    """The form in which names are the same (Unicode NFC)."""
    return None if text is None else unicodedata.normalize("NFC", text)


def alike(text: str | None) -> str:
    """The form in which names are nearly the same."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text or "").casefold())
    bare = "".join(char for char in folded if not char.isspace() and unicodedata.category(char) not in ("Cf", "Cc"))
    return bare.lstrip("0") if bare.isdecimal() else bare


@dataclass(frozen=True)
class Seen:
    """One tenant as it is at a moment. shown_deleted: what the platform tells of it."""

    id: str
    parent_id: str | None
    name: str
    customer_id: str | None
    kind: str
    enabled: bool
    version: int
    deleted: bool
    shown_deleted: bool
    deprovisioned: bool
    hidden: bool
    busy: bool
    personal: bool
    hides: bool
    lock: str | None
    users: int

    @property
    def state(self) -> str:
        """The state in the words of the module."""
        return "deleted" if self.deleted else "enabled" if self.enabled else "disabled"

    @property
    def live(self) -> bool:
        """Whether neither the truth nor what the platform tells is that it is deleted."""
        return not self.deleted and not self.shown_deleted


class Moment:
    """All tenants at one moment, as the client with its tenant own_id could see them."""

    def __init__(self, platform: Platform, own_id: str) -> None:
        self.own_id = own_id
        self.switches: Switches = platform.switches
        self.tenants = {
            one.id: Seen(
                id=one.id,
                parent_id=one.parent.id if one.parent else None,
                name=one.name,
                customer_id=one.customer_id,
                kind=one.kind,
                enabled=one.enabled,
                version=one.version,
                deleted=one.deletion is not None,
                shown_deleted=platform.shown_deletion(one) is not None,
                deprovisioned=platform.is_deleted(one),
                hidden=platform.is_hidden(one),
                busy=platform.operation_status(one) is not None,
                personal=one.owner_id is not None,
                hides=one.self_service,
                lock=one.lock_owner_id,
                users=sum(
                    user.deletion is None and (not user.hidden or platform.switches.hidden_users == "shown")
                    for user in one.users.values()
                ),
            )
            for one in platform.tenants.values()
        }

    def chain(self, tenant_id: str | None) -> list[str]:
        """The tenant and all above it."""
        chain: list[str] = []
        while tenant_id is not None and tenant_id in self.tenants:
            chain.append(tenant_id)
            tenant_id = self.tenants[tenant_id].parent_id
        return chain

    def is_below(self, tenant_id: str, above_id: str) -> bool:
        """Whether the tenant lies below the other, or is it."""
        return above_id in self.chain(tenant_id)

    @cached_property
    def _below(self) -> dict[str, list[Seen]]:
        below: dict[str, list[Seen]] = {one: [] for one in self.tenants}
        for one in self.tenants.values():
            for above in self.chain(one.id)[1:]:
                below[above].append(one)
        return below

    def below(self, tenant_id: str) -> list[Seen]:
        """All below the tenant."""
        return self._below[tenant_id]

    def in_reach(self, tenant_id: str) -> bool:
        """Whether the client may read the tenant by its id."""
        chain = self.chain(tenant_id)
        if self.own_id not in chain:
            return False
        return not any(self.tenants[above].hides for above in chain[1 : chain.index(self.own_id)])

    def shows(self, one: Seen) -> bool:
        """Whether the platform shows the tenant in listings, if it is asked for deleted ones too."""
        if one.hidden or (one.deprovisioned and not self.switches.allow_deleted_honored):
            return False
        if self.own_id not in self.chain(one.id):
            return False
        return self.in_reach(one.id) or self.switches.self_service_listing == "shown"

    def listed(self, root_id: str | None) -> Iterator[Seen]:
        """The tenants that a listing of the root shows. Below a root that hides them, it is those in reach."""
        root = self.tenants.get(root_id or self.own_id)
        if root is None:
            return iter(())
        hides = root.hides and root.id != self.own_id
        return (
            one
            for one in self.tenants.values()
            if self.shows(one) and self.is_below(one.id, root.id) and (self.in_reach(one.id) or not hides)
        )


@dataclass
class Entry:
    """What a task asks of one tenant, as it was given to the module.

    by: how it is named. text: what it is named by. name, version: what it must have, None if that does not matter.
    unwritten: it is an entry of a plan that knew no such tenant, or none that was live. reviewed: the impact in a plan.
    """

    by: str
    text: str
    state: str
    name: str | None = None
    version: int | None = None
    unwritten: bool = False
    reviewed: dict[str, Any] | None = None

    def names(self, one: Seen) -> bool:
        """Whether it names the tenant exactly."""
        named = {"id": one.id, "name": one.name, "customer_id": one.customer_id}[self.by]
        wanted = self.text.lower() if self.by == "id" else same(self.text)
        return named is not None and same(named) == wanted

    def nearly_names(self, one: Seen) -> bool:
        """Whether the tenant has a name or external id that is nearly what was given."""
        return self.by != "id" and alike(self.text) in {alike(one.name), alike(one.customer_id)} - {""}


@dataclass
class Goal:
    """What the task was, for the rules."""

    entries: Sequence[Entry]
    root_id: str | None = None
    protected: Sequence[str] = ()
    unmatched: str = "fail"
    delete_descendants: bool = False
    restore_deleted: bool = False
    max_changes: int | None = None
    go_on: bool = False
    # Whether the client knows in which tenant it lives: not with a token alone. Then names of protected tenants are
    # looked up below subtree_root_id, and the platform decides about locks.
    knows_itself: bool = True

    def candidates(self, entry: Entry, moment: Moment) -> list[Seen]:
        """The tenants that the entry names, live ones if there are any."""
        if entry.by == "id":
            # What is hidden may be shown by a listing that is read for another entry.
            named = [one for one in moment.tenants.values() if entry.names(one)]
            return [one for one in named if moment.in_reach(one.id) or moment.shows(one)]
        found = [one for one in moment.listed(self.root_id) if entry.names(one)]
        return [one for one in found if one.live] or found

    def the_one(self, entry: Entry, moment: Moment) -> Seen | None:
        """The one tenant that the entry names, if it does."""
        found = self.candidates(entry, moment)
        return found[0] if len(found) == 1 else None

    def matches_protection(self, text: str, one: Seen) -> bool:
        return one.id == text.lower() or alike(text) in {alike(one.name), alike(one.customer_id)} - {""}

    def protected_below(self, tenant_id: str, moment: Moment) -> str | None:
        """The entry of protected_tenants that names the tenant or, as far as that is shown, one below it."""
        for text in self.protected:
            for one in moment.listed(None):
                if not moment.in_reach(one.id):
                    continue
                by_id = text.lower() == one.id
                in_root = self.knows_itself or self.is_inside(one.id, moment) or by_id
                if in_root and self.matches_protection(text, one) and moment.is_below(one.id, tenant_id):
                    return text
        return None

    def is_inside(self, tenant_id: str, moment: Moment) -> bool:
        """Whether the tenant is in the part of the tree that the task is about."""
        return self.root_id is None or moment.is_below(tenant_id, self.root_id)

    def is_unmatched(self, moment: Moment) -> bool:
        """Whether some entry of protected_tenants names nothing at all."""
        everyone = list(moment.tenants.values())
        return any(not any(self.matches_protection(text, one) for one in everyone) for text in self.protected)

    # -- what may not be ----------------------------------------------------------------------------------------------

    def reason_against(self, entry: Entry, moment: Moment) -> str | None:
        """Why nothing may be done for the entry, as things are at this moment; None if nothing stands against it."""
        found = self.candidates(entry, moment)
        live = [one for one in found if one.live]
        if entry.by != "id":
            if len(live) > 1:
                return "several tenants are called so"
            if not found and any(entry.nearly_names(one) for one in moment.listed(self.root_id)):
                return "only nearly the same exists"
        if len(live) != 1 or len(found) != 1:
            return None
        one = live[0]
        if not moment.in_reach(one.id):
            # It is for the platform to say what it thinks of a tenant that it hides, even that there is none.
            return None
        others = [other for other in self.entries if other is not entry]
        if any(self.the_one(other, moment) == one for other in others):
            return TWICE
        if not self.is_inside(one.id, moment):
            return "it is outside of the subtree"
        if entry.name is not None and same(entry.name) != same(one.name):
            return "it has another name"
        if one.state == FULFILLED[entry.state]:
            return None
        if entry.unwritten:
            return "the plan knows no such tenant"
        if entry.version is not None and entry.version != one.version:
            return "it has another version"
        if entry.state != "enabled":
            if one.id == moment.own_id:
                return "it is the client's own tenant"
            if self.protected_below(one.id, moment) is not None:
                return "it is protected"
            if self.unmatched == "fail" and self.is_unmatched(moment):
                return "an entry of protected_tenants guards nothing"
        if self.knows_itself and one.lock not in (None, moment.own_id):
            return "it is locked"
        if entry.state == "enabled" and self._stays_below_disabled(one, moment):
            return "it is below a disabled tenant"
        if entry.state == "absent":
            return self._reason_below(entry, one, moment)
        return None

    def is_possible(self, entry: Entry, one: Seen, moment: Moment) -> bool:
        """Whether nothing at all stands against what is asked of the tenant."""
        if self.reason_against(entry, moment) is not None or (not self.knows_itself and entry.by != "id"):
            return False
        if any(self.matches_protection(text, one) for text in self.protected):
            return False
        if self.protected and (self.is_unmatched(moment) or not self.knows_itself):
            return False
        everything = [one, *moment.below(one.id)]
        if entry.state == "absent" and any(below.hides or below.lock or below.busy for below in everything):
            return False
        above = [moment.tenants[link] for link in moment.chain(one.id)[1:]]
        if self.is_uncertain(entry, one, moment):
            return False
        states = {self._id_of(other, moment): other.state for other in self.entries}
        against = {"enabled": ("disabled", "absent"), "disabled": ("absent",), "absent": ()}[entry.state]
        if any(states.get(link.id) in against for link in above):
            return False
        # What is protected may be out of sight.
        return not self.protected or all(self._is_in_sight(text, moment) for text in self.protected)

    def is_uncertain(self, entry: Entry, one: Seen, moment: Moment) -> bool:
        """Whether it depends on what comes back with a tenant above: one between the two is disabled, too."""
        enabled = {self._id_of(other, moment) for other in self.entries if other.state == "enabled"}
        above = [moment.tenants[link] for link in moment.chain(one.id)[1:]]
        return entry.state == "enabled" and any(not link.enabled and link.id not in enabled for link in above)

    def _is_in_sight(self, text: str, moment: Moment) -> bool:
        return any(
            one.live and moment.in_reach(one.id) and self.matches_protection(text, one)
            for one in moment.tenants.values()
        )

    def _stays_below_disabled(self, one: Seen, moment: Moment) -> bool:
        """Whether it lies below a disabled tenant that the task does not enable."""
        chain = moment.chain(one.id)[1:]
        if moment.own_id not in chain:
            return False
        enabled = {self._id_of(other, moment) for other in self.entries if other.state == "enabled"}
        above = [moment.tenants[link] for link in chain[: chain.index(moment.own_id)]]
        # What is below one that is enabled may be enabled with it.
        return any(not link.enabled for link in above) and not any(
            not link.enabled and link.id in enabled for link in above
        )

    def _id_of(self, entry: Entry, moment: Moment) -> str | None:
        one = self.the_one(entry, moment)
        return one.id if one else None

    def _reason_below(self, entry: Entry, one: Seen, moment: Moment) -> str | None:
        states = {self._id_of(other, moment): other.state for other in self.entries}
        living = [below for below in moment.below(one.id) if below.live]
        for below in living:
            if states.get(below.id, "absent") != "absent":
                return "one below it is wanted alive"
        if not self.delete_descendants:
            for below in living:
                if not below.personal and states.get(below.id) != "absent":
                    return "it has sub-tenants"
        return self.growth(entry, one, moment)

    def growth(self, entry: Entry, one: Seen, moment: Moment) -> str | None:
        """What is below the tenant beyond what a plan has shown to whoever has reviewed it."""
        if entry.reviewed is None:
            return None
        shown = [below for below in moment.below(one.id) if below.live and moment.in_reach(below.id)]
        kinds = Counter(below.kind for below in shown if not below.personal)
        if any(kinds[kind] > entry.reviewed["sub_tenants"].get(kind, 0) for kind in KINDS):
            return "there is more below it than was reviewed"
        if entry.reviewed["users"] is not None:
            open_ones = [below for below in (one, *shown) if not below.hides]
            if sum(below.users for below in open_ones) > entry.reviewed["users"]:
                return "there are more users than were reviewed"
        return None


@dataclass
class Write:
    """A write that has reached the platform: in which moment, and what the client had been shown until then."""

    method: str
    tenant_id: str
    moment: int
    view: dict[str, dict[str, Any]]
    entry: dict[str, Any] = field(default_factory=dict)
