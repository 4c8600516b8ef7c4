# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of a billing system, tenants and a policy to a decision for each row. No I/O, no clock.

Each row is first matched with its tenant, then decided by itself, then in view of the tenants above and below. Each of
the three can only take away from what the one before allows.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from ansible_collections.community.acronis.plugins.module_utils._desired import parse_protection
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError, clean, listed
from ansible_collections.community.acronis.plugins.module_utils._references import (
    NearTenants,
    ProtectedEntries,
    Reference,
    describe_near,
    parse_customer_id,
    parse_tenant,
)
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES, DesiredState
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant
from ansible_collections.community.acronis.plugins.module_utils._text import (
    canonical,
    check_list,
    check_text,
    loose,
    shown,
)
from ansible_collections.community.acronis.plugins.plugin_utils._shape import Shape, check_shape, check_shapes, plain

Class = Literal[
    "suspend",
    "reactivate",
    "terminate",
    "keep",
    "hold",
    "protected",
    "bad_row",
    "not_found",
    "nearly_found",
    "tag_in_use",
]

# What a change of this class asks of tenant_state.
CHANGES: Mapping[str, DesiredState] = {"suspend": "disabled", "reactivate": "enabled", "terminate": "absent"}
CLASSES: Sequence[Class] = get_args(Class)
# A person must look at these before anything is changed.
DOUBTFUL: Sequence[Class] = ("bad_row", "not_found", "nearly_found", "tag_in_use")

MARKER = "acronis.reconcile suspended "
_MARKER = re.compile(re.escape(MARKER) + "([0-9]{4}-[0-9]{2}-[0-9]{2})")

ROW: Shape = {
    "line": (int,),
    "tenant": (str, None),
    "customer_id": (str, None),
    "expected_name": (str, None),
    "state": (str, None),
    "days_overdue": (int, None),
    "hold": (str, None),
    "error": (str, None),
}
TENANT: Shape = {
    "id": (str,),
    "name": (str,),
    "kind": (str,),
    "enabled": (bool,),
    "version": (int,),
    "parent_id": (str,),
    "path": (list,),
    "customer_id": (str, None),
    "internal_tag": (str, None),
    "has_children": (bool,),
    "children_hidden": (bool,),
    "disabled_above": (str, None),
}
POLICY: Shape = {
    "suspend_after_days": (int, None),
    "terminate_after_days": (int, None),
    "reactivate": (str,),
    "delete_descendants": (bool,),
    "min_rows_percent": (int,),
    "min_of_last_percent": (int,),
}
POLICY_DEFAULTS: Mapping[str, Any] = {
    "suspend_after_days": None,
    "terminate_after_days": None,
    "reactivate": "own",
    "delete_descendants": False,
    "min_rows_percent": 50,
    "min_of_last_percent": 80,
}
REACTIVATE = ("own", "all", "none")


@dataclass(frozen=True)
class Policy:
    """What to do after how many days. None: never."""

    suspend_after_days: int | None
    terminate_after_days: int | None
    reactivate: str
    delete_descendants: bool
    min_rows_percent: int
    min_of_last_percent: int

    @classmethod
    def parse(cls, value: Any) -> Policy:
        """Return the policy, or raise InputError."""
        given = {**POLICY_DEFAULTS, **value} if isinstance(value, Mapping) else value
        policy = cls(**check_shape(given, "policy", POLICY))
        first, second = policy.suspend_after_days, policy.terminate_after_days
        if first is not None and first < 0:
            raise InputError(f"policy.suspend_after_days: it must be 0 or more, not {first}.")
        if second is not None and (first is None or second <= first):
            raise InputError(
                "policy.terminate_after_days: it must be greater than suspend_after_days, which must be given, since a "
                "tenant is suspended before it is terminated."
            )
        if policy.reactivate not in REACTIVATE:
            raise InputError(
                f"policy.reactivate: it must be one of {', '.join(REACTIVATE)}, not {shown(policy.reactivate)}."
            )
        for key in ("min_rows_percent", "min_of_last_percent"):
            if not 0 <= getattr(policy, key) <= 100:
                raise InputError(f"policy.{key}: it must be between 0 and 100, not {getattr(policy, key)}.")
        return policy

    @property
    def days_between(self) -> int:
        """Days that a tenant must have been suspended for before it is terminated, at least one."""
        if self.suspend_after_days is None or self.terminate_after_days is None:
            return 1
        return self.terminate_after_days - self.suspend_after_days


