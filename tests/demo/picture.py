# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw the picture of the README: a terminal with a real run of the playbook terminate.

`python -m tests.demo.picture FILE` writes it as SVG. The same run gives the same file.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

from tests.run.workspace import Workspace
from tests.simulator import Simulator

COLUMNS = 100
TENANT = "Alpine Bakery"
PLAYBOOK = "community.acronis.terminate"
VARIABLES = {"acronis_tenant": TENANT, "acronis_delete_descendants": True}
QUESTION = "Type the name of the tenant to terminate it:"
# The tasks before this one only check the variables.
FIRST_TASK = "TASK [Plan the deletion]"
# Without the font that rich would have browsers fetch. Each text has a length of its own, so any other font fits.
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{
font: {char_height}px/{line_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}}
.{unique_id}-title {{ font: bold 18px sans-serif }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(environment: Mapping[str, str]) -> str:
    """Run the playbook against a simulator, and return what the terminal shows when the name has been typed.

    Then the name is confirmed, and the tenant must be gone.
    """
    with Simulator("demo") as simulator:
        terminal = {name: value for name, value in environment.items() if "COLOR" not in name}
        terminal |= {
            "ACRONIS_DATACENTER_URL": simulator.url,
            "ACRONIS_CLIENT_ID": simulator.client_id,
            "ACRONIS_CLIENT_SECRET": simulator.client_secret,
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "TERM": "xterm-256color",
        }
        shown = io.StringIO()
        child = pexpect.spawn(
            "ansible-playbook",
            [PLAYBOOK, "-e", json.dumps(VARIABLES)],
            env=terminal,
            dimensions=(50, COLUMNS),
            encoding="utf-8",
            timeout=60,
        )
        child.logfile_read = shown
        child.expect_exact(QUESTION)
        child.send(TENANT)
        child.expect_exact(TENANT)
        at_the_question = shown.getvalue()
        child.sendline()
        child.expect_exact("1 tenant: deleted")
        child.expect(pexpect.EOF)
        tenants = simulator.platform.tenants.values()
        assert [one.name for one in tenants if one.name == TENANT and not simulator.platform.is_deleted(one)] == []
    return at_the_question


def draw(output: str) -> str:
    """Return the terminal with the command and this output as SVG."""
    text = Text.from_ansi(output.replace("\r\n", "\n"))
    start = text.plain.index(FIRST_TASK)
    command = f"$ ansible-playbook {PLAYBOOK} \\\n    -e '{json.dumps(VARIABLES)}'\n"
    shown = Text.assemble((command, "bold"), ("[...]\n\n", "dim"), text[start:], ("\u2588", ""))
    widest = max(len(line) for line in shown.plain.splitlines())
    assert widest <= COLUMNS, f"a line has {widest} columns, and the picture {COLUMNS}"
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(shown, highlight=False)
    svg = console.export_svg(title="terminate", code_format=SVG, font_aspect_ratio=0.6, unique_id="terminate")
    return "".join(f"{line.rstrip()}\n" for line in svg.splitlines())


def main() -> int:
    """Write the picture into the file that is named."""
    workspace = Workspace()
    workspace.prepare()
    Path(sys.argv[1]).write_text(draw(run(workspace.environment())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
