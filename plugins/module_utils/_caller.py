# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the run of Ansible that has called this module is still there.

Who cancels a job kills ansible-playbook, or its process group: ansible-runner, AWX, `kill`. That need not reach the
module. Since ansible-core 2.19 the worker that waits for it has a session of its own and lives on; it even begins the
next item of a loop. The task keyword `timeout` gives the module up and leaves it at work.
"""

from __future__ import annotations

import os
import re
import select
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath

# Seconds between two looks.
PAUSE = 0.1
STDOUT = 1

# The programs that start workers, and workers the modules, by the names of their files or Python modules.
ANSIBLE = re.compile(r"ansible(-(playbook|console)[-.\d]*|\.cli\.(adhoc|playbook|console))?")
PYTHON = re.compile(r"python[\d.]*|platform-python[\d.]*")


@dataclass(frozen=True)
class Process:
    """A process: its id, and the words of the command that it was started with."""

    id: int
    command: tuple[str, ...]

    @property
    def is_ansible(self) -> bool:
        """Whether it is one of Ansible's programs, or a worker of it: those are forked and have the same command."""
        words = [PurePath(word).name for word in self.command]
        if words and PYTHON.fullmatch(words[0]):
            words = [word for word in words[1:] if not word.startswith("-")]
        return bool(words) and ANSIBLE.fullmatch(words[0]) is not None

    @property
    def is_async(self) -> bool:
        """Whether it runs a module that Ansible does not wait for (`async`)."""
        return any(PurePath(word).name == "async_wrapper.py" for word in self.command[:2])


def line_to_ansible(ancestors: Sequence[Process]) -> list[int] | None:
    """Return the ids of the processes that the module needs, from its parent up to the run that it belongs to.

    ancestors: from the parent up. None means that the run is gone already: a worker that has lost it has begun one
    more module. What is above Ansible is not needed: it outlasts a shell that was closed. Where no run can be seen
    (with `async`, which outlasts the run, and on another host), the parent alone is needed.
    """
    for place, process in enumerate(ancestors):
        if process.is_async:
            break
        if process.is_ansible:
            above = [other.command == process.command for other in ancestors[place:]] + [False]
            kin = above.index(False)
            return [other.id for other in ancestors[: place + kin]] if kin > 1 else None
    return [process.id for process in ancestors[:1]]


def parent_of(process_id: int) -> int | None:
    """Return the id of the parent of a process; None if it cannot be told."""
    if process_id == os.getpid():
        return os.getppid()
    try:
        with open(f"/proc/{process_id}/stat", "rb") as file:
            # The name, in brackets, may hold blanks and brackets.
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return None


def command_of(process_id: int) -> tuple[str, ...]:
    """Return the words of the command of a process; none if they cannot be told."""
    try:
        with open(f"/proc/{process_id}/cmdline", "rb") as file:
            return tuple(os.fsdecode(word) for word in file.read().split(b"\0")[:-1])
    except OSError:
        return ()


def has_reader(descriptor: int) -> bool:
    """Whether somebody reads what is written to a file descriptor, as far as can be told: of a pipe it can."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return not any(event & (select.POLLERR | select.POLLHUP) for _descriptor, event in poll.poll(0))


class Caller:
    """The processes that have called the module, as they are when this is made."""

    def __init__(
        self,
        parent_of: Callable[[int], int | None] = parent_of,
        command_of: Callable[[int], tuple[str, ...]] = command_of,
        has_reader: Callable[[int], bool] = has_reader,
    ) -> None:
        self._parent_of = parent_of
        self._has_reader = has_reader
        ancestors: list[Process] = []
        above = parent_of(os.getpid())
        while above:
            ancestors.append(Process(above, command_of(above)))
            above = parent_of(above)
        self._line = line_to_ansible(ancestors)

    @property
    def gone(self) -> bool:
        """Whether nobody waits for the module any more.

        A process whose parent has ended gets another one. So it is enough to ask each for its parent, and no process
        that was given the id of an ended one is mistaken for it.
        """
        if self._line is None:
            return True
        parents = [self._parent_of(child) for child in [os.getpid(), *self._line[:-1]]]
        lost = any(now is not None and now != then for now, then in zip(parents, self._line))
        return lost or not self._has_reader(STDOUT)


@contextmanager
def watched(caller: Caller, end: Callable[[], object], pause: float = PAUSE) -> Iterator[None]:
    """Call end, once, as soon as the caller is gone: before the block begins, or meanwhile from another thread.

    pause: seconds between two looks.
    """
    left = threading.Event()

    def watch() -> None:
        while not left.wait(pause):
            if caller.gone:
                end()
                return

    if caller.gone:
        end()
    else:
        threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        left.set()
