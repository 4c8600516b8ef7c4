# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start and stop the simulator from the command line: ``python -m tests.simulator start --state-file FILE``."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from . import switches
from .seed import CUSTOMER_CLIENT_ID, CUSTOMER_CLIENT_SECRET
from .server import Simulator

README = Path(__file__).with_name("README.md")
TABLE_START = "<!-- switches -->\n"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _run(seed: str, port: int, parent_pid: int | None) -> int:
    """Serve until a signal comes or the parent is gone; the first line of the output says where and how."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *args: ended.set())
    with Simulator(seed, port=port) as simulator:
        state = {
            "url": simulator.url,
            "pid": os.getpid(),
            "client_id": simulator.client_id,
            "client_secret": simulator.client_secret,
            "customer_client_id": CUSTOMER_CLIENT_ID,
            "customer_client_secret": CUSTOMER_CLIENT_SECRET,
            "ids": simulator.platform.well_known,
        }
        print(json.dumps(state), flush=True)
        while not ended.wait(0.5):
            if parent_pid is not None and not _alive(parent_pid):
                break
    return 0


def _start(state_file: Path, seed: str, port: int, parent_pid: int | None) -> int:
    """Serve from a process of its own; return when it answers."""
    if _answering(state_file):
        print("a simulator is running already, see the state file", file=sys.stderr)
        return 1
    assert __package__
    root = Path(__file__).resolve().parents[len(__package__.split("."))]
    command = [sys.executable, "-m", __package__, "run", "--seed", seed, "--port", str(port)]
    if parent_pid is not None:
        command += ["--parent-pid", str(parent_pid)]
    errors = state_file.with_name(state_file.name + ".log")
    with errors.open("wb") as error_file:
        process = subprocess.Popen(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=error_file,
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout as output:
        state = output.readline()
    if not state:
        print(errors.read_text(encoding="utf-8", errors="replace"), file=sys.stderr)
        return process.wait()
    # The file holds a secret: nobody else may read it, not even for a moment.
    fresh = state_file.with_name(state_file.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(state)
    fresh.replace(state_file)
    print(json.loads(state)["url"])
    return 0


def _answering(state_file: Path) -> dict[str, Any] | None:
    """The state of the simulator that the file tells of, if it still answers and is that process."""
    try:
        state: dict[str, Any] = json.loads(state_file.read_text(encoding="utf-8"))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{state['url']}/_simulator/health", timeout=5) as answer:
            return state if json.load(answer)["pid"] == state["pid"] else None
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        return None


def _stop(state_file: Path) -> int:
    """End the simulator that the file tells of; nothing to do is fine."""
    state = _answering(state_file)
    if state:
        # The id is checked by the answer, so this cannot be another process that got the number since.
        with contextlib.suppress(ProcessLookupError):
            os.kill(state["pid"], signal.SIGTERM)
        limit = time.monotonic() + 10
        while _answering(state_file):
            if time.monotonic() > limit:
                print(f"process {state['pid']} does not end", file=sys.stderr)
                return 1
            time.sleep(0.05)
    for name in (state_file, state_file.with_name(state_file.name + ".log")):
        name.unlink(missing_ok=True)
    return 0


def _env(state_file: Path) -> int:
    """Print the shell commands after which modules and playbooks use the simulator that the file tells of."""
    state = _answering(state_file)
    if not state:
        print("no simulator is running, see start", file=sys.stderr)
        return 1
    for variable, key in (("DATACENTER_URL", "url"), ("CLIENT_ID", "client_id"), ("CLIENT_SECRET", "client_secret")):
        print(f"export ACRONIS_{variable}={shlex.quote(state[key])}")
    return 0


def _docs() -> int:
    """Write the table of switches into the README."""
    head = README.read_text(encoding="utf-8").partition(TABLE_START)[0]
    README.write_text(head + TABLE_START + "\n" + switches.markdown(), encoding="utf-8")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the value is the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("start", "serve from a process of its own"), ("run", "serve until interrupted")):
        command = commands.add_parser(name, help=text)
        seeds = "demo, minimal, examples, wide:N or estate:N (default: demo)"
        command.add_argument("--seed", default="demo", help=seeds)
        command.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
        command.add_argument("--parent-pid", type=int, help="end when this process is gone")
        if name == "start":
            command.add_argument("--state-file", type=Path, required=True, help="where to write URL and credentials")
    for name, text in (
        ("env", "print the shell commands after which modules and playbooks use it"),
        ("stop", "end the one that was started"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--state-file", type=Path, required=True, help="the file given to start")
    commands.add_parser("docs", help="write the table of switches into the README")
    options = parser.parse_args(arguments)
    if options.command == "start":
        return _start(options.state_file.resolve(), options.seed, options.port, options.parent_pid)
    if options.command == "run":
        return _run(options.seed, options.port, options.parent_pid)
    if options.command in ("env", "stop"):
        return {"env": _env, "stop": _stop}[options.command](options.state_file.resolve())
    return _docs()


if __name__ == "__main__":
    sys.exit(main())
