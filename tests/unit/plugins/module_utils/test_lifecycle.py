# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError, NotFoundError, RefusedError
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import (
    STATES,
    Facts,
    Needs,
    View,
    Wanted,
    actions_for,
    after_own_write,
    needs,
    plan,
    predict,
    shown_state,
    took_effect,
    view,
)
from ansible_collections.community.acronis.plugins.module_utils._references import Reference
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant

OWN, PARENT, ID, OTHER = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in range(4))
ENABLED = Tenant(ID, 5, "Fabrikam", "customer", True, PARENT, customer_id="C-1", has_children=False)
DISABLED = replace(ENABLED, enabled=False)
DELETED = replace(DISABLED, deleted_at="2025-01-01T00:00:00")
BY_ID = Reference("id", ID, ID)
CHILD = Tenant(OTHER, 1, "Unit", "unit", True, ID)
PERSONAL = replace(CHILD, owner_id=OWN)
KNOWN = Facts(own_tenant_id=OWN)


def wanted(state: Any, **changed: Any) -> Wanted:
    return Wanted(state, **{"reference": BY_ID, **changed})


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
    assert shown_state(tenant) == shown
    assert view(tenant).state == shown


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
    assert plan(wanted(state), tenant, KNOWN) == actions
    after = predict(tenant, actions)  # type: ignore[arg-type]
    if actions:
        assert after == View("deleted" if state == "absent" else state, state == "enabled", None)
    else:
        assert after == view(tenant)


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
        plan(wanted(state), tenant, KNOWN)


LOCKED = replace(ENABLED, lock_owner_id=OTHER)
PARENTLY = replace(ENABLED, has_children=True)


