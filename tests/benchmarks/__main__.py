# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure how long it takes to disable tenants, with the collection and with other means, and what tasks cost the
platform.

`python -m tests.benchmarks` starts a simulated platform in a process of its own, or uses the one that SIMULATOR_URL,
SIMULATOR_CLIENT_ID and SIMULATOR_CLIENT_SECRET name. It ends with 1 when a program fails or does not do what it
should, never because of a time. The results go to `build/benchmarks`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low
from typing import Any

import requests

from tests.benchmarks.report import Case, Result, Results, conditions, line, write
from tests.run.workspace import NAME, Workspace
from tests.simulator import seed

HERE = Path(__file__).parent
# Tenants of the estates in which one is named.
ESTATES = (10, 1000, 100_000)
# A case that takes less than this, in seconds, is measured several times; its result is the one in the middle.
CHEAP = 10.0
REPEATS = 3
# The start-up is taken off many others.
START_UP_REPEATS = 5


def cases(quick: bool) -> Iterator[Case]:
    """Yield what is to be measured, what others are compared with first."""
    yield Case("noop")
    yield Case("ping")
    for latency in (50,) if quick else (0, 50, 150):
        for size in (50, 1000) if quick else (50, 1000, 5000):
            for pool in (8, 16):
                yield Case("bare", latency, size, pool)
                yield Case("module", latency, size, pool)
        yield Case("vendor", latency, 50)
        yield Case("loop", latency, 20)
        yield Case("uri", latency, 20)
    if not quick:
        yield Case("bare", 50, 10000, 8)
        yield Case("module", 50, 10000, 8)
    yield Case("bare", 50, 1000, 8, again=True)
    yield Case("module", 50, 1000, 8, again=True)
    yield Case("process", 0, 10000, 8)


class WrongResultError(Exception):
    """A program failed, or the platform is not as it should be after it."""


