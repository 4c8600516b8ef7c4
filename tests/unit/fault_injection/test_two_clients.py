# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two clients on one platform, one of them in the middle of the other's run: each reports what it did itself."""

from __future__ import annotations

from typing import Any

import requests
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
from ansible_collections.community.acronis.plugins.module_utils._run import run
from ansible_collections.community.acronis.tests.simulator import make_app
from ansible_collections.community.acronis.tests.unit.world import World

CLIENTS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
TREE: dict[str, Any] = {
    "name": "Platform",
    "kind": "root",
    "children": [
        {
            "key": "own",
            "name": "Own",
            "kind": "partner",
            "clients": [
                {"name": "c", "client_id": client, "client_secret": f"secret-of-{client}"} for client in CLIENTS
            ],
            "children": [
                {
                    "key": "partner",
                    "name": "Partner",
                    "kind": "partner",
                    "children": [{"key": "customer", "name": "Customer", "kind": "customer"}],
                },
                {"key": "alone", "name": "Alone", "kind": "customer"},
            ],
        }
    ],
}
TENANTS = ("partner", "customer", "alone")

desired_tenants = st.fixed_dictionaries(
    {"tenant": st.sampled_from(TENANTS), "state": st.sampled_from(STATES), "delete_descendants": st.booleans()}
)


def actions(report: Report) -> list[Any]:
    """What each tenant of the report went through."""
    return [entry["actions"] for entry in report.as_result(diff=False)["tenants"]]


class TwoClients(RuleBasedStateMachine):
    """Runs of both clients, nested and not, and another administrator who restores what they delete."""

    def __init__(self) -> None:
        super().__init__()
        self.app = make_app(TREE)
        self.app.platform.clock.freeze()
        self.world = World(self.app)

    def carry_out(self, client: int, desired: dict[str, Any], check_mode: bool = False, before: Any = None) -> Report:
        """Run one wish; before is called with the number of each request just before it is sent."""
        secret = f"secret-of-{CLIENTS[client]}"
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
        api = world.api(client_id=CLIENTS[client], client_secret=secret)
        start = self.app.log[-1]["seq"] if self.app.log else 0
        key = {"tenant": self.app.platform.well_known[desired["tenant"]]}
        report = run(api, self.world.request(**{**desired, **key}), check_mode)
        mine = [entry for entry in self.app.log if entry["seq"] > start and entry["client_id"] == CLIENTS[client]]
        effects = [entry for entry in mine if entry["effect"] and entry["method"] in ("PUT", "DELETE")]
        (result,) = report.as_result(diff=False)["tenants"]
        assert result["changed"] == bool(effects) or check_mode
        assert check_mode or len(result["actions"]) == len(effects)
        assert not (check_mode and [entry for entry in mine if entry["method"] in ("PUT", "DELETE")])
        return report

    def truth(self, key: str) -> str:
        tenant = self.app.platform.tenants[self.app.platform.well_known[key]]
        if tenant.deletion is not None:
            return "absent"
        return "enabled" if tenant.enabled else "disabled"

    @rule(client=st.integers(0, 1), desired=desired_tenants)
    def alone(self, client: int, desired: dict[str, Any]) -> None:
        predicted = self.carry_out(client, desired, check_mode=True)
        report = self.carry_out(client, desired)
        if report.failure is None:
            assert self.truth(desired["tenant"]) == desired["state"]
            assert actions(predicted) == actions(report)
            assert not self.carry_out(1 - client, desired).as_result(diff=False)["changed"]

    @rule(client=st.integers(0, 1), desired=desired_tenants, other=desired_tenants, position=st.integers(0, 6))
    def nested(self, client: int, desired: dict[str, Any], other: dict[str, Any], position: int) -> None:
        def before(number: int) -> None:
            if number == position:
                self.carry_out(1 - client, other)

        report = self.carry_out(client, desired, before=before)
        # What happens to the partner reaches its customer too.
        if report.failure is None and other["tenant"] not in (desired["tenant"], "partner"):
            assert self.truth(desired["tenant"]) == desired["state"]

    @rule(key=st.sampled_from(TENANTS))
    def restored(self, key: str) -> None:
        self.app.platform.interfere(self.app.platform.well_known[key], restore=True)

    @rule(key=st.sampled_from(TENANTS))
    def updated(self, key: str) -> None:
        self.app.platform.interfere(self.app.platform.well_known[key], bump=True)

    @invariant()
    def the_clients_still_work(self) -> None:
        assert self.truth("own") == "enabled"


TwoClients.TestCase.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)
TestTwoClients = TwoClients.TestCase
