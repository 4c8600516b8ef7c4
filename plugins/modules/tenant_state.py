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
  - Suspends a partner or customer tenant that does not pay (O(state=disabled)), reactivates one that does
    (O(state=enabled)), and terminates one whose contract has ended (O(state=absent)).
  - A I(tenant) is an account in a tree. A partner has customers and other partners below it, a customer has units.
    Whatever happens to a tenant also reaches everything below it.
  - While a tenant is disabled, nobody in it and in its sub-tenants can use the services, and their API clients stop
    working. The data is kept, and B(usage goes on being billed).
  - B(A deletion takes along every sub-tenant, user and backup.) The platform keeps a deleted tenant for 30 days,
    in which O(restore_deleted) or the management portal can bring most of it back; after that it is gone for good.
    Until it is deleted, a tenant is billed, disabled or not.
  - Takes one tenant, or a list of thousands (O(tenants)), which it reads in batches and changes several at a time.
  - The module reads the tenants first, makes the plan for all of them, and then writes only what differs. The
    platform gives every tenant a version that grows with each change; every write carries the version that was read,
    so that it cannot overwrite what another administrator has done meanwhile. When that happens the module reads
    again, checks everything again, and only then goes on.
extends_documentation_fragment:
  - community.acronis.auth
  - community.acronis.attributes
attributes:
  check_mode:
    support: full
    details:
      - Sends no request that changes anything. Reports the very actions that a real run would carry out.
      - What only the platform knows shows in a real run alone, for example that a tenant cannot be enabled below a
        disabled parent.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - The state that the tenant should be in.
      - Required, unless each entry of O(tenants) brings its own.
      - V(enabled) reactivates it, V(disabled) suspends it.
      - V(absent) deletes it, and disables it first if need be, because the platform deletes disabled tenants only.
        It can be run again at any point. A tenant that is already deleted is left alone.
    type: str
    choices:
      - enabled
      - disabled
      - absent
  tenant:
    description:
      - The tenant, by its UUID or by its exact name (in the same case).
      - A name that matches several tenants is refused, with their IDs and paths. A name that matches none is an
        error, but for O(state=absent) it counts as unchanged, with a warning.
      - Exactly one of O(tenant), O(customer_id) and O(tenants) is required.
    type: str
  customer_id:
    description:
      - The tenant, by its external ID. This is the field C(customer_id) of the platform, where a provider keeps the
        number that the customer has in the provider's own books. It is compared exactly.
    type: str
  tenants:
    description:
      - Several tenants. An empty list is nothing to do.
      - Each entry is a UUID, an exact name, or a mapping with one of C(tenant) and C(customer_id), and as needed
        C(state), C(expected_name) and C(expected_version), which mean the same as the options of these names.
      - An entry may also be one of RV(results) of an earlier run, in check mode or not. Then it is taken as a plan
        that was looked at. It is applied only to the tenant with the very ID, name and version that it carries, and
        refused if that was changed since. Without any O(state), the state is what the entry shows at its end;
        an entry that failed or was skipped needs one.
      - An entry may also be one that M(community.acronis.tenant_info) has returned, and is pinned in the same way.
      - Write a list. Ansible splits a text at its commas, and names may have commas.
      - Naming a tenant twice, by whatever spelling, is an error. So is wanting a tenant enabled or disabled below one
        that is wanted absent, or enabled below one that is wanted disabled.
      - The whole plan is made before anything is changed. If a tenant is refused then, nothing at all is changed
        unless O(continue_on_error=true).
      - A tenant that is wanted absent together with one above it is deleted along with that one, and its result says so
        (RV(results[].along_with)). Just before, it is looked at again; nothing is deleted any more when others have
        renamed or moved it, or have moved another tenant of the task below the one to be deleted.
      - IDs are read a hundred with each request. Several names or external IDs cost one listing of what is below
        O(subtree_root_id).
    type: list
    elements: raw
  subtree_root_id:
    description:
      - UUID of the tenant below which the tenant must lie. Names and external IDs are looked up there, and a tenant
        found by its UUID is refused when it lies outside.
      - If not set, it is all that the API client can reach, which is its own tenant and everything below it.
      - Required to look up a name with O(access_token) alone.
    type: str
  expected_name:
    description:
      - Refuse the tenant unless this is its name. A second pair of eyes for a UUID.
    type: str
  expected_version:
    description:
      - Refuse to change the tenant unless this is its version, that is, unless nobody has changed it since that
        version was read.
      - A tenant that is already in the wanted state is left alone whatever its version.
    type: int
  protected_tenants:
    description:
      - Tenants that must not be disabled or deleted, each given by UUID, name or external ID. A tenant with one of them
        below it is refused as well.
      - Meant for C(group_vars) and C(module_defaults), where it guards every task.
      - Case and blanks around an entry do not matter here. An entry that matches several tenants protects them all,
        and one that was deleted still protects what is above it.
      - An entry that matches no tenant brings a warning when something is to be changed, and stands against the change
        when a part of what is below the tenant hides itself, so that the protected tenant may be there.
      - If not set, the environment variable E(ACRONIS_PROTECTED_TENANTS) is used, a comma-separated list.
    type: list
    elements: str
  delete_descendants:
    description:
      - Whether O(state=absent) may delete a tenant that has sub-tenants, and these with it.
      - The personal tenants that the platform makes for users are not counted as sub-tenants.
      - A tenant that hides what is below it from the administrators above (self-service mode) counts as one that has
        sub-tenants.
    type: bool
    default: false
  restore_deleted:
    description:
      - Whether O(state=enabled) and O(state=disabled) restore a tenant that was deleted, while its recovery period of
        30 days lasts. Otherwise a deleted tenant is an error that says when it was deleted.
      - What comes back with it, sub-tenants and users, is up to the platform. It refuses when another tenant has taken
        the name.
      - The vendor does not say whether a restored tenant is enabled. Check mode foresees that it is disabled; a real
        run looks, and then does what is needed. If the platform is still at it, that is waited for, up to
        O(retry_timeout) seconds.
      - Several deleted tenants of the same name are refused; name the one that is meant by its UUID.
    type: bool
    default: false
  impact:
    description:
      - Whether to find out, before anything is changed, what each change reaches (RV(results[].impact)). Also in check
        mode.
      - Costs one listing of users for each tenant that changes, and one of tenants if it has sub-tenants. Tenants below
        each other share them.
    type: bool
    default: false
  max_changes:
    description:
      - Fail before the first change if the plan holds more changes than this, and in check mode, too. A brake for lists
        that are made by other programs.
      - What the platform itself changes below a tenant is not counted, nor what has to be put right because of that.
    type: int
  concurrency:
    description:
      - How many tenants of O(tenants) are worked on at the same time, from 1 to 32.
      - When the platform asks for a rest (HTTP 429, or 503 with C(Retry-After)), all of them keep it.
    type: int
    default: 8
  continue_on_error:
    description:
      - What to do about the others when one of O(tenants) fails.
      - If V(false), no other tenant is begun. Those that are being changed at that moment are brought to an end, the
        rest is reported as skipped.
      - If V(true), all others are changed, except that nothing is deleted that has a refused tenant of the task below
        it, or may have one that could not be found.
    type: bool
    default: false
  return_unchanged:
    description:
      - Whether RV(results) lists the tenants of O(tenants) that were already as wanted, too.
      - If V(false), they are only counted in RV(summary).
    type: bool
    default: false
