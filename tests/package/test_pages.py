# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users copy from the README and the guides works against the simulator, and prints what the page shows.

The commands of a page run from the top to the bottom in one shell. A block that has the name of a file, in its first
line as a comment or as its caption, is written to this file before the next command. A block `ansible-output` is what
the command before it prints, or a part of it. Tasks without a playbook run in one of their own, after the commands.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import yaml
from ansible.release import __version__ as ansible_version

from ansible_collections.community.acronis.tests.docs.blocks import Block, Command, blocks
from ansible_collections.community.acronis.tests.package.conftest import ROOT, Shell
from ansible_collections.community.acronis.tests.run.workspace import ANSIBLE_CONFIG
from ansible_collections.community.acronis.tests.simulator import Simulator

PAGES = {path.stem: path for path in [ROOT / "README.md", *sorted((ROOT / "docs" / "docsite" / "rst").glob("*.rst"))]}
BLOCKS = {page: blocks(path) for page, path in PAGES.items()}
EXAMPLES = ROOT / "docs" / "examples"

# Commands that are not run here, by how they begin, and why.
COMMANDS_ELSEWHERE = {
    "PYTHONPATH=build": "takes ten minutes",
    "ansible-builder build": "needs a container engine",
    "ansible-galaxy collection install": "needs Ansible Galaxy; test_build.py installs from all other places",
    "ansible-playbook community.acronis.awx_setup": "needs AWX; tests/process runs it against a simulated one",
    "cp build/benchmarks": "needs the results of a benchmark",
    'eval "$(python -m tests.simulator env': "test_the_simulator_starts_as_its_readme_says does the same",
    "export ACRONIS_CLIENT_ID=": "the environment has the API client of the simulator",
    "export ACRONIS_DATACENTER_URL=": "the environment has the address of the simulator",
    'export PATH="$PWD/build/venv/bin:$PATH"': "the environment has the tools",
    "make ": "is a step of the test run itself",
    "pip install": "the environment has the library",
    "python -m tests.simulator start": "test_the_simulator_starts_as_its_readme_says does the same",
    "python3 -m pip install": "the environment has the library",
    "read -rs ACRONIS_CLIENT_SECRET": "the environment has the secret of the simulator",
    "read -rs CONTROLLER_OAUTH_TOKEN": "is for AWX",
}
# Pages of which a reader takes one block, so that each begins anew.
SEPARATE = {"README"}
# Pages whose tasks are not run here, and why.
TASKS_ELSEWHERE = {"guide_input": "tests/ansible/test_page.py runs them, and has what they suppose to be there"}
# Files that no command of their page reads, and why.
UNREAD = {
    ("guide_awx", "suspend.yml"): "AWX runs it; tests/process/test_release.py checks it",
    ("guide_pipelines", "github-actions.yml"): "tests/process/test_release.py runs its steps",
    ("guide_pipelines", "gitlab-ci.yml"): "tests/process/test_release.py runs its scripts",
}
# Commands that fail although the page shows no output, and what they say.
FAILING = {
    # It asks at a terminal, and here is none.
    'ansible-playbook community.acronis.terminate -e \'{"acronis_tenant": "Fabrikam Dental"}\'': "In unattended runs",
    'ansible-playbook community.acronis.suspend -e "acronis_tenant=Fabrikam Dental"': "cuts -e key=value at blanks",
}
# Files of docs/examples that no guide shows, and why.
NOT_SHOWN = {
    "awx_project/collections/requirements.yml": "says what AWX installs",
    "awx_project/reactivate.yml": "is like suspend.yml",
    "awx_project/reconcile.yml": "is like suspend.yml",
    "awx_project/terminate.yml": "is like suspend.yml",
    "pipelines/requirements.txt": "says what pipelines install",
    "pipelines/requirements.yml": "says what pipelines install",
    "plan_and_apply.yml": "is a playbook to copy as it is; the integration target playbooks runs it",
}

# Brings the simulator of this address back to its first state, without the time that the library requests takes.
RESET = """\
import sys, urllib.request
headers = {"Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request(sys.argv[1], b"{}", headers))
"""
RESET_TASK = """
    - name: Reset
      ansible.builtin.uri:
        url: "{{ api | dirname | dirname }}/_simulator/reset"
        method: POST
        body: {}
        body_format: json
"""
MARK = "-- end of command"
# Since this version, Ansible shows errors in another way than on the pages.
NEW_OUTPUT = tuple(map(int, ansible_version.split(".")[:2])) >= (2, 19)
FAILURE = re.compile(r"\[ERROR\]|FAILED!|^fatal:", re.MULTILINE)
TIME = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?")


