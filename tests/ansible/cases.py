# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Input of the modules, as users write it and as Ansible hands it on, and the answer to each.

A table has a line for each input: the options in YAML (the state is `absent` unless they have one), and the answer. The
tree holds a tenant for whatever a misreading may select, so that each one would be seen.

`test_input.py` beside this file runs the tables that depend on what Ansible does to input. The others are for
`tests/unit/plugins/modules/test_input.py`, which runs the modules without Ansible.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.community.acronis.tests.ansible.play import NEW_TEMPLATES, Order, Outcome
from ansible_collections.community.acronis.tests.simulator.seed import CLIENT_ID, CLIENT_SECRET, Document, stable_id


@dataclass(frozen=True)
class Answer:
    """What a task answers. message: a part of its message; None: it succeeds. sent: whether anything is sent before it
    is refused. written: the writes in words. status: of the only tenant. warning: a part of the only warning. error:
    keys and values of the error of the only tenant. requests: how many were sent.
    """

    message: str | None = None
    sent: bool = False
    written: tuple[str, ...] = ()
    status: str | None = None
    warning: str | None = None
    error: Mapping[str, Any] = field(default_factory=dict)
    requests: int | None = None


def refused(message: str) -> Answer:
    """It fails before anything is sent."""
    return Answer(message)


def refused_on_site(message: str, requests: int | None = None, **error: Any) -> Answer:
    """It fails when the tenants were read."""
    return Answer(message, sent=True, error=error, requests=requests)


def terminated(*names: str) -> Answer:
    """It deletes these tenants, and nothing else."""
    return Answer(sent=True, written=tuple(f"{verb} {name}" for name in names for verb in ("disable", "delete")))


def suspended(*names: str) -> Answer:
    """It disables these tenants, and nothing else."""
    return Answer(sent=True, written=tuple(f"disable {name}" for name in names))


def nothing(status: str, warning: str | None = None) -> Answer:
    """It succeeds and writes nothing."""
    return Answer(sent=True, status=status, warning=warning)


@dataclass(frozen=True)
class ByTemplates:
    """Answers that depend on how ansible-core evaluates templates."""

    old: Answer
    native: Answer
    new: Answer

    def pick(self, native: bool) -> Answer:
        return self.new if NEW_TEMPLATES else self.native if native else self.old


def since_2_19(new: Answer, before: Answer) -> ByTemplates:
    """The new answer from ansible-core 2.19 on, whatever the setting before it."""
    return ByTemplates(before, before, new)


Table = dict[str, Answer | ByTemplates]

CAFE_NFC, CAFE_NFD = "Caf\u00e9 Zo\u00eb", "Cafe\u0301 Zoe\u0308"
# A message is a line of a log.
MESSAGE_LIMIT = 1500


def check(outcome: Outcome, answer: Answer) -> None:
    """Fail unless a task has done what is expected of it, and said so."""
    message = str(outcome.result.get("msg", ""))
    # Ansible makes text of them.
    warnings = " ".join(map(str, outcome.result.get("warnings", ())))
    assert sorted(outcome.writes) == sorted(answer.written), message
    assert bool(outcome.requests) == answer.sent, message
    assert outcome.event == ("ok" if answer.message is None else "failed"), message
    assert (answer.message or "") in message
    if "tenants" in outcome.result:
        # Otherwise it is Ansible's own message.
        assert len(message) < MESSAGE_LIMIT and message.isprintable()
        assert answer.message is None or answer.sent or outcome.result["tenants"] == []
    assert bool(outcome.result.get("changed")) == bool(answer.written)
    statuses = [tenant["status"] for tenant in outcome.result.get("tenants", ())]
    assert answer.status is None or statuses == [answer.status]
    assert (answer.warning or "") in warnings
    assert answer.requests in (None, len(outcome.requests))
    errors = [tenant["error"] or {} for tenant in outcome.result.get("tenants", ())]
    assert not answer.error or [one | answer.error for one in errors] == errors
    assert CLIENT_SECRET not in str(outcome.result)


# Each of them is the name and the external ID of a tenant.
TEMPTING = (
    *("83", "00123", "00189", "1000", "8383", "16", "90", "1.5", "inf", "True", "yes", "2024-01-02", "1_000", "B, Inc"),
    *("Fabrikam", "Dental", "Fabrikam Dental", "Smith", "Jones & Co", "Smith, Jones & Co"),
    *('["Fabrikam"]', "[Fabrikam]", '{"name": "Fabrikam"}'),
    *("None", "null", "nan", "N/A", "#N/A", "undefined", "VARIABLE IS NOT DEFINED!", "{{ x }}"),
)


