# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state machine, without HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.community.acronis.tests.simulator import seed
from ansible_collections.community.acronis.tests.simulator.model import (
    RECOVERY_SECONDS,
    Client,
    InvalidClientError,
    NotAuthenticatedError,
    PlatformError,
    Selection,
)
from ansible_collections.community.acronis.tests.simulator.platform import Platform
from ansible_collections.community.acronis.tests.simulator.views import Views

Ids = dict[str, str]
DAY = 24 * 3600


def put(platform: Platform, caller: Client, tenant_id: str, **values: Any) -> int:
    """Change a tenant under its present version; the new version."""
    return platform.update_tenant(caller, tenant_id, {"version": platform.tenants[tenant_id].version, **values}).version


def delete(platform: Platform, caller: Client, tenant_id: str) -> None:
    """Disable and delete a tenant."""
    version = put(platform, caller, tenant_id, enabled=False)
    platform.delete_tenant(caller, tenant_id, version)


def names(platform: Platform, caller: Client, selection: Selection) -> list[str]:
    return [tenant.name for tenant in platform.list_tenants(caller, selection, 5000)[0]]


@contextmanager
def refused(code: int) -> Iterator[None]:
    with pytest.raises(PlatformError) as caught:
        yield
    assert caught.value.code == code


# -- versions -------------------------------------------------------------------------------------------------------


def test_versions_grow_by_more_than_one(platform: Platform, caller: Client, ids: Ids) -> None:
    versions = [platform.tenants[ids["solo"]].version]
    versions += [put(platform, caller, ids["solo"], enabled=bool(number % 2)) for number in range(6)]
    steps = {after - before for before, after in itertools.pairwise(versions)}
    assert min(steps) > 1
    assert len(steps) > 1