def kind(block: Block) -> str:
    """Return what a block is: commands, output, a file, tasks, a playbook, or shown only."""
    if block.file is not None:
        return "playbook" if is_playbook(block) and not is_read(block) else "file"
    if block.language != "yaml":
        return {"console": "commands", "ansible-output": "output", "text": "shown"}[block.language]
    assert isinstance(yaml.safe_load(block.text), list), f"{block.page}: neither a file nor tasks:\n{block.text}"
    return "playbook" if is_playbook(block) else "tasks"


def is_playbook(block: Block) -> bool:
    """Whether the block is a playbook."""
    document = yaml.safe_load(block.text) if block.language == "yaml" else None
    return isinstance(document, list) and "hosts" in document[0]


def is_read(block: Block) -> bool:
    """Whether a command of the page reads the file that the block is."""
    return any(str(block.file) in command.line for other in BLOCKS[block.page] for command in other.commands)


def elsewhere(command: Command) -> str | None:
    """Return how a command begins that is not run here."""
    return next((begin for begin in COMMANDS_ELSEWHERE if command.line.startswith(begin)), None)


def taken(block: Block) -> list[Command]:
    """Return the commands of a block that are run here."""
    return [command for command in block.commands if not elsewhere(command)] if kind(block) == "commands" else []


def commands(page: str) -> list[Command]:
    """Return the commands of the page that are run here, with all output that is shown for them."""
    found: list[Command] = []
    for block in BLOCKS[page]:
        if kind(block) == "output" and found:
            found[-1] = Command(found[-1].line, (*found[-1].shown, *block.text.splitlines()))
        found += taken(block)
    return found


@dataclass
class Workplace:
    """A shell with the collection, the environment that the pages suppose, and a simulator."""

    shell: Shell
    simulator: Simulator

    def filled_in(self, text: str) -> str:
        """Return a text with the simulator in place of what stands for the user's own platform."""
        return text.replace("https://eu2-cloud.acronis.com", self.simulator.url).replace(
            "5fc16407-b082-4bc3-a2df-6e738291a0bf", self.simulator.client_id
        )

    @property
    def values(self) -> dict[str, Any]:
        """What tasks and playbooks of the pages suppose to be there."""
        known = self.simulator.platform.well_known
        return {
            "api": f"{self.simulator.url}/api/2",
            "client_id": self.simulator.client_id,
            "client_secret": self.simulator.client_secret,
            "vault_acronis_client_secret": self.simulator.client_secret,
            "tenant_ids": [known["dental"], known["hospital"]],
        }

    def run(self, page: str) -> list[tuple[int, str]]:
        """Run the commands of a page, and return how each ended, and what it printed."""
        here = shlex.quote(str(self.shell.directory))
        lines = ["set -o pipefail"]
        for block in BLOCKS[page]:
            if kind(block) == "file":
                stored = self.shell.directory / "blocks" / str(block.number)
                stored.parent.mkdir(exist_ok=True)
                stored.write_text(self.filled_in(block.text))
                lines.append(f"cp {here}/blocks/{block.number} {here}/{block.file}")
            if page in SEPARATE and taken(block):
                lines.append(f"python -S -c {shlex.quote(RESET)} {self.simulator.url}/_simulator/reset")
            for command in taken(block):
                lines += [command.line, f"printf '\\n{MARK} %s\\n' $?"]
            lines.append(f"cd {here}")
        (self.shell.directory / "page.sh").write_text("\n".join([*lines, ""]))
        output = self.shell.run("bash", "page.sh").stdout
        *parts, rest = re.split(rf"^{MARK} (\d+)\n", output, flags=re.MULTILINE)
        assert not rest.strip(), rest
        return [(int(code), text) for text, code in zip(parts[::2], parts[1::2], strict=True)]

    def play(self, name: str, text: str) -> None:
        """Run a playbook, which must succeed, against tenants that nothing was done to."""
        self.reset()
        (self.shell.directory / name).write_text(self.filled_in(text))
        output = self.shell.must("ansible-playbook", name, "-e", json.dumps(self.values))
        assert "failed=0" in output

    def reset(self) -> None:
        requests.post(f"{self.simulator.url}/_simulator/reset", json={}, timeout=10).raise_for_status()


@pytest.fixture
def workplace(shell: Shell) -> Iterator[Workplace]:
    place = shell.collections / "ansible_collections" / "community"
    place.mkdir(parents=True)
    (place / "acronis").symlink_to(ROOT)
    for name in ("docs", "tests"):
        (shell.directory / name).symlink_to(ROOT / name)
    for person in ("AUTHOR", "COMMITTER"):
        shell.variables |= {f"GIT_{person}_NAME": "Test", f"GIT_{person}_EMAIL": "test@example.com"}
    shell.variables["ANSIBLE_CONFIG"] = str(ANSIBLE_CONFIG)
    with Simulator("examples") as simulator:
        shell.use(simulator)
        yield Workplace(shell, simulator)


