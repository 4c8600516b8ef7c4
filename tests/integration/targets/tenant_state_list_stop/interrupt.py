# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command that runs the module, and send the module a signal when the platform has seen some writes:
`interrupt.py SIGNAL WRITES COMMAND...`.

Prints as JSON how the command ended: its `code`, its `output`, and the `writes` that had been seen by then.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

LOG = f"{os.environ['ACRONIS_DATACENTER_URL']}/_simulator/log?writes=true"
MODULE = b"AnsiballZ_tenant_state.py"
POLL_SECONDS = 0.02
# Found again in the environment of the module, as others may run the same module on this machine.
MARK = f"INTERRUPT_MARK={os.getpid()}"

opener = build_opener(ProxyHandler({}))


def writes() -> int:
    """Return how many writes the platform has seen so far."""
    with opener.open(LOG, timeout=10) as response:
        return len(json.load(response)["entries"])


def module_process() -> int:
    """Return the id of the process of the module. Raises LookupError if there is none."""
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (directory / "cmdline").read_bytes().split(b"\0")
            marked = MARK.encode() in (directory / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        # The shell that starts it has the name in its third argument.
        if marked and len(arguments) > 1 and arguments[1].endswith(b"/" + MODULE):
            return int(directory.name)
    raise LookupError("the module does not run")


name, value = MARK.split("=")
# A module that comes through a pipe is not named in the command of its process.
environment = os.environ | {name: value, "ANSIBLE_PIPELINING": "false"}
with subprocess.Popen(sys.argv[3:], stdout=subprocess.PIPE, env=environment, text=True) as command:
    while writes() < int(sys.argv[2]):
        with suppress(subprocess.TimeoutExpired):
            command.wait(POLL_SECONDS)
            sys.exit("the command ended before the platform had seen so many writes")
    os.kill(module_process(), getattr(signal, f"SIG{sys.argv[1]}"))
    seen = writes()
    output, _errors = command.communicate()
print(json.dumps({"code": command.returncode, "output": output, "writes": seen}))