def test_versions_may_be_time_stamps(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.switches.update({"version_growth": "timestamp"})
    platform.clock.freeze()
    first = put(platform, caller, ids["solo"], enabled=False)
    assert first == int(platform.clock.now() * 1000)
    assert put(platform, caller, ids["solo"], enabled=True) == first + 1


@pytest.mark.parametrize(("raised", "changes"), [(True, 1), (False, 0)])
def test_update_without_a_change(platform: Platform, caller: Client, ids: Ids, raised: bool, changes: int) -> None:
    platform.switches.update({"noop_put_raises_version": raised})
    before, version = platform.changes, platform.tenants[ids["solo"]].version
    assert (put(platform, caller, ids["solo"], enabled=True) > version) is raised
    assert platform.changes - before == changes


@pytest.mark.parametrize("offset", [-1, 1])
def test_stale_and_future_versions_are_refused(platform: Platform, caller: Client, ids: Ids, offset: int) -> None:
    tenant = platform.tenants[ids["solo"]]
    version = tenant.version + offset
    with refused(1001):
        platform.update_tenant(caller, tenant.id, {"enabled": False, "version": version})
    assert tenant.enabled
    put(platform, caller, tenant.id, enabled=False)
    with refused(1001):
        platform.delete_tenant(caller, tenant.id, tenant.version + offset)
    assert tenant.deletion is None


# -- enabling and disabling -----------------------------------------------------------------------------------------


def test_disabling_leaves_the_flags_below(platform: Platform, caller: Client, ids: Ids) -> None:
    version = platform.tenants[ids["law"]].version
    put(platform, caller, ids["contoso"], enabled=False)
    assert platform.tenants[ids["law"]].enabled
    assert platform.tenants[ids["law"]].version == version


def test_nothing_below_a_disabled_tenant_is_enabled(platform: Platform, caller: Client, ids: Ids) -> None:
    put(platform, caller, ids["contoso"], enabled=False)
    with refused(1003):
        put(platform, caller, ids["law"], enabled=True)
    put(platform, caller, ids["law"], enabled=False)
    assert not platform.tenants[ids["law"]].enabled


@pytest.mark.parametrize(
    ("mode", "law", "dormant"), [("restored", True, False), ("kept", False, False), ("enabled", True, True)]
)
def test_flags_that_follow_the_parent(
    platform: Platform, caller: Client, ids: Ids, mode: str, law: bool, dormant: bool
) -> None:
    platform.switches.update({"child_flags_on_disable": "disabled", "child_flags_on_enable": mode})
    version = platform.tenants[ids["law"]].version
    put(platform, caller, ids["contoso"], enabled=False)
    assert not platform.tenants[ids["law"]].enabled
    assert platform.tenants[ids["law"]].version > version
    put(platform, caller, ids["contoso"], enabled=True)
    assert platform.tenants[ids["law"]].enabled is law
    assert platform.tenants[ids["dormant"]].enabled is dormant


def test_versions_that_follow_the_parent(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.switches.update({"disable_raises_child_versions": True})
    version = platform.tenants[ids["dormant"]].version
    put(platform, caller, ids["contoso"], enabled=False)
    assert platform.tenants[ids["dormant"]].version > version


# -- tokens ---------------------------------------------------------------------------------------------------------


def test_token_lives_two_hours(platform: Platform, caller: Client) -> None:
    platform.clock.freeze()
    token = platform.issue_token(seed.CLIENT_ID, seed.CLIENT_SECRET)
    platform.clock.advance(7199)
    assert platform.authenticate(token.value) is caller
    platform.clock.advance(1)
    with pytest.raises(NotAuthenticatedError):
        platform.authenticate(token.value)


def test_lifetime_of_tokens_is_a_switch(platform: Platform, caller: Client) -> None:
    platform.switches.update({"token_seconds": 5})
    token = platform.issue_token(seed.CLIENT_ID, seed.CLIENT_SECRET)
    assert platform.authenticate(token.value) is caller
    platform.clock.advance(5)
    with pytest.raises(NotAuthenticatedError):
        platform.authenticate(token.value)


def test_revoked_and_made_up_tokens(platform: Platform) -> None:
    token = platform.issue_token(seed.CLIENT_ID, seed.CLIENT_SECRET)
    platform.revoke_tokens()
    for value in (token.value, "made-up", ""):
        with pytest.raises(NotAuthenticatedError):
            platform.authenticate(value)


@pytest.mark.parametrize(
    ("client_id", "secret"), [(seed.CLIENT_ID, "wrong"), (seed.CLIENT_SECRET, seed.CLIENT_ID), ("", ""), ("é", "é")]
)
def test_wrong_credentials(platform: Platform, client_id: str, secret: str) -> None:
    with pytest.raises(InvalidClientError):
        platform.issue_token(client_id, secret)


@pytest.mark.parametrize("how", ["own", "above", "client", "deleted"])
def test_clients_below_a_disabled_tenant_stop(platform: Platform, caller: Client, ids: Ids, how: str) -> None:
    credentials = (seed.CUSTOMER_CLIENT_ID, seed.CUSTOMER_CLIENT_SECRET)
    token = platform.issue_token(*credentials).value
    if how == "client":
        platform.clients[seed.CUSTOMER_CLIENT_ID].status = "disabled"
    elif how == "deleted":
        platform.interfere(ids["coral"], delete=True)
    else:
        put(platform, caller, ids["coral" if how == "own" else "adventure"], enabled=False)
    with pytest.raises(NotAuthenticatedError):
        platform.authenticate(token)
    with pytest.raises(InvalidClientError):
        platform.issue_token(*credentials)
    platform.switches.update({"disabled_client": "until_expiry"})
    assert platform.authenticate(token).client_id == seed.CUSTOMER_CLIENT_ID


# -- reach ----------------------------------------------------------------------------------------------------------


def test_reach_is_the_own_tenant_and_below(platform: Platform, caller: Client, ids: Ids) -> None:
    assert platform.get_tenant(caller, ids["northwind"]).name == "Northwind MSP"
    assert platform.get_tenant(caller, ids["bakery_north"]).name == "Bakery North"
    for name in ("platform", "fabrikam", "fabrikam_retail"):
        with refused(1002):
            platform.get_tenant(caller, ids[name])
        with refused(1002):
            put(platform, caller, ids[name], enabled=False)
        with refused(1002):
            platform.delete_tenant(caller, ids[name], 1)
        with refused(1002):
            platform.restore_tenant(caller, ids[name])
    platform.switches.update({"out_of_scope_status": 404})
    with refused(1005):
        platform.get_tenant(caller, ids["fabrikam"])


def test_unknown_tenant(platform: Platform, caller: Client) -> None:
    for operation in (platform.get_tenant, platform.restore_tenant):
        with refused(1005):
            operation(caller, seed.stable_id("nowhere"))  # type: ignore[operator]


def test_self_service_hides_what_is_below(platform: Platform, caller: Client, ids: Ids) -> None:
    assert platform.get_tenant(caller, ids["clinic"]).name == "Private Clinic"
    with refused(1002):
        platform.get_tenant(caller, ids["clinic_lab"])
    assert platform.list_users(caller, tenant_id=ids["clinic"]) == []
    assert "Clinic Laboratory" not in names(platform, caller, Selection(subtree_root_id=ids["contoso"]))
    assert names(platform, caller, Selection(parent_id=ids["clinic"])) == []
    assert names(platform, caller, Selection(uuids=(ids["clinic"], ids["clinic_lab"]))) == ["Private Clinic"]
    with refused(1002):
        put(platform, caller, ids["clinic_lab"], enabled=False)
    assert names(platform, caller, Selection(subtree_root_id=ids["clinic"])) == ["Private Clinic"]
    platform.switches.update({"self_service_reads": "refused"})
    with refused(1002):
        names(platform, caller, Selection(subtree_root_id=ids["clinic"]))
    with refused(1002):
        platform.list_users(caller, tenant_id=ids["clinic"])


@pytest.mark.parametrize("mode", ["empty", "refused"])
def test_listings_from_above_leave_out_what_self_service_hides(
    platform: Platform, caller: Client, ids: Ids, mode: str
) -> None:
    platform.switches.update({"self_service_reads": mode})
    for name in ("clinic", "clinic_lab"):
        platform.add_client(platform.tenants[ids[name]], seed.stable_id(name), f"secret of {name}")
    hidden_user = next(user for user in platform.users.values() if user.login == "owner@clinic.example")
    from_above = platform.list_users(caller, subtree_root_id=ids["contoso"])
    assert hidden_user not in from_above
    assert "admin@contoso.example" in [user.login for user in from_above]
    assert platform.list_users(caller, uuids=(hidden_user.id,)) == []
    assert "Private Clinic" in names(platform, caller, Selection(subtree_root_id=ids["contoso"]))
    clients = platform.list_clients(caller, below=True)
    assert [client.client_id for client in clients] == [seed.CLIENT_ID, seed.CUSTOMER_CLIENT_ID]
    if mode == "refused":
        with refused(1002):
            platform.list_users(caller, subtree_root_id=ids["clinic"])
        with refused(1002):
            platform.list_tenants(caller, Selection(parent_id=ids["clinic"]), 10)
    else:
        assert platform.list_users(caller, subtree_root_id=ids["clinic"]) == []


@pytest.mark.parametrize("mode", ["empty", "refused"])
def test_listings_that_go_through_self_service_tenants(platform: Platform, caller: Client, ids: Ids, mode: str) -> None:
    """They show the tenants alone: no users, and only when they begin further up."""
    platform.switches.update({"self_service_listing": "shown", "self_service_reads": mode})
    from_above = Selection(subtree_root_id=ids["contoso"])
    assert {"Private Clinic", "Clinic Laboratory", "owner@clinic.example"} <= set(names(platform, caller, from_above))
    assert "Clinic Laboratory" not in names(platform, caller, Selection(parent_id=ids["contoso"]))
    if mode == "empty":
        assert names(platform, caller, Selection(subtree_root_id=ids["clinic"])) == ["Private Clinic"]
        assert names(platform, caller, Selection(parent_id=ids["clinic"])) == []
    users = platform.list_users(caller, subtree_root_id=ids["contoso"])
    assert "owner@clinic.example" not in [user.login for user in users]
    with refused(1002):
        platform.get_tenant(caller, ids["clinic_lab"])
    platform.switches.update({"self_service_listing": "left_out"})
    assert "Clinic Laboratory" not in names(platform, caller, from_above)


def test_self_service_hides_nothing_from_its_own_client(platform: Platform, ids: Ids) -> None:
    own = platform.add_client(platform.tenants[ids["clinic"]], seed.stable_id("own"), "secret of the clinic")
    assert platform.get_tenant(own, ids["clinic_lab"]).name == "Clinic Laboratory"
    assert "Clinic Laboratory" in names(platform, own, Selection(subtree_root_id=ids["clinic"]))
    assert [user.login for user in platform.list_users(own, tenant_id=ids["clinic"])] == ["owner@clinic.example"]


def test_self_service_has_no_meaning_for_units(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.interfere(ids["bakery_north"], values={"ancestral_access": False})
    assert len(platform.list_users(caller, tenant_id=ids["bakery_north"])) == 1


def test_locked_tenant_is_written_by_the_owner_of_the_lock_only(platform: Platform, caller: Client, ids: Ids) -> None:
    tenant = platform.tenants[ids["locked"]]
    assert tenant.lock_owner_id == ids["contoso"]
    with refused(1012):
        put(platform, caller, tenant.id, enabled=False)
    with refused(1012):
        platform.delete_tenant(caller, tenant.id, tenant.version)
    owner = platform.add_client(platform.tenants[ids["contoso"]], seed.stable_id("owner"), "secret of the owner")
    put(platform, owner, tenant.id, update_lock={"enabled": False})
    put(platform, caller, tenant.id, update_lock={"enabled": True})
    assert tenant.lock_owner_id == ids["northwind"]
    with refused(1012):
        put(platform, owner, tenant.id, enabled=False)


# -- names and the tree ---------------------------------------------------------------------------------------------


def test_names_are_unique_among_living_siblings(platform: Platform, caller: Client, ids: Ids) -> None:
    with refused(1004):
        put(platform, caller, ids["contoso"], name="solo SOFTWARE")
    put(platform, caller, ids["solo"], name="SOLO SOFTWARE")
    delete(platform, caller, ids["solo"])
    put(platform, caller, ids["contoso"], name="Solo Software")
    assert {platform.tenants[ids[key]].name for key in ("twin_contoso", "twin_adventure")} == {"Twin Trading"}


def test_kinds_have_their_place(platform: Platform, caller: Client, ids: Ids) -> None:
    with refused(1027):
        put(platform, caller, ids["solo"], kind="partner")
    put(platform, caller, ids["branches"], kind="partner")
    assert platform.tenants[ids["branches"]].kind == "partner"


def test_moving(platform: Platform, caller: Client, ids: Ids) -> None:
    assert "Blue Ridge Law" in names(platform, caller, Selection(subtree_root_id=ids["contoso"]))
    put(platform, caller, ids["law"], parent_id=ids["adventure"])
    assert platform.tenants[ids["law"]].parent is platform.tenants[ids["adventure"]]
    assert "Blue Ridge Law" in names(platform, caller, Selection(parent_id=ids["adventure"]))
    assert "Blue Ridge Law" not in names(platform, caller, Selection(subtree_root_id=ids["contoso"]))
    with refused(1007):
        put(platform, caller, ids["contoso"], parent_id=ids["branches"])
    with refused(1008):
        put(platform, caller, ids["ward"], parent_id=ids["bakery"])
    with refused(1027):
        put(platform, caller, ids["solo"], parent_id=ids["hospital"])
    with refused(1004):
        put(platform, caller, ids["twin_contoso"], parent_id=ids["adventure"])
    put(platform, caller, ids["adventure"], enabled=False)
    with refused(1013):
        put(platform, caller, ids["solo"], parent_id=ids["adventure"])


def test_users_of_customers_and_units_have_a_personal_tenant(platform: Platform, ids: Ids) -> None:
    user = platform.add_user(platform.tenants[ids["solo"]], "new@solo.example")
    personal = user.personal_tenant
    assert personal is not None
    assert (personal.kind, personal.owner_id, personal.parent) == ("unit", user.id, platform.tenants[ids["solo"]])
    assert platform.has_children(platform.tenants[ids["solo"]])
    assert platform.add_user(platform.tenants[ids["contoso"]], "new@contoso.example").personal_tenant is None


# -- deletion and recovery ------------------------------------------------------------------------------------------


def test_enabled_tenant_is_not_deleted(platform: Platform, caller: Client, ids: Ids) -> None:
    with refused(1006):
        platform.delete_tenant(caller, ids["solo"], platform.tenants[ids["solo"]].version)


def test_deletion_takes_everything_below(platform: Platform, caller: Client, ids: Ids) -> None:
    delete(platform, caller, ids["contoso"])
    for name in ("contoso", "branches", "bakery", "bakery_north", "clinic_lab", "locked"):
        with pytest.raises(PlatformError):
            platform.get_tenant(caller, ids[name])
    assert [user.login for user in platform.list_users(caller, subtree_root_id=ids["northwind"])] == [
        "admin@northwind.example",
        "desk@harbor.example",
    ]
    assert platform.get_tenant(caller, ids["bakery"], allow_deleted=True).id == ids["bakery"]
    with refused(1005):
        put(platform, caller, ids["contoso"], enabled=True)


def test_deleted_tenant_is_there_for_thirty_days(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.clock.freeze()
    delete(platform, caller, ids["solo"])
    platform.clock.advance(30 * DAY - 1)
    assert platform.get_tenant(caller, ids["solo"], allow_deleted=True).id == ids["solo"]
    platform.clock.advance(1)
    with refused(1005):
        platform.get_tenant(caller, ids["solo"], allow_deleted=True)
    with refused(1005):
        platform.restore_tenant(caller, ids["solo"])
    everything = Selection(subtree_root_id=ids["northwind"], allow_deleted=True)
    assert "Solo Software" not in names(platform, caller, everything)
    assert RECOVERY_SECONDS == 30 * DAY


@pytest.mark.parametrize("mode", ["marked", "hidden"])
def test_nothing_is_left_after_thirty_days(platform: Platform, caller: Client, ids: Ids, mode: str) -> None:
    platform.clock.freeze()
    platform.switches.update({"deleted_descendants": mode, "deletion_seconds": 60})
    delete(platform, caller, ids["adventure"])
    below = list(platform.tenants[ids["adventure"]].subtree())
    user_ids = tuple(user_id for tenant in below for user_id in tenant.users)
    platform.clock.advance(60 + 30 * DAY)
    for tenant in below:
        for operation in (platform.get_tenant, platform.restore_tenant):
            with refused(1005):
                operation(caller, tenant.id, True)
    assert names(platform, caller, Selection(uuids=tuple(tenant.id for tenant in below), allow_deleted=True)) == []
    assert "Adventure Partner" not in names(platform, caller, Selection(parent_id=ids["northwind"], allow_deleted=True))
    with refused(1005):
        platform.list_tenants(caller, Selection(subtree_root_id=ids["adventure"], allow_deleted=True), 10)
    with refused(1005):
        platform.list_users(caller, subtree_root_id=ids["adventure"], allow_deleted=True)
    assert user_ids
    assert platform.list_users(caller, uuids=user_ids, allow_deleted=True) == []
    assert platform.list_clients(caller, below=True, allow_deleted=True) == [caller]


@pytest.mark.parametrize(("mode", "code"), [("not_found", 1005), ("gone", 410)])
def test_reading_a_deleted_tenant(platform: Platform, caller: Client, ids: Ids, mode: str, code: int) -> None:
    platform.switches.update({"get_deleted": mode})
    with refused(code):
        platform.get_tenant(caller, ids["former"])


def test_switches_of_reading_a_deleted_tenant(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.switches.update({"get_deleted": "shown"})
    assert platform.get_tenant(caller, ids["former"]).deletion is not None
    platform.switches.update({"get_deleted": "not_found", "allow_deleted_honored": False})
    with refused(1005):
        platform.get_tenant(caller, ids["former"], allow_deleted=True)


@pytest.mark.parametrize("mode", ["not_found", "gone", "shown"])
def test_nothing_is_written_in_a_deleted_tenant(platform: Platform, caller: Client, ids: Ids, mode: str) -> None:
    platform.switches.update({"get_deleted": mode})
    platform.interfere(ids["adventure"], delete=True)
    with refused(1005):
        put(platform, caller, ids["solo"], parent_id=ids["adventure"])
    with refused(1005):
        put(platform, caller, ids["adventure"], enabled=False)


def test_deleting_a_deleted_tenant(platform: Platform, caller: Client, ids: Ids) -> None:
    version = platform.tenants[ids["former"]].version
    with refused(1005):
        platform.delete_tenant(caller, ids["former"], version - 1)
    platform.switches.update({"delete_deleted": "version_first"})
    with refused(1001):
        platform.delete_tenant(caller, ids["former"], version - 1)
    with refused(1005):
        platform.delete_tenant(caller, ids["former"], version)


def test_deletion_that_takes_time(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.clock.freeze()
    platform.switches.update({"deletion_seconds": 60})
    delete(platform, caller, ids["solo"])
    tenant = platform.get_tenant(caller, ids["solo"])
    assert platform.operation_status(tenant) == "deleting"
    with refused(1011):
        put(platform, caller, ids["solo"], enabled=True)
    with refused(1011):
        put(platform, caller, ids["solo"], external_operation_status="no_operation")
    with refused(1011):
        platform.delete_tenant(caller, ids["solo"], tenant.version)
    with refused(1011):
        platform.restore_tenant(caller, ids["solo"])
    platform.clock.advance(60)
    with refused(1005):
        platform.get_tenant(caller, ids["solo"])
    assert platform.operation_status(tenant) is None


def test_restoration_that_takes_time(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.clock.freeze()
    platform.switches.update({"restoration_seconds": 60})
    tenant = platform.restore_tenant(caller, ids["former"])
    assert platform.operation_status(tenant) == "recovering"
    assert not tenant.enabled
    with refused(1011):
        put(platform, caller, ids["former"], enabled=True)
    platform.clock.advance(60)
    assert platform.operation_status(tenant) is None
    put(platform, caller, ids["former"], enabled=True)
    assert tenant.enabled


def test_a_restoration_that_still_shows_the_deletion(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.clock.freeze()
    platform.switches.update({"restoration_seconds": 60, "recovering_shows_deleted": True})
    deleted_at = Views(platform).tenant(platform.tenants[ids["former"]])["deleted_at"]
    platform.clock.advance(10)
    tenant = platform.restore_tenant(caller, ids["former"])
    shown = Views(platform).tenant(platform.get_tenant(caller, ids["former"], allow_deleted=True))
    assert (shown["deleted_at"], shown["external_operation_status"]) == (deleted_at, "recovering")
    with refused(1005):
        platform.get_tenant(caller, ids["former"])
    with refused(1005):
        put(platform, caller, ids["former"], enabled=True)
    assert "Former Foods" not in names(platform, caller, Selection(subtree_root_id=ids["northwind"]))
    platform.clock.advance(60)
    shown = Views(platform).tenant(platform.get_tenant(caller, ids["former"]))
    assert (shown["deleted_at"], shown["external_operation_status"]) == (None, None)
    put(platform, caller, ids["former"], enabled=True)
    assert tenant.enabled


@pytest.mark.parametrize("mode", ["marked", "hidden"])
def test_what_allow_deleted_shows_below(platform: Platform, caller: Client, ids: Ids, mode: str) -> None:
    """Until deprovisioning is over all are there; then, with the switch, the topmost deleted tenant alone."""
    platform.clock.freeze()
    platform.switches.update({"deleted_descendants": mode, "deletion_seconds": 60})
    customers = ["Twin Trading", "Coral Consulting", "Harbor Hotel", "Harbour Hotel"]
    units = ["Coral Office", "desk@harbor.example"]
    annex = ["Harbour Annex"]
    floors = ["Annex Floor 1", "Annex Floor 2", "Annex Floor 3"]
    everything = Selection(subtree_root_id=ids["adventure"], allow_deleted=True)
    living = Selection(subtree_root_id=ids["adventure"])
    hidden = mode == "hidden"
    # The annex was deleted before, and alone.
    delete(platform, caller, ids["adventure"])
    assert sorted(names(platform, caller, living)) == sorted(["Adventure Partner", *customers, *units])
    assert sorted(names(platform, caller, everything)) == sorted(
        ["Adventure Partner", *customers, *units, *annex, *([] if hidden else floors)]
    )
    for tenant in platform.list_tenants(caller, living, 100)[0]:
        assert (platform.operation_status(tenant), platform.is_deleted(tenant)) == ("deleting", False)
    assert len(platform.list_users(caller, subtree_root_id=ids["adventure"])) == 1
    assert len(platform.list_clients(caller, below=True)) == 2

    platform.clock.advance(60)
    with refused(1005):
        names(platform, caller, living)
    shown = names(platform, caller, everything)
    assert sorted(shown) == sorted(["Adventure Partner", *([] if hidden else [*customers, *units, *annex, *floors])])
    assert all(platform.is_deleted(tenant) for tenant in platform.list_tenants(caller, everything, 100)[0])
    assert len(platform.list_users(caller, subtree_root_id=ids["adventure"], allow_deleted=True)) == (not hidden)
    assert len(platform.list_clients(caller, below=True, allow_deleted=True)) == (1 if hidden else 2)
    for name in ("coral", "harbour_annex"):
        if hidden:
            with refused(1005):
                platform.get_tenant(caller, ids[name], allow_deleted=True)
        else:
            assert platform.get_tenant(caller, ids[name], allow_deleted=True).id == ids[name]

    platform.restore_tenant(caller, ids["adventure"])
    assert sorted(names(platform, caller, living)) == sorted(["Adventure Partner", *customers, *units])
    assert sorted(set(names(platform, caller, everything)) - set(names(platform, caller, living))) == sorted(
        annex if hidden else [*annex, *floors]
    )


def test_deleting_something_hidden(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.switches.update({"deleted_descendants": "hidden", "delete_deleted": "version_first"})
    version = platform.tenants[ids["former_depot"]].version
    with refused(1005):
        platform.delete_tenant(caller, ids["former_depot"], version - 1)


def test_restore_brings_back_what_went_together(platform: Platform, caller: Client, ids: Ids) -> None:
    delete(platform, caller, ids["law"])
    delete(platform, caller, ids["contoso"])
    version = platform.tenants[ids["contoso"]].version
    with refused(1005):
        platform.restore_tenant(caller, ids["bakery"])
    platform.restore_tenant(caller, ids["contoso"])
    tenant = platform.get_tenant(caller, ids["contoso"])
    assert not tenant.enabled
    assert tenant.version > version
    assert platform.get_tenant(caller, ids["bakery"]).enabled
    assert [user.login for user in platform.list_users(caller, tenant_id=ids["bakery_north"])] == [
        "nora@bakery.example"
    ]
    with refused(1005):
        platform.get_tenant(caller, ids["law"])


def test_switches_of_restore(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.switches.update(
        {"restored_enabled": True, "restore_descendants": False, "restore_raises_version": False, "restore_live": 409}
    )
    version = platform.tenants[ids["former"]].version
    tenant = platform.restore_tenant(caller, ids["former"])
    assert (tenant.enabled, tenant.version) == (True, version)
    with refused(1005):
        platform.get_tenant(caller, ids["former_depot"])
    assert platform.list_users(caller, tenant_id=ids["former"]) == []
    with refused(409):
        platform.restore_tenant(caller, ids["former"])
    platform.switches.update({"restore_live": 404})
    with refused(1005):
        platform.restore_tenant(caller, ids["former"])


def test_restore_with_a_name_that_is_taken(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.add_tenant(platform.tenants[ids["contoso"]], "former foods", "customer")
    with refused(1004):
        platform.restore_tenant(caller, ids["former"])
    assert platform.tenants[ids["former"]].deletion is not None
    platform.restore_tenant(caller, ids["former"], force=True)
    assert platform.get_tenant(caller, ids["former"]).name == "Former Foods (2)"


def test_restore_with_a_login_that_is_taken(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.add_user(platform.tenants[ids["solo"]], "last@former.example")
    with refused(1004):
        platform.restore_tenant(caller, ids["former"])
    platform.restore_tenant(caller, ids["former"], force=True)
    assert [user.login for user in platform.list_users(caller, tenant_id=ids["former"])] == [
        "last@former.example-restored"
    ]


# -- listing --------------------------------------------------------------------------------------------------------


def test_subtree_listing_goes_by_level(platform: Platform, caller: Client, ids: Ids) -> None:
    found, position = platform.list_tenants(caller, Selection(subtree_root_id=ids["northwind"]), 5000)
    assert position is None
    assert found[0].id == ids["northwind"]
    depths = [platform.depth(tenant) for tenant in found]
    assert depths == sorted(depths)
    assert "Former Foods" not in [tenant.name for tenant in found]
    assert "Fabrikam MSP" not in [tenant.name for tenant in found]


def test_pages_lose_nothing_when_tenants_go(platform: Platform, caller: Client, ids: Ids) -> None:
    selection = Selection(subtree_root_id=ids["northwind"])
    whole = names(platform, caller, selection)
    first, position = platform.list_tenants(caller, selection, 4)
    delete(platform, caller, ids["solo"])
    assert ids["solo"] in [tenant.id for tenant in first]
    rest: list[str] = []
    while position:
        page, position = platform.list_tenants(caller, selection, 4, position)
        rest += [tenant.name for tenant in page]
    assert [tenant.name for tenant in first] + rest == whole


def test_new_tenants_show_in_a_listing_that_was_kept(platform: Platform, caller: Client, ids: Ids) -> None:
    selection = Selection(subtree_root_id=ids["northwind"])
    names(platform, caller, selection)
    platform.add_tenant(platform.tenants[ids["adventure"]], "New", "customer")
    assert "New" in names(platform, caller, selection)
    put(platform, caller, ids["adventure"], ancestral_access=False)
    assert "New" not in names(platform, caller, selection)


def test_batch_leaves_out_what_is_not_to_be_seen(platform: Platform, caller: Client, ids: Ids) -> None:
    wanted = (*tuple(ids[key] for key in ("solo", "fabrikam", "former", "northwind")), seed.stable_id("nowhere"))
    assert names(platform, caller, Selection(uuids=wanted)) == ["Northwind MSP", "Solo Software"]
    shown = names(platform, caller, Selection(uuids=wanted, allow_deleted=True))
    assert shown == ["Northwind MSP", "Solo Software", "Former Foods"]
    platform.switches.update({"batch_out_of_scope": "refused"})
    with refused(1002):
        names(platform, caller, Selection(uuids=wanted))


def test_relative_path(platform: Platform, caller: Client, ids: Ids) -> None:
    selection = Selection(uuids=(ids["law"],), relative_path=True)
    assert names(platform, caller, selection) == [
        "Northwind MSP",
        "Contoso Partner",
        "Contoso Branches",
        "Blue Ridge Law",
    ]
    deleted = Selection(uuids=(ids["former"],), relative_path=True, allow_deleted=True)
    assert names(platform, caller, deleted) == ["Northwind MSP", "Contoso Partner", "Former Foods"]
    platform.switches.update({"relative_path_of_deleted": "left_out"})
    assert names(platform, caller, deleted) == ["Former Foods"]
    assert len(names(platform, caller, selection)) == 4
    platform.switches.update({"relative_path_honored": False})
    assert names(platform, caller, selection) == ["Blue Ridge Law"]


def test_updated_since(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.clock.freeze()
    now = platform.clock.now()
    platform.clock.advance(10)
    put(platform, caller, ids["solo"], enabled=False)
    selection = Selection(subtree_root_id=ids["northwind"], updated_since=now + 5)
    assert names(platform, caller, selection) == ["Solo Software"]


def test_unknown_root_of_a_listing(platform: Platform, caller: Client) -> None:
    selection = Selection(subtree_root_id=seed.stable_id("nowhere"))
    with refused(1005):
        names(platform, caller, selection)
    platform.switches.update({"unknown_root": "empty"})
    assert names(platform, caller, selection) == []


# -- another administrator, and the clock ---------------------------------------------------------------------------


def test_another_administrator_knows_no_rules(platform: Platform, ids: Ids) -> None:
    tenant = platform.tenants[ids["locked"]]
    version = tenant.version
    platform.interfere(
        tenant.id, values={"name": "Twin Trading", "enabled": False, "external_operation_status": "deleting"}
    )
    assert (tenant.name, tenant.enabled, tenant.external_operation_status) == ("Twin Trading", False, "deleting")
    assert tenant.version > version
    platform.interfere(tenant.id, values={"version": 5}, bump=False)
    assert tenant.version == 5
    platform.interfere(tenant.id, bump=False)
    assert tenant.version == 5
    platform.interfere(tenant.id, delete=True)
    assert platform.is_deleted(tenant)
    platform.interfere(tenant.id, restore=True)
    assert not platform.is_deleted(tenant)
    with pytest.raises(ValueError, match="unknown fields"):
        platform.interfere(tenant.id, values={"nmae": "typo"})
    with pytest.raises(KeyError):
        platform.interfere("nowhere")


def test_work_that_another_started_blocks_writes(platform: Platform, caller: Client, ids: Ids) -> None:
    platform.interfere(ids["solo"], values={"external_operation_status": "recovering"})
    with refused(1011):
        put(platform, caller, ids["solo"], enabled=False)
    put(platform, caller, ids["solo"], external_operation_status="no_operation")
    put(platform, caller, ids["solo"], enabled=False)


def test_clock_runs_on_from_where_it_was_frozen(platform: Platform) -> None:
    clock = platform.clock
    clock.advance(1000)
    clock.freeze()
    frozen = clock.now()
    assert clock.now() == frozen
    clock.advance(5)
    assert clock.now() == frozen + 5
    clock.freeze(False)
    assert frozen + 5 <= clock.now() < frozen + 65
