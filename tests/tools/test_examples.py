# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of pipelines: what can be checked without running them. `make lint` runs actionlint and ansible-lint.

The linter of Jenkins is a part of its server. So the Jenkinsfile is only checked for balanced brackets here. Its steps
run in `tests/integration/test_examples.py`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.version import VERSION
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.environment import ENVIRONMENT
from integration.pipelines import EXAMPLES, REPOSITORY, Controller
from tools.collection import ROOT

BIN = Path(sys.executable).parent
SCHEMA = Path(__file__).with_name("awx_schema.json")
REQUIREMENTS = ROOT / "tests/requirements"


def run(*command: str | Path) -> str:
    """Run a program; require that it succeeds."""
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("github-actions/sms.yml", ["vendor.github-workflows"]),
        ("gitlab/.gitlab-ci.yml", ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
)
def test_pipelines_have_the_form_of_their_system(path: str, options: list[str]) -> None:
    run(BIN / "check-jsonschema", "--builtin-schema", *options, EXAMPLES / path)


def test_the_brackets_of_the_jenkinsfile_are_balanced() -> None:
    text = (EXAMPLES / "jenkins/Jenkinsfile").read_text(encoding="utf-8")
    # Without strings and comments.
    code = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"|//.*", "", text)
    brackets = re.sub(r"[^(){}\[\]]", "", code)
    while brackets != (brackets := re.sub(r"\(\)|\{\}|\[\]", "", brackets)):
        pass
    assert brackets == ""
    assert not re.search("[\"']", code)


def test_shell_scripts_pass_shellcheck() -> None:
    run(BIN / "shellcheck", *sorted(REPOSITORY.glob("*.sh")))


def test_scripts_are_executable() -> None:
    """Ansible would read a script for the vault password as a file with the password."""
    assert [path.name for path in REPOSITORY.glob("*.sh") if not path.stat().st_mode & 0o111] == []


def test_the_content_for_awx_has_the_documented_form(tmp_path: Path) -> None:
    content = tmp_path / "content.json"
    content.write_text(json.dumps(Controller().content), encoding="utf-8")
    run(BIN / "check-jsonschema", "--check-metaschema", SCHEMA)
    run(BIN / "check-jsonschema", "--schemafile", SCHEMA, content)


def test_the_content_for_awx_refers_to_what_it_defines() -> None:
    content = Controller().content
    names = {kind: {item["name"] for item in items} for kind, items in content.items()}
    for template in content["controller_templates"]:
        assert template["project"] in names["controller_projects"]
        assert template["inventory"] in names["controller_inventories"]
        assert template["execution_environment"] in names["controller_execution_environments"]
        assert set(template["credentials"]) <= names["controller_credentials"]
        assert (REPOSITORY / template["playbook"]).exists()
    for source in content["controller_inventory_sources"]:
        assert source["inventory"] in names["controller_inventories"]
        assert source["source_project"] in names["controller_projects"]
    known = names["controller_credential_types"] | {"Vault"}
    assert {item["credential_type"] for item in content["controller_credentials"]} <= known
    for schedule in content["controller_schedules"]:
        assert schedule["unified_job_template"] in names["controller_templates"]
    assert set(Controller().workflow()) <= names["controller_templates"]


def test_the_first_job_of_the_workflow_has_all_tenants_and_the_others_may_have_none() -> None:
    controller = Controller()
    first, *others = controller.workflow()
    assert len(controller.jobs(first)) == 1
    for template in others:
        assert len(controller.jobs(template)) > 1
        assert controller.jobs(template)[0].template["extra_vars"]["allow_no_tenants"] is True


def test_the_credential_type_sets_documented_variables() -> None:
    (kind,) = Controller().content["controller_credential_types"]
    known = {name for names in ENVIRONMENT.values() for name in names} | {"PGPASSWORD"}
    assert set(kind["injectors"]["env"]) <= known
    fields = [field["id"] for field in kind["inputs"]["fields"]]
    assert list(kind["injectors"]["env"].values()) == [f"{{{{ {field} }}}}" for field in fields]


def test_versions_are_those_of_the_tests() -> None:
    tested = "\n".join(path.read_text(encoding="utf-8") for path in REQUIREMENTS.glob("*.txt"))
    pinned = re.findall(
        r"^[\w.\[\]-]+==\S+", (REPOSITORY / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    definition = execution_environment()
    pinned += [definition["dependencies"][name]["package_pip"] for name in ("ansible_core", "ansible_runner")]
    pinned += definition["dependencies"]["python"]
    assert len(pinned) == 7
    assert [pin for pin in pinned if not re.search(rf"^{re.escape(pin)}(?=\s|$)", tested, re.MULTILINE)] == []


def test_the_version_of_the_collection_is_the_present_one() -> None:
    requirements = yaml.safe_load((REPOSITORY / "collections/requirements.yml").read_text(encoding="utf-8"))
    for source in (requirements, execution_environment()["dependencies"]["galaxy"]):
        assert source["collections"] == [{"name": "cxops.genesys_sms", "version": VERSION}]


def execution_environment() -> Any:
    """Return the definition of the execution environment."""
    path = EXAMPLES / "execution-environment/execution-environment.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_execution_environment_has_a_build_context(tmp_path: Path) -> None:
    """ansible-builder checks the definition and writes all files for the build. The build needs a container engine."""
    definition = EXAMPLES / "execution-environment/execution-environment.yml"
    run(
        BIN / "ansible-builder",
        "create",
        "--file",
        definition,
        "--context",
        tmp_path,
        "--output-filename",
        "Containerfile",
    )
    stages = re.findall(r"^FROM .* as (\w+)$", (tmp_path / "Containerfile").read_text(), re.MULTILINE | re.IGNORECASE)
    assert stages == ["base", "galaxy", "builder", "final"]
    assert "cxops.genesys_sms" in (tmp_path / "_build/requirements.yml").read_text()
    assert "psycopg[binary]" in (tmp_path / "_build/requirements.txt").read_text()
