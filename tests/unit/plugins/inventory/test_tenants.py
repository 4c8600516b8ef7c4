# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader

from ansible_collections.community.acronis.plugins.inventory import tenants
from ansible_collections.community.acronis.plugins.module_utils._info import Query, ask
from ansible_collections.community.acronis.plugins.module_utils._tenants import PAGE_LIMIT
from ansible_collections.community.acronis.tests.simulator import seed
from ansible_collections.community.acronis.tests.unit.documentation import documentation_of
from ansible_collections.community.acronis.tests.unit.world import World

NAME = tenants.InventoryModule.NAME
COLD = ["POST idp", "GET clients", "GET tenants"]
ENVIRONMENT = {
    "ACRONIS_DATACENTER_URL": "https://simulator.test",
    "ACRONIS_CLIENT_ID": seed.CLIENT_ID,
    "ACRONIS_CLIENT_SECRET": seed.CLIENT_SECRET,
}


@pytest.fixture(scope="module", autouse=True)
def definitions() -> None:
    """What Ansible does when it loads a plugin."""
    options = documentation_of(tenants)["options"]
    constants.config.initialize_plugin_configuration_definitions("inventory", NAME, options)


@pytest.fixture(autouse=True)
def surroundings(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(tenants, "Client", world.client)
    monkeypatch.setattr(constants, "INVENTORY_ANY_UNPARSED_IS_FAILED", False)
    yield


class Source:
    """Inventory files, and what comes of them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.warnings: list[str] = []

    def read(self, inventory: InventoryData | None = None, refresh: bool = False, **options: Any) -> InventoryData:
        """Read a file with these options as Ansible does, into this inventory."""
        return self.read_text(yaml.safe_dump({"plugin": NAME, **options}), inventory, refresh)

    def read_text(self, text: str, inventory: InventoryData | None = None, refresh: bool = False) -> InventoryData:
        path = self.directory / "acronis.yml"
        path.write_text(text)
        plugin = tenants.InventoryModule()
        plugin._load_name, plugin._redirected_names = NAME, [NAME]
        assert plugin.verify_file(str(path))
        inventory = inventory or InventoryData()
        plugin.parse(inventory, DataLoader(), str(path), cache=not refresh)
        if hasattr(plugin, "_cache"):
            plugin.update_cache_if_changed()
        return inventory

    def cached(self, refresh: bool = False, **options: Any) -> InventoryData:
        """Read with a cache in files."""
        kept = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(self.directory / "cache")}
        return self.read(refresh=refresh, **kept, **options)

    @property
    def files(self) -> list[Path]:
        return sorted((self.directory / "cache").iterdir())


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    source = Source(tmp_path)
    monkeypatch.setattr(
        tenants.InventoryModule,
        "display",
        property(lambda self: Display(source), lambda self, value: None),
        raising=False,
    )
    return source


class Display:
    def __init__(self, source: Source) -> None:
        self.source = source

    def warning(self, text: str) -> None:
        self.source.warnings.append(text)

    def vvv(self, text: str) -> None:
        pass


def shown(inventory: InventoryData) -> str:
    """All of an inventory but the file it came from, in one text."""
    hosts = {name: {k: v for k, v in host.vars.items() if "_file" not in k} for name, host in inventory.hosts.items()}
    groups = {
        name: [[host.name for host in group.hosts], [child.name for child in group.child_groups]]
        for name, group in inventory.groups.items()
    }
    return json.dumps([hosts, groups])


def members(inventory: InventoryData, group: str) -> set[str]:
    return {host.vars["acronis_name"] for host in inventory.groups[group].get_hosts()}


def expected(world: World, **options: Any) -> dict[str, dict[str, Any]]:
    """The variables of each host, from what tenant_info returns."""
    defaults = {
        "subtree_root_id": None,
        "kind": None,
        "enabled": None,
        "direct_children_only": False,
        "include_deleted": False,
        "include_personal": False,
    }
    report = ask(world.api(), Query.from_params({**defaults, **options}))
    assert report.failure is None
    world.app.log.clear()
    return {entry["id"]: {f"acronis_{key}": value for key, value in entry.items()} for entry in report.tenants}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"kind": ["customer", "unit"]},
        {"kind": ["customer"], "enabled": False, "include_deleted": True},
        {"enabled": True, "include_personal": True},
        {"direct_children_only": True},
        {"subtree_root_id": seed.stable_id("Platform", "Northwind MSP", "Contoso Partner")},
    ],
)
def test_hosts_are_what_tenant_info_returns(world: World, source: Source, options: dict[str, Any]) -> None:
    wanted = expected(world, **options)
    inventory = source.read(**options)
    found = {name: {k: v for k, v in host.vars.items() if k in wanted[name]} for name, host in inventory.hosts.items()}
    assert wanted and found == wanted
    assert all(any(key == "acronis_path" for key in host) for host in found.values())


def test_a_listing_costs_one_request_a_page(world: World, source: Source) -> None:
    source.read()
    assert world.requests() == COLD
    world.app.log.clear()
    source.read(subtree_root_id=world.id("adventure"))
    assert world.requests() == ["POST idp", "GET tenants", "GET clients", "GET tenants"]
    listing, above = (entry["query"] for entry in world.app.log[1::2])
    assert listing["limit"] == str(PAGE_LIMIT) and above["include_relative_path"] == "true"


def test_groups(world: World, source: Source) -> None:
    inventory = source.read(include_deleted=True)
    assert members(inventory, "acronis_partner") == {"Contoso Partner", "Adventure Partner"}
    assert members(inventory, "acronis_disabled") == {"Dormant Dairy"}
    deleted = {name for name, host in inventory.hosts.items() if host.vars["acronis_deleted_at"] is not None}
    assert {host.name for host in inventory.groups["acronis_deleted"].get_hosts()} == deleted
    everybody = {host.vars["acronis_name"] for host in inventory.hosts.values()}
    assert members(inventory, "acronis") == everybody
    assert members(inventory, "acronis_enabled") == everybody - {"Dormant Dairy"} - members(
        inventory, "acronis_deleted"
    )
    kinds = [members(inventory, f"acronis_{kind}") for kind in ("partner", "folder", "customer", "unit")]
    assert set.union(*kinds) == everybody
    assert not [name for name in inventory.groups if name.startswith(tenants.TREE_PREFIX)]


def test_a_pattern_of_an_empty_group_is_known(source: Source) -> None:
    inventory = source.read(kind=["partner"])
    assert members(inventory, "acronis_folder") == members(inventory, "acronis_deleted") == set()


def test_the_tree_as_groups(world: World, source: Source) -> None:
    inventory = source.read(tree_groups=True, kind=["customer"])
    northwind, contoso, branches = (tenants.tree_group(world.id(key)) for key in ("northwind", "contoso", "branches"))
    assert members(inventory, northwind) == members(inventory, "acronis")
    assert members(inventory, branches) == {"Alpine Bakery", "Blue Ridge Law"}
    assert [group.name for group in inventory.groups[contoso].child_groups] == [branches]
    assert members(inventory, contoso) > members(inventory, branches)
    assert "Solo Software" not in members(inventory, contoso)
    assert tenants.tree_group(world.id("solo")) not in inventory.groups


def test_two_sources_make_one_tree(world: World, source: Source) -> None:
    inventory = source.read(tree_groups=True, subtree_root_id=world.id("contoso"))
    source.read(inventory, tree_groups=True)
    northwind, contoso = (tenants.tree_group(world.id(key)) for key in ("northwind", "contoso"))
    assert contoso in [group.name for group in inventory.groups[northwind].child_groups]
    assert members(inventory, northwind) == members(inventory, "acronis")


# -- the cache ---------------------------------------------------------------------------------------------------------
def test_a_warm_cache_needs_neither_request_nor_secret(
    world: World, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"tree_groups": True, "compose": {"title": "acronis_name | upper"}}
    cold = shown(source.cached(**options))
    assert world.requests() == COLD
    monkeypatch.delenv("ACRONIS_CLIENT_SECRET")
    assert shown(source.cached(**options)) == cold == shown(source.cached(**options, timeout=5))
    assert world.requests() == COLD
    assert source.warnings == [source.warnings[0]] * 3 and "children_hidden" in source.warnings[0]


@pytest.mark.parametrize(
    "other",
    [
        {"kind": ["customer"]},
        {"enabled": True},
        {"direct_children_only": True},
        {"include_deleted": True},
        {"include_personal": True},
        {"subtree_root_id": seed.stable_id("Platform", "Northwind MSP")},
        {"client_id": seed.CUSTOMER_CLIENT_ID, "client_secret": seed.CUSTOMER_CLIENT_SECRET},
        {"datacenter_url": "https://other.test"},
    ],
)
def test_what_is_kept_for_one_question_answers_no_other(world: World, source: Source, other: dict[str, Any]) -> None:
    source.cached()
    world.app.log.clear()
    inventory = source.cached(**other)
    assert world.requests() != []
    assert shown(inventory) == shown(source.read(**other))


def test_what_is_kept_for_one_token_is_not_shown_to_another(world: World, source: Source) -> None:
    source.cached(access_token=world.app.platform.issue_token(seed.CLIENT_ID, seed.CLIENT_SECRET).value)
    with pytest.raises(AnsibleError, match="access_token"):
        source.cached(access_token="another", subtree_root_id=world.id("northwind"))


def test_the_same_question_in_other_words(world: World, source: Source) -> None:
    source.cached()
    world.app.log.clear()
    source.cached(datacenter_url="https://simulator.test/api/2/", client_id=seed.CLIENT_ID.upper(), client_secret="x")
    assert world.requests() == []


def test_a_refresh_asks_again(world: World, source: Source) -> None:
    source.cached()
    world.app.platform.interfere(world.id("solo"), values={"name": "Renamed"})
    assert "Solo Software" in members(source.cached(), "acronis")
    assert "Renamed" in members(source.cached(refresh=True), "acronis")
    assert "Renamed" in members(source.cached(), "acronis")


def test_no_secret_is_kept(world: World, source: Source) -> None:
    source.cached()
    (file,) = source.files
    kept = file.read_text() + file.name
    assert "Solo Software" in kept
    for secret in (seed.CLIENT_SECRET, *world.app.platform.all_tokens):
        assert secret not in kept


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:200],
        lambda text: "null",
        lambda text: "[]",
        lambda text: text.replace("Solo Software", "Solo Softwear"),
    ],
)
def test_a_damaged_cache_is_no_cache(world: World, source: Source, damage: Callable[[str], str]) -> None:
    cold = shown(source.cached())
    (file,) = source.files
    file.write_text(damage(file.read_text()))
    world.app.log.clear()
    assert shown(source.cached()) == cold
    assert world.requests() == COLD
    assert shown(source.cached()) == cold
    assert world.requests() == COLD


def test_what_is_kept_is_checked() -> None:
    listing = {"tenants": [{"id": "a"}], "parents": {}, "warnings": []}
    kept = json.loads(json.dumps(tenants.sealed(listing), sort_keys=True))
    assert tenants.unsealed(kept) == listing
    for other in (None, [], "", {}, {"listing": listing}, {**kept, "listing": {**listing, "tenants": []}}):
        assert tenants.unsealed(other) is None


def test_memory_as_cache(world: World, source: Source) -> None:
    options = {"cache": True, "cache_plugin": "memory"}
    assert shown(source.read(**options)) == shown(source.read())


# -- hostile text ------------------------------------------------------------------------------------------------------
HOSTILE = {
    "solo": "{{ 7*7 }}",
    "hospital": "",
    "bakery": "__import__('os').system('id')",
    "law": "x\n{% set x = 1 %}",
    "harbor": "{{ lookup('pipe', 'id') }}",
    "harbour": "acronis_disabled",
}


def test_names_are_never_evaluated(world: World, source: Source) -> None:
    for key, name in HOSTILE.items():
        world.app.platform.interfere(world.id(key), values={"name": name})
    inventory = source.read_text(
        f"""
plugin: {NAME}
strict: true
compose:
  plain: acronis_name
  joined: "'-' ~ acronis_name"
  sum: 1 + 1
groups:
  long: acronis_name | length > 1000
  seven: acronis_name == 49
keyed_groups:
  - key: acronis_name
    prefix: name
    default_value: none
"""
    )
    for key, name in HOSTILE.items():
        host = inventory.hosts[world.id(key)]
        # A number is text up to ansible-core 2.18.
        assert (host.vars["plain"], host.vars["joined"], str(host.vars["sum"])) == (name, f"-{name}", "2")
    assert "long" not in inventory.groups and "seven" not in inventory.groups
    assert "name____7_7___" in inventory.groups and "name_49" not in inventory.groups
    assert members(inventory, "name_none") == {""}
    assert members(inventory, "acronis_disabled") == {"Dormant Dairy"}


def test_text_that_cannot_be_encoded(world: World, source: Source) -> None:
    world.app.platform.interfere(world.id("solo"), values={"name": "Solo \ud83d"})
    cold = source.cached()
    assert cold.hosts[world.id("solo")].vars["acronis_name"] == "Solo ?"
    assert shown(source.cached()) == shown(cold)


@pytest.mark.parametrize(
    "options",
    [
        {"keyed_groups": [{"key": "acronis_name"}], "leading_separator": False},
        {"groups": {"acronis_customer": "acronis_kind == 'partner'"}},
        {"groups": {"acronis_below_all": "true"}},
    ],
)
def test_nobody_gets_into_a_group_of_the_plugin(world: World, source: Source, options: dict[str, Any]) -> None:
    world.app.platform.interfere(world.id("solo"), values={"name": "acronis_disabled"})
    with pytest.raises(AnsibleError, match="which is a group of the plugin itself"):
        source.read(**options)


def test_a_kind_that_nobody_knows_makes_no_group() -> None:
    entry = {"kind": "enabled", "enabled": False, "deleted_at": None}
    assert list(tenants.groups_of(entry)) == ["acronis_disabled"]


# -- what goes wrong ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kinds": ["customer"]}, "unknown key 'kinds'. Did you mean 'kind'"),
        ({"kind": ["root"]}, "kind"),
        ({"enabled": "maybe"}, "enabled"),
        ({"subtree_root_id": "Contoso"}, "subtree_root_id: 'Contoso' is not a UUID"),
        ({"client_id": ""}, "client_id: it is empty"),
        ({"client_secret": "x "}, "client_secret: there is white space around it"),
        ({"datacenter_url": "http://simulator.test"}, "datacenter_url: http would send"),
        ({"timeout": 0}, "timeout: it must be at least 1"),
        ({"access_token": "x"}, "access_token"),
        ({"client_secret": "wrong"}, "does not accept client_id and client_secret"),
    ],
)
def test_what_is_refused(source: Source, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleError) as refused:
        source.read(**options)
    assert message in str(refused.value) and "\n" not in str(refused.value)
    assert constants.INVENTORY_ANY_UNPARSED_IS_FAILED


@pytest.mark.parametrize("variable", ENVIRONMENT)
@pytest.mark.parametrize("blank", [None, "", " \n"])
@pytest.mark.parametrize("read", [Source.read, Source.cached])
def test_a_missing_option_is_named_with_its_variable(
    world: World,
    source: Source,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    blank: str | None,
    read: Callable[..., InventoryData],
) -> None:
    monkeypatch.delenv(variable)
    if blank is not None:
        monkeypatch.setenv(variable, blank)
    with pytest.raises(AnsibleError, match=f"required; .* inventory file, or in the environment as {variable}"):
        read(source)
    assert world.requests() == []


def test_an_empty_variable_does_not_switch_off_certificates(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setenv("ACRONIS_VALIDATE_CERTS", "")
    monkeypatch.setattr(tenants, "Client", lambda settings, comment: seen.append(settings) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        source.read()
    assert [settings.validate_certs for settings in seen] == [True]


def test_options_can_be_templates(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACRONIS_CLIENT_SECRET")
    monkeypatch.setenv("ELSEWHERE", seed.CLIENT_SECRET)
    assert source.read(client_secret="{{ lookup('env', 'ELSEWHERE') }}").hosts


# With direct_children_only, the platform sends along what is above the root.
@pytest.mark.parametrize("direct_children_only", [False, True])
def test_an_empty_list_is_a_failure(world: World, source: Source, direct_children_only: bool) -> None:
    with pytest.raises(AnsibleError, match="the list is empty"):
        source.cached(subtree_root_id=world.id("solo"), direct_children_only=direct_children_only)
    assert constants.INVENTORY_ANY_UNPARSED_IS_FAILED
    assert source.files == []


def test_filters_that_accept_nothing_are_a_warning(world: World, source: Source) -> None:
    for _cold_and_warm in range(2):
        inventory = source.cached(subtree_root_id=world.id("adventure"), kind=["folder"])
        assert inventory.hosts == {}
    assert [text.partition(",")[0] for text in source.warnings] == ["there are tenants"] * 2
    assert not constants.INVENTORY_ANY_UNPARSED_IS_FAILED


def test_a_failing_listing_is_a_failure(world: World, source: Source) -> None:
    world.app.faults.add(**{"path": "^/tenants$", "status": 403, "times": -1})
    with pytest.raises(AnsibleError, match="403"):
        source.cached()
    assert source.files == []


def test_a_repeated_request_is_told_but_not_kept(world: World, source: Source) -> None:
    world.app.faults.add(**{"path": "^/tenants$", "status": 503, "times": 3, "headers": {"Retry-After": "20"}})
    source.cached()
    source.cached()
    assert [text for text in source.warnings if "children_hidden" not in text] == source.warnings[:1]
    assert len(source.warnings) == 3


def test_an_error_of_our_own_is_told(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenants.TenantApi, "subtree", lambda *_arguments, **_options: 1 / 0)
    with pytest.raises(AnsibleError, match="ZeroDivisionError"):
        source.read()


def test_without_requests(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenants, "REQUESTS_IMPORT_ERROR", "no module named requests")
    with pytest.raises(AnsibleError, match="requests"):
        source.read()


def test_what_the_user_has_set_about_failing_sources_counts(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED", "false")
    with pytest.raises(AnsibleError):
        source.read(client_secret="wrong")
    assert not constants.INVENTORY_ANY_UNPARSED_IS_FAILED


@pytest.mark.parametrize(
    ("name", "accepted"),
    [("acronis.yml", True), ("x.acronis.yaml", True), ("acronis.json", False), ("tenants.yml", False)],
)
def test_files_are_chosen_by_their_names(tmp_path: Path, name: str, accepted: bool) -> None:
    (tmp_path / name).write_text("")
    assert tenants.InventoryModule().verify_file(str(tmp_path / name)) is accepted
    assert tenants.InventoryModule().verify_file(str(tmp_path / "other" / name)) is False


def test_example(world: World, source: Source) -> None:
    text = tenants.EXAMPLES
    places = {
        "1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b": world.id("contoso"),
        "~/.cache/acronis": str(source.directory / "cache"),
        # Nothing here knows collections by their names.
        "ansible.builtin.jsonfile": "jsonfile",
    }
    for place, here in places.items():
        text = text.replace(place, here)
    inventory = source.read_text(text)
    assert inventory.hosts
    nested = {tenants.tree_group(world.id(key)) for key in ("contoso", "branches")}
    own = {"trials", "without_number", "pricing_production", "pricing_trial"}
    assert {name for name in inventory.groups if name not in tenants.OWN_GROUPS} - {"all", "ungrouped"} == nested | own
    # Only the first option is needed.
    plain = source.read_text(f"plugin: {yaml.safe_load(text)['plugin']}")
    assert plain.hosts
    assert set(plain.groups) - set(tenants.OWN_GROUPS) == {"all", "ungrouped"}
