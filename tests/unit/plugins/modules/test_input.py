# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Those tables of tests/ansible/cases.py that are about what the modules make of their input, whatever Ansible is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.community.acronis.plugins.modules import tenant_info, tenant_state
from ansible_collections.community.acronis.tests.ansible import cases
from ansible_collections.community.acronis.tests.ansible.cases import Answer, ByTemplates
from ansible_collections.community.acronis.tests.ansible.play import Order, Outcome
from ansible_collections.community.acronis.tests.simulator import Simulator

RunModule = Callable[..., tuple[int, dict[str, Any]]]
TABLES = (cases.WHOLE, cases.UNSEEN, cases.NAMES, cases.PROTECTION, cases.CONNECTION)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(cases.tree()) as running:
        yield running


def check(module: RunModule, simulator: Simulator, options: dict[str, Any], answer: Answer | ByTemplates) -> None:
    """Run the module and fail unless it does what is expected of it."""
    assert isinstance(answer, Answer), "no template is filled in here"
    names = {tenant.id: tenant.name for tenant in simulator.platform.tenants.values()}
    code, result = module(**{"retry_timeout": 0, **options})
    cases.check(Outcome("failed" if code else "ok", result, list(simulator.app.log), names), answer)


@pytest.mark.parametrize(
    ("options", "answer"), [pytest.param(*row, id=row[0]) for table in TABLES for row in table.items()]
)
def test_tenant_state(
    runs: Callable[[ModuleType], RunModule], simulator: Simulator, options: str, answer: Answer
) -> None:
    check(runs(tenant_state), simulator, {"state": "absent", **yaml.safe_load(f"{options}\n")}, answer)


@pytest.mark.parametrize(("options", "answer"), [pytest.param(*row, id=row[0]) for row in cases.INFO.items()])
def test_tenant_info(
    runs: Callable[[ModuleType], RunModule], simulator: Simulator, options: str, answer: Answer
) -> None:
    check(runs(tenant_info), simulator, yaml.safe_load(f"{options}\n"), answer)


@pytest.mark.parametrize(
    ("order", "answer"), [pytest.param(*row, id=what) for what, row in cases.UNTRUE_ANSWERS.items()]
)
def test_what_the_platform_answers(
    runs: Callable[[ModuleType], RunModule], simulator: Simulator, order: Order, answer: Answer
) -> None:
    method, path, body = order
    requests.request(method, f"{simulator.url}/_simulator/{path}", json=body, timeout=10).raise_for_status()
    check(runs(tenant_state), simulator, {"state": "absent", "tenant": "Fabrikam"}, answer)
