# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError, NotFoundError, RefusedError
from ansible_collections.community.acronis.plugins.module_utils._impact import Impact
from ansible_collections.community.acronis.plugins.module_utils._references import (
    ProtectedEntries,
    ProtectedEntry,
    Reference,
)
from ansible_collections.community.acronis.plugins.module_utils._rules import (
    STATES,
    Desired,
    GuardData,
    Needs,
    Snapshot,
    actions_for,
    after_change_above,
    after_own_tag,
    after_own_write,
    displayed_state,
    guard_contradiction,
    needs,
    plan,
    predict,
    snapshot,
    took_effect,
)
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant

OWN, PARENT, ID, OTHER = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in range(4))
ENABLED = Tenant(ID, 5, "Fabrikam", "customer", True, PARENT, customer_id="C-1", has_children=False)
DISABLED = replace(ENABLED, enabled=False)
DELETED = replace(DISABLED, deleted_at="2025-01-01T00:00:00")
BY_ID = Reference("id", ID, ID)
CHILD = Tenant(OTHER, 1, "Unit", "unit", True, ID)
PERSONAL = replace(CHILD, owner_id=OWN)
KNOWN = GuardData(own_tenant_id=OWN)


NFC, NFD = "Caf\u00e9", "Cafe\u0301"


def desired(state: Any, **changed: Any) -> Desired:
    return Desired(state, **{"reference": BY_ID, **changed})


def protect(*texts: str) -> ProtectedEntries:
    return ProtectedEntries(tuple(ProtectedEntry.parse(text, "protected_tenants") for text in texts))


def reviewed(kinds: dict[str, int] | None = None, **changed: Any) -> Impact:
    return Impact(
        **{
            "sub_tenants": kinds or {},
            "users": 3,
            "api_clients": None,
            "storage_bytes": None,
            "complete": True,
            **changed,
        }
    )


@pytest.mark.parametrize(
    ("tenant", "shown"),
    [
        (None, "absent"),
        (ENABLED, "enabled"),
        (DISABLED, "disabled"),
        (DELETED, "deleted"),
        (replace(DISABLED, operation="deleting"), "deleted"),
        (replace(DISABLED, operation="no_operation"), "disabled"),
    ],
)
def test_shown_state(tenant: Tenant | None, shown: str) -> None:
    assert displayed_state(tenant) == shown
    assert snapshot(tenant).state == shown


@pytest.mark.parametrize(
    ("state", "tenant", "actions"),
    [
        ("enabled", ENABLED, ()),
        ("enabled", DISABLED, ("enable",)),
        ("disabled", ENABLED, ("disable",)),
        ("disabled", DISABLED, ()),
        ("absent", ENABLED, ("disable", "delete")),
        ("absent", DISABLED, ("delete",)),
        ("absent", DELETED, ()),
        ("absent", None, ()),
    ],
)
def test_plan_and_prediction(state: Any, tenant: Tenant | None, actions: tuple[str, ...]) -> None:
    assert plan(desired(state), tenant, KNOWN) == actions
    after = predict(tenant, actions)  # type: ignore[arg-type]
    if actions:
        assert after == Snapshot("deleted" if state == "absent" else state, None)
    else:
        assert after == snapshot(tenant)


@pytest.mark.parametrize("state", ["enabled", "disabled"])
@pytest.mark.parametrize(
    ("tenant", "words"),
    [
        (None, "no such tenant"),
        (DELETED, "was deleted at 2025-01-01T00:00:00"),
        (replace(DISABLED, operation="deleting"), "is being deleted"),
    ],
)
def test_what_is_gone_can_be_neither_enabled_nor_disabled(state: Any, tenant: Tenant | None, words: str) -> None:
    with pytest.raises(NotFoundError, match=words):
        plan(desired(state), tenant, KNOWN)


LOCKED = replace(ENABLED, lock_owner_id=OTHER)
PARENTLY = replace(ENABLED, has_children=True)
ABOVE = Tenant(PARENT, 4, "Above", "partner", False, OWN)