notes:
  - The API client's own tenant is always refused for O(state=disabled) and O(state=absent). The client lives in it,
    and would stop working at once.
  - A tenant that is locked by another tenant is refused; no option of this module lifts a lock.
  - When the module is told to end (SIGTERM, SIGINT), it settles the writes that it is at, begins no other, and reports
    what was done.
  - When the run ends first, the module notices within a second, settles the writes that it is at, and begins no other.
    This is so when a job is cancelled in AWX, when C(ansible-playbook) is interrupted or killed, and when the task
    keyword C(timeout) runs out. The report reaches nobody then. Run the task in check mode to see what is left, and
    again to go on. The module can see this on the host of C(ansible-playbook), under Linux. On other hosts and systems
    it may go on to the end.
  - With C(async) the module outlasts the run. Ansible kills a task that exceeds C(async), and then no module can
    report; give a long list enough time, and run it again to go on.
  - A result takes about 350 bytes for each tenant that was changed. RV(results[].kind) and RV(results[].parent_id) are
    left out when there are more than 1,000 entries.
    AWX does not keep what a task returns beyond its setting C(MAX_EVENT_RES_DATA) (700,000 bytes by default), which is
    reached with about 2,000 changed tenants in one task. The play itself has all of them. To see them in AWX,
    use several tasks with a part of the list each.
  - Ansible shows the task keyword C(environment) in its output at high verbosity. Give secrets as options from a
    vault, or in the environment that Ansible itself is started in, not by that keyword.
seealso:
  - module: community.acronis.tenant_info
  - name: Suspending, reactivating and terminating tenants
    description: The procedure of the vendor that this module carries out.
    link: https://developer.acronis.com/doc/outbound/apis/api-library/account/tutorials/suspension-reactivation-termination.html
"""

EXAMPLES = r"""
- name: Suspend a customer that has not paid
  community.acronis.tenant_state:
    datacenter_url: https://eu2-cloud.acronis.com
    client_id: 5fc16407-b082-4bc3-a2df-6e738291a0bf
    client_secret: "{{ vault_acronis_client_secret }}"
    tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    state: disabled

