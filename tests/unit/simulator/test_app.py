# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The web application, in the same process."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
import requests

from ansible_collections.community.acronis.tests.simulator import SimulatorApp, make_session, seed

from .conftest import Api

Ids = dict[str, str]


def code(answer: requests.Response) -> Any:
    return answer.json()["error"]["code"]


UUIDS = [seed.stable_id("someone", str(number)) for number in range(101)]


def version(api: Api, tenant_id: str) -> int:
    return api.app.platform.tenants[tenant_id].version


def put(api: Api, tenant_id: str, **values: Any) -> requests.Response:
    return api("PUT", f"/tenants/{tenant_id}", json={"version": version(api, tenant_id), **values})


# -- tokens ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "keys"),
    [
        ("expires_on", {"expires_on"}),
        ("expires_in", {"expires_in"}),
        ("both", {"expires_on", "expires_in"}),
        ("none", set()),
    ],
)
def test_token_answer(api: Api, style: str, keys: set[str]) -> None:
    platform = api.app.platform
    platform.switches.update({"token_expiry": style})
    platform.clock.freeze()
    answer = api.token()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    document = answer.json()
    assert document.keys() == {"access_token", "token_type", "id_token"} | keys
    assert document.get("expires_in", 7200) == 7200
    assert document.get("expires_on", int(platform.clock.now() + 7200)) == int(platform.clock.now() + 7200)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"auth": ("x", "y")}, 401, "invalid_client"),
        ({"auth": (seed.CLIENT_ID, "y")}, 401, "invalid_client"),
        ({"auth": None}, 401, "invalid_client"),
        ({"auth": None, "headers": {"Authorization": "Basic ???"}}, 401, "invalid_client"),
        ({"auth": None, "headers": {"Authorization": "Bearer abc"}}, 401, "invalid_client"),
        ({"data": {}}, 400, "invalid_request"),
        ({"data": {"grant_type": "nonsense"}}, 400, "invalid_request"),
        ({"data": {"grant_type": "password"}}, 400, "invalid_request"),
        ({"data": None, "json": {"grant_type": "client_credentials"}}, 400, "invalid_request"),
        ({"data": b"\xff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400, "invalid_request"),
    ],
)
def test_token_refused(api: Api, changes: dict[str, Any], status: int, error: str) -> None:
    answer = api.token(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "Basic eDp5", "bearer "])
def test_calls_without_a_good_token(api: Api, ids: Ids, header: str | None) -> None:
    answer = api("GET", f"/tenants/{ids['solo']}", headers={"Authorization": header})
    assert (answer.status_code, code(answer)) == (401, 401)


def test_own_client(api: Api, ids: Ids) -> None:
    answer = api("GET", f"/clients/{seed.CLIENT_ID}")
    assert answer.json()["tenant_id"] == ids["northwind"]
    assert seed.CLIENT_SECRET not in answer.text
    assert api("GET", f"/clients/{seed.CUSTOMER_CLIENT_ID}").json()["tenant_id"] == ids["coral"]
    assert api("GET", f"/clients/{seed.stable_id('nobody')}").status_code == 404
    below = Api(api.app, seed.CUSTOMER_CLIENT_ID, seed.CUSTOMER_CLIENT_SECRET)
    assert below("GET", f"/clients/{seed.CLIENT_ID}").status_code == 403