def tree() -> Document:
    """Customers of a service provider."""

    def customer(name: str, customer_id: str | None = None, **more: Any) -> Document:
        given = {} if customer_id is None else {"customer_id": customer_id}
        return {"key": f"{name} of {customer_id}", "name": name, "kind": "customer", **given, **more}

    def partner(name: str, *children: Document) -> Document:
        return {"name": name, "kind": "partner", "children": list(children)}

    return {
        "name": "Platform",
        "kind": "root",
        "children": [
            {
                "name": "Northwind MSP",
                "kind": "partner",
                "clients": [{"name": "ansible", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}],
                "children": [
                    *(customer(text, text) for text in TEMPTING),
                    customer(CAFE_NFC, "C-1001"),
                    partner("Contoso Partner", customer("Hospital", "C-1911")),
                    partner("Litware Partner", customer("Clinic", "C-1912", ancestral_access=False)),
                    # The platform's search does not show the second one.
                    partner("Adatum Partner", customer("Twin", "C-1913")),
                    partner("Tailspin Partner", customer("Twin", "C-1914", ancestral_access=False)),
                    # Two names that are canonically equivalent.
                    partner("Proseware Partner", customer("\u00c5rhus", "C-1915"), customer("A\u030arhus", "C-1916")),
                ],
            }
        ],
    }


def tenant_id(*path: str) -> str:
    """The ID of the tenant at this path of names below the service provider."""
    return stable_id("Platform", "Northwind MSP", *path)


FABRIKAM = tenant_id("Fabrikam")

# What YAML makes of text without quotes, in the playbook itself.
YAML: Table = {
    # Numbers, booleans, nothing, lists and mappings where text is meant.
    "tenant: 00123": refused("tenant: '83' is a number, not text"),
    "customer_id: 00123": refused("customer_id: '83' is a number, not text"),
    "customer_id: 1_000": refused("customer_id: '1000' is a number, not text"),
    "customer_id: 0x10": refused("customer_id: '16' is a number, not text"),
    "customer_id: 1:30": refused("customer_id: '90' is a number, not text"),
    "customer_id: 1.50": refused("customer_id: '1.5' is a number, not text"),
    "customer_id: .nan": refused("customer_id: 'nan' is a number, not text"),
    "customer_id: .inf": refused("customer_id: 'inf' is a number, not text"),
    "customer_id: yes": refused("customer_id: 'True' is a boolean, not text"),
    "tenant: on": refused("tenant: 'True' is a boolean, not text"),
    "tenant: [Fabrikam]": refused("tenant: '['Fabrikam']' is a list, not text"),
    "tenant: {name: Fabrikam}": refused("is a mapping, not text"),
    "{tenant: Fabrikam, expected_name: 00123}": refused("expected_name: '83' is a number, not text"),
    "{tenant: Fabrikam, expected_name: ''}": refused("expected_name: it is empty"),
    "{tenant: Fabrikam, expected_version: true}": refused("expected_version: 'True' is not a whole number"),
    "tenants: [Fabrikam, 00123]": refused("tenants[1]: '83' is a number, not text"),
    "tenants: [Fabrikam, yes]": refused("tenants[1]: 'True' is a boolean, not text"),
    "tenants: [Fabrikam, null]": refused("tenants[1]: it has no value"),
    "tenants: [Fabrikam, [Dental]]": refused("tenants[1]: '['Dental']' is a list, not text"),
    "tenants: [Fabrikam, {customer_id: 00123}]": refused("tenants[1].customer_id: '83' is a number, not text"),
    "tenants: [{tenant: Fabrikam, expected_name: 1.50}]": refused("tenants[0].expected_name: '1.5' is a number"),
    "tenants: [{tenant: Fabrikam, expected_name: null}]": refused("tenants[0].expected_name: it has no value"),
    "tenants: [{tenant: Fabrikam, expected_version: true}]": refused("tenants[0].expected_version: 'True' is not"),
    "tenants: [{tenant: null}]": refused("tenants[0].tenant: it has no value"),
    "tenants: [Fabrikam, ]": terminated("Fabrikam"),
    "customer_ids: ['83', 00123]": refused("customer_ids[1]: '83' is a number, not text"),
    "customer_ids: [{customer_id: '83'}]": refused("customer_ids[0]: "),
    # Text that only looks like something else is text.
    "customer_id: 00189": terminated("00189"),
    "customer_id: '00123'": terminated("00123"),
    "customer_id: 2024-01-02": terminated("2024-01-02"),
    "tenant: !unsafe '{{ x }}'": refused("tenant: '{{ x }}' is a template that was not filled in"),
}

