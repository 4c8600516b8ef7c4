# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils import _module, _tenants
from ansible_collections.community.acronis.plugins.module_utils._desired import RESULT_KEYS
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
    version = simulator.platform.tenants[solo].version
    assert result["diff"] == {
        "before": f"customer 'Solo Software' ({solo}): enabled, version 3\n",
        "after": f"customer 'Solo Software' ({solo}): disabled, version {version}\n",
    }
    code, result = run_module(tenant=solo, state="disabled")
    assert (code, result["changed"], result["tenants"][0]["actions"]) == (0, False, [])
    assert "diff" not in result


def test_check_mode_writes_nothing(simulator: Simulator, run_module: RunModule) -> None:
    code, result = run_module(tenant="Solo Software", state="absent", _ansible_check_mode=True)
    assert (code, result["tenants"][0]["actions"]) == (0, ["disable", "delete"])
    assert [entry["method"] for entry in simulator.app.log] == ["POST", "GET", "GET"]


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
    assert "is disabled, not deleted" in result["msg"] and "interrupted" in result["msg"]
    assert [entry["method"] for entry in simulator.app.log if entry["effect"] and entry["tenant_id"]] == ["PUT"]


def test_warnings_reach_the_user(run_module: RunModule) -> None:
    code, result = run_module(tenant="No Such Tenant", state="absent")
    assert code == 0
    assert "No Such Tenant" in str(result["warnings"])


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Hospital\nSolo Software\n", "it is protected (protected_tenants: 'Solo Software')"),
        ('["Hospital", "Solo Software"]', "it is protected (protected_tenants: 'Solo Software')"),
        ("{hospital}, {solo}", "it is protected (protected_tenants: '{solo}')"),
        ("Hospital, Solo Software", "no tenant matches 'Hospital, Solo Software'"),
        ('["Hospital"', "ACRONIS_PROTECTED_TENANTS: "),
        ('["Hospital", 83]', "ACRONIS_PROTECTED_TENANTS[1]: '83' is a number"),
        ("['Hospital']", "ACRONIS_PROTECTED_TENANTS: "),
        ('{"tenant": "Hospital"}', "ACRONIS_PROTECTED_TENANTS[0]"),
        ("Hospital; Solo Software", "no tenant matches 'Hospital; Solo Software'"),
        ("Hospital", None),
        (" \n", None),
    ],
)
def test_protected_tenants_from_the_environment(
    simulator: Simulator, run_module: RunModule, monkeypatch: pytest.MonkeyPatch, text: str, refused: str | None
) -> None:
    known = simulator.platform.well_known
    text = text if "[" in text or ":" in text else text.format(**known)
    monkeypatch.setenv("ACRONIS_PROTECTED_TENANTS", text)
    code, result = run_module(tenant="Solo Software", state="disabled")
    assert code == (0 if refused is None else 1)
    assert refused is None or refused.format(**known) in result["msg"]
    # The option goes first.
    code, result = run_module(tenant="Hospital", state="disabled", protected_tenants=[])
    assert (code, result["changed"]) == (0, True)


def test_a_name_with_a_comma_is_one_name_in_the_environment(
    simulator: Simulator, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.platform.interfere(simulator.platform.well_known["solo"], values={"name": "Smith, Jones & Co"})
    monkeypatch.setenv("ACRONIS_PROTECTED_TENANTS", "Smith, Jones & Co")
    code, result = run_module(customer_id="C-3001", state="disabled")
    assert (code, "it is protected (protected_tenants: 'Smith, Jones & Co')" in result["msg"]) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"tenant": 83, "state": "absent"}, "tenant: '83' is a number, not text"),
        ({"tenant": True, "state": "absent"}, "tenant: 'True' is a boolean, not text"),
        ({"tenant": ["Hospital"], "state": "absent"}, "tenant: "),
        ({"customer_id": 1002, "state": "absent"}, "customer_id: '1002' is a number, not text"),
        ({"tenants": "Hospital, Solo Software", "state": "absent"}, "tenants: it must be a list"),
        ({"tenants": "['Hospital']", "state": "absent"}, "tenants: it must be a list"),
        ({"tenants": ["Hospital", 83], "state": "absent"}, "tenants[1]: '83' is a number, not text"),
        ({"customer_ids": "C-1001", "state": "absent"}, "customer_ids: it must be a list"),
        ({"customer_ids": ["C-1001", 1002], "state": "absent"}, "customer_ids[1]: '1002' is a number, not text"),
        ({"plan": "Hospital"}, "plan: it must be a list"),
        ({"tenant": "Hospital", "expected_name": 83, "state": "absent"}, "expected_name: '83' is a number, not text"),
        (
            {"tenant": "Hospital", "protected_tenants": "Hospital,Solo Software", "state": "absent"},
            "protected_tenants: it must be a list",
        ),
        ({"tenant": "Hospital"}, "missing parameter(s) required by 'tenant': state"),
        ({"customer_id": "C-1"}, "missing parameter(s) required by 'customer_id': state"),
        ({"customer_ids": ["C-1"]}, "missing parameter(s) required by 'customer_ids': state"),
        ({"state": "absent"}, "one of the following is required: tenant, customer_id, tenants, customer_ids, plan"),
        (
            {"tenant": "A", "customer_id": "C-1", "state": "absent"},
            "parameters are mutually exclusive: tenant|customer_id|tenants|customer_ids|plan",
        ),
        (
            {"tenants": ["A"], "plan": [], "state": "absent"},
            "parameters are mutually exclusive: tenant|customer_id|tenants|customer_ids|plan",
        ),
    ],
)
def test_wrong_input_sends_nothing(
    simulator: Simulator, run_module: RunModule, arguments: dict[str, Any], message: str
) -> None:
    code, result = run_module(**arguments)
    assert (code, result["failed"]) == (1, True)
    assert result["msg"].startswith(message)
    assert simulator.app.log == []


