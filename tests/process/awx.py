# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the part of AWX's API that awx.awx uses to set up what playbooks/awx_setup.yml wants.

It records each request, keeps the objects, and refuses what AWX refuses, as the source of AWX 24.6.1 says:

* fields, what is read-only, defaults, and most refusals: awx/api/serializers.py, the class of each `Kind` below
* surveys: JobTemplateSurveySpec in awx/api/views/__init__.py
* credential types and the inputs of credentials: CredentialTypeInputField, CredentialTypeInjectorField and
  CredentialInputField in awx/main/fields.py; secrets are shown as $encrypted$ (display_inputs in models/credential.py)
* the approval: WorkflowJobTemplateNodeCreateApproval in awx/api/views/__init__.py. Approval templates have a page, but
  no list and no links (awx/api/urls/workflow_approval_template.py)
* links: SubListCreateAttachDetachAPIView in awx/api/generics.py
* what a job of a workflow gets as variables: WorkflowJobNode.get_job_kwargs in awx/main/models/workflow.py

Guessed, as this is behavior of a database and of jobs: that an unknown field is ignored, that an update of a project
has ended when it is first looked at, and that an updated project has the playbooks of docs/examples/awx_project.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2
from flask import Flask, Response, abort, jsonify, make_response, request
from jinja2.sandbox import ImmutableSandboxedEnvironment
from werkzeug.serving import WSGIRequestHandler, make_server

ENCRYPTED = "$encrypted$"
PROJECT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "awx_project"
Object = dict[str, Any]
PROMPTS = ("inventory", "scm_branch", "job_type", "job_tags", "skip_tags", "limit", "diff_mode", "verbosity")
SURVEY_TYPES = {"text": str, "textarea": str, "multiplechoice": (str, list), "integer": int}


class RefusedError(Exception):
    """A request that AWX answers with a status of 400 or so."""

    def __init__(self, errors: dict[str, Any], status: int = 400) -> None:
        super().__init__(errors)
        self.errors = errors
        self.status = status


@dataclass(frozen=True)
class Kind:
    """A kind of object. type: what AWX calls one of them. fields: those that can be written, with their defaults.
    lists: links to lists of other objects."""

    type: str
    fields: Object
    fixed: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    unified: bool = False