# None, too many, the same twice; lists, keys and states.
WHOLE: Table = {
    "tenant:": refused("one of"),
    "tenant: ~": refused("one of"),
    "tenants: null": refused("one of"),
    "{tenant: Fabrikam, customer_id: '83'}": refused("tenant|customer_id"),
    "{tenants: [Fabrikam], customer_ids: ['83']}": refused("customer_ids"),
    "tenants: [Fabrikam, Dental, Fabrikam]": refused("tenants[2]: it names the same tenant as tenants[0]"),
    f"tenants: [Fabrikam, {FABRIKAM}]": refused_on_site("are the same tenant; name each tenant once"),
    "tenants: [{tenant: Fabrikam}, {customer_id: Fabrikam}]": refused_on_site("are the same tenant"),
    # A list is a list.
    "tenants: Fabrikam": refused("tenants: it must be a list, but 'Fabrikam' is text"),
    "tenants: Smith, Jones & Co": refused("tenants: it must be a list, but 'Smith, Jones & Co' is text"),
    "tenants: '[\"Fabrikam\"]'": refused("tenants: it must be a list"),
    "tenants: ''": refused("tenants: it must be a list"),
    "tenants: 83": refused("tenants: it must be a list, but '83' is a number"),
    "tenants: {tenant: Fabrikam}": refused("tenants: it must be a list"),
    "customer_ids: 83,90": refused("customer_ids: it must be a list"),
    "plan: Fabrikam": refused("plan: it must be a list"),
    # Keys and states.
    '{tenants: [{"\\uFEFFcustomer_id": "83"}]}': refused(
        "tenants[0]: it has the unknown key '\\ufeffcustomer_id'. Did you mean 'customer_id'?"
    ),
    "{tenants: [{'tenant ': Fabrikam}]}": refused("unknown key 'tenant '. Did you mean 'tenant'?"),
    "{tenants: [{Tenant: Fabrikam}]}": refused("unknown key 'Tenant'. Did you mean 'tenant'?"),
    "{tenants: [{tenant: Fabrikam, expected_nam: Dental}]}": refused("Did you mean 'expected_name'?"),
    "{tenants: [{tenant: Fabrikam, customer_id: '83'}]}": refused("tenants[0]: exactly one of tenant and customer_id"),
    "{tenants: [{state: absent}]}": refused("tenants[0]: exactly one of tenant and customer_id"),
    "{tenants: [{tenant: Fabrikam, state: 'absent '}]}": refused("tenants[0].state: 'absent ' is not one of"),
    "{tenant: Fabrikam, state: 'absent '}": refused("absent "),
    "{tenant: Fabrikam, state: Absent}": refused("Absent"),
    "{tenant: Fabrikam, state: deleted}": refused("state must be one of: enabled, disabled, absent"),
    "{tenant: Fabrikam, expected_version: newest}": refused("expected_version"),
}

# What the eye does not see, and words that stand for nothing.
UNSEEN: Table = {
    "tenant: ''": refused("tenant: it is empty"),
    "tenant: ' '": refused("tenant: it is empty"),
    "tenant: 'Fabrikam '": refused("tenant: there is white space around 'Fabrikam '"),
    "tenant: ' Fabrikam'": refused("tenant: there is white space around ' Fabrikam'"),
    'tenant: "Fabrikam\\r"': refused("tenant: there is white space around 'Fabrikam\\r'"),
    "tenant: |\n  Fabrikam": refused("tenant: there is white space around 'Fabrikam\\n'"),
    'tenant: "Fabrikam\\_"': refused("tenant: there is white space around 'Fabrikam\\xa0'"),
    'tenant: "\\uFEFFFabrikam"': refused("tenant: '\\ufeffFabrikam' has"),
    'tenant: "Fabrikam\\u200B"': refused("tenant: 'Fabrikam\\u200b' has"),
    'tenant: "Fabri\\u00ADkam"': refused("tenant: 'Fabri\\xadkam' has"),
    'tenant: "Fabrikam\\nDental"': refused("tenant: 'Fabrikam\\nDental' has"),
    'tenant: "Fabrikam\\u202E"': refused("tenant: 'Fabrikam\\u202e' has"),
    'tenant: "\\u2800Fabrikam"': refused("tenant: '\\u2800Fabrikam' has"),
    'customer_id: "83\\t"': refused("customer_id: there is white space around '83\\t'"),
    'tenants: [Fabrikam, "Dental\\u200B"]': refused("tenants[1]: 'Dental\\u200b' has"),
    'tenants: [{tenant: "Fabrikam "}]': refused("tenants[0].tenant: there is white space around 'Fabrikam '"),
    'customer_ids: ["83", " 90"]': refused("customer_ids[1]: there is white space around ' 90'"),
    'protected_tenants: ["Fabrikam\\u200B"]\ntenant: Dental': refused("protected_tenants[0]: 'Fabrikam\\u200b' has"),
    '{tenant: Fabrikam, expected_name: "Fabrikam\\u200B"}': refused("expected_name: 'Fabrikam\\u200b' has"),
    "tenant: None": refused("tenant: 'None' looks like a variable or a cell without a value"),
    "tenant: 'null'": refused("tenant: 'null' looks like"),
    "customer_id: nan": refused("customer_id: 'nan' looks like"),
    "tenant: N/A": refused("tenant: 'N/A' looks like"),
    "tenant: '#N/A'": refused("tenant: '#N/A' looks like"),
    "tenant: undefined": refused("tenant: 'undefined' looks like"),
    "tenant: VARIABLE IS NOT DEFINED!": refused("tenant: 'VARIABLE IS NOT DEFINED!' looks like"),
    "tenants: [Fabrikam, None]": refused("tenants[1]: 'None' looks like"),
    "tenant: '[\"Fabrikam\"]'": refused("begins like a list or a mapping that has become text"),
    "tenant: '[Fabrikam]'": refused("begins like a list or a mapping that has become text"),
    'tenant: \'{"name": "Fabrikam"}\'': refused("begins like a list or a mapping that has become text"),
    "tenant: \"'Fabrikam'\"": refused("has quotes around it that are part of the text"),
    f"tenant: {FABRIKAM[:-1]}": refused("is not a UUID"),
    f"tenant: {FABRIKAM}0": refused("is not a UUID"),
    f"tenant: {FABRIKAM.replace('-', '')}": refused("is not a UUID"),
    f"tenant: '{{{FABRIKAM}}}'": refused("tenant: '{"),
    f"tenant: Fabrikam {FABRIKAM}": refused("is not a UUID"),
    f"customer_id: {FABRIKAM[:-1]}": refused("is not a UUID"),
    f"tenant: {FABRIKAM.upper()}": terminated("Fabrikam"),
}