@dataclass(frozen=True)
class Bench:
    """What runs the cases: against the platform at url, with the environment for programs, results in output."""

    url: str
    environment: Mapping[str, str]
    workspace: Workspace
    output: Path

    def measure(self, case: Case, repeats: int) -> Result:
        """Run the case, up to so many times, and return what it took. Raises WrongResultError."""
        results = [self._run(case)]
        if results[0].seconds < CHEAP:
            results += [self._run(case) for _repeat in range(repeats - 1)]
        seconds = median_low(result.seconds for result in results)
        return next(result for result in results if result.seconds == seconds)

    def costs(self, estates: Sequence[int]) -> dict[str, Any]:
        """Return what `tests/unit/costs.py` finds. Raises WrongResultError."""
        module = f"ansible_collections.{NAME}.tests.unit.costs"
        command = [sys.executable, "-m", module, *map(str, estates)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise WrongResultError(f"ended with code {done.returncode}\n{done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def _run(self, case: Case) -> Result:
        ids = self._reset(case)
        log = self.workspace.logs / f"bench-{case.program}.log"
        with log.open("wb") as output:
            command = [sys.executable, str(HERE / "launch.py"), *self._command(case, ids)]
            done = subprocess.run(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                check=True,
            )
        measured = json.loads(done.stdout)
        code = measured.pop("code")
        if code:
            raise WrongResultError(f"ended with code {code}\n{log.read_text()[-2000:]}")
        return Result(case, **measured, requests=self._check(case, ids))

    def _reset(self, case: Case) -> list[str]:
        """Make the platform hold the tenants of the case and return their ids."""
        tree = seed.wide(case.tenants)
        (partner,) = (child for child in tree["children"][0]["children"] if child["key"] == "wide")
        for customer in partner["children"]:
            customer["enabled"] = not case.again
        known = self._control("POST", "reset", {"seed": tree, "switches": {"latency": case.latency / 1000}})["ids"]
        return [known[customer["name"]] for customer in partner["children"]]

    def _command(self, case: Case, ids: Sequence[str]) -> list[str]:
        task: dict[str, Any] = {"tenants": ids, "concurrency": case.pool}
        if case.program == "process":
            task = {"ANSIBLE_MODULE_ARGS": {**task, "state": "disabled"}}
            program = self.workspace.collection / "plugins" / "modules" / "tenant_state.py"
        else:
            (program,) = HERE.glob(f"programs/{case.program}.*")
        file = self.output / "task.json"
        file.write_text(json.dumps(task))
        if program.suffix == ".yml":
            return ["ansible-playbook", str(program), "--extra-vars", f"@{file}"]
        return [sys.executable, str(program), str(file)]

    def _check(self, case: Case, ids: Sequence[str]) -> dict[str, int]:
        """Return the numbers of requests by kind. Raises WrongResultError unless the tenants are all disabled by now,
        and nothing else, each with one write if it was enabled.
        """
        entries = self._control("GET", "log")["entries"]
        refused = [entry for entry in entries if entry["status"] != 200]
        if refused:
            raise WrongResultError(f"{len(refused)} requests were refused, the first one: {refused[0]}")
        written = Counter(entry["tenant_id"] for entry in entries if kind(entry) == "writes")
        if written != Counter([] if case.again or case.program in ("noop", "ping") else ids):
            raise WrongResultError(f"{written.total()} writes to {len(written)} of {len(ids)} tenants")
        disabled = set(disabled_in(self._control("GET", "tree")["tree"]))
        if disabled != set(ids):
            raise WrongResultError(f"{len(disabled)} tenants are disabled instead of {len(ids)}")
        kinds = Counter(kind(entry) for entry in entries)
        return {name: kinds[name] for name in ("token", "client", "reads", "writes")}

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/_simulator/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


def kind(entry: Mapping[str, Any]) -> str:
    """Return what a request in the simulator's log was for."""
    if entry["path"] == "/idp/token":
        return "token"
    if entry["path"].startswith("/clients/"):
        return "client"
    return "reads" if entry["method"] == "GET" else "writes"


def disabled_in(tenant: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids of the disabled tenants in a tree."""
    if not tenant["enabled"]:
        yield tenant["id"]
    for child in tenant["children"]:
        yield from disabled_in(child)


@contextmanager
def platform(output: Path) -> Iterator[tuple[str, str, str]]:
    """Start a simulated platform unless there is one; yield its URL and the credentials of a client."""
    if "SIMULATOR_URL" in os.environ:
        yield os.environ["SIMULATOR_URL"], os.environ["SIMULATOR_CLIENT_ID"], os.environ["SIMULATOR_CLIENT_SECRET"]
        return
    state_file = ["--state-file", str(output / "simulator.json")]
    simulator = [sys.executable, "-m", "tests.simulator"]
    subprocess.run([*simulator, "start", *state_file, "--parent-pid", str(os.getpid())], check=True)
    try:
        state = json.loads((output / "simulator.json").read_text())
        yield state["url"], state["client_id"], state["client_secret"]
    finally:
        subprocess.run([*simulator, "stop", *state_file], check=True)


def main() -> int:
    """Measure all cases, and write the results if they are right."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the collection.")
    parser.add_argument("--quick", action="store_true", help="fewer sizes, each measured once")
    quick = parser.parse_args().quick
    workspace = Workspace()
    workspace.prepare()
    output = workspace.build / "benchmarks"
    output.mkdir(exist_ok=True)
    under = conditions()
    results: list[Result] = []
    with platform(output) as (url, client_id, client_secret):
        environment = {
            **workspace.environment(),
            "ACRONIS_DATACENTER_URL": url,
            "ACRONIS_CLIENT_ID": client_id,
            "ACRONIS_CLIENT_SECRET": client_secret,
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            # Where the module is run without Ansible.
            "PYTHONPATH": str(workspace.build),
        }
        bench = Bench(url, environment, workspace, output)
        for case in cases(quick):
            repeats = 1 if quick else REPEATS
            try:
                results.append(bench.measure(case, repeats if case.tenants else START_UP_REPEATS))
            except WrongResultError as error:
                print(f"WRONG RESULT of {case}: {error}", file=sys.stderr)
                return 1
            print(line(results[-1]), flush=True)
        try:
            costs = bench.costs(ESTATES[:-1] if quick else ESTATES)
        except WrongResultError as error:
            print(f"WRONG RESULT of what tasks cost: {error}", file=sys.stderr)
            return 1
    print(write(Results(results), costs, under, output))
    return 0


if __name__ == "__main__":
    sys.exit(main())
