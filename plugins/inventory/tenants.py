# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tenants of Acronis Cyber Protect Cloud as hosts of an inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: tenants
short_description: Tenants of Acronis Cyber Protect Cloud as an inventory
version_added: 0.1.0
author:
  - community.acronis contributors (!UNKNOWN)
description:
  - Lists all descendants of a tenant as hosts, so that groups and C(--limit) choose tenants. Changes nothing.
  - A host is named after the tenant's UUID. Each value RV(community.acronis.tenant_info#module:tenants[]) of
    M(community.acronis.tenant_info) is a variable of the host with the prefix C(acronis_), such as C(acronis_name).
  - The group C(acronis) has all tenants, C(acronis_partner), C(acronis_folder), C(acronis_customer) and
    C(acronis_unit) those of a kind, C(acronis_enabled) and C(acronis_disabled) those that are enabled or disabled. A
    deleted tenant is in C(acronis_deleted) instead.
  - The name of the inventory file must end in C(acronis.yml) or C(acronis.yaml).
extends_documentation_fragment:
  - community.acronis.auth
  - community.acronis.listing
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - The name of this plugin.
    type: str
    required: true
    choices:
      - community.acronis.tenants
  tree_groups:
    description:
      - Also add a group for each tenant that has listed tenants below it, nested as the tenants are. The name is
        C(acronis_below_) and the UUID with C(_) in place of C(-).
    type: bool
    default: false
notes:
  - If a source fails, the run ends with an error. Ansible alone would only warn, and the run would end without an error
    and without tenants. If C(any_unparsed_is_failed) is set in the configuration of Ansible, that setting applies.
  - An empty list is a failure. If there are tenants but the filters accept none, the plugin only warns.
  - A listing costs one request for each 5,000 tenants, one for the token, one for the API client's own tenant
    and, with O(subtree_root_id), one for what is above it.
  - With O(cache=true) and a list in the cache, the plugin sends no request and needs no O(client_secret). The cache
    holds names and IDs of tenants and no secrets. A list is found again only with the same O(datacenter_url),
    O(client_id), O(access_token), O(subtree_root_id) and filters, and with the same version of this collection.
  - The text of tenants is never evaluated as a template. Customers can choose it, so give O(keyed_groups[].prefix) to
    groups that are named after it. The plugin fails if O(groups) or O(keyed_groups) add a tenant to one of the plugin's
    own groups.
  - O(datacenter_url), O(client_id), O(client_secret), O(access_token), O(ca_path) and O(subtree_root_id) can be
    templates.
  - Tenants cannot be connected to. Run tasks on C(localhost), as the examples do.
seealso:
  - module: community.acronis.tenant_info
  - module: community.acronis.tenant_state
"""

EXAMPLES = r"""
# The credentials come from the environment: ACRONIS_DATACENTER_URL, ACRONIS_CLIENT_ID and ACRONIS_CLIENT_SECRET.

# acronis.yml. Only the first option is needed. Without the others, it lists all tenants below the API client's own.
plugin: community.acronis.tenants

# The customers of one partner, with groups for its sub-partners and folders.
subtree_root_id: 1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b
kind: [customer]
tree_groups: true

# Variables and groups of your own.
strict: true
compose:
  billing_number: acronis_customer_id | default('unknown', true)
groups:
  trials: acronis_pricing_mode == 'trial'
  without_number: not acronis_customer_id
keyed_groups:
  - key: acronis_pricing_mode
    prefix: pricing
    default_value: unknown

# No request is sent while the cache is valid.
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/acronis
cache_timeout: 900
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.release import __version__

from ansible_collections.community.acronis.plugins.module_utils._auth import AUTH_OPTIONS, Settings, identify
from ansible_collections.community.acronis.plugins.module_utils._client import VERSION, Client
from ansible_collections.community.acronis.plugins.module_utils._errors import AcronisError, InputError
from ansible_collections.community.acronis.plugins.module_utils._http import REQUESTS_IMPORT_ERROR
from ansible_collections.community.acronis.plugins.module_utils._impact import KINDS
from ansible_collections.community.acronis.plugins.module_utils._info import LISTING_OPTIONS, Query, ask
from ansible_collections.community.acronis.plugins.module_utils._lookup import search_root
from ansible_collections.community.acronis.plugins.module_utils._module import encodable
from ansible_collections.community.acronis.plugins.module_utils._tenants import TenantApi
from ansible_collections.community.acronis.plugins.module_utils._text import check_keys
from ansible_collections.community.acronis.plugins.module_utils._throttle import slowness