@pytest.mark.parametrize(
    ("wish", "tenant", "facts", "words"),
    [
        (
            wanted("disabled", reference=Reference("name", "Old", "Old")),
            ENABLED,
            KNOWN,
            "no longer the tenant with name 'Old'",
        ),
        (wanted("disabled", reference=Reference("customer_id", "C-2", "C-2")), ENABLED, KNOWN, "customer_id 'C-2'"),
        (wanted("enabled", expected_name="Fabrikam "), ENABLED, KNOWN, "not 'Fabrikam' \\(expected_name"),
        (wanted("absent", expected_name="fabrikam"), DELETED, KNOWN, "expected_name"),
        (wanted("disabled", expected_version=4), ENABLED, KNOWN, "version is 5, not 4"),
        (wanted("disabled"), replace(ENABLED, operation="recovering"), KNOWN, "restoring"),
        (wanted("disabled"), ENABLED, replace(KNOWN, own=True), "own tenant"),
        (wanted("absent"), DISABLED, replace(KNOWN, own=True), "own tenant"),
        (wanted("disabled", protected_tenants=[ID.upper()]), ENABLED, KNOWN, "protected"),
        (wanted("disabled", protected_tenants=["x", "Fabrikam"]), DISABLED, KNOWN, "protected_tenants: 'Fabrikam'"),
        (wanted("absent", protected_tenants=["C-1"]), ENABLED, KNOWN, "protected"),
        (wanted("absent"), ENABLED, replace(KNOWN, protected_by="Hospital"), "below it is protected .*'Hospital'"),
        (wanted("disabled"), LOCKED, KNOWN, f"locked by tenant {OTHER}"),
        (wanted("enabled"), replace(LOCKED, enabled=False, lock_owner_id=""), KNOWN, "locked by tenant unknown"),
        (wanted("absent"), PARENTLY, replace(KNOWN, descendants=[CHILD]), "1 sub-tenant \\('Unit'\\)"),
        (wanted("absent"), PARENTLY, replace(KNOWN, descendants=[CHILD] * 5), "5 sub-tenants .* and 2 more"),
        (wanted("absent"), PARENTLY, replace(KNOWN, descendants=[]), "none is shown"),
        (wanted("absent"), PARENTLY, KNOWN, "none is shown"),
        (wanted("disabled"), PARENTLY, replace(KNOWN, unseen="Hospital"), "may be there"),
        (wanted("absent"), replace(DELETED, operation="recovering"), KNOWN, "restoring"),
        (wanted("enabled"), replace(DELETED, operation="recovering"), KNOWN, "restoring"),
        (wanted("absent"), replace(ENABLED, ancestral_access=False), KNOWN, "hides"),
    ],
)
def test_guards(wish: Wanted, tenant: Tenant, facts: Facts, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        plan(wish, tenant, facts)


@pytest.mark.parametrize(
    ("wish", "tenant", "facts"),
    [
        (wanted("enabled", protected_tenants=["Fabrikam"]), DISABLED, replace(KNOWN, own=True, protected_by="x")),
        (wanted("disabled", expected_name="Fabrikam", expected_version=5), ENABLED, KNOWN),
        (wanted("disabled"), replace(ENABLED, lock_owner_id=OWN), KNOWN),
        (wanted("disabled"), LOCKED, Facts()),
        (wanted("absent", delete_descendants=True), PARENTLY, replace(KNOWN, descendants=[CHILD])),
        (wanted("absent"), PARENTLY, replace(KNOWN, descendants=[PERSONAL])),
        (wanted("absent"), replace(ENABLED, kind="unit", ancestral_access=False), KNOWN),
        (wanted("disabled"), PARENTLY, replace(KNOWN, descendants=[CHILD])),
    ],
)
def test_what_no_guard_stands_against(wish: Wanted, tenant: Tenant, facts: Facts) -> None:
    assert plan(wish, tenant, facts)


def test_a_version_that_has_passed_does_not_matter_when_nothing_is_written() -> None:
    assert plan(wanted("disabled", expected_version=1), replace(DISABLED, lock_owner_id=OTHER), Facts()) == ()


def test_only_the_facts_that_matter_are_asked_for() -> None:
    protected = {"protected_tenants": ["Hospital"]}
    assert needs(wanted("absent", **protected), None) == Needs()
    assert needs(wanted("absent", **protected), DELETED) == Needs()
    assert needs(wanted("disabled", **protected), DISABLED) == Needs()
    assert needs(wanted("enabled", **protected), DISABLED) == Needs()
    assert needs(wanted("enabled"), replace(DISABLED, lock_owner_id=OTHER)) == Needs(owner=True)
    assert needs(wanted("disabled", **protected), ENABLED) == Needs(owner=True, protection=True)
    assert needs(wanted("disabled"), PARENTLY) == Needs(owner=True)
    assert needs(wanted("disabled", **protected), PARENTLY) == Needs(owner=True, protection=True)
    assert needs(wanted("absent", **protected), PARENTLY) == Needs(owner=True, protection=True, descendants=True)
    assert needs(wanted("absent", delete_descendants=True), PARENTLY) == Needs(owner=True)
    assert needs(wanted("absent"), replace(ENABLED, ancestral_access=False)) == Needs(owner=True, descendants=True)


def test_expected_version_goes_changed_with_own_writes() -> None:
    later = replace(DISABLED, version=9)
    assert after_own_write(wanted("absent", expected_version=5), later).expected_version == 9
    assert after_own_write(wanted("absent"), later).expected_version is None


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


tenants = st.builds(
    Tenant,
    id=st.sampled_from([ID, OWN]),
    version=st.integers(1, 3),
    name=st.sampled_from(["Fabrikam", "Hospital"]),
    kind=st.sampled_from(["partner", "customer", "unit"]),
    enabled=st.booleans(),
    parent_id=st.just(PARENT),
    deleted_at=st.none() | st.just("2025-01-01T00:00:00"),
    customer_id=st.none() | st.just("C-1"),
    has_children=st.booleans(),
    ancestral_access=st.booleans(),
    lock_owner_id=st.sampled_from([None, "", OWN, OTHER]),
    operation=st.sampled_from([None, "deleting", "recovering", "no_operation"]),
)
wishes = st.builds(
    Wanted,
    state=st.sampled_from(STATES),
    reference=st.sampled_from([BY_ID, Reference("name", "Fabrikam", "Fabrikam")]),
    expected_name=st.sampled_from([None, "Fabrikam"]),
    expected_version=st.sampled_from([None, 2]),
    protected_tenants=st.sampled_from([(), ("Hospital",), ("C-1",)]),
    delete_descendants=st.booleans(),
    restore_deleted=st.booleans(),
)
facts = st.builds(
    Facts,
    own_tenant_id=st.sampled_from([None, OWN]),
    own=st.booleans(),
    protected_by=st.sampled_from([None, "Hospital"]),
    unseen=st.sampled_from([None, "Hospital"]),
    descendants=st.sampled_from([None, (), (PERSONAL,), (CHILD,), (PERSONAL, CHILD)]),
)


@given(wishes, st.none() | tenants, facts)
def test_no_plan_goes_past_a_guard(wish: Wanted, tenant: Tenant | None, known: Facts) -> None:
    try:
        actions = plan(wish, tenant, known)
    except AcronisError as error:
        assert error.message.endswith(".") and error.message.isprintable()
        return
    assert actions == actions_for(wish.state, tenant, wish.restore_deleted)
    if not actions:
        return
    assert tenant is not None
    assert tenant.operation != "recovering"
    assert actions[0] == "restore" or tenant.operation != "deleting"
    assert (tenant.deleted_at is None) is (actions[0] != "restore")
    assert wish.expected_name in (None, tenant.name)
    assert wish.expected_version in (None, tenant.version)
    assert wish.reference.matches(tenant)
    assert known.own_tenant_id is None or tenant.lock_owner_id in (None, OWN)
    if wish.state != "enabled":
        assert not known.own and known.protected_by is None and known.unseen is None
        assert not {tenant.id, tenant.name, tenant.customer_id} & set(wish.protected_tenants)
    if "delete" in actions and not wish.delete_descendants and tenant.has_children:
        assert known.descendants and all(below.personal for below in known.descendants)
    assert plan(wish, tenant, known) == actions


@given(st.sampled_from(STATES), st.none() | tenants)
def test_what_is_predicted_needs_no_more_actions(state: Any, tenant: Tenant | None) -> None:
    try:
        actions = actions_for(state, tenant)
    except NotFoundError:
        assert state != "absent"
        return
    after = predict(tenant, actions)
    assert after.state == state or (state == "absent" and after.state == "deleted")
