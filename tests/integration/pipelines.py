# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A runner of a pipeline, on which the shell lines of the examples run, and the repository that it checks out.

The runner has no HOME, no terminal and no variables but those that the examples document. The checkout is read-only,
except for the directory `reports`. The job runs as a user who is in no password file.

Only two things are replaced, because tests should not download packages for each job:

- `python3 -m venv` links the programs of the tests into the virtual environment, and a `pip` that only reads the
  requirements. `tests/tools/test_examples.py` compares their versions with those of the tests.
- `ansible-galaxy` gets the collection from a server of the test, packed from this checkout. The environment variable
  `ANSIBLE_GALAXY_SERVER_LIST` names the server.

Steps without shell lines, such as the checkout and the upload of an artefact, do not run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from integration.provisioning import SANDBOX_INVENTORY, Result
from jinja2.sandbox import SandboxedEnvironment
from tools.collection import ROOT

EXAMPLES = ROOT / "examples"
REPOSITORY = EXAMPLES / "repository"
VAULT_PASSWORD = "vault-password-of-the-pipeline"

ENVIRONMENTS = {"staging": ("acme",), "production": ("initech", "globex")}
"""The environments of the repository, with the tenants of the sandbox that each has."""

_FILES = ("main.yml", "vault.yml")
_UID = 64321
_PROGRAMS = Path(sys.executable).parent
_LIMIT_SECONDS = 120

_PYTHON = """#!/bin/sh
[ "$1 $2" = "-m venv" ] || exit 64
mkdir -p "$3/bin"
ln -s {programs}/ansible* "{bin}/pip" "$3/bin"
ln -s "{bin}/python" "$3/bin/python3"
"""

# A link to the interpreter would not do: a shell does not see it in root's home.
_INTERPRETER = """#!/bin/sh
exec {programs}/python3 "$@"
"""

_PIP = """#!/bin/sh
[ "$1" = install ] || exit 64
for last; do :; done
cat "$last" >/dev/null
"""


@dataclass(frozen=True)
class Step:
    """Shell lines of an example, which its system runs in one shell, and the variables that it gives them."""

    name: str
    lines: tuple[str, ...]
    variables: Mapping[str, str]


# The examples


def github_steps(event: str) -> Iterator[Step]:
    """Yield the steps of the workflow that an event starts, in the order of its jobs."""
    workflow = yaml.safe_load((EXAMPLES / "github-actions/sms.yml").read_text(encoding="utf-8"))
    runs = {"github.event_name != 'schedule'": event != "schedule", None: event != "schedule"}
    runs |= {f"github.event_name == '{name}'": event == name for name in ("schedule", "push")}
    for name, job in workflow["jobs"].items():
        if not runs[job.get("if")]:
            continue
        for environment in job["strategy"]["matrix"]["environment"]:
            for step in job["steps"]:
                if "run" in step:
                    lines = step["run"].replace("${{ matrix.environment }}", environment).splitlines()
                    yield Step(f"{name} {environment}", tuple(lines), _secrets(step["env"], "${{ secrets.%s }}"))


def gitlab_steps(source: str) -> Iterator[Step]:
    """Yield the scripts of the jobs that a pipeline with this source has on the default branch."""
    pipeline = yaml.safe_load((EXAMPLES / "gitlab/.gitlab-ci.yml").read_text(encoding="utf-8"))
    jobs = {name: {**pipeline[".change"], **job} for name, job in pipeline.items() if "extends" in job}
    for stage in pipeline["stages"]:
        for name, job in jobs.items():
            operator = re.match(r'\$CI_PIPELINE_SOURCE (==|!=) "schedule"', job["rules"][0]["if"])
            assert operator
            if job["stage"] == stage and (operator[1] == "==") == (source == "schedule"):
                for environment in job["parallel"]["matrix"][0]["TENANTS"]:
                    yield Step(f"{name} {environment}", tuple(job["script"]), {"TENANTS": environment})