# Names and external IDs that are nearly right, canonically equivalent, ambiguous, or nobody's.
NAMES: Table = {
    f"tenant: {CAFE_NFD}": terminated(CAFE_NFC),
    "tenant: \u00c5rhus": refused_on_site("2 tenants match"),
    "tenant: Twin": refused_on_site("2 tenants match 'Twin'"),
    "tenants: [Fabrikam, Twin]": refused_on_site("2 tenants match 'Twin'"),
    "tenant: fabrikam dental": refused_on_site("is nearly the same: 'Fabrikam Dental'"),
    'tenant: "Fabrikam\\_Dental"': refused_on_site("nothing is called 'Fabrikam\\xa0Dental'"),
    "tenant: Fabrikam  Dental": refused_on_site("is nearly the same: 'Fabrikam Dental'"),
    "tenant: \uff26abrikam Dental": refused_on_site("is nearly the same: 'Fabrikam Dental'"),
    f"tenant: {CAFE_NFC.encode().decode('cp1252')}": refused_on_site(f"is nearly the same: '{CAFE_NFC}'"),
    "{state: disabled, tenant: fabrikam dental}": refused_on_site("is nearly the same: 'Fabrikam Dental'"),
    "customer_id: c-1911": refused_on_site("is nearly the same: 'C-1911'"),
    "customer_id: C- 1911": refused_on_site("is nearly the same: 'C-1911'"),
    "customer_id: '0083'": refused_on_site("is nearly the same: '83'"),
    "tenant: C-1911": refused_on_site("'C-1911' is the external ID of tenant 'Hospital'"),
    "customer_id: Hospital": refused_on_site("'Hospital' is the name of tenant 'Hospital'"),
    "customer_ids: [c-1911, c-1912, 'C- 1913']": refused_on_site("3 of 3"),
    "tenant: Nobody": nothing("not_found", "Nobody"),
    "customer_id: C-9999": nothing("not_found", "C-9999"),
    f"tenant: {tenant_id('Nobody')}": nothing("not_found", tenant_id("Nobody")),
    "{state: disabled, tenant: Nobody}": refused_on_site("Nobody"),
    "{tenant: Fabrikam, expected_name: Fabrikam Dental}": refused_on_site("Fabrikam Dental"),
}

# Protection, in the playbook itself and in the environment. The tenant to be suspended is the protected one.
SUSPEND = "state: disabled\ntenant: Hospital\nprotected_tenants: "
PROTECTION: Table = {
    f"{SUSPEND}[Hospital]": refused_on_site("protected"),
    f"{SUSPEND}[C-1911]": refused_on_site("protected"),
    f"{SUSPEND}[hospital]": refused_on_site("protected"),
    f"{SUSPEND}[{tenant_id('Contoso Partner', 'Hospital')}]": refused_on_site("protected"),
    f"{SUSPEND}Hospital": refused("protected_tenants: it must be a list, but 'Hospital' is text"),
    f"{SUSPEND}Hospital, Clinic": refused("protected_tenants: it must be a list"),
    f"{SUSPEND}Hospital; Clinic": refused("protected_tenants: it must be a list"),
    f"{SUSPEND}'[\"Hospital\"]'": refused("protected_tenants: it must be a list"),
    f"{SUSPEND}|\n  Hospital\n  Clinic": refused("protected_tenants: it must be a list"),
    f"{SUSPEND}''": refused("protected_tenants: it must be a list"),
    f"{SUSPEND}83": refused("protected_tenants: it must be a list, but '83' is a number"),
    f"{SUSPEND}[Hospital, 00123]": refused("protected_tenants[1]: '83' is a number, not text"),
    f"{SUSPEND}[Hospital, null]": refused("protected_tenants[1]: it has no value"),
    f"{SUSPEND}[Hospital, '']": refused("protected_tenants[1]: it is empty"),
    f"{SUSPEND}[Hospital, {{tenant: Clinic}}]": refused("protected_tenants[1]: "),
    f"{SUSPEND}[Hopsital]": refused_on_site("'Hopsital'"),
    "state: disabled\ntenant: Fabrikam\nprotected_tenants: [Hospital, Hopsital]": refused_on_site("'Hopsital'"),
    f"{SUSPEND}[Hopsital]\nunmatched_protection: warn": replace(suspended("Hospital"), warning="Hopsital"),
    f"{SUSPEND}[]": suspended("Hospital"),
    f"{SUSPEND}null": suspended("Hospital"),
    'state: disabled\ntenant: Fabrikam Dental\nprotected_tenants: ["Fabrikam\\_Dental"]': refused_on_site("protected"),
    "state: disabled\ntenant: Fabrikam Dental\nprotected_tenants: [Fabrikam  Dental]": refused_on_site("protected"),
    f"state: disabled\ntenant: {CAFE_NFC}\nprotected_tenants: [{CAFE_NFD}]": refused_on_site("protected"),
    # Of two tenants with the name, one does not show in the platform's search.
    "tenant: Tailspin Partner\ndelete_descendants: true\nprotected_tenants: [Twin]": refused_on_site("protected"),
    "tenant: Adatum Partner\ndelete_descendants: true\nprotected_tenants: [Twin]": refused_on_site("protected"),
    "tenants: [Hospital, Tailspin Partner]\ndelete_descendants: true\nprotected_tenants: [Twin]": refused_on_site(
        "protected"
    ),
}

