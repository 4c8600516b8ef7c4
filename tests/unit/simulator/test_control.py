# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control endpoints."""

from __future__ import annotations

from typing import Any

from ansible_collections.community.acronis.tests.simulator import seed

from .conftest import Api

Ids = dict[str, str]


def test_log(api: Api, ids: Ids) -> None:
    solo = f"/tenants/{ids['solo']}"
    api("GET", solo)
    api("PUT", solo, json={"version": 3, "enabled": False})
    entries = api.control("GET", "log").json()["entries"]
    assert [entry["path"] for entry in entries] == ["/idp/token", solo, solo]
    assert [entry["method"] for entry in api.control("GET", "log?writes=true").json()["entries"]] == ["PUT"]
    assert api.control("GET", f"log?since={entries[1]['seq']}").json()["entries"] == entries[2:]
    assert api.control("GET", "log?since=x").status_code == 400
    assert api.control("DELETE", "log").status_code == 204
    assert api.control("GET", "log").json() == {"entries": []}


def test_reset(api: Api, ids: Ids) -> None:
    answer = api.control("POST", "reset", json={"seed": "minimal", "switches": {"mismatch_status": 426}})
    assert answer.json()["ids"].keys() == {"platform", "northwind", "solo", "fabrikam", "fabrikam_retail"}
    assert api.control("GET", "switches").json()["mismatch_status"] == 426
    tree = {"name": "Top", "kind": "root", "children": [{"key": "a", "name": "A", "kind": "customer"}]}
    assert api.control("POST", "reset", json={"seed": tree}).json()["ids"].keys() == {"Top", "a"}
    assert "hospital" in api.control("POST", "reset").json()["ids"]
    for wrong in ({"seed": "x"}, {"switches": {"x": 1}}, {"x": 1}, {"seed": {"name": "Top"}}, []):
        assert api.control("POST", "reset", json=wrong).status_code == 400


def test_clock(api: Api) -> None:
    frozen = api.control("POST", "clock", json={"freeze": True}).json()
    assert frozen["frozen"] is True
    assert api.control("POST", "clock", json={"advance": 90}).json()["now"] == frozen["now"] + 90
    assert api.control("POST", "clock", json={"freeze": False}).json()["frozen"] is False
    for wrong in ({"advance": "1"}, {"advance": True}, {"freeze": 1}, {"x": 1}):
        assert api.control("POST", "clock", json=wrong).status_code == 400


def test_faults(api: Api, ids: Ids) -> None:
    assert api.control("POST", "faults", json={"method": "GET", "status": 503}).status_code == 200
    assert api("GET", f"/tenants/{ids['solo']}").status_code == 503
    assert api.control("GET", "faults").json()["faults"][0]["met"] == 1
    assert api.control("DELETE", "faults").status_code == 204
    assert api.control("GET", "faults").json() == {"faults": []}
    assert api.control("POST", "faults", json={"nonsense": 1}).status_code == 400


def test_switches(api: Api) -> None:
    assert api.control("PATCH", "switches", json={"mismatch_status": 412}).json()["mismatch_status"] == 412
    described = api.control("GET", "switches?describe=true").json()["switches"]
    assert {row["name"] for row in described} == api.control("GET", "switches").json().keys()
    for wrong in (
        {"mismatch_status": 418},
        {"nonsense": 1},
        {"mismatch_status": "412"},
        {"error_code": "string", "x": 1},
    ):
        assert api.control("PATCH", "switches", json=wrong).status_code == 400
    assert api.control("GET", "switches").json()["error_code"] == "integer"


def test_tokens_and_secrets_are_never_forgotten(api: Api) -> None:
    first = api.session.headers["Authorization"]
    api.control("POST", "reset")
    second = api.token().json()["access_token"]
    assert [f"Bearer {token}" for token in api.control("GET", "tokens").json()["tokens"]] == [first, f"Bearer {second}"]
    assert api.control("GET", "secrets").json()["secrets"] == sorted([seed.CLIENT_SECRET, seed.CUSTOMER_CLIENT_SECRET])
    headers = {"Authorization": f"Bearer {second}"}
    assert api("GET", f"/clients/{seed.CLIENT_ID}", headers=headers).status_code == 200
    assert api.control("POST", "tokens/revoke").status_code == 204
    assert api("GET", f"/clients/{seed.CLIENT_ID}", headers=headers).status_code == 401


