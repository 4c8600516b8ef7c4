# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each task returned and which requests it sent, as one line of JSON on the terminal.

RECORD_SIMULATOR is the address of a simulator, which is reset before each task. RECORD_ORDERS is a JSON file of control
requests by the name of the task, `[method, path, body]`, that follow the reset.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: record
    type: stdout
    short_description: Results and requests for tests
    description:
        - Writes what each task returned and which requests it sent as one line of JSON.
"""


class CallbackModule(CallbackBase):
    """Callback of one run, which has one host and takes one task after the other."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "record"

    def __init__(self) -> None:
        super().__init__()
        self._orders = json.loads(Path(os.environ["RECORD_ORDERS"]).read_text())

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Prepare the simulator."""
        for method, path, body in [["POST", "reset", {}], *self._orders.get(task.get_name(), ())]:
            _control(method, path, body)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Record a task that succeeded."""
        self._record("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Record a task that failed."""
        self._record("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Record a task that is shown as skipped."""
        self._record("skipped", result)

    def _record(self, event: str, result: Any) -> None:
        line = {
            "name": result._task.get_name(),
            "event": event,
            "result": result._result,
            "requests": _control("GET", "log")["entries"],
        }
        print(json.dumps(line, default=str), flush=True)


def _control(method: str, path: str, body: Any = None) -> Any:
    url = f"{os.environ['RECORD_SIMULATOR']}/_simulator/{path}"
    with urlopen(Request(url, None if body is None else json.dumps(body).encode(), method=method)) as answer:
        text = answer.read()
    return json.loads(text) if text else None
