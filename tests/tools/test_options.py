# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/tools/options.py: it names missing and different parts, and generates the files from the options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools import options

SENDER_IDS = "plugins/modules/nexus_sender_ids.py"
ROLE = "roles/sender_ids"
DIFFERS = "differs from its source"


def found_with(path: str, pattern: str, replacement: str) -> list[str]:
    """Change one place in one file of the checkout, and return what is found."""
    text, count = re.subn(pattern, replacement, options.on_disk(path) or "", count=1, flags=re.MULTILINE)
    assert count == 1
    return options.inspect(lambda name: text if name == path else options.on_disk(name)).differences()


def block(name: str, depth: int) -> str:
    """Return a pattern for a key of a YAML text and everything below it."""
    pad = " " * depth
    return rf"^{pad}{name}:.*\n(?:{pad} .*\n)*"


@pytest.mark.parametrize(
    ("path", "pattern", "found"),
    [
        ("plugins/doc_fragments/http_options.py", block("retries", 2), "retries"),
        ("plugins/doc_fragments/tollfree_numbers.py", block("gws_api_key", 6), "tenant_configuration.gws_api_key"),
        (SENDER_IDS, block("media", 6), "sender_ids.media"),
        (SENDER_IDS, block("cxc_only", 4), "sender_ids.cxc_only"),
        ("plugins/modules/gc_tollfree_number.py", block("loa_file_url_password", 6), "port_in.loa_file_url_password"),
        (f"{ROLE}/meta/argument_specs.yml", block("endpoint", 10), "sender_ids.endpoint"),
        (f"{ROLE}/meta/argument_specs.yml", block("ca_path", 10), "http_options.ca_path"),
        (f"{ROLE}/README.md", r"^\| `provider` .*\n", "provider"),
        (f"{ROLE}/README.md", r"^\| `gws_api_key` .*\n", "gws_api_key"),
        ("roles/genesys_cloud/README.md", r"^\| `loa_file_url_username` .*\n", "loa_file_url_username"),
        (f"{ROLE}/defaults/main.yml", r"^sender_ids_purge: .*\n", "sender_ids_purge"),
        ("plugins/module_utils/_tenant/environment.py", r'^    "gws_api_key": .*\n', "ENVIRONMENT.gws_api_key"),
        ("meta/runtime.yml", r"^    - nexus_sender_ids\n", "configuration"),
        # It is in three groups.
        ("meta/runtime.yml", r"^    - nexus_tenant_info\n", "digital_channels"),
    ],
)
def test_a_missing_part_is_named(path: str, pattern: str, found: str) -> None:
    assert f"{path}: {found} {DIFFERS}" in found_with(path, pattern, "")


@pytest.mark.parametrize(
    ("path", "pattern", "replacement", "found"),
    [
        ("plugins/doc_fragments/http_options.py", "default: 30", "default: 31", "timeout.default"),
        (SENDER_IDS, r"\[Portico, Async, mGage\]", "[Portico, Async]", "sender_ids.provider.choices"),
        (SENDER_IDS, "^    required: true", "    required: false", "sender_ids.required"),
        (f"{ROLE}/meta/argument_specs.yml", "default: gws", "default: gax", "configuration.default"),
        (f"{ROLE}/meta/argument_specs.yml", r"\[gws, gax\]", "[gws, ssh]", "configuration.choices"),
        (f"{ROLE}/meta/argument_specs.yml", "elements: raw", "elements: dict", "sender_ids.elements"),
        (f"{ROLE}/README.md", r"\| `600` \|", "| `60` |", "ready_timeout"),
        (f"{ROLE}/README.md", r"\*\*Secret.\*\* Password", "Password", "gws_password"),
        (f"{ROLE}/defaults/main.yml", "sender_ids_purge: false", "sender_ids_purge: true", "sender_ids_purge"),
        ("plugins/module_utils/_tenant/environment.py", '"GWS_URL"', '"GWS"', "ENVIRONMENT.gws_url"),
        ("plugins/action/nexus_sender_ids.py", "modules.nexus_sender_ids", "modules.nexus_sender_id", "the text"),
    ],
)
def test_a_different_part_is_named(path: str, pattern: str, replacement: str, found: str) -> None:
    assert found_with(path, pattern, replacement) == [f"{path}: {found} {DIFFERS}"]


