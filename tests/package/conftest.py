# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as users get it, and a shell to use it in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ansible_collections.community.acronis.tests.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
# Seconds after which a command has got stuck.
TIME_LIMIT = 600


@dataclass
class Shell:
    """A directory, with a blank in its path, and an environment that knows no other collections than those below it."""

    directory: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def collections(self) -> Path:
        return self.directory / "collections"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with what it prints in `stdout`."""
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("ACRONIS_", "ANSIBLE_"))}
        # The copy of the collection that the tests use must not be found.
        keep.pop("PYTHONPATH", None)
        return subprocess.run(
            command,
            cwd=self.directory,
            env=keep
            | {
                "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
                "ANSIBLE_HOME": str(self.directory / "home" / ".ansible"),
                "ANSIBLE_REMOTE_TEMP": str(self.directory / "home" / "tmp"),
                "ANSIBLE_LOCALHOST_WARNING": "false",
                "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
                "HOME": str(self.directory / "home"),
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            }
            | self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )

    def must(self, *command: str) -> str:
        """Run a command that must succeed, and return what it prints."""
        done = self.run(*command)
        assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout[-4000:]}"
        return done.stdout

    def use(self, simulator: Simulator) -> None:
        """Take the credentials of this simulator into the environment."""
        self.variables |= {
            "ACRONIS_DATACENTER_URL": simulator.url,
            "ACRONIS_CLIENT_ID": simulator.client_id,
            "ACRONIS_CLIENT_SECRET": simulator.client_secret,
        }


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    directory = tmp_path / "with a blank"
    (directory / "home").mkdir(parents=True)
    return Shell(directory)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the collection to change."""
    copy = tmp_path / "source"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "__pycache__", "output", "nox"))
    return copy
