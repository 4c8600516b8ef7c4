#!/usr/bin/python
# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find and list tenants of Acronis Cyber Protect Cloud, and count what a change of them would affect."""

DOCUMENTATION = r"""
module: tenant_info
short_description: Find and list tenants of Acronis Cyber Protect Cloud
version_added: 0.1.0
author:
  - community.acronis contributors (!UNKNOWN)
description:
  - Finds tenants by UUID, name or external ID. Without O(tenant), O(customer_id), O(tenants) and O(customer_ids), lists
    all descendants of a tenant.
  - Changes nothing.
  - With O(impact=true), also counts what a suspension or deletion of each tenant would affect.
  - The returned entries can be given to M(community.acronis.tenant_state) as its
    O(community.acronis.tenant_state#module:plan). Each tenant is then changed only if it still has the ID, name and
    version that were listed.
extends_documentation_fragment:
  - community.acronis.auth
  - community.acronis.listing
  - community.acronis.attributes
attributes:
  check_mode:
    support: full
    details:
      - Only reads, so it does the same in check mode.
  diff_mode:
    support: N/A
    details:
      - Changes nothing.
  idempotent:
    support: full
options:
  tenant:
    description:
      - The tenant, by its UUID or its exact name (case-sensitive).
      - Must be text. Quote numbers, because YAML reads V(00123) as V(83).
      - Mutually exclusive with O(customer_id), O(tenants) and O(customer_ids).
    type: raw
  customer_id:
    description:
      - The tenant, by its exact external ID. Must be text. Quote numbers.
    type: raw
  tenants:
    description:
      - A list of tenants, each by its UUID or its exact name. Text is never split at commas, because names can contain
        commas.
    type: raw
  customer_ids:
    description:
      - A list of external IDs. Each must be text.
    type: raw
  impact:
    description:
      - Whether to count the sub-tenants, users, API clients and storage of each returned tenant
        (RV(tenants[].impact)).
    type: bool
    default: false
notes:
  - If several tenants have the name, all of them are returned with a warning. Use RV(tenants[].path) to distinguish
    them. If there is no such tenant, the list is empty, and a warning names similar tenants.
  - The module reads 100 UUIDs with each request. Names and external IDs cost one listing of tenants, and the ancestors
    of O(subtree_root_id) one or two requests.
  - O(impact=true) costs one listing of users for a list, or one of tenants and one of users for each tenant that is
    named. The storage of 100 tenants costs one request.
  - The storage of RV(tenants[].impact) is up to 6 hours old. The platform does not say whether the figure of a tenant
    contains those of its sub-tenants. So the module takes the larger one of this figure and the sum of those below it.
    For a customer with units, that can be a lower bound.
seealso:
  - module: community.acronis.tenant_state
"""

EXAMPLES = r"""
# The credentials come from the environment: ACRONIS_DATACENTER_URL, ACRONIS_CLIENT_ID and ACRONIS_CLIENT_SECRET.

- name: Find a tenant and count what its deletion would affect
  community.acronis.tenant_info:
    tenant: Contoso Partner
    impact: true
  register: found

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.path | join(' / ') }}: {{ item.impact.users }} users, {{ item.impact.sub_tenants }}"
  loop: "{{ found.tenants }}"
  loop_control:
    label: "{{ item.id }}"

- name: Find customers by external ID
  community.acronis.tenant_info:
    customer_ids:
      - "00123" # quoted, because YAML reads 00123 as 83
      - "C-10442"

- name: List the suspended customers of a partner
  community.acronis.tenant_info:
    subtree_root_id: 1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b
    kind: [customer]
    enabled: false
  register: suspended

- name: Reactivate them, unless somebody has changed one since
  community.acronis.tenant_state:
    plan: "{{ suspended.tenants }}"
    state: enabled

- name: List all tenants, with those that can still be restored
  community.acronis.tenant_info:
    include_deleted: true
  register: all

- name: Show the names of the deleted ones and the times of their deletion
  ansible.builtin.debug:
    msg: "{{ all.tenants | selectattr('deleted_at') | items2dict(key_name='name', value_name='deleted_at') }}"
"""