def test_a_plan_and_its_application(simulator: Simulator, run_module: RunModule) -> None:
    names = ["Solo Software", "Dormant Dairy", "Hospital"]
    code, planned = run_module(tenants=names, state="disabled", return_unchanged=True, _ansible_check_mode=True)
    assert (code, [entry["status"] for entry in planned["tenants"]]) == (0, ["changed", "unchanged", "changed"])
    code, done = run_module(plan=planned["tenants"])
    assert (code, done["summary"]["changed"], done["summary"]["requested"]) == (0, 2, 2)
    assert "were left out: 1 unchanged." in str(done["warnings"])
    # One that was changed since is refused.
    code, again = run_module(plan=planned["tenants"][:1], state="enabled")
    assert (code, "the plan has the state disabled, but the task has the state enabled" in again["msg"]) == (1, True)
    code, back = run_module(plan=done["tenants"], state="enabled")
    assert (code, back["summary"]["changed"]) == (0, 2)
    code, stale = run_module(plan=done["tenants"], state="absent")
    assert (code, "(expected_version): it was changed since" in stale["msg"], stale["changed"]) == (1, True, False)


@pytest.mark.parametrize("verbosity", [0, 3, 5])
def test_the_shape_does_not_depend_on_the_verbosity(run_module: RunModule, verbosity: int) -> None:
    code, result = run_module(tenant="Solo Software", state="enabled", _ansible_verbosity=verbosity)
    assert code == 0
    assert set(result) - {"invocation", "warnings"} == {"changed", "tenants", "summary"}
    assert set(result["tenants"][0]) == RESULT_KEYS


def encodes(result: dict[str, Any]) -> bool:
    try:
        json.dumps(result, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def test_a_name_that_cannot_be_encoded_does_not_lose_the_result(simulator: Simulator, run_module: RunModule) -> None:
    solo = simulator.platform.well_known["solo"]
    simulator.platform.interfere(solo, values={"name": "Solo \ud83d Software"})
    code, result = run_module(tenant=solo, state="disabled", _ansible_diff=True)
    assert (code, result["changed"], encodes(result)) == (0, True, True)
    assert result["tenants"][0]["name"] == "Solo ? Software"
    assert r"'Solo \ud83d Software'" in result["diff"]["after"]
    # On failure, in a warning, and as an option.
    code, result = run_module(tenant="solo software", state="disabled")
    assert (code, encodes(result)) == (1, True)
    assert r"'Solo \ud83d Software'" in result["msg"]
    code, result = run_module(tenants=["Solo \ud83d Software"], state="absent")
    assert (code, encodes(result), r"'Solo \ud83d Software'" in result["msg"]) == (1, True, True)
    code, result = run_module(tenant="Solo Softwar", state="absent")
    assert (code, encodes(result), r"Solo \\ud83d Software" in str(result["warnings"])) == (0, True, True)


def test_encodable() -> None:
    value = {"a\ud800": ["b\udfff", ("c", 1, None, True)], "\u00e4": {"\u65e5": "\U0001f600"}}
    assert _module.encodable(value) == {"a?": ["b?", ["c", 1, None, True]], "\u00e4": {"\u65e5": "\U0001f600"}}


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
    monkeypatch.setattr(_tenants.TenantApi, "batch", lambda *_arguments, **_options: 1 / 0)
    code, result = run_module(tenant="0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a", state="enabled")
    assert (code, "ZeroDivisionError" in result["msg"], result["summary"]["failed"]) == (1, True, 1)


def test_an_error_of_our_own_with_text_that_cannot_be_encoded_is_told(
    run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: Any, **_options: Any) -> None:
        raise KeyError("\ud800")

    class OddError(Exception):
        """Shows its text as it is, in the traceback too."""

    def odd(*_arguments: Any, **_options: Any) -> None:
        raise OddError("odd \ud800")

    for raising, name in ((broken, "KeyError"), (odd, "OddError")):
        monkeypatch.setattr(_tenants.TenantApi, "batch", raising)
        code, result = run_module(tenant="0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a", state="enabled")
        assert (code, name in result["msg"], encodes(result)) == (1, True, True)


def test_no_log_hides_every_tenant_from_message_and_warnings(run_module: RunModule) -> None:
    """From ansible-core 2.19 on, Ansible itself shows both."""
    hidden: dict[str, Any] = {"_ansible_no_log": True}
    code, result = run_module(tenant="Twin Trading", state="absent", **hidden)
    assert (code, result["summary"]["failed"], len(result["tenants"])) == (1, 1, 1)
    assert result["msg"] == "no_log hides the details; the registered result has them."
    code, result = run_module(tenant="Hospital\u200b", state="absent", **hidden)
    assert (code, result["msg"]) == (1, "tenant: the value was refused, and no_log hides why.")
    code, result = run_module(tenant="Nobody Knows It", state="absent", **hidden)
    assert code == 0 and "Nobody Knows It" not in str(result["warnings"])
