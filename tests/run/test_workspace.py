# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the copy and of the environment that tests run in."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.run.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    root = tmp_path / "repository"
    root.mkdir()
    subprocess.run(["git", "init", "-q", "--template=", str(root)], check=True)
    (root / ".gitignore").write_text("/build/\n")
    (root / "plugins").mkdir()
    (root / "plugins" / "one.py").write_text("1\n")
    (root / "link").symlink_to("plugins/one.py")
    return Workspace(root, root / "build")


def files(workspace: Workspace) -> set[str]:
    paths = (path.relative_to(workspace.collection) for path in workspace.collection.rglob("*"))
    return {str(path) for path in paths if path.parts[0] != ".git" and not (workspace.collection / path).is_dir()}


def test_copy_follows_the_repository(workspace: Workspace) -> None:
    workspace.prepare()
    assert files(workspace) == {".gitignore", "plugins/one.py", "link"}
    assert (workspace.collection / "link").is_symlink()

    (workspace.root / "plugins" / "one.py").rename(workspace.root / "two.py")
    (workspace.root / "link").unlink()
    (workspace.root / "two.py").write_text("changed\n")
    workspace.prepare()
    assert files(workspace) == {".gitignore", "two.py"}
    assert (workspace.collection / "two.py").read_text() == "changed\n"
    assert not (workspace.collection / "plugins").exists()


@pytest.mark.parametrize("missing", ["repository", "git"])
def test_without_git_all_but_what_is_generated_is_copied(
    workspace: Workspace, missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if missing == "repository":
        shutil.rmtree(workspace.root / ".git")
    else:
        monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("build/venv/bin/python", ".ansible/x", "plugins/__pycache__/one.pyc"):
        (workspace.root / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace.root / name).touch()
    workspace.prepare()
    assert files(workspace) == {".gitignore", "plugins/one.py", "link"}
    assert (workspace.collection / ".git").is_dir() is (missing == "repository")


def test_what_tests_left_behind_is_removed(workspace: Workspace) -> None:
    workspace.prepare()
    left = workspace.collection / "tests" / "output" / "old.xml"
    left.parent.mkdir(parents=True)
    left.touch()
    workspace.prepare()
    assert files(workspace) == {".gitignore", "plugins/one.py", "link"}


def test_unchanged_files_are_not_copied_again(workspace: Workspace) -> None:
    workspace.prepare()
    before = (workspace.collection / "plugins" / "one.py").stat().st_ino
    workspace.prepare()
    assert (workspace.collection / "plugins" / "one.py").stat().st_ino == before


def test_tools_that_ask_git_find_the_files_of_the_copy(workspace: Workspace) -> None:
    workspace.prepare()
    (workspace.root / "link").unlink()
    workspace.prepare()
    command = ["git", "ls-files"]
    listing = subprocess.run(command, cwd=workspace.collection, check=True, capture_output=True, text=True).stdout
    assert listing.split() == [".gitignore", "plugins/one.py"]


def test_the_copy_beside_is_another(workspace: Workspace) -> None:
    beside = workspace.beside("beside")
    for one in (workspace, beside):
        one.prepare()
    assert files(beside) == files(workspace)
    (beside.collection / "link").unlink()
    assert files(workspace) > files(beside)
    assert beside.environment()["ANSIBLE_COLLECTIONS_PATH"] in str(beside.collection)
    assert (beside.home, beside.logs) == (workspace.build / "beside" / "home", workspace.logs)


def test_a_second_run_is_kept_out(workspace: Workspace) -> None:
    with workspace.lock(), (workspace.build / "lock").open("w") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_settings_of_the_caller_stay_outside(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACRONIS_CLIENT_SECRET", "caller-secret")
    monkeypatch.setenv("ANSIBLE_CONFIG", "/caller-secret/ansible.cfg")
    monkeypatch.setenv("PYTHONPATH", "/caller-secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    environment = workspace.environment()
    assert "caller-secret" not in " ".join(environment.values())
    assert environment["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert environment["ANSIBLE_COLLECTIONS_PATH"] == str(workspace.build)
    # Ansible puts modules into the home of the user's account, whatever HOME says.
    assert all(environment[name].startswith(str(workspace.build)) for name in ("HOME", "ANSIBLE_REMOTE_TEMP"))


def test_pip_finds_the_users_settings(workspace: Workspace, tmp_path: Path) -> None:
    settings = tmp_path / "user" / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("[global]\n")
    workspace.prepare()
    assert (workspace.home / ".config" / "pip" / "pip.conf").read_text() == "[global]\n"


def test_ansible_test_finds_an_installer_of_pip(workspace: Workspace) -> None:
    workspace.prepare()
    installers = list((workspace.home / ".ansible" / "test" / "cache").glob("get_pip_*.py"))
    assert installers
    for installer in installers:
        compile(installer.read_text(), str(installer), "exec")