@dataclass(frozen=True)
class Row:
    """A row of the export, with the keys of a row that the filter accounts returns."""

    line: int
    tenant: str | None
    customer_id: str | None
    expected_name: str | None
    state: DesiredState | None
    days_overdue: int | None
    hold: str | None
    error: str | None

    @property
    def text(self) -> str | None:
        """What the row calls its tenant."""
        return self.tenant if self.tenant is not None else self.customer_id

    @property
    def fault(self) -> str | None:
        """What is wrong with the row, whatever tenants there are."""
        if self.error is not None:
            return self.error
        if (self.tenant is None) == (self.customer_id is None):
            return f"line {self.line}: it must have either a tenant or a customer ID."
        if self.state is not None and self.days_overdue is not None:
            return f"line {self.line}: it must not have both a state and days overdue."
        if self.state not in (None, *STATES):
            return f"line {self.line}: the state must be enabled, disabled or absent, not {shown(self.state)}."
        return None

    def reference(self) -> Reference | None:
        """Return what the row calls its tenant, None if it does not say. Raises InputError for impossible text."""
        if (self.tenant is None) == (self.customer_id is None):
            return None
        if self.tenant is not None:
            return parse_tenant(self.tenant, f"line {self.line}, tenant")
        return parse_customer_id(self.customer_id, f"line {self.line}, customer ID")


@dataclass(frozen=True)
class Listed:
    """A tenant with what only the list says of it. suspended: the date in our marker, if it has one."""

    tenant: Tenant
    path: Sequence[str]
    disabled_above: str | None
    storage_bytes: int | None
    suspended: datetime.date | None

    @classmethod
    def parse(cls, entry: Mapping[str, Any], option: str) -> Listed:
        """Return an entry of what tenant_info returns, or raise InputError."""
        known = check_shape(entry, option, TENANT, is_open=True)
        # Only there if deleted tenants, or the impact, were asked for.
        deleted_at = plain(entry.get("deleted_at"), f"{option}.deleted_at")
        impact = plain(entry.get("impact"), f"{option}.impact")
        tenant = Tenant(
            **{key: known[key] for key in ("id", "version", "name", "kind", "enabled", "parent_id", "customer_id")},
            deleted_at=deleted_at,
            has_children=known["has_children"],
            ancestral_access=not known["children_hidden"],
            internal_tag=known["internal_tag"],
        )
        storage = impact.get("storage_bytes") if isinstance(impact, dict) else None
        path = [str(name) for name in known["path"]]
        return cls(tenant, path, known["disabled_above"], storage, marked(known["internal_tag"]))

    @property
    def place(self) -> str:
        """The ID and path, for a message."""
        return f"{self.tenant.id} ({clean(' / '.join(self.path))})"


def marked(tag: str | None) -> datetime.date | None:
    """Return the date in the marker of a suspension of ours. None: it is not one."""
    match = _MARKER.fullmatch(tag or "")
    return None if match is None else _date(match[1])