# Values of ACRONIS_PROTECTED_TENANTS. The task suspends Smith, Jones & Co.
PROTECTED_BY_ENVIRONMENT: dict[str, Answer] = {
    '["Smith, Jones & Co"]': refused_on_site("protected"),
    "Smith, Jones & Co": refused_on_site("protected"),
    "Hospital\nSmith, Jones & Co\n": refused_on_site("protected"),
    "None": refused("ACRONIS_PROTECTED_TENANTS[0]: 'None' looks like"),
    "": suspended("Smith, Jones & Co"),
}

# Variables of the play.
VALUES = """\
text: '00123'
number: 83
flag: true
word: 'True'
thousand: '1_000'
nothing: null
blank: ''
names: [Fabrikam, "B, Inc"]
comma: B, Inc
"""
TEXT_LIST = """tenants: '["{{ text }}", "{{ comma }}"]'"""

# What templates and lookups make of it.
TEMPLATES: Table = {
    "customer_id: '{{ text }}'": terminated("00123"),
    "customer_id: '{{ number }}'": refused("customer_id: '83' is a number, not text"),
    "customer_id: '{{ number | string }}'": terminated("83"),
    "customer_id: '{{ number }}{{ number }}'": ByTemplates(
        terminated("8383"), refused("customer_id: '8383' is a number, not text"), terminated("8383")
    ),
    # Native Jinja reads what comes out of a template as a Python literal.
    "customer_id: '{{ thousand }}'": ByTemplates(
        terminated("1_000"), refused("customer_id: '1000' is a number, not text"), terminated("1_000")
    ),
    "customer_id: '{{ text | int }}'": ByTemplates(
        refused_on_site("is nearly the same: '00123'"), refused("'123' is a number"), refused("'123' is a number")
    ),
    "tenant: '{{ flag }}'": refused("tenant: 'True' is a boolean, not text"),
    "tenant: '{{ nothing }}'": refused("one of"),
    "tenant: '{{ blank }}'": refused("tenant: it is empty"),
    "tenants: ['{{ nothing }}']": refused("tenants[0]: it has no value"),
    """tenant: "{{ 'None' }}" """: ByTemplates(
        refused("tenant: 'None' looks like"), refused("one of"), refused("tenant: 'None' looks like")
    ),
    "tenant: '{{ names }}'": refused("is a list, not text"),
    "tenant: '{{ names[0] }} '": refused("white space around"),
    "tenants: '{{ names }}'": terminated("Fabrikam", "B, Inc"),
    "tenants: '{{ names | to_json }}'": refused("tenants: it must be a list"),
    TEXT_LIST: since_2_19(refused("tenants: it must be a list"), before=terminated("00123", "B, Inc")),
    "tenants: \"{{ names | join(',') }}\"": refused("tenants: it must be a list"),
    "tenants: \"{{ ('Fabrikam', comma) }}\"": ByTemplates(
        refused("tenants: it must be a list"), terminated("Fabrikam", "B, Inc"), terminated("Fabrikam", "B, Inc")
    ),
    "tenants: ['{{ not_there }}']": refused("'not_there' is undefined"),
    "tenant: '{{ not_there }}'": refused("'not_there' is undefined"),
    "tenant: '{{ not_there | default(omit) }}'": refused("one of"),
    "tenants: [Fabrikam, '{{ not_there | default(omit) }}']": since_2_19(
        terminated("Fabrikam"), before=refused("tenants[1]: '__omit_place_holder__")
    ),
    "tenants: [{tenant: Fabrikam, expected_name: '{{ not_there | default(omit) }}'}]": terminated("Fabrikam"),
    "tenant: '{{ shown.not_there }}'": refused("looks like a variable or a cell without a value"),
    "customer_id: \"{{ lookup('file', 'number.txt') }}\"": terminated("00123"),
    "tenants: \"{{ lookup('file', 'lines.txt') }}\"": refused("tenants: it must be a list"),
    "tenants: \"{{ lookup('file', 'lines.txt').splitlines() }}\"": terminated("Fabrikam", "B, Inc"),
    "tenants: \"{{ lookup('file', 'lines.txt').split('\\n') }}\"": refused("tenants[0]: there is white space around"),
    "tenant: \"{{ lookup('file', 'lines.txt') }}\"": refused("tenant: 'Fabrikam\\r\\nB, Inc' has"),
    "tenant: \"{{ lookup('file', 'bom.txt') }}\"": refused("tenant: '\\ufeffFabrikam' has"),
    "customer_id: \"{{ lookup('csvfile', 'acme', file='accounts.csv', delimiter=',') }}\"": terminated("00123"),
    "customer_id: \"{{ lookup('csvfile', 'none', file='accounts.csv', delimiter=',') }}\"": refused("is a list, not"),
    "customer_ids: \"{{ lookup('file', 'ids.json') | from_json }}\"": refused("customer_ids[1]: '83' is a number"),
    "customer_ids: \"{{ lookup('file', 'ids.json') | from_json | map('string') }}\"": terminated("00123", "83"),
    "tenant: '{{ from_command.stdout }}'": terminated("Fabrikam"),
    "tenant: '{{ word }}'": since_2_19(terminated("True"), before=refused("tenant: 'True' is a boolean, not text")),
}

