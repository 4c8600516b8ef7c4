# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command at a terminal and type an answer when it asks for a name: `type_answer.py ANSWER COMMAND...`."""

from __future__ import annotations

import sys

import pexpect

child = pexpect.spawn(sys.argv[2], sys.argv[3:], encoding="utf-8", timeout=60, dimensions=(24, 500))
child.logfile_read = sys.stdout
child.expect("Type the name of the tenant")
child.sendline(sys.argv[1])
child.expect(pexpect.EOF)
child.close()
sys.exit(child.exitstatus)
