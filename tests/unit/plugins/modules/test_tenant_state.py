# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils import _module
from ansible_collections.community.acronis.plugins.modules import tenant_state
from ansible_collections.community.acronis.tests.simulator import Simulator

RunModule = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def run_module(runs: Callable[[ModuleType], RunModule]) -> RunModule:
    return runs(tenant_state)


def test_change_and_again(simulator: Simulator, run_module: RunModule) -> None:
    solo = simulator.platform.well_known["solo"]
    code, result = run_module(tenant=solo, state="disabled", _ansible_diff=True)
    assert (code, result["changed"], result["summary"]["changed"]) == (0, True, 1)
    assert result["diff"]["after"][solo]["state"] == "disabled"
    code, result = run_module(tenant=solo, state="disabled")
    assert (code, result["changed"], result["tenants"][0]["actions"]) == (0, False, [])
    assert "diff" not in result


def test_check_mode_writes_nothing(simulator: Simulator, run_module: RunModule) -> None:
    code, result = run_module(tenant="Solo Software", state="absent", _ansible_check_mode=True)
    assert (code, result["tenants"][0]["actions"]) == (0, ["disable", "delete"])
    assert [entry["method"] for entry in simulator.app.log] == ["POST", "GET", "GET", "GET"]


def test_a_failure_has_the_same_shape(run_module: RunModule) -> None:
    code, result = run_module(tenant="Twin Trading", state="absent")
    assert (code, result["failed"], result["changed"]) == (1, True, False)
    assert "2 tenants match" in result["msg"]
    assert result["summary"]["failed"] == 1
    assert result["tenants"][0]["error"]["status"] is None


def test_bad_options_have_the_same_shape_and_send_nothing(simulator: Simulator, run_module: RunModule) -> None:
    code, result = run_module(tenant="null", state="absent")
    assert (code, result["msg"].split(":")[0]) == (1, "tenant")
    assert (result["tenants"], result["changed"], result["summary"]["requested"]) == ([], False, 0)
    assert simulator.app.log == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle(simulator: Simulator, run_module: RunModule, number: signal.Signals) -> None:
    """The signal comes while the platform has taken the PUT and not yet answered."""
    fault = simulator.app.faults.add(method="PUT", after_change={})
    fault.after_change.make = lambda *_arguments: os.kill(os.getpid(), number)  # type: ignore[union-attr,method-assign]
    handlers = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        code, result = run_module(tenant="Solo Software", state="absent")
    finally:
        for one, handler in handlers.items():
            signal.signal(one, handler)
    assert (code, result["changed"], result["tenants"][0]["actions"]) == (1, True, ["disable"])
    assert "is disabled, not deleted" in result["msg"] and "told to stop" in result["msg"]
    assert [entry["method"] for entry in simulator.app.log if entry["effect"] and entry["tenant_id"]] == ["PUT"]


def test_warnings_reach_the_user(run_module: RunModule) -> None:
    code, result = run_module(tenant="No Such Tenant", state="absent")
    assert code == 0
    assert "No Such Tenant" in str(result["warnings"])


def test_protected_tenants_from_the_environment(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACRONIS_PROTECTED_TENANTS", "Hospital,Solo Software")
    code, result = run_module(tenant="Solo Software", state="disabled")
    assert (code, "protected" in result["msg"]) == (1, True)


def test_the_user_agent_tells_who_calls(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    comments: list[str] = []
    real = _module.Client

    def spy(*arguments: Any, **options: Any) -> Any:
        comments.append(options["comment"])
        return real(*arguments, **options)

    monkeypatch.setattr(_module, "Client", spy)
    run_module(tenant="Solo Software", state="enabled")
    assert comments == ["(ansible-core 2.99.1; tenant_state)"]


def test_without_requests_the_message_is_ansibles_own(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_module, "REQUESTS_IMPORT_ERROR", "ModuleNotFoundError: No module named 'requests'")
    code, result = run_module(tenant="Solo Software", state="enabled")
    assert code == 1
    assert "Failed to import the required Python library (requests)" in result["msg"]


def test_an_error_of_our_own_is_told(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_module.TenantApi, "batch", lambda *_arguments, **_options: 1 / 0)
    code, result = run_module(tenant="0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a", state="enabled")
    assert (code, "ZeroDivisionError" in result["msg"], result["summary"]["failed"]) == (1, True, 1)
