#!/usr/bin/python
# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Suspend, reactivate or terminate a tenant of Acronis Cyber Protect Cloud."""

DOCUMENTATION = r"""
module: tenant_state
short_description: Suspend, reactivate or terminate tenants of Acronis Cyber Protect Cloud
version_added: 0.1.0
author:
  - community.acronis contributors (!UNKNOWN)
description:
  - Suspends (O(state=disabled)), reactivates (O(state=enabled)) or terminates (O(state=absent)) partner and customer
    tenants, one or thousands in a task.
  - A I(tenant) is an account in a tree. A partner has customers and other partners below it, a customer has units.
    Changing the state of a tenant affects all of its descendants.
  - While a tenant is disabled, nobody in it or below it can use the services, and their API clients stop working. The
    data is kept, and B(usage continues to be billed).
  - B(Deleting a tenant also deletes all of its sub-tenants, users and backups.) It can be restored for 30 days
    (O(restore_deleted)), though perhaps not completely. After that, the deletion is permanent.
  - Plans all changes before making any, and sends a write only for tenants whose state differs. Each write carries the
    version that was read, so it cannot overwrite a concurrent change. On a conflict, the module reads the tenant and
    evaluates all guards again.
  - A I(guard) is a check that can refuse a change, such as O(expected_name), O(protected_tenants) or O(max_changes).
extends_documentation_fragment:
  - community.acronis.auth
  - community.acronis.attributes
attributes:
  check_mode:
    support: full
    details:
      - Sends no request that changes anything. Returns the actions that a regular run would perform.
      - Conditions that only the platform can evaluate are not predicted.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - The desired state. V(enabled) reactivates a tenant, V(disabled) suspends it, V(absent) disables and deletes it.
      - Required, unless every entry of O(tenants) has its own, or O(plan) is given.
    type: str
    choices:
      - enabled
      - disabled
      - absent
  tenant:
    description:
      - The tenant, by its UUID or its exact name (case-sensitive).
      - Must be text. Quote numbers, because YAML reads V(00123) as V(83).
      - Exactly one of O(tenant), O(customer_id), O(tenants), O(customer_ids) and O(plan) is required.
    type: raw
  customer_id:
    description:
      - The tenant, by its exact external ID. This is the field C(customer_id) of the platform, in which a provider
        keeps its own number of the customer.
      - Must be text. Quote numbers.
    type: raw
  tenants:
    description:
      - A list of tenants. Each entry is a UUID, an exact name, or a mapping with C(tenant) or C(customer_id).
      - A mapping can also have C(state), C(expected_name), C(expected_version), C(expected_internal_tag) and
        C(internal_tag).
    type: raw
  customer_ids:
    description:
      - A list of external IDs, such as a billing system exports. Each must be text.
    type: raw
  plan:
    description:
      - A list of entries of RV(tenants) that this module, in check mode or not, or M(community.acronis.tenant_info)
        returned.
      - Each entry is applied only if the tenant still has this ID, name and version.
    type: raw
  subtree_root_id:
    description:
      - UUID of the tenant below which the tenants must be. By default the API client's own tenant.
      - Required to look up names and external IDs with O(access_token) alone.
    type: str
  expected_name:
    description:
      - Refuse the tenant unless this is its name. Use this to protect against a mistyped UUID.
    type: raw
  expected_version:
    description:
      - Refuse to change the tenant unless this is its version, so that nobody has changed it since you read it. A
        tenant that is already in the desired state is not refused.
    type: int
  expected_internal_tag:
    description:
      - Refuse to change the tenant unless its field C(internal_tag) has this value. Empty text (V('')) means that the
        field must be empty. A tenant that is already in the desired state is not refused.
    type: raw
  internal_tag:
    description:
      - Text of at most 256 characters that is written to the platform's field of that name together with a change of
        state. Empty text (V('')) clears the field.
      - With a list, the default for entries without one.
    type: raw
  protected_tenants:
    description:
      - A list of tenants, by UUID, name or external ID, that must not be disabled or deleted. They and their ancestors
        are refused.
      - If not set, the environment variable E(ACRONIS_PROTECTED_TENANTS) is used.
    type: raw
  unmatched_protection:
    description:
      - What to do if an entry of O(protected_tenants) matches no tenant, so that it protects nothing.
      - V(fail) refuses every suspension and deletion before the first write.
      - V(warn) warns, and refuses only tenants with hidden descendants.
    type: str
    choices:
      - fail
      - warn
    default: fail
  delete_descendants:
    description:
      - Whether O(state=absent) deletes a tenant that has sub-tenants, and these with it. If V(false), it is refused.
      - Personal tenants, which the platform creates for users, do not count. Hidden descendants (self-service mode) do.
    type: bool
    default: false
  restore_deleted:
    description:
      - Whether O(state=enabled) and O(state=disabled) restore a tenant that was deleted within the last 30 days. If
        V(false), a deleted tenant is an error.
    type: bool
    default: false
  impact:
    description:
      - Whether to count the sub-tenants, users, API clients and storage that each change affects
        (RV(tenants[].impact)).
    type: bool
    default: false
  max_changes:
    description:
      - Fail before the first change, in check mode too, if the plan has more changes than this. Use this as a safety
        limit for generated lists.
    type: int
  concurrency:
    description:
      - How many tenants are processed at the same time, from 1 to 32. If the platform throttles requests, all of them
        pause.
    type: int
    default: 8
  continue_on_error:
    description:
      - What to do with the other tenants when one fails.
      - V(false) processes no further tenant, and completes changes in progress.
      - V(true) processes all others, except deletions that may affect a refused tenant.
    type: bool
    default: false
  return_unchanged:
    description:
      - Whether RV(tenants) has the tenants of a list that were already in the desired state. If V(false), they are only
        counted in RV(summary).
    type: bool
    default: false
notes:
  - A name that several tenants have is refused, with their IDs and paths. A name or external ID that matches no tenant
    is an error. With O(state=absent), it is RV(tenants[].status=not_found) with a warning, unless a tenant is nearly
    identical.
  - A tenant that is already deleted is not changed by O(state=absent). If a deletion is interrupted, run the task
    again.
  - An empty list changes nothing. Naming a tenant twice is an error. Text is never split at commas, because names can
    contain commas.
  - A task can name tenants above and below each other. Tenants are enabled from the top down, and disabled and deleted
    from the bottom up. It is an error to enable or disable a tenant below one that is to be absent, or to enable one
    below one that is to be disabled.
  - If a guard refuses a tenant, nothing is changed, unless O(continue_on_error=true).
  - With O(plan) and without O(state), each tenant is brought to its RV(tenants[].after). An C(internal_tag) that
    differs there from RV(tenants[].before) is written, too. Only entries with RV(tenants[].status=changed) are applied.
    The others are counted in a warning.
  - With O(plan) and O(state), all entries are applied, and one that was never read is an error.
  - With O(plan), a deletion is refused if more is below the tenant than RV(tenants[].impact) of the entry shows, except
    for storage.
  - Use O(internal_tag) to mark whose suspension it is. It is never written without a change of state. So it is not
    written if the tenant is already in the desired state, and not by a restoration or deletion alone.
  - Set O(protected_tenants) in C(group_vars) or C(module_defaults) to apply it to every task. The environment variable
    holds a JSON list, or one entry per line, or UUIDs separated by commas.
  - Matching of O(protected_tenants) ignores case, white space and invisible characters. An entry that matches several
    tenants protects them all. A deleted tenant still protects its ancestors.
  - The API client's own tenant is always refused for O(state=disabled) and O(state=absent), because the client would
    stop working with it.
  - A tenant that is locked by another tenant is refused. No option of this module removes a lock.
  - The platform decides which sub-tenants and users are restored with a tenant. Check mode assumes that a restored
    tenant is disabled. A regular run waits for the restoration for up to O(retry_timeout) seconds. Several deleted
    tenants of the same name are refused, so use the UUID.
  - The storage of RV(tenants[].impact) is up to 6 hours old. The platform does not say whether the figure of a tenant
    contains those of its sub-tenants. So the module takes the larger one of this figure and the sum of those below it.
    For a customer with units, that can be a lower bound.
  - On SIGTERM or SIGINT, the module completes the writes in progress, starts no others, and returns what was done.
  - When the run that started the module is gone, the module notices within a second, completes the writes in progress,
    and starts no others. This happens when a job is canceled in AWX, when C(ansible-playbook) is killed, and when the
    task keyword C(timeout) expires. The result is lost then. Run the task in check mode to see what is left, and again
    to continue. The module detects this on the host of C(ansible-playbook), under Linux. Elsewhere it may continue to
    the end.
  - With C(async), the module continues after the run has ended. Ansible kills a task that exceeds C(async), and its
    result is lost. Allow enough time for a long list.
  - AWX does not store results larger than its setting C(MAX_EVENT_RES_DATA) (700,000 bytes by default). An entry of
    RV(tenants) has about 500 bytes. Process long lists in batches, as the playbooks of this collection do.
  - Ansible shows the task keyword C(environment) at high verbosity. Give secrets as options from a vault, or set the
    environment of Ansible itself.
seealso:
  - module: community.acronis.tenant_info
  - name: Suspending, reactivating and terminating tenants
    description: The procedure of the vendor that this module carries out.
    link: https://developer.acronis.com/doc/outbound/apis/api-library/account/tutorials/suspension-reactivation-termination.html
"""

