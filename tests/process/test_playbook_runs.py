# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks as AWX runs them: through ansible-runner, with the answers of a survey, canceled in the middle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.community.acronis.tests.process.runs import Runs
from ansible_collections.community.acronis.tests.simulator import Simulator

# What AWX can choose in a project, each one line that imports a playbook of the collection.
PROJECT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "awx_project"
SUSPEND, REACTIVATE, TERMINATE = (str(PROJECT / f"{name}.yml") for name in ("suspend", "reactivate", "terminate"))
CUSTOMERS = 12
BATCH = 3


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with Simulator(f"wide:{CUSTOMERS}") as simulator, Runs(simulator, tmp_path) as running:
        yield running


def names(runs: Runs) -> list[str]:
    return [name for name in runs.simulator.platform.well_known if name.startswith("Customer ")]


def survey(runs: Runs) -> dict[str, str]:
    """The answers to a survey: text, one tenant a line, and nothing where nothing was answered."""
    return {
        "acronis_tenants": "\r\n".join(names(runs)) + "\r\n",
        "acronis_batch_size": str(BATCH),
        "acronis_tenant": "",
        "acronis_max_changes": "",
    }


def test_a_job_shows_each_batch(runs: Runs) -> None:
    ended = runs.run(SUSPEND, variables=survey(runs))
    assert (ended.status, runs.writes) == ("successful", CUSTOMERS)
    for number in range(1, CUSTOMERS // BATCH + 1):
        (result,) = ended.results(f"Apply batch {number} of {CUSTOMERS // BATCH}: {BATCH} tenants to be disabled")
        assert result["summary"]["changed"] == BATCH
        assert len(json.dumps(result["tenants"])) < BATCH * 600
    assert f"{CUSTOMERS} tenants: {CUSTOMERS} disabled now, 0 already, 0 failed, 0 not tried" in ended.output
    back = runs.run(REACTIVATE, variables={**survey(runs), "acronis_batch_size": ""})
    assert (back.status, runs.writes) == ("successful", 2 * CUSTOMERS)


def test_a_canceled_job_has_the_results_of_the_finished_batches(runs: Runs) -> None:
    runs.simulator.app.faults.add(method="PUT", delay=1.0, times=-1)
    seen: list[int] = []

    def third_batch() -> bool:
        if (writes := runs.writes) > 2 * BATCH:
            seen.append(writes)
        return bool(seen)

    ended = runs.run(SUSPEND, third_batch, {**survey(runs), "acronis_concurrency": "2"})
    assert ended.status == "canceled"
    assert 2 * BATCH < runs.end() <= seen[0] + 2
    for number in (1, 2):
        (result,) = ended.results(f"Apply batch {number} of {CUSTOMERS // BATCH}: {BATCH} tenants to be disabled")
        assert [one["status"] for one in result["tenants"]] == ["changed"] * BATCH
    # What is left is a matter of running it again.
    runs.simulator.app.faults.rules.clear()
    again = runs.run(SUSPEND, variables=survey(runs))
    assert (again.status, runs.writes) == ("successful", CUSTOMERS)


@pytest.mark.parametrize("answer", [{}, {"acronis_expected_name": ""}, {"acronis_expected_name": "Another"}])
def test_terminate_never_asks_where_nobody_answers(runs: Runs, answer: dict[str, str]) -> None:
    """ansible-runner gives the play a terminal with nobody at it."""
    ended = runs.run(TERMINATE, variables={"acronis_tenant": names(runs)[0], **answer})
    assert (ended.status, runs.writes) == ("failed", 0)
    assert "Type the name" not in ended.output


def test_terminate_with_the_name(runs: Runs) -> None:
    name = names(runs)[0]
    variables = {"acronis_tenant": name, "acronis_expected_name": name}
    ended = runs.run(TERMINATE, variables=variables)
    assert (ended.status, runs.writes) == ("successful", 2)
    assert "1 tenant: deleted" in ended.output
