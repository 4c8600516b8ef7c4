# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a test run takes place: a copy of the collection under `build/`, and the environment of what is started there.

Ansible finds a collection only in a directory `ansible_collections/<namespace>/<name>`, where ansible-test writes, too.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
NAME = "community.acronis"
# The configuration of Ansible for tests of what it does, and not of how long it takes.
ANSIBLE_CONFIG = ROOT / "tests" / "integration" / "integration.cfg"

# What the root holds besides the files of the collection.
GENERATED = {".ansible", ".git", ".hypothesis", "build"}

# ansible-test fetches pip's installer from its project's own host, which a machine with nothing but a package index
# does not reach. This has the same effect: the pip of this environment installs the version asked for. If it is too old
# or too new to do so, the one that comes with Python does, which takes three times as long.
PIP_INSTALLER = f"""\
import subprocess
import sys

arguments = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
other_pip = [{sys.executable!r}, "-m", "pip", "--python", sys.executable, "install", "--no-compile"]
if subprocess.run([*other_pip, *arguments]).returncode:
    subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True)
    subprocess.run([sys.executable, "-m", "pip", "install", *arguments], check=True)
"""


@dataclass(frozen=True)
class Workspace:
    """The directories of a test run. `output` takes the logs and reports; the copy lies in `part` of what is built."""

    root: Path = ROOT
    output: Path = ROOT / "build"
    part: str = ""

    def beside(self, part: str) -> Workspace:
        """Return a workspace with a copy and a home of its own, for what runs at the same time. Prepare it first."""
        return replace(self, part=part)

    @property
    def build(self) -> Path:
        """The directory of everything generated. It is the one to name in ANSIBLE_COLLECTIONS_PATH."""
        return self.root / "build" / self.part

    @property
    def collection(self) -> Path:
        """The root of the copied collection."""
        return self.build / "ansible_collections" / NAME.replace(".", "/")

    @property
    def home(self) -> Path:
        """The home directory of the programs under test: their caches and temporary files."""
        return self.build / "home"

    @property
    def logs(self) -> Path:
        """The directory of the logs, one file a check."""
        return self.output / "logs"

    def lock(self) -> IO[str]:
        """Wait until no other run uses this workspace, and keep others out until the returned file is closed."""
        self.build.mkdir(parents=True, exist_ok=True)
        file = (self.build / "lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another test run to end", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        return file

    def prepare(self) -> None:
        """Bring the copy up to date and make the home directory.

        Raises subprocess.CalledProcessError if git cannot list the files, which it then tells why.
        """
        for directory in (self.collection, self.logs, self.home / "tmp"):
            directory.mkdir(parents=True, exist_ok=True)
        self._copy()
        # The copy lies in a directory that git ignores. Tools that ask git need a repository of its own to see it.
        if shutil.which("git"):
            git = ["git", "-C", str(self.collection)]
            if not (self.collection / ".git").is_dir():
                subprocess.run([*git, "init", "--quiet", "--template="], check=True)
            subprocess.run([*git, "add", "--all"], check=True)
        self._share_pip_settings()
        self._provide_pip_installer()

    def environment(self) -> dict[str, str]:
        """The environment for programs started on the copy.

        No setting of the caller's that could reach a real platform or change what Ansible does is passed on.
        """
        keep = {
            name: value for name, value in os.environ.items() if not name.startswith(("ACRONIS_", "ANSIBLE_", "PYTHON"))
        }
        system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        no_proxy = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1,localhost,::1"]))
        return keep | {
            "ANSIBLE_COLLECTIONS_PATH": str(self.build),
            "ANSIBLE_HOME": str(self.home / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.home / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            # By default it lies in the home of the user's account, whatever HOME says.
            "ANSIBLE_REMOTE_TEMP": str(self.home / "tmp"),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "NO_PROXY": no_proxy,
            "no_proxy": no_proxy,
            # Not the caller's: wrappers of version managers mislead ansible-test, which looks for `python3.X`.
            "PATH": f"{Path(sys.executable).parent}:{system}",
            "RUFF_CACHE_DIR": str(self.build / "cache" / "ruff"),
        }

    def _copy(self) -> None:
        wanted = self.files()
        for root, directories, files in os.walk(self.collection, topdown=False):
            here = Path(root)
            links = [name for name in directories if (here / name).is_symlink()]
            for name in [*files, *links]:
                path = (here / name).relative_to(self.collection)
                if path not in wanted and path.parts[0] != ".git" and "__pycache__" not in path.parts:
                    (here / name).unlink()
            if not os.listdir(here) and here.relative_to(self.collection).parts[:1] not in ((), (".git",)):
                here.rmdir()
        for path in sorted(wanted):
            source, target = self.root / path, self.collection / path
            if target.exists() and not source.is_symlink() and _same(source, target):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)

    def files(self) -> set[Path]:
        """The files of the collection, relative to its root. Where git cannot tell, all but what is generated."""
        if (self.root / ".git").exists() and shutil.which("git"):
            command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
            listing = subprocess.run(command, cwd=self.root, check=True, stdout=subprocess.PIPE, text=True).stdout
            return {Path(name) for name in listing.split("\0") if name and os.path.lexists(self.root / name)}
        tops = [path for path in self.root.iterdir() if path.name not in GENERATED]
        found = [path for top in tops for path in (top, *top.rglob("*")) if path.is_symlink() or path.is_file()]
        return {path.relative_to(self.root) for path in found if "__pycache__" not in path.parts}

    def _share_pip_settings(self) -> None:
        # An index or a certificate that the user has set up for pip is needed here too.
        for name in (".config/pip", ".pip", ".cache/pip"):
            source, link = Path(os.path.expanduser("~"), name), self.home / name
            # Not Path.is_dir, which fails in a home that this user must not enter.
            if os.path.isdir(source) and not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(source)

    def _provide_pip_installer(self) -> None:
        source = Path(sysconfig.get_path("purelib")) / "ansible_test" / "_internal" / "python_requirements.py"
        cache = self.home / ".ansible" / "test" / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        for version in re.findall(r"\bpip='([0-9.]+)'", source.read_text()):
            (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(PIP_INSTALLER)


def _same(source: Path, target: Path) -> bool:
    one, other = source.stat(), target.stat()
    return (one.st_size, one.st_mtime_ns, one.st_mode) == (other.st_size, other.st_mtime_ns, other.st_mode)
