# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""playbooks/awx_setup.yml with the real awx.awx against a stand-in of AWX."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.acronis.tests.docs.blocks import blocks
from ansible_collections.community.acronis.tests.process.awx import PROJECT, Awx, Object
from ansible_collections.community.acronis.tests.process.runs import BIN
from ansible_collections.community.acronis.tests.run.workspace import ANSIBLE_CONFIG

REPOSITORY = "https://git.example.com/acronis.git"
SECRET = "stand-in-of-a-secret"
TENANT = {
    "ACRONIS_DATACENTER_URL": "https://eu2-cloud.acronis.com",
    "ACRONIS_CLIENT_ID": "5fc16407-b082-4bc3-a2df-6e738291a0bf",
    "ACRONIS_CLIENT_SECRET": SECRET,
    "ACRONIS_PROTECTED_TENANTS": "Hospital\nC-3001\n",
}
# The example of the guide, with another time.
GUIDE = blocks(Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_awx.rst")
EVERYTHING: Object = {
    **yaml.safe_load(next(block.text for block in GUIDE if block.file == "awx.yml")),
    "acronis_awx_approval_timeout": 3600,
}
PLAYBOOKS = ("reactivate", "reconcile", "suspend", "terminate")


@pytest.fixture(scope="module")
def awx() -> Iterator[Awx]:
    """An AWX in which an earlier run has come half way, and somebody has changed what it has made."""
    with Awx() as running:
        make_half(running)
        yield running


def make_half(awx: Awx) -> None:
    organization = awx.find("organizations")["id"]
    # A project that could not be updated so far.
    project = awx.add(
        "projects", name="Acronis playbooks", organization=organization, scm_type="git", scm_url="https://old.example"
    )
    # A template without credential, with another survey; and one with the wrong playbook.
    local = awx.add("inventories", name="Acronis localhost", organization=organization)
    template = {"project": project, "inventory": local, "ask_job_type_on_launch": True}
    suspend = awx.add("job_templates", name="Acronis suspend", playbook="suspend.yml", **template)
    awx.add("job_templates", name="Acronis reactivate", playbook="terminate.yml", **template)
    awx.state.surveys[suspend] = {"name": "", "description": "", "spec": [{"variable": "acronis_tenant"}]}
    # An approval of which only the node was made, and one in the place of which somebody has put a job.
    for name, target in (("suspend", None), ("reactivate", suspend)):
        workflow = awx.add(
            "workflow_job_templates", name=f"Acronis {name} with approval", organization=organization, extra_vars="{}"
        )
        node = {"workflow_job_template": workflow}
        awx.add("workflow_job_template_nodes", identifier="approve", unified_job_template=target, **node)
        # And a way around the approval.
        plan = awx.add("workflow_job_template_nodes", identifier="plan", unified_job_template=suspend, **node)
        apply = awx.add("workflow_job_template_nodes", identifier="apply", unified_job_template=suspend, **node)
        awx.state.links[plan, "success_nodes"] = [apply]


class SetUp:
    """One run of the playbook, and what came of it."""

    def __init__(self, awx: Awx, variables: Object, tenant: dict[str, str] | None = None, *arguments: str) -> None:
        before = len(awx.log)
        command = [str(BIN / "ansible-playbook"), "community.acronis.awx_setup", "-e", json.dumps(variables)]
        done = subprocess.run(
            [*command, *arguments],
            env={
                **os.environ,
                "CONTROLLER_HOST": awx.url,
                "CONTROLLER_OAUTH_TOKEN": awx.token,
                **(TENANT if tenant is None else tenant),
            }
            | {
                "ANSIBLE_COLLECTIONS_PATH": os.environ["COLLECTIONS_WITH_AWX"],
                "ANSIBLE_CONFIG": str(ANSIBLE_CONFIG),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.code = done.returncode
        self.output = done.stdout + done.stderr
        self.requests = awx.log[before:]

    @property
    def writes(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.requests if one.method != "GET"]


@pytest.fixture(scope="module")
def first(awx: Awx) -> SetUp:
    return SetUp(awx, EVERYTHING)


def test_everything_is_made(awx: Awx, first: SetUp) -> None:
    assert first.code == 0, first.output
    made = {
        kind: sorted(one.get("name", one.get("identifier")) for one in found.values())
        for kind, found in awx.state.objects.items()
    }
    assert made == {
        "organizations": ["Default"],
        "credential_types": ["Acronis API client"],
        "credentials": ["Acronis API client"],
        "execution_environments": ["Acronis"],
        "projects": ["Acronis playbooks"],
        "inventories": ["Acronis localhost", "Acronis tenants"],
        "inventory_sources": ["Acronis tenants"],
        "job_templates": [f"Acronis {name}" for name in PLAYBOOKS],
        "workflow_job_templates": ["Acronis reactivate with approval", "Acronis suspend with approval"],
        "workflow_job_template_nodes": sorted(["plan", "approve", "apply"] * 2),
        "workflow_approval_templates": ["Approve the plan: Acronis reactivate", "Approve the plan: Acronis suspend"],
        "schedules": ["Acronis reconcile"],
    }
    assert Counter(one.status for one in first.requests).keys() <= {200, 201, 202, 204}


def test_the_credential_gives_jobs_what_the_modules_read(awx: Awx, first: SetUp) -> None:
    kind = awx.find("credential_types")
    assert kind["injectors"] == {
        "env": {f"ACRONIS_{one['id'].upper()}": "{{ " + one["id"] + " }}" for one in kind["inputs"]["fields"]}
    }
    assert [one["id"] for one in kind["inputs"]["fields"] if one.get("secret")] == ["client_secret"]
    assert kind["inputs"]["required"] == ["datacenter_url", "client_id", "client_secret"]
    assert awx.find("credentials")["inputs"] == {
        "datacenter_url": TENANT["ACRONIS_DATACENTER_URL"],
        "client_id": TENANT["ACRONIS_CLIENT_ID"],
        "client_secret": SECRET,
        "protected_tenants": TENANT["ACRONIS_PROTECTED_TENANTS"],
    }
    assert SECRET not in first.output


def test_the_job_templates(awx: Awx, first: SetUp) -> None:
    for name in PLAYBOOKS:
        template = awx.find("job_templates", name=f"Acronis {name}")
        assert template["playbook"] == f"{name}.yml"
        assert yaml.safe_load((PROJECT / template["playbook"]).read_text())[0]["ansible.builtin.import_playbook"] == (
            f"community.acronis.{name}"
        )
        # Whoever starts it may choose check mode. Variables come from the survey alone.
        assert (template["job_type"], template["ask_job_type_on_launch"]) == ("run", True)
        assert (template["survey_enabled"], template["ask_variables_on_launch"]) == (True, False)
        assert template["execution_environment"] == awx.find("execution_environments")["id"]
        assert template["inventory"] == awx.find("inventories", name="Acronis localhost")["id"]
        assert awx.linked(template, "credentials") == [awx.find("credentials")]
    survey = awx.survey(awx.find("job_templates", name="Acronis terminate"))
    assert [name for name, one in survey.items() if one["required"] and not one["default"]] == ["acronis_expected_name"]


def test_the_workflow_applies_the_plan_after_the_approval(awx: Awx, first: SetUp) -> None:
    for name in ("suspend", "reactivate"):
        template = awx.find("job_templates", name=f"Acronis {name}")
        workflow = awx.find("workflow_job_templates", name=f"Acronis {name} with approval")
        assert json.loads(workflow["extra_vars"]) == {"acronis_plan_artifact": True}
        assert awx.survey(workflow) == awx.survey(template)
        plan, approve, apply = (
            awx.find("workflow_job_template_nodes", workflow_job_template=workflow["id"], identifier=identifier)
            for identifier in ("plan", "approve", "apply")
        )
        assert (plan["unified_job_template"], plan["job_type"]) == (template["id"], "check")
        assert (apply["unified_job_template"], apply["job_type"]) == (template["id"], "run")
        approval = awx.find("workflow_approval_templates", id=approve["unified_job_template"])
        assert (approval["name"], approval["timeout"]) == (f"Approve the plan: Acronis {name}", 3600)
        assert [awx.linked(node, "success_nodes") for node in (plan, approve, apply)] == [[approve], [apply], []]
        assert not any(awx.linked(node, f"{when}_nodes") for node in (plan, approve) for when in ("failure", "always"))


def test_the_inventory_source_and_the_schedule(awx: Awx, first: SetUp) -> None:
    source = awx.find("inventory_sources")
    assert source["inventory"] == awx.find("inventories", name="Acronis tenants")["id"]
    assert source["source_project"] == awx.find("projects")["id"]
    assert source["credential"] == awx.find("credentials")["id"]
    assert (PROJECT / source["source_path"]).is_file()
    schedule = awx.find("schedules")
    assert schedule["unified_job_template"] == awx.find("job_templates", name="Acronis reconcile")["id"]
    assert schedule["rrule"] == EVERYTHING["acronis_awx_schedule"]
    assert schedule["extra_data"].items() >= EVERYTHING["acronis_awx_reconcile"].items()


def test_a_second_run_changes_nothing_even_without_the_secret(awx: Awx, first: SetUp) -> None:
    before = copy.deepcopy(awx.state)
    again = SetUp(awx, EVERYTHING, {name: "" for name in TENANT})
    assert again.code == 0, again.output
    assert again.writes == []
    assert "changed=0" in again.output
    assert awx.state == before


def test_a_job_template_is_not_renamed_into_the_approval_whose_place_it_had(awx: Awx, first: SetUp) -> None:
    """Which is what awx.awx alone would do."""
    assert [one.path for one in first.requests if one.method == "PATCH" and "Approve" in str(one.body)] == []
    assert "DELETE" in [one.method for one in first.requests]


@pytest.mark.parametrize(
    ("variables", "arguments", "message"),
    [
        ({}, [], "Give acronis_awx_project_url"),
        ({"acronis_awx_project_url": REPOSITORY, "acronis_awx_projekt": "x"}, [], "do not know acronis_awx_projekt"),
        ({"acronis_awx_project_url": REPOSITORY}, ["--limit", "awx"], "Remove the limit."),
    ],
)
def test_what_is_refused_before_the_first_request(variables: Object, arguments: list[str], message: str) -> None:
    with Awx() as awx:
        refused = SetUp(awx, variables, TENANT, *arguments)
    assert refused.code != 0
    assert message in " ".join(refused.output.split())
    assert refused.requests == []


def test_without_the_secret_nothing_goes_on_until_there_is_a_credential() -> None:
    with Awx() as awx:
        refused = SetUp(awx, {"acronis_awx_project_url": REPOSITORY}, {**TENANT, "ACRONIS_CLIENT_SECRET": ""})
        assert refused.code != 0
        assert "nothing to create it from" in refused.output
        assert awx.state.objects["credentials"] == {}
