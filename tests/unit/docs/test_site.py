# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the site find what is wrong, and the blocks of a page are what a reader sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import links
from tests.docs.blocks import Command, blocks

PAGE = """\
Title
=====

.. code-block:: console

    $ one \\
        two
    printed
    $ three '{"a": 1,
      "b": 2}'

.. code-block:: yaml

    # file.yml
    - key: value

.. code-block:: text
    :caption: file.csv

    a;b
"""


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("other.html", None),
        ("other.html#here", None),
        ("#top", None),
        ("https://example.com/nothing", None),
        ("lost.html", "there is no file for lost.html"),
        ("other.html#lost", "there is no anchor for other.html#lost"),
        ("#lost", "there is no anchor for #lost"),
        ("/", "there is no file for /"),
    ],
)
def test_a_link_that_leads_to_nothing_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], link: str, problem: str | None
) -> None:
    (tmp_path / "index.html").write_text(f'<p id="top"><a href="{link}">text</a></p>')
    (tmp_path / "other.html").write_text('<a name="here"></a>')
    assert links.main(str(tmp_path)) == int(problem is not None)
    assert problem is None or f"index.html: {problem}" in capsys.readouterr().out


def test_a_site_without_pages_is_wrong(tmp_path: Path) -> None:
    assert links.main(str(tmp_path)) == 1


def test_blocks_have_commands_output_and_names(tmp_path: Path) -> None:
    page = tmp_path / "page.rst"
    page.write_text(PAGE)
    console, file, caption = blocks(page)
    assert [one.shown for one in console.commands] == [("printed",), ()]
    assert console.commands[0].line.split() == ["one", "two"]
    assert console.commands[1] == Command('three \'{"a": 1,\n  "b": 2}\'')
    assert (file.language, file.file, caption.file, caption.text) == ("yaml", "file.yml", "file.csv", "a;b\n")
