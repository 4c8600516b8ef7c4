# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What filters return: text of tenants and files, which Ansible must never evaluate."""

from __future__ import annotations

from typing import Any

try:
    from ansible.utils.native_jinja import NativeJinjaText
    from ansible.utils.unsafe_proxy import wrap_var
except ImportError:
    NativeJinjaText = None


def inert(value: Any) -> Any:
    """Return the value so that no text in it is taken for a template, nor text as a whole for a list or a mapping.

    Since ansible-core 2.19, which has no NativeJinjaText, all text is so unless Ansible has marked it as trusted. The
    filters hand out copies in Python's own types, which have no marks.
    """
    if NativeJinjaText is None:
        return value
    return wrap_var(NativeJinjaText(value) if isinstance(value, str) else value)
