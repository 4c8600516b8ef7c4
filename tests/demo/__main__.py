# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show the collection at work: suspend, reactivate and terminate a partner with real Ansible commands.

`python -m tests.demo` starts a simulated platform of its own, or uses the one that SIMULATOR_URL, SIMULATOR_CLIENT_ID
and SIMULATOR_CLIENT_SECRET name. It ends with 1 when a step did not do what it says.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.run.workspace import ANSIBLE_CONFIG, Workspace
from tests.simulator import Simulator

PARTNER = "Contoso Partner"
EXPORT = Path(__file__).with_name("overdue.csv")


@dataclass(frozen=True)
class Step:
    """A command, and what it must come to: its exit code, the writes that reach the platform, words in its output."""

    title: str
    command: Sequence[str]
    writes: Sequence[str] = ()
    code: int = 0
    words: Sequence[str] = ()


def steps(partner: str, directory: Path) -> Iterator[Step]:
    """Yield the steps for the partner with this UUID; reports go to the directory."""
    reconcile = [
        "ansible-playbook",
        "community.acronis.reconcile",
        *("-e", f"acronis_accounts_file={EXPORT}"),
        *("-e", "acronis_suspend_after_days=14"),
        *("-e", f"acronis_report_dir={directory}"),
    ]
    yield Step(
        "What would a suspension change? Check mode with diff: nothing is written.",
        ["ansible-playbook", "community.acronis.suspend", "-e", f"acronis_tenant={partner}", "--check", "--diff"],
        words=[
            "changed=1",
            f"-partner '{PARTNER}' ({partner}): enabled",
            f"+partner '{PARTNER}' ({partner}): disabled",
        ],
    )
    yield Step(
        "Suspend the partner, and with it everything below it. A name with a blank is written as JSON.",
        ["ansible-playbook", "community.acronis.suspend", "-e", f'{{"acronis_tenant": "{PARTNER}"}}'],
        writes=["PUT"],
        words=["changed=1", "1 tenant: 1 disabled now"],
    )
    yield Step(
        "Suspend it again: it is already in the desired state, so nothing is written.",
        ["ansible-playbook", "community.acronis.suspend", "-e", f"acronis_tenant={partner}"],
        words=["changed=0", "1 tenant: 0 disabled now, 1 already"],
    )
    yield Step(
        "Reactivate it, this time with an ad hoc command and by its name.",
        ["ansible", "localhost", "-m", "community.acronis.tenant_state", "-a", f'tenant="{PARTNER}" state=enabled'],
        writes=["PUT"],
        words=["CHANGED"],
    )
    yield Step(
        "Which tenant is it, and what would a change affect? Nothing is written.",
        [
            "ansible",
            "localhost",
            *("-m", "community.acronis.tenant_info"),
            *("-a", f'tenant="{PARTNER}" impact=true'),
        ],
        words=['"customer": 7', '"users": 5', '"complete": false'],
    )
    yield Step(
        "Terminate it? Refused, because it has sub-tenants. Nothing is written.",
        ["ansible-playbook", "community.acronis.terminate", "-e", f"acronis_tenant={partner}"],
        code=2,
        words=["sub-tenants", "delete_descendants", "failed=1"],
    )
    yield Step(
        "Terminate it with everything below it. In an unattended run, the name is given beforehand.",
        [
            "ansible-playbook",
            "community.acronis.terminate",
            *("-e", f"acronis_tenant={partner}"),
            *("-e", "acronis_delete_descendants=true"),
            *("-e", f'{{"acronis_expected_name": "{PARTNER}"}}'),
        ],
        writes=["PUT", "DELETE"],
        words=[
            "Sub-tenants 11 (folder: 1, customer: 7, unit: 3)",
            "Users 5",
            "Backups 5.67 TB",
            "changed=1",
            "failed=0",
        ],
    )
    yield Step(
        "Suspend several at once: one task, one token, one listing for the names, one write for each that changes.",
        [
            "ansible",
            "localhost",
            *("-m", "community.acronis.tenant_state"),
            *("-a", '{"tenants": ["Solo Software", "Coral Consulting", "Harbor Hotel"], "state": "disabled"}'),
        ],
        writes=["PUT", "PUT", "PUT"],
        words=["CHANGED", '"requested": 3'],
    )
    yield Step(
        "Terminate the partner again: it is already deleted, so nothing is written.",
        ["ansible", "localhost", "-m", "community.acronis.tenant_state", "-a", f"tenant={partner} state=absent"],
        words=["SUCCESS", '"state": "deleted"'],
    )
    yield Step(
        "What would the export of a billing system change? The nightly report: nothing is written.",
        [*reconcile, "--check"],
        words=["5 rows: 1 would be suspended, 0 would be reactivated", "line 2: 'Harbour Hotel'"],
    )
    yield Step(
        "Bring all tenants to the state that the export asks for. A tenant that was suspended by hand stays suspended.",
        reconcile,
        writes=["PUT"],
        words=["35 days overdue, the limit is 14 -> done", "5 rows: 1 suspended, 0 reactivated", "changed=1"],
    )


