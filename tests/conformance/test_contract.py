# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator answers as its contract says: requests of all kinds, made by schemathesis from the contract."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.generation import GenerationMode

from ansible_collections.community.acronis.tests.simulator import SimulatorApp, make_app, make_session, seed
from ansible_collections.community.acronis.tests.simulator.contract import DOCUMENT

BASE_URL = "https://simulator.test/api/2"
CONTRACT = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {
    document["operationId"]: CONTRACT[path][method]
    for path, methods in DOCUMENT["paths"].items()
    for method, document in methods.items()
}
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# No shrinking: the answers of the simulator are quick, but looking for the smallest bad request takes minutes.
SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

SWITCHES: dict[str, dict[str, Any]] = {
    "default": {},
    "other errors": {
        "mismatch_status": 412,
        "parent_disabled_status": 403,
        "locked_status": 409,
        "out_of_scope_status": 404,
        "error_code": "string",
        "get_deleted": "gone",
        "delete_deleted": "version_first",
        "restore_live": 409,
    },
    "terse errors": {
        "mismatch_status": 426,
        "error_code": "absent",
        "error_shape": "minimal",
        "clients_listing": "own",
    },
    "other answers": {
        "timestamps": "zulu",
        "token_expiry": "both",
        "last_page": "empty_cursors",
        "largest_page": 2,
        "deletion_seconds": 60,
        "restoration_seconds": 60,
        "deleted_descendants": "hidden",
        "hidden_users": "shown",
        "clients_listing": "all",
        "usages_listing": "left_out",
        "usages_of_sub_tenants": "contained",
        "get_deleted": "shown",
        "version_growth": "timestamp",
        "child_flags_on_disable": "disabled",
        "unknown_root": "empty",
    },
    "lenient": {"types": "coerced", "unknown_keys": "ignored", "timestamps": "none", "token_expiry": "none"},
}


APP = make_app()


def send(app: SimulatorApp, case: schemathesis.Case) -> requests.Response:
    """Send one request, with a token or, for a token, with the client's credentials."""
    if case.path == "/idp/token":
        return case.call(base_url=BASE_URL, session=make_session(app), auth=(seed.CLIENT_ID, seed.CLIENT_SECRET))
    # Straight from the platform, because the client's own tenant may have been disabled by the test.
    token = app.platform.issue_token(seed.CLIENT_ID, seed.CLIENT_SECRET).value
    return case.call(base_url=BASE_URL, session=make_session(app), headers={"Authorization": f"Bearer {token}"})


def aim(app: SimulatorApp, operation_id: str, case: schemathesis.Case, tenant_id: str, ready: bool) -> None:
    """Point a request at a tenant; ``ready`` brings the tenant into the state in which the request can succeed."""
    platform, query = app.platform, case.query
    if case.path == "/idp/token":
        case.body["grant_type"] = "client_credentials"
    elif case.path == "/clients/{client_id}":
        case.path_parameters["client_id"] = seed.CLIENT_ID
    elif case.path == "/clients":
        query.pop("origin_id", None)
        query.pop("uuids", None)
        if ready:
            query["uuids"] = seed.CUSTOMER_CLIENT_ID
    elif case.path == "/tenants/usages":
        query.pop("editions", None)
        query["tenants"] = tenant_id
    elif case.path in ("/tenants", "/users"):
        for name in ("uuids", "parent_id", "tenant_id", "include_relative_path", "after", "external_ids"):
            query.pop(name, None)
        query["subtree_root_id" if case.path == "/tenants" else "subtree_root_tenant_id"] = tenant_id
    else:
        case.path_parameters["tenant_id"] = tenant_id
        query.pop("after", None)
    own = tenant_id == platform.well_known["northwind"]
    if ready and not own and tenant_id != platform.well_known["platform"]:
        if operation_id == "DeleteTenant":
            platform.interfere(tenant_id, values={"enabled": False})
        elif operation_id == "RestoreDeletedTenant":
            platform.interfere(tenant_id, delete=True)
            platform.clock.advance(100)
    version = platform.tenants[tenant_id].version
    if operation_id == "DeleteTenant":
        query["version"] = version
    elif operation_id == "UpdateTenant":
        case.body["version"] = version


@CONTRACT.parametrize()
@settings(SETTINGS, max_examples=40)
def test_requests_of_any_kind(case: schemathesis.Case) -> None:
    """Good and bad requests alike; what does not fit the contract is refused."""
    APP.reset()
    case.validate_response(send(APP, case), checks=[*CHECKS, negative_data_rejection])


@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_requests_about_real_tenants(operation_id: str, switches: str) -> None:
    """Requests that fit the contract, about tenants that exist, with the version that is current."""
    app = make_app(switches=SWITCHES[switches])
    requests_made = OPERATIONS[operation_id].as_strategy(generation_mode=GenerationMode.POSITIVE)
    tenant_ids = st.sampled_from(sorted(app.platform.well_known.values()))
    statuses: set[int] = set()

    @settings(SETTINGS, max_examples=20)
    @given(case=requests_made, tenant_id=tenant_ids, ready=st.booleans())
    def check(case: schemathesis.Case, tenant_id: str, ready: bool) -> None:
        app.reset()
        aim(app, operation_id, case, tenant_id, ready)
        answer = send(app, case)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    check()
    assert statuses & {200, 201, 204}, f"no request succeeded, only {statuses}"
