# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What filters take from templates: has it the keys and types that it must have? No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._text import check_keys, check_list, shown

# By key the types that its value may have. None as a type: null.
Shape = Mapping[str, "tuple[type | None, ...]"]

_WORDS: Mapping[type | None, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    dict: "a mapping",
    list: "a list",
    None: "null",
}


def plain(value: Any, option: str) -> Any:
    """Return a copy of the value in Python's own types, however Ansible has tagged or wrapped it.

    What cannot be encoded (lone surrogates) is replaced, so that one name cannot lose the result. Raises InputError for
    what is neither text, a number, a boolean, null, a mapping nor a list: a date that YAML has read, say.
    """
    if value is None or type(value) in (bool, int):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, Mapping):
        return {plain(key, option): plain(one, option) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one, option) for one in value]
    raise InputError(f"{option}: {shown(value)} is a {type(value).__name__}; put quotes around it, if it is text.")


def check_shape(value: Any, option: str, shape: Shape, is_open: bool = False) -> dict[str, Any]:
    """Return the mapping in Python's own types, or raise InputError that names the key that is missing or wrong.

    is_open: other keys may be there; they are left out.
    """
    if not isinstance(value, Mapping):
        raise InputError(f"{option}: it must be a mapping, not {shown(value)}.")
    if not is_open:
        check_keys(value, shape, option)
    return {key: _field(value, option, key, kinds) for key, kinds in shape.items()}


def check_shapes(value: Any, option: str, shape: Shape, is_open: bool = False) -> list[dict[str, Any]]:
    """Return the list of mappings in Python's own types, or raise InputError that names the entry and the key."""
    entries = check_list(value, option)
    return [check_shape(entry, f"{option}[{number}]", shape, is_open) for number, entry in enumerate(entries)]


def _field(value: Mapping[Any, Any], option: str, key: str, kinds: tuple[type | None, ...]) -> Any:
    if key not in value:
        raise InputError(f"{option}: it has no key {shown(key)}.")
    found = plain(value[key], f"{option}.{key}")
    kind = None if found is None else type(found)
    # Until ansible-core 2.18, text may stay of a type of Ansible's own.
    if kind in kinds or (str in kinds and isinstance(found, str)):
        return found
    words = " or ".join(_WORDS[one] for one in kinds)
    raise InputError(f"{option}.{key}: it must be {words}, not {shown(found)}{_hint(found, kinds)}.")


def _hint(found: Any, kinds: tuple[type | None, ...]) -> str:
    if int in kinds and isinstance(found, str) and found.isdecimal():
        return ", which is text; use the int filter"
    return ", which is not text; put quotes around it" if str in kinds and isinstance(found, (int, float)) else ""
