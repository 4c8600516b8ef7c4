# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command and print what it took, as JSON: `python launch.py COMMAND...`.

`code` is the exit code, `seconds` the time from start to end, `cpu` the seconds of all cores together, `peak_mb` the
most memory that one of its processes held (MiB). What the command prints goes to the error output.

A process of its own, because Linux counts the memory of whoever starts a program into the peak of that program.
"""

from __future__ import annotations

import json
import os
import sys
import time

start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_pid, status, usage = os.wait4(pid, 0)
measured = {
    "code": os.waitstatus_to_exitcode(status),
    "seconds": round(time.perf_counter() - start, 3),
    "cpu": round(usage.ru_utime + usage.ru_stime, 3),
    "peak_mb": round(usage.ru_maxrss / 1024, 1),
}
print(json.dumps(measured))
