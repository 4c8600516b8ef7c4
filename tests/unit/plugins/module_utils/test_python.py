# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from ansible_collections.community.acronis.plugins.module_utils import _python as python

# What Python 3.6 has to parse: the modules, and what they import before they refuse it.
FILES = [Path(python.__file__), *Path(python.__file__).parents[1].glob("modules/*.py")]


def test_an_old_python_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr("platform.python_version", lambda: "3.8.18")
    with pytest.raises(SystemExit) as ended:
        python.refuse_old_python()
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out) == {
        "failed": True,
        "msg": "community.acronis needs Python 3.9 or later on the host that runs the module; this is Python 3.8.18 "
        f"({sys.executable}): set ansible_python_interpreter.",
    }


@pytest.mark.parametrize("version", [(3, 9, 0), (3, 13, 1), (4, 0, 0)])
def test_a_python_that_will_do_is_let_through(monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    python.refuse_old_python()


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_an_old_python_can_parse_what_refuses_it(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert "__future__" not in [node.module for node in imports]
    ours = [node.module for node in imports if node.module and node.module.startswith("ansible_collections.")]
    assert ours in ([], ["ansible_collections.community.acronis.plugins.module_utils._python"])