NAMED: Object = {"name": "", "description": ""}
KINDS = {
    "organizations": Kind("organization", NAMED),
    "credential_types": Kind("credential_type", {**NAMED, "kind": "", "inputs": {}, "injectors": {}}),
    "credentials": Kind("credential", {**NAMED, "organization": None, "credential_type": None, "inputs": {}}),
    "execution_environments": Kind(
        "execution_environment", {**NAMED, "organization": None, "image": "", "credential": None, "pull": ""}
    ),
    "projects": Kind(
        "project",
        {**NAMED, "organization": None, "scm_type": "", "scm_url": "", "scm_branch": "", "credential": None},
        unified=True,
    ),
    "inventories": Kind(
        "inventory", {**NAMED, "organization": None, "kind": "", "host_filter": None, "variables": ""}, ("kind",)
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {**NAMED, "inventory": None, "source": "", "source_path": "", "source_vars": "", "source_project": None}
        | {"credential": None, "execution_environment": None, "overwrite": False, "overwrite_vars": False},
        ("inventory",),
        unified=True,
    ),
    "job_templates": Kind(
        "job_template",
        {**NAMED, "job_type": "run", "inventory": None, "project": None, "playbook": "", "limit": "", "extra_vars": ""}
        | {"execution_environment": None, "ask_job_type_on_launch": False, "ask_variables_on_launch": False}
        | {"ask_inventory_on_launch": False, "survey_enabled": False},
        lists=("credentials",),
        unified=True,
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {**NAMED, "organization": None, "extra_vars": "", "survey_enabled": False, "ask_variables_on_launch": False},
        unified=True,
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {"identifier": "", "workflow_job_template": None, "unified_job_template": None}
        | {"all_parents_must_converge": False, "extra_data": {}, **dict.fromkeys(PROMPTS)},
        ("workflow_job_template",),
        ("success_nodes", "failure_nodes", "always_nodes"),
    ),
    "workflow_approval_templates": Kind("workflow_approval_template", {**NAMED, "timeout": 0}, unified=True),
    "schedules": Kind(
        "schedule",
        {**NAMED, "unified_job_template": None, "rrule": "", "enabled": True, "extra_data": {}}
        | dict.fromkeys(PROMPTS),
    ),
}
SURVEYED = ("job_templates", "workflow_job_templates")
JOB_TYPES = {"workflow_approval_template": "workflow_approval", "job_template": "job", "project": "project_update"}


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Keep quiet; there is a log of its own."""


@dataclass
class Request:
    """A request as it came in. body: without secrets, as objects are shown."""

    method: str
    path: str
    body: Any
    status: int = 0


@dataclass
class State:
    """The objects by kind and id, and the surveys and links of each."""

    objects: dict[str, dict[int, Object]] = field(default_factory=lambda: {name: {} for name in KINDS})
    surveys: dict[int, Object] = field(default_factory=dict)
    links: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    updated: set[int] = field(default_factory=set)


class Awx:
    """AWX with one organization, on a free port of 127.0.0.1. Use it as a context manager."""

    token = "stand-in-of-a-token"

    def __init__(self) -> None:
        self.state = State()
        self.log: list[Request] = []
        # Whether updates of projects succeed.
        self.repository_works = True
        self._next = 1
        self.add("organizations", name="Default")
        self._server = make_server("127.0.0.1", 0, self._application(), threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """What is to be given as CONTROLLER_HOST."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def writes(self) -> list[Request]:
        """The requests so far that were to change something."""
        return [one for one in self.log if one.method != "GET"]

    def __enter__(self) -> Awx:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # -- what tests do without the API

    def add(self, kind: str, /, **values: Any) -> int:
        """Make an object without any check, and return its id."""
        number = self._next
        self._next += 1
        self.state.objects[kind][number] = copy.deepcopy({**KINDS[kind].fields, **values, "id": number})
        return number

    def find(self, kind: str, /, **values: Any) -> Object:
        """Return the only object of the kind with these values. Raises LookupError if there are none or several."""
        found = [one for one in self.state.objects[kind].values() if values.items() <= one.items()]
        if len(found) != 1:
            raise LookupError(f"{len(found)} {kind} with {values}")
        return found[0]

    def linked(self, one: Object, name: str) -> list[Object]:
        """Return the objects that the object has in a list."""
        return [self._any(number) for number in self.state.links.get((one["id"], name), [])]

    def survey(self, one: Object) -> dict[str, Object]:
        """Return the questions of the object's survey by their variables."""
        return {question["variable"]: question for question in self.state.surveys[one["id"]]["spec"]}

    # -- requests

    def _application(self) -> Flask:
        app = Flask(__name__)
        base = "/api/v2"

        @app.before_request
        def note() -> None:
            body = request.get_json(silent=True) if request.data else None
            request.environ["noted"] = noted = Request(request.method, request.path, hide(body))
            self.log.append(noted)
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                abort(401)

        @app.after_request
        def close(response: Response) -> Response:
            request.environ["noted"].status = response.status_code
            response.headers["X-API-Product-Name"] = "AWX"
            response.headers["X-API-Product-Version"] = "24.6.1"
            return response

        @app.errorhandler(RefusedError)
        def refuse(error: RefusedError) -> Response:
            return make_response(jsonify(error.errors), error.status)

        route: Callable[..., Any] = app.route
        route(f"{base}/unified_job_templates/", methods=["GET"], endpoint="unified")(
            # What templates have in common can be searched for, even where a page does not show it.
            lambda: self._list(
                {"organization": None} | one for kind in KINDS if KINDS[kind].unified for one in self._listed(kind)
            )
        )
        route(f"{base}/<kind>/", methods=["GET", "POST"], endpoint="list")(self._collection)
        route(f"{base}/<kind>/<int:number>/", methods=["GET", "PATCH", "DELETE"], endpoint="detail")(self._detail)
        route(f"{base}/<kind>/<int:number>/survey_spec/", methods=["GET", "POST"], endpoint="survey")(self._survey)
        route(f"{base}/<kind>/<int:number>/create_approval_template/", methods=["POST"], endpoint="approval")(
            self._approval
        )
        route(f"{base}/projects/<int:number>/update/", methods=["POST"], endpoint="update")(self._update)
        route(f"{base}/project_updates/<int:number>/", methods=["GET"], endpoint="updated")(
            lambda number: jsonify(self._update_of(number))
        )
        route(f"{base}/<kind>/<int:number>/<name>/", methods=["GET", "POST"], endpoint="links")(self._links)
        return app

    def _kind(self, kind: str) -> Kind:
        return KINDS.get(kind) or abort(404)

    def _one(self, kind: str, number: int) -> Object:
        self._kind(kind)
        return self.state.objects[kind].get(number) or abort(404)

    def _any(self, number: int) -> Object:
        return next(found[number] for found in self.state.objects.values() if number in found)

    def _kind_of(self, number: int) -> str:
        return next(kind for kind, found in self.state.objects.items() if number in found)

    def _listed(self, kind: str) -> list[Object]:
        if kind == "workflow_approval_templates":
            return []
        return [self._shown(kind, one) for one in self.state.objects[kind].values()]

    def _collection(self, kind: str) -> Response:
        self._kind(kind)
        if kind == "workflow_approval_templates":
            abort(404)
        if request.method == "GET":
            return self._list(self._listed(kind))
        wanted = {**copy.deepcopy(KINDS[kind].fields), **self._given(kind)}
        self._check(kind, wanted, None)
        number = self.add(kind, **wanted)
        return make_response(jsonify(self._shown(kind, self.state.objects[kind][number], created=True)), 201)

    def _detail(self, kind: str, number: int) -> Response:
        one = self._one(kind, number)
        if request.method == "DELETE":
            del self.state.objects[kind][number]
            self.state.links = {
                key: [other for other in others if other != number]
                for key, others in self.state.links.items()
                if key[0] != number
            }
            return make_response("", 204)
        if request.method == "PATCH":
            given = {name: value for name, value in self._given(kind).items() if name not in KINDS[kind].fixed}
            if "inputs" in given and kind == "credentials":
                old = one["inputs"]
                given["inputs"] = {k: old[k] if v == ENCRYPTED else v for k, v in given["inputs"].items()}
            self._check(kind, {**one, **given}, one)
            one.update(given)
        return jsonify(self._shown(kind, one))

    def _given(self, kind: str) -> Object:
        body = request.get_json()
        return {name: value for name, value in body.items() if name in KINDS[kind].fields}

    def _list(self, objects: Iterable[Object]) -> Response:
        found = [one for one in objects if all(self._matches(one, *item) for item in request.args.items())]
        return jsonify({"count": len(found), "next": None, "previous": None, "results": found})

    def _matches(self, one: Object, name: str, wanted: str) -> bool:
        if name.startswith("not__"):
            return not self._matches(one, name.removeprefix("not__"), wanted)
        value: Any = one
        for part in name.split("__"):
            if isinstance(value, int):
                value = self._any(value)
            if part not in value:
                raise RefusedError({"detail": f"{name}: no such field"})
            value = value[part]
        return str(value) == wanted

    def _shown(self, kind: str, one: Object, created: bool = False) -> Object:
        """The object as AWX shows it: with links, summaries of others, and without secrets."""
        url = f"/api/v2/{kind}/{one['id']}/"
        shown = copy.deepcopy(one) | {"type": KINDS[kind].type, "url": url}
        related = {name: f"{url}{name}/" for name in KINDS[kind].lists}
        summary: Object = {}
        for name in KINDS[kind].lists:
            if kind != "job_templates":
                shown[name] = self.state.links.get((one["id"], name), [])
        if kind in SURVEYED:
            related["survey_spec"] = f"{url}survey_spec/"
        if kind == "job_templates":
            shown["organization"] = self.state.objects["projects"][one["project"]]["organization"]
        if kind == "credential_types":
            shown["managed"] = False
        if kind == "credentials":
            shown["inputs"] = self._hidden(one)
        if kind == "projects":
            related["update"] = f"{url}update/"
            shown["status"] = self._update_of(one["id"])["status"]
            shown["scm_revision"] = self._update_of(one["id"])["scm_revision"]
            if created:
                # AWX updates a new project by itself.
                self._note_update(one["id"])
                summary["current_update"] = {"id": one["id"], "status": "pending"}
        if target := one.get("unified_job_template"):
            other = self._kind_of(target)
            related["unified_job_template"] = f"/api/v2/{other}/{target}/"
            job_type = JOB_TYPES.get(KINDS[other].type, KINDS[other].type)
            summary["unified_job_template"] = {"name": self._any(target)["name"], "unified_job_type": job_type}
        return shown | {"related": related, "summary_fields": summary}

    def _hidden(self, credential: Object) -> Object:
        fields = self.state.objects["credential_types"][credential["credential_type"]]["inputs"]["fields"]
        secret = {one["id"] for one in fields if one.get("secret")}
        return {name: ENCRYPTED if name in secret else value for name, value in credential["inputs"].items()}

    def _update(self, number: int) -> Response:
        self._one("projects", number)
        self._note_update(number)
        return make_response(jsonify(self._update_of(number)), 202)

    def _note_update(self, number: int) -> None:
        if self.repository_works:
            self.state.updated.add(number)

    def _update_of(self, number: int) -> Object:
        good = number in self.state.updated
        return {
            "id": number,
            "url": f"/api/v2/project_updates/{number}/",
            "status": "successful" if good else "failed",
            "failed": not good,
            "finished": "2027-01-01T00:00:00Z",
            "event_processing_finished": True,
            "elapsed": 1.0,
            "started": "2027-01-01T00:00:00Z",
            "scm_revision": "5e1f" if good else "",
        }

    def _survey(self, kind: str, number: int) -> Response:
        self._one(kind, number)
        if kind not in SURVEYED:
            abort(404)
        if request.method == "GET":
            return jsonify(self.state.surveys.get(number, {}))
        spec = request.get_json()
        check_survey(spec)
        self.state.surveys[number] = spec
        return jsonify({})

    def _approval(self, kind: str, number: int) -> Response:
        node = self._one(kind, number)
        if kind != "workflow_job_template_nodes":
            abort(404)
        wanted = {**KINDS["workflow_approval_templates"].fields, **self._given("workflow_approval_templates")}
        self._check("workflow_approval_templates", wanted, None)
        node["unified_job_template"] = template = self.add("workflow_approval_templates", **wanted)
        shown = self._shown("workflow_approval_templates", self._any(template))
        return make_response(jsonify(shown), 201)

    def _links(self, kind: str, number: int, name: str) -> Response:
        self._one(kind, number)
        if name not in self._kind(kind).lists:
            abort(404)
        linked = self.state.links.setdefault((number, name), [])
        if request.method == "GET":
            return self._list([self._shown(self._kind_of(other), self._any(other)) for other in linked])
        body = request.get_json()
        if not isinstance(body.get("id"), int):
            raise RefusedError({"msg": '"id" field must be an integer.'})
        if body.get("disassociate"):
            linked.remove(body["id"])
        elif body["id"] not in linked:
            linked.append(body["id"])
        return make_response("", 204)

    # -- what AWX refuses

    def _check(self, kind: str, wanted: Object, old: Object | None) -> None:
        for name, value in wanted.items():
            default = KINDS[kind].fields.get(name)
            if isinstance(default, bool | int | str) and type(value) is not type(default):
                raise RefusedError({name: [f"Not a valid {type(default).__name__}."]})
        if "name" in KINDS[kind].fields and not wanted["name"]:
            raise RefusedError({"name": ["This field may not be blank."]})
        check = getattr(self, f"_check_{KINDS[kind].type}", None)
        if check:
            check(wanted, old)

    def _check_credential_type(self, wanted: Object, old: Object | None) -> None:
        used = old and any(one["credential_type"] == old["id"] for one in self.state.objects["credentials"].values())
        if old and used and wanted["inputs"] != old["inputs"]:
            raise RefusedError({"detail": "Modifications to inputs are not allowed for types that are in use"}, 403)
        if wanted["kind"] not in ("cloud", "net"):
            raise RefusedError({"kind": "Must be 'cloud' or 'net'"})
        names = [one["id"] for one in wanted["inputs"].get("fields", [])]
        known = {"type", "format", "choices", "id", "label", "help_text", "multiline", "secret", "default"}
        for one in wanted["inputs"].get("fields", []):
            if set(one) - known or not {"id", "label", "type"} <= set(one) or one["type"] not in ("string", "boolean"):
                raise RefusedError({"inputs": [f"{one} is not valid"]})
        if len(set(names)) != len(names) or not set(wanted["inputs"].get("required", [])) <= set(names):
            raise RefusedError({"inputs": ["field IDs must be unique, and required ones exist"]})
        environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
        for name, template in wanted["injectors"].get("env", {}).items():
            if name.startswith("ANSIBLE_") or not re.fullmatch("[a-zA-Z_]+[a-zA-Z0-9_]*", name):
                raise RefusedError({"injectors": [f"Environment variable {name} is not allowed in credentials."]})
            try:
                rendered = environment.from_string(template).render(dict.fromkeys(names, "EXAMPLE"))
            except jinja2.UndefinedError as error:
                raise RefusedError({"injectors": [f"{name} uses an undefined field ({error})"]}) from None
            if rendered == template:
                raise RefusedError({"injectors": [f"{name} takes nothing from the credential"]})

    def _check_credential(self, wanted: Object, old: Object | None) -> None:
        if not wanted["organization"]:
            raise RefusedError({"detail": "Missing 'user', 'team', or 'organization'."})
        fields = self.state.objects["credential_types"][wanted["credential_type"]]["inputs"]["fields"]
        choices = {one["id"]: one.get("choices") for one in fields}
        for name, value in wanted["inputs"].items():
            if name not in choices or (choices[name] and value not in choices[name]):
                raise RefusedError({"inputs": [f"{name} is not valid"]})

    def _check_project(self, wanted: Object, old: Object | None) -> None:
        if not wanted["organization"] or not wanted["scm_url"]:
            raise RefusedError({"scm_url": ["SCM URL is required."]})

    def _check_execution_environment(self, wanted: Object, old: Object | None) -> None:
        if not wanted["image"]:
            raise RefusedError({"image": ["This field may not be blank."]})

    def _check_inventory_source(self, wanted: Object, old: Object | None) -> None:
        if wanted["source"] == "scm" and not wanted["source_project"]:
            raise RefusedError({"source_project": "Project required for scm type sources."})

    def _check_job_template(self, wanted: Object, old: Object | None) -> None:
        if not wanted["project"]:
            raise RefusedError({"project": "Job Templates must have a project assigned."})
        if not wanted["inventory"] and not wanted["ask_inventory_on_launch"]:
            raise RefusedError({"inventory": "You must either set a default value or ask to prompt on launch."})
        files = {path.name for path in PROJECT.glob("*.yml")} if wanted["project"] in self.state.updated else set()
        if wanted["playbook"] not in files:
            raise RefusedError({"playbook": ["Playbook not found for project."]})

    def _check_workflow_job_template_node(self, wanted: Object, old: Object | None) -> None:
        for other in self.state.objects["workflow_job_template_nodes"].values():
            if other is not old and all(other[k] == wanted[k] for k in ("workflow_job_template", "identifier")):
                raise RefusedError({"__all__": ["Workflow job template node with this identifier already exists."]})
        self._check_prompts(wanted, required=False)

    def _check_schedule(self, wanted: Object, old: Object | None) -> None:
        rule = wanted["rrule"]
        if not re.match(r"DTSTART(;[^:]+)?:[0-9]+T[0-9]+Z? ", rule) or "RRULE:" not in rule or "INTERVAL" not in rule:
            raise RefusedError({"rrule": ["Valid DTSTART and INTERVAL required in rrule."]})
        self._check_prompts(wanted, required=True)

    def _check_prompts(self, wanted: Object, required: bool) -> None:
        """What a saved launch may set: LaunchConfigurationBaseSerializer, and accept_or_ignore_* in the models."""
        template = wanted["unified_job_template"] and self._any(wanted["unified_job_template"])
        if not template or "survey_enabled" not in template:
            return
        job_type = wanted["job_type"]
        if job_type and job_type != template.get("job_type") and not template.get("ask_job_type_on_launch"):
            raise RefusedError({"job_type": ["Field is not configured to prompt on launch."]})
        questions = self.survey(template) if template["id"] in self.state.surveys else {}
        missing = [name for name, one in questions.items() if one["required"] and name not in wanted["extra_data"]]
        if required and missing:
            raise RefusedError({"variables_needed_to_start": [f"'{name}' value missing" for name in missing]})
        for name, value in wanted["extra_data"].items():
            if name not in questions and not template["ask_variables_on_launch"]:
                raise RefusedError({"extra_data": [f"Variables {name} are not allowed on launch."]})
            if name in questions and not isinstance(value, SURVEY_TYPES[questions[name]["type"]]):
                raise RefusedError({"variables_needed_to_start": [f"Value {value} for '{name}' has the wrong type."]})


