# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx makes the documentation site from what antsibull-docs writes."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

project = "community.acronis"
author = "community.acronis contributors"
project_copyright = f"2026, {author}"
html_title = "Ansible collection community.acronis"
html_short_title = project

extensions = ["sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_use_index = False
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
nitpicky = True
# Dashes alone: the quotes of a message must be found as they are printed.
smartquotes_action = "D"

# Where ansible-core's own documentation has what the pages refer to. Its index is on the internet, and is not fetched.
ANSIBLE = "https://docs.ansible.com/ansible/latest/"
BUILTIN = re.compile(r"ansible_collections\.ansible\.builtin\.(\w+_(?:module|filter|lookup|inventory))")
LABELS = {
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def refer_to_ansible(
    _app: Sphinx, _env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Return a link to ansible-core's documentation for what is not on this site, or None for what is not there."""
    target = node["reftarget"]
    builtin = BUILTIN.fullmatch(target)
    if builtin:
        page = f"collections/ansible/builtin/{builtin[1]}.html"
    elif node["reftype"] == "envvar" and target.startswith("ANSIBLE_"):
        page = f"reference_appendices/config.html#envvar-{target}"
    elif target in LABELS:
        page = LABELS[target]
    else:
        return None
    return nodes.reference("", "", content, internal=False, refuri=ANSIBLE + page)


def link_home(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: nodes.document | None) -> None:
    """Have the head of a page lead to the first page, of which the theme supposes that it is the root of a server."""
    context["theme_documentation_home_url"] = context["pathto"]("index")


def setup(app: Sphinx) -> None:
    """Connect the functions above."""
    app.connect("missing-reference", refer_to_ansible)
    app.connect("html-page-context", link_home)