EXAMPLES = r"""
- name: Suspend a customer
  community.acronis.tenant_state:
    datacenter_url: https://eu2-cloud.acronis.com
    client_id: 5fc16407-b082-4bc3-a2df-6e738291a0bf
    client_secret: "{{ vault_acronis_client_secret }}"
    tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    state: disabled

# The other examples take the credentials from the environment: ACRONIS_DATACENTER_URL, ACRONIS_CLIENT_ID and
# ACRONIS_CLIENT_SECRET.

- name: Reactivate a customer by its external ID
  community.acronis.tenant_state:
    customer_id: "00123" # quoted, because YAML reads 00123 as 83
    state: enabled

- name: Plan a termination (--diff on the command line shows it)
  community.acronis.tenant_state:
    tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    expected_name: Fabrikam Dental
    impact: true
    state: absent
  check_mode: true
  register: plan

- name: Terminate exactly what was planned, or fail if it was changed since
  community.acronis.tenant_state:
    plan: "{{ plan.tenants }}"

- name: Terminate a partner together with all its customers
  community.acronis.tenant_state:
    tenant: 9b1f4a30-2c5d-4e6f-8a7b-0c1d2e3f4a5b
    expected_name: Contoso Partner
    delete_descendants: true
    state: absent

- name: Restore and reactivate a customer that was terminated by mistake
  community.acronis.tenant_state:
    tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    restore_deleted: true
    state: enabled

- name: Suspend a partner by name, unless a protected tenant is below it
  community.acronis.tenant_state:
    tenant: Contoso Partner
    subtree_root_id: 1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b
    protected_tenants:
      - Hospital
      - 7fe38629-d2a4-4de5-84f1-8095a41bc2d1
    state: disabled

- name: Suspend all customers that have not paid, but not more than 50
  community.acronis.tenant_state:
    customer_ids:
      - "00123"
      - "C-10442"
    max_changes: 50
    state: disabled

- name: See what a list would change, without changing anything
  community.acronis.tenant_state:
    tenants: "{{ unpaid }}" # a variable that holds a list of text
    impact: true
    state: disabled
  check_mode: true

- name: Bring each tenant to a state of its own
  community.acronis.tenant_state:
    tenants:
      - tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
        expected_name: Fabrikam Dental
        state: enabled
      - customer_id: "C-10443"
        expected_name: Woodgrove Law
        state: absent
    continue_on_error: true

- name: Suspend a customer and mark the suspension, unless the field is used for something else
  community.acronis.tenant_state:
    customer_id: "C-10442"
    expected_internal_tag: ""
    internal_tag: billing suspended 2026-11-26
    state: disabled

- name: Reactivate the customer, but only if billing has suspended it, and clear the mark
  community.acronis.tenant_state:
    customer_id: "C-10442"
    expected_internal_tag: billing suspended 2026-11-26
    internal_tag: ""
    state: enabled
"""