@pytest.mark.parametrize(
    ("path", "pattern", "replacement", "found"),
    [
        (
            f"{ROLE}/tasks/main.yml",
            r"gws_api_key=gws_api_key \| default\(omit\), ",
            "",
            "gws_api_key of configuration is",
        ),
        (f"{ROLE}/tasks/main.yml", r",\n +\*\*http_options.*\)\)", ")", "http_options of configuration is"),
        ("roles/genesys_cloud/tasks/main.yml", r"gax_url=gax_url[^,]*,", "", "gax_url of tenant_configuration is"),
        (
            "playbooks/bootstrap_genesys_cloud.yml",
            r"gws_auth_url=gws_auth_url[^,]*,",
            "",
            "gws_auth_url of api_keys is",
        ),
        (f"{ROLE}/meta/argument_specs.yml", block("gws_url", 6), "", "gws_url is missing"),
        (f"{ROLE}/meta/argument_specs.yml", "^        # from nexus_sender_ids.gws_url\n", "", "gws_url is missing"),
        (
            f"{ROLE}/meta/argument_specs.yml",
            "^(?=        # from.*gws_url\n)",
            "        type: int\n",
            "gws_url.type is generated",
        ),
        (
            f"{ROLE}/meta/argument_specs.yml",
            r"(# from nexus_sender_ids)\.slots",
            r"\1.slot",
            "unknown option nexus_",
        ),
        (
            "roles/kaleyra/meta/argument_specs.yml",
            "Secret. Password",
            "Password",
            "the description of kaleyra_password",
        ),
        (f"{ROLE}/README.md", "<!-- http_options.*", "", "there is no table of http_options"),
        (SENDER_IDS, r"^      - cxops.genesys_sms.sender_ids\n", "", "action_group must name"),
        (SENDER_IDS, r"^  contains:\n", "", "no place found for the contents of sender_ids"),
    ],
)
def test_a_problem_that_a_person_must_correct_is_named(path: str, pattern: str, replacement: str, found: str) -> None:
    told = found_with(path, pattern, replacement)
    assert any(line.startswith(f"{path}: {found}") for line in told), told


def test_a_missing_action_is_named() -> None:
    path = "plugins/action/nexus_sender_ids.py"
    tree = options.inspect(lambda name: None if name == path else options.on_disk(name))
    assert tree.differences() == [f"{path}: the file {DIFFERS}"]


def test_an_option_without_environment_variable_does_not_hide_another_of_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(options, "GROUPS", {**options.GROUPS, "last": {"ccid": {"type": "str"}}})
    path = "plugins/module_utils/_tenant/environment.py"
    assert options.inspect().wanted[path] == options.on_disk(path)


def test_a_different_layout_is_named() -> None:
    path = "plugins/doc_fragments/http_options.py"
    assert found_with(path, "^    type: int\n", "    type: int \n") == [f"{path}: the layout {DIFFERS}"]


def test_an_incomplete_source_is_named() -> None:
    spec: dict[str, Any] = {
        "url": {"type": "str", "description": "Where it is.", "secret": True},
        "login": {"type": "dict", "description": "How to log in.", "options": {"password": {"type": "str"}}},
    }
    assert list(options.check_options(spec, "module: ")) == [
        "module: url: unknown key secret",
        "module: login.password: it has no description",
        "module: login.password: its name looks like a secret; set no_log to true",
    ]


