# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the page with all messages: `build/venv/bin/python -m tests.docs.troubleshooting`."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import jinja2
import yaml

from tests.docs.messages import (
    PLACEHOLDER,
    ROOT,
    Message,
    platform_codes,
    playbook_messages,
    plugin_messages,
    status_advice,
)

HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "docsite" / "rst" / "troubleshooting.rst"

# What tells the reader what to do. What has none of it needs a note.
ADVICE = re.compile(
    r"(?:^|[;:.,] |and |or )(?:add|ask|check|choose|copy|correct|create|enable|export|get|give|increase|install|leave"
    r"|list|name|plan|put|read|remove|rename|report|restore|review|run|save|set|shorten|use|write)\b"
    r"|\bmust\b|\bis required\b|please report it|is not one of",
    re.IGNORECASE,
)
# Sections of which each message is mended in the same way, which their first lines say.
SAME_ADVICE = {"export", "rows"}

# The section of a message, by what it is and by the file that it stands in. The first that fits.
SECTIONS = (
    ("", "_python.py", "host"),
    ("playbook", "", "playbooks"),
    ("decision", "", "rows"),
    ("warning", "", "warnings"),
    ("advice", "_run.py", "credentials"),
    ("", "tenants.py", "inventory"),
    ("", "_exports.py", "export"),
    ("", "_accounts.py", "export"),
    ("InputError", "_standing.py", "filters"),
    ("", "_standing.py", "rows"),
    ("", "_report.py", "filters"),
    ("", "_shape.py", "filters"),
    ("InputError", "", "input"),
    ("RefusedError", "", "refused"),
    ("NotFoundError", "", "not_found"),
    ("AuthError", "", "credentials"),
    ("TransportError", "", "connection"),
    ("UnsentError", "", "connection"),
    ("AnswerError", "", "answers"),
    ("AcronisError", "", "outcome"),
    ("StoppedError", "", "outcome"),
    ("UnknownOutcomeError", "", "outcome"),
    ("", "_text.py", "input"),
    ("", "_references.py", "not_found"),
    ("", "_lookup.py", "not_found"),
    ("", "_throttle.py", "connection"),
    ("", "_write.py", "outcome"),
    ("", "_module.py", "outcome"),
)


def section_of(message: Message) -> str:
    """Return the section of the page for the message."""
    return next(
        section for kind, source, section in SECTIONS if kind in ("", message.kind) and source in ("", message.source)
    )


def plain(text: str) -> str:
    """Return text as it stands in reStructuredText, with the placeholders in italics."""
    escaped = re.sub(r"([*`|_\\]|://)", r"\\\1", text)
    # Two hyphens would become a dash.
    escaped = re.sub(r"(?<!\S)--[a-z]+", r"``\g<0>``", escaped)
    return PLACEHOLDER.sub(lambda found: f"\\ *{found[0]}*\\ ", escaped)


def sorting(message: Message) -> str:
    """Return by what a message is sorted: its first words."""
    return re.sub(r"<[^>]*>|[^a-z ]", "", message.text.lower()).strip()


def render() -> str:
    """Return the page."""
    found = [*plugin_messages(), *playbook_messages()]
    messages: dict[str, list[Message]] = defaultdict(list)
    for message in sorted(found, key=sorting):
        messages[section_of(message)].append(message)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["plain"] = plain
    text = environment.get_template("troubleshooting.rst.j2").render(
        messages=messages, notes=notes(found), codes=platform_codes(), statuses=status_advice()
    )
    # Nothing needs to be parted from the end of a line.
    lines = "\n".join(line.removesuffix("\\ ").rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).rstrip() + "\n"


def notes(messages: list[Message]) -> dict[Message, str]:
    """Return what is to be said of messages. Raises ValueError for a note that is about none or about several."""
    found: dict[Message, str] = {}
    for words, note in yaml.safe_load((HERE / "notes.yml").read_text()).items():
        about = [one for one in messages if one.text.startswith(words)] or [
            one for one in messages if words in one.text
        ]
        if len(about) != 1:
            raise ValueError(f"the note for {words!r} is about {len(about)} messages")
        found[about[0]] = note
    return found


if __name__ == "__main__":
    PAGE.write_text(render())
