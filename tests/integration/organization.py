# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole tasks of Genesys Cloud CX and of API keys, run against a sandbox in this process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import execute
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_purchase_journal, gc_tollfree_numbers
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils.vault import run_python
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, DEFAULT_TENANTS
from unit.doubles import validated

ADMIN, INTEGRATION = CLOUD_CLIENTS
ACME, GLOBEX, _INITECH = DEFAULT_TENANTS

Json = dict[str, Any]


class Org:
    """An organization in a sandbox, and a directory for files."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.journal = str(directory / "journal")
        env = sandbox.env
        self.cloud = {"gc_login_url": env["GC_LOGIN_URL"], "gc_api_url": env["GC_API_URL"], "retries": 1}
        self.integration = {"gc_client_id": INTEGRATION.id, "gc_client_secret": INTEGRATION.secret}
        self.admin = {"gc_client_id": ADMIN.id, "gc_client_secret": ADMIN.secret}
        self.gws = {
            "nexus_url": env["NEXUS_URL"],
            "gws_auth_url": env["GWS_AUTH_URL"],
            "gws_client_id": env["GWS_CLIENT_ID"],
            "gws_client_secret": env["GWS_CLIENT_SECRET"],
        }
        self.buying = {
            "ccid": ACME.ccid,
            "nexus_url": env["NEXUS_URL"],
            "webhook_password": "canary-password",
            "purchase_allowed": True,
            "max_purchases": 3,
            "journal": self.journal,
            "order_timeout": 0.3,
        }
        file_journal(self.journal, 1, print).create()
        self.progress: list[str] = []
        self.warnings: list[str] = []

    def run(self, module: Any, asked: Mapping[str, Any], *, check: bool = False, logs_in: bool = True) -> Json:
        """Run a task as the integration, or as the administrator if the task is not about numbers."""
        task = module.TASK
        self.sandbox.clear_requests()
        base: Json = {}
        if task.name.startswith("gc_"):
            base = {
                **self.cloud,
                **(self.integration if "tollfree" in task.name or "purchase" in task.name else self.admin),
            }
        elif logs_in:
            base = self.gws
        if not logs_in:
            base = {name: value for name, value in base.items() if not name.startswith("gc_client")}
        given = {**base, **asked}
        validation = validated(task, given)
        result, self.warnings = execute(
            task,
            validation.validated_parameters,
            given,
            check_mode=check,
            diff_mode=True,
            secrets=validation._no_log_values,
            progress=self.progress.append,
            python=run_python,
        )
        assert "exception" not in result, result["exception"]
        shown = {name: value for name, value in result.items() if name not in task.secret_results}
        assert "canary" not in json.dumps([shown, self.warnings, self.progress])
        return result

    def steps(self, module: Any, asked: Mapping[str, Any], *, check: bool = False) -> list[str]:
        """Run a task that must not fail. Return its steps."""
        result = self.run(module, asked, check=check)
        assert not result.get("failed"), result["msg"]
        assert result["changed"] is bool(result["steps"]), result
        assert bool(self.sandbox.writes()) is (result["changed"] and not check)
        steps: list[str] = result["steps"]
        return steps

    def twice(self, module: Any, asked: Mapping[str, Any]) -> list[str]:
        """Run in check mode, for real, and again. Require that only the second run writes, and that the steps agree."""
        planned = self.steps(module, asked, check=True)
        assert self.steps(module, asked) == planned
        assert self.steps(module, asked) == []
        return planned

    def failure(self, module: Any, asked: Mapping[str, Any], *, check: bool = False, logs_in: bool = True) -> str:
        """Run a task that must fail. Return its message."""
        result = self.run(module, asked, check=check, logs_in=logs_in)
        assert result.get("failed"), result
        return str(result["msg"])

    def buy(self, *slots: str, **options: Any) -> Json:
        """Buy numbers for slots."""
        asked = {**self.buying, "tollfree_numbers": [{"slot": slot} for slot in slots], **options}
        return self.run(gc_tollfree_numbers, asked)

    def check(self, *slots: str, **options: Any) -> Json:
        """Buy numbers for slots in check mode."""
        asked = {**self.buying, "tollfree_numbers": [{"slot": slot} for slot in slots], **options}
        return self.run(gc_tollfree_numbers, asked, check=True)

    def purchases(self) -> list[tuple[str | None, str, str]]:
        """Return slot, number and last event of all purchases in the journal."""
        return [(item.slot, item.number, item.event) for item in file_journal(self.journal, 1, print).read()]

    def forget(self, number: str, **options: Any) -> Json:
        """Forget the last purchase of a number."""
        intents = [item.id for item in file_journal(self.journal, 1, print).read() if item.number == number]
        asked = {"journal": self.journal, "intent": intents[-1], "resolution": "forget", **options}
        return self.run(gc_purchase_journal, asked)

    def order_by_hand(self, number: str, **fields: str) -> None:
        """Buy a number as the integration, as a person would."""
        self.by_hand("POST", "", [{"tollfreeNumber": number, **fields}])

    def by_hand(self, method: str, number: str, body: object = None) -> None:
        """Send a request for a number as the integration."""
        env = self.sandbox.env
        form = {"grant_type": "client_credentials"}
        login = (INTEGRATION.id, INTEGRATION.secret)
        answer = requests.post(f"{env['GC_LOGIN_URL']}/oauth/token", data=form, auth=login, timeout=10)
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        url = f"{env['GC_API_URL']}/api/v2/messaging/sms/provisioning/tollfreenumbers/{number}"
        requests.request(method, url, json=body, headers=headers, timeout=10).raise_for_status()
