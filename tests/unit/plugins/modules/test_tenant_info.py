# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils import _tenants
from ansible_collections.community.acronis.plugins.modules import tenant_info
from ansible_collections.community.acronis.tests.simulator import Simulator

RunModule = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run_module(runs: Callable[[ModuleType], RunModule]) -> RunModule:
    return runs(tenant_info)


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_tenant_and_its_impact(simulator: Simulator, run_module: RunModule, check_mode: bool) -> None:
    code, result = run_module(tenant="Alpine Bakery", impact=True, _ansible_check_mode=check_mode, _ansible_diff=True)
    assert (code, result["changed"], "diff" in result) == (0, False, False)
    (bakery,) = result["tenants"]
    assert bakery["path"] == ["Northwind MSP", "Contoso Partner", "Contoso Branches", "Alpine Bakery"]
    assert bakery["impact"] == {
        "sub_tenants": {"partner": 0, "folder": 0, "customer": 0, "unit": 2},
        "users": 3,
        "api_clients": None,
        "storage_bytes": 1500 * 2**30,
        "complete": True,
    }
    assert {entry["method"] for entry in simulator.app.log} == {"POST", "GET"}


def test_a_listing_with_filters(simulator: Simulator, run_module: RunModule) -> None:
    code, result = run_module(subtree_root_id=simulator.platform.well_known["contoso"], kind="customer", enabled="no")
    assert (code, [tenant["name"] for tenant in result["tenants"]]) == (0, ["Dormant Dairy"])
    assert "children_hidden" in str(result["warnings"])


def test_several_tenants(simulator: Simulator, run_module: RunModule) -> None:
    tenants = ["Hospital", simulator.platform.well_known["solo"]]
    code, result = run_module(tenants=tenants)
    assert (code, [tenant["name"] for tenant in result["tenants"]]) == (0, ["Hospital", "Solo Software"])
    assert result["invocation"]["module_args"]["tenants"] == tenants


def test_a_long_list_does_not_come_back_as_an_option(run_module: RunModule) -> None:
    code, result = run_module(tenants=[f"Customer {number}" for number in range(101)])
    assert (code, result["tenants"]) == (0, [])
    assert result["invocation"]["module_args"]["tenants"] == "(101 entries)"


def test_nothing_found_is_no_failure(run_module: RunModule) -> None:
    code, result = run_module(tenant="Hospitl")
    assert (code, result["tenants"]) == (0, [])
    assert "The names closest to 'Hospitl' are 'Hospital'" in str(result["warnings"])


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        ({"tenant": ""}, "tenant:"),
        ({"tenants": ["Hospital", None]}, "tenants[1]: it has no value"),
        ({"tenants": ["Hospital", 83]}, "tenants[1]: '83' is a number, not text"),
        ({"tenant": 83}, "tenant: '83' is a number, not text"),
        ({"customer_id": 1002}, "customer_id: '1002' is a number, not text"),
        ({"customer_ids": "C-1001"}, "customer_ids: it must be a list"),
        ({"customer_ids": ["C-1001", ""]}, "customer_ids[1]: it is empty"),
        ({"tenants": ["Hospital", {"tenant": "Hospital"}]}, "tenants[1]: "),
        ({"tenants": "Hospital, Solo Software"}, "tenants: it must be a list, but 'Hospital, Solo Software' is text"),
        ({"subtree_root_id": "Contoso"}, "subtree_root_id:"),
        ({"tenant": "Hospital", "direct_children_only": True}, "direct_children_only:"),
        (
            {"tenant": "Hospital", "customer_ids": ["C-1001"]},
            "parameters are mutually exclusive: tenant|customer_id|tenants|customer_ids",
        ),
        ({"kind": ["root"]}, "value of kind must be one or more of: partner, folder, customer, unit"),
        ({"plan": []}, "Unsupported parameters"),
    ],
)
def test_bad_options_send_nothing(
    simulator: Simulator, run_module: RunModule, arguments: dict[str, Any], option: str
) -> None:
    code, result = run_module(**arguments)
    assert (code, result["failed"]) == (1, True)
    assert result["msg"].startswith(option)
    assert result.get("tenants", []) == []
    assert simulator.app.log == []


def test_a_failure_has_the_same_shape(simulator: Simulator, run_module: RunModule) -> None:
    code, result = run_module(tenant=simulator.platform.well_known["fabrikam_retail"])
    assert (code, result["failed"], result["changed"], result["tenants"]) == (1, True, False, [])
    assert "HTTP 403" in result["msg"]


@pytest.mark.parametrize("verbosity", [0, 3, 5])
def test_the_shape_does_not_depend_on_the_verbosity(run_module: RunModule, verbosity: int) -> None:
    code, result = run_module(tenant="Solo Software", _ansible_verbosity=verbosity)
    assert (code, set(result) - {"invocation", "warnings"}) == (0, {"changed", "tenants"})


def test_by_external_id(run_module: RunModule) -> None:
    code, result = run_module(customer_id="C-1911")
    assert (code, [tenant["name"] for tenant in result["tenants"]]) == (0, ["Hospital"])
    code, result = run_module(customer_ids=["C-3001", "C-0"])
    assert (code, [tenant["name"] for tenant in result["tenants"]]) == (0, ["Solo Software"])
    assert "no tenant was found for 'C-0'" in str(result["warnings"])


def test_a_name_that_cannot_be_encoded_does_not_lose_the_list(simulator: Simulator, run_module: RunModule) -> None:
    simulator.platform.interfere(simulator.platform.well_known["solo"], values={"name": "Solo \ud83d Software"})
    code, result = run_module(direct_children_only=True)
    assert (code, [tenant["name"] for tenant in result["tenants"]][-1]) == (0, "Solo ? Software")
    assert result["tenants"][-1]["path"] == ["Northwind MSP", "Solo ? Software"]
    assert json.dumps(result, ensure_ascii=False).encode()


def test_an_error_of_our_own_is_told(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tenants.TenantApi, "subtree", lambda *_arguments, **_options: 1 / 0)
    code, result = run_module()
    assert (code, result["tenants"], "ZeroDivisionError" in result["msg"]) == (1, [], True)
