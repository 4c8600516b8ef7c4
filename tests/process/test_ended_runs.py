# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module whose run is gone begins no further write; one that outlasts its run by intention goes on."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.acronis.tests.process.runs import Runs, wait_until
from ansible_collections.community.acronis.tests.simulator import Simulator

CUSTOMERS = 12
CONCURRENCY = 2
# Seconds that the platform takes for the answer to a write. It is in the log before, so that a module which notices
# within that time that its run is gone has begun no other write. With all writes, a task takes six times as long.
ANSWER = 1.5
TASK = "Suspend the customers"


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with Simulator(f"wide:{CUSTOMERS}") as simulator, Runs(simulator, tmp_path) as running:
        yield running


def customers(runs: Runs) -> list[str]:
    return [id_ for name, id_ in runs.simulator.platform.well_known.items() if name.startswith("Customer ")]


def play(*tasks: dict[str, Any]) -> list[dict[str, Any]]:
    python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    return [{"hosts": "localhost", "gather_facts": False, "vars": python, "tasks": list(tasks)}]


def suspend(runs: Runs, **keywords: Any) -> dict[str, Any]:
    options = {"tenants": customers(runs), "state": "disabled", "concurrency": CONCURRENCY}
    return {"name": TASK, "community.acronis.tenant_state": options, **keywords}


def take_long(runs: Runs) -> None:
    runs.simulator.app.faults.add(method="PUT", delay=ANSWER, times=-1)


def after_writes(runs: Runs, seen: list[int], number: int = CONCURRENCY + 1) -> Callable[[], bool]:
    """The condition that the platform has seen so many writes. How many it had seen goes to seen."""

    def reached() -> bool:
        if (writes := runs.writes) >= number:
            seen.append(writes)
        return bool(seen)

    return reached


def test_a_run_that_is_canceled_ends_with_the_writes_in_flight(runs: Runs) -> None:
    take_long(runs)
    seen: list[int] = []
    ended = runs.run(play(suspend(runs)), after_writes(runs, seen))
    assert ended.status == "canceled"
    assert CONCURRENCY < runs.end() <= seen[0] + CONCURRENCY


@pytest.mark.parametrize("name", ["KILL", "TERM", "INT"])
def test_a_signal_to_ansible_alone_ends_with_the_writes_in_flight(runs: Runs, name: str) -> None:
    take_long(runs)
    seen: list[int] = []
    ended = runs.run_alone(play(suspend(runs)), getattr(signal, f"SIG{name}"), after_writes(runs, seen))
    assert ended.status == "failed"
    assert CONCURRENCY < runs.end() <= seen[0] + CONCURRENCY


def test_a_task_that_has_timed_out_ends_with_the_writes_in_flight(runs: Runs) -> None:
    # Time enough to begin, even on a slow machine. Whenever it begins, the time is over before the platform answers.
    runs.simulator.app.faults.add(method="PUT", delay=7, times=-1)
    limited = suspend(runs, timeout=6)
    ended = runs.run(play(limited))
    assert ended.status == "failed"
    assert len(ended.results(TASK)) == 1
    assert 0 < runs.end() <= CONCURRENCY


def test_of_a_loop_that_is_canceled_no_further_item_is_written(runs: Runs) -> None:
    take_long(runs)
    seen: list[int] = []
    one_by_one = suspend(runs, loop=customers(runs)[:6])
    options = one_by_one["community.acronis.tenant_state"]
    options["tenants"] = ["{{ item }}"]
    ended = runs.run(play(one_by_one), after_writes(runs, seen, 2))
    assert ended.status == "canceled"
    # The worker, where it lives on, begins a module for each item that is left.
    wait_until(lambda: not runs.processes())
    assert 2 <= runs.writes <= seen[0] + 1


def test_a_module_that_only_reads_ends_at_once(runs: Runs) -> None:
    runs.simulator.app.faults.add(method="GET", delay=300, times=-1)
    ended = runs.run(play(suspend(runs, check_mode=True)), lambda: bool(runs.simulator.app.log[1:]))
    assert ended.status == "canceled"
    assert runs.end() == 0


def test_a_module_that_nobody_waits_for_outlasts_its_run(runs: Runs) -> None:
    runs.simulator.app.faults.add(method="PUT", delay=0.2, times=-1)
    # So that the play ends while the module is at work.
    runs.simulator.app.faults.add(path="^/(?!idp/)", method="GET", delay=1.0, times=1)
    ended = runs.run(play(suspend(runs, **{"async": 120, "poll": 0})))
    assert ended.status == "successful", ended.output
    assert runs.writes < CUSTOMERS
    assert runs.end() == CUSTOMERS


@pytest.mark.parametrize("poll", [0, 1])
def test_an_asynchronous_task_is_waited_for(runs: Runs, poll: int) -> None:
    status = {
        "name": "Wait for it",
        "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"},
        "register": "outcome",
        "until": "outcome.finished | bool",
        "retries": 60,
        "delay": 1,
        "when": poll == 0,
    }
    ended = runs.run(play(suspend(runs, register="job", **{"async": 120, "poll": poll}), status))
    assert ended.status == "successful", ended.output
    assert ended.results(TASK if poll else "Wait for it")[-1]["summary"]["changed"] == CUSTOMERS
    assert runs.writes == CUSTOMERS


def test_a_run_outlasts_the_shell_that_has_started_it(runs: Runs) -> None:
    runs.simulator.app.faults.add(method="PUT", delay=0.2, times=-1)
    command, environment = runs.command(play(suspend(runs)))
    script = ["sh", "-c", '"$@" > /dev/null 2>&1 < /dev/null &', "sh", *command]
    subprocess.run(script, env=environment, check=True, start_new_session=True)
    wait_until(lambda: not runs.processes())
    assert runs.writes == CUSTOMERS
