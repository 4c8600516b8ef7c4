# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible does to results: text that cannot be encoded, `no_log`, `failed_when`, and ad hoc commands."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.community.acronis.tests.ansible import cases
from ansible_collections.community.acronis.tests.ansible.cases import CAFE_NFC, TEMPTING, tenant_id
from ansible_collections.community.acronis.tests.ansible.play import HEAD, Outcome, Stage, Task
from ansible_collections.community.acronis.tests.simulator import Simulator

IDS = [tenant_id(name) for name in TEMPTING[:12]]
FIVE = json.dumps(IDS[:5])
# Bytes that are not UTF-8, as the command line and the environment hand them on.
LATIN = os.fsdecode("Caf\u00e9".encode("latin-1"))


def fault(of: str) -> tuple[str, str, dict[str, Any]]:
    return ("POST", "faults", {"method": "PUT", "path": of, "status": 500, "times": -1})


TASKS = {
    "a name that cannot be encoded": Task(
        "surrogate",
        f"state: disabled\ntenants: {FIVE}",
        orders=[("PATCH", f"tenants/{IDS[2]}", {"name": "Contoso \ud800 Ltd"})],
    ),
    "a failure with a name that cannot be encoded": Task(
        "failing surrogate",
        f"state: disabled\nretry_timeout: 0\ncontinue_on_error: true\ntenants: {FIVE}",
        orders=[("PATCH", f"tenants/{IDS[2]}", {"name": "Contoso \ud800 Ltd"}), fault(IDS[2])],
    ),
    "reading a name that cannot be encoded": Task(
        "reading",
        f"tenants: {FIVE}",
        module="tenant_info",
        orders=[("PATCH", f"tenants/{IDS[2]}", {"name": "Contoso \ud800 Ltd"})],
    ),
    "three of twelve fail": Task(
        "three",
        f"state: disabled\ncontinue_on_error: true\ntenants: {json.dumps(IDS)}",
        orders=[fault(IDS[1]), fault(IDS[5]), fault(IDS[9])],
    ),
    "requests is missing": Task(
        "requests", "tenant: Fabrikam", keywords="environment: {PYTHONPATH: '{{ playbook_dir }}/without_requests'}"
    ),
    "text that is not UTF-8": Task("bytes", "tenant: '{{ latin }}'"),
    "an entry that is not UTF-8": Task("bytes in a list", "tenants: ['{{ latin }}']"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    directory = tmp_path_factory.mktemp("results")
    stub = directory / "without_requests" / "requests.py"
    stub.parent.mkdir()
    stub.write_text("raise ImportError('No module named requests')\n")
    return Stage(directory, cases.tree()).play("results", list(TASKS.values()), "-e", f"latin={LATIN}")


def outcome_of(outcomes: dict[str, Outcome], what: str) -> Outcome:
    return outcomes[TASKS[what].name]


def test_no_name_loses_the_result(outcomes: dict[str, Outcome]) -> None:
    outcome = outcome_of(outcomes, "a name that cannot be encoded")
    assert len(outcome.writes) == 5
    assert outcome.event == "ok" and outcome.result["changed"]
    assert [tenant["id"] for tenant in outcome.result["tenants"]] == IDS[:5]
    assert [tenant["status"] for tenant in outcome.result["tenants"]] == ["changed"] * 5
    assert outcome.result["tenants"][2]["name"] == "Contoso ? Ltd"


def test_no_name_loses_the_result_of_a_failure(outcomes: dict[str, Outcome]) -> None:
    outcome = outcome_of(outcomes, "a failure with a name that cannot be encoded")
    assert outcome.event == "failed" and outcome.result["changed"]
    assert outcome.result["summary"] == dict(requested=5, changed=4, failed=1, unchanged=0, not_found=0, skipped=0)
    assert "Contoso" in outcome.result["msg"] and IDS[2] in outcome.result["msg"]


def test_no_name_loses_what_was_read(outcomes: dict[str, Outcome]) -> None:
    outcome = outcome_of(outcomes, "reading a name that cannot be encoded")
    assert outcome.event == "ok"
    assert [tenant["id"] for tenant in outcome.result["tenants"]] == IDS[:5]


def test_each_failure_is_named(outcomes: dict[str, Outcome]) -> None:
    outcome = outcome_of(outcomes, "three of twelve fail")
    message = outcome.result["msg"]
    assert outcome.event == "failed" and outcome.result["changed"]
    assert outcome.result["summary"]["changed"] == 9 and outcome.result["summary"]["failed"] == 3
    assert all(IDS[number] in message and TEMPTING[number] in message for number in (1, 5, 9))
    assert message.isprintable() and len(message) < 1500


def test_a_missing_library_is_named(outcomes: dict[str, Outcome]) -> None:
    outcome = outcome_of(outcomes, "requests is missing")
    assert outcome.event == "failed" and outcome.requests == []
    assert "Failed to import the required Python library (requests)" in outcome.result["msg"]


@pytest.mark.parametrize("what", ["text that is not UTF-8", "an entry that is not UTF-8"])
def test_text_that_is_not_utf_8_is_refused(outcomes: dict[str, Outcome], what: str) -> None:
    outcome = outcome_of(outcomes, what)
    assert outcome.event == "failed" and outcome.requests == []
    assert re.search(r"udce9|surrogate", str(outcome.result))


# -- no_log and failed_when --------------------------------------------------------------------------------------------

# Each task as it may stand in a playbook, with the names in variables, since Ansible shows the lines of a task that
# fails. checked: what a registered result has all the same.
HIDDEN = """\
- name: Two tenants
  community.acronis.tenant_state: {tenants: "{{ names }}", state: disabled}
  no_log: true
  register: two
- name: One that is not found
  community.acronis.tenant_state: {tenant: "{{ nobody }}"}
  no_log: true
- name: One that is refused
  community.acronis.tenant_state: {tenant: "{{ nobody }}", state: disabled}
  no_log: true
  ignore_errors: true
- name: Wrong text
  community.acronis.tenant_state: {tenants: ["{{ nobody }} "]}
  no_log: true
  ignore_errors: true
- name: Too many changes
  community.acronis.tenant_state: {tenants: "{{ names }}", max_changes: 1}
  no_log: true
  failed_when: false
  register: many
- name: Each in turn
  community.acronis.tenant_state: {tenant: "{{ item }}", expected_name: "{{ nobody }}"}
  loop: "{{ names }}"
  no_log: true
  ignore_errors: true
- name: Read two
  community.acronis.tenant_info: {tenants: "{{ names }}"}
  no_log: true
  register: read
- name: Read wrong text
  community.acronis.tenant_info: {tenants: ["{{ nobody }} "]}
  no_log: true
  ignore_errors: true
- ansible.builtin.assert:
    quiet: true
    that:
      - two.tenants | map(attribute='name') | list == names
      - two.tenants | map(attribute='status') | list == ['changed', 'changed']
      - read.tenants | length == 2
      - many is not skipped
"""


def test_no_log_hides_every_tenant(tmp_path: Path) -> None:
    shown = _show(tmp_path, HIDDEN, "-vvv", "--diff")
    assert "failed=0" in shown and "skipping" not in shown
    for text in (CAFE_NFC, "Smith, Jones", "Nobody", tenant_id(CAFE_NFC), tenant_id("Smith, Jones & Co")):
        assert text not in shown, shown[max(0, shown.index(text) - 500) : shown.index(text) + 500]


def test_a_failure_that_does_not_count_is_not_shown_as_skipped(tmp_path: Path) -> None:
    task = '- community.acronis.tenant_state: {tenants: "{{ names }}", max_changes: 1}\n  failed_when: false\n'
    shown = _show(tmp_path, task)
    assert "ok=1" in shown and "skipping" not in shown


def _show(directory: Path, tasks: str, *arguments: str) -> str:
    """Return all that ansible-playbook shows."""
    playbook = directory / "playbook.yml"
    playbook.write_text(HEAD + "  tasks:\n" + "".join(f"    {line}\n" for line in tasks.splitlines()))
    (directory / "names.json").write_text(json.dumps({"names": [CAFE_NFC, "Smith, Jones & Co"], "nobody": "Nobody"}))
    with Simulator(cases.tree()) as simulator:
        done = Stage(directory, cases.tree()).ansible(
            simulator, "ansible-playbook", str(playbook), "-e", "@names.json", *arguments
        )
    return done.stdout + done.stderr


# -- ad hoc commands ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message", "written"),
    [
        ("tenant=Fabrikam Dental state=absent", "extra params|raw params", []),
        ('{"customer_id": 83, "state": "absent"}', "customer_id: '83' is a number, not text", []),
        ("customer_id=00123 state=absent", "CHANGED", ["PUT", "DELETE"]),
    ],
)
def test_ad_hoc(tmp_path: Path, arguments: str, message: str, written: Sequence[str]) -> None:
    with Simulator(cases.tree()) as simulator:
        credentials = {
            "ACRONIS_DATACENTER_URL": simulator.url,
            "ACRONIS_CLIENT_ID": simulator.client_id,
            "ACRONIS_CLIENT_SECRET": simulator.client_secret,
        }
        command = ("ansible", "localhost", "-m", "community.acronis.tenant_state", "-a", arguments)
        done = Stage(tmp_path, cases.tree()).ansible(simulator, *command, **credentials)
        writes = [(one["method"], one["tenant_id"]) for one in simulator.app.log if one["method"] in ("PUT", "DELETE")]
        sent = len(simulator.app.log)
    assert re.search(message, done.stdout + done.stderr)
    assert writes == [(method, tenant_id("00123")) for method in written]
    assert bool(sent) == bool(written)
