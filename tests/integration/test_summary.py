# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback summary with real runs: its table, its file, its progress, and the merge of files."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import stat
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from typing import Any

import pytest
from integration.provisioning import (
    KALEYRA_PASSWORD,
    NO_RETRIES,
    PROVISION,
    REMOVE,
    Result,
    Site,
    assert_phrases,
    play,
    run,
    write_inventory,
    write_yaml,
)
from sandbox.control import Sandbox
from unit.summaries import Json, valid

MERGE = "cxops.genesys_sms.merge_summaries"
ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "cxops.genesys_sms.summary"}
STRATEGIES = ("linear", "free", "host_pinned")
PROGRESS = re.compile(r"\d+ of \d+ tenants? done, \d+ failed, \d+ changed(, about \d+ (s|min) left)?")


def enabled(path: Path) -> dict[str, str]:
    """Return the environment that makes the callback write a file."""
    return {**ENABLED, "GENESYS_SMS_SUMMARY_FILE": str(path)}


def read(path: Path) -> Json:
    summary: Json = json.loads(path.read_text(encoding="ascii"))
    return valid(summary)


def table_of(result: Result) -> list[str]:
    """Return the lines of the table, which all fit into 80 columns."""
    lines = result.output.partition("\nSMS SUMMARY ***")[2].splitlines()[1:]
    assert all(len(line) <= 80 for line in lines if "summary is in" not in line), lines
    return lines


def outcomes(summary: Json) -> dict[str, str]:
    return {tenant["tenant"]: tenant["outcome"] for tenant in summary["tenants"]}


def tenant(summary: Json, name: str) -> Json:
    found: Json = {one["tenant"]: one for one in summary["tenants"]}[name]
    return found


