# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx makes the documentation site from what antsibull-docs writes."""

project = "community.acronis"
author = "community.acronis contributors"
project_copyright = f"2026, {author}"
html_title = "Ansible collection community.acronis"
html_short_title = project

extensions = ["sphinx_antsibull_ext"]
html_theme = "sphinx_ansible_theme"
html_show_sphinx = False
html_copy_source = False
html_use_index = False
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
nitpicky = True
