# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pythons that each release of ansible-core supports, and those on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from glob import glob

# What modules run on at least; a control node needs a newer one.
OLDEST_TARGET = "3.9"
# The Python versions (minor) that a control node may have, the oldest and the newest. Modules run on older ones too,
# and on no newer one. Source: the support matrix of ansible-core.
SUPPORTED = {
    "2.16": (10, 12),
    "2.17": (10, 12),
    "2.18": (11, 13),
    "2.19": (11, 13),
    "2.20": (12, 14),
    "2.21": (12, 14),
}
# Where Pythons are besides PATH: those of the system, of pyenv, of uv, and those that were put there by hand.
PLACES = (
    "/usr/local/bin",
    "/usr/bin",
    "{pyenv}/versions/{python}.*/bin",
    "{uv}/cpython-{python}.*/bin",
    "/opt/*/bin",
    "/opt/*/*/bin",
)
# A Python may lack what makes environments. What is in PATH may be the wrapper of a version manager: for a version
# that is not there, or that finds it with the settings of this user alone, so the interpreter itself is asked for.
WORKS = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], sys.executable)"


def span(oldest: int, newest: int) -> list[str]:
    """Return the versions of Python from one minor version to the other."""
    return [f"3.{minor}" for minor in range(oldest, newest + 1)]


def controllers(core: str) -> list[str]:
    """Return the Pythons that a control node with this release of ansible-core may have, such as `3.12`."""
    return span(*SUPPORTED[core])


def targets(core: str) -> list[str]:
    """Return the Pythons on which this release of ansible-core runs the modules of the collection."""
    return span(int(OLDEST_TARGET.removeprefix("3.")), SUPPORTED[core][1])


@cache
def find(python: str) -> str | None:
    """Return a working interpreter of this version (such as `3.12`); None if there is none."""
    for candidate in _candidates(python):
        run = subprocess.run([candidate, "-c", WORKS], check=False, capture_output=True, text=True)
        version, _blank, executable = run.stdout.strip().partition(" ")
        if run.returncode == 0 and version == python:
            return executable
    return None


def _candidates(python: str) -> Iterator[str]:
    name = f"python{python}"
    in_path = shutil.which(name)
    if in_path:
        yield in_path
    homes = {
        "pyenv": os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")),
        "uv": os.environ.get("UV_PYTHON_INSTALL_DIR", os.path.expanduser("~/.local/share/uv/python")),
    }
    for place in PLACES:
        yield from sorted(glob(os.path.join(place.format(python=python, **homes), name)))
