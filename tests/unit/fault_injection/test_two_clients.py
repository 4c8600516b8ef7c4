# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two clients on one platform, one of them in the middle of the other's run: each reports what it did itself."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
from ansible_collections.community.acronis.tests.simulator import make_app
from ansible_collections.community.acronis.tests.unit.oracle import TRUTH, check, results
from ansible_collections.community.acronis.tests.unit.trees import CUSTOMER, tree
from ansible_collections.community.acronis.tests.unit.world import World

CLIENTS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
TREE = tree(("partner", ("customer", CUSTOMER)), ("alone", CUSTOMER))
# Each tenant, and those whose change reaches it.
TENANTS = {"partner": {"partner"}, "customer": {"customer", "partner"}, "alone": {"alone"}}

# One tenant, or several, and how to go about it.
tasks = st.fixed_dictionaries(
    {
        "states": st.dictionaries(st.sampled_from(list(TENANTS)), st.sampled_from(STATES), min_size=1),
        "delete_descendants": st.booleans(),
        "continue_on_error": st.booleans(),
        "concurrency": st.sampled_from([1, 4]),
    }
)


class TwoClients(RuleBasedStateMachine):
    """Runs of both clients, nested and not, and another administrator who restores what they delete."""

    def __init__(self) -> None:
        super().__init__()
        self.app = make_app(TREE)
        platform = self.app.platform
        platform.clock.freeze()
        for client_id in CLIENTS:
            platform.add_client(platform.tenants[platform.well_known["northwind"]], client_id, f"secret-of-{client_id}")

    def carry_out(
        self,
        client: int,
        task: dict[str, Any],
        check_mode: bool = False,
        before: Callable[[int], object] | None = None,
    ) -> Report:
        """Run one task; before is called with the number of each request just before it is sent."""
        count = [0]

        def watch(session: requests.Session) -> None:
            send = session.send

            def counted(*arguments: Any, **options: Any) -> Any:
                if before is not None:
                    before(count[0])
                count[0] += 1
                return send(*arguments, **options)

            session.send = counted  # type: ignore[method-assign]

        world = World(self.app, equip=watch)
        options = {key: value for key, value in task.items() if key != "states"}
        entries = [{"tenant": world.id(key), "state": state} for key, state in task["states"].items()]
        # One tenant alone takes another way through the options.
        options |= entries[0] if len(entries) == 1 else {"tenants": entries, "state": None}
        auth = {"client_id": CLIENTS[client], "client_secret": f"secret-of-{CLIENTS[client]}"}
        start = self.app.log[-1]["seq"] if self.app.log else 0
        report = world.run(check_mode=check_mode, auth=auth, return_unchanged=True, **options)
        mine = [one for one in self.app.log if one["seq"] > start and one["client_id"] == CLIENTS[client]]
        check(world, report, mine, check_mode=check_mode, later=before is not None)
        return report

    def truth(self, key: str) -> str:
        return World(self.app).truth(self.app.platform.well_known[key])

    @rule(client=st.integers(0, 1), task=tasks)
    def undisturbed(self, client: int, task: dict[str, Any]) -> None:
        predicted = self.carry_out(client, task, check_mode=True)
        report = self.carry_out(client, task)
        assert (predicted.failure is None) == (report.failure is None)
        if report.failure is None:
            assert {key: self.truth(key) for key in task["states"]} == {
                key: TRUTH[state] for key, state in task["states"].items()
            }
            assert [one["actions"] for one in results(predicted)] == [one["actions"] for one in results(report)]
            again = self.carry_out(1 - client, task)
            assert (again.failure, again.as_result(diff=False)["changed"]) == (None, False)

    @rule(client=st.integers(0, 1), task=tasks, other=tasks, position=st.integers(0, 9))
    def nested(self, client: int, task: dict[str, Any], other: dict[str, Any], position: int) -> None:
        def before(number: int) -> None:
            if number == position:
                # In a thread of its own, since each has one request at a time.
                with ThreadPoolExecutor(1) as beside:
                    beside.submit(self.carry_out, 1 - client, other).result()

        # Only the order of the requests of one worker says where the other comes in.
        report = self.carry_out(client, {**task, "concurrency": 1}, before=before)
        if report.failure is None:
            for key, state in task["states"].items():
                if not TENANTS[key] & other["states"].keys():
                    assert self.truth(key) == TRUTH[state]

    @rule(key=st.sampled_from(list(TENANTS)))
    def restored(self, key: str) -> None:
        self.app.platform.interfere(self.app.platform.well_known[key], restore=True)

    @rule(key=st.sampled_from(list(TENANTS)))
    def updated(self, key: str) -> None:
        self.app.platform.interfere(self.app.platform.well_known[key], bump=True)

    @invariant()
    def the_clients_still_work(self) -> None:
        assert self.truth("northwind") == "enabled"


TwoClients.TestCase.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)
TestTwoClients = TwoClients.TestCase