RETURN = r"""
tenants:
  description: The tenants, in the order of the task, or level by level in a listing.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: UUID of the tenant.
      returned: always
      type: str
      sample: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    name:
      description: Name of the tenant.
      returned: always
      type: str
      sample: Fabrikam Dental
    kind:
      description: Kind of the tenant, one of V(root), V(partner), V(folder), V(customer) and V(unit).
      returned: always
      type: str
      sample: customer
    enabled:
      description: Whether the tenant itself is enabled. A tenant below a disabled one is out of service even if this is
        V(true), see RV(tenants[].disabled_above).
      returned: always
      type: bool
      sample: true
    version:
      description: Version of the tenant, which grows with each change.
      returned: always
      type: int
      sample: 17
    parent_id:
      description: UUID of the parent tenant.
      returned: always
      type: str
      sample: 1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b
    path:
      description: Names from O(subtree_root_id), or from the API client's own tenant, down to the tenant.
      returned: always
      type: list
      elements: str
      sample: [Northwind MSP, Contoso Partner, Fabrikam Dental]
    customer_id:
      description: External ID, the provider's own number of the customer. V(null) if there is none.
      returned: always
      type: str
      sample: C-10442
    internal_tag:
      description: The platform's field of that name, free for other programs. V(null) if it is empty.
      returned: always
      type: str
      sample: null
    has_children:
      description: Whether the platform reports sub-tenants.
      returned: always
      type: bool
      sample: false
    children_hidden:
      description: Whether the tenant hides its descendants from administrators above (self-service mode). They are not
        in the list then.
      returned: always
      type: bool
      sample: false
    pricing_mode:
      description: One of V(trial), V(production) and V(suspended).
      returned: always
      type: str
      sample: production
    created_at:
      description: Time of the creation, as the platform writes it. V(null) if the platform does not show it.
      returned: always
      type: str
      sample: "2021-03-02T09:14:05+00:00"
    updated_at:
      description: Time of the last change of any kind, not only of the state, as the platform writes it. V(null) if the
        platform does not show it.
      returned: always
      type: str
      sample: "2026-11-26T08:00:41+00:00"
    deleted_at:
      description: Time of the deletion, as the platform writes it. V(null) for a tenant that is not deleted.
      returned: always
      type: str
      sample: null
    disabled_above:
      description:
        - UUID of the nearest disabled ancestor. The tenant is out of service with it, whatever RV(tenants[].enabled)
          is. V(null) if no ancestor is disabled.
        - Covers all ancestors that the API client can read, those above O(subtree_root_id) too.
      returned: always
      type: str
      sample: null
    impact:
      description: What is below the tenant, itself not counted. V(null) for a deleted tenant.
      returned: when O(impact=true)
      type: dict
      contains:
        sub_tenants:
          description: Number of sub-tenants of each kind, without deleted and personal ones.
          returned: always
          type: dict
          sample: {partner: 0, folder: 1, customer: 12, unit: 3}
        users:
          description: Number of user accounts in the tenant and below it. V(null) if the platform does not disclose it.
          returned: always
          type: int
          sample: 57
        api_clients:
          description: Number of API clients in the tenant and below it, which would stop working. V(null) if the
            platform does not disclose it.
          returned: always
          type: int
          sample: null
        storage_bytes:
          description:
            - Backup storage that the tenant and its descendants use, in bytes. V(null) if the platform does not
              disclose all of it.
            - The filter P(ansible.builtin.human_readable#filter) writes it in units of 1024.
          returned: always
          type: int
          sample: 4617089843200
        complete:
          description: V(false) if some descendants are hidden, or users or storage are not disclosed. Then the numbers
            are lower bounds.
          returned: always
          type: bool
          sample: true
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.community.acronis.plugins.module_utils._python import refuse_old_python


def main() -> None:
    """Run the module."""
    refuse_old_python()
    # Not before: an older Python cannot parse these.
    from ansible_collections.community.acronis.plugins.module_utils._auth import AUTH_OPTIONS
    from ansible_collections.community.acronis.plugins.module_utils._info import (
        LISTING_OPTIONS,
        SELECTORS,
        InfoReport,
        Query,
        ask,
    )
    from ansible_collections.community.acronis.plugins.module_utils._module import run_module
    from ansible_collections.community.acronis.plugins.module_utils._tenants import TenantApi

    module = AnsibleModule(
        argument_spec={
            **AUTH_OPTIONS,
            "tenant": {"type": "raw"},
            "customer_id": {"type": "raw"},
            "tenants": {"type": "raw"},
            "customer_ids": {"type": "raw"},
            **LISTING_OPTIONS,
            "impact": {"type": "bool", "default": False},
        },
        mutually_exclusive=[SELECTORS],
        supports_check_mode=True,
    )
    run_module(module, lambda client: ask(TenantApi(client), Query.from_params(module.params)), InfoReport())


if __name__ == "__main__":
    main()
