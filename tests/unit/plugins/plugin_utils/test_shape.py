# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
from collections import OrderedDict
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.plugin_utils._shape import check_shape, plain


class Tagged(str):
    """Text as Ansible hands it over: of a type of its own."""


def test_what_comes_out_is_of_pythons_own_types() -> None:
    value = OrderedDict(a=Tagged("x"), b=(1, True, None, 1.5), c=[Tagged("\u00e9")])
    copy = plain(value, "it")
    assert copy == {"a": "x", "b": [1, True, None, 1.5], "c": ["\u00e9"]}
    assert [type(copy), type(copy["a"]), type(copy["b"]), type(copy["c"][0])] == [dict, str, list, str]


def test_what_cannot_be_encoded_is_replaced() -> None:
    assert plain("a\ud800b", "it") == "a?b"


def test_a_date_of_yaml_is_no_text() -> None:
    with pytest.raises(InputError, match="put quotes around it"):
        plain({"a": datetime.date(2026, 11, 3)}, "it")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "it: it has no key 'a'."),
        ({"a": 1}, "it.a: it must be text or null, not '1', which is not text; put quotes around it."),
        ({"a": "x", "b": 1}, "it: it has the unknown key 'b'. Known keys are a."),
        (None, "it: it must be a mapping, not 'None'."),
    ],
)
def test_what_is_wrong_is_named(value: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        check_shape(value, "it", {"a": (str, None)})
    assert error.value.message == said


def test_an_open_shape_leaves_other_keys_out() -> None:
    assert check_shape({"a": None, "b": object()}, "it", {"a": (str, None)}, is_open=True) == {"a": None}
