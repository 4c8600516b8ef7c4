# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter report: what standing has decided, for people."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report
short_description: Show the decisions of standing as text, CSV, JSON or an HTML page
version_added: 0.1.0
author:
  - community.acronis contributors (!UNKNOWN)
description:
  - Shows who is suspended, reactivated or terminated and why, who could not be found, and who is suspended and still
    billed.
  - Shows text of tenants and files as it is. It is never evaluated, neither by Ansible, nor by a browser, nor by a
    spreadsheet.
positional: _input, format, title, suspended, outcome, check_mode
options:
  _input:
    description: The result of P(community.acronis.standing#filter).
    type: dict
    required: true
  format:
    description: The format of the report. V(text) is for a terminal, V(csv) for a spreadsheet, V(json) for programs,
      and V(html) for a browser, a phone or paper.
    type: str
    choices: [text, csv, json, html]
    default: text
  title:
    description: Heading of the report.
    type: str
    default: Billing and tenants
  suspended:
    description: The disabled tenants, as M(community.acronis.tenant_info) returns them with
      O(community.acronis.tenant_info#module:impact=true). They are shown as suspended and still billed, except in
      V(csv).
    type: list
    elements: dict
  outcome:
    description: What M(community.acronis.tenant_state) returned for the changes as
      RV(community.acronis.tenant_state#module:tenants). Without it, the report is about a plan.
    type: list
    elements: dict
  check_mode:
    description: Whether O(outcome) comes from check mode, so that nothing was changed.
    type: bool
    default: false
notes:
  - V(text) has the counts of all classes and up to 50 rows of each list. V(csv) has a line for each decision. V(json)
    has everything. V(html) is one page without scripts that has everything but the rows with nothing to change.
  - In V(csv), a cell that a spreadsheet would take for a formula begins with an apostrophe.
  - The storage of a tenant includes that of its descendants. The sum counts it once.
  - The date of a suspension is known only if reconcile made it. Otherwise, the report shows the last change of the
    tenant, which may be later.
seealso:
  - plugin: community.acronis.standing
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the plan
  ansible.builtin.debug:
    msg: "{{ (standing | community.acronis.report).splitlines() }}"

- name: Find what is suspended
  community.acronis.tenant_info:
    enabled: false
    impact: true
  register: suspended

- name: Write a page for the management
  ansible.builtin.copy:
    content: "{{ standing | community.acronis.report('html', suspended=suspended.tenants) }}"
    dest: "{{ playbook_dir }}/billing.html"
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The report.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.plugin_utils._inert import inert
from ansible_collections.community.acronis.plugins.plugin_utils._report import TITLE, render


def report(
    result: Any,
    format: Any = "text",
    title: Any = TITLE,
    suspended: Any = None,
    outcome: Any = None,
    check_mode: Any = False,
) -> str:
    """Return the report. Raises AnsibleFilterError for wrong input."""
    try:
        text: str = inert(render(result, format, title, suspended, outcome, check_mode))
    except InputError as error:
        raise AnsibleFilterError(f"report: {error.message}") from None
    return text


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by their names."""
        return {"report": report}