def check_survey(spec: Object) -> None:
    """Raise RefusedError for what JobTemplateSurveySpec of AWX refuses."""
    for name, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(spec.get(name), kind):
            raise RefusedError({"error": f"Field '{name}' is missing from survey spec."})
    if not spec["spec"]:
        raise RefusedError({"error": "'spec' doesn't contain any items."})
    variables = [one.get("variable") for one in spec["spec"]]
    if len(set(variables)) != len(variables):
        raise RefusedError({"error": "'variable' duplicated in survey question."})
    for one in spec["spec"]:
        for name, kind in (("type", str), ("question_name", str), ("variable", str), ("required", bool)):
            if not isinstance(one.get(name), kind):
                raise RefusedError({"error": f"'{name}' missing from survey question."})
        if one["type"] not in SURVEY_TYPES:
            raise RefusedError({"error": f"{one['type']} is not one of the allowed question types."})
        for name in ("min", "max"):
            if one.get(name) is not None and (not isinstance(one[name], int) or isinstance(one[name], bool)):
                raise RefusedError({"error": f"The {name} limit expected to be integer."})
        default = one.get("default", "")
        if default != "" and not isinstance(default, SURVEY_TYPES[one["type"]]):
            raise RefusedError({"error": f"Default value {default} has the wrong type."})
        if one["type"] == "multiplechoice" and default not in one.get("choices", "").splitlines():
            raise RefusedError({"error": "Default choice must be answered from the choices listed."})


def hide(body: Any) -> Any:
    """Return the body of a request without the inputs of a credential."""
    return {**body, "inputs": "..."} if isinstance(body, dict) and "credential_type" in body else body
