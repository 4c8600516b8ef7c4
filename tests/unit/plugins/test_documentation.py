# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of modules and filters: attributes, examples, and what its options must be."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.community.acronis.plugins.module_utils._auth import AUTH_OPTIONS, filled_env
from ansible_collections.community.acronis.plugins.module_utils._desired import SELECTORS, Request
from ansible_collections.community.acronis.plugins.module_utils._info import Query
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
from ansible_collections.community.acronis.tests.unit.documentation import documentation_of

ROOT = Path(__file__).parents[3]
PACKAGE = "ansible_collections.community.acronis.plugins"
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
FILTERS = sorted(path.stem for path in (ROOT / "plugins" / "filter").glob("*.py") if path.stem != "__init__")


class SpecSeenError(Exception):
    """Carries what a module gave to AnsibleModule."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__()
        self.options = options


def module_named(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.modules.{name}")


def spec_of(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    module = module_named(name)

    def stop(**options: Any) -> None:
        raise SpecSeenError(options)

    monkeypatch.setattr(module, "AnsibleModule", stop)
    with pytest.raises(SpecSeenError) as seen:
        module.main()
    return seen.value.options


@pytest.mark.parametrize("name", MODULES)
def test_attributes_tell_the_truth(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = documentation_of(module_named(name))["attributes"]
    assert set(attributes) == {"check_mode", "diff_mode", "idempotent", "action_group"}
    assert all({"description", "support"} <= text.keys() for text in attributes.values())
    assert (attributes["check_mode"]["support"] == "full") is spec_of(name, monkeypatch)["supports_check_mode"]


def test_environment_variables_are_named_after_the_options() -> None:
    for option, fields in AUTH_OPTIONS.items():
        if "fallback" in fields:
            assert fields["fallback"] == (filled_env, [f"ACRONIS_{option.upper()}"])


def test_secrets_are_not_logged() -> None:
    assert {option for option, fields in AUTH_OPTIONS.items() if fields.get("no_log")} == {
        "client_secret",
        "access_token",
    }


# Options in which whatever Ansible converts would be converted without a word.
TAKEN_AS_IT_IS = {
    "tenant_state": {
        *("tenant", "customer_id", "tenants", "customer_ids", "plan"),
        *("expected_name", "internal_tag", "expected_internal_tag", "protected_tenants"),
    },
    "tenant_info": {"tenant", "customer_id", "tenants", "customer_ids"},
}


@pytest.mark.parametrize("name", MODULES)
def test_text_and_lists_are_taken_as_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible makes text of numbers, and lists of text by splitting it at its commas."""
    spec = spec_of(name, monkeypatch)["argument_spec"]
    assert {option for option, fields in spec.items() if fields["type"] == "raw"} == TAKEN_AS_IT_IS[name]
    lists = {option: fields for option, fields in spec.items() if fields["type"] in ("list", "dict")}
    assert all("choices" in fields for fields in lists.values())


# What the templates of the examples stand for.
VALUES = {
    "unpaid": ["Fabrikam Dental"],
    "plan.tenants": [
        {
            "tenant": "Fabrikam Dental",
            "id": "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a",
            "name": "Fabrikam Dental",
            "status": "changed",
            "changed": True,
            "before": {"state": "enabled", "version": 7},
            "after": {"state": "disabled", "version": None},
        }
    ],
    "suspended.tenants": [{"id": "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a", "name": "Fabrikam Dental", "version": 7}],
    "vault_acronis_client_secret": "x",
}


def filled_in(value: Any) -> Any:
    """Return an option of an example with its template filled in."""
    template = re.fullmatch(r"\{\{ *(.*?) *\}\}", value) if isinstance(value, str) else None
    return VALUES[template[1]] if template else value


def example_tasks(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the tasks of a module's EXAMPLES that call a module of ours: their names, the modules and options."""
    return [
        (
            task["name"],
            called,
            {option: filled_in(value) for option, value in task[f"community.acronis.{called}"].items()},
        )
        for task in yaml.safe_load(module_named(name).EXAMPLES)
        for called in MODULES
        if f"community.acronis.{called}" in task
    ]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = {"datacenter_url": "https://h.example", "client_id": "x", "client_secret": "x"}
    tasks = example_tasks(name)
    if name == "tenant_state":
        assert {options.get("state") for _title, _called, options in tasks} >= set(STATES)
    assert {called for _title, called, _options in tasks} >= {name}
    check = {"tenant_state": Request.from_params, "tenant_info": Query.from_params}
    for title, called, options in tasks:
        given = spec_of(called, monkeypatch)
        constraints = {key: given.get(key) for key in ("mutually_exclusive", "required_one_of", "required_by")}
        checked = ArgumentSpecValidator(given["argument_spec"], **constraints).validate({**credentials, **options})
        assert not checked.error_messages, f"{title}: {checked.error_messages}"
        assert check[called](checked.validated_parameters), title


def test_every_way_to_name_tenants_has_an_example() -> None:
    used = {option for _title, called, options in example_tasks("tenant_state") for option in options}
    assert set(SELECTORS) <= used


@pytest.mark.parametrize("name", FILTERS)
def test_parameters_of_filters_are_documented_in_their_order(name: str) -> None:
    plugin = importlib.import_module(f"{PACKAGE}.filter.{name}")
    document = yaml.safe_load(plugin.DOCUMENTATION)
    assert document["name"] == name
    (_first, *parameters) = inspect.signature(plugin.FilterModule().filters()[name]).parameters.values()
    assert list(document["options"]) == ["_input", *(one.name for one in parameters)]
    given_by_place = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    assert document["positional"].replace(",", " ").split() == ["_input", *given_by_place]


@pytest.mark.parametrize("name", FILTERS)
def test_examples_of_filters_give_known_parameters(name: str) -> None:
    plugin = importlib.import_module(f"{PACKAGE}.filter.{name}")
    calls = re.findall(rf"community\.acronis\.{name}\b(?:\((.*?)\)\s*(?:\||}}}}))?", plugin.EXAMPLES, re.DOTALL)
    assert calls
    known = set(yaml.safe_load(plugin.DOCUMENTATION)["options"])
    for call in calls:
        assert set(re.findall(r"(\w+)=", call)) <= known
    assert set(yaml.safe_load(plugin.RETURN)) == {"_value"}