@pytest.mark.parametrize("facts", [{"type": "path"}, {"type": "str", "choices": ["on_create", "always"]}])
def test_a_path_and_a_choice_are_not_secrets(facts: dict[str, Any]) -> None:
    about = {"description": "When to write it.", **facts}
    assert list(options.check_options({"update_secret": {**about, "no_log": False}}, "")) == []
    assert list(options.check_options({"update_secret": {**about, "no_log": True}}, "")) == [
        "update_secret: its name looks like a secret; set no_log to false"
    ]


def test_the_documentation_of_an_option_names_its_environment_variables() -> None:
    spec: dict[str, Any] = {
        "url": {
            "type": "str",
            "description": """
                - Where it is, with a path
                  that may be long.
                - Needed with O(user) and O(other).
            """,
            "fallback": (None, ["A_URL", "B_URL"]),
        },
        "user": {"type": "str", "description": "Who it is.", "choices": ["a", "b"], "default": None},
    }
    listed = {"servers": {"type": "list", "elements": "dict", "description": "All.", "options": spec}}
    inner = options.documented(listed)["servers"]["suboptions"]
    assert inner["url"]["description"] == [
        "Where it is, with a path that may be long.",
        "If it is not set, the environment variable E(A_URL) or E(B_URL) is used.",
        "Needed with O(servers[].user) and O(other).",
    ]
    assert inner["user"] == {"description": "Who it is.", "type": "str", "choices": ["a", "b"], "default": None}
    assert options.documented(spec)["url"]["description"][2] == "Needed with O(user) and O(other)."


def test_a_result_is_described_by_the_first_sentence_of_its_option() -> None:
    spec = {
        "name": {"type": "str", "description": "Its name. It is long.", "returned": "always", "sample": "a"},
        "state": {"type": "str", "description": "Whether it is to exist."},
    }
    assert options.returned(spec) == {
        "name": {"description": "Its name.", "returned": "always", "type": "str", "sample": "a"}
    }


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("O(sender_ids[].slot) or O(state=absent)", "`slot` or `state: absent`"),
        ("V(*), C(a\\b), E(A_URL), M(cxops.genesys_sms.gc_role)", "`*`, `a\\b`, `A_URL`, `gc_role`"),
        ("RV(not_purged) of I(them)", "`not_purged` of them"),
    ],
)
def test_ansible_markup_becomes_readme_markup(text: str, plain: str) -> None:
    assert options.plain_text(text, "`") == plain


@pytest.mark.parametrize(
    "value",
    [
        *("plain text", "065046", "true", "null", "~", "a: b", "a # b", "{{ a }}", "'", '"', "*", "- a", "", "V([]) ü"),
        *(True, None, 3, 2.5, 30.0, {}, [], ["a", "b, c", "*"], {"a": ["x"], "b": {"c": "d"}}, "word " * 40 + "end"),
    ],
)
def test_written_yaml_is_read_back_unchanged(value: Any) -> None:
    description = value if isinstance(value, (str, list)) and value else "none"
    written = options.to_yaml({"description": description, "default": value}, 2)
    read = yaml.safe_load(written)
    assert read["default"] == value
    assert read["description"] in (description, [description])
    assert all(len(line) <= options.WIDTH for line in written.splitlines() if line.startswith("    "))


def test_only_different_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (tmp_path / "same").write_text("same\n", encoding="utf-8")
    monkeypatch.setattr(options, "ROOT", tmp_path)
    tree = options.Tree(options.on_disk)
    tree.wanted = {"same": "same\n", "new": "new\n"}
    monkeypatch.setattr(options, "inspect", lambda: tree)
    assert options.main([]) == 1
    assert capsys.readouterr().err == f"new: the file {DIFFERS}\nRun make format to write the generated files.\n"
    assert options.main(["--write"]) == 0
    assert capsys.readouterr().out == "new written\n"
    assert options.main([]) == 0
    tree.problems = ["something is wrong"]
    assert options.main(["--write"]) == 1
    assert capsys.readouterr().err == "something is wrong\n"