@dataclass
class Demo:
    """A run of the demonstration against the platform at url."""

    url: str
    environment: dict[str, str]
    writes: list[str] = field(default_factory=list)

    def control(self, path: str) -> Any:
        """Return what a control endpoint of the simulator says."""
        answer = requests.get(f"{self.url}/_simulator/{path}", timeout=10)
        answer.raise_for_status()
        return answer.json()

    def show_tree(self) -> None:
        """Print the tenants that the API client reaches."""
        (root,) = [child for child in self.control("tree")["tree"]["children"] if child["name"] == "Northwind MSP"]
        for depth, tenant in walk(root):
            state = "deleted" if tenant["deleted"] else "enabled" if tenant["enabled"] else "disabled"
            label = f"{'  ' * depth}{tenant['name']}"
            kind = "personal" if tenant["owner_id"] else tenant["kind"]
            print(f"  {label:<40} {kind:<10} {state:<10} version {tenant['version']}")

    def take(self, number: int, step: Step) -> list[str]:
        """Run a step, print what a user would see, and return what was not as it should be."""
        print(f"\n--- {number}. {step.title}\n\n$ {shlex.join(step.command)}\n", flush=True)
        before = [entry["seq"] for entry in self.control("log")["entries"]]
        done = subprocess.run(
            step.command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        print(done.stdout.strip())
        print(done.stderr.strip())
        entries = self.control(f"log?writes=true&since={max(before, default=0)}")["entries"]
        writes = [entry["method"] for entry in entries if entry["effect"]]
        self.writes += writes
        print(f"\n    Writes that the platform received: {', '.join(writes) or 'none'}", flush=True)
        output = " ".join((done.stdout + done.stderr).split())
        problems = [f"{words!r} is not in the output" for words in step.words if " ".join(words.split()) not in output]
        if done.returncode != step.code:
            problems.append(f"exit code {done.returncode} instead of {step.code}")
        if writes != list(step.writes) or len(entries) != len(writes):
            problems.append(f"writes {writes} instead of {list(step.writes)}")
        return [f"step {number}: {problem}" for problem in problems]


def walk(tenant: dict[str, Any], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield a tenant of the tree and all below it with their depths."""
    yield depth, tenant
    for child in tenant["children"]:
        yield from walk(child, depth + 1)


def main() -> int:
    """Run the demonstration."""
    workspace = Workspace()
    workspace.prepare()
    with ExitStack() as stack:
        if "SIMULATOR_URL" in os.environ:
            names = ("SIMULATOR_URL", "SIMULATOR_CLIENT_ID", "SIMULATOR_CLIENT_SECRET")
            url, client_id, client_secret = (os.environ[name] for name in names)
        else:
            simulator = stack.enter_context(Simulator("demo"))
            url, client_id, client_secret = simulator.url, simulator.client_id, simulator.client_secret
        environment = {
            **workspace.environment(),
            "ACRONIS_DATACENTER_URL": url,
            "ACRONIS_CLIENT_ID": client_id,
            "ACRONIS_CLIENT_SECRET": client_secret,
            "ANSIBLE_CONFIG": str(ANSIBLE_CONFIG),
            # There is no inventory here, and none is needed for localhost.
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        }
        demo = Demo(url, environment)
        print(f"The simulated platform answers at {url}. These are its tenants:\n")
        demo.show_tree()
        print("\nThe commands below take the credentials from the environment:")
        print(f"  ACRONIS_DATACENTER_URL={url} ACRONIS_CLIENT_ID={client_id} ACRONIS_CLIENT_SECRET=...")
        partner = demo.control("tree")["ids"]["contoso"]
        directory = workspace.build / "demo"
        # The export is compared with the one of the last report.
        shutil.rmtree(directory, ignore_errors=True)
        taken = enumerate(steps(partner, directory), 1)
        problems = [problem for number, step in taken for problem in demo.take(number, step)]
        print("\n--- The tenants afterwards (the platform keeps deleted ones for 30 days):\n")
        demo.show_tree()
        print(f"\nThe platform received {len(demo.writes)} writes in all: {', '.join(demo.writes)}.")
        print(f"The report on the export is the page {directory / 'reconcile.html'}")
        if not (directory / "reconcile.html").is_file():
            problems.append("there is no page with the report")
    for problem in problems:
        print(f"NOT AS IT SHOULD BE: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
