# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuse a Python that is too old.

ansible-core 2.16 runs modules on Python 3.6, too, which cannot parse the rest of the collection. So this file and those
of the modules do without `from __future__ import annotations`, and a module imports what else it needs in `main`.
"""

import json
import platform
import sys

OLDEST = (3, 9)


def refuse_old_python() -> None:
    """End the module with one sentence if its Python is too old."""
    if sys.version_info[:2] < OLDEST:
        message = (
            f"community.acronis needs Python {OLDEST[0]}.{OLDEST[1]} or later on the host that runs the module; "
            f"this is Python {platform.python_version()} ({sys.executable}): set ansible_python_interpreter."
        )
        # Without AnsibleModule, which would want to know the options.
        sys.stdout.write(json.dumps({"failed": True, "msg": message}))
        raise SystemExit(1)
