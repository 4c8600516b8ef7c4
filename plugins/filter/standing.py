# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter standing: what should happen to each row of a billing export."""

from __future__ import annotations

DOCUMENTATION = r"""
name: standing
short_description: Decide for each row of a billing export what happens to its tenant
version_added: 0.1.0
author:
  - community.acronis contributors (!UNKNOWN)
description:
  - Compares the rows of a billing export with the tenants and a policy. Puts each row into exactly one class, with a
    reason.
  - Changes nothing and sends no request. The same input gives the same output.
  - The text of rows and tenants in the result is never evaluated as a template.
  - A tenant that reconcile has suspended carries a marker in its field C(internal_tag), such as C(acronis.reconcile
    suspended 2026-11-03). The date in the marker decides when the tenant can be terminated.
  - A run never takes two steps for a tenant. It suspends an enabled tenant, however old the debt is. It terminates only
    a tenant whose marker is old enough.
positional: _input, tenants, policy, date, protected_tenants, last_rows, protected_environment
options:
  _input:
    description:
      - The rows, as P(community.acronis.accounts#filter) returns them. Each is a mapping with the keys C(line),
        C(tenant), C(customer_id), C(expected_name), C(state), C(days_overdue), C(hold) and C(error).
    type: list
    elements: dict
    required: true
  tenants:
    description:
      - All tenants, as M(community.acronis.tenant_info) returns them without the filters
        O(community.acronis.tenant_info#module:kind) and O(community.acronis.tenant_info#module:enabled).
      - With O(community.acronis.tenant_info#module:include_deleted=true), rows of terminated tenants are C(keep).
        Without it, they are C(not_found).
      - With O(community.acronis.tenant_info#module:impact=true), decisions contain the storage.
    type: list
    elements: dict
    required: true
  policy:
    description: When to suspend, reactivate and terminate. An unknown key is an error.
    type: dict
    required: true
    suboptions:
      suspend_after_days:
        description: Days overdue from which a tenant is suspended. V(0) suspends on the first day. V(null) never
          suspends.
        type: int
      terminate_after_days:
        description: Days overdue from which a tenant is terminated. Must be greater than O(policy.suspend_after_days).
          V(null) never terminates because of days.
        type: int
      reactivate:
        description: Which disabled tenants are reactivated when they owe nothing. V(own) means those with the
          marker of reconcile, V(all) means all, V(none) means none.
        type: str
        choices: [own, all, none]
        default: own
      delete_descendants:
        description: Whether a tenant with sub-tenants can be terminated. A sub-tenant that has a row of its own must
          always be terminated in the same run.
        type: bool
        default: false
      min_rows_percent:
        description: Refuse an export with fewer rows than this percentage of the customer tenants. V(0) turns the
          check off.
        type: int
        default: 50
      min_of_last_percent:
        description: Refuse an export with fewer rows than this percentage of O(last_rows). V(0) turns the check off.
        type: int
        default: 80
  date:
    description: The day to decide for, in the form C(YYYY-MM-DD), usually today in UTC.
    type: str
    required: true
  protected_tenants:
    description: UUIDs, names and external IDs of tenants that are never suspended or terminated. Neither is a tenant
      above one of them.
    type: list
    elements: str
    default: []
  last_rows:
    description: Number of rows of the last export. V(null) if it is not known.
    type: int
  protected_environment:
    description: More protected tenants, as the text of the environment variable C(ACRONIS_PROTECTED_TENANTS). It is a
      JSON list, has one entry per line, or has UUIDs with commas between them.
    type: str
    default: ""
notes:
  - A row has either C(tenant) (a UUID or an exact name) or C(customer_id), and either C(state) or C(days_overdue). A
    row with neither of the last two owes nothing.
seealso:
  - plugin: community.acronis.accounts
    plugin_type: filter
  - module: community.acronis.tenant_info
  - module: community.acronis.tenant_state
  - plugin: community.acronis.report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: List the tenants
  community.acronis.tenant_info:
    include_deleted: true
  register: listing

- name: Decide
  ansible.builtin.set_fact:
    standing: "{{ rows | community.acronis.standing(listing.tenants, policy, date=today) }}"
  vars:
    today: "{{ now(utc=true).strftime('%Y-%m-%d') }}"
    rows:
      - line: 2
        tenant: null
        customer_id: "00123"
        expected_name: Fabrikam Dental
        state: null
        days_overdue: 21
        hold: null
        error: null
    policy:
      suspend_after_days: 14
      terminate_after_days: 60

- name: Stop if a person must look at a row
  ansible.builtin.assert:
    that:
      - not standing.refusal
      - not standing.doubtful
    quiet: true

- name: Plan the changes
  community.acronis.tenant_state:
    tenants: "{{ standing.decisions | map(attribute='change') | select | list }}"
  check_mode: true
"""