# Variables of inventories and of the command line.
INI_INVENTORY = """\
[all]
localhost ini_host_list=["Hospital"] ini_host_quoted='["Hospital"]' ini_host_number=1_000 ini_host_text=00123
[all:vars]
ini_list=["Hospital"]
ini_quoted='["Hospital"]'
ini_python="['Hospital']"
ini_json=["Hospital", null]
ini_comma=Hospital, Clinic
ini_number=1_000
ini_text=00123
ini_true=True
ini_none=None
ini_name=Fabrikam Dental
ini_comment=Fabrikam Dental # ours
"""
YAML_INVENTORY = """\
all:
  vars:
    yaml_number: 00123
    yaml_text: "00123"
    yaml_list: [Hospital]
    yaml_quoted: '["Hospital"]'
"""
EXTRA_VARS = (
    *("-e", "kv_number=00123", "-e", "kv_true=True", "-e", 'kv_list=["Hospital"]', "-e", "kv_comma=Hospital,Clinic"),
    *("-e", '{"json_text": "00123", "json_number": 83, "json_list": ["Hospital"], "json_null": null}'),
    *("-e", "{yaml_octal: 00123}", "-e", "@answers.json", "-e", "kv_cut=Fabrikam Dental"),
)
MUST_BE_LIST = refused("protected_tenants: it must be a list")
PROTECTED = refused_on_site("protected")
VARIABLES_FROM_OUTSIDE: Table = {
    f"{SUSPEND}'{{{{ ini_host_list }}}}'": MUST_BE_LIST,
    f"{SUSPEND}'{{{{ ini_host_quoted }}}}'": PROTECTED,
    f"{SUSPEND}'{{{{ ini_list }}}}'": PROTECTED,
    f"{SUSPEND}'{{{{ ini_quoted }}}}'": since_2_19(MUST_BE_LIST, before=PROTECTED),
    f"{SUSPEND}'{{{{ ini_python }}}}'": since_2_19(MUST_BE_LIST, before=PROTECTED),
    f"{SUSPEND}'{{{{ ini_json }}}}'": since_2_19(MUST_BE_LIST, before=refused("protected_tenants[1]: it has no value")),
    f"{SUSPEND}'{{{{ ini_comma }}}}'": MUST_BE_LIST,
    f"{SUSPEND}['{{{{ ini_number }}}}']": refused("protected_tenants[0]: '1000' is a number, not text"),
    "customer_id: '{{ ini_host_number }}'": refused("customer_id: '1000' is a number, not text"),
    "customer_id: '{{ ini_host_text }}'": terminated("00123"),
    "customer_id: '{{ ini_text }}'": terminated("00123"),
    "tenant: '{{ ini_true }}'": refused("tenant: 'True' is a boolean, not text"),
    "tenant: '{{ ini_none }}'": refused("one of"),
    "tenants: ['{{ ini_none }}']": refused("tenants[0]: it has no value"),
    "tenant: '{{ ini_name }}'": terminated("Fabrikam Dental"),
    "{state: disabled, tenant: '{{ ini_comment }}'}": refused_on_site("Fabrikam Dental # ours"),
    "customer_id: '{{ yaml_number }}'": refused("customer_id: '83' is a number, not text"),
    "customer_id: '{{ yaml_text }}'": terminated("00123"),
    f"{SUSPEND}'{{{{ yaml_list }}}}'": PROTECTED,
    f"{SUSPEND}'{{{{ yaml_quoted }}}}'": since_2_19(MUST_BE_LIST, before=PROTECTED),
    "customer_id: '{{ kv_number }}'": terminated("00123"),
    "tenant: '{{ kv_true }}'": since_2_19(terminated("True"), before=refused("tenant: 'True' is a boolean, not text")),
    f"{SUSPEND}'{{{{ kv_list }}}}'": since_2_19(MUST_BE_LIST, before=PROTECTED),
    f"{SUSPEND}'{{{{ kv_comma }}}}'": MUST_BE_LIST,
    # Cut at the blank: the guard is what can still tell.
    "{tenant: '{{ kv_cut }}', expected_name: Fabrikam Dental}": refused_on_site("Fabrikam Dental"),
    "customer_id: '{{ json_text }}'": terminated("00123"),
    "customer_id: '{{ json_number }}'": refused("customer_id: '83' is a number, not text"),
    "tenant: '{{ json_null }}'": refused("one of"),
    f"{SUSPEND}'{{{{ json_list }}}}'": PROTECTED,
    "customer_id: '{{ yaml_octal }}'": refused("customer_id: '83' is a number, not text"),
    # A survey's optional questions without an answer.
    "tenant: '{{ survey_null }}'": refused("one of"),
    "tenant: '{{ survey_blank }}'": refused("tenant: it is empty"),
    "{tenant: Fabrikam, expected_name: '{{ survey_blank }}'}": refused("expected_name: it is empty"),
    "{tenant: Fabrikam, expected_name: '{{ survey_blank | default(omit, true) }}'}": terminated("Fabrikam"),
    "tenants: '{{ survey_lines }}'": refused("tenants: it must be a list"),
    "tenants: '{{ survey_lines.splitlines() }}'": terminated("Fabrikam", "B, Inc"),
}

