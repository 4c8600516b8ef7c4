# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check each link within a site: `python -m tests.docs.links DIRECTORY`.

The file must be there, and the anchor in it. Links to other sites are listed, and not followed.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """What a page refers to, and the anchors in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(path.read_text())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in a tag."""
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.add(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def broken(root: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """Yield the links within the site that lead to nothing."""
    for path, page in pages.items():
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file() or not target.is_relative_to(root):
                yield f"{path.relative_to(root)}: there is no file for {link}"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{path.relative_to(root)}: there is no anchor for {link}"


def main(directory: str) -> int:
    """Check the site in the directory, and print what was found."""
    root = Path(directory).resolve()
    pages = {path: Page(path) for path in sorted(root.rglob("*.html"))}
    outside: dict[str, int] = defaultdict(int)
    for page in pages.values():
        for link in page.links:
            outside[link] += bool(urlsplit(link).scheme)
    for link in sorted(link for link, number in outside.items() if number):
        print(f"not followed, on {outside[link]} pages: {link}")
    found = list(broken(root, pages))
    print(*found, sep="\n")
    print(f"{sum(len(page.links) for page in pages.values())} links on {len(pages)} pages, {len(found)} broken")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