# -- the contract ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"enabled": False},
        {"version": "3", "enabled": False},
        {"version": 3, "enabled": "false"},
        {"version": 3, "enabled": None},
        {"version": 3, "id": "x"},
        {"version": True},
        {"version": 3, "internal_tag": "x" * 257},
        {"version": 3, "update_lock": {}},
        [],
        None,
    ],
)
def test_bodies_that_do_not_fit_are_refused(api: Api, ids: Ids, body: Any) -> None:
    before = version(api, ids["solo"])
    answer = api("PUT", f"/tenants/{ids['solo']}", data=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (answer.status_code, code(answer)) == (400, 400)
    assert version(api, ids["solo"]) == before


def test_bodies_that_are_not_json(api: Api, ids: Ids) -> None:
    as_json = {"Content-Type": "application/json"}
    for raw in ("", "{", "NaN", "[" * 100_000, '{"version": NaN}'):
        assert api("PUT", f"/tenants/{ids['solo']}", data=raw, headers=as_json).status_code == 400
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        answer = api("PUT", f"/tenants/{ids['solo']}", data='{"version": 3}', headers={"Content-Type": kind})
        assert (answer.status_code, code(answer)) == (415, 415)


def test_lenient_switches(api: Api, ids: Ids) -> None:
    api.app.platform.switches.update({"types": "coerced", "unknown_keys": "ignored"})
    now = version(api, ids["solo"])
    answer = api(
        "PUT", f"/tenants/{ids['solo']}?nonsense=1", json={"version": str(now), "enabled": "false", "id": ids["law"]}
    )
    assert answer.status_code == 200
    assert answer.json()["enabled"] is False
    assert answer.json()["id"] == ids["solo"]
    assert api("GET", f"/tenants/{ids['former']}", params={"allow_deleted": "True"}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lod=full",
        "uuids=",
        "uuids=short",
        "subtree_root_id={solo}&parent_id={solo}",
        "uuids={solo}&subtree_root_id={solo}",
        "subtree_root_id={solo}&include_relative_path=true",
        "subtree_root_id={solo}&limit=0",
        "subtree_root_id={solo}&limit=ten",
        "subtree_root_id={solo}&lod=huge",
        "subtree_root_id={solo}&allow_deleted=1",
        "subtree_root_id={solo}&nonsense=1",
        "subtree_root_id={solo}&limit=1&limit=2",
        "subtree_root_id={solo}&updated_since=yesterday",
        "subtree_root_id=" + "A" * 36,
        "uuids={solo},short",
        "after=nonsense",
        "after=bm9uc2Vuc2U=",
    ],
)
def test_queries_that_do_not_fit_are_refused(api: Api, ids: Ids, query: str) -> None:
    answer = api("GET", "/tenants?" + query.format(**ids))
    assert (answer.status_code, code(answer)) == (400, "ParameterMalformed")


def test_a_hundred_uuids_and_no_more(api: Api, ids: Ids) -> None:
    many = [ids["solo"]] * 100
    assert len(api("GET", "/tenants", params={"uuids": ",".join(many)}).json()["items"]) == 1
    answer = api("GET", "/tenants", params={"uuids": ",".join([*many, ids["solo"]])})
    assert (answer.status_code, code(answer)) == (400, "ParameterMalformed")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nonsense", 404),
        ("GET", "/tenants/", 404),
        ("PATCH", "/tenants", 405),
        ("POST", "/tenants/{solo}", 405),
        ("OPTIONS", "/tenants", 405),
        ("GET", "/idp/token", 405),
        ("GET", "/tenants/short", 400),
        ("DELETE", "/tenants/{solo}", 400),
        ("DELETE", "/tenants/{solo}?version=x", 400),
        ("DELETE", "/tenants/{solo}?version=99999999999999999999", 400),
    ],
)
def test_other_requests_that_do_not_fit(api: Api, ids: Ids, method: str, path: str, status: int) -> None:
    assert api(method, path.format(**ids)).status_code == status


# -- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [409, 400, 412, 426])
def test_status_of_a_mismatch(api: Api, ids: Ids, status: int) -> None:
    api.app.platform.switches.update({"mismatch_status": status})
    answer = api("PUT", f"/tenants/{ids['solo']}", json={"version": 1, "enabled": False})
    assert (answer.status_code, code(answer)) == (status, 1001)
    put(api, ids["solo"], enabled=False)
    answer = api("DELETE", f"/tenants/{ids['solo']}", params={"version": 1})
    assert (answer.status_code, code(answer)) == (status, 1001)


@pytest.mark.parametrize(
    ("style", "shown"), [("integer", 1001), ("string", "1001"), ("http_status", 409), ("absent", None)]
)
@pytest.mark.parametrize("shape", ["full", "minimal"])
def test_styles_of_errors(api: Api, ids: Ids, style: str, shown: Any, shape: str) -> None:
    api.app.platform.switches.update({"error_code": style, "error_shape": shape})
    answer = api("PUT", f"/tenants/{ids['solo']}", json={"version": 1, "enabled": False})
    error = answer.json()["error"]
    assert error.get("code") == shown
    assert ("code" in error) is (style != "absent")
    assert ("details" in error) is (shape == "full")


def test_errors_name_the_tenant_by_an_internal_number(api: Api, ids: Ids) -> None:
    answer = api("PUT", f"/tenants/{ids['solo']}", json={"version": 1})
    assert answer.json()["error"]["context"]["id"].isdecimal()
    assert ids["solo"] not in answer.text


@pytest.mark.parametrize(
    ("name", "values", "switches", "status", "number"),
    [
        ("dormant", {"enabled": True, "name": "Hospital"}, {}, 409, 1004),
        ("locked", {"enabled": False}, {}, 403, 1012),
        ("locked", {"enabled": False}, {"locked_status": 409}, 409, 1012),
        ("former", {"enabled": True}, {}, 404, 1005),
        ("fabrikam", {"enabled": False}, {}, 403, 1002),
        ("fabrikam", {"enabled": False}, {"out_of_scope_status": 404}, 404, 1005),
        ("solo", {"kind": "partner"}, {}, 400, 1027),
    ],
)
def test_statuses_of_refused_updates(
    api: Api, ids: Ids, name: str, values: dict[str, Any], switches: dict[str, Any], status: int, number: int
) -> None:
    api.app.platform.switches.update(switches)
    answer = put(api, ids[name], **values)
    assert (answer.status_code, code(answer)) == (status, number)


