#!/usr/bin/python
# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find and list tenants of Acronis Cyber Protect Cloud, and see what a change of them would reach."""

DOCUMENTATION = r"""
module: tenant_info
short_description: Find and list tenants of Acronis Cyber Protect Cloud
version_added: 0.1.0
author:
  - community.acronis contributors (!UNKNOWN)
description:
  - Finds tenants by UUID, name or external ID, or lists all that is below a tenant.
  - With O(impact=true) it also counts what a suspension or deletion of each would affect.
  - The returned entries can be given to M(community.acronis.tenant_state) as its
    O(community.acronis.tenant_state#module:plan). Then each tenant is changed only if it still has the ID, name and
    version that were listed.
  - Changes nothing.
extends_documentation_fragment:
  - community.acronis.auth
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
      - The tenant, by its UUID or by its exact name (case-sensitive). Must be text, so quote numbers.
      - If several tenants have this name, all of them are returned with a warning. Use RV(tenants[].path) to
        distinguish them.
      - If nothing is found, the list is empty, and a warning names the closest tenants.
      - At most one of O(tenant), O(customer_id), O(tenants) and O(customer_ids) can be given. Without any of them, the
        module lists all that is below O(subtree_root_id).
    type: raw
  customer_id:
    description:
      - The tenant, by its external ID. Must be text, so quote numbers.
    type: raw
  tenants:
    description:
      - A list of tenants, each by its UUID or its exact name. Must be a list, since names can contain commas.
      - IDs are read a hundred with each request. Names cost one listing.
    type: raw
  customer_ids:
    description:
      - A list of external IDs. Each must be text.
    type: raw
  subtree_root_id:
    description:
      - UUID of the tenant below which to look. It is not in the list itself.
      - If not set, it is the API client's own tenant.
      - Required with O(access_token) alone, unless tenants are named by UUID.
    type: str
  kind:
    description:
      - Show tenants of these kinds only.
    type: list
    elements: str
    choices:
      - partner
      - folder
      - customer
      - unit
  enabled:
    description:
      - Show only those that are enabled, or only those that are disabled.
    type: bool
  direct_children_only:
    description:
      - List only what is right below O(subtree_root_id).
    type: bool
    default: false
  include_deleted:
    description:
      - Show deleted tenants, too, that can still be restored. RV(tenants[].deleted_at) tells since when they
        are deleted. The platform keeps them for 30 days.
    type: bool
    default: false
  include_personal:
    description:
      - Show the personal tenants, too, that the platform makes for users when all is listed.
    type: bool
    default: false
  impact:
    description:
      - Whether to find out what is below each tenant shown, and how many users are in it (RV(tenants[].impact)).
      - Costs one listing of users for the whole list, or one of tenants and one of users for each tenant that is named.
    type: bool
    default: false
seealso:
  - module: community.acronis.tenant_state
"""

EXAMPLES = r"""
# The credentials come from the environment: ACRONIS_DATACENTER_URL, ACRONIS_CLIENT_ID and ACRONIS_CLIENT_SECRET.

- name: Find a tenant and see what its deletion would reach
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

- name: List the suspended customers of a partner
  community.acronis.tenant_info:
    subtree_root_id: 1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b
    kind: customer
    enabled: false
  register: suspended

- name: Reactivate them, unless somebody has changed one since
  community.acronis.tenant_state:
    plan: "{{ suspended.tenants }}"
    state: enabled

- name: What can still be restored, and since when it is deleted
  community.acronis.tenant_info:
    include_deleted: true
  register: all

- name: Show the names and times
  ansible.builtin.debug:
    msg: "{{ all.tenants | selectattr('deleted_at') | items2dict(key_name='name', value_name='deleted_at') }}"
"""

RETURN = r"""
tenants:
  description: The tenants that were found, in the order of the task, or level by level in a listing.
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
      description: The flag of the platform. A tenant below a disabled one cannot be used, whatever its own flag.
      returned: always
      type: bool
      sample: true
    version:
      description: Version of the tenant, which grows with each change.
      returned: always
      type: int
      sample: 17
    parent_id:
      description: UUID of the tenant above.
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
      description: External ID, the number that the customer has in the provider's own books; null when there is none.
      returned: always
      type: str
      sample: C-10442
    internal_tag:
      description: The field of that name, free for other programs; null when it is empty.
      returned: always
      type: str
      sample: null
    has_children:
      description: Whether the platform says that there are tenants below.
      returned: always
      type: bool
      sample: false
    children_hidden:
      description: Whether the tenant keeps what is below it from administrators above (self-service mode). Then the
        list does not have it, which does not mean that there is nothing.
      returned: always
      type: bool
      sample: false
    pricing_mode:
      description: V(trial), V(production) or V(suspended).
      returned: always
      type: str
      sample: production
    deleted_at:
      description: When the tenant was deleted, as the platform writes it; null for a live one.
      returned: always
      type: str
      sample: null
    impact:
      description: What is below the tenant, itself not counted; null for a deleted one.
      returned: when O(impact=true)
      type: dict
      contains:
        sub_tenants:
          description: How many sub-tenants there are of each kind, without deleted ones and without the personal
            tenants of users.
          returned: always
          type: dict
          sample: {partner: 0, folder: 1, customer: 12, unit: 3}
        users:
          description: User accounts in the tenant and below; null when the platform does not tell.
          returned: always
          type: int
          sample: 57
        api_clients:
          description: API clients in the tenant and below, which would stop working; null when the platform does not
            tell.
          returned: always
          type: int
          sample: null
        complete:
          description: V(false) when the platform hides a part of what is below. Then the numbers are lower bounds.
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
    from ansible_collections.community.acronis.plugins.module_utils._impact import KINDS
    from ansible_collections.community.acronis.plugins.module_utils._info import SELECTORS, InfoReport, Query, ask
    from ansible_collections.community.acronis.plugins.module_utils._module import run_module

    module = AnsibleModule(
        argument_spec={
            **AUTH_OPTIONS,
            "tenant": {"type": "raw"},
            "customer_id": {"type": "raw"},
            "tenants": {"type": "raw"},
            "customer_ids": {"type": "raw"},
            "subtree_root_id": {"type": "str"},
            "kind": {"type": "list", "elements": "str", "choices": list(KINDS)},
            "enabled": {"type": "bool"},
            "direct_children_only": {"type": "bool", "default": False},
            "include_deleted": {"type": "bool", "default": False},
            "include_personal": {"type": "bool", "default": False},
            "impact": {"type": "bool", "default": False},
        },
        mutually_exclusive=[SELECTORS],
        supports_check_mode=True,
    )
    run_module(module, lambda api: ask(api, Query.from_params(module.params)), InfoReport())


if __name__ == "__main__":
    main()