@pytest.mark.parametrize(
    ("desired", "tenant", "data", "words"),
    [
        (
            desired("disabled", reference=Reference("name", "Old", "Old")),
            ENABLED,
            KNOWN,
            "no longer the tenant with name 'Old'",
        ),
        (desired("disabled", reference=Reference("customer_id", "C-2", "C-2")), ENABLED, KNOWN, "customer_id 'C-2'"),
        (desired("enabled", expected_name="Fabrikam\u200b"), ENABLED, KNOWN, r"not 'Fabrikam\\u200b' \(expected_name"),
        (desired("absent", expected_name="fabrikam"), DELETED, KNOWN, "expected_name"),
        (desired("disabled", expected_version=4), ENABLED, KNOWN, "version is 5, not 4"),
        (desired("disabled"), replace(ENABLED, operation="recovering"), KNOWN, "restoring"),
        (desired("disabled"), ENABLED, replace(KNOWN, own=True), "own tenant"),
        (desired("absent"), DISABLED, replace(KNOWN, own=True), "own tenant"),
        (desired("disabled", protected_tenants=protect(ID.upper())), ENABLED, KNOWN, "protected"),
        (desired("disabled", protected_tenants=protect("x", "FabriKam")), DISABLED, KNOWN, "enants: 'FabriKam'"),
        (desired("absent", protected_tenants=protect("c-\uff11")), ENABLED, KNOWN, "protected"),
        # Protected, although there is nothing to do.
        (desired("disabled", protected_tenants=protect("Fabrikam")), DISABLED, KNOWN, "it is protected"),
        (desired("absent"), ENABLED, replace(KNOWN, protected_by="Hospital"), "below it is protected .*'Hospital'"),
        (desired("disabled"), LOCKED, KNOWN, f"locked by tenant {OTHER}"),
        (desired("enabled"), replace(LOCKED, enabled=False, lock_owner_id=""), KNOWN, "locked by tenant unknown"),
        (desired("absent"), PARENTLY, replace(KNOWN, descendants=[CHILD]), "1 sub-tenant \\('Unit'\\)"),
        (desired("absent"), PARENTLY, replace(KNOWN, descendants=[CHILD] * 5), "5 sub-tenants .* and 2 more"),
        (desired("absent"), PARENTLY, replace(KNOWN, descendants=[]), "reports sub-tenants but does not list them"),
        (desired("absent"), PARENTLY, KNOWN, "reports sub-tenants but does not list them"),
        (
            desired("disabled"),
            ENABLED,
            replace(KNOWN, unmatched="Hospitl"),
            "no tenant matches 'Hospitl'.* protect noth",
        ),
        (desired("absent"), DISABLED, replace(KNOWN, unmatched="Hospitl", hidden=True), "unmatched_protection to warn"),
        (
            desired("disabled", unmatched_protection="warn"),
            PARENTLY,
            replace(KNOWN, unmatched="Hospitl", hidden=True),
            "no visible tenant matches 'Hospitl', .* may be one of them",
        ),
        (
            desired("enabled"),
            DISABLED,
            replace(KNOWN, disabled_ancestor=ABOVE),
            rf"'Above' \({PARENT}\) above it is dis",
        ),
        (
            desired("enabled", restore_deleted=True),
            DELETED,
            replace(KNOWN, disabled_ancestor=ABOVE),
            "partner tenant 'Above' .*enable that one first, or in the same task",
        ),
        (desired("disabled", expected_absent=True), ENABLED, KNOWN, "no such tenant when the plan was made"),
        (desired("enabled", expected_deleted=True), DISABLED, KNOWN, "shows it as deleted, but it is not"),
        (
            desired("absent", delete_descendants=True, reviewed=reviewed({"unit": 0})),
            PARENTLY,
            replace(KNOWN, descendants=[CHILD]),
            r"more is below it than was reviewed \(sub-tenants of kind unit: 1, reviewed 0\)",
        ),
        (desired("disabled"), ENABLED, replace(KNOWN, outside=OTHER), f"outside the subtree of {OTHER}"),
        (desired("absent"), replace(DELETED, operation="recovering"), KNOWN, "restoring"),
        (desired("enabled"), replace(DELETED, operation="recovering"), KNOWN, "restoring"),
        (desired("absent"), replace(ENABLED, ancestral_access=False), KNOWN, "hides"),
        # Where one below it is shown all the same, that need not be the only one.
        (
            desired("absent"),
            replace(PARENTLY, ancestral_access=False),
            replace(KNOWN, descendants=[PERSONAL]),
            "hides its descendants .* they would be deleted with it",
        ),
    ],
)
def test_guards(desired: Desired, tenant: Tenant, data: GuardData, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        plan(desired, tenant, data)


@pytest.mark.parametrize(
    ("desired", "tenant", "data"),
    [
        (
            desired("enabled", protected_tenants=protect("Fabrikam")),
            DISABLED,
            replace(KNOWN, own=True, protected_by="x", unmatched="y", hidden=True),
        ),
        (desired("disabled", unmatched_protection="warn"), ENABLED, replace(KNOWN, unmatched="Hospitl")),
        (desired("disabled"), ENABLED, replace(KNOWN, disabled_ancestor=ABOVE)),
        (desired("absent"), DISABLED, replace(KNOWN, disabled_ancestor=ABOVE)),
        (desired("disabled", expected_name=NFD), replace(ENABLED, name=NFC), KNOWN),
        (
            desired("disabled", expected_name=NFC, reference=Reference("name", NFC, NFD)),
            replace(ENABLED, name=NFD),
            KNOWN,
        ),
        (
            desired("absent", delete_descendants=True, reviewed=reviewed({"unit": 1})),
            PARENTLY,
            replace(KNOWN, descendants=[CHILD, PERSONAL]),
        ),
        (desired("disabled", expected_name="Fabrikam", expected_version=5), ENABLED, KNOWN),
        (desired("disabled"), replace(ENABLED, lock_owner_id=OWN), KNOWN),
        (desired("disabled"), LOCKED, GuardData()),
        (desired("absent", delete_descendants=True), PARENTLY, replace(KNOWN, descendants=[CHILD])),
        (desired("absent"), PARENTLY, replace(KNOWN, descendants=[PERSONAL])),
        (desired("absent"), replace(ENABLED, kind="unit", ancestral_access=False), KNOWN),
        (desired("disabled"), PARENTLY, replace(KNOWN, descendants=[CHILD])),
    ],
)
def test_what_no_guard_stands_against(desired: Desired, tenant: Tenant, data: GuardData) -> None:
    assert plan(desired, tenant, data)


def test_a_version_that_has_passed_does_not_matter_when_nothing_is_written() -> None:
    assert plan(desired("disabled", expected_version=1), replace(DISABLED, lock_owner_id=OTHER), GuardData()) == ()


def test_only_the_facts_that_matter_are_asked_for() -> None:
    protected = {"protected_tenants": protect("Hospital")}
    assert needs(desired("absent", **protected), None) == Needs()
    assert needs(desired("absent", **protected), DELETED) == Needs()
    assert needs(desired("disabled", **protected), DISABLED) == Needs()
    assert needs(desired("enabled", **protected), ENABLED) == Needs()
    assert needs(desired("enabled", **protected), DISABLED) == Needs(ancestors=True)
    assert needs(desired("enabled"), replace(DISABLED, lock_owner_id=OTHER)) == Needs(owner=True, ancestors=True)
    assert needs(desired("enabled", restore_deleted=True), DELETED) == Needs(ancestors=True)
    assert needs(desired("disabled", restore_deleted=True), DELETED) == Needs(owner=True)
    assert needs(desired("disabled", **protected), ENABLED) == Needs(owner=True, protection=True)
    assert needs(desired("disabled"), PARENTLY) == Needs(owner=True)
    assert needs(desired("disabled", **protected), PARENTLY) == Needs(owner=True, protection=True)
    deletion = Needs(owner=True, deleted_with=True)
    assert needs(desired("absent", **protected), PARENTLY) == replace(deletion, protection=True, descendants=True)
    assert needs(desired("absent", delete_descendants=True), PARENTLY) == deletion
    counted = desired("absent", delete_descendants=True, reviewed=reviewed())
    assert needs(counted, PARENTLY) == replace(deletion, descendants=True)
    assert needs(replace(counted, state="disabled"), PARENTLY) == Needs(owner=True)
    assert needs(desired("absent"), replace(ENABLED, ancestral_access=False)) == replace(deletion, descendants=True)


def test_expected_version_goes_along_with_own_writes() -> None:
    later = replace(DISABLED, version=9)
    assert after_own_write(desired("absent", expected_version=5), later).expected_version == 9
    assert after_own_write(desired("absent"), later).expected_version is None


TAGGED = replace(ENABLED, internal_tag="old")


@pytest.mark.parametrize(
    ("actions", "tag", "after"),
    [
        (("disable",), "new", "new"),
        (("disable", "delete"), "new", "new"),
        (("restore", "enable"), "new", "new"),
        (("disable",), "", None),
        (("disable",), None, "old"),
        (("delete",), "new", "old"),
        (("restore",), "new", "old"),
        ((), "new", "old"),
    ],
)
def test_a_tag_is_written_with_the_state_alone(actions: Any, tag: str | None, after: str | None) -> None:
    assert predict(TAGGED, actions, tag).internal_tag == after
    assert predict(None, actions, tag).internal_tag is None


@pytest.mark.parametrize(
    ("has", "expected", "passes"),
    [
        (None, "", True),
        ("old", "old", True),
        (NFC, NFD, True),
        ("old", "", False),
        (None, "old", False),
        ("Old", "old", False),
    ],
)
def test_the_tag_that_is_expected(has: str | None, expected: str, passes: bool) -> None:
    tenant = replace(ENABLED, internal_tag=has)
    assert plan(desired("enabled", expected_internal_tag=expected), tenant, KNOWN) == ()
    if passes:
        assert plan(desired("disabled", expected_internal_tag=expected), tenant, KNOWN) == ("disable",)
        return
    for state in ("disabled", "absent"):
        with pytest.raises(RefusedError, match=f"its internal_tag is '{has or ''}', not '{expected}' "):
            plan(desired(state, expected_internal_tag=expected), tenant, KNOWN)


def test_the_expected_tag_goes_along_with_own_writes() -> None:
    both = desired("absent", expected_internal_tag="", internal_tag="new")
    assert after_own_tag(both).expected_internal_tag == "new"
    assert after_own_tag(desired("absent", internal_tag="new")).expected_internal_tag is None


def test_a_state_without_the_tag_is_not_our_write() -> None:
    now = replace(DISABLED, version=6, internal_tag="new")
    assert [took_effect("disable", ENABLED, now, tag) for tag in (None, "new", "other", "")] == [
        True,
        True,
        False,
        False,
    ]
    assert took_effect("disable", ENABLED, replace(DISABLED, version=6), "")


@pytest.mark.parametrize(
    ("action", "now", "ours"),
    [
        ("delete", None, True),
        ("delete", DELETED, True),
        ("delete", DISABLED, False),
        ("disable", replace(DISABLED, version=6), True),
        ("disable", DISABLED, False),
        ("disable", replace(ENABLED, version=6), False),
        ("disable", None, False),
        ("disable", DELETED, False),
        ("enable", replace(ENABLED, version=6), True),
        ("enable", replace(DISABLED, version=6), False),
    ],
)
def test_took_effect(action: Any, now: Tenant | None, ours: bool) -> None:
    assert took_effect(action, ENABLED, now) is ours


@pytest.mark.parametrize("below", STATES)
@pytest.mark.parametrize("above", STATES)
def test_states_that_cannot_both_be_reached(below: Any, above: Any) -> None:
    if (below, above) in [("enabled", "disabled"), ("enabled", "absent"), ("disabled", "absent")]:
        with pytest.raises(RefusedError, match=f"it is to be {below}, but T above it is to be {above}"):
            guard_contradiction(below, above, "T")
    else:
        guard_contradiction(below, above, "T")


@pytest.mark.parametrize(
    "touched",
    [{}, {"enabled": False}, {"deleted_at": "2025-01-01T00:00:00"}, {"has_children": True}, {"operation": "x"}],
)
def test_a_change_above_may_have_reached_a_tenant_below(touched: dict[str, Any]) -> None:
    now = replace(ENABLED, version=9, **touched)
    assert after_change_above(desired("disabled", expected_version=5), ENABLED, now).expected_version == 9
    # An expectation that was not met before is not met since.
    assert after_change_above(desired("disabled", expected_version=4), ENABLED, now).expected_version == 4
    assert after_change_above(desired("disabled"), ENABLED, now).expected_version is None


@pytest.mark.parametrize(
    "changed",
    [
        *({"name": "Other"}, {"kind": "partner"}, {"parent_id": OTHER}, {"customer_id": "C-2"}, {"owner_id": OWN}),
        *({"ancestral_access": False}, {"lock_owner_id": OWN}, {"internal_tag": "x"}, {"pricing_mode": "trial"}),
    ],
)
def test_what_a_change_above_does_not_touch_was_changed_by_somebody_else(changed: dict[str, Any]) -> None:
    now = replace(ENABLED, version=9, enabled=False, **changed)
    assert after_change_above(desired("disabled", expected_version=5), ENABLED, now).expected_version == 5


# Each guard alone stands against few of the plans, so that most of what is drawn can be carried out.
rarely = st.sampled_from([False] * 7 + [True])


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    return rarely.flatmap(lambda rare: st.sampled_from(others) if rare else st.just(usual))


tenants = st.builds(
    Tenant,
    id=st.sampled_from([ID, OWN]),
    version=st.integers(1, 3),
    name=st.sampled_from(["Fabrikam", "Hospital"]),
    kind=st.sampled_from(["partner", "customer", "unit"]),
    enabled=st.booleans(),
    parent_id=st.just(PARENT),
    deleted_at=mostly(None, "2025-01-01T00:00:00"),
    customer_id=st.none() | st.just("C-1"),
    has_children=st.booleans(),
    ancestral_access=st.booleans(),
    lock_owner_id=mostly(None, "", OWN, OTHER),
    operation=mostly(None, "deleting", "recovering", "no_operation"),
    internal_tag=st.sampled_from([None, "other"]),
)
desired_tenants = st.builds(
    Desired,
    state=st.sampled_from(STATES),
    reference=st.sampled_from([BY_ID, Reference("name", "Fabrikam", "Fabrikam")]),
    expected_name=st.sampled_from([None, "Fabrikam"]),
    expected_version=mostly(None, 2),
    expected_internal_tag=st.sampled_from([None, None, "", "other"]),
    internal_tag=st.sampled_from([None, "", "new"]),
    protected_tenants=st.sampled_from([protect(), protect("Hospital"), protect("C-1")]),
    unmatched_protection=st.sampled_from(["fail", "warn"]),
    expected_absent=rarely,
    expected_deleted=rarely,
    reviewed=st.none() | st.builds(reviewed, st.sampled_from([{}, {"unit": 1}])),
    delete_descendants=st.booleans(),
    restore_deleted=st.booleans(),
)
data = st.builds(
    GuardData,
    own_tenant_id=st.sampled_from([None, OWN]),
    own=rarely,
    protected_by=mostly(None, "Hospital"),
    unmatched=mostly(None, "Hospitl"),
    hidden=st.booleans(),
    disabled_ancestor=mostly(None, ABOVE),
    outside=mostly(None, PARENT),
    descendants=st.sampled_from([None, (), (PERSONAL,), (CHILD,), (PERSONAL, CHILD)]),
)


@settings(max_examples=400)
@given(desired_tenants, st.none() | tenants, data)
def test_no_plan_goes_past_a_guard(desired: Desired, tenant: Tenant | None, known: GuardData) -> None:
    try:
        actions = plan(desired, tenant, known)
    except AcronisError as error:
        assert error.message.endswith(".") and error.message.isprintable()
        return
    assert actions == actions_for(desired.state, tenant, desired.restore_deleted)
    if not actions:
        return
    assert tenant is not None
    assert tenant.operation != "recovering"
    assert actions[0] == "restore" or tenant.operation != "deleting"
    assert (tenant.deleted_at is None) is (actions[0] != "restore")
    assert desired.expected_name in (None, tenant.name)
    assert desired.expected_version in (None, tenant.version)
    assert desired.expected_internal_tag in (None, tenant.internal_tag or "")
    assert desired.reference.matches(tenant)
    assert known.own_tenant_id is None or tenant.lock_owner_id in (None, OWN)
    if desired.state != "enabled":
        assert not known.own and known.protected_by is None
        assert known.unmatched is None or (desired.unmatched_protection == "warn" and not known.hidden)
        assert desired.protected_tenants.naming(tenant) is None
    else:
        assert known.disabled_ancestor is None
    assert known.outside is None and not desired.expected_absent
    assert not desired.expected_deleted or actions[0] == "restore"
    if "delete" in actions and desired.reviewed and tenant.may_have_descendants:
        counted = [below for below in known.descendants or () if not below.personal]
        assert len(counted) <= desired.reviewed.sub_tenants.get("unit", 0)
    if "delete" in actions and not desired.delete_descendants:
        assert not tenant.hides_children
    if "delete" in actions and not desired.delete_descendants and tenant.has_children:
        assert known.descendants and all(below.personal for below in known.descendants)
    assert plan(desired, tenant, known) == actions


@given(st.sampled_from(STATES), st.none() | tenants)
def test_what_is_predicted_needs_no_more_actions(state: Any, tenant: Tenant | None) -> None:
    try:
        actions = actions_for(state, tenant)
    except NotFoundError:
        assert state != "absent"
        return
    after = predict(tenant, actions)
    assert after.state == state or (state == "absent" and after.state == "deleted")
