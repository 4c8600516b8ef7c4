# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run playbooks against a simulator through ansible-runner, as AWX does, or by ansible-playbook alone, and end them
when a condition holds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
import yaml

from ansible_collections.community.acronis.tests.run.workspace import ANSIBLE_CONFIG
from ansible_collections.community.acronis.tests.simulator import Simulator

BIN = Path(sys.executable).parent
# So long is waited for what must happen, in seconds. What takes longer has failed.
PATIENCE = 60.0
POLL = 0.02
MARK = "ACRONIS_TEST_RUN"


def wait_until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Return when the condition holds. Raises TimeoutError if it does not in time (seconds)."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {patience} seconds in vain")
        time.sleep(POLL)


def never() -> bool:
    """The condition that does not come."""
    return False


class _UnsafeDumper(yaml.SafeDumper):
    """Writes variables as AWX does: each text is marked, so that Ansible does not take it for a template.

    That is so unless the setting ALLOW_JINJA_IN_EXTRA_VARS of AWX is "always", see awx/main/utils/safe_yaml.py.
    """

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_UnsafeDumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


@dataclass
class Ended:
    """How a run has ended. status: as ansible-runner names it. events: as AWX gets them."""

    status: str
    code: int | None
    events: list[dict[str, Any]] = field(default_factory=list)
    output: str = ""

    @property
    def artifacts(self) -> dict[str, Any]:
        """What AWX keeps as artifacts of the job (awx/main/tasks/callback.py)."""
        return next(e["event_data"]["artifact_data"] for e in self.events if e["event"] == "playbook_on_stats")

    def results(self, task: str) -> list[dict[str, Any]]:
        """Return what the modules of the task of this name have returned, as it stands in the events."""
        kinds = ("runner_on_ok", "runner_on_failed", "runner_item_on_ok", "runner_item_on_failed")
        return [
            event["event_data"]["res"]
            for event in self.events
            if event["event"] in kinds and event["event_data"].get("task") == task
        ]


class Runs:
    """Runs of playbooks against one simulator. Close it to kill what they have left behind.

    directory: an empty one, for what ansible-runner writes.
    """

    def __init__(self, simulator: Simulator, directory: Path) -> None:
        self.simulator = simulator
        self.directory = directory
        # Found again in the environment of all that a run starts: others may run the same modules on this machine.
        self.mark = uuid.uuid4().hex

    def __enter__(self) -> Runs:
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self.processes():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue

    @property
    def writes(self) -> int:
        """How many writes have changed something on the platform so far."""
        return sum(1 for entry in list(self.simulator.app.log) if entry["effect"])

    def processes(self, word: bytes = b"") -> list[int]:
        """Return the ids of the processes that the runs have started, of those whose command holds the word."""
        mark = f"{MARK}={self.mark}".encode()
        found = []
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                marked = mark in (directory / "environ").read_bytes().split(b"\0")
                named = word in (directory / "cmdline").read_bytes()
            except OSError:
                continue
            if marked and named:
                found.append(int(directory.name))
        return found

    def modules(self) -> list[int]:
        """Return the ids of the processes that belong to modules of the collection."""
        return self.processes(b"AnsiballZ_tenant_")

    def end(self) -> int:
        """Wait until no module is at work any more, and return how many writes there were in all."""
        wait_until(lambda: not self.modules())
        return self.writes

    def run(
        self,
        play: str | Sequence[dict[str, Any]],
        cancel_when: Callable[[], bool] = never,
        variables: dict[str, Any] | None = None,
        check: bool = False,
        inventory: dict[str, Any] | None = None,
        limit: str | None = None,
    ) -> Ended:
        """Run a playbook (a file, a name, or its plays) through ansible-runner, and cancel it when the condition holds.

        variables: extra variables, as a survey or a workflow gives them. check: whether in check mode. inventory: what
        the script prints that AWX makes of an inventory. ansible-runner cancels as it does for AWX: it kills the
        process group of ansible-playbook.
        """
        directory = self._new_directory()
        (directory / "env").mkdir()
        (directory / "env" / "extravars").write_text(yaml.dump(variables or {}, Dumper=_UnsafeDumper))
        runner = ansible_runner.run(
            private_data_dir=str(directory),
            playbook=play if isinstance(play, str) else str(self._write(play)),
            envvars=self._environment(),
            cmdline="--check" if check else None,
            inventory=None if inventory is None else str(self._inventory(directory, inventory)),
            limit=limit,
            settings={"pexpect_timeout": POLL},
            cancel_callback=cancel_when,
            quiet=True,
        )
        return Ended(runner.status, runner.rc, list(runner.events), runner.stdout.read())

    def command(self, play: Sequence[dict[str, Any]]) -> tuple[list[str], dict[str, str]]:
        """Return the command that runs plays without ansible-runner, and its environment."""
        return [str(BIN / "ansible-playbook"), str(self._write(play))], os.environ | self._environment()

    def run_alone(self, play: Sequence[dict[str, Any]], signal_number: int, when: Callable[[], bool]) -> Ended:
        """Run plays by ansible-playbook, and send it, and nobody else, a signal when the condition holds."""
        command, environment = self.command(play)
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        ) as process:
            wait_until(lambda: when() or process.poll() is not None)
            process.send_signal(signal_number)
            output, _errors = process.communicate(timeout=PATIENCE)
            code = process.returncode
        return Ended("failed" if code else "successful", code, output=output)

    def _new_directory(self) -> Path:
        directory = self.directory / uuid.uuid4().hex
        directory.mkdir()
        return directory

    def list_inventory(self, source: Path) -> dict[str, Any]:
        """Return what the inventory source holds, as AWX reads it when it updates an inventory."""
        command = [str(BIN / "ansible-inventory"), "--inventory", str(source), "--list", "--export"]
        environment = os.environ | self._environment()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    @staticmethod
    def _inventory(directory: Path, inventory: dict[str, Any]) -> Path:
        script = directory / "hosts"
        script.write_text(f"#!{sys.executable}\nprint({json.dumps(inventory)!r})\n")
        script.chmod(0o700)
        return script

    def _write(self, play: Sequence[dict[str, Any]]) -> Path:
        path = self._new_directory() / "play.yml"
        path.write_text(yaml.safe_dump(list(play)))
        return path

    def _environment(self) -> dict[str, str]:
        return {
            "ACRONIS_DATACENTER_URL": self.simulator.url,
            "ACRONIS_CLIENT_ID": self.simulator.client_id,
            "ACRONIS_CLIENT_SECRET": self.simulator.client_secret,
            # What starts an asynchronous task and what asks for its outcome take different directories for the home.
            "ANSIBLE_ASYNC_DIR": str(self.directory / "async"),
            "ANSIBLE_CONFIG": str(ANSIBLE_CONFIG),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "PATH": f"{BIN}:{os.environ['PATH']}",
            # A module that comes through a pipe is not named in the command of its process.
            "ANSIBLE_PIPELINING": "false",
            MARK: self.mark,
        }
