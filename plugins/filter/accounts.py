# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that reads an export of a billing system."""

from __future__ import annotations

DOCUMENTATION = r"""
name: accounts
short_description: Read the export of a billing system as rows
version_added: 0.1.0
author:
  - community.acronis contributors (!UNKNOWN)
description:
  - Reads a CSV, JSON or YAML export that names tenants of Acronis Cyber Protect Cloud and says what is due. Returns a
    row for each row of the file.
  - Never guesses and never converts. A row that cannot be read correctly has a text in RV(_value[].error). A fault that
    concerns the whole file fails the task.
  - Each row needs a tenant (C(tenant) or C(customer_id), exactly one) and what is due (C(state) or C(days_overdue), not
    both).
  - The column C(tenant) has the UUID or the exact name, C(customer_id) the external ID, and C(expected_name) the name
    that the tenant must have. White space around them makes a bad row. So does what a spreadsheet makes of a number,
    for example V(1.0442E+04), V(10442.0) or a date. Leading zeros are kept.
  - The column C(state) has V(enabled), V(disabled) or V(absent), in any case, with or without blanks around it.
  - The column C(days_overdue) has whole days. An empty cell means that nothing is overdue, and a negative number that
    the invoice is not due yet. A column without any value is refused.
  - The column C(hold) keeps a tenant as it is. It has a reason or a word such as V(yes). An empty cell, V(no), V(false)
    and V(0) mean no hold. Every other text is a hold.
  - Matching of titles ignores case, blanks around them, and whether words are joined by blanks, hyphens or underscores.
    Other columns are ignored, but a title that is nearly one of these is refused while that one is missing.
  - Rows without any text are skipped. In a list of mappings, a key that is missing counts as empty, except that each
    entry must have C(state) or C(days_overdue).
positional: _input
options:
  _input:
    description:
      - The text of the file, or with O(base64=true) the content that M(ansible.builtin.slurp) returns.
      - Can also be data, for example from M(ansible.builtin.uri).
    type: raw
    required: true
  format:
    description:
      - The format of the text. By default, the ending of O(file) decides. Unknown endings mean V(csv).
    type: str
    choices: [csv, json, yaml]
  file:
    description:
      - The name of the file. It is used in messages.
    type: str
  columns:
    description:
      - "The titles that columns have in this file, for example V({customer_id: Customer no.})."
      - V(null) as a title means that the file has no such column, even if one is called so.
    type: dict
  encoding:
    description:
      - The encoding of the file, for example V(windows-1252). Requires O(base64=true).
      - By default UTF-8, or UTF-16 if the file has its byte order mark.
    type: str
  delimiter:
    description:
      - The character between the cells of a CSV file.
      - By default, a first line such as C(sep=;) decides, or else which of comma, semicolon and tab the header has.
    type: str
  base64:
    description:
      - Whether the input is base64 text. Required for files whose encoding is not UTF-8.
    type: bool
    default: false
notes:
  - Data and the content of JSON and YAML files must be a list of mappings, or a mapping with exactly one list.
  - The lookup P(ansible.builtin.file#lookup) removes tabs at the end of a file, and with them empty cells. Prefer
    M(ansible.builtin.slurp).
  - Text of the file is never evaluated as a template.
seealso:
  - module: community.acronis.tenant_state
"""

EXAMPLES = r"""
- name: Read the export on the host where it is
  ansible.builtin.slurp:
    src: /srv/billing/unpaid.csv
  register: export

- name: Keep its rows
  ansible.builtin.set_fact:
    rows: >-
      {{ export.content | community.acronis.accounts(base64=true, file='unpaid.csv', encoding='windows-1252',
      columns={'customer_id': 'Customer no.', 'days_overdue': 'Days late'}) }}

- name: Stop if a row cannot be read
  ansible.builtin.assert:
    that: rows | selectattr('error') | list | length == 0
    fail_msg: "{{ rows | selectattr('error') | map(attribute='error') | list }}"

- name: Suspend customers that are more than 30 days late
  community.acronis.tenant_state:
    customer_ids: >-
      {{ rows | rejectattr('hold') | rejectattr('days_overdue', 'none') | selectattr('days_overdue', '>', 30)
      | map(attribute='customer_id') | list }}
    state: disabled
    max_changes: 50
"""

RETURN = r"""
_value:
  description:
    - The rows, in the order of the file. Each has all keys. A value that is not there or cannot be read is
      V(null).
  type: list
  elements: dict
  contains:
    line:
      description:
        - The line where the row begins, from 1.
        - In data that is not text, the number of the entry, from 1.
      type: int
      sample: 7
    tenant:
      description: UUID or name of the tenant.
      type: str
    customer_id:
      description: External ID of the tenant.
      type: str
      sample: "00123"
    expected_name:
      description: The name that the tenant must have.
      type: str
      sample: Fabrikam Dental
    state:
      description: The desired state, one of V(enabled), V(disabled) and V(absent).
      type: str
    days_overdue:
      description: Days overdue. V(null) means that nothing is overdue.
      type: int
      sample: 34
    hold:
      description: Why the tenant must not be changed, as it is written in the file. V(null) means no hold.
      type: str
      sample: court case, call Ms. Lopez first
    error:
      description: What is wrong with the row, in one line with line and column. V(null) means nothing.
      type: str
      sample: >-
        line 7, column 'Customer no.': '1.0442E+04' is what a spreadsheet makes of a number. Export the column as text.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.plugin_utils._accounts import read_accounts
from ansible_collections.community.acronis.plugins.plugin_utils._inert import inert


def accounts(
    data: Any,
    *,
    format: str | None = None,
    file: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    base64: bool = False,
) -> Any:
    """Return the rows of an export, as text that is never evaluated as a template.

    Raises AnsibleFilterError with file, line and column if the file cannot be read.
    """
    try:
        rows = read_accounts(
            data,
            format=format,
            file=file,
            columns=columns,
            encoding=encoding,
            delimiter=delimiter,
            base64=base64,
        )
    except InputError as error:
        begins_with_place = error.message.startswith(("line ", "column "))
        raise AnsibleFilterError(
            f"{file or 'the export'}{', ' if begins_with_place else ': '}{error.message}"
        ) from None
    return inert(rows)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"accounts": accounts}
