# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built collection installs from wherever users get it, and works where there is nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.community.acronis.tests.package.conftest import Shell
from ansible_collections.community.acronis.tests.simulator import Simulator


def from_tarball(shell: Shell, source: Path) -> str:
    shell.must("ansible-galaxy", "collection", "build", str(source))
    (tarball,) = shell.directory.glob("*.tar.gz")
    return str(tarball)


def from_directory(shell: Shell, source: Path) -> str:
    return str(source)


def from_git(shell: Shell, source: Path) -> str:
    git = ("git", "-C", str(source), "-c", "user.name=Test", "-c", "user.email=test@example.com")
    shell.must(*git, "init", "--quiet", "--template=")
    shell.must(*git, "add", "--all")
    shell.must(*git, "commit", "--quiet", "--message=All")
    return f"git+file://{source}"


@pytest.mark.parametrize("origin", [from_tarball, from_directory, from_git])
def test_what_is_installed_into_an_empty_path_works(
    origin: Callable[[Shell, Path], str], shell: Shell, source: Path
) -> None:
    shell.must("ansible-galaxy", "collection", "install", origin(shell, source), "--collections-path", "collections")
    assert "community.acronis" in shell.must("ansible-galaxy", "collection", "list")
    with Simulator("minimal") as simulator:
        shell.use(simulator)
        solo = simulator.platform.tenants[simulator.platform.well_known["solo"]]
        output = shell.must("ansible-playbook", "community.acronis.suspend", "-e", f"acronis_tenant={solo.id}")
        assert "changed=1" in output
        assert not solo.enabled


def test_a_release_writes_the_changelog(shell: Shell, source: Path) -> None:
    shell.directory = source
    shell.must("antsibull-changelog", "release", "--version", "99.0.0")
    assert "v99-0-0" in (source / "CHANGELOG.md").read_text()
    assert not list((source / "changelogs" / "fragments").iterdir())
