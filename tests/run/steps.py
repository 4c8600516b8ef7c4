# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a test run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.run import awx, parsing, pythons, venv
from tests.run.report import Report, Result
from tests.run.secrets import Secrets
from tests.run.workspace import NAME, Workspace

if TYPE_CHECKING:
    from tests.simulator import Simulator

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# The sessions of antsibull-nox that do with the tools of this environment. The others each make one of their own, which
# takes more time than what they run in it, or need a container engine.
NOX_SESSIONS = ("yamllint", "license-check", "extra-checks", "antsibull-nox-config")
# The integration targets of the plugins that run on the controller, and of one module.
EACH_PYTHON = ("accounts", "filters", "inventory_tenants", "tenant_state_disabled")


class Steps:
    """The steps, one method each.

    `test` is what of a step of pytest to run: a file, a directory, or a test. `target` is the only integration target.
    """

    def __init__(
        self, workspace: Workspace, report: Report, test: str | None = None, target: str | None = None
    ) -> None:
        self.workspace = workspace
        self.report = report
        self.test = test
        self.target = target
        self.secrets = Secrets()

    def lint(self) -> None:
        """Formats, types, documentation, changelog, licenses; ansible-lint, which takes longest, beside the others."""
        ansible_lint = ["ansible-lint", "--offline", "--profile", "production", "--strict"]
        collections = {"ANSIBLE_COLLECTIONS_PATH": self._collections_with_awx()}
        together(partial(self._gate, "ansible-lint", ansible_lint, collections), self._lint_all_else)

    def _lint_all_else(self) -> None:
        self._gate("ruff check", ["ruff", "check"])
        self._gate("ruff format", ["ruff", "format", "--check"])
        self._mypy()
        # A reference to a plugin that is not installed here could not be checked, and so is not allowed.
        refs = ["--validate-collection-refs=all", "--disallow-unknown-collection-refs"]
        self._gate("antsibull-docs", ["antsibull-docs", "lint-collection-docs", "--plugin-docs", *refs, "."])
        self._gate("antsibull-changelog", ["antsibull-changelog", "lint"])
        directory = self.workspace.root / "build" / "nox-venv"
        nox = venv.ensure(directory, sys.executable, [venv.REQUIREMENTS / "apart" / "nox.txt"]).with_name("nox")
        self._gate("antsibull-nox", [str(nox), "--no-venv", "--session", *NOX_SESSIONS])

    def units(self) -> None:
        """Unit tests, with the coverage of the plugins."""
        html = self.workspace.output / "coverage"
        coverage = ["--cov", "--cov-report=term-missing", f"--cov-report=html:{html}"]
        tests = ["tests/unit", "tests/run", "--ignore=tests/unit/fault_injection"]
        self._pytest("units", [*tests, "--numprocesses=auto", "--dist=worksteal", *coverage])

    def faults(self) -> None:
        """Every fault at every request. Without coverage, which would take most of the time."""
        self._pytest("faults", ["tests/unit/fault_injection", "--numprocesses=auto"])

    def conformance(self) -> None:
        """The simulator against the interface that it stands for."""
        self._pytest("conformance", ["tests/conformance", "--numprocesses=auto"])

    def process(self) -> None:
        """Runs of Ansible that are canceled or end before their modules, through ansible-runner as in AWX; and modules
        on the oldest Python that they run on."""
        python = pythons.find(pythons.OLDEST_TARGET)
        settings = {"COLLECTIONS_WITH_AWX": self._collections_with_awx()}
        if python is not None:
            directory = self.workspace.root / "build" / f"target-python{pythons.OLDEST_TARGET}"
            settings["TARGET_PYTHON"] = str(venv.ensure(directory, python, [venv.RUNTIME]))
        self._pytest("process", ["tests/process", "--numprocesses=2", "--dist=loadfile"], settings)

    def ansible(self) -> None:
        """What Ansible does to the input of the modules, and to their results."""
        self._pytest("ansible", ["tests/ansible"])

    def package(self) -> None:
        """What Galaxy makes of the built collection, what users install, and what they copy from README and guides."""
        settings = {"COLLECTIONS_WITH_AWX": self._collections_with_awx()}
        self._pytest("package", ["tests/package", "--numprocesses=2", "--dist=worksteal"], settings)

    def lanes(self) -> None:
        """All but the last step, three at a time, with the longest first. What waits leaves its core to the others."""
        together(
            self.integration,
            self.units,
            # One after the other, since they write into the copy, or pack it.
            partial(in_order, self.lint, self.docs, self.sanity, self.ansible_units, self.package),
            self.faults,
            self.process,
            self.ansible,
            self.demo,
            self.conformance,
            at_once=3,
        )

    def sanity(self) -> None:
        """ansible-test sanity, with nothing ignored. pylint reads the plugins alone: ruff and mypy read the tests."""
        self._check("no ignore file", self.no_ignore_file)
        for name, choice in (("sanity", ["--skip-test", "pylint"]), ("pylint", ["--test", "pylint", "plugins/"])):
            log, code, seconds = self._ansible_test(name, ["sanity", "-v", *choice])
            self._close(f"ansible-test {name}", parsing.sanity_result(log.read_text()), code, log, seconds)

    def ansible_units(self) -> None:
        """Unit tests as ansible-test runs them: modules see only what they may import. Of all tests, which have run
        before, those that run modules, and so import all that there is.
        """
        log, code, seconds = self._ansible_test("ansible-units", ["units", "tests/unit/plugins/modules/"])
        reports = (self.workspace.collection / "tests" / "output" / "junit").glob("*-units.xml")
        result = parsing.pytest_result(*(report.read_text() for report in reports))
        self._close("ansible-test units", result, code, log, seconds)

    def plugin_units(self) -> None:
        """The unit tests of the plugins, with few random cases and no counted steps, which do not depend on Python."""
        tests = ["tests/unit/plugins", "--ignore=tests/unit/plugins/module_utils/test_scaling.py"]
        self._pytest("plugin-units", [*tests, "--hypothesis-profile=few", "--numprocesses=auto"])

    def plays(self) -> None:
        """The real runs of Ansible that depend on its release."""
        together(self.ansible, self.process)

    def sanity_pythons(self) -> None:
        """ansible-test sanity, which compiles and imports on each Python found here on which modules run."""
        core = ".".join(version("ansible-core").split(".")[:2])
        # ansible-test looks for them in PATH alone.
        links = self.workspace.build / "pythons"
        shutil.rmtree(links, ignore_errors=True)
        links.mkdir()
        found = {python: pythons.find(python) for python in pythons.targets(core)}
        for python, path in found.items():
            if path:
                (links / f"python{python}").symlink_to(path)
        absent = [python for python, path in found.items() if not path]
        paths = {"PATH": f"{self.workspace.environment()['PATH']}:{links}"}
        log, code, seconds = self._run("sanity-pythons", ["ansible-test", "sanity", "-v", "--color", "no"], paths)
        self._close("ansible-test sanity", parsing.sanity_result(log.read_text(), absent), code, log, seconds)

    def integration(self) -> None:
        """Playbooks through ansible-test, in two halves at the same time, each against a simulator of its own."""
        self._integrate_halves([self.target] if self.target else self.targets())

    def integration_pythons(self) -> None:
        """The same, with those targets alone whose code depends most on Python."""
        self._integrate_halves(EACH_PYTHON)

    def _integrate_halves(self, targets: Sequence[str]) -> None:
        halves = {"integration-1": targets[::2], "integration-2": targets[1::2]}
        together(*(partial(self._beside(name)._integrate, name, half) for name, half in halves.items() if half))

    def _beside(self, part: str) -> Steps:
        """The steps for another run of ansible-test at the same time."""
        workspace = self.workspace.beside(part)
        workspace.prepare()
        steps = Steps(workspace, self.report, target=self.target)
        steps.secrets = self.secrets
        return steps

    def targets(self) -> list[str]:
        """The integration targets. What they share is a directory beside theirs, without aliases."""
        return sorted(path.parent.name for path in self.workspace.root.glob("tests/integration/targets/*/aliases"))

    def _integrate(self, name: str, targets: Sequence[str]) -> None:
        config = self.workspace.collection / "tests" / "integration" / "integration_config.yml"
        with self._simulator(name) as simulator:
            settings = {
                "simulator_url": simulator.url,
                "client_id": simulator.client_id,
                "client_secret": simulator.client_secret,
                "python": sys.executable,
            }
            config.touch(mode=0o600)
            config.write_text(yaml.safe_dump(settings))
            try:
                arguments = ["integration", "-vvvv", "--continue-on-error", *targets]
                log, code, seconds = self._ansible_test(name, arguments)
            finally:
                config.unlink()
        # Only targets that passed are in the report.
        reports = (self.workspace.collection / "tests" / "output" / "data").glob("integration-*.json")
        passed = [target for report in reports for target in json.loads(report.read_text())["targets"].values()]
        durations = {target["name"]: target["run_time_seconds"] for target in passed}
        failed = [target for target in targets if target not in durations]
        for target, spent in durations.items():
            self.report.add(target, Result(1), spent)
        for target in failed:
            self.report.add(target, Result(0, 1), None)
        note = f"{len(durations)} targets passed, {len(failed)} failed"
        self.report.add("ansible-test integration", Result(0, int(bool(code)), note, log), seconds)

    def demo(self) -> None:
        """The demo, against a simulator."""
        self._show("demo", ["tests.demo"])

    def bench(self) -> None:
        """The benchmark with few sizes, against a simulator: what it measures must be right, whatever time it takes."""
        self._show("bench", ["tests.benchmarks", "--quick"])

    def leaks(self) -> None:
        """No secret that the steps before have used stands in a log."""
        self._check("no secret in a log", lambda: self.secrets.search(self.workspace.logs))

    def docs(self) -> None:
        """The documentation site in build/docs/html, without a warning, and each link in it."""
        site = self.workspace.output / "docs"
        shutil.rmtree(site, ignore_errors=True)
        pages, html = site / "rst", site / "html"
        # antsibull-docs wants a directory that nobody else can write to.
        pages.mkdir(parents=True, mode=0o755)
        antsibull = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
        self._gate("site pages", [*antsibull, "--dest-dir", str(pages), NAME])
        # antsibull-docs takes no pictures along.
        for picture in self.workspace.collection.glob("docs/docsite/rst/*.svg"):
            shutil.copy(picture, pages / "docsite")
        sphinx = ["sphinx-build", "--fail-on-warning", "--keep-going", "--nitpicky", "--builder", "html"]
        configuration = self.workspace.collection / "tests" / "docs"
        self._gate("site", [*sphinx, "--conf-dir", str(configuration), str(pages), str(html)])
        self._gate("site links", [sys.executable, "-m", "tests.docs.links", str(html)])

    def _collections_with_awx(self) -> str:
        """Where Ansible finds the copy and awx.awx."""
        return f"{self.workspace.build}:{awx.ensure(self.workspace.root / 'build' / 'awx')}"

    def _mypy(self) -> None:
        parts = [
            "tests.run",
            "tests.simulator",
            "tests.demo",
            "tests.docs",
            "tests.benchmarks",
            f"ansible_collections.{NAME}.plugins",
        ]
        paths = {"MYPYPATH": f"{self.workspace.build}:{self.workspace.collection}"}
        command = ["mypy", "--strict", f"--cache-dir={self.workspace.build / 'cache' / 'mypy'}"]
        for part in parts:
            command += ["--package", part]
        self._gate("mypy", command, paths)

    def no_ignore_file(self) -> Result:
        """Check that no finding of ansible-test sanity is set aside."""
        found = [path.name for path in (self.workspace.root / "tests" / "sanity").glob("ignore*.txt")]
        return Result(0, 1, f"to be removed: {found}") if found else Result(1)

    @contextmanager
    def _simulator(self, use: str) -> Iterator[Simulator]:
        # Here and not above: a simulator that cannot be imported must not stop the steps that do without.
        from tests.simulator import Simulator

        with Simulator() as simulator:
            try:
                yield simulator
            finally:
                self.secrets.collect(use, simulator)

    def _show(self, name: str, arguments: Sequence[str]) -> None:
        """Run a Python module of the tests against a simulator. What it prints is in its log."""
        with self._simulator(name) as simulator:
            settings = {
                "SIMULATOR_URL": simulator.url,
                "SIMULATOR_CLIENT_ID": simulator.client_id,
                "SIMULATOR_CLIENT_SECRET": simulator.client_secret,
            }
            log, code, seconds = self._run(name, [sys.executable, "-m", *arguments], settings, self.workspace.root)
        self.report.add(name, Result(int(code == 0), int(code != 0), log=log), seconds)

    def _gate(self, name: str, command: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
        log, code, seconds = self._run(f"lint-{name.replace(' ', '-')}", command, settings)
        self.report.add(name, Result(int(code == 0), int(code != 0), log=log), seconds)

    def _check(self, name: str, check: Callable[[], Result]) -> None:
        start = time.monotonic()
        result = check()
        self.report.add(name, result, time.monotonic() - start)

    def _pytest(self, name: str, arguments: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
        # One test is run alone, in one process, and without coverage.
        arguments = [self.test] if self.test else arguments
        junit = self.workspace.output / "junit" / f"{name}.xml"
        junit.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junit-xml={junit}", *arguments]
        paths = {
            "COVERAGE_FILE": str(self.workspace.output / "coverage.data"),
            "PYTHONPATH": f"{self.workspace.build}:{self.workspace.collection}",
        }
        log, code, seconds = self._run(name, command, paths | dict(settings or {}))
        reports = [junit.read_text()] if junit.is_file() else []
        self._close(name, parsing.pytest_result(*reports), code, log, seconds)

    def _ansible_test(self, name: str, arguments: Sequence[str]) -> tuple[Path, int, float]:
        output = self.workspace.collection / "tests" / "output"
        for report in [*output.glob("junit/*"), *output.glob("data/*")]:
            report.unlink()
        command = ["ansible-test", *arguments, "--python", PYTHON, "--color", "no"]
        return self._run(name, command)

    def _run(
        self,
        name: str,
        command: Sequence[str],
        settings: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> tuple[Path, int, float]:
        log = self.workspace.logs / f"{name}.log"
        environment = self.workspace.environment() | dict(settings or {})
        start = time.monotonic()
        with log.open("wb") as output:
            code = subprocess.run(
                command,
                cwd=directory or self.workspace.collection,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        return log, code, time.monotonic() - start

    def _close(self, name: str, result: Result, code: int, log: Path, seconds: float) -> None:
        if code and not result.failed:
            result.failed = 1
            result.note = f"{result.note}; ended with code {code}".removeprefix("; ")
        result.log = log
        self.report.add(name, result, seconds)


def in_order(*steps: Callable[[], None]) -> None:
    """Take the steps one after the other."""
    for step in steps:
        step()


def together(*steps: Callable[[], None], at_once: int | None = None) -> None:
    """Take the steps at the same time (`at_once`: so many), and raise what the first to fail has raised when all have
    ended.
    """
    with ThreadPoolExecutor(at_once or len(steps)) as pool:
        for run in [pool.submit(step) for step in steps]:
            run.result()
