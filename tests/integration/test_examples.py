# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of pipelines: each of their shell lines runs, on a runner that lacks what real ones may lack.

`pipelines.py` says what is replaced. `tests/tools/test_examples.py` has the checks that run nothing.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import yaml
from integration.pipelines import (
    ENVIRONMENTS,
    IMAGE,
    Controller,
    Runner,
    Step,
    galaxy,
    github_steps,
    gitlab_steps,
    jenkins_steps,
    slice_of,
)
from integration.provisioning import PROVISION, SANDBOX_INVENTORY, assert_phrases
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, DEFAULT_TENANTS
from tools.collection import ROOT

OUTCOMES = {"lint": "unchanged", "check": "would_change", "apply": "changed", "verify": "unchanged"}
"""The outcome of each tenant, by job."""
ACME = DEFAULT_TENANTS[0]
SECRETS = [secret for tenant in DEFAULT_TENANTS for secret in (tenant.api_key, tenant.password, tenant.client_secret)]


@pytest.fixture(scope="module")
def galaxy_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Galaxy server that has the collection."""
    with galaxy(tmp_path_factory.mktemp("galaxy")) as url:
        yield url


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that other users may read, in contrast to those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def runner(sandbox: Sandbox, galaxy_url: str, directory: Path) -> Runner:
    """A runner with the repository of the examples."""
    return Runner(directory, sandbox.url, galaxy_url)


def globex_key() -> str:
    """Return the API key of the cluster, as the inventory has it."""
    vault = yaml.safe_load((SANDBOX_INVENTORY / "host_vars/globex/vault.yml").read_text(encoding="utf-8"))
    return str(vault["nexus_cluster_api_key"])


def change_by_hand(sandbox: Sandbox) -> None:
    """Change the service SMS of acme as a person would."""
    url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{ACME.ccid}/SMS"
    headers = {"x-api-key": ACME.api_key, "x-ccid": ACME.ccid}
    document = {"url": "N/A", "data": {"provider": "Async"}, "secret": {}}
    requests.post(url, json=document, headers=headers, timeout=30).raise_for_status()


@pytest.mark.parametrize(
    ("steps", "change", "schedule"),
    [
        pytest.param(github_steps, "push", "schedule", id="github"),
        pytest.param(gitlab_steps, "push", "schedule", id="gitlab"),
        pytest.param(jenkins_steps, "UserIdCause", "TimerTrigger", id="jenkins"),
    ],
)
def test_the_jobs_of_a_pipeline(
    sandbox: Sandbox, runner: Runner, steps: Callable[[str], Iterator[Step]], change: str, schedule: str
) -> None:
    """Lint, check, apply, verify and drift for each environment. Drift finds nothing, and then a change by hand."""
    sandbox.create_api_key(globex_key())
    by_name = {step.name: step for step in steps(change)}
    assert sorted(by_name) == sorted(f"{job} {environment}" for job in OUTCOMES for environment in ENVIRONMENTS)
    nightly = {step.name: step for step in steps(schedule)}
    assert list(nightly) == [f"drift {environment}" for environment in ENVIRONMENTS]

    for name, step in by_name.items():
        job, environment = name.split()
        before = len(sandbox.writes())
        result = runner.run(step)
        assert result.rc == 0, result.output
        assert (len(sandbox.writes()) > before) is (job == "apply"), name
        summary = json.loads((runner.reports / f"{job}-{environment}.json").read_text(encoding="utf-8"))
        outcomes = {tenant["tenant"]: tenant["outcome"] for tenant in summary["tenants"]}
        assert outcomes == dict.fromkeys(ENVIRONMENTS[environment], OUTCOMES[job])
        # The artefact for the review has the output of Ansible, and no secret.
        report = (runner.reports / f"{job}-{environment}.txt").read_text(encoding="utf-8")
        assert report in result.output
        assert ("+++ after" in report) is (job in ("check", "apply"))
        assert [secret for secret in SECRETS if secret in result.output] == []

    for step in nightly.values():
        assert runner.run(step).rc == 0
    change_by_hand(sandbox)
    found = runner.run(nightly["drift staging"])
    assert found.rc == 10
    assert_phrases(
        found.output, "acme ", '"provider": "Async"', "Drift: apply would change 1 of the tenants of staging."
    )


PLAYBOOK = "ansible-playbook --inventory inventories/staging"


@pytest.mark.parametrize(
    ("line", "status", "phrase"),
    [
        # Standard input may be closed, and HOME a directory that nobody can write to.
        (f"HOME=$PWD ANSIBLE_FORCE_COLOR=true {PLAYBOOK} {PROVISION} --tags validate <&-", 0, "1 tenant: 1 unchanged."),
        (f"{PLAYBOOK} cxops.unknown.provision", 1, "cxops.unknown.provision"),
        (f"{PLAYBOOK} {PROVISION} --extra-vars nexus_api_key=", 2, "nexus_api_key: it is empty"),
        (f"{PLAYBOOK} {PROVISION} --limit localhost", 1, "no hosts to target"),
        (f"{PLAYBOOK} {PROVISION} --unknown", 2, "unrecognized arguments"),
        (f"echo '[' >reports/broken.yml; {PLAYBOOK} reports/broken.yml", 4, "broken.yml"),
        ("bash sms.sh drift", 5, "Usage: "),
        ("bash sms.sh drift nowhere", 5, "Usage: "),
        ("bash sms.sh dirft staging", 5, "dirft: unknown job."),
    ],
)
def test_the_exit_status(runner: Runner, line: str, status: int, phrase: str) -> None:
    """Of ansible-playbook and `sms.sh`, as docs/pipelines.md says."""
    image = {
        **IMAGE,
        "ANSIBLE_HOME": str(runner.shared / "home"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
        "ANSIBLE_VAULT_PASSWORD_FILE": str(runner.checkout / "vault-password.sh"),
    }
    result = runner.run(Step("status", (line,), {} if "sms.sh" in line else image))
    assert result.rc == status, result.output
    assert phrase in result.output
    assert f"| {status} |" in (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")


def test_the_workflow_of_awx(sandbox: Sandbox, galaxy_url: str, directory: Path) -> None:
    """The slices of a job run side by side, each with its own hosts only. The credential gives the OAuth client."""
    runner = Runner(directory, sandbox.url, galaxy_url, without=("gc_client_id", "gc_client_secret"))
    controller = Controller()
    environment = controller.environment(vault_gc_client_secret=CLOUD_CLIENTS[1].secret)
    assert environment["GC_CLIENT_ID"] == CLOUD_CLIENTS[1].id
    assert "" in environment.values()
    collections = runner.shared / "collections"
    home = {**IMAGE, "ANSIBLE_HOME": str(runner.shared / "home"), "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    home["ANSIBLE_VAULT_PASSWORD_FILE"] = str(runner.checkout / "vault-password.sh")
    # AWX does this when it updates the project and the source of the inventory.
    install = "ansible-galaxy collection install --requirements-file collections/requirements.yml"
    assert runner.run(Step("project", (install,), home)).rc == 0
    source = f"ansible-inventory --inventory inventories/production --list --export --output {runner.shared}/hosts.json"
    assert runner.run(Step("inventory", (source,), home)).rc == 0
    inventory = json.loads((runner.shared / "hosts.json").read_text(encoding="utf-8"))
    assert CLOUD_CLIENTS[0].secret not in json.dumps(inventory)

    sandbox.create_api_key(globex_key())
    answers = controller.answers(genesys_cloud_purchase_allowed="true")
    changed: list[dict[str, int]] = []
    for template, given in [*((name, answers) for name in controller.workflow()), ("SMS production check", {})]:
        steps = []
        for job in controller.jobs(template):
            script = directory / f"slice_{job.slice}_of_{job.slices}.sh"
            part = json.dumps(slice_of(inventory, job.slice, job.slices))
            script.write_text(f"#!/bin/sh\ncat <<'END'\n{part}\nEND\n", encoding="utf-8")
            script.chmod(0o755)
            steps.append(job.step(script, given, {**home, **environment}))
        with ThreadPoolExecutor(len(steps)) as pool:
            results = list(pool.map(runner.run, steps))
        assert [result.output for result in results if result.rc != 0] == []
        changed.append({host: count for result in results for host, count in result.changed.items()})
        # A slice without a tenant shows localhost.
        changed[-1].pop("localhost", None)
    validated, checked, applied, verified, again = changed
    assert set(validated.values()) == set(verified.values()) == {0}
    assert again == dict.fromkeys(ENVIRONMENTS["production"], 0)
    assert checked == applied
    assert min(applied.values()) > 0
