# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.parameters import PASS_VARS

from ansible_collections.community.acronis.tests.simulator import Simulator

RunModule = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator("demo") as running:
        yield running


@pytest.fixture
def on_target(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Ansible forget that something in this process has loaded what only the controller has.

    Since ansible-core 2.19 it shows the warnings of a module there instead of returning them, and checks its options.
    """
    try:
        from ansible.module_utils import _internal
        from ansible.module_utils._internal._json import _profiles
    except ImportError:
        return
    monkeypatch.setattr(_internal, "is_controller", False)
    monkeypatch.setattr(_internal, "import_controller_module", lambda _name: None)
    _profiles._string_encoding_check_enabled.cache_clear()


@pytest.fixture
def runs(
    on_target: None, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[ModuleType], RunModule]:
    """Run a module the way Ansible does: arguments as JSON, the result as JSON on standard output."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("ACRONIS_DATACENTER_URL", simulator.url)
    monkeypatch.setenv("ACRONIS_CLIENT_ID", simulator.client_id)
    monkeypatch.setenv("ACRONIS_CLIENT_SECRET", simulator.client_secret)

    def runs_of(module: ModuleType) -> RunModule:
        # What Ansible adds to the arguments of a task.
        internal: dict[str, Any] = {
            "_ansible_module_name": module.__name__.rpartition(".")[2],
            "_ansible_version": "2.99.1",
        }
        if "inject_invocation" in PASS_VARS:  # asked for from ansible-core 2.21 on, always there before
            internal["_ansible_inject_invocation"] = True

        def run(**arguments: Any) -> tuple[int, dict[str, Any]]:
            payload = json.dumps({"ANSIBLE_MODULE_ARGS": {**internal, **arguments}}).encode()
            monkeypatch.setattr(basic, "_ANSIBLE_ARGS", payload)
            monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
            with pytest.raises(SystemExit) as ended:
                module.main()
            output = capsys.readouterr().out
            assert simulator.client_secret not in output
            assert not [token for token in simulator.platform.all_tokens if token in output]
            return int(ended.value.code or 0), json.loads(output)

        return run

    return runs_of