# What goes before the tenants: the address, the credentials and the limits.
CONNECTION: Table = {
    "{tenant: Fabrikam, datacenter_url: 'http://eu2-cloud.acronis.com'}": refused("datacenter_url: http would send"),
    "{tenant: Fabrikam, datacenter_url: 'http://127.0.0.1.acronis.com'}": refused("datacenter_url: http would send"),
    "{tenant: Fabrikam, datacenter_url: 'https:///api/2'}": refused("datacenter_url: it has no valid host"),
    "{tenant: Fabrikam, datacenter_url: 'ftp://acronis.com'}": refused("datacenter_url: the scheme must be https"),
    "{tenant: Fabrikam, datacenter_url: 'https://'}": refused("datacenter_url: it has no valid host"),
    "{tenant: Fabrikam, datacenter_url: 'eu2-cloud.acronis.com'}": refused("datacenter_url: the scheme (https://)"),
    "{tenant: Fabrikam, datacenter_url: 'https://me:word@eu2-cloud.acronis.com'}": refused(
        "datacenter_url: it must not contain credentials"
    ),
    "{tenant: Fabrikam, datacenter_url: 'https://eu2-cloud.acronis.com/mc/app;/tenants'}": refused(
        "datacenter_url: remove what follows the host"
    ),
    "{tenant: Fabrikam, datacenter_url: ''}": refused("datacenter_url: it is empty"),
    "{tenant: Fabrikam, client_id: secret-in-the-wrong-place}": refused("client_id: it is not a UUID"),
    "{tenant: Fabrikam, client_id: ''}": refused("client_id: it is empty"),
    "{tenant: Fabrikam, client_secret: ''}": refused("client_secret: it is empty"),
    "{tenant: Fabrikam, access_token: Bearer abc}": refused("access_token: it has characters that no token has"),
    "{tenant: Fabrikam, access_token: expired-a-day-ago}": refused_on_site(
        "the platform does not accept access_token (HTTP 401)", status=401, retryable=False
    ),
    f"{{tenant: Fabrikam, client_id: {FABRIKAM}}}": refused_on_site(
        "does not accept client_id and client_secret (HTTP 401, invalid_client)", requests=1, status=401
    ),
    "{tenant: Fabrikam, client_secret: a-wrong-one}": refused_on_site(
        "does not accept client_id and client_secret (HTTP 401, invalid_client)",
        requests=1,
        **{"status": 401, "method": "POST", "path": "/idp/token", "retryable": False},
    ),
    "{tenant: Fabrikam, subtree_root_id: Northwind MSP}": refused("subtree_root_id: 'Northwind MSP' is not a UUID"),
    "{tenant: Fabrikam, subtree_root_id: ''}": refused("subtree_root_id: it is empty"),
    "{tenant: Fabrikam, ca_path: /no/such/file}": refused("ca_path: there is no file or directory '/no/such/file'"),
    "{tenant: Fabrikam, retry_timeout: -1}": refused("retry_timeout: it must be 0"),
    "{tenant: Fabrikam, timeout: 0}": refused("timeout: it must be at least 1 second"),
    "{tenants: [Fabrikam], concurrency: 0}": refused("concurrency: it must be"),
    "{tenants: [Fabrikam], max_changes: -1}": refused("max_changes: it must be"),
}

# The same where a template has made nothing, or too much.
OMITTED: Table = {
    "{tenant: Fabrikam, datacenter_url: '{{ omit }}'}": refused("datacenter_url"),
    "{tenant: Fabrikam, client_secret: '{{ omit }}'}": refused("ACRONIS_CLIENT_SECRET"),
    '{tenant: Fabrikam, client_secret: "{{ simulator_client_secret }}\\n"}': refused("client_secret: "),
}

