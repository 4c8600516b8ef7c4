# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command at a terminal and type an answer when it asks for a name: `type_answer.py ANSWER COMMAND...`.

With `--unasked` in place of the answer nothing is typed, and the command must end without a question.
"""

from __future__ import annotations

import sys

import pexpect

QUESTION = "Type the name of the tenant"

answer = sys.argv[1]
child = pexpect.spawn(sys.argv[2], sys.argv[3:], encoding="utf-8", timeout=60, dimensions=(24, 500))
child.logfile_read = sys.stdout
if answer == "--unasked":
    if child.expect([QUESTION, pexpect.EOF]) == 0:
        sys.exit("it has asked")
else:
    child.expect(QUESTION)
    child.sendline(answer)
    child.expect(pexpect.EOF)
child.close()
sys.exit(child.exitstatus)
