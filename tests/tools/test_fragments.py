# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/tools/fragments.py: a change to shipped files needs a changelog fragment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tools.fragments import problem


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a released project with one plugin."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    write(tmp_path, "galaxy.yml", "version: 1.0.0\n")
    write(tmp_path, "plugins/modules/some.py", "A = 1\n")
    commit(tmp_path)
    return tmp_path


def git(root: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True)


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=change")


@pytest.mark.parametrize("is_committed", [False, True])
@pytest.mark.parametrize("path", ["plugins/modules/some.py", "plugins/modules/new.py", "roles/x/tasks/main.yml"])
def test_a_change_without_a_fragment_is_refused(project: Path, path: str, is_committed: bool) -> None:
    write(project, path, "A = 2\n")
    if is_committed:
        commit(project)
    found = problem(project, None)
    assert found is not None
    assert path in found
    assert "changelogs/fragments" in found


@pytest.mark.parametrize("fragment", ["changelogs/fragments/some.yml", "changelogs/changelog.yaml"])
def test_a_change_with_a_fragment_passes(project: Path, fragment: str) -> None:
    write(project, "plugins/modules/some.py", "A = 2\n")
    write(project, fragment, "trivial: []\n")
    assert problem(project, None) is None


def test_a_removed_file_is_a_change(project: Path) -> None:
    (project / "plugins/modules/some.py").unlink()
    found = problem(project, None)
    assert found is not None
    assert "plugins/modules/some.py" in found


def test_a_change_to_other_files_needs_no_fragment(project: Path) -> None:
    write(project, "tests/unit/test_some.py", "A = 2\n")
    write(project, "README.md", "text\n")
    assert problem(project, None) is None


def test_a_branch_needs_its_own_fragment(project: Path) -> None:
    write(project, "plugins/modules/some.py", "A = 2\n")
    write(project, "changelogs/fragments/of-main.yml", "trivial: []\n")
    commit(project)
    git(project, "update-ref", "refs/remotes/origin/main", "HEAD")
    assert problem(project, None) is None
    write(project, "plugins/modules/some.py", "A = 3\n")
    commit(project)
    assert problem(project, None) is not None
    assert problem(project, "HEAD") is None


def test_the_base_of_a_pull_request_wins(project: Path) -> None:
    write(project, "plugins/modules/some.py", "A = 2\n")
    commit(project)
    assert problem(project, "HEAD") is None
    assert problem(project, "HEAD~1") is not None


def test_a_released_version_needs_no_fragment(project: Path) -> None:
    write(project, "plugins/modules/some.py", "A = 2\n")
    write(project, "galaxy.yml", "version: 1.1.0\n")
    commit(project)
    assert problem(project, None) is None


def test_a_clone_without_history_needs_a_fragment_or_a_release(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shallow = tmp_path_factory.mktemp("clones") / "shallow"
    write(project, "plugins/modules/some.py", "A = 2\n")
    commit(project)
    git(project, "clone", "--quiet", "--depth=1", f"file://{project}", str(shallow))
    found = problem(shallow, None)
    assert found is not None
    assert "history" in found
    write(shallow, "changelogs/changelog.yaml", "releases:\n  0.9.0:\n    changes: {}\n")
    assert problem(shallow, None) is not None
    write(shallow, "changelogs/changelog.yaml", "releases:\n  1.0.0:\n    changes: {}\n")
    assert problem(shallow, None) is None
    (shallow / "changelogs/changelog.yaml").unlink()
    write(shallow, "changelogs/fragments/some.yml", "trivial: []\n")
    assert problem(shallow, None) is None


def test_files_without_a_repository_need_a_fragment_too(tmp_path: Path) -> None:
    write(tmp_path, "galaxy.yml", "version: 1.0.0\n")
    found = problem(tmp_path, None)
    assert found is not None
    write(tmp_path, "changelogs/fragments/some.yml", "trivial: []\n")
    assert problem(tmp_path, None) is None


def test_an_unknown_base_is_refused(project: Path) -> None:
    found = problem(project, "0" * 40)
    assert found is not None
    assert "CHANGE_BASE" in found