def _date(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


class Listing:
    """The tenants by what they are called, and in their tree. The order of the list does not matter."""

    def __init__(self, entries: Sequence[Listed]) -> None:
        """Raises InputError when it cannot be the whole tree."""
        self.entries = {entry.tenant.id: entry for entry in entries}
        if len(self.entries) < len(entries):
            raise InputError("tenants: the same ID is there twice; give one list of tenant_info.")
        self.live = [entry.tenant for entry in entries if entry.tenant.deleted_at is None]
        self._named: dict[tuple[str, str, bool], list[Tenant]] = defaultdict(list)
        for entry in sorted(entries, key=lambda one: one.tenant.id):
            tenant, is_live = entry.tenant, entry.tenant.deleted_at is None
            self._named["id", tenant.id, is_live].append(tenant)
            self._named["name", canonical(tenant.name), is_live].append(tenant)
            if tenant.customer_id is not None:
                self._named["customer_id", canonical(tenant.customer_id), is_live].append(tenant)
        self.from_the_top = self._ordered()

    def find(self, reference: Reference, deleted: bool = False) -> Sequence[Tenant]:
        """Return the tenants that the reference names, in the order of their IDs."""
        return self._named.get((reference.kind, reference.value, not deleted), ())

    def near(self, reference: Reference) -> str | None:
        """Return in words what is nearly what the reference names."""
        # A text that looks like a UUID, but is the ID of no tenant, may be an external ID.
        asked = Reference("name", reference.value, reference.text) if reference.kind == "id" else reference
        found = self._near.find(asked)
        return describe_near(asked, found) if found else None

    @cached_property
    def _near(self) -> NearTenants:
        return NearTenants(sorted(self.live, key=lambda tenant: tenant.id))

    def _ordered(self) -> Sequence[Tenant]:
        """Return the tenants so that each stands behind its parent."""
        order: list[Tenant] = []
        children: dict[str, list[Tenant]] = defaultdict(list)
        for entry in self.entries.values():
            tenant = entry.tenant
            is_top = tenant.parent_id == tenant.id or tenant.parent_id not in self.entries
            (order if is_top else children[tenant.parent_id]).append(tenant)
        if len({tenant.parent_id for tenant in order}) > 1:
            raise InputError(
                "tenants: the parents of some are missing; give the list of tenant_info without the filters kind and "
                "enabled, since what is above and below a tenant decides too."
            )
        for tenant in order:
            order += children[tenant.id]
        if len(order) < len(self.entries):
            raise InputError("tenants: some are their own ancestors; list them again.")
        return order


@dataclass
class Case:
    """A row, the tenant that it names, and what was decided so far. In a doubtful case, the tenant is only what the
    row seems to name.
    """

    row: Row
    entry: Listed | None = None
    class_: Class = "keep"
    reason: str = ""
    wanted: DesiredState | None = None

    def decide(self, class_: Class, reason: str) -> None:
        """Take a decision, in place of the one before."""
        self.class_ = class_
        self.reason = reason

    @property
    def tag(self) -> str:
        """What internal_tag must be now for the change."""
        return (self.entry.tenant.internal_tag or "") if self.entry else ""

    def change(self, date: str) -> dict[str, Any] | None:
        """Return the entry for tenant_state, None if nothing is to be changed."""
        if self.entry is None or self.class_ not in CHANGES:
            return None
        tenant = self.entry.tenant
        change: dict[str, Any] = {
            "tenant": tenant.id,
            "state": CHANGES[self.class_],
            "expected_version": tenant.version,
            "expected_internal_tag": self.tag,
        }
        # Some names that tenants really have are refused as input. The version tells as well that it is the same.
        if _can_be_given(tenant.name):
            change["expected_name"] = tenant.name
        if self.class_ == "suspend":
            change["internal_tag"] = f"{MARKER}{date}"
        elif self.class_ == "reactivate" and self.entry.suspended is not None:
            change["internal_tag"] = ""
        return change

    def as_result(self, date: str) -> dict[str, Any]:
        """Return the decision as the filter returns it."""
        entry, tenant = self.entry, self.entry.tenant if self.entry else None
        return {
            "line": self.row.line,
            "class": self.class_,
            "reason": self.reason,
            "wanted": self.wanted,
            "id": tenant and tenant.id,
            "name": tenant and tenant.name,
            "path": entry and list(entry.path),
            "kind": tenant and tenant.kind,
            "customer_id": tenant and tenant.customer_id,
            "reference": self.row.text,
            "enabled": tenant and tenant.enabled,
            "version": tenant and tenant.version,
            "days_overdue": self.row.days_overdue,
            "hold": self.row.hold,
            "suspended_since": str(entry.suspended) if entry and entry.suspended and not entry.tenant.enabled else None,
            "disabled_above": entry and entry.disabled_above,
            "storage_bytes": entry and entry.storage_bytes,
            "marker": self.tag,
            "doubtful": self.class_ in DOUBTFUL,
            "change": self.change(date),
        }


def _can_be_given(name: str) -> bool:
    try:
        check_text(name, "name")
    except InputError:
        return False
    return True


def decide(
    rows: Any,
    tenants: Any,
    policy: Any,
    date: Any,
    protected_tenants: Any = (),
    last_rows: Any = None,
    protected_environment: Any = "",
) -> dict[str, Any]:
    """Return the decision for each row, in the order of the rows, with totals, as the filter standing documents it.

    rows: as the filter accounts returns them. tenants: the whole tree, as tenant_info returns it. policy: see POLICY.
    date: the day to decide for, as YYYY-MM-DD. protected_tenants: UUIDs, names and external IDs. last_rows: how many
    rows the last export had. protected_environment: the text of ACRONIS_PROTECTED_TENANTS. Raises InputError when one
    of these is not what it must be.
    """
    limits = Policy.parse(policy)
    today = _date(date) if isinstance(date, str) else None
    if today is None:
        raise InputError(f"date: it must be text such as '2026-11-03', not {shown(date)}.")
    if last_rows is not None and (isinstance(last_rows, bool) or not isinstance(last_rows, int) or last_rows < 0):
        raise InputError(f"last_rows: it must be a whole number, 0 or more, or null, not {shown(last_rows)}.")
    cases = [Case(Row(**row)) for row in check_shapes(rows, "rows", ROW)]
    entries = check_list(tenants, "tenants")
    listing = Listing([Listed.parse(entry, f"tenants[{number}]") for number, entry in enumerate(entries)])
    protected = _protected(protected_tenants, protected_environment)
    for case in cases:
        _match(case, listing)
    _refuse_duplicates(cases)
    for case in cases:
        if case.class_ not in DOUBTFUL and case.entry is not None:
            _decide_alone(case, case.entry, limits, today)
    tree = CasesInTree(listing, cases)
    tree.hold()
    tree.protect(protected)
    tree.limit_terminations(limits)
    tree.limit_reactivations()
    decisions = [case.as_result(str(today)) for case in cases]
    refusals = [*_refuse_short(len(cases), listing, limits, last_rows), *_refuse_unmatched(protected, listing)]
    counts = Counter(case.class_ for case in cases)
    return {
        "date": str(today),
        "policy": asdict(limits),
        "rows": len(cases),
        "tenants": len(listing.live),
        "totals": {class_: counts[class_] for class_ in CLASSES},
        "refusal": " ".join(refusals) or None,
        "decisions": decisions,
        "doubtful": [decision for decision in decisions if decision["doubtful"]],
    }


def _protected(entries: Any, environment: Any) -> ProtectedEntries:
    option = "protected_tenants"
    values = [plain(one, f"{option}[{number}]") for number, one in enumerate(check_list(entries, option))]
    if not isinstance(environment, str):
        raise InputError(f"protected_environment: it must be text, not {shown(environment)}.")
    more = parse_protection(plain(environment, "protected_environment"))
    return ProtectedEntries([*ProtectedEntries.parse(values, option).entries, *more.entries])


def _match(case: Case, listing: Listing) -> None:
    """Find the tenant of the row. The class stays `keep` only if the row names one tenant beyond doubt."""
    row = case.row
    try:
        reference = row.reference()
    except InputError as error:
        case.decide("bad_row", row.fault or error.message)
        return
    found = listing.find(reference) if reference else ()
    near = listing.near(reference) if reference and not found else None
    if reference and not found and near is None:
        found = listing.find(reference, deleted=True)[:1]
    if len(found) == 1:
        case.entry = listing.entries[found[0].id]
    if row.fault is not None:
        case.decide("bad_row", row.fault)
    elif len(found) > 1:
        places = listed([listing.entries[tenant.id].place for tenant in found], 3)
        case.decide(
            "bad_row", f"line {row.line}: {len(found)} tenants match {shown(row.text)}: {places}; name it by its UUID."
        )
    elif case.entry is not None:
        name = case.entry.tenant.name
        if row.expected_name is not None and canonical(row.expected_name) != canonical(name):
            case.decide(
                "bad_row",
                f"line {row.line}: the row is for {shown(row.expected_name)}, but the tenant's name is {shown(name)}; "
                "check whether a column has shifted.",
            )
    elif near is not None:
        case.decide("nearly_found", f"line {row.line}: {near}")
    else:
        case.decide(
            "not_found", f"line {row.line}: no tenant matches {shown(row.text)}; correct the row, or take it out."
        )


def _refuse_duplicates(cases: Iterable[Case]) -> None:
    by_id: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.entry is not None:
            by_id[case.entry.tenant.id].append(case)
    for same in by_id.values():
        lines = sorted(case.row.line for case in same)
        for case in same:
            if len(same) > 1 and case.class_ not in DOUBTFUL:
                others = listed([str(line) for line in lines], 5)
                case.decide(
                    "bad_row",
                    f"line {case.row.line}: the lines {others} are for the same tenant; leave one of them.",
                )


def _decide_alone(case: Case, entry: Listed, policy: Policy, today: datetime.date) -> None:
    """Decide on a row by itself."""
    row, tenant = case.row, entry.tenant
    case.wanted, why = _wanted(row, policy)
    if row.hold is not None:
        case.decide("hold", f"on hold: {shown(row.hold)}")
    elif tenant.deleted_at is not None:
        _decide_deleted(case, tenant)
    elif case.wanted is None:
        case.decide("keep", why)
    elif case.wanted == "enabled":
        _decide_paid(case, entry, policy, why)
    elif tenant.enabled:
        _decide_suspension(case, entry, policy, today, why)
    elif case.wanted == "disabled":
        case.decide("keep", f"is suspended already{_since(entry)}")
    else:
        _decide_termination(case, entry, policy, today, why)


def _wanted(row: Row, policy: Policy) -> tuple[DesiredState | None, str]:
    """Return the state that the row asks for, and why."""
    if row.state is not None:
        return row.state, f"the row says {row.state}"
    days = row.days_overdue
    if days is None:
        return "enabled", "nothing is overdue"
    overdue = f"{days} day{'' if days == 1 else 's'} overdue"
    if policy.terminate_after_days is not None and days >= policy.terminate_after_days:
        return "absent", f"{overdue}, the limit for termination is {policy.terminate_after_days}"
    if policy.suspend_after_days is not None:
        is_late = days >= policy.suspend_after_days
        return ("disabled" if is_late else "enabled"), f"{overdue}, the limit is {policy.suspend_after_days}"
    if days > 0:
        return None, f"{overdue}, but the policy never suspends (suspend_after_days)"
    return "enabled", "nothing is overdue"


def _since(entry: Listed) -> str:
    return f", since {entry.suspended}" if entry.suspended else ", but not by reconcile"


def _decide_deleted(case: Case, tenant: Tenant) -> None:
    when = clean(tenant.deleted_at, 40)
    if case.wanted == "enabled":
        case.decide(
            "not_found",
            f"line {case.row.line}: the tenant {shown(tenant.name)} ({tenant.id}) was deleted at {when}; restore it "
            "within 30 days of that, or take the row out.",
        )
    else:
        case.decide("keep", f"was deleted at {when}")


def _decide_paid(case: Case, entry: Listed, policy: Policy, why: str) -> None:
    if entry.tenant.enabled:
        case.decide("keep", f"is enabled already: {why}")
    elif policy.reactivate == "none":
        case.decide("keep", f"{why}, but the policy never reactivates (reactivate)")
    elif policy.reactivate == "own" and entry.suspended is None:
        case.decide("keep", f"{why}, but it was not suspended by reconcile (reactivate: own)")
    else:
        case.decide("reactivate", why)


def _decide_suspension(case: Case, entry: Listed, policy: Policy, today: datetime.date, why: str) -> None:
    if case.tag and entry.suspended is None:
        case.decide(
            "tag_in_use",
            f"line {case.row.line}: {why}, but internal_tag of the tenant is used for something else: "
            f"{shown(case.tag)}; clear it, or suspend the tenant by hand.",
        )
    elif case.wanted == "absent":
        case.decide("suspend", f"{why}; can be terminated {_earliest(today, policy)} at the earliest")
    else:
        case.decide("suspend", why)


def _earliest(suspended: datetime.date, policy: Policy) -> str:
    try:
        return f"on {suspended + datetime.timedelta(days=policy.days_between)}"
    except OverflowError:
        return f"{policy.days_between} days later"


def _decide_termination(case: Case, entry: Listed, policy: Policy, today: datetime.date, why: str) -> None:
    since = entry.suspended
    if since is None:
        case.decide("keep", f"{why}, but it was not suspended by reconcile")
    elif since > today:
        case.decide("keep", f"{why}, but its marker says that it was suspended on {since}, which is to come")
    elif (today - since).days < policy.days_between:
        case.decide(
            "keep",
            f"{why}, but suspended only since {since}; can be terminated {_earliest(since, policy)} at the earliest",
        )
    else:
        case.decide("terminate", f"{why}, suspended since {since}")


@dataclass
class CasesInTree:
    """What becomes of the cases in view of the tenants above and below theirs."""

    listing: Listing
    cases: Sequence[Case]

    def __post_init__(self) -> None:
        self._by_id: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            if case.entry is not None:
                self._by_id[case.entry.tenant.id].append(case)

    def hold(self) -> None:
        """Spare what is above a tenant that is on hold: it would be out of service too."""
        held: dict[str, tuple[int, str]] = {}
        for case in self.cases:
            if case.row.hold is not None and case.entry is not None:
                tenant = case.entry.tenant
                mark = (case.row.line, f"{_named(tenant)} below it is on hold (line {case.row.line})")
                held[tenant.id] = min(mark, held.get(tenant.id, mark))
        self._spread_up(held)
        self._spare("hold", {tenant_id: reason for tenant_id, (_line, reason) in held.items()})

    def protect(self, protected: ProtectedEntries) -> None:
        """Spare what is protected, and what is above it."""
        found = ((tenant.id, protected.naming(tenant)) for tenant in self.listing.live)
        texts = {tenant_id: entry.text for tenant_id, entry in found if entry is not None}
        self._spread_up(texts)
        reasons = {
            tenant_id: f"it or a tenant below it is protected (protected_tenants: {shown(text)})"
            for tenant_id, text in texts.items()
        }
        self._spare("protected", reasons)

    def limit_terminations(self, policy: Policy) -> None:
        """Let nothing be terminated above a tenant that is to stay. What is no row's tenant goes with
        delete_descendants.
        """
        staying: dict[str, str] = {}
        for tenant in reversed(self.listing.from_the_top):
            case = self._certain(tenant)
            below = staying.get(tenant.id)
            if case is not None and case.class_ == "terminate":
                if below is not None:
                    case.decide("keep", f"{case.reason}, but {below} below it is to stay")
                elif tenant.hides_children and not policy.delete_descendants:
                    case.decide("keep", f"{case.reason}, but it hides what is below it (delete_descendants)")
            has_row = tenant.id in self._by_id
            goes = case is not None and case.class_ == "terminate"
            if tenant.deleted_at is None and not goes and (has_row or not policy.delete_descendants):
                below = _named(tenant)
            if below is not None and tenant.parent_id in self.listing.entries and tenant.parent_id != tenant.id:
                staying[tenant.parent_id] = min(below, staying.get(tenant.parent_id, below))

    def limit_reactivations(self) -> None:
        """Let nothing be reactivated below a tenant that is or will be disabled."""
        above: dict[str, str | None] = {}
        for tenant in self.listing.from_the_top:
            case = self._certain(tenant)
            reason = above.get(tenant.parent_id)
            unseen = self.listing.entries[tenant.id].disabled_above
            if unseen is not None and unseen not in self.listing.entries:
                reason = f"tenant {clean(unseen, 40)} above it is disabled"
            if case is not None and case.class_ == "reactivate" and reason is not None:
                case.decide("keep", f"{case.reason}, but {reason}")
            class_ = case.class_ if case is not None else None
            if class_ == "suspend":
                reason = f"{_named(tenant)} above it is suspended by this run"
            elif not tenant.enabled and class_ != "reactivate":
                reason = f"{_named(tenant)} above it is disabled"
            above[tenant.id] = reason

    def _certain(self, tenant: Tenant) -> Case | None:
        """Return the case of the one row that names the tenant."""
        cases = self._by_id.get(tenant.id, ())
        return cases[0] if len(cases) == 1 else None

    def _spread_up(self, marks: dict[str, Any]) -> None:
        """Give each tenant the least mark of those that it and the tenants below it have."""
        for tenant in reversed(self.listing.from_the_top):
            if tenant.id in marks and tenant.parent_id in self.listing.entries:
                mark = marks[tenant.id]
                marks[tenant.parent_id] = min(mark, marks.get(tenant.parent_id, mark))

    def _spare(self, class_: Class, reasons: Mapping[str, str]) -> None:
        for case in self.cases:
            if case.entry is not None and case.class_ in ("suspend", "terminate"):
                reason = reasons.get(case.entry.tenant.id)
                if reason is not None:
                    case.decide(class_, f"{case.reason}, but {reason}")


def _named(tenant: Tenant) -> str:
    return f"{shown(tenant.name, 60)} ({tenant.id})"


def _refuse_short(rows: int, listing: Listing, policy: Policy, last_rows: int | None) -> Iterable[str]:
    """Yield why the export cannot be whole."""
    if rows == 0:
        yield "rows: the export is empty; check how it was made."
        return
    customers = sum(tenant.kind == "customer" for tenant in listing.live)
    if rows * 100 < customers * policy.min_rows_percent:
        yield (
            f"rows: the export has {rows} rows for {customers} customers, fewer than {policy.min_rows_percent} percent "
            "(min_rows_percent); check that it is whole."
        )
    if last_rows is not None and rows * 100 < last_rows * policy.min_of_last_percent:
        yield (
            f"rows: the export has {rows} rows, the last one had {last_rows}, so fewer than "
            f"{policy.min_of_last_percent} percent of it (min_of_last_percent); check that it is whole."
        )


def _refuse_unmatched(protected: ProtectedEntries, listing: Listing) -> Iterable[str]:
    """Yield which entries of protected_tenants protect nothing."""
    known = {
        form for tenant in listing.live for form in (tenant.id, loose(tenant.name), loose(tenant.customer_id or ""))
    }
    # The tenant where the listing begins is not in it.
    known |= {tenant.parent_id for tenant in listing.live}
    known |= {loose(entry.path[0]) for entry in listing.entries.values() if entry.path}
    for entry in protected.entries:
        if entry.id not in known and entry.form not in known:
            yield (
                f"protected_tenants: no tenant matches {shown(entry.text)}, so the entry would protect nothing; "
                "correct it."
            )
