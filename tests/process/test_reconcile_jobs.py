# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX does with an export, and with an inventory of tenants: surveys, canceled jobs, and slices of a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.acronis.tests.process.runs import Runs
from ansible_collections.community.acronis.tests.simulator import Simulator

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
RECONCILE = str(EXAMPLES / "awx_project" / "reconcile.yml")
CUSTOMERS = 9


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with Simulator(f"wide:{CUSTOMERS}") as simulator, Runs(simulator, tmp_path) as running:
        yield running


def customers(runs: Runs) -> list[Any]:
    platform = runs.simulator.platform
    return [platform.tenants[id_] for name, id_ in platform.well_known.items() if name.startswith("Customer ")]


def test_reconcile_with_the_answers_of_a_survey(runs: Runs) -> None:
    export = runs.directory / "overdue.csv"
    lines = [f"{one.id};{one.name};20" for one in customers(runs)]
    export.write_text("\n".join(["Tenant;Expected name;Days overdue", *lines]))
    answers = {
        "acronis_accounts_file": str(export),
        "acronis_suspend_after_days": "14",
        "acronis_terminate_after_days": "",
        "acronis_reactivate": "own",
        "acronis_max_changes": "",
        "acronis_skip_doubtful": "false",
        "acronis_batch_size": "3",
        "acronis_concurrency": "1",
    }
    runs.simulator.app.faults.add(method="PUT", delay=1.0, times=-1)
    ended = runs.run(RECONCILE, lambda: runs.writes > 3, answers)
    assert ended.status == "canceled"
    assert 4 <= runs.end() <= 5
    (first,) = ended.results("Apply batch 1 of 3: 3 tenants to be changed")
    assert [one["status"] for one in first["tenants"]] == ["changed"] * 3
    runs.simulator.app.faults.rules.clear()
    left = CUSTOMERS - runs.writes
    again = runs.run(RECONCILE, variables=answers)
    assert (again.status, runs.writes) == ("successful", CUSTOMERS), again.output
    assert f"{CUSTOMERS} rows: {left} suspended" in again.output
    assert {one.internal_tag[:27] for one in customers(runs)} == {"acronis.reconcile suspended"}


def test_each_slice_of_a_job_acts_on_its_own_tenants(runs: Runs) -> None:
    whole = runs.list_inventory(EXAMPLES / "acronis.yml")
    hosts = sorted(whole["_meta"]["hostvars"])
    written: Counter[str] = Counter()
    for number in range(3):
        # As AWX slices an inventory (Inventory.get_sliced_hosts in awx/main/models/inventory.py).
        chosen = set(hosts[number::3])
        sliced = {
            name: {**group, "hosts": [host for host in group.get("hosts", []) if host in chosen]}
            for name, group in whole.items()
            if name != "_meta"
        }
        sliced["_meta"] = {"hostvars": {host: whole["_meta"]["hostvars"][host] for host in chosen}}
        runs.simulator.app.log.clear()
        play = str(EXAMPLES / "suspend_group.yml")
        ended = runs.run(play, inventory=sliced, limit="acronis_customer:&acronis_enabled")
        assert ended.status == "successful", ended.output
        mine = [entry["tenant_id"] for entry in runs.simulator.app.log if entry["effect"]]
        assert set(mine) <= chosen
        written.update(mine)
    assert written == Counter(one.id for one in customers(runs))
    assert not any(one.enabled for one in customers(runs))
