# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options of a listing."""

from __future__ import annotations


class ModuleDocFragment:
    """The options LISTING_OPTIONS of module_utils/_info.py."""

    DOCUMENTATION = r"""
options:
  subtree_root_id:
    description:
      - UUID of the tenant below which to look. It is not part of the list. By default the API client's own tenant.
      - Required with O(access_token) alone, unless a module names tenants by UUID.
    type: str
  kind:
    description:
      - Return only tenants of these kinds.
    type: list
    elements: str
    choices:
      - partner
      - folder
      - customer
      - unit
  enabled:
    description:
      - Return only tenants that are enabled (V(true)) or disabled (V(false)).
    type: bool
  direct_children_only:
    description:
      - List only the direct children of O(subtree_root_id).
    type: bool
    default: false
  include_deleted:
    description:
      - Also return deleted tenants that can still be restored. Their C(deleted_at) has the time of the deletion. The
        platform keeps them for 30 days.
    type: bool
    default: false
  include_personal:
    description:
      - Also list personal tenants, which the platform creates for users.
    type: bool
    default: false
"""
