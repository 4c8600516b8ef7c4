# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator over HTTP, and from the command line."""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from ansible_collections.community.acronis.tests import simulator as package
from ansible_collections.community.acronis.tests.simulator import Simulator, __main__, seed, server

ROOT = Path(package.__file__).resolve().parents[2]


def login(simulator: Simulator) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    answer = session.post(
        f"{simulator.url}/api/2/idp/token",
        data={"grant_type": "client_credentials"},
        auth=(simulator.client_id, simulator.client_secret),
        timeout=10,
    )
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


def test_connections_stay_open(simulator: Simulator) -> None:
    connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"), timeout=10)
    connection.connect()
    opened: Any = connection.sock
    for method, path, status in (
        ("GET", "/api/2/tenants", 401),
        ("GET", "/api/2/nonsense", 404),
        ("PUT", "/api/2/tenants/x", 401),
        ("HEAD", "/api/2/tenants", 401),
        ("DELETE", "/_simulator/log", 204),
        ("GET", "/_simulator/health", 200),
    ):
        connection.request(method, path, body=b"x" if method == "PUT" else None)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert connection.sock is opened
    connection.close()


def test_client_may_ask_to_close(simulator: Simulator) -> None:
    answer = requests.get(f"{simulator.url}/_simulator/health", headers={"Connection": "close"}, timeout=10)
    assert answer.headers["Connection"] == "close"


def test_work_over_http(simulator: Simulator) -> None:
    session, tenant_id = login(simulator), simulator.platform.well_known["solo"]
    url = f"{simulator.url}/api/2/tenants/{tenant_id}"
    answer = session.put(url, json={"version": 3, "enabled": False}, timeout=10)
    assert answer.status_code == 200
    answer = session.delete(url, params={"version": answer.json()["version"]}, timeout=10)
    assert (answer.status_code, answer.content) == (204, b"")
    assert session.get(url, timeout=10).status_code == 404


@pytest.mark.parametrize(("drop", "enabled"), [("before", True), ("after", False)])
def test_cut_connections(simulator: Simulator, drop: str, enabled: bool) -> None:
    session, tenant_id = login(simulator), simulator.platform.well_known["solo"]
    simulator.app.faults.add(method="PUT", drop=drop)
    with pytest.raises(requests.exceptions.ConnectionError):
        session.put(f"{simulator.url}/api/2/tenants/{tenant_id}", json={"version": 3, "enabled": False}, timeout=10)
    assert simulator.platform.tenants[tenant_id].enabled is enabled


def test_late_answer_takes_effect(simulator: Simulator) -> None:
    session, tenant_id = login(simulator), simulator.platform.well_known["solo"]
    simulator.app.faults.add(method="PUT", delay=0.3)
    with pytest.raises(requests.exceptions.ReadTimeout):
        session.put(
            f"{simulator.url}/api/2/tenants/{tenant_id}", json={"version": 3, "enabled": False}, timeout=(10, 0.1)
        )
    assert not simulator.platform.tenants[tenant_id].enabled


def test_many_at_the_same_time(simulator: Simulator) -> None:
    """Of many writers with the same version exactly one wins."""
    tenant_id = simulator.platform.well_known["solo"]
    sessions = [login(simulator) for number in range(8)]
    statuses: list[int] = []

    def write(session: requests.Session) -> None:
        answer = session.put(
            f"{simulator.url}/api/2/tenants/{tenant_id}", json={"version": 3, "enabled": False}, timeout=10
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=write, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 7
    assert sum(entry["effect"] for entry in simulator.app.log) == 1


def test_waiting_keeps_nobody_else_waiting(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """All requests are in their latency at once; one that waited under a lock would break the barrier."""
    together = threading.Barrier(32)
    monkeypatch.setattr(server, "time", SimpleNamespace(sleep=lambda seconds: together.wait(20)))
    session = login(simulator)
    url = f"{simulator.url}/api/2/tenants/{simulator.platform.well_known['solo']}"
    simulator.platform.switches.update({"latency": 0.05})
    statuses: list[int] = []

    def read() -> None:
        statuses.append(requests.get(url, headers=dict(session.headers), timeout=30).status_code)

    threads = [threading.Thread(target=read) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 32


def test_streamed_bodies_are_refused(simulator: Simulator) -> None:
    answer = requests.post(f"{simulator.url}/api/2/tenants", data=iter([b"{}"]), timeout=10)
    assert answer.status_code == 411


def test_fault_of_the_simulator_itself_is_answered(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(simulator.app.platform, "authenticate", None)
    headers = {"Authorization": "Bearer x"}
    assert requests.get(f"{simulator.url}/api/2/tenants", headers=headers, timeout=10).status_code == 500
    assert "TypeError" in capsys.readouterr().err


def test_nothing_answers_after_the_stop() -> None:
    with Simulator("minimal") as running:
        session, url = login(running), running.url
        assert session.get(f"{url}/_simulator/health", timeout=10).status_code == 200
    with pytest.raises(requests.exceptions.ConnectionError):
        session.get(f"{url}/_simulator/health", timeout=10)
    running.stop()
    # Never started: stopping it frees the port all the same.
    idle = Simulator("minimal")
    idle.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(idle.url.rpartition(":")[2])), timeout=10)


# -- from the command line ------------------------------------------------------------------------------------------


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulator", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_start_and_stop(tmp_path: Path) -> None:
    state_file = tmp_path / "state.json"
    started = command("start", "--state-file", str(state_file), "--seed", "minimal", "--parent-pid", str(os.getpid()))
    assert started.returncode == 0, started.stderr
    try:
        assert stat.S_IMODE(state_file.stat().st_mode) == 0o600
        state = json.loads(state_file.read_text())
        assert started.stdout.strip() == state["url"]
        assert (state["client_id"], state["client_secret"]) == (seed.CLIENT_ID, seed.CLIENT_SECRET)
        assert "solo" in state["ids"]
        tree = requests.get(f"{state['url']}/_simulator/tree", timeout=10).json()
        assert tree["ids"] == state["ids"]
        again = command("start", "--state-file", str(state_file))
        assert (again.returncode, "already" in again.stderr) == (1, True)
    finally:
        stopped = command("stop", "--state-file", str(state_file))
    assert stopped.returncode == 0, stopped.stderr
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"{state['url']}/_simulator/health", timeout=10)
    assert command("stop", "--state-file", str(state_file)).returncode == 0


def test_stop_leaves_a_process_alone_that_is_not_the_simulator(simulator: Simulator, tmp_path: Path) -> None:
    state_file = tmp_path / "state.json"
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        state_file.write_text(json.dumps({"url": simulator.url, "pid": other.pid}))
        assert __main__.main(["stop", "--state-file", str(state_file)]) == 0
        assert other.poll() is None
    finally:
        other.communicate(b"\n", timeout=30)
    assert not state_file.exists()


def test_start_that_fails_says_why(tmp_path: Path) -> None:
    state_file = tmp_path / "state.json"
    started = command("start", "--state-file", str(state_file), "--seed", "nonsense")
    assert started.returncode != 0
    assert "unknown seed" in started.stderr
    assert not state_file.exists()


def test_simulator_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.simulator", "run", "--seed", "minimal", "--parent-pid", str(parent.pid)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        state = json.loads(running.stdout.readline())
        assert requests.get(f"{state['url']}/_simulator/health", timeout=10).json() == {"pid": running.pid}
        assert running.poll() is None
        parent.communicate(b"\n", timeout=30)
        assert running.wait(timeout=30) == 0
    finally:
        for process in (parent, running):
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream and not stream.closed:
                    stream.close()
