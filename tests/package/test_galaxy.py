# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Galaxy and Automation Hub accept the built collection."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import yaml

from ansible_collections.community.acronis.tests.package.conftest import Shell

SETTINGS = """\
[galaxy-importer]
check_required_tags = True
"""


def test_the_importer_finds_nothing_to_complain_about(shell: Shell, source: Path) -> None:
    # The importer refuses a collection without a repository, and this one has no public home yet. So a copy gets a
    # placeholder, and all other rules are checked.
    galaxy = source / "galaxy.yml"
    galaxy.write_text(yaml.safe_dump({"repository": "https://example.com/", **yaml.safe_load(galaxy.read_text())}))
    shell.must("ansible-galaxy", "collection", "build", str(source))
    (tarball,) = shell.directory.glob("*.tar.gz")
    (shell.directory / "importer.cfg").write_text(SETTINGS)
    shell.variables["GALAXY_IMPORTER_CONFIG"] = "importer.cfg"
    # What playbooks and examples import. The importer sets Ansible's own path of collections.
    shell.variables["PYTHONPATH"] = os.environ["COLLECTIONS_WITH_AWX"]
    output = shell.must(sys.executable, "-m", "galaxy_importer.main", tarball.name)
    assert re.findall(r"^(?:WARNING|ERROR).*", output, re.MULTILINE) == [], output
    # What ran: all that does not need a container engine.
    assert "Linting collection via ansible-lint" in output
    assert "Importer processing completed successfully" in output
