# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules on a host whose Python is older than the controller's: the oldest that they run on, and those before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.release import __version__

from ansible_collections.community.acronis.tests.process.runs import Runs
from ansible_collections.community.acronis.tests.run import pythons
from ansible_collections.community.acronis.tests.simulator import Simulator

SUSPEND = "Suspend the customers"
LIST = "List the customers"
CORE = ".".join(__version__.split(".")[:2])
# The Pythons on which a release of ansible-core runs modules and the collection does not. Later ones have none.
REFUSED = {
    "2.16": ("3.6", "3.7", "3.8"),
    "2.17": ("3.7", "3.8"),
    "2.18": ("3.8",),
    "2.19": ("3.8",),
}


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with Simulator("wide:3") as simulator, Runs(simulator, tmp_path) as running:
        yield running


@pytest.fixture
def python() -> str:
    """The interpreter of an environment that has what modules need; the test runner makes it."""
    path = os.environ.get("TARGET_PYTHON")
    if path is None:
        pytest.skip(f"no environment with Python {pythons.OLDEST_TARGET} in TARGET_PYTHON")
    return path


def tell(runs: Runs, python: str, **options: Any) -> dict[str, Any]:
    """Suspend tenants with the interpreter, and return what the module says."""
    customers = [id_ for name, id_ in runs.simulator.platform.well_known.items() if name.startswith("Customer ")]
    suspend = {"tenants": customers, "state": "disabled", **options}
    tasks = [
        {"name": LIST, "community.acronis.tenant_info": {"kind": ["customer"]}},
        {"name": SUSPEND, "community.acronis.tenant_state": suspend},
    ]
    variables = {"ansible_python_interpreter": python}
    ended = runs.run([{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}])
    (listed,) = ended.results(LIST)
    assert len(listed["tenants"]) == len(customers), listed
    (result,) = ended.results(SUSPEND)
    # What a module says that has ended in its own words.
    assert "summary" in result, result
    return result


def test_the_oldest_python_suspends(runs: Runs, python: str) -> None:
    result = tell(runs, python)
    assert result["changed"]
    assert result["summary"]["changed"] == runs.writes == 3


@pytest.mark.parametrize("continue_on_error", [True, False])
def test_the_oldest_python_tells_what_was_done_before_a_failure(
    runs: Runs, python: str, continue_on_error: bool
) -> None:
    runs.simulator.app.faults.add(method="PUT", skip=1, times=1, status=403, code=1012)
    result = tell(runs, python, continue_on_error=continue_on_error, concurrency=1)
    assert result["summary"] == {
        "requested": 3,
        "changed": 2 if continue_on_error else 1,
        "unchanged": 0,
        "not_found": 0,
        "failed": 1,
        "skipped": 0 if continue_on_error else 1,
    }
    assert result["changed"]
    assert runs.writes == result["summary"]["changed"]


def test_the_oldest_python_refuses_what_is_protected(runs: Runs, python: str) -> None:
    result = tell(runs, python, protected_tenants=["Customer 00002"])
    assert "Customer 00002" in result["msg"]
    assert runs.writes == 0


def test_the_oldest_python_refuses_a_name_that_nobody_has(runs: Runs, python: str) -> None:
    result = tell(runs, python, tenants=["Nobody", "Customer 00001"])
    assert "Nobody" in result["msg"]
    assert runs.writes == 0


@pytest.mark.parametrize("version", ["3.6", "3.7", "3.8"])
@pytest.mark.parametrize("module", ["tenant_state", "tenant_info"])
def test_an_older_python_is_refused_with_the_one_that_is_needed(runs: Runs, module: str, version: str) -> None:
    if version not in REFUSED.get(CORE, ()):
        pytest.skip(f"this ansible-core does not run modules on Python {version} either")
    old = pythons.find(version)
    if old is None:
        pytest.skip(f"no Python {version} found")
    variables = {"ansible_python_interpreter": old}
    task = {"name": "Call", f"community.acronis.{module}": {}}
    ended = runs.run([{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": [task]}])
    (result,) = ended.results("Call")
    assert "community.acronis needs Python 3.9 or later" in result["msg"]
    assert f"Python {version}." in result["msg"]
