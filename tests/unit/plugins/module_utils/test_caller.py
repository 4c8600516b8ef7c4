# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the run that has called a module is still there, in trees of processes as each release of ansible-core makes
them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from ansible_collections.community.acronis.plugins.module_utils import _caller as caller
from ansible_collections.community.acronis.plugins.module_utils._caller import Caller, Process, line_to_ansible

# What is above Ansible, what is between its worker and the module, and Ansible itself with its worker.
ABOVE = [("bash", "deploy.sh"), ("bash", "deploy.sh"), ("sshd: ops@pts/0",), ("/sbin/init",)]
SHELLS = [("/bin/sh", "-c", "python AnsiballZ_tenant_state.py"), ("/bin/sh", "-c", "/bin/sh -c 'python AnsiballZ'")]
PLAY = ("/opt/venv/bin/python3.11", "/opt/venv/bin/ansible-playbook", "site.yml")
RUN = [*SHELLS, PLAY, PLAY, *ABOVE]


def ancestors(commands: list[tuple[str, ...]]) -> list[Process]:
    """Processes with ids from 101 on, the parent of the module first."""
    return [Process(number, command) for number, command in enumerate(commands, 101)]


@pytest.mark.parametrize(
    ("commands", "needed"),
    [
        pytest.param(RUN, 4, id="local"),
        pytest.param([("sudo", "-u", "ansible", "/bin/sh"), *RUN], 5, id="sudo to a user called ansible"),
        pytest.param([("su", "ansible", "-c", "/bin/sh"), *RUN], 5, id="su to a user called ansible"),
        pytest.param([("sudo", "-u", "root"), ("sudo", "-u", "root"), *RUN], 6, id="sudo with a monitor of its own"),
        pytest.param([PLAY, PLAY], 2, id="nothing above, as in a container"),
        pytest.param([PLAY, PLAY, ("ansible-runner", "worker")], 2, id="ansible-runner"),
        pytest.param([*SHELLS, ("python3", "-m", "ansible", "playbook")], None, id="a worker that has lost its run"),
        pytest.param([*SHELLS, PLAY, ("/sbin/init",)], None, id="a worker that was given to init"),
        pytest.param([*SHELLS, PLAY, ("ansible-runner", "worker")], None, id="a worker that was given to the runner"),
        pytest.param([("/bin/sh", "-c", "python"), ("sshd: ops@notty",), ("sshd",)], 1, id="over ssh"),
        pytest.param([], 0, id="nothing can be seen"),
        pytest.param([("bash",), *ABOVE], 1, id="started by hand"),
        pytest.param([("python3", "/usr/bin/ansible-test", "units"), *ABOVE], 1, id="in a unit test"),
        pytest.param([("", ""), ("",), ("/sbin/init",)], 1, id="empty words"),
    ],
)
def test_what_a_module_needs_ends_at_its_run(commands: list[tuple[str, ...]], needed: int | None) -> None:
    expected = None if needed is None else list(range(101, 101 + needed))
    assert line_to_ansible(ancestors(commands)) == expected


@pytest.mark.parametrize("init", [("/sbin/init",), PLAY, ("ansible-runner", "worker")])
def test_an_asynchronous_module_needs_its_wrapper_alone(init: tuple[str, ...]) -> None:
    # What has called the wrappers ends; then they belong to the first process, in a container that may be Ansible.
    wrapper = ("/usr/bin/python3", "/home/ops/.ansible/tmp/ansible-tmp-17-42/async_wrapper.py", "j44", "60")
    assert line_to_ansible(ancestors([wrapper, wrapper, init])) == [101]