@pytest.mark.parametrize(("switches", "status"), [({}, 400), ({"parent_disabled_status": 409}, 409)])
def test_status_below_a_disabled_parent(api: Api, ids: Ids, switches: dict[str, Any], status: int) -> None:
    api.app.platform.switches.update(switches)
    put(api, ids["contoso"], enabled=False)
    answer = put(api, ids["law"], enabled=True)
    assert (answer.status_code, code(answer)) == (status, 1003)


@pytest.mark.parametrize("status", [409, 400])
def test_status_while_a_deletion_goes_on(api: Api, ids: Ids, status: int) -> None:
    api.app.platform.switches.update({"deletion_seconds": 60, "deprovisioning_status": status})
    now = put(api, ids["solo"], enabled=False).json()["version"]
    assert api("DELETE", f"/tenants/{ids['solo']}", params={"version": now}).status_code == 204
    shown = api("GET", f"/tenants/{ids['solo']}").json()
    assert (shown["external_operation_status"], shown["deleted_at"]) == ("deleting", None)
    answer = put(api, ids["solo"], enabled=True)
    assert (answer.status_code, code(answer)) == (status, 1011)


# -- the life of a tenant -------------------------------------------------------------------------------------------


def test_suspend_reactivate_terminate_restore(api: Api, ids: Ids) -> None:
    solo = f"/tenants/{ids['solo']}"
    answer = put(api, ids["solo"], enabled=False)
    assert (answer.status_code, answer.json()["enabled"]) == (200, False)
    assert api("GET", solo).json() == answer.json()
    answer = put(api, ids["solo"], enabled=True, internal_tag="x")
    assert (answer.json()["enabled"], answer.json()["internal_tag"]) == (True, "x")
    answer = api("DELETE", solo, params={"version": answer.json()["version"]})
    assert (answer.status_code, code(answer)) == (400, 1006)
    now = put(api, ids["solo"], enabled=False).json()["version"]
    answer = api("DELETE", solo, params={"version": now})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert api("GET", solo).status_code == 404
    shown = api("GET", solo, params={"allow_deleted": "true"}).json()
    assert shown["deleted_at"] is not None
    assert shown["version"] > now
    answer = api("POST", f"{solo}/restore")
    assert (answer.status_code, answer.content) == (204, b"")
    assert api("GET", solo).json()["deleted_at"] is None


def test_path_of_names(api: Api, ids: Ids) -> None:
    answer = api("GET", f"/tenants/{ids['law']}", params={"embed_path": "true"})
    assert answer.json()["path"] == ["Northwind MSP", "Contoso Partner", "Contoso Branches", "Blue Ridge Law"]


def test_root_is_its_own_parent(api: Api, ids: Ids) -> None:
    root = api.app.platform.tenants[ids["platform"]]
    assert api.app.views.tenant(root)["parent_id"] == root.id


@pytest.mark.parametrize(("style", "end"), [("offset", "+00:00"), ("zulu", "Z"), ("none", "")])
def test_styles_of_time(api: Api, ids: Ids, style: str, end: str) -> None:
    api.app.platform.switches.update({"timestamps": style})
    shown = api("GET", f"/tenants/{ids['solo']}").json()["created_at"]
    assert shown[19:] == end
    page = api("GET", "/tenants", params={"subtree_root_id": ids["solo"], "updated_since": shown})
    assert page.status_code == 200


# -- paging ---------------------------------------------------------------------------------------------------------


def pages(api: Api, path: str, **query: Any) -> list[dict[str, Any]]:
    found = [api("GET", path, params=query).json()]
    while cursor := found[-1].get("paging", {}).get("cursors", {}).get("after"):
        found.append(api("GET", path, params={"after": cursor}).json())
        assert len(found) < 100
    return found