# The other examples take the credentials from the environment: ACRONIS_DATACENTER_URL, ACRONIS_CLIENT_ID and
# ACRONIS_CLIENT_SECRET.

- name: Reactivate it by the number that it has in our books
  community.acronis.tenant_state:
    customer_id: C-10442
    state: enabled

- name: See what a termination would do (add --diff to the command line for a readable view)
  community.acronis.tenant_state:
    tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    expected_name: Fabrikam Dental
    impact: true
    state: absent
  check_mode: true
  register: plan

- name: Terminate it, if it is still the one we looked at
  community.acronis.tenant_state:
    tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    expected_name: Fabrikam Dental
    expected_version: "{{ plan.results[0].before.version }}"
    state: absent

- name: Suspend a partner by name, with some tenants out of bounds
  community.acronis.tenant_state:
    tenant: Contoso Partner
    subtree_root_id: 1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b
    protected_tenants:
      - Hospital
      - 7fe38629-d2a4-4de5-84f1-8095a41bc2d1
    state: disabled

- name: Bring back a customer that was terminated by mistake
  community.acronis.tenant_state:
    tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    restore_deleted: true
    state: enabled

- name: Suspend all that have not paid, but not more than 50
  community.acronis.tenant_state:
    tenants: "{{ unpaid }}" # UUIDs or names
    max_changes: 50
    state: disabled

- name: Different things to different tenants, each under its name
  community.acronis.tenant_state:
    tenants:
      - tenant: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
        expected_name: Fabrikam Dental
        state: enabled
      - customer_id: C-10443
        expected_name: Woodgrove Law
        state: absent
    continue_on_error: true

- name: Plan
  community.acronis.tenant_state:
    tenants: "{{ unpaid }}"
    state: disabled
  check_mode: true
  register: plan

- name: Apply the plan, and nothing else
  community.acronis.tenant_state:
    tenants: "{{ plan.results }}"
    state: disabled

- name: Terminate a partner together with all its customers
  community.acronis.tenant_state:
    tenant: 9b1f4a30-2c5d-4e6f-8a7b-0c1d2e3f4a5b
    expected_name: Contoso Partner
    delete_descendants: true
    state: absent
"""

RETURN = r"""
results:
  description:
    - What was done to each tenant, or in check mode would be done, in the order of the task. Returned on failure too.
    - With O(tenants), those that were already as wanted are left out unless O(return_unchanged=true).
    - Empty when the options were refused before the first request.
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
      description: UUID of the tenant; null when no tenant was found by the name or external ID.
      returned: always
      type: str
      sample: 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
    name:
      description: Name of the tenant; null when it is not known.
      returned: always
      type: str
      sample: Fabrikam Dental
    kind:
      description: Kind of the tenant, one of V(root), V(partner), V(folder), V(customer) and V(unit); null when it is
        not known.
      returned: unless there are more than 1,000 entries
      type: str
      sample: customer
    parent_id:
      description: UUID of the tenant above; null when it is not known.
      returned: unless there are more than 1,000 entries
      type: str
      sample: 1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b
    changed:
      description: Whether this tenant was changed. A write whose outcome could not be found out counts as a change.
      returned: always
      type: bool
      sample: true
    actions:
      description: What was carried out, in order, out of V(restore), V(enable), V(disable) and V(delete).
      returned: always
      type: list
      elements: str
      sample: [disable, delete]
    before:
      description: The tenant as it was read first. All null when it could not be read.
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
        enabled:
          description: The flag of the platform.
          returned: always
          type: bool
          sample: false
        version:
          description: Version of the tenant; null where a write sets it and does not tell it, and so in check mode.
          returned: always
          type: int
          sample: 17
      sample: {state: enabled, enabled: true, version: 16}
    after:
      description:
        - The tenant as it was seen last; in check mode, what is predicted. The platform confirms a deletion without
          showing the tenant, so then it is what the confirmation means.
        - All null when a write was sent and its outcome could not be found out.
      returned: always
      type: dict
      contains: *view
      sample: {state: deleted, enabled: false, version: null}
    impact:
      description: What the change reaches below the tenant, itself not counted.
      returned: when O(impact=true) and the tenant changes, unless it is restored
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
          description: API clients in the tenant and below, which will stop working; null when the platform does not
            tell.
          returned: always
          type: int
          sample: null
        complete:
          description: V(false) when the platform hides a part of what is below. Then the numbers are lower bounds.
          returned: always
          type: bool
          sample: true
    along_with:
      description:
        - UUID of the tenant above, in the same task, whose change brought this one about. A tenant that is wanted
          absent together with one above it is not deleted by a request of its own; then RV(results[].actions) is empty.
      returned: when another tenant's change changed this one
      type: str
      sample: 1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b
    skipped:
      description: The tenant was not tried, because another one failed before, or the whole task was refused or told
        to stop.
      returned: when it would have been changed and was not tried
      type: bool
      sample: true
    error:
      description: Why the tenant is not in the wanted state.
      returned: when this tenant failed
      type: dict
      contains:
        message:
          description: The reason in plain words, and what to do about it.
          returned: always
          type: str
          sample: "it is protected (protected_tenants: 'Hospital')."
        code:
          description: Error code of the platform, an integer or a word; null when the platform did not give one.
          returned: always
          type: raw
          sample: 1012
        status:
          description: HTTP status of the answer; null when there was none.
          returned: always
          type: int
          sample: 403
        method:
          description: HTTP method of the request that failed; null when no request did.
          returned: always
          type: str
          sample: PUT
        path:
          description: Path of the request that failed, below C(/api/2); null when no request did.
          returned: always
          type: str
          sample: /tenants/0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a
        retryable:
          description: Whether the same request may succeed later.
          returned: always
          type: bool
          sample: false