try:
    # Text is data since ansible-core 2.19, unless it is marked as trusted.
    from ansible.template import trust_as_template as _trust_as_template  # noqa: F401
except ImportError:
    from ansible.utils.unsafe_proxy import wrap_var as inert
else:

    def inert(value: Any) -> Any:
        """Return the value so that Ansible never takes text in it for a template."""
        return value


OPTIONS: Mapping[str, Mapping[str, Any]] = {
    **AUTH_OPTIONS,
    **LISTING_OPTIONS,
    "tree_groups": {"type": "bool", "default": False},
}

ALL_GROUP = "acronis"
STATE_GROUPS = ("acronis_enabled", "acronis_disabled", "acronis_deleted")
KIND_GROUPS = {kind: f"acronis_{kind}" for kind in KINDS}
TREE_PREFIX = "acronis_below_"
OWN_GROUPS = frozenset({ALL_GROUP, *STATE_GROUPS, *KIND_GROUPS.values()})


def groups_of(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the groups of a tenant, as tenant_info returns it, without those of the tree.

    A kind that is not known has no group: its text is the platform's.
    """
    enabled, disabled, deleted = STATE_GROUPS
    yield deleted if entry["deleted_at"] is not None else enabled if entry["enabled"] else disabled
    if entry["kind"] in KIND_GROUPS:
        yield KIND_GROUPS[entry["kind"]]


def tree_group(tenant_id: str) -> str:
    """Return the name of the group of the tenants below a tenant."""
    return TREE_PREFIX + tenant_id.replace("-", "_")


def sealed(listing: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept in a cache: the listing with a digest, so that a damaged one is not taken for a listing."""
    return {"listing": listing, "digest": digest(listing)}


def unsealed(kept: Any) -> dict[str, Any] | None:
    """Return the listing that was kept, or None if it is damaged."""
    if not isinstance(kept, Mapping) or not isinstance(kept.get("listing"), dict):
        return None
    listing: dict[str, Any] = kept["listing"]
    return listing if kept.get("digest") == digest(listing) else None


def digest(value: Any) -> str:
    """Return a digest of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """The inventory plugin. A listing is `{tenants, parents, warnings}`: parents has the parent of each listed tenant
    and of each tenant above one, up to the root of the listing.
    """

    NAME = "community.acronis.tenants"

    def verify_file(self, path: str) -> bool:
        """Whether the file is one for this plugin, by its name."""
        return bool(super().verify_file(path)) and path.endswith(("acronis.yml", "acronis.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the tenants to the inventory. Raises AnsibleError, and sees to it that Ansible does not go on then.

        cache: whether a listing in the cache may be used.
        """
        super().parse(inventory, loader, path, cache)
        try:
            params = self._params(self._read_config_data(path))
            self._add(self._listing(params, cache), params["tree_groups"])
        except AcronisError as error:
            _end_run()
            raise AnsibleParserError(encodable(error.message)) from None
        except AnsibleError:
            _end_run()
            raise

    def _params(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options as a module would get them, from the file and the environment. Raises InputError."""
        check_keys(config, self.option_definitions, "inventory file")
        given = {name: self._filled_in(config[name]) for name in OPTIONS if config.get(name) is not None}
        checked = ArgumentSpecValidator(OPTIONS).validate(given)
        if checked.error_messages:
            raise InputError(" ".join(checked.error_messages))
        params: dict[str, Any] = checked.validated_parameters
        return params

    def _filled_in(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.templar.template(value)
        # What is none of YAML's types is an encrypted text.
        return value if isinstance(value, (bool, int, float, list, dict)) else str(value)

    def _listing(self, params: Mapping[str, Any], cache: bool) -> dict[str, Any]:
        query = Query.from_params(params)
        if not self.get_option("cache"):
            return self._fetch(params, query)
        key = f"{self.NAME}_{digest([VERSION, identify(params), asdict(query)])}"
        listing = self._kept(key) if cache else None
        if listing is None:
            listing = self._fetch(params, query)
            self._cache[key] = sealed(listing)
        return listing

    def _kept(self, key: str) -> dict[str, Any] | None:
        try:
            return unsealed(self._cache[key])
        except Exception:  # there is none, or whatever a cache plugin raises over one that is damaged
            return None

    def _fetch(self, params: Mapping[str, Any], query: Query) -> dict[str, Any]:
        """Return the listing from the platform. Raises AnsibleError and AcronisError."""
        if REQUESTS_IMPORT_ERROR is not None:
            raise AnsibleParserError(missing_required_lib("requests"))
        comment = f"(ansible-core {__version__}; {self.NAME})"
        api = TenantApi(Client(Settings.from_params(params), comment=comment))
        report = ask(api, query)
        passing = slowness(api.retries)
        for text in passing:
            self.display.warning(encodable(text))
        if report.trace is not None:
            self.display.vvv(encodable(report.trace))
        if report.failure is not None:
            raise AcronisError(report.failure)
        lasting = [text for text in report.warnings if text not in passing]
        if not report.tree.below(query.root_id or search_root(api)):
            raise AcronisError(
                " ".join(["the list is empty, there are no tenants below this one: check subtree_root_id.", *lasting])
            )
        # What is above the root of the listing is known, but no part of it.
        chains = (report.tree.chain(entry["id"])[: len(entry["path"])] for entry in report.tenants)
        parents = {tenant.id: tenant.parent_id for chain in chains for tenant in chain[:-1]}
        listing: dict[str, Any] = encodable({"tenants": report.tenants, "parents": parents, "warnings": lasting})
        return listing

    def _add(self, listing: Mapping[str, Any], tree_groups: bool) -> None:
        for text in listing["warnings"]:
            self.display.warning(text)
        if not listing["tenants"]:
            self.display.warning(
                "there are tenants, but the filters (kind, enabled, include_deleted, include_personal) accept none of "
                "them, so that the inventory has no hosts."
            )
        for group in sorted(OWN_GROUPS):
            self.inventory.add_group(group)
        for group in STATE_GROUPS:
            self.inventory.add_child(ALL_GROUP, group)
        for entry in listing["tenants"]:
            self.inventory.add_host(entry["id"])
            for group in groups_of(entry):
                self.inventory.add_child(group, entry["id"])
        if tree_groups:
            self._add_tree(listing)
        for entry in listing["tenants"]:
            # A cache need not keep the order.
            self._construct(entry["id"], {f"acronis_{name}": inert(entry[name]) for name in sorted(entry)})

    def _add_tree(self, listing: Mapping[str, Any]) -> None:
        parents = listing["parents"]
        nested: set[str] = set()
        for entry in listing["tenants"]:
            tenant_id = member = entry["id"]
            while tenant_id in parents and member not in nested:
                nested.add(member)
                tenant_id = parents[tenant_id]
                group = tree_group(tenant_id)
                self.inventory.add_group(group)
                self.inventory.add_child(group, member)
                member = group

    def _construct(self, host: str, variables: dict[str, Any]) -> None:
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        before = self._groups_with(host)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)
        taken = sorted(self._groups_with(host) - before)
        if taken:
            raise InputError(
                f"groups, keyed_groups: they add the tenant {host} to {', '.join(taken)}, which is a group of the "
                "plugin itself; give them another name or a prefix."
            )

    def _groups_with(self, host: str) -> set[str]:
        """Return the groups of this plugin that the host is in."""
        names = {group.name for group in self.inventory.get_host(host).get_groups()}
        return {name for name in names if name in OWN_GROUPS or name.startswith(TREE_PREFIX)}


def _end_run() -> None:
    """Have Ansible fail. It goes on without a source that has failed, and a run that finds no hosts ends green.

    What the user has set counts.
    """
    _value, origin = constants.config.get_config_value_and_origin("INVENTORY_ANY_UNPARSED_IS_FAILED")
    if origin == "default":
        constants.INVENTORY_ANY_UNPARSED_IS_FAILED = True