@pytest.mark.parametrize("last", ["absent", "empty_paging", "empty_cursors", "empty_after"])
def test_pages_of_tenants(api: Api, ids: Ids, last: str) -> None:
    api.app.platform.switches.update({"last_page": last})
    query = {"subtree_root_id": ids["northwind"], "lod": "basic", "allow_deleted": "true"}
    whole = pages(api, "/tenants", **query)
    parts = pages(api, "/tenants", **query, limit=4)
    assert len(whole) == 1
    assert [len(page["items"]) for page in parts[:-1]] == [4] * (len(parts) - 1)
    assert [item for page in parts for item in page["items"]] == whole[0]["items"]
    assert "owner_id" not in whole[0]["items"][0]
    assert {"Former Foods"} <= {item["name"] for page in parts for item in page["items"]}
    end = {
        "absent": None,
        "empty_paging": {},
        "empty_cursors": {"cursors": {}},
        "empty_after": {"cursors": {"after": ""}},
    }
    assert parts[-1].get("paging") == end[last]


def test_cursors_need_encoding_and_belong_to_one_client(api: Api, ids: Ids) -> None:
    page = api("GET", "/tenants", params={"subtree_root_id": ids["coral"], "limit": 1}).json()
    cursor = page["paging"]["cursors"]["after"]
    assert cursor.endswith("==")
    assert api("GET", f"/tenants?after={quote(cursor, safe='')}&limit=1").status_code == 200
    assert api("GET", "/tenants", params={"after": cursor, "subtree_root_id": ids["coral"]}).status_code == 400
    assert api("GET", "/users", params={"after": cursor}).status_code == 400
    below = Api(api.app, seed.CUSTOMER_CLIENT_ID, seed.CUSTOMER_CLIENT_SECRET)
    assert below("GET", "/tenants", params={"after": cursor}).status_code == 400
    raw = base64.b64decode(cursor)
    assert b'"limit": 1' in raw
    forged = base64.b64encode(raw.replace(b'"limit": 1', b'"limit": 9')).decode()
    assert api("GET", "/tenants", params={"after": forged}).status_code == 400


def test_switches_of_paging(api: Api, ids: Ids) -> None:
    api.app.platform.switches.update({"largest_page": 3, "repeat_cursor": True})
    first = api("GET", "/tenants", params={"subtree_root_id": ids["northwind"]}).json()
    assert len(first["items"]) == 3
    cursor = first["paging"]["cursors"]["after"]
    assert api("GET", "/tenants", params={"after": cursor}).json()["paging"]["cursors"]["after"] == cursor


def test_users(api: Api, ids: Ids) -> None:
    own, below = (
        [user["id"] for user in api("GET", "/users", params={parameter: ids["bakery"]}).json()["items"]]
        for parameter in ("tenant_id", "subtree_root_tenant_id")
    )
    assert (len(own), len(below)) == (2, 3)
    parts = pages(api, "/users", subtree_root_tenant_id=ids["bakery"], limit=2)
    assert [len(page["items"]) for page in parts] == [2, 1]
    assert {user["id"] for page in parts for user in page["items"]} == set(below)
    assert {user["login"] for user in api("GET", "/users", params={"uuids": own[0]}).json()["items"]} < {
        "ada@bakery.example",
        "ben@bakery.example",
    }
    assert api("GET", "/users").status_code == 400
    assert api("GET", "/users", params={"tenant_id": ids["solo"], "uuids": own[0]}).status_code == 400
    assert api("GET", "/users", params={"tenant_id": ids["fabrikam"]}).status_code == 403
    assert api("GET", "/users", params={"tenant_id": seed.stable_id("nowhere")}).status_code == 404


def test_users_may_be_closed_to_the_client(api: Api, ids: Ids) -> None:
    api.app.platform.switches.update({"users_listing": "refused"})
    for path, query in (
        ("/users", {"subtree_root_tenant_id": ids["bakery"]}),
        ("/users", {"uuids": seed.stable_id("nobody")}),
    ):
        answer = api("GET", path, params=query)
        assert (answer.status_code, code(answer)) == (403, 1002)
    assert api("GET", f"/tenants/{ids['bakery']}").status_code == 200


def test_hidden_users(api: Api, ids: Ids) -> None:
    new = {"tenant_id": ids["solo"], "login": "service@solo.example", "hidden": True}
    hidden = api.control("POST", "users", json=new).json()["id"]
    assert api("GET", "/users", params={"tenant_id": ids["solo"]}).json()["items"] == []
    api.app.platform.switches.update({"hidden_users": "shown"})
    assert [u["id"] for u in api("GET", "/users", params={"tenant_id": ids["solo"]}).json()["items"]] == [hidden]


def test_pages_of_users_are_cut_and_lose_nothing(api: Api, ids: Ids) -> None:
    whole = api("GET", "/users", params={"subtree_root_tenant_id": ids["northwind"]}).json()
    assert "paging" not in whole
    api.app.platform.switches.update({"largest_page": 2})
    parts = pages(api, "/users", subtree_root_tenant_id=ids["northwind"], limit=2000)
    assert max(len(page["items"]) for page in parts) == 2
    assert [user["id"] for page in parts for user in page["items"]] == [user["id"] for user in whole["items"]]
    assert all(user["deleted_at"] is None for user in whole["items"])


