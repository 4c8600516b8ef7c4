# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The blocks of code in the README and in the guides."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from antsibull_docutils.rst_code_finder import find_code_blocks, mark_antsibull_code_block
from docutils import nodes
from docutils.parsers.rst import Directive, directives

FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The first line of a block that is a file.
FILE_NAME = re.compile(r"# ([\w.-]+\.\w+)\n")


@dataclass(frozen=True)
class Command:
    """A command in one line, and the lines of output that the page shows under it."""

    line: str
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """A block of code. file: the name of the file that it is, if the page gives it one."""

    page: str
    number: int
    language: str
    text: str
    file: str | None = None

    @property
    def commands(self) -> list[Command]:
        """The commands of a block of a console."""
        found: list[Command] = []
        for line in self.text.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                found.append(Command(line[2:]))
            elif found and _is_open(found[-1].line):
                found[-1] = Command(f"{found[-1].line}\n{line}")
            elif line.strip() and found:
                found[-1] = Command(found[-1].line, (*found[-1].shown, line))
        return found


def _is_open(command: str) -> bool:
    """Whether a quotation of the command goes on in the next line."""
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return True
    return False


class _Captioned(Directive):
    """A block of code, whose caption is the name of the file."""

    has_content = True
    optional_arguments = 1
    option_spec = {"caption": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content)
        block = nodes.literal_block(code, code, classes=["code-block"])
        language = self.arguments[0] if self.arguments else None
        mark_antsibull_code_block(block, language=language, line=self.lineno, other=self.options)
        return [block]


def blocks(path: Path) -> list[Block]:
    """Return the blocks of code on the page, which is Markdown or reStructuredText, in their order."""
    text = path.read_text()
    if path.suffix == ".md":
        found = [(language, code, None) for language, code in FENCED.findall(text)]
    else:
        parsed = find_code_blocks(text, path=path, extra_directives={"code-block": _Captioned})
        found = [(one.language or "", one.content, one.attributes.get("antsibull-other-caption")) for one in parsed]
    result = []
    for number, (language, code, caption) in enumerate(found):
        heading = FILE_NAME.match(code)
        result.append(Block(path.stem, number, language, code, caption or (heading[1] if heading else None)))
    return result
