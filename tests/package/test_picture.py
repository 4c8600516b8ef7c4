# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of the README shows what the playbook terminate shows, and nothing is fetched to show it."""

from __future__ import annotations

import html
import os
import re

from ansible_collections.community.acronis.tests.demo.picture import draw, run
from ansible_collections.community.acronis.tests.package.conftest import ROOT


def words(svg: str) -> list[str]:
    """The texts of the picture, without blanks and the asterisks that fill a line of Ansible."""
    texts = [html.unescape(text).replace("\N{NO-BREAK SPACE}", " ") for text in re.findall(r"<text[^>]*>([^<]*)", svg)]
    return " ".join(texts).replace("*", "").split()


def test_the_picture_is_that_of_a_run() -> None:
    picture = (ROOT / "docs" / "terminate.svg").read_text()
    # `make picture` draws it again.
    assert words(picture) == words(draw(run(os.environ)))


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    picture = (ROOT / "docs" / "terminate.svg").read_text()
    assert set(re.findall(r"https?://[^\"' ]*", picture)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|@font-face|url\((?!#)|<script|<image", picture)