# Environment variables that are set but empty, as continuous integration and AWX set those of optional fields.
EMPTY_ENVIRONMENT: Table = {
    "{tenant: Fabrikam, access_token: '{{ omit }}'}": terminated("Fabrikam"),
    "{tenant: Fabrikam, client_secret: '{{ omit }}'}": refused("ACRONIS_CLIENT_SECRET"),
    "{tenant: Fabrikam, client_id: '{{ omit }}'}": refused("ACRONIS_CLIENT_ID"),
    "{tenant: Fabrikam, datacenter_url: '{{ omit }}'}": refused("ACRONIS_DATACENTER_URL"),
}
EMPTY_NAMES = (
    *("ACRONIS_ACCESS_TOKEN", "ACRONIS_CLIENT_ID", "ACRONIS_CLIENT_SECRET", "ACRONIS_DATACENTER_URL"),
    *("ACRONIS_CA_PATH", "ACRONIS_VALIDATE_CERTS", "ACRONIS_PROTECTED_TENANTS"),
)

# The module that reads.
INFO: Table = {
    "tenant: 00123": refused("tenant: '83' is a number, not text"),
    "customer_id: yes": refused("customer_id: 'True' is a boolean, not text"),
    "tenant: 'Fabrikam '": refused("tenant: there is white space around 'Fabrikam '"),
    "tenant: None": refused("tenant: 'None' looks like"),
    "tenants: Smith, Jones & Co": refused("tenants: it must be a list"),
    "tenants: [Fabrikam, 00123]": refused("tenants[1]: '83' is a number, not text"),
    "customer_ids: ['83', 00123]": refused("customer_ids[1]: '83' is a number, not text"),
    f"tenant: {FABRIKAM[:-1]}": refused("is not a UUID"),
}


def fault(path: str, **answer: Any) -> Order:
    """The order to answer requests to this path so, once."""
    return "POST", "faults", {"path": path, **answer}


NO_JSON = (
    "the answer (HTTP 404) is not JSON from the platform, and may be the page of a proxy: "
    "'<html><head><title>404</title></head><body><h1>"
)
HOSTILE = "no\u001b[31m\r\n{{ 6 * 7 }} \u202e" + "x" * 9999

# What the platform, or a proxy in its place, answers. The task terminates Fabrikam.
UNTRUE_ANSWERS: dict[str, tuple[Order, Answer]] = {
    "a proxy's page for a token": (
        fault("^/idp/token", body="<html>Sign in</html>", content_type="text/html"),
        refused_on_site("holds no token: check datacenter_url and any proxy", requests=1),
    ),
    "a proxy's page for the tenants": (
        fault("^/tenants", body="<html>Sign in</html>", content_type="text/html"),
        refused_on_site("check datacenter_url and any proxy", status=200, method="GET"),
    ),
    "a proxy that refuses": (
        fault("^/tenants", status=403, shape="html", message="Blocked"),
        refused_on_site("Blocked</h1></body></html>'; check datacenter_url and any proxy", status=403),
    ),
    "no such page for a token": (
        fault("^/idp/token", status=404, shape="html", message="Not Found"),
        refused_on_site(
            f"{NO_JSON}Not Found</h1></body></html>'; check datacenter_url",
            requests=1,
            **{"status": 404, "path": "/idp/token", "retryable": False},
        ),
    ),
    "no such page for the tenants": (
        fault("^/tenants", status=404, shape="html", message="Not Found"),
        refused_on_site(f"{NO_JSON}Not Found</h1></body></html>'; check datacenter_url", status=404, method="GET"),
    ),
    "a list where tenants should be": (
        fault("^/tenants", body="[]"),
        refused_on_site("check datacenter_url and any proxy", method="GET"),
    ),
    "a tenant without a version": (
        fault("^/tenants", body=json.dumps({"items": [{"id": FABRIKAM}]})),
        refused_on_site("cannot be understood (a tenant has no usable 'version')"),
    ),
    "a redirection": (
        fault("^/tenants", status=302, headers={"Location": "/login"}, body=""),
        refused_on_site("redirect"),
    ),
    "a redirection to another host": (
        fault("^/idp/token", status=302, headers={"Location": "https://login.example/?next=/"}, body=""),
        refused_on_site(
            "redirects to login.example (HTTP 302): check datacenter_url", requests=1, status=302, retryable=False
        ),
    ),
    "a disabled client": (
        ("PATCH", f"clients/{CLIENT_ID}", {"status": "disabled"}),
        refused_on_site("does not accept client_id and client_secret", requests=1, status=401),
    ),
    "a message of control characters and templates": (
        fault("^/tenants", status=403, code=7, message=HOSTILE),
        refused_on_site("{{ 6 * 7 }}"),
    ),
}

# The files beside the playbook.
FILES = {
    "hosts.ini": INI_INVENTORY,
    "hosts.yml": YAML_INVENTORY,
    "answers.json": json.dumps({"survey_null": None, "survey_blank": "", "survey_lines": "Fabrikam\nB, Inc\n"}),
    "number.txt": "00123\n",
    "lines.txt": "Fabrikam\r\nB, Inc\r\n",
    "bom.txt": "\ufeffFabrikam\n",
    "accounts.csv": "acme,00123\n",
    "ids.json": '["00123", 83]',
}