@pytest.mark.parametrize(
    ("command", "is_ansible"),
    [
        (("/usr/bin/ansible-playbook", "x.yml"), True),
        (("/usr/bin/python3.12", "-u", "/usr/bin/ansible-playbook", "x.yml"), True),
        (("/usr/libexec/platform-python3.6", "/usr/bin/ansible-playbook-3.6"), True),
        (("python", "-m", "ansible.cli.playbook", "x.yml"), True),
        (("python3", "/usr/bin/ansible", "all", "-m", "ping"), True),
        (("python3", "/usr/bin/ansible-console"), True),
        (("python3", "/usr/bin/ansible-pull"), False),
        (("python3", "/usr/bin/ansible-runner", "run"), False),
        (("python3", "/tmp/ansible-tmp-1/AnsiballZ_ping.py"), False),
        (("python3", "-c", "print()"), False),
        (("vim", "/etc/ansible/ansible-playbook"), False),
        (("sshd: ansible@notty",), False),
        ((), False),
    ],
)
def test_ansible_is_known_by_its_programs(command: tuple[str, ...], is_ansible: bool) -> None:
    assert Process(1, command).is_ansible is is_ansible


class Tree:
    """The processes of a host: their parents and commands."""

    def __init__(self, commands: list[tuple[str, ...]]) -> None:
        processes = ancestors(commands)
        self.commands = {process.id: process.command for process in processes}
        ids = [os.getpid(), *self.commands]
        self.parents: dict[int, int | None] = dict(zip(ids, [*ids[1:], 0], strict=True))
        self.read = True

    def caller(self) -> Caller:
        return Caller(self.parents.get, lambda process: self.commands[process], lambda descriptor: self.read)


def test_a_run_lasts_as_long_as_no_process_of_it_is_given_away() -> None:
    tree = Tree(RUN)
    there = tree.caller()
    assert not there.gone
    # A shell that was closed is no reason to stop, nor a process that cannot be looked at.
    tree.parents[104] = 1
    tree.parents[102] = None
    assert not there.gone


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_process_of_the_run_that_is_given_away_has_lost_it(place: int) -> None:
    tree = Tree(RUN)
    there = tree.caller()
    tree.parents[list(tree.parents)[place]] = 1
    assert there.gone


def test_a_module_that_a_lost_worker_has_begun_is_lost() -> None:
    assert Tree([*SHELLS, PLAY, ("/sbin/init",)]).caller().gone


@pytest.mark.parametrize("commands", [RUN, [("sh",), ("sshd: ops@notty",)], []])
def test_a_module_whose_result_nobody_reads_is_lost(commands: list[tuple[str, ...]]) -> None:
    tree = Tree(commands)
    there = tree.caller()
    assert not there.gone
    tree.read = False
    assert there.gone


def test_a_pipe_without_a_reader_is_told_from_one_that_has_one() -> None:
    reader, writer = os.pipe()
    assert caller.has_reader(writer)
    os.close(reader)
    assert not caller.has_reader(writer)
    os.close(writer)
    with open(os.devnull, "wb") as file:
        assert caller.has_reader(file.fileno())


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")
def test_parents_and_commands_are_read_from_the_system() -> None:
    # The name of the process, which stands in brackets before its parent, is that of a file; anything may be in it.
    command = [sys.executable, "-c", "import sys; print('there', flush=True); sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"there\n"
        assert caller.parent_of(child.pid) == os.getpid()
        assert caller.command_of(child.pid) == tuple(command)
        child.communicate()
    assert caller.parent_of(os.getpid()) == os.getppid()
    assert caller.parent_of(child.pid) is None
    assert caller.command_of(child.pid) == ()


def test_the_end_is_told_once_while_the_work_goes_on() -> None:
    tree, told = Tree(RUN), threading.Semaphore(0)
    with caller.watched(tree.caller(), told.release, pause=0.001):
        tree.parents[103] = 1
        assert told.acquire(timeout=30)
        assert not told.acquire(timeout=0.05)


def test_a_run_that_is_gone_before_the_work_begins_is_told_before() -> None:
    told: list[str] = []
    with caller.watched(Tree([PLAY, ("/sbin/init",)]).caller(), lambda: told.append("gone")):
        assert told == ["gone"]


def test_nobody_watches_when_the_work_is_done() -> None:
    threads = set(threading.enumerate())
    with caller.watched(Tree(RUN).caller(), lambda: None, pause=0.001):
        (watcher,) = set(threading.enumerate()) - threads
    watcher.join(30)
    assert not watcher.is_alive()