RETURN = r"""
_value:
  description: The decisions, and what they add up to.
  type: dict
  contains:
    date:
      description: The day that was decided for.
      type: str
      sample: "2026-11-03"
    policy:
      description: The policy with its defaults.
      type: dict
    rows:
      description: Number of rows.
      type: int
      sample: 1
    tenants:
      description: Number of tenants that are not deleted.
      type: int
      sample: 2
    totals:
      description: Number of rows in each class. They add up to RV(_value.rows).
      type: dict
      sample:
        suspend: 1
        reactivate: 0
        terminate: 0
        keep: 0
        hold: 0
        protected: 0
        bad_row: 0
        not_found: 0
        nearly_found: 0
        tag_in_use: 0
    refusal:
      description: Why nothing of this export should be applied, in one line. V(null) if nothing is against it.
      type: str
      sample: null
    decisions:
      description: A decision for each row, in the order of the rows.
      type: list
      elements: dict
      contains:
        line:
          description: Line of the row in its file.
          type: int
          sample: 2
        class:
          description: One of V(suspend), V(reactivate), V(terminate), V(keep), V(hold), V(protected), V(not_found),
            V(nearly_found), V(tag_in_use) and V(bad_row).
          type: str
          sample: suspend
        reason:
          description: Why, in one line.
          type: str
          sample: 21 days overdue, the limit is 14
        wanted:
          description: The state that the row and the policy ask for, one of V(enabled), V(disabled) and V(absent).
            V(null) if that cannot be told.
          type: str
          sample: disabled
        id:
          description: UUID of the tenant. V(null) if no tenant matches. For V(bad_row), what the row seems to name.
          type: str
          sample: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
        name:
          description: Name of the tenant.
          type: str
          sample: Fabrikam Dental
        path:
          description: Names from the root of the listing down to the tenant.
          type: list
          elements: str
          sample: [Northwind MSP, Fabrikam Dental]
        kind:
          description: Kind of the tenant.
          type: str
          sample: customer
        customer_id:
          description: External ID of the tenant.
          type: str
          sample: "00123"
        reference:
          description: What the row calls the tenant.
          type: str
          sample: "00123"
        enabled:
          description: Whether the tenant is enabled now.
          type: bool
          sample: true
        version:
          description: Version of the tenant.
          type: int
          sample: 17
        days_overdue:
          description: Days overdue, as in the row.
          type: int
          sample: 21
        hold:
          description: The reason for a hold, as in the row.
          type: str
          sample: null
        suspended_since:
          description: The date in the marker of a disabled tenant. V(null) if it was not suspended by reconcile.
          type: str
          sample: null
        disabled_above:
          description: UUID of the nearest disabled tenant above it.
          type: str
          sample: null
        storage_bytes:
          description: Storage used by the tenant and its descendants. V(null) if that is not known.
          type: int
          sample: 4617089843200
        marker:
          description: The internal tag of the tenant now.
          type: str
          sample: ""
        doubtful:
          description: Whether a person must look at the row before anything is changed.
          type: bool
          sample: false
        change:
          description: The entry for O(community.acronis.tenant_state#module:tenants). V(null) if nothing is changed.
          type: dict
          sample:
            tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
            state: disabled
            expected_name: Fabrikam Dental
            expected_version: 17
            expected_internal_tag: ""
            internal_tag: acronis.reconcile suspended 2026-11-03
    doubtful:
      description: The decisions that are doubtful.
      type: list
      elements: dict
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.plugin_utils._inert import inert
from ansible_collections.community.acronis.plugins.plugin_utils._standing import decide


def standing(
    rows: Any,
    tenants: Any,
    policy: Any,
    date: Any,
    protected_tenants: Any = (),
    last_rows: Any = None,
    protected_environment: Any = "",
) -> dict[str, Any]:
    """Return the decisions. Raises AnsibleFilterError for wrong input."""
    try:
        decided = decide(rows, tenants, policy, date, protected_tenants, last_rows, protected_environment)
        result: dict[str, Any] = inert(decided)
    except InputError as error:
        raise AnsibleFilterError(f"standing: {error.message}") from None
    return result


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by their names."""
        return {"standing": standing}
