# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is between AnsibleModule and the rest: connect, run, exit."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.community.acronis.plugins.module_utils._auth import Settings
from ansible_collections.community.acronis.plugins.module_utils._caller import Caller, watched
from ansible_collections.community.acronis.plugins.module_utils._client import Client
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._http import REQUESTS_IMPORT_ERROR

# So many entries of a list are shown among the options of a task.
MAX_ENTRIES = 100


def connect(module: AnsibleModule) -> Client:
    """Check the shared options and return the platform as they describe it. Sends nothing yet. Raises InputError."""
    if REQUESTS_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    comment = f"(ansible-core {module.ansible_version}; {module._name})"
    return Client(Settings.from_params(module.params), comment=comment, on_secret=module.no_log_values.add)


class Report(Protocol):
    """What became of a task. trace: of an error in the collection itself."""

    warnings: list[str]
    trace: str | None

    @property
    def failure(self) -> str | None:
        """The message of a task that has failed."""

    def as_result(self, diff: bool) -> dict[str, Any]:
        """Return what the module returns."""


def encodable(value: Any) -> Any:
    """Return the value with what cannot be encoded (lone surrogates) replaced: one name of the platform or of the user
    would otherwise lose the whole result.
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {encodable(key): encodable(one) for key, one in value.items()}
    return [encodable(one) for one in value] if isinstance(value, (list, tuple)) else value


def run_module(module: AnsibleModule, job: Callable[[Client], Report], nothing: Report, writes: bool = False) -> None:
    """Connect, do the job, and end the module with its report, in the same shape whatever happened.

    nothing: the report when the options are refused. writes: whether anything may be changed; then a signal to end (a
    job that is canceled, Ctrl-C) does not end the module at once, but its writing, and what was done is reported.
    That the run which has called the module is gone is taken as such a signal.
    """
    try:
        client = connect(module)
        for number in (signal.SIGTERM, signal.SIGINT) if writes else ():
            signal.signal(number, client.stop.request)
        with watched(Caller(), lambda: os.kill(os.getpid(), signal.SIGTERM)):
            report, failure = job(client), None
        option = ""
    except InputError as error:
        report, failure = nothing, error.message
        option = failure.partition(":")[0]
    result = encodable(report.as_result(diff=module._diff))
    for name, value in module.params.items():
        # Ansible returns the options with the result. A list of thousands would go back and be stored once more.
        too_long = isinstance(value, (list, tuple)) and len(value) > MAX_ENTRIES
        module.params[name] = f"({len(value)} entries)" if too_long else encodable(value)
    warnings = report.warnings
    failure = failure or report.failure
    if module.no_log:
        # Ansible hides what a task returns, but from ansible-core 2.19 on neither its message nor its warnings.
        hidden = "no_log hides the details; the registered result has them."
        warnings = [f"{len(warnings)} warnings: {hidden}"] if warnings else []
        failure = failure and (f"{option}: the value was refused, and no_log hides why." if option else hidden)
    for text in warnings:
        module.warn(encodable(text))
    if failure is None:
        module.exit_json(**result)
    if report.trace is not None and not module.no_log:
        result["exception"] = encodable(report.trace)
    module.fail_json(msg=encodable(failure), **result)