def squeezed(text: str) -> str:
    """Return a text without white space, at which Ansible folds lines, and with no times."""
    return "".join(TIME.sub("(time)", text).split())


def missing(shown: tuple[str, ...], printed: str) -> str | None:
    """Return the first line of the shown output that is not printed after those before it. `...` is any text."""
    output, position = squeezed(printed), 0
    for line in shown:
        parts = [re.escape(squeezed(part)) for part in line.rstrip("* ").split("...")]
        found = re.compile(".*?".join(parts), re.DOTALL).search(output, position)
        if not found:
            return line
        position = found.end()
    return None


def problems(command: Command, code: int, printed: str) -> Iterator[str]:
    """Yield what is not as the page says."""
    words = FAILING.get(" ".join(command.line.split()))
    fails = words is not None or FAILURE.search("\n".join(command.shown)) is not None
    if fails != bool(code):
        yield f"it ended with {code}"
    if words is not None and squeezed(words) not in squeezed(printed):
        yield f"it does not say {words!r}"
    if NEW_OUTPUT and (line := missing(command.shown, printed)) is not None:
        yield f"it does not print, or not in this place: {line}"


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)])
def test_commands(workplace: Workplace, page: str) -> None:
    found = []
    for command, (code, printed) in zip(commands(page), workplace.run(page), strict=True):
        found += [f"$ {command.line}\n{problem}\n{printed}" for problem in problems(command, code, printed)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("page", [page for page in PAGES if {"tasks", "playbook"} & set(map(kind, BLOCKS[page]))])
def test_tasks(workplace: Workplace, page: str) -> None:
    if page in TASKS_ELSEWHERE:
        return
    tasks = [block for block in BLOCKS[page] if kind(block) == "tasks"]
    if tasks:
        # Each block finds the tenants as they were.
        body = RESET_TASK.join(textwrap.indent(textwrap.dedent(block.text), " " * 4) for block in tasks)
        workplace.play("tasks.yml", f"- hosts: localhost\n  gather_facts: false\n  tasks:\n{body}")
    for block in BLOCKS[page]:
        if kind(block) == "playbook":
            workplace.play(f"playbook_{block.number}.yml", block.text)


@pytest.mark.parametrize("page", PAGES)
def test_files_are_read(page: str) -> None:
    unread = {(page, block.file) for block in BLOCKS[page] if kind(block) == "file" and not is_read(block)}
    assert unread == {key for key in UNREAD if key[0] == page}


@pytest.mark.parametrize("file", sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.*")))
def test_examples_are_as_shown(file: str) -> None:
    """A page shows an example as it is, because what includes a file cannot be read where the page is not built."""
    # Without the comments at its head.
    text = re.sub(r"\A(---\n)?(#.*\n|\n)+", "", (EXAMPLES / file).read_text())
    shown = {re.sub(r"\A#.*\n", "", block.text) for found in BLOCKS.values() for block in found}
    assert (text in shown) != (file in NOT_SHOWN)


def test_exceptions_are_needed() -> None:
    lines = [command for found in BLOCKS.values() for block in found for command in block.commands]
    assert {elsewhere(command) for command in lines} - {None} == set(COMMANDS_ELSEWHERE)
    assert {" ".join(command.line.split()) for command in lines} >= set(FAILING)
    assert {"tasks"} <= {kind(block) for page in TASKS_ELSEWHERE for block in BLOCKS[page]}
    assert all((EXAMPLES / file).is_file() for file in NOT_SHOWN)


def test_the_readme_has_each_playbook() -> None:
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    lines = [command.line for block in BLOCKS["README"] for command in block.commands]
    assert playbooks == {name for name in playbooks if any(f"community.acronis.{name}" in line for line in lines)}


def test_the_simulator_starts_as_its_readme_says(workplace: Workplace) -> None:
    page = (ROOT / "tests" / "simulator" / "README.md").read_text()
    start, env, stop = re.findall(r"^    (.* -m tests\.simulator .*)$", page, re.MULTILINE)
    shell = workplace.shell
    # What a clone has after `make setup`.
    (shell.directory / "build").mkdir()
    (shell.directory / "build" / "venv").symlink_to(sys.prefix)
    suspend = 'ansible-playbook community.acronis.suspend -e \'{"acronis_tenant": "Fabrikam Dental"}\''
    output = shell.must("bash", "-c", f"{start} && trap {shlex.quote(stop)} EXIT && {env} && {suspend}")
    assert "changed=1" in output
    assert not list((shell.directory / "build").glob("*.json"))
