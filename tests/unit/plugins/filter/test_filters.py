# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters as Ansible loads and documents them. What they do is tested beside the rules."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.community.acronis.plugins.plugin_utils._report import FORMATS
from ansible_collections.community.acronis.plugins.plugin_utils._standing import (
    CLASSES,
    POLICY_DEFAULTS,
    REACTIVATE,
    ROW,
    decide,
)
from ansible_collections.community.acronis.tests.unit.plugins.plugin_utils.export import POLICY, TODAY, row, tenant


def module_of(name: str) -> Any:
    return importlib.import_module(f"ansible_collections.community.acronis.plugins.filter.{name}")


def documentation_of(name: str) -> Any:
    return yaml.safe_load(module_of(name).DOCUMENTATION)


@pytest.mark.parametrize("name", ["standing", "report"])
def test_the_parameters_are_documented(name: str) -> None:
    parameters = inspect.signature(module_of(name).FilterModule().filters()[name]).parameters
    options = documentation_of(name)["options"]
    assert list(parameters)[1:] == list(options)[1:]
    for key in list(parameters)[1:]:
        required = parameters[key].default is inspect.Parameter.empty
        assert options[key].get("required", False) is required, key


def test_the_policy_is_documented() -> None:
    documented = documentation_of("standing")["options"]["policy"]["suboptions"]
    assert {key: text.get("default") for key, text in documented.items()} == POLICY_DEFAULTS
    assert documented["reactivate"]["choices"] == list(REACTIVATE)
    assert documentation_of("report")["options"]["format"]["choices"] == list(FORMATS)


def test_the_keys_of_a_row_and_the_result_are_documented() -> None:
    rows = documentation_of("standing")["options"]["_input"]["description"][0]
    assert all(f"C({key})" in rows for key in ROW)
    told = yaml.safe_load(module_of("standing").RETURN)["_value"]["contains"]
    result = decide([row(1)], [tenant(1)], POLICY, TODAY)
    assert set(told) == set(result)
    assert set(told["decisions"]["contains"]) == set(result["decisions"][0])
    assert all(f"V({name})" in told["decisions"]["contains"]["class"]["description"] for name in CLASSES)


def test_wrong_input_is_an_error_of_the_filter() -> None:
    standing = module_of("standing").FilterModule().filters()["standing"]
    with pytest.raises(AnsibleFilterError, match=r"standing: rows\[0\]: it must be a mapping"):
        standing([1], [tenant(1)], POLICY, TODAY)
    with pytest.raises(AnsibleFilterError, match="report: the result of standing"):
        module_of("report").FilterModule().filters()["report"]([])


def test_the_filters_hand_out_what_the_functions_return() -> None:
    result = module_of("standing").FilterModule().filters()["standing"]([row(1)], [tenant(1)], POLICY, TODAY)
    assert result == decide([row(1)], [tenant(1)], POLICY, TODAY)
    assert "1 rows, 1 tenants" in module_of("report").FilterModule().filters()["report"](result)
