# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of each plugin, of whatever kind, are documented as it takes them, with their environment variables."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

PLUGINS = Path(__file__).parents[3] / "plugins"
PACKAGE = "ansible_collections.community.acronis.plugins"
FRAGMENTS = {"community.acronis": f"{PACKAGE}.doc_fragments", "ansible.builtin": "ansible.plugins.doc_fragments"}
# What plugins are made of.
PARTS = {"doc_fragments", "module_utils", "plugin_utils"}

Options = Mapping[str, Mapping[str, Any]]


class SpecSeenError(Exception):
    """Carries what a module gave to AnsibleModule."""


def spec_of_module(name: str, plugin: Any) -> Options:
    """The argument spec."""

    def stop(**options: Any) -> None:
        raise SpecSeenError(options["argument_spec"])

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SpecSeenError) as seen:
        patch.setattr(plugin, "AnsibleModule", stop)
        plugin.main()
    spec: Options = seen.value.args[0]
    return spec


def spec_of_inventory(name: str, plugin: Any) -> Options:
    """The options by which the plugin checks its file, and the one by which Ansible finds the plugin."""
    names = [f"community.acronis.{name}"]
    return {**plugin.OPTIONS, "plugin": {"type": "str", "required": True, "choices": names}}


def spec_of_filter(name: str, plugin: Any) -> Options:
    """The parameters of the function. Types are not compared, as those of a function are other ones."""
    first, *others = inspect.signature(plugin.FilterModule().filters()[name]).parameters.values()
    assert first.default is first.empty
    spec: dict[str, dict[str, Any]] = {"_input": {"required": True}}
    for one in others:
        required = one.default is one.empty
        default = list(one.default) if isinstance(one.default, tuple) else one.default
        spec[one.name] = {"required": True} if required else {"default": default}
    return spec


SPECS: Mapping[str, Callable[[str, Any], Options]] = {
    "modules": spec_of_module,
    "inventory": spec_of_inventory,
    "filter": spec_of_filter,
}


def named(directory: Path) -> list[tuple[str, str]]:
    """The plugins in the directories of their kinds."""
    paths = [path for path in directory.glob("*/*.py") if not path.name.startswith("_")]
    return sorted((path.parent.name, path.stem) for path in paths if path.parent.name not in PARTS)


def documented_in(plugin: Any) -> tuple[dict[str, Any], set[str]]:
    """Return the options that the plugin documents, and the names of those that Ansible documents for it."""
    document = yaml.safe_load(plugin.DOCUMENTATION)
    options, of_ansible = dict(document.get("options", {})), set()
    for fragment in document.get("extends_documentation_fragment", []):
        collection, _dot, name = fragment.rpartition(".")
        source = importlib.import_module(f"{FRAGMENTS[collection]}.{name}")
        more = yaml.safe_load(source.ModuleDocFragment.DOCUMENTATION).get("options", {})
        options = {**more, **options}
        of_ansible |= more.keys() if collection == "ansible.builtin" else set()
    return options, of_ansible


def differences(kind: str, name: str, plugin: Any) -> list[str]:
    """Return in words where the documentation of a plugin is not what the plugin takes."""
    spec = SPECS[kind](name, plugin)
    documented, of_ansible = documented_in(plugin)
    found = [f"{option}: not documented" for option in sorted(spec.keys() - documented.keys())]
    found += [f"{option}: not an option" for option in sorted(documented.keys() - spec.keys() - of_ansible)]
    compared = ("default",) if kind == "filter" else ("default", "type", "elements", "choices")
    for option in sorted(spec.keys() & documented.keys()):
        fields, text = spec[option], documented[option]
        found += [f"{option}: {field}" for field in compared if text.get(field) != fields.get(field)]
        if text.get("required", False) != fields.get("required", False):
            found.append(f"{option}: required")
        # A variable that is set to nothing counts as not set, which Ansible's own `env` does not know.
        variables = list(fields["fallback"][1]) if "fallback" in fields else []
        if re.findall(r"E\(([A-Z_]+)\)", json.dumps(text["description"])) != variables or "env" in text:
            found.append(f"{option}: environment variable")
    return found


@pytest.mark.parametrize(("kind", "name"), named(PLUGINS))
def test_options_are_documented_as_they_are(kind: str, name: str) -> None:
    assert differences(kind, name, importlib.import_module(f"{PACKAGE}.{kind}.{name}")) == []


def test_each_filter_is_documented_where_ansible_looks() -> None:
    plugins = [importlib.import_module(f"{PACKAGE}.{kind}.{name}") for kind, name in named(PLUGINS) if kind == "filter"]
    filters = {name for plugin in plugins for name in plugin.FilterModule().filters()}
    assert filters == {name for kind, name in named(PLUGINS) if kind == "filter"}


def test_plugins_of_every_kind_are_found(tmp_path: Path) -> None:
    for path in ("modules/one.py", "inventory/two.py", "modules/_three.py", "plugin_utils/four.py", "lookup/five.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    assert named(tmp_path) == [("inventory", "two"), ("lookup", "five"), ("modules", "one")]


INVENTORY = """
options:
  plugin: {description: The plugin., type: str, required: true, choices: [community.acronis.sample]}
  depth: {description: "The depth, E(ACRONIS_DEPTH).", type: int, default: 2}
extends_documentation_fragment: [ansible.builtin.constructed]
"""
DEPTH = {"type": "int", "default": 2, "fallback": (None, ["ACRONIS_DEPTH"])}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"depth": DEPTH}, []),
        ({}, ["depth: not an option"]),
        ({"depth": DEPTH, "width": {"type": "int"}}, ["width: not documented"]),
        ({"depth": {**DEPTH, "default": 3}}, ["depth: default"]),
        ({"depth": {**DEPTH, "type": "str", "required": True}}, ["depth: type", "depth: required"]),
        ({"depth": {**DEPTH, "fallback": (None, ["ACRONIS_WIDTH"])}}, ["depth: environment variable"]),
    ],
)
def test_what_an_inventory_documents_wrongly_is_found(options: Options, found: list[str]) -> None:
    plugin = SimpleNamespace(DOCUMENTATION=INVENTORY, OPTIONS=options)
    assert differences("inventory", "sample", plugin) == found


FILTER = """
options:
  _input: {description: The text., type: raw, required: true}
  format: {description: The format., type: str, default: csv}
"""


def takes_as_documented(data: Any, *, format: str = "csv") -> None:
    """A filter."""


def takes_other(data: Any, encoding: str, format: str = "json") -> None:
    """A filter."""


@pytest.mark.parametrize(
    ("function", "found"),
    [
        (takes_as_documented, []),
        (takes_other, ["encoding: not documented", "format: default"]),
    ],
)
def test_what_a_filter_documents_wrongly_is_found(function: Callable[..., Any], found: list[str]) -> None:
    plugin = SimpleNamespace(
        DOCUMENTATION=FILTER, FilterModule=lambda: SimpleNamespace(filters=lambda: {"sample": function})
    )
    assert differences("filter", "sample", plugin) == found