def test_tree(api: Api, ids: Ids) -> None:
    answer = api.control("GET", "tree").json()
    assert answer["ids"] == ids

    def all_of(tenant: dict[str, Any]) -> list[dict[str, Any]]:
        return [tenant] + [found for child in tenant["children"] for found in all_of(child)]

    found = {tenant["id"]: tenant for tenant in all_of(answer["tree"])}
    assert found.keys() == api.app.platform.tenants.keys()
    assert (found[ids["former"]]["deleted"], found[ids["solo"]]["deleted"]) == (True, False)
    assert found[ids["dormant"]]["enabled"] is False
    assert found[ids["locked"]]["locked_by"] == ids["contoso"]
    assert {user["login"] for user in found[ids["bakery"]]["users"]} == {"ada@bakery.example", "ben@bakery.example"}


def test_tenants_of_another_administrator(api: Api, ids: Ids) -> None:
    new = {"parent_id": ids["dormant"], "name": "New", "kind": "unit", "update_lock": {"enabled": True}}
    answer = api.control("POST", "tenants", json=new)
    assert answer.status_code == 201
    tenant_id = answer.json()["id"]
    assert answer.json()["update_lock"] == {"enabled": True, "owner_id": tenant_id}
    assert answer.json()["version"] > 0
    changed = api.control(
        "PATCH",
        f"tenants/{tenant_id}",
        json={
            "enabled": False,
            "external_operation_status": "recovering",
            "update_lock": {"enabled": True, "owner_id": ids["dormant"]},
        },
    ).json()
    assert changed["version"] > answer.json()["version"]
    assert changed["update_lock"]["owner_id"] == ids["dormant"]
    assert changed["external_operation_status"] == "recovering"
    same = api.control("PATCH", f"tenants/{tenant_id}", json={"bump": False}).json()
    assert same["version"] == changed["version"]
    assert api.control("DELETE", f"tenants/{tenant_id}").json()["deleted_at"] is not None
    assert api.control("PATCH", f"tenants/{tenant_id}", json={"deleted": False}).json()["deleted_at"] is None
    assert api.control("PATCH", f"tenants/{tenant_id}", json={"nonsense": 1}).status_code == 400
    assert api.control("DELETE", "tenants/nowhere").status_code == 404
    for wrong in ({}, {**new, "kind": "x"}, {**new, "parent_id": "x"}, {"parent_id": ids["solo"], "kind": "unit"}):
        assert api.control("POST", "tenants", json=wrong).status_code == 400


def test_accounts(api: Api, ids: Ids) -> None:
    user = api.control("POST", "users", json={"tenant_id": ids["solo"], "login": "new@solo.example"})
    assert user.status_code == 201
    listed = api("GET", "/users", params={"tenant_id": ids["solo"]}).json()["items"]
    assert [one["id"] for one in listed] == [user.json()["id"]]
    client_id = seed.stable_id("new client")
    new = {"tenant_id": ids["solo"], "client_id": client_id, "client_secret": "fresh secret"}
    assert api.control("POST", "clients", json=new).status_code == 201
    assert Api(api.app, client_id, "fresh secret")("GET", f"/tenants/{ids['solo']}").status_code == 200
    assert "fresh secret" in api.control("GET", "secrets").json()["secrets"]
    assert api.control("PATCH", f"clients/{client_id}", json={"status": "disabled"}).json()["status"] == "disabled"
    assert api.token(auth=(client_id, "fresh secret")).status_code == 401
    changed = {"status": "enabled", "client_secret": "new secret"}
    api.control("PATCH", f"clients/{client_id}", json=changed)
    assert api.token(auth=(client_id, "new secret")).status_code == 200
    assert api.control("PATCH", f"clients/{client_id}", json={"status": "x"}).status_code == 400
    assert api.control("PATCH", "clients/x", json={}).status_code == 404
    assert api.control("POST", "users", json={"tenant_id": ids["solo"]}).status_code == 400
    assert api.control("POST", "clients", json={"tenant_id": ids["solo"]}).status_code == 400


def test_other_paths(api: Api) -> None:
    assert api.control("GET", "nonsense").status_code == 404
    assert api.control("GET", "reset").status_code == 405
    assert api.control("POST", "faults", data="{").status_code == 400
