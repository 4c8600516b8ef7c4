# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users get: the archive of the collection, alone; an execution environment; pipelines with the archive."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.community.acronis.tests.process.runs import BIN
from ansible_collections.community.acronis.tests.run.workspace import ANSIBLE_CONFIG
from ansible_collections.community.acronis.tests.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = ROOT / "docs" / "examples" / "pipelines"
TENANTS = ["Solo Software", "Harbor Hotel"]


def run(command: list[str], home: Path, directory: Path | None = None, **variables: str) -> str:
    """Run a command in an environment in which the collection is only where `home` has it. Return its output."""
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": str(home / "collections"),
        "ANSIBLE_CONFIG": str(ANSIBLE_CONFIG),
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "1",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PATH": f"{BIN}:/usr/bin:/bin",
        "PIP_NO_INDEX": "1",
    }
    done = subprocess.run(
        command,
        cwd=directory or home,
        env=environment | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("archive")
    run(["ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(directory)], directory)
    (found,) = directory.glob("community-acronis-*.tar.gz")
    return found


@pytest.fixture(scope="module")
def installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which nothing but the archive is installed."""
    home = tmp_path_factory.mktemp("home")
    run(["ansible-galaxy", "collection", "install", "--offline", str(archive)], home)
    return home


def test_the_archive_holds_what_users_need_and_no_more(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        names = {name.removeprefix("./") for name in opened.getnames()}
    assert {name.split("/")[0] for name in names} == {
        *(
            "CHANGELOG.md",
            "CODE_OF_CONDUCT.md",
            "CONTRIBUTING.md",
            "COPYING",
            "LICENSES",
            "MAINTAINERS.md",
            "README.md",
        ),
        *("FILES.json", "MANIFEST.json", "REUSE.toml"),
        *("changelogs", "docs", "meta", "playbooks", "plugins"),
    }
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    wanted = {name for name in tracked if name.split("/")[0] in ("docs", "meta", "playbooks", "plugins")}
    assert wanted <= names


def test_the_archive_alone_is_enough(installed: Path) -> None:
    root = installed / "collections" / "ansible_collections" / "community" / "acronis"
    for kind, directory in (("module", "modules"), ("inventory", "inventory"), ("filter", "filter")):
        found = sorted((root / "plugins" / directory).glob("[!_]*"))
        names = sorted({f"community.acronis.{path.stem}" for path in found})
        if names:
            page = run(["ansible-doc", "--type", kind, *names], installed).upper()
            assert [name for name in names if name.upper() not in page] == []
    # awx_setup needs a collection that is not installed here.
    names = sorted({path.stem for path in (root / "playbooks").glob("*.yml")} - {"awx_setup"})
    output = run(["ansible-playbook", "--syntax-check", *(f"community.acronis.{name}" for name in names)], installed)
    assert output.count("playbook: ") == len(names) > 2


def test_each_playbook_has_a_wrapper_for_awx(installed: Path) -> None:
    project = ROOT / "docs" / "examples" / "awx_project"
    names = {path.name for path in (ROOT / "playbooks").glob("*.yml")} - {"awx_setup.yml"}
    run(["ansible-playbook", "--syntax-check", *(str(project / name) for name in sorted(names))], installed)


def test_ansible_builder_finds_the_requirements(installed: Path) -> None:
    output = run(["ansible-builder", "introspect", "--sanitize", str(installed / "collections")], installed)
    found = yaml.safe_load("".join(line for line in output.splitlines(True) if not line.startswith("#")))
    python = [line.split("#")[0].strip() for line in found["python"]]
    assert python == ["requests>=2.28"]
    # Nothing is compiled, and no program of the system is needed.
    assert not found.get("system")


def test_ansible_builder_makes_a_context_from_the_example(tmp_path: Path) -> None:
    example = ROOT / "docs" / "examples" / "execution-environment.yml"
    context = tmp_path / "context"
    create = ["ansible-builder", "create", "--file", str(example), "--context", str(context)]
    run([*create, "--output-filename", "Containerfile"], tmp_path)
    assert "FROM" in (context / "Containerfile").read_text()
    galaxy = yaml.safe_load((context / "_build" / "requirements.yml").read_text())
    assert galaxy == {"collections": [{"name": "community.acronis"}]}


# -- pipelines


class Pipeline:
    """A repository with the files of the example, whose jobs run one after the other, each in a fresh copy."""

    def __init__(self, simulator: Simulator, archive: Path, directory: Path) -> None:
        self.simulator = simulator
        self.directory = directory
        self.repository = directory / "repository"
        shutil.copytree(PIPELINES, self.repository)
        # What differs from the example: the tenants, and that the collection comes from the archive.
        (self.repository / "tenants.yml").write_text(yaml.safe_dump({"acronis_tenants": TENANTS}))
        requirement = {"name": str(archive), "type": "file"}
        (self.repository / "requirements.yml").write_text(yaml.safe_dump({"collections": [requirement]}))

    def job(self, name: str, shell: list[str], scripts: list[str], artifacts: dict[str, bytes], home: Path) -> Path:
        """Run the scripts of a job, each in a shell of its own, in a fresh copy with the artifacts of another job."""
        workplace = self.directory / name
        shutil.copytree(self.repository, workplace)
        home.mkdir(exist_ok=True)
        for path, content in artifacts.items():
            (workplace / path).write_bytes(content)
        for script in scripts:
            run(
                [*shell, script],
                home,
                workplace,
                ACRONIS_DATACENTER_URL=self.simulator.url,
                ACRONIS_CLIENT_ID=self.simulator.client_id,
                ACRONIS_CLIENT_SECRET=self.simulator.client_secret,
                GITHUB_STEP_SUMMARY=str(workplace / "summary"),
            )
        return workplace

    def enabled(self) -> list[bool]:
        platform = self.simulator.platform
        return [one.enabled for name in TENANTS for one in platform.tenants.values() if one.name == name]


@pytest.fixture
def pipeline(simulator: Simulator, archive: Path, tmp_path: Path) -> Pipeline:
    return Pipeline(simulator, archive, tmp_path)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


def kept(workplace: Path, paths: list[str]) -> dict[str, bytes]:
    return {path: (workplace / path).read_bytes() for path in paths}


def check(pipeline: Pipeline, plan: list[str], apply: list[str], paths: list[str], shell: list[str]) -> None:
    assert pipeline.enabled() == [True, True]
    artifacts = kept(pipeline.job("plan", shell, plan, {}, pipeline.directory / "home-plan"), paths)
    assert pipeline.enabled() == [True, True]
    assert b"2 of 2 to be disabled" in artifacts["plan.txt"]
    assert pipeline.simulator.client_secret.encode() not in b"".join(artifacts.values())
    pipeline.job("apply", shell, apply, artifacts, pipeline.directory / "home-apply")
    assert pipeline.enabled() == [False, False]


def test_gitlab(pipeline: Pipeline) -> None:
    jobs: dict[str, Any] = yaml.safe_load((PIPELINES / "gitlab-ci.yml").read_text())
    before = jobs["default"]["before_script"]
    scripts = {name: "\n".join([*before, *jobs[name]["script"]]) for name in ("plan", "apply")}
    assert (jobs["apply"]["needs"], jobs["apply"]["rules"][0]["when"]) == (["plan"], "manual")
    # The runner makes one script of all lines, with these settings.
    shell = ["bash", "-eo", "pipefail", "-c"]
    check(pipeline, [scripts["plan"]], [scripts["apply"]], jobs["plan"]["artifacts"]["paths"], shell)


def test_github(pipeline: Pipeline) -> None:
    workflow: dict[str, Any] = yaml.safe_load((PIPELINES / "github-actions.yml").read_text())
    jobs = workflow["jobs"]
    assert set(workflow["env"]) == {"ACRONIS_DATACENTER_URL", "ACRONIS_CLIENT_ID", "ACRONIS_CLIENT_SECRET"}
    assert re.fullmatch(r"\${{ secrets\.\w+ }}", workflow["env"]["ACRONIS_CLIENT_SECRET"])
    assert (jobs["apply"]["needs"], jobs["apply"]["environment"]) == ("plan", "acronis")
    plan, apply = ([step["run"] for step in jobs[name]["steps"] if "run" in step] for name in ("plan", "apply"))
    (upload,) = [step["with"] for step in jobs["plan"]["steps"] if "upload-artifact" in step.get("uses", "")]
    assert workflow["defaults"]["run"]["shell"] == "bash"
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
    check(pipeline, plan, apply, upload["path"].split(), shell)
    assert b"2 of 2 to be disabled" in (pipeline.directory / "plan" / "summary").read_bytes()


def test_a_plan_that_fails_ends_the_job_whatever_comes_after_the_pipe(pipeline: Pipeline, installed: Path) -> None:
    (pipeline.repository / "tenants.yml").write_text(yaml.safe_dump({"acronis_tenants": ["Solo"]}))
    scripts = yaml.safe_load((PIPELINES / "gitlab-ci.yml").read_text())["plan"]["script"]
    with pytest.raises(AssertionError, match="1 failed"):
        pipeline.job("plan", ["bash", "-eo", "pipefail", "-c"], scripts, {}, installed)
    assert not (pipeline.directory / "plan" / "plan.json").exists()