def test_a_run_is_summarized_by_tenant(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(
        sandbox, tmp_path, "alpha", "beta", "gamma", "delta", "eta", gateways={"beta": "gax"}, clouds=("gamma",)
    )
    site.hosts["delta"]["nexus_api_key"] = "wrong"
    site.hosts["eta"]["kaleyra_username"] = ""
    path = tmp_path / "summary.json"
    bad = {"delta": "failed", "eta": "stopped"}

    planned = site.play(PROVISION, "--check", env=enabled(path), http_options=NO_RETRIES)
    would = read(path)
    assert would["check_mode"] is True
    assert outcomes(would) == {**dict.fromkeys(("alpha", "beta", "gamma"), "would_change"), **bad}
    assert tenant(would, "gamma")["numbers"] == [{"slot": "main", "number": None, "status": "would_buy"}]
    assert_phrases(" ".join(table_of(planned)), "would buy a number for the slot main", "Numbers would be bought: 1.")
    # Without the table too, as the callback is off by default.
    assert "\ngamma: would buy a number for the slot main\n" in planned.output
    assert site.purchases() == []

    done = site.play(PROVISION, env=enabled(path), http_options=NO_RETRIES)
    made = read(path)
    (purchase,) = site.purchases()
    assert outcomes(made) == {**dict.fromkeys(("alpha", "beta", "gamma"), "changed"), **bad}
    assert tenant(made, "gamma")["numbers"] == [{"slot": "main", "number": purchase.number, "status": "bought"}]
    assert f"\ngamma: bought {purchase.number} for the slot main\n" in done.output
    assert (made["compared_tenants"], made["limit"], made["slice"], made["problems"]) == (5, None, None, [])
    assert made["playbooks"] == [PROVISION]
    assert made["started"] <= made["ended"]
    failure = tenant(made, "delta")["failure"]
    assert (failure["module"], failure["kind"]) == ("nexus_services", "refused")
    assert tenant(made, "eta")["failure"]["messages"][0].startswith("kaleyra_username: it is empty.")
    for name in ("alpha", "beta", "gamma"):
        steps = [step for change in tenant(made, name)["changes"] for step in change["steps"]]
        assert "create the service SMS" in steps
    lines = table_of(done)
    assert lines[0].split() == ["tenant", "option", "outcome"]
    assert_phrases(
        "\n".join(lines),
        f"bought {purchase.number} for the slot main",
        "5 tenants: 3 changed, 1 stopped by the preflight",
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secrets = [KALEYRA_PASSWORD, "wrong", *(str(host["nexus_api_key"]) for host in site.hosts.values())]
    secrets += [
        str(host[key]) for host in site.hosts.values() for key in ("gws_password", "gc_client_secret") if key in host
    ]
    assert [secret for secret in secrets if secret in path.read_text()] == []

    again = site.play(PROVISION, "--limit", "alpha,beta,gamma", env=enabled(path))
    same = read(path)
    assert set(outcomes(same).values()) == {"unchanged"}
    assert (same["limit"], same["compared_tenants"], same["totals"]["tenants"]) == ("alpha,beta,gamma", 5, 3)
    assert table_of(again)[0] == "3 tenants: 3 unchanged."

    removed = site.play(REMOVE, "--limit", "alpha", env=enabled(path))
    assert removed.rc == 0
    assert (read(path)["playbooks"], outcomes(read(path))) == ([REMOVE], {"alpha": "changed"})


def test_without_being_enabled_it_does_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    inventory = write_inventory(tmp_path, {}, {})
    result = play(sandbox, tmp_path, PROVISION, inventory, env={"GENESYS_SMS_SUMMARY_FILE": str(path)})
    assert "SMS SUMMARY" not in result.output
    assert not path.exists()


def own_plays(strategy: str) -> list[Json]:
    """Return plays of a user, who uses roles, goes on after a failure, and fails such tenants at the end."""
    return [
        {
            "hosts": "kaleyra",
            "gather_facts": False,
            "strategy": strategy,
            "tasks": [
                {"name": "Of the user", "ansible.builtin.command": "true", "tags": ["own"]},
                {
                    "block": [
                        {"ansible.builtin.import_role": {"name": f"cxops.genesys_sms.{role}"}}
                        for role in ("kaleyra", "sender_ids")
                    ],
                    "rescue": [{"ansible.builtin.group_by": {"key": "broken"}}],
                },
                {"name": "Mend", "ansible.builtin.debug": {"msg": "again"}},
            ],
        },
        {
            "hosts": "broken",
            "gather_facts": False,
            "strategy": strategy,
            "tasks": [{"name": "Fail", "ansible.builtin.fail": {"msg": "canary"}, "when": "fails | bool"}],
        },
    ]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_playbook_of_a_user_is_summarized_in_every_strategy(sandbox: Sandbox, tmp_path: Path, strategy: str) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma")
    site.hosts["beta"]["nexus_api_key"] = "wrong"
    own = write_yaml(tmp_path / "site.yml", own_plays(strategy))
    path = tmp_path / "summary.json"
    result = site.play(own, env=enabled(path), http_options=NO_RETRIES, fails=True)
    assert result.rc != 0
    made = read(path)
    assert outcomes(made) == {"alpha": "changed", "beta": "failed", "gamma": "changed"}
    assert (made["playbooks"], made["compared_tenants"]) == (["site.yml"], None)
    assert tenant(made, "beta")["failure"]["kind"] == "refused"
    assert "canary" not in path.read_text()
    rescued = site.play(own, "--skip-tags", "own", env=enabled(path), http_options=NO_RETRIES, fails=False)
    assert rescued.rc == 0
    assert set(outcomes(read(path)).values()) == {"unchanged"}


def test_a_result_that_is_hidden_stays_hidden(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    site.hosts["alpha"]["nexus_api_key"] = "wrong"
    role = {"ansible.builtin.import_role": {"name": "cxops.genesys_sms.kaleyra"}, "no_log": True}
    own = write_yaml(tmp_path / "site.yml", [{"hosts": "all", "gather_facts": False, "tasks": [role]}])
    path = tmp_path / "summary.json"
    site.play(own, env=enabled(path), http_options=NO_RETRIES)
    failure = tenant(read(path), "alpha")["failure"]
    assert (failure["kind"], failure["messages"]) == (None, ["The result of the task is hidden by no_log."])


def test_an_unknown_tag_leaves_tenants_that_did_not_run(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    path = tmp_path / "summary.json"
    site.play(PROVISION, "--tags", "validat", env=enabled(path))
    assert sorted(outcomes(read(path)).values()) == ["failed", "not_run"]


def test_a_run_without_tenants_has_a_summary(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    inventory = write_inventory(tmp_path, {}, {"server": {}})
    failed = play(sandbox, tmp_path, PROVISION, inventory, env=enabled(path))
    assert failed.rc != 0
    made = read(path)
    assert made["tenants"] == []
    assert made["problems"][0].startswith("This run has no tenant")
    assert "This run had no tenant." in table_of(failed)
    allowed = {"allow_no_tenants": True, "summary_slice_count": 3, "summary_slice_number": 2}
    accepted = play(sandbox, tmp_path, PROVISION, inventory, env=enabled(path), variables=allowed)
    assert accepted.rc == 0
    assert (read(path)["problems"], read(path)["slice"]) == ([], {"number": 2, "count": 3})


def test_a_problem_of_the_callback_is_a_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"summary_slice_number": 4, "summary_slice_count": 3}, "slice_number: it must be between 1 and slice_count"),
        ({"summary_slice_count": "many"}, "slice_count: it must be the number of slices, 1 or more, not many."),
    ]
    for variables, expected in cases:
        result = site.play(PROVISION, "--tags", "validate", env=enabled(tmp_path / "no/summary.json"), **variables)
        assert result.rc == 0
        assert_phrases(" ".join(result.output.split()), expected)
        if "many" not in variables.values():
            # Before ansible-core 2.19, a warning is broken into lines within a path too.
            assert_phrases("".join(result.output.split()), f"thedirectory{tmp_path}/nodoesnotexist", "can'tbewritten")
    directory = tmp_path / "summaries"
    directory.mkdir()
    for _run in range(2):
        site.play(PROVISION, "--tags", "validate", env=ENABLED, summary_file=str(directory))
    assert len(list(directory.glob("summary-*.json"))) == 2


def in_terminal(site: Site, *arguments: str | Path, columns: int = 80, **env: str) -> str:
    """Run ansible-playbook in a terminal. Return its output."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with tempfile.TemporaryDirectory() as scratch:
        # With NO_COLOR, as make sets it, there would be no colors to test.
        inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        known = {"HOME": scratch, "ANSIBLE_HOME": scratch, "TMPDIR": scratch, "TERM": "xterm"}
        process = subprocess.Popen(
            [Path(sys.executable).with_name("ansible-playbook"), "-i", site.inventory(), *arguments],
            env={**inherited, **ENABLED, **known, **env},
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        output = b""
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                break
            if not chunk:
                break
            output += chunk
        process.wait(60)
    os.close(master)
    return output.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_progress_is_a_line_of_its_own_on_a_terminal(sandbox: Sandbox, tmp_path: Path, strategy: str) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma")
    own = write_yaml(tmp_path / "site.yml", own_plays(strategy))
    options = ("-e", "fails=false")
    shown = in_terminal(site, own, *options, GENESYS_SMS_PROGRESS_INTERVAL="0.001", NO_COLOR="1")
    assert "\x1b" not in shown
    lines = [line for line in shown.splitlines() if " done, " in line]
    assert len(lines) > 5
    assert [line for line in lines if not PROGRESS.fullmatch(line)] == []
    assert any("left" in line for line in lines)
    assert lines[-1].startswith("3 of 3 tenants done, 0 failed, 3 changed")
    if strategy == "linear":
        # Without these lines, the output is that of a run without progress, which has no terminal either.
        quiet = site.play(own, *options, env={**ENABLED, "GENESYS_SMS_PROGRESS_INTERVAL": "0.001"}).output
        assert headings(quiet) == headings(shown)
        assert " done, " not in quiet


def headings(output: str) -> list[str]:
    """Return the names of tasks and plays."""
    return [line.rstrip("*") for line in output.splitlines() if line.startswith(("TASK", "PLAY"))]


def test_colors_show_outcomes_on_a_terminal(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    shown = in_terminal(site, PROVISION, "--check")
    assert re.search(r"\x1b\[[0-9;]+malpha +kaleyra +would change\x1b\[0m", shown)


def merge(directory: Path, *options: str, **variables: Any) -> Result:
    return run("ansible-playbook", MERGE, "-e", json.dumps(variables), *options, directory=directory)


def test_files_are_merged_by_a_playbook(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    directory = tmp_path / "summaries"
    directory.mkdir()
    for number, name in enumerate(("alpha", "beta"), 1):
        part = {"summary_slice_count": 2, "summary_slice_number": number}
        site.play(PROVISION, "--check", "--limit", name, env=enabled(directory), **part)
        if number == 1:
            merged = tmp_path / "merged.json"
            told = merge(tmp_path, summary_files=str(directory), merged_summary_file=str(merged))
            assert_phrases(told.output, "summary_files: 1 of 2 slices have a file. Missing: 2.")
            assert not merged.exists()
    files = sorted(directory.iterdir())
    # Server text in it is no template.
    evil = f"{{{{ lookup('ansible.builtin.pipe', 'touch {tmp_path}/ran') }}}}"
    changed = json.loads(files[0].read_text())
    changed["tenants"][0]["changes"][0]["steps"] = [evil]
    files[0].write_text(json.dumps(changed))
    result = merge(tmp_path, summary_files=f"{files[0]},{directory}/*.json", merged_summary_file=str(merged))
    assert result.rc == 0, result.output
    made = read(merged)
    assert outcomes(made) == {"alpha": "would_change", "beta": "would_change"}
    assert (made["merged"], made["compared_tenants"]) == ({"files": 2, "count": 2, "missing": []}, 2)
    assert evil in json.dumps(made)
    assert not (tmp_path / "ran").exists()
    assert stat.S_IMODE(merged.stat().st_mode) == 0o600
    assert_phrases(result.output, "2 tenants: 2 would change. This merges 2 summary files.")
    again = merge(tmp_path, summary_files=[str(file) for file in files], merged_summary_file=str(merged))
    assert again.count("changed") == {"localhost": 0}
    partial = merge(tmp_path, "-e", "allow_missing_slices=true", summary_files=str(files[0]))
    assert "missing: 2." in partial.output


def test_files_that_cannot_be_merged_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    told = merge(tmp_path, summary_files=f"{tmp_path}/broken.json,{tmp_path}/none.json").failures["localhost"]
    assert_phrases(told, "none.json: it can't be read: No such file")
    told = merge(tmp_path, summary_files=f"{tmp_path}/broken.json").failures["localhost"]
    assert told.startswith(f"{tmp_path}/broken.json: it is not valid JSON. The run that wrote it may have been killed.")
    assert "summary_files: it names no file." in merge(tmp_path).failures["localhost"]
