# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of a plugin, with that of the fragments that it names."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import yaml

PLACES = {
    "community.acronis": "ansible_collections.community.acronis.plugins.doc_fragments",
    "ansible.builtin": "ansible.plugins.doc_fragments",
}


def documentation_of(plugin: ModuleType) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(plugin.DOCUMENTATION)
    for fragment in document["extends_documentation_fragment"]:
        collection, _dot, name = fragment.rpartition(".")
        source = importlib.import_module(f"{PLACES[collection]}.{name}")
        more = yaml.safe_load(source.ModuleDocFragment.DOCUMENTATION)
        document["options"] = {**more.get("options", {}), **document["options"]}
        for attribute, text in more.get("attributes", {}).items():
            document["attributes"][attribute] = {**text, **document["attributes"].get(attribute, {})}
    return document
