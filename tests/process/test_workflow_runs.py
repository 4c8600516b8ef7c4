# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs of an AWX workflow: a plan, and after its approval the apply of exactly this plan.

AWX gives each job of a workflow the answers to the workflow's survey, and a later one the artifacts of those before
too, over which the answers win (WorkflowJobNode.get_job_kwargs in awx/main/models/workflow.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.acronis.tests.process.runs import Runs
from ansible_collections.community.acronis.tests.simulator import Simulator

SUSPEND = "community.acronis.suspend"
HOSTILE = "{{ 7*7 }} <script> =cmd()"


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with Simulator("wide:3") as simulator, Runs(simulator, tmp_path) as running:
        yield running


def customers(runs: Runs) -> list[Any]:
    platform = runs.simulator.platform
    return [platform.tenants[id_] for name, id_ in platform.well_known.items() if name.startswith("Customer ")]


def answers(runs: Runs) -> dict[str, Any]:
    lines = [one.id for one in customers(runs)]
    return {"acronis_tenants": "\n".join(lines), "acronis_max_changes": "50", "acronis_customer_id": ""} | {
        "acronis_continue_on_error": "false",
        "acronis_plan_artifact": True,
    }


def test_the_plan_is_applied_and_nothing_else(runs: Runs) -> None:
    customers(runs)[0].name = HOSTILE
    plan = runs.run(SUSPEND, variables=answers(runs), check=True)
    assert (plan.status, runs.writes) == ("successful", 0), plan.output
    # The answers have come to mean more than what was approved.
    approved = plan.artifacts["acronis_plan"].pop()
    apply = runs.run(SUSPEND, variables={**plan.artifacts, **answers(runs)})
    assert (apply.status, runs.writes) == ("successful", 2), apply.output
    assert "2 tenants: 2 disabled now, 0 already, 0 failed, 0 not tried" in apply.output
    assert [one.enabled for one in customers(runs) if one.id == approved["id"]] == [True]
    assert plan.artifacts["acronis_plan"][0]["name"] == HOSTILE


def test_without_the_plan_nothing_is_applied(runs: Runs) -> None:
    """An artifact may be lost, and then the answers alone must not choose tenants that nobody has approved."""
    ended = runs.run(SUSPEND, variables=answers(runs))
    assert (ended.status, runs.writes) == ("failed", 0)
    assert "there is no plan from a job before" in ended.output


def test_a_tenant_that_was_changed_after_the_approval_is_refused(runs: Runs) -> None:
    plan = runs.run(SUSPEND, variables=answers(runs), check=True)
    customers(runs)[1].version += 1
    ended = runs.run(SUSPEND, variables={**plan.artifacts, **answers(runs)})
    assert (ended.status, runs.writes) == ("failed", 0)


def test_a_plan_without_changes_is_applied_at_once(runs: Runs) -> None:
    for one in customers(runs):
        one.enabled = False
    plan = runs.run(SUSPEND, variables=answers(runs), check=True)
    assert plan.artifacts == {"acronis_plan": []}
    ended = runs.run(SUSPEND, variables={**plan.artifacts, **answers(runs)})
    assert (ended.status, runs.writes) == ("successful", 0)


def test_a_plan_that_awx_would_cut_is_refused(runs: Runs) -> None:
    # As many bytes as 1,600 tenants of the usual kind.
    customers(runs)[0].name = "x" * 699_000
    ended = runs.run(SUSPEND, variables=answers(runs), check=True)
    assert (ended.status, ended.artifacts) == ("failed", {})
    assert "The plan has 3 changes and" in ended.output
    assert "Plan the tenants in several lists." in ended.output