def jenkins_steps(cause: str) -> Iterator[Step]:
    """Yield the steps `sh` of the Jenkinsfile that run on the branch main.

    The linter of Jenkins is a part of its server, so this reads the file by its indentation.
    """
    text = (EXAMPLES / "jenkins/Jenkinsfile").read_text(encoding="utf-8")
    for name, stage in re.findall(r"^    stage\('(.+?)'\) \{\n(.*?)^    \}$", text, re.DOTALL | re.MULTILINE):
        nightly = bool(re.search(r"^ {6}when \{ triggeredBy 'TimerTrigger' \}$", stage, re.MULTILINE))
        assert nightly or "not { triggeredBy 'TimerTrigger' }" in stage
        if nightly != (cause == "TimerTrigger"):
            continue
        axis = re.search(r"name 'TENANTS'\n +values (.+)", stage)
        credentials = re.findall(r"(\w+) = credentials\(", stage)
        assert set(credentials) <= {"VAULT_PASSWORD", "PGPASSWORD"}
        for environment in re.findall(r"'(\w+)'", axis[1]) if axis else [name.split()[-1]]:
            for line in re.findall(r"^ +sh '(.+)'$", stage, re.MULTILINE):
                yield Step(f"{line.split()[2]} {environment}", (line,), {"TENANTS": environment} if axis else {})


def _secrets(env: Mapping[str, str], form: str) -> dict[str, str]:
    assert dict(env) == {name: form % name for name in env}
    assert set(env) <= {"VAULT_PASSWORD", "PGPASSWORD"}
    return {}


# AWX


@dataclass(frozen=True)
class Job:
    """A job of AWX: its template, and the number of its slice."""

    template: Mapping[str, Any]
    slice: int

    @property
    def slices(self) -> int:
        """Into how many jobs AWX divides the inventory."""
        count: int = self.template.get("job_slice_count", 1)
        return count

    def step(self, inventory: Path, answers: Mapping[str, Any], environment: Mapping[str, str]) -> Step:
        """Return the command that AWX runs for this job.

        :arg answers: to the survey of the workflow. Templates get them if they ask for variables.
        """
        template = self.template
        assert set(template) <= _TEMPLATE, "The test does not know what AWX does with a field of this template."
        asks = template.get("ask_variables_on_launch", False)
        variables = {**template.get("extra_vars", {}), **(answers if asks else {})}
        command = [
            *("ansible-playbook", "--inventory", str(inventory), template["playbook"]),
            *(["--check"] if template["job_type"] == "check" else []),
            *(["--diff"] if template.get("diff_mode") else []),
            *(["--tags", template["job_tags"]] if "job_tags" in template else []),
            *("--forks", str(template.get("forks", 5)), "--extra-vars", json.dumps(variables)),
        ]
        return Step(f"{template['name']} {self.slice}", (shlex.join(command),), environment)


IMAGE = {"PATH": f"{_PROGRAMS}:{os.defpath}"}
"""The execution environment has the programs, so AWX installs none."""

_TEMPLATE = {
    *("name", "organization", "project", "playbook", "inventory", "credentials", "execution_environment"),
    *("job_type", "job_tags", "diff_mode", "job_slice_count", "forks", "extra_vars", "allow_simultaneous"),
    "ask_variables_on_launch",
}


