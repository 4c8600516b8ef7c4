# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many tasks in one run of the real ansible-playbook against a simulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.ansible_release import __version__

from ansible_collections.community.acronis.tests.run.workspace import ANSIBLE_CONFIG
from ansible_collections.community.acronis.tests.simulator import Simulator
from ansible_collections.community.acronis.tests.simulator.seed import Document

HERE = Path(__file__).resolve().parent
COLLECTIONS = HERE.parents[4]
# From 2.19 on a template is text unless the whole of it is one expression, and native Jinja is the only one.
NEW_TEMPLATES = tuple(map(int, __version__.split(".")[:2])) >= (2, 19)
# Seconds after which a run has got stuck.
TIME_LIMIT = 600

HEAD = """\
- hosts: localhost
  gather_facts: false
  module_defaults:
    group/community.acronis.all:
      datacenter_url: "{{ simulator_url }}"
      client_id: "{{ simulator_client_id }}"
      client_secret: "{{ simulator_client_secret }}"
      retry_timeout: 0
    community.acronis.tenant_state:
      state: absent
"""

# A control request: method, path, body.
Order = tuple[str, str, Mapping[str, Any]]


@dataclass(frozen=True)
class Task:
    """A task as a user writes it: YAML of its options and of its other keywords."""

    name: str
    options: str
    module: str = "tenant_state"
    keywords: str = ""
    orders: Sequence[Order] = ()

    def as_yaml(self) -> str:
        lines = [f"- name: {json.dumps(self.name)}", f"  community.acronis.{self.module}:"]
        lines += [textwrap.indent(self.options, "    "), textwrap.indent(self.keywords, "  ")]
        return "\n".join([*lines, "  ignore_errors: true"])


@dataclass(frozen=True)
class Outcome:
    """What became of a task. event: ok, failed or skipped, as the terminal shows it. requests: the simulator's log."""

    event: str
    result: Mapping[str, Any]
    requests: Sequence[Mapping[str, Any]]
    names: Mapping[str, str] = field(repr=False)

    @property
    def writes(self) -> list[str]:
        """The writes in words, such as `disable Hospital`."""
        return [self._in_words(one) for one in self.requests if one["method"] != "GET" and "/idp/" not in one["path"]]

    def _in_words(self, entry: Mapping[str, Any]) -> str:
        verb = entry["method"].lower()
        if verb == "put":
            verb = "enable" if entry["body"].get("enabled") else "disable"
        return f"{verb} {self.names.get(entry['tenant_id'], entry['path'])}"


@dataclass
class Stage:
    """Where tasks run: a directory for their files, and the tree that each task finds."""

    directory: Path
    tree: Document

    def environment(self) -> dict[str, str]:
        """The environment of Ansible. No setting of the caller's is passed on."""
        keep = {
            name: value for name, value in os.environ.items() if not name.startswith(("ACRONIS_", "ANSIBLE_", "PYTHON"))
        }
        return keep | {
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_CONFIG": str(ANSIBLE_CONFIG),
            "ANSIBLE_HOME": str(self.directory / "home"),
            "ANSIBLE_LOCAL_TEMP": str(self.directory / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(self.directory / "tmp"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "HOME": str(self.directory),
            "LC_ALL": "C.UTF-8",
            "no_proxy": "127.0.0.1",
        }

    def ansible(
        self, simulator: Simulator, command: str, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of Ansible to its end."""
        known = {
            "simulator_url": simulator.url,
            "simulator_client_id": simulator.client_id,
            "simulator_client_secret": simulator.client_secret,
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
        return subprocess.run(
            [str(Path(sys.executable).parent / command), *arguments, "--extra-vars", json.dumps(known)],
            cwd=self.directory,
            env=self.environment() | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )

    def play(
        self, name: str, tasks: Sequence[Task], *arguments: str, prelude: str = "", values: str = "", **variables: str
    ) -> dict[str, Outcome]:
        """Run the tasks one after the other, each against a fresh simulator, and return their outcomes by name.

        prelude: YAML of tasks before them. values: YAML of the play's variables. variables: of Ansible's environment.
        """
        playbook = self.directory / f"{name}.yml"
        body = "\n".join([prelude, *(task.as_yaml() for task in tasks)])
        parts = [HEAD, f"  vars:\n{textwrap.indent(values, '    ')}", f"  tasks:\n{textwrap.indent(body, '    ')}"]
        playbook.write_text("\n".join([*parts, ""]))
        orders = self.directory / f"{name}.json"
        orders.write_text(json.dumps({task.name: task.orders for task in tasks}))
        with Simulator(self.tree) as simulator:
            names = {tenant.id: tenant.name for tenant in simulator.platform.tenants.values()}
            done = self.ansible(
                simulator,
                "ansible-playbook",
                str(playbook),
                *arguments,
                ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callback_plugins"),
                ANSIBLE_STDOUT_CALLBACK="record",
                RECORD_ORDERS=str(orders),
                RECORD_SIMULATOR=simulator.url,
                **variables,
            )
        outcomes = dict(_read(done.stdout, names))
        lost = [task.name for task in tasks if task.name not in outcomes]
        assert not lost, f"not run: {lost}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return outcomes


def _read(output: str, names: Mapping[str, str]) -> Iterator[tuple[str, Outcome]]:
    for line in output.splitlines():
        if line.startswith("{"):
            entry = json.loads(line)
            yield entry["name"], Outcome(entry["event"], entry["result"], entry["requests"], names)
