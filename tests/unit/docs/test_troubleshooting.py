# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page with all messages has those of the source, and each says what to do."""

from __future__ import annotations

import pytest

from tests.docs import messages, troubleshooting

FOUND = [*messages.plugin_messages(), *messages.playbook_messages()]
NOTES = troubleshooting.notes(FOUND)


def test_the_page_is_up_to_date() -> None:
    command = "build/venv/bin/python -m tests.docs.troubleshooting"
    assert troubleshooting.PAGE.read_text() == troubleshooting.render(), f"run {command}"


@pytest.mark.parametrize("message", FOUND, ids=lambda message: message.text[:40])
def test_a_message_says_what_to_do(message: messages.Message) -> None:
    section = troubleshooting.section_of(message)
    assert message in NOTES or troubleshooting.ADVICE.search(message.text) or section in troubleshooting.SAME_ADVICE


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("client_id: it is not a UUID; check that client_id and client_secret are not swapped.", "InputError"),
        ("its version is <version>, not <expected version> (expected_version): it was changed since", "RefusedError"),
        ("is not one of enabled, disabled, absent.", "InputError"),
        ("datacenter_url: <reason>; give only the data center's address", "InputError"),
        ("there is white space around '<text>'; remove it, for example with the trim filter.", ""),
        # A text that an error has as the value of a variable, and one that is added to a message.
        ("no connection to <host>: check datacenter_url, and that this machine may reach it.", "TransportError"),
        ("It had not taken effect when the tenant was read afterwards.", "advice"),
        ("the platform was slow: <count> requests were retried", "warning"),
        ("rows: the export is empty; check how it was made.", ""),
        ("cannot be limited to other hosts. Remove the limit, and choose tenants by the export.", "playbook"),
    ],
)
def test_messages_are_found(words: str, kind: str) -> None:
    assert [one.kind for one in FOUND if words in one.text] == [kind]