class Controller:
    """What the example sets up in AWX."""

    def __init__(self) -> None:
        text = (EXAMPLES / "awx/controller.yml").read_text(encoding="utf-8")
        self.content: dict[str, Any] = yaml.safe_load(text.replace("!unsafe ", ""))

    def jobs(self, template: str) -> list[Job]:
        """Return the jobs of a template: one for each slice."""
        (found,) = (item for item in self.content["controller_templates"] if item["name"] == template)
        return [Job(found, number) for number in range(Job(found, 0).slices)]

    def workflow(self) -> list[str]:
        """Return the templates of the workflow, each after the success of the one before."""
        (workflow,) = self.content["controller_workflows"]
        nodes = {node["identifier"]: node for node in workflow["simplified_workflow_nodes"]}
        later = [name for node in nodes.values() for name in node.get("success_nodes", ())]
        (first,) = set(nodes) - set(later)
        order = [first]
        while order[-1] in nodes and nodes[order[-1]].get("success_nodes"):
            order += nodes[order[-1]]["success_nodes"]
        assert sorted(order) == sorted(nodes)
        return [nodes[name]["unified_job_template"] for name in order if "approval_node" not in nodes[name]]

    def answers(self, **given: str) -> dict[str, Any]:
        """Return the answers to the survey of the workflow, the given ones and the defaults."""
        (workflow,) = self.content["controller_workflows"]
        return {item["variable"]: item["default"] for item in workflow["survey_spec"]["spec"]} | given

    def environment(self, **secrets: str) -> dict[str, str]:
        """Return the environment variables of the example's credential. Those of empty fields are empty."""
        (kind,) = self.content["controller_credential_types"]
        (credential,) = (c for c in self.content["controller_credentials"] if c["credential_type"] == kind["name"])
        engine = SandboxedEnvironment()
        inputs = {name: engine.from_string(value).render(secrets) for name, value in credential["inputs"].items()}
        return {name: engine.from_string(text).render(inputs) for name, text in kind["injectors"]["env"].items()}


def slice_of(inventory: Mapping[str, Any], number: int, count: int) -> dict[str, Any]:
    """Return the part of an inventory that AWX gives to a slice: its hosts, as if there were no others."""
    hosts = sorted(inventory["_meta"]["hostvars"])[number::count]
    groups = {name: group for name, group in inventory.items() if name != "_meta"}
    return {
        "_meta": {"hostvars": {host: inventory["_meta"]["hostvars"][host] for host in hosts}},
        **{
            name: {**group, "hosts": [host for host in group.get("hosts", ()) if host in hosts]}
            for name, group in groups.items()
        },
    }


# The runner