retries:
  description: Each request that was repeated, with the error before it and the seconds waited.
  returned: when requests were repeated and the verbosity is 3 or more (C(-vvv))
  type: list
  elements: dict
  contains:
    message:
      description: Why the request was repeated.
      returned: always
      type: str
      sample: HTTP 503. The platform has trouble; run the task again later.
    code:
      description: Error code of the platform; null when it did not give one.
      returned: always
      type: raw
      sample: 503
    status:
      description: HTTP status of the answer; null when there was none.
      returned: always
      type: int
      sample: 503
    method:
      description: HTTP method of the request.
      returned: always
      type: str
      sample: GET
    path:
      description: Path of the request, below C(/api/2).
      returned: always
      type: str
      sample: /tenants
    retryable:
      description: Always true here.
      returned: always
      type: bool
      sample: true
    seconds:
      description: Seconds waited before the request was repeated.
      returned: always
      type: float
      sample: 1.874
summary:
  description: How many tenants ended in which way. The other numbers add up to RV(summary.requested).
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
      description: Tenants that were already as wanted.
      returned: always
      type: int
      sample: 0
    not_found:
      description: Tenants that were wanted absent and of which the platform knows nothing.
      returned: always
      type: int
      sample: 0
    failed:
      description: Tenants that are not as wanted.
      returned: always
      type: int
      sample: 0
    skipped:
      description: Tenants that would have been changed and were not tried.
      returned: always
      type: int
      sample: 0
"""

from ansible.module_utils.basic import AnsibleModule, env_fallback

from ansible_collections.community.acronis.plugins.module_utils._python import refuse_old_python


def main() -> None:
    """Run the module."""
    refuse_old_python()
    # Not before: an older Python cannot parse these.
    from ansible_collections.community.acronis.plugins.module_utils._auth import AUTH_OPTIONS
    from ansible_collections.community.acronis.plugins.module_utils._bulk import run
    from ansible_collections.community.acronis.plugins.module_utils._lifecycle import STATES
    from ansible_collections.community.acronis.plugins.module_utils._module import run_module
    from ansible_collections.community.acronis.plugins.module_utils._results import Report
    from ansible_collections.community.acronis.plugins.module_utils._wishes import Request

    module = AnsibleModule(
        argument_spec={
            **AUTH_OPTIONS,
            "state": {"type": "str", "choices": list(STATES)},
            "tenant": {"type": "str"},
            "customer_id": {"type": "str"},
            "tenants": {"type": "list", "elements": "raw"},
            "subtree_root_id": {"type": "str"},
            "expected_name": {"type": "str"},
            "expected_version": {"type": "int"},
            "protected_tenants": {
                "type": "list",
                "elements": "str",
                "fallback": (env_fallback, ["ACRONIS_PROTECTED_TENANTS"]),
            },
            "delete_descendants": {"type": "bool", "default": False},
            "restore_deleted": {"type": "bool", "default": False},
            "impact": {"type": "bool", "default": False},
            "max_changes": {"type": "int"},
            "concurrency": {"type": "int", "default": 8},
            "continue_on_error": {"type": "bool", "default": False},
            "return_unchanged": {"type": "bool", "default": False},
        },
        mutually_exclusive=[
            ("tenant", "customer_id", "tenants"),
            ("tenants", "expected_name"),
            ("tenants", "expected_version"),
        ],
        required_one_of=[("tenant", "customer_id", "tenants")],
        required_by={"tenant": "state", "customer_id": "state"},
        supports_check_mode=True,
    )
    run_module(
        module,
        lambda api: run(api, Request.from_params(module.params), module.check_mode),
        Report(),
        writes=not module.check_mode,
    )


if __name__ == "__main__":
    main()