def test_users_of_deleted_tenants(api: Api, ids: Ids) -> None:
    query = {"subtree_root_tenant_id": ids["contoso"], "allow_deleted": "true"}
    deleted = [user for user in api("GET", "/users", params=query).json()["items"] if user["deleted_at"]]
    assert [user["login"] for user in deleted] == ["last@former.example"]
    api.app.platform.switches.update({"deleted_descendants": "hidden"})
    assert all(user["deleted_at"] is None for user in api("GET", "/users", params=query).json()["items"])


# -- API clients ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listing", "status", "expected"),
    [
        ("refused", 400, None),
        ("own", 200, {seed.CLIENT_ID}),
        ("all", 200, {seed.CLIENT_ID, seed.CUSTOMER_CLIENT_ID}),
        ("missing", 404, None),
    ],
)
def test_clients_without_a_filter(api: Api, ids: Ids, listing: str, status: int, expected: set[str] | None) -> None:
    outside = api.app.platform.tenants[ids["fabrikam"]]
    api.app.platform.add_client(outside, seed.stable_id("outside"), "secret of a neighbor")
    api.app.platform.switches.update({"clients_listing": listing})
    answer = api("GET", "/clients")
    assert answer.status_code == status
    if expected is None:
        assert code(answer) == {400: "ParameterMalformed", 404: 404}[status]
    else:
        assert {client["client_id"] for client in answer.json()["items"]} == expected
    assert not any(secret in answer.text for secret in api.app.platform.all_secrets)


def test_clients_by_id(api: Api, ids: Ids) -> None:
    def found(*client_ids: str, **query: str) -> list[str]:
        answer = api("GET", "/clients", params={"uuids": ",".join(client_ids), **query})
        return [client["client_id"] for client in answer.json()["items"]]

    outside = api.app.platform.tenants[ids["fabrikam"]]
    api.app.platform.add_client(outside, seed.stable_id("outside"), "secret of a neighbor")
    wanted = (seed.CUSTOMER_CLIENT_ID, seed.stable_id("nobody"), seed.stable_id("outside"))
    assert found(*wanted) == [seed.CUSTOMER_CLIENT_ID]
    shown = api("GET", "/clients", params={"uuids": seed.CUSTOMER_CLIENT_ID}).json()["items"]
    assert shown == [api("GET", f"/clients/{seed.CUSTOMER_CLIENT_ID}").json()]
    api.app.platform.interfere(ids["coral"], delete=True)
    assert found(*wanted) == []
    assert found(*wanted, allow_deleted="true") == [seed.CUSTOMER_CLIENT_ID]
    api.app.platform.switches.update({"deleted_descendants": "hidden"})
    assert found(*wanted, allow_deleted="true") == []
    for query in ({"uuids": "x"}, {"origin_id": "x"}, {"uuids": ",".join(UUIDS[:101])}):
        assert code(api("GET", "/clients", params=query)) == "ParameterMalformed"
    api.app.platform.switches.update({"clients_listing": "missing"})
    assert api("GET", "/clients", params={"uuids": seed.CLIENT_ID}).status_code == 404