RETURN = r"""
tenants:
  description:
    - What was done to each tenant, or in check mode would be done, in the order of the task. On failure too, but empty
      if the options are refused.
    - Tenants of a list that were already in the desired state are left out unless O(return_unchanged=true).
  returned: always
  type: list
  elements: dict
  contains:
    tenant:
      description: The tenant as the task named it.
      returned: always
      type: str
      sample: Fabrikam Dental
    id:
      description: UUID of the tenant. V(null) if no tenant was found.
      returned: always
      type: str
      sample: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    name:
      description: Name of the tenant. V(null) if it is not known.
      returned: always
      type: str
      sample: Fabrikam Dental
    kind:
      description: Kind of the tenant, one of V(root), V(partner), V(folder), V(customer) and V(unit). V(null) if it is
        not known.
      returned: always
      type: str
      sample: customer
    parent_id:
      description: UUID of the parent tenant. V(null) if it is not known.
      returned: always
      type: str
      sample: 1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b
    status:
      description:
        - One of V(changed), V(unchanged), V(not_found) (to be absent, and there is no such tenant), V(failed) and
          V(skipped) (not tried).
        - A failed tenant may have been changed, see RV(tenants[].changed).
      returned: always
      type: str
      sample: changed
    changed:
      description: Whether this tenant was changed. A write with an unknown outcome counts as a change.
      returned: always
      type: bool
      sample: true
    actions:
      description: What was done, in order, out of V(restore), V(enable), V(disable) and V(delete).
      returned: always
      type: list
      elements: str
      sample: [disable, delete]
    before:
      description: The tenant as it was read first. All V(null) if it could not be read.
      returned: always
      type: dict
      contains: &view
        state:
          description:
            - One of V(enabled), V(disabled), V(deleted) (it can still be restored) and V(absent) (there is no such
              tenant).
          returned: always
          type: str
          sample: disabled
        version:
          description: Version of the tenant. V(null) after a deletion and in check mode, because the new version is not
            known.
          returned: always
          type: int
          sample: 17
        internal_tag:
          description: The platform's field of that name. V(null) if it is empty or not known.
          returned: always
          type: str
          sample: billing suspended 2026-11-26
      sample: {state: enabled, version: 16, internal_tag: null}
    after:
      description:
        - The tenant as it was seen last. In check mode, what is predicted.
        - All V(null) if a write was sent and its outcome is not known.
      returned: always
      type: dict
      contains: *view
      sample: {state: deleted, version: null, internal_tag: null}
    impact:
      description: What the change affects, the tenant itself not counted. V(null) unless O(impact=true) and the tenant
        changes without being restored.
      returned: always
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
          description: Number of API clients in the tenant and below it, which stop working. V(null) if the platform
            does not disclose it.
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
    changed_with:
      description:
        - UUID of the ancestor whose change in this task changed this tenant, too. RV(tenants[].actions) is empty then.
        - V(null) otherwise.
      returned: always
      type: str
      sample: null
    top_ancestor:
      description:
        - UUID of the topmost ancestor that the same task names. Process tenants that share it in one batch, because
          changing one may change the version of the others.
        - V(null) if the task names no ancestor.
      returned: always
      type: str
      sample: null
    error:
      description: Why the tenant is not in the desired state. V(null) unless it failed.
      returned: always
      type: dict
      contains:
        message:
          description: The reason, and what to do about it.
          returned: always
          type: str
          sample: "it is protected (protected_tenants: 'Hospital'); leave it out of the task, or remove the entry."
        code:
          description: Error code of the platform, an integer or a word. V(null) if the platform did not give one.
          returned: always
          type: raw
          sample: 1012
        status:
          description: HTTP status of the answer. V(null) if there was none.
          returned: always
          type: int
          sample: 403
        method:
          description: HTTP method of the request that failed. V(null) if no request did.
          returned: always
          type: str
          sample: PUT
        path:
          description: Path of the request that failed, below C(/api/2). V(null) if no request did.
          returned: always
          type: str
          sample: /tenants/0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
        retryable:
          description: Whether the same request may succeed later.
          returned: always
          type: bool
          sample: false
summary:
  description: Number of tenants by RV(tenants[].status). The other numbers add up to RV(summary.requested).
  returned: always
  type: dict
  contains:
    requested:
      description: Tenants that the task named.
      returned: always
      type: int
      sample: 1
    changed:
      description: Tenants that were changed, or in check mode would be.
      returned: always
      type: int
      sample: 1
    unchanged:
      description: Tenants that were already in the desired state.
      returned: always
      type: int
      sample: 0
    not_found:
      description: Tenants that were to be absent and do not exist.
      returned: always
      type: int
      sample: 0
    failed:
      description: Tenants that are not in the desired state.
      returned: always
      type: int
      sample: 0
    skipped:
      description: Tenants that were not tried.
      returned: always
      type: int
      sample: 0
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.community.acronis.plugins.module_utils._python import refuse_old_python


def main() -> None:
    """Run the module."""
    refuse_old_python()
    # Not before: an older Python cannot parse these.
    from ansible_collections.community.acronis.plugins.module_utils._auth import AUTH_OPTIONS
    from ansible_collections.community.acronis.plugins.module_utils._desired import (
        SELECTORS,
        Request,
        protection_fallback,
    )
    from ansible_collections.community.acronis.plugins.module_utils._module import run_module
    from ansible_collections.community.acronis.plugins.module_utils._results import Report
    from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
    from ansible_collections.community.acronis.plugins.module_utils._run import run
    from ansible_collections.community.acronis.plugins.module_utils._tenants import TenantApi

    module = AnsibleModule(
        argument_spec={
            **AUTH_OPTIONS,
            "state": {"type": "str", "choices": list(STATES)},
            # Text and lists are taken as they are: whatever Ansible converts, it converts without a word.
            "tenant": {"type": "raw"},
            "customer_id": {"type": "raw"},
            "tenants": {"type": "raw"},
            "customer_ids": {"type": "raw"},
            "plan": {"type": "raw"},
            "subtree_root_id": {"type": "str"},
            "expected_name": {"type": "raw"},
            "expected_version": {"type": "int"},
            "expected_internal_tag": {"type": "raw"},
            "internal_tag": {"type": "raw"},
            "protected_tenants": {
                "type": "raw",
                "fallback": (protection_fallback, ["ACRONIS_PROTECTED_TENANTS"]),
            },
            "unmatched_protection": {"type": "str", "choices": ["fail", "warn"], "default": "fail"},
            "delete_descendants": {"type": "bool", "default": False},
            "restore_deleted": {"type": "bool", "default": False},
            "impact": {"type": "bool", "default": False},
            "max_changes": {"type": "int"},
            "concurrency": {"type": "int", "default": 8},
            "continue_on_error": {"type": "bool", "default": False},
            "return_unchanged": {"type": "bool", "default": False},
        },
        mutually_exclusive=[SELECTORS],
        required_one_of=[SELECTORS],
        required_by={"tenant": "state", "customer_id": "state", "customer_ids": "state"},
        supports_check_mode=True,
    )
    run_module(
        module,
        lambda client: run(TenantApi(client), Request.from_params(module.params), module.check_mode),
        Report(),
        writes=not module.check_mode,
    )


if __name__ == "__main__":
    main()