class Runner:
    """A machine for one job after the other, each with a checkout of the same repository.

    The directory `shared` is kept between jobs. It has the purchase journal.

    :arg without: variables that the inventories do not set.
    """

    def __init__(self, directory: Path, sandbox_url: str, galaxy_url: str, without: Sequence[str] = ()) -> None:
        directory.chmod(0o755)
        self.checkout = directory / "checkout"
        self.reports = self.checkout / "reports"
        self.shared = directory / "shared"
        self._bin = directory / "bin"
        self._temporary = directory / "tmp"
        self._galaxy_url = galaxy_url
        for path in (self.shared, self._bin, self._temporary):
            path.mkdir()
        shutil.copytree(REPOSITORY, self.checkout)
        self.reports.mkdir()
        journal = self.shared / "purchases.txt"
        file_journal(str(journal), 1, print).create()
        for environment, tenants in ENVIRONMENTS.items():
            directory = self.checkout / "inventories" / environment
            variables = {"sandbox_url": sandbox_url, "genesys_cloud_journal": str(journal)}
            write_inventory(directory, tenants, variables, without)
        for name, text in (("python3", _PYTHON), ("python", _INTERPRETER), ("pip", _PIP)):
            (self._bin / name).write_text(text.format(programs=_PROGRAMS, bin=self._bin), encoding="utf-8")
            (self._bin / name).chmod(0o755)
        for path in [self.checkout, *self.checkout.rglob("*")]:
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
        for path in (self.reports, self._temporary, self.shared, *self.shared.iterdir()):
            path.chmod(0o777)

    def run(self, step: Step, **variables: str) -> Result:
        """Run a step in a fresh shell. Require that it leaves nothing behind but reports."""
        before = self._files()
        environment = {
            "PATH": f"{self._bin}:{os.defpath}",
            "TMPDIR": str(self._temporary),
            "ANSIBLE_GALAXY_SERVER_LIST": "test",
            "ANSIBLE_GALAXY_SERVER_TEST_URL": self._galaxy_url,
            "VAULT_PASSWORD": VAULT_PASSWORD,
            **step.variables,
            **variables,
        }
        process = subprocess.run(
            [*another_user(), "bash", "-eo", "pipefail", "-c", "\n".join(step.lines)],
            cwd=self.checkout,
            env=environment,
            # Without a terminal, and in a session of its own: nothing can ask a person.
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_LIMIT_SECONDS,
        )
        assert self._files() == before, process.stdout
        assert list(self._temporary.iterdir()) == [], process.stdout
        return Result(process.returncode, process.stdout)

    def _files(self) -> dict[str, str]:
        paths = (path for path in self.checkout.rglob("*") if path.is_file() and self.reports not in path.parents)
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@cache
def another_user() -> tuple[str, ...]:
    """Return the start of a command that runs the rest as a user who is in no password file.

    Only root can do that. If the interpreter is in root's home, that user may read all files, but still write none. If
    that is not possible either, or if the tests run as an ordinary user, the command runs as the user of the tests.
    """
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return ()
    user = ("setpriv", f"--reuid={_UID}", f"--regid={_UID}", "--clear-groups")
    readers = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    for command in (user, (*user, *readers)):
        # With a shell in between, because setpriv itself may still read what its command may not.
        probe = [*command, "sh", "-c", f"'{sys.executable}' -c ''"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return command
    return ()


def write_inventory(
    directory: Path, tenants: Sequence[str], variables: Mapping[str, str], without: Sequence[str]
) -> None:
    """Write an inventory of tenants of the sandbox, whose secrets are encrypted one by one."""
    hosts = yaml.safe_load((SANDBOX_INVENTORY / "hosts.yml").read_text(encoding="utf-8"))
    _write(directory / "hosts.yml", {name: group for name, group in hosts.items() if set(group["hosts"]) <= {*tenants}})
    shared = "group_vars/all/main.yml"
    _write(
        directory / shared, {**yaml.safe_load((SANDBOX_INVENTORY / shared).read_text(encoding="utf-8")), **variables}
    )
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    for path in (SANDBOX_INVENTORY / "host_vars" / tenant / name for tenant in tenants for name in _FILES):
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        kept: dict[str, Any] = {name: value for name, value in values.items() if name not in without}
        if path.name == "vault.yml":
            kept = {name: _Vaulted(vault.encrypt(value).decode()) for name, value in kept.items()}
        _write(directory / path.relative_to(SANDBOX_INVENTORY), kept)


class _Vaulted(str):
    """A text with the tag !vault."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists too, as ansible-lint requires."""
        super().increase_indent(flow, indentless=False)


_Dumper.add_representer(_Vaulted, lambda dumper, text: dumper.represent_scalar("!vault", text, style="|"))


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\n" + yaml.dump(content, Dumper=_Dumper, sort_keys=False), encoding="utf-8")


# The collection, from a server that speaks as Galaxy does


@contextmanager
def galaxy(directory: Path) -> Iterator[str]:
    """Pack the collection, and serve it. Yield the URL."""
    built = [str(_PROGRAMS / "ansible-galaxy"), "collection", "build", "--output-path", str(directory), str(ROOT)]
    subprocess.run(built, check=True, capture_output=True)
    (archive,) = directory.glob("*.tar.gz")
    content = archive.read_bytes()
    namespace, name, version = archive.name.removesuffix(".tar.gz").split("-")
    collection = f"/api/v3/collections/{namespace}/{name}/"
    versions = f"{collection}versions/"
    release: dict[str, Any] = {
        "version": version,
        "href": f"{versions}{version}/",
        "namespace": {"name": namespace},
        "collection": {"name": name},
        "artifact": {"sha256": hashlib.sha256(content).hexdigest()},
        "metadata": {"dependencies": {}},
        "signatures": [],
    }
    answers: dict[str, Any] = {
        "/api/": {"available_versions": {"v3": "v3/"}},
        collection: {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"},
        versions: {"data": [{"version": version}], "meta": {"count": 1}, "links": {"next": None}},
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path == f"/{archive.name}":
                self._send(200, content)
            elif path == f"{versions}{version}/":
                url = f"http://127.0.0.1:{server.server_port}/{archive.name}"
                self._send(200, json.dumps({**release, "download_url": url}).encode())
            else:
                self._send(200 if path in answers else 404, json.dumps(answers.get(path, {})).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api/"
        finally:
            server.shutdown()