def test_usages(api: Api, ids: Ids) -> None:
    def found(*keys: str, **query: str) -> dict[str, list[tuple[str, int]]]:
        tenants = ",".join(ids.get(key, key) for key in keys)
        answer = api("GET", "/tenants/usages", params={"tenants": tenants, **query})
        return {
            item["tenant"]: [(usage["usage_name"], usage["absolute_value"] // seed.GIB) for usage in item["usages"]]
            for item in answer.json()["items"]
        }

    bakery, law = ids["bakery"], ids["law"]
    assert found("bakery", "law", usage_names="storage") == {bakery: [("storage", 1200), ("storage", 300)], law: []}
    assert found("bakery")[bakery][2] == ("total_storage", 1500)
    # What is not to be seen, or is no more, is left out.
    assert found("fabrikam", "former", "clinic_lab", seed.stable_id("nobody")) == {}
    switches = api.app.platform.switches
    switches.update({"usages_of_sub_tenants": "contained"})
    assert found("bakery", usage_names="storage") == {bakery: [("storage", 2000), ("storage", 300)]}
    switches.update({"usages_listing": "left_out"})
    assert list(found("bakery", "law")) == [bakery]
    switches.update({"usages_listing": "refused"})
    assert api("GET", "/tenants/usages", params={"tenants": law}).status_code == 403
    for query in ({}, {"tenants": "x"}, {"tenants": law, "editions": "x"}, {"tenants": ",".join(UUIDS[:101])}):
        assert code(api("GET", "/tenants/usages", params=query)) == "ParameterMalformed"


def test_levels_of_detail(api: Api, ids: Ids) -> None:
    def keys(**query: str) -> set[str]:
        return set(api("GET", "/tenants", params={"uuids": ids["bakery"], **query}).json()["items"][0])

    stamps, basic, full = keys(lod="stamps"), keys(lod="basic"), keys()
    assert basic - stamps == {"name", "kind", "enabled"}
    assert basic < full
    assert {"barrier", "owner_id", "customer_id"} <= full - basic
    contacts = api("GET", "/tenants", params={"uuids": ids["bakery"], "with_contacts": "true"}).json()["items"][0]
    assert contacts["contacts"][0]["email"] == "ada@bakery.example"


# -- the log --------------------------------------------------------------------------------------------------------


def test_log(api: Api, ids: Ids) -> None:
    log = api.app.log
    log.clear()
    api("GET", f"/tenants/{ids['solo']}?allow_deleted=true")
    put(api, ids["solo"], enabled=False)
    api("PUT", f"/tenants/{ids['solo']}", json={"version": 1})
    api.app.platform.switches.update({"noop_put_raises_version": False})
    put(api, ids["solo"], enabled=False)
    assert [entry["seq"] for entry in log] == list(range(log[0]["seq"], log[0]["seq"] + 4))
    assert [entry["effect"] for entry in log] == [False, True, False, False]
    assert [entry["status"] for entry in log] == [200, 200, 409, 200]
    assert [entry["code"] for entry in log] == [None, None, 1001, None]
    assert log[0]["query"] == {"allow_deleted": "true"}
    assert log[1]["body"]["enabled"] is False
    assert {entry["tenant_id"] for entry in log} == {ids["solo"]}
    assert {entry["client_id"] for entry in log} == {seed.CLIENT_ID}
    assert log[0].keys() == {
        *("seq", "at", "method", "path", "query", "body", "status", "code", "tenant_id", "effect", "client_id")
    }


def test_log_holds_no_secrets(api: Api, ids: Ids) -> None:
    form = {"grant_type": "client_credentials", "client_secret": seed.CLIENT_SECRET, "password": "hunter2"}
    token = api.token(data=form).json()["access_token"]
    api("GET", "/tenants", params={"access_token": token})
    api("PUT", f"/tenants/{ids['solo']}", json={"access_token": token})
    api("PUT", f"/tenants/{ids['solo']}", data=f"broken {token}")
    text = json.dumps(api.app.log)
    pair = base64.b64encode(f"{seed.CLIENT_ID}:{seed.CLIENT_SECRET}".encode()).decode()
    for secret in (seed.CLIENT_SECRET, "hunter2", token, pair, "Bearer", "Basic"):
        assert secret not in text
    assert api.app.log[-4]["body"]["client_secret"] == "***"


# -- faults ---------------------------------------------------------------------------------------------------------


def test_fault_with_a_status(api: Api, ids: Ids) -> None:
    api.app.faults.add(method="GET", path="^/tenants/", status=429, headers={"Retry-After": "7"}, times=2)
    answers = [api("GET", f"/tenants/{ids['solo']}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert api.app.faults.as_list()[0]["met"] == 2


def test_fault_keeps_the_request_from_taking_effect(api: Api, ids: Ids) -> None:
    api.app.faults.add(method="PUT", status=503)
    before = version(api, ids["solo"])
    assert put(api, ids["solo"], enabled=False).status_code == 503
    assert version(api, ids["solo"]) == before
    assert (api.app.log[-1]["status"], api.app.log[-1]["effect"]) == (503, False)


def test_fault_that_skips_and_repeats(api: Api, ids: Ids) -> None:
    def statuses(count: int) -> list[int]:
        return [api("GET", f"/tenants/{ids['solo']}").status_code for number in range(count)]

    api.app.faults.add(status=500, skip=2)
    assert statuses(4) == [200, 200, 500, 200]
    api.app.faults.rules.clear()
    api.app.faults.add(status=500, every=3)
    assert statuses(7) == [200, 200, 500, 200, 200, 500, 200]
    api.app.faults.rules.clear()
    api.app.faults.add(status=500, times=-1)
    assert statuses(3) == [500, 500, 500]
    api.app.faults.rules.clear()
    api.app.faults.add(status=500)
    api.app.faults.add(status=502)
    assert statuses(3) == [500, 502, 200]


def test_fault_for_one_tenant(api: Api, ids: Ids) -> None:
    api.app.faults.add(path=f"^/tenants/{ids['solo']}", status=500, times=-1)
    assert api("GET", f"/tenants/{ids['law']}").status_code == 200
    assert api("GET", f"/tenants/{ids['solo']}").status_code == 500
    assert api("POST", f"/tenants/{ids['solo']}/restore").status_code == 500
    assert api("GET", "/tenants", params={"uuids": ids["solo"]}).status_code == 200


def test_fault_for_the_batch_that_holds_one_tenant(api: Api, ids: Ids) -> None:
    api.app.faults.add(path="^/tenants$", query=f"uuids=[^&]*{ids['solo']}", status=503, times=-1)
    others = ",".join([ids["law"], ids["bakery"]])
    assert api("GET", "/tenants", params={"uuids": others}).status_code == 200
    assert api("GET", "/tenants", params={"uuids": f"{others},{ids['solo']}"}).status_code == 503
    assert api("GET", f"/tenants?allow_deleted=true&uuids={ids['solo']}%2C{others}").status_code == 503
    assert api("GET", "/tenants", params={"subtree_root_id": ids["solo"]}).status_code == 200


def test_fault_sees_the_query_decoded(api: Api, ids: Ids) -> None:
    api.app.faults.add(query=f"uuids={ids['law']},{ids['solo']}&", status=503)
    query = f"uuids={ids['law']}%2C{ids['solo']}&allow_deleted=true"
    assert [api("GET", f"/tenants?{query}").status_code for attempt in range(2)] == [503, 200]


def test_fault_for_the_second_page(api: Api, ids: Ids) -> None:
    api.app.faults.add(path="^/tenants$", query="after=", status=503)
    first = api("GET", "/tenants", params={"subtree_root_id": ids["northwind"], "limit": 3})
    cursor = first.json()["paging"]["cursors"]["after"]
    answers = [api("GET", "/tenants", params={"after": cursor}).status_code for attempt in range(2)]
    assert answers == [503, 200]


def test_storm_on_everything_but_tokens(api: Api, ids: Ids) -> None:
    api.app.faults.add(path="^/(?!idp/)", status=429, headers={"Retry-After": "1"}, every=3)
    statuses = []
    for _number in range(6):
        assert api.token().status_code == 200
        statuses.append(api("GET", f"/tenants/{ids['solo']}").status_code)
    assert statuses == [200, 200, 429] * 2


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ({"code": 1001, "status": 409}, "application/json", {"error": {"code": 1001}}),
        ({"code": 1001, "status": 409, "shape": "string"}, "application/json", {"error": {"code": "1001"}}),
        ({"status": 409, "shape": "string"}, "application/json", {"error": {"code": "409"}}),
        ({"status": 409, "shape": "minimal"}, "application/json", {"error": {"code": 409}}),
        ({"status": 401, "code": "denied", "shape": "flat"}, "application/json", {"error": "denied"}),
        ({"status": 502, "shape": "html", "message": "down"}, "text/html", "down"),
        ({"status": 502, "shape": "plain", "message": "down"}, "text/plain", "down"),
        ({"status": 502, "shape": "empty"}, "text/plain", ""),
        ({"body": "<html>", "content_type": "text/html"}, "text/html", "<html>"),
        ({"body": "{not json", "status": 200}, "application/json", "{not json"),
    ],
)
def test_shapes_of_faults(api: Api, ids: Ids, values: dict[str, Any], kind: str, expected: Any) -> None:
    api.app.faults.add(**values)
    answer = api("GET", f"/tenants/{ids['solo']}")
    assert answer.status_code == values.get("status", 200)
    assert answer.headers["Content-Type"].partition(";")[0] == kind
    if isinstance(expected, str):
        assert expected in answer.text
        assert bool(answer.text) is bool(expected)
    elif isinstance(expected["error"], str):
        assert answer.json()["error"] == expected["error"]
    else:
        assert answer.json()["error"]["code"] == expected["error"]["code"]


def test_faults_of_the_token_endpoint_are_flat(api: Api) -> None:
    api.app.faults.add(path="^/idp/token$", status=403, code="access_denied")
    assert api.token().json()["error"] == "access_denied"


def test_dropped_connections(api: Api, ids: Ids) -> None:
    api.app.faults.add(method="PUT", drop="before")
    api.app.faults.add(method="PUT", drop="after")
    before = version(api, ids["solo"])
    with pytest.raises(requests.exceptions.ConnectionError):
        put(api, ids["solo"], enabled=False)
    assert version(api, ids["solo"]) == before
    assert api.app.log[-1]["status"] is None
    with pytest.raises(requests.exceptions.ConnectionError):
        put(api, ids["solo"], enabled=False)
    assert not api.app.platform.tenants[ids["solo"]].enabled
    assert (api.app.log[-1]["status"], api.app.log[-1]["effect"]) == (200, True)


@pytest.mark.parametrize("timeout", [30, (5, 30)])
def test_late_answers(api: Api, ids: Ids, timeout: Any) -> None:
    clock = api.app.platform.clock
    clock.freeze()
    start, options = clock.now(), {"json": {"enabled": False, "version": 3}, "timeout": timeout}
    api.app.faults.add(method="PUT", delay=30)
    with pytest.raises(requests.exceptions.ReadTimeout):
        api("PUT", f"/tenants/{ids['solo']}", **options)
    assert not api.app.platform.tenants[ids["solo"]].enabled
    assert clock.now() == start + 30
    api.app.faults.add(method="PUT", delay=29)
    assert api("PUT", f"/tenants/{ids['solo']}", **options).status_code == 409
    assert clock.now() == start + 59
    api.app.faults.add(method="GET", delay=1000)
    assert api("GET", f"/tenants/{ids['solo']}").status_code == 200
    api.app.platform.switches.update({"latency": 2})
    now = clock.now()
    api("GET", f"/tenants/{ids['solo']}")
    assert clock.now() == now + 2


def test_another_administrator_comes_first(api: Api, ids: Ids) -> None:
    now = version(api, ids["solo"])
    api.app.faults.add(method="PUT", change={"set": {"name": "Solo Hardware"}})
    answer = api("PUT", f"/tenants/{ids['solo']}", json={"version": now, "enabled": False})
    assert (answer.status_code, code(answer)) == (409, 1001)
    assert api.app.log[-1]["effect"] is False
    assert api.app.platform.tenants[ids["solo"]].name == "Solo Hardware"


def test_another_administrator_comes_after(api: Api, ids: Ids) -> None:
    api.app.faults.add(method="GET", after_change={"tenant_id": ids["law"], "delete": True})
    assert api("GET", f"/tenants/{ids['law']}").status_code == 200
    assert api("GET", f"/tenants/{ids['law']}").status_code == 404


def test_tokens_end_early(api: Api, ids: Ids) -> None:
    api.app.faults.add(path="^/tenants/", revoke_tokens=True)
    assert api("GET", f"/tenants/{ids['solo']}").status_code == 401
    api.app.faults.add(path="^/idp/token$", expires_in=60)
    api.app.platform.switches.update({"token_expiry": "expires_in"})
    answer = api.token().json()
    assert answer["expires_in"] == 60
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert api("GET", f"/tenants/{ids['solo']}", headers=headers).status_code == 200
    api.app.platform.clock.advance(60)
    assert api("GET", f"/tenants/{ids['solo']}", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "values",
    [
        {"nonsense": 1},
        {"drop": "never"},
        {"shape": "round"},
        {"path": "("},
        {"query": "["},
        {"every": 0},
        {"change": {"set": {"x": 1}}},
    ],
)
def test_faults_that_make_no_sense(api: Api, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        api.app.faults.add(**values)
    assert api.app.faults.rules == []


# -- reset ----------------------------------------------------------------------------------------------------------


def test_reset(api: Api, ids: Ids) -> None:
    app = api.app
    put(api, ids["solo"], enabled=False)
    app.faults.add(status=500, times=-1)
    app.platform.clock.advance(1000)
    app.platform.switches.update({"mismatch_status": 412})
    app.reset(switches={"error_code": "string"})
    assert (app.log, app.faults.rules) == ([], [])
    assert app.platform.tenants[ids["solo"]].enabled
    assert (app.platform.switches.mismatch_status, app.platform.switches.error_code) == (409, "string")
    assert api("GET", f"/tenants/{ids['solo']}").status_code == 401
    assert len(app.platform.all_tokens) == 1
    app.reset("minimal")
    assert "hospital" not in app.platform.well_known
    app.reset()
    assert app.platform.switches.error_code == "integer"
    assert "hospital" in app.platform.well_known


@pytest.mark.parametrize("arguments", [("nonsense",), ({"name": "x"},), ("demo", {"nonsense": 1})])
def test_reset_that_is_refused_changes_nothing(api: Api, ids: Ids, arguments: Any) -> None:
    put(api, ids["solo"], enabled=False)
    with pytest.raises(ValueError):
        api.app.reset(*arguments)
    assert not api.app.platform.tenants[ids["solo"]].enabled


def test_session_reaches_the_application_at_any_url(simulator_app: SimulatorApp) -> None:
    session = make_session(simulator_app)
    for base in ("https://eu2-cloud.example", "http://127.0.0.1:1"):
        assert session.get(f"{base}/api/2/tenants").status_code == 401
    assert session.get("https://x.example/api/2/tenants/%C3%A9?a=%2F").status_code == 401
