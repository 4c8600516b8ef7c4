# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the attributes that modules have or have not."""

from __future__ import annotations


class ModuleDocFragment:
    """What every module says of itself. The module adds `support` and, where it matters, `details`."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without changing anything.
  diff_mode:
    description: Returns details on what has changed, or would change in C(check_mode), when in diff mode.
  idempotent:
    description: Running the task again with the same options changes nothing and returns RV(ignore:changed=false).
  action_group:
    description: Use C(group/community.acronis.all) in C(module_defaults) to set options for all modules of this
      collection.
    support: full
    membership:
      - community.acronis.all
"""
