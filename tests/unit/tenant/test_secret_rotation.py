# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of a rotation of a secret that a gateway or Kaleyra has too: `_tenant/secret_rotation.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import Intermediary, InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Plan
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_rules import Channel
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import Document, Sight
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant import secret_rotation as rotation
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.inventory import PLAYBOOK_VARIABLES
from unit.arguments import filled, wrong
from unit.doubles import make_run
from unit.properties import given, st

WEBHOOK, API, KALEYRA = (
    rotation.KINDS[name] for name in ("gateway_webhook_secret", "gateway_api_secret", "kaleyra_account")
)
ONE, TWO, OTHER = "16500000000", "16500000001", "mail.example.com"
URL = "https://gateway.example.com"


def channel(name: str, webhook: str | None = "old", api: str | None = "api") -> Channel:
    return Channel(f"channels[{name}].", name, True, URL, webhook, api)


CHANNELS = (channel(ONE), channel(TWO), channel(OTHER, "else"))
GATEWAY = rotation.Desired("R", WEBHOOK, CHANNELS)
ACCOUNT = rotation.Desired("R", KALEYRA, url="https://kaleyra", account=("user", "old"))
BEGUN = rotation.Noted(("old",), ("new",), None, "R")
WRITTEN = rotation.Noted(("new",), None, ("old",), "R")
ELSE, NEW = (tuple(channel(name, secret) for name in (ONE, TWO)) for secret in ("other", "new"))
READY = replace(GATEWAY, ready=True, from_file=(ONE, TWO))


class Server:
    """One service. It shows its secrets, omits them, or can't be read. Or a proxy answers."""

    def __init__(self, document: Document, read: str = "full") -> None:
        self.document = document
        self.read = read

    def look(self, _service: str) -> Sight:
        if self.read == "unsupported":
            return Sight("unreadable")
        if self.read == "proxy":
            refusal = Intermediary("read", "https://h", "answered 405", "Look", status=405)
            return Sight("unreadable", refusal=refusal)
        secret = None if self.read == "omitted" else self.document.secret
        return Sight("present", replace(self.document, secret=secret))

    def write(self, _service: str, document: Document) -> None:
        self.document = document

    def secret(self, name: str, part: str = "webhook") -> Any:
        """Return a secret of a channel."""
        items = (self.document.secret or {})["channels"]
        return next(item[part]["secret"] for item in items if item["channelId"] == name)


def gateway(read: str = "full", channels: tuple[Channel, ...] = CHANNELS) -> Server:
    """Return a server that has these channels."""
    data = [{"channelId": one.channel_id, "webhook": {"url": URL}} for one in channels]
    secret = [
        {"channelId": one.channel_id, "webhook": {"secret": one.webhook_secret}, "api": {"secret": one.api_secret}}
        for one in channels
    ]
    return Server(Document(None, {"channels": data}, {"channels": secret}), read)


def kaleyra(read: str = "full") -> Server:
    return Server(Document("https://live", {"x": 1}, {"username": "user", "password": "old"}), read)


def work_of(path: Path, desired: rotation.Desired, noted: rotation.Noted | None = None) -> rotation.Work:
    """Return a run with a file that has this."""
    work = rotation.Work(SecretFile(str(path / "file.yml"), None), desired, Secrets())
    if noted is not None:
        work.noted = noted
        work.note("", changed=False)
    return work


def planned(work: rotation.Work, server: Any) -> Plan[Any]:
    return rotation.plan(work, rotation.look(work, server))


def done(work: rotation.Work, server: Any) -> Plan[Any]:
    """Plan, and run all steps."""
    made = planned(work, server)
    for step in made.steps:
        step.call(server)
    return made


def test_the_preflight_knows_the_variables_of_the_file() -> None:
    for kind in rotation.KINDS.values():
        assert set(rotation.names_of(kind)) <= set(PLAYBOOK_VARIABLES)


@pytest.mark.parametrize(
    ("desired", "noted", "begins"),
    [
        (replace(GATEWAY, channels=CHANNELS[:2]), None, ["choose the new webhook secret, and write it to"]),
        (GATEWAY, BEGUN, []),
        (READY, BEGUN, ["write the new webhook secret to the service Async, for the channels", "note in"]),
        (READY, WRITTEN, []),
        (replace(GATEWAY, remove=True), BEGUN, []),
        # The inventory does not have the new secret yet.
        (replace(GATEWAY, remove=True), WRITTEN, []),
        (
            replace(GATEWAY, remove=True, channels=(channel(ONE, "new"),)),
            WRITTEN,
            ["remove the former webhook secret from"],
        ),
        (GATEWAY, rotation.Noted(("old",), None, ("older",), "Q"), ["choose the new webhook secret, and"]),
        (ACCOUNT, None, ["choose the new Kaleyra account, and"]),
    ],
)
def test_the_steps_of_a_run(
    tmp_path: Path, desired: rotation.Desired, noted: rotation.Noted | None, begins: list[str]
) -> None:
    server = gateway(channels=desired.channels) if desired.kind.option else kaleyra()
    sentences = planned(work_of(tmp_path, desired, noted), server).sentences
    assert [text for text, begin in zip(sentences, begins, strict=True) if not text.startswith(begin)] == []


@pytest.mark.parametrize("read", ["full", "omitted", "unsupported"])
def test_a_write_changes_the_secret_of_the_gateway_only(tmp_path: Path, read: str) -> None:
    server = gateway(read)
    desired = replace(READY, purge=read == "unsupported")
    sentences = done(work_of(tmp_path, desired, BEGUN), server).sentences
    assert ("from the inventory, because the server does not show" in sentences[0]) is (read != "full")
    assert [server.secret(name) for name in (ONE, TWO, OTHER)] == ["new", "new", "else"]
    assert [server.secret(name, "api") for name in (ONE, TWO, OTHER)] == ["api"] * 3
    work = work_of(tmp_path, desired)
    assert done(work, server).steps == ()
    assert work.noted == WRITTEN


def test_a_write_leaves_differences_of_the_inventory_to_provision(tmp_path: Path) -> None:
    """With a server that shows secrets. A channel that the inventory does not have stays too."""
    server = gateway(channels=(*CHANNELS, channel("16509999999", "foreign")))
    moved = tuple(replace(one, webhook_url="https://moved", api_secret="changed") for one in CHANNELS)
    done(work_of(tmp_path, replace(READY, channels=moved), BEGUN), server)
    assert server.document.data["channels"][0]["webhook"]["url"] == URL
    assert server.secret(ONE, "api") == "api"
    assert server.secret("16509999999") == "foreign"


@pytest.mark.parametrize("read", ["full", "omitted", "unsupported"])
def test_a_kaleyra_account(tmp_path: Path, read: str) -> None:
    server = kaleyra(read)
    first = work_of(tmp_path, replace(ACCOUNT, new_username="other", new_secret="given"))
    done(first, server)
    assert server.document == kaleyra().document
    assert first.noted == rotation.Noted(("user", "old"), ("other", "given"), None, "R")
    edit = "Set kaleyra_username to '{{ rotated_kaleyra_username }}' and kaleyra_password to"
    assert edit in rotation.outlook(first, rotation.NOT_BEGUN, rotation.CHOSEN)[1]
    # Only the password comes from the file.
    ready = replace(ACCOUNT, ready=True, from_file=("kaleyra_password",))
    assert wrong(planned, work_of(tmp_path, ready), server) == "ready"
    done(work_of(tmp_path, replace(ready, from_file=("kaleyra_password", "kaleyra_username"))), server)
    assert server.document.secret == {"username": "other", "password": "given"}
    assert server.document.url == ("https://kaleyra" if read == "unsupported" else "https://live")


def test_a_user_name_that_stays_needs_no_reference(tmp_path: Path) -> None:
    server = kaleyra()
    first = work_of(tmp_path, ACCOUNT)
    done(first, server)
    edit = "Set kaleyra_password to '{{ rotated_kaleyra_password }}'."
    assert edit in rotation.outlook(first, rotation.NOT_BEGUN, rotation.CHOSEN)[1]
    done(work_of(tmp_path, replace(ACCOUNT, ready=True, from_file=("kaleyra_password",))), server)
    secret = (server.document.secret or {})["password"]
    assert (len(secret), secret.isalnum()) == (64, True)


@pytest.mark.parametrize(
    ("channels", "only", "noted", "own"),
    [
        (CHANNELS[:2], (), rotation.Noted(), [ONE, TWO]),
        # Any channel of a gateway stands for it, in any spelling.
        (CHANNELS, ("+1 650-000-0001",), rotation.Noted(), [ONE, TWO]),
        (CHANNELS, (OTHER,), rotation.Noted(), [OTHER]),
        # The file knows the gateway.
        (CHANNELS, (), BEGUN, [ONE, TWO]),
        # One channel still has the former secret.
        ((channel(ONE, "new"), channel(TWO)), (), WRITTEN, [ONE, TWO]),
        ((channel(ONE), channel(TWO, None)), (), rotation.Noted(), [ONE]),
    ],
)
def test_the_channels_of_a_gateway(
    channels: tuple[Channel, ...], only: tuple[str, ...], noted: rotation.Noted, own: list[str]
) -> None:
    found = rotation.gateway_of(replace(GATEWAY, channels=channels, only=only), noted)
    assert [one.channel_id for one in found] == own


@pytest.mark.parametrize(
    ("change", "noted", "parameter"),
    [
        ({"channels": ()}, rotation.Noted(), "channels"),
        ({"channels": (channel(ONE, None),)}, rotation.Noted(), "channels"),
        ({"only": ("1234567",)}, rotation.Noted(), "only_channels"),
        ({}, rotation.Noted(), "only_channels"),
        ({"only": (ONE, OTHER)}, rotation.Noted(), "only_channels"),
        ({"only": (OTHER,)}, BEGUN, "secret_file"),
        ({"channels": (channel(ONE, "by hand"),)}, BEGUN, "secret_file"),
    ],
)
def test_it_must_be_clear_which_gateway_is_meant(change: dict[str, Any], noted: rotation.Noted, parameter: str) -> None:
    assert wrong(rotation.gateway_of, replace(GATEWAY, **change), noted) == parameter


@pytest.mark.parametrize(
    ("desired", "noted", "parameter"),
    [
        (replace(READY, channels=CHANNELS[:2]), None, "ready"),
        (READY, replace(WRITTEN, rotation="Q"), "ready"),
        # The former rotation may have written its secret.
        (replace(GATEWAY, rotation="S"), BEGUN, "rotation"),
        (replace(READY, from_file=(ONE,)), BEGUN, "ready"),
        (replace(READY, channels=(channel(ONE), channel(TWO, "new"))), BEGUN, "ready"),
        (replace(GATEWAY, new_secret="another"), BEGUN, "new_secret"),
        (replace(GATEWAY, new_secret="another"), WRITTEN, "new_secret"),
        (replace(GATEWAY, channels=CHANNELS[:2], new_secret="old"), None, "new_secret"),
        (replace(GATEWAY, rotation="S"), WRITTEN, "secret_file"),
        # The tenant has another secret, or not the channel.
        (replace(GATEWAY, channels=(channel(ONE, "drifted"),)), None, "channels"),
        (replace(GATEWAY, channels=(channel("16508888888"),)), None, "channels"),
        (replace(ACCOUNT, account=("user", "drifted")), None, "kaleyra_password"),
        # Another channel of the tenant has the secret too, and would keep it.
        (replace(GATEWAY, channels=CHANNELS[:1]), None, "channels"),
        (replace(READY, channels=CHANNELS[:1]), BEGUN, "channels"),
        (replace(READY, channels=(channel(ONE), channel(TWO, None))), BEGUN, "channels"),
        (replace(GATEWAY, only=(ONE,), new_secret="else"), None, "new_secret"),
        # Somebody wrote another secret in the pause, or the former one after it.
        (replace(READY, channels=ELSE), rotation.Noted(("other",), ("new",), None, "R"), "channels"),
        (replace(GATEWAY, channels=NEW, remove=True), WRITTEN, "channels"),
        (replace(GATEWAY, channels=NEW, ready=True), WRITTEN, "channels"),
        (replace(ACCOUNT, new_username="x"), rotation.Noted(("user", "old"), ("user", "n"), None, "R"), "new_username"),
    ],
)
def test_what_stops_a_run(
    tmp_path: Path, desired: rotation.Desired, noted: rotation.Noted | None, parameter: str
) -> None:
    server = gateway() if desired.kind.option else kaleyra()
    assert wrong(planned, work_of(tmp_path, desired, noted), server) == parameter


@pytest.mark.parametrize(
    ("desired", "sight", "parameter"),
    [
        (ACCOUNT, Sight("absent"), "kaleyra_password"),
        (replace(ACCOUNT, url=None), Sight("unreadable"), "kaleyra_url"),
        (replace(GATEWAY, channels=CHANNELS[:2]), Sight("absent"), "channels"),
        (replace(GATEWAY, channels=CHANNELS[:2]), Sight("unreadable"), "purge"),
        # A channel that the inventory does not have would lose its secrets.
        (replace(GATEWAY, channels=CHANNELS[:2]), gateway("omitted").look(""), "channels"),
        (replace(GATEWAY, channels=(channel(ONE, "old", None),)), gateway("omitted", CHANNELS[:1]).look(""), None),
    ],
)
def test_what_would_stop_the_write_stops_the_first_run(
    tmp_path: Path, desired: rotation.Desired, sight: Sight, parameter: str | None
) -> None:
    with pytest.raises(InvalidInput) as caught:
        rotation.plan(work_of(tmp_path, desired), sight)
    assert caught.value.parameter == (parameter or f"channels[{ONE}].api_secret")


def test_a_channel_without_an_entry_for_its_secrets_gets_both(tmp_path: Path) -> None:
    """It has no secret that could be hidden, so the other gateway keeps what it has."""
    server = gateway()
    del (server.document.secret or {})["channels"][1]
    drifted = (*CHANNELS[:2], channel(OTHER, "else", "drifted"))
    done(work_of(tmp_path, replace(READY, channels=drifted), BEGUN), server)
    assert [server.secret(name) for name in (ONE, TWO, OTHER)] == ["new", "new", "else"]
    assert [server.secret(name, "api") for name in (ONE, TWO, OTHER)] == ["api"] * 3


def test_an_answer_of_a_proxy_does_not_stand_for_a_server_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Intermediary):
        planned(work_of(tmp_path, ACCOUNT), kaleyra("proxy"))


def test_a_service_that_was_deleted_is_not_created(tmp_path: Path) -> None:
    assert wrong(rotation.plan, work_of(tmp_path, READY, BEGUN), Sight("absent")) == "channels"


@pytest.mark.parametrize(
    "content",
    [
        "rotated_gateway_webhook_secret_next: new\n",
        "rotated_gateway_webhook_secret_previous: old\n",
        "rotated_gateway_webhook_secret_rotation: R\n",
        "a: b\n",
    ],
)
def test_a_file_that_lacks_something_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "file.yml").write_text(content, encoding="utf-8")
    assert wrong(planned, work_of(tmp_path, GATEWAY), gateway()) == "secret_file"


@pytest.mark.parametrize(
    ("given_options", "parameter"),
    [
        ({"kind": "kaleyra_account", "kaleyra_username": "user"}, "kaleyra_password"),
        ({"kind": "kaleyra_account", "kaleyra_username": "", "kaleyra_password": "x"}, "kaleyra_username"),
        ({"kind": "gateway_api_secret", "new_username": "x"}, "new_username"),
        ({"kind": "gateway_webhook_secret", "probe": True}, "probe"),
        ({"kind": "gateway_webhook_secret", "new_secret": " "}, "new_secret"),
        ({"kind": "gateway_webhook_secret", "rotation": "two words"}, "rotation"),
        ({"kind": "gateway_webhook_secret", "channels": [{"channel_id": ONE}] * 2}, "channels[1].channel_id"),
    ],
)
def test_options_that_are_refused(given_options: dict[str, Any], parameter: str) -> None:
    params = filled(rotation.OPTIONS, **{"rotation": "R", **given_options})
    assert wrong(rotation.parse, make_run(params)) == parameter


def test_options_of_a_gateway() -> None:
    items = [{"channel_id": ONE, "api_secret": "api"}, {"channel_id": TWO, "state": "absent"}]
    options = {"rotation": "R", "kind": "gateway_api_secret", "channels": items, "from_file": [f"+{ONE}"]}
    desired = rotation.parse(make_run(filled(rotation.OPTIONS, **options)))
    assert [one.channel_id for one in desired.channels] == [ONE]
    assert desired.from_file == (ONE,)


@pytest.mark.parametrize(
    ("noted", "before", "phrases"),
    [
        (
            BEGUN,
            rotation.NOT_BEGUN,
            ["rotated_gateway_webhook_secret_next from", "set webhook_secret to '{{ rotated_", "ready"],
        ),
        (WRITTEN, rotation.CHOSEN, ["Keep ", "Remove the former webhook secret from the gateway."]),
        (
            WRITTEN,
            rotation.WRITTEN,
            ["The inventory has another webhook secret than", "as rotated_gateway_webhook_secret_prev"],
        ),
        (rotation.Noted(("old",), None, None, "R"), rotation.COMPLETE, []),
    ],
)
def test_what_is_left_to_do(tmp_path: Path, noted: rotation.Noted, before: str, phrases: list[str]) -> None:
    work = work_of(tmp_path, GATEWAY, noted)
    work.own = rotation.gateway_of(GATEWAY, noted)
    told = rotation.outlook(work, before, rotation.stage(GATEWAY, noted))
    assert [sentence for sentence, phrase in zip(told, phrases, strict=True) if phrase not in sentence] == []


@given(
    st.lists(st.tuples(st.sampled_from("RS"), st.booleans(), st.booleans(), st.integers(0, 4)), min_size=1, max_size=8),
    st.sampled_from(["full", "omitted", "unsupported"]),
)
def test_the_file_knows_the_secret_of_the_tenant(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[str, bool, bool, int]], read: str
) -> None:
    """Wherever runs are killed. What the inventory has differs only while the file has a next secret."""
    path, server = tmp_path_factory.mktemp("file"), gateway(read, CHANNELS[:2])
    for name, ready, remove, count in runs:
        noted = rotation.read_file(SecretFile(str(path / "file.yml"), None), WEBHOOK)
        inventory = (noted.current or ("old",))[-1]
        options: dict[str, Any] = {"ready": ready, "remove": remove, "purge": True, "from_file": (ONE, TWO)}
        channels = (channel(ONE, inventory), channel(TWO, inventory))
        work = work_of(path, rotation.Desired(name, WEBHOOK, channels, **options))
        try:
            steps = planned(work, server).steps
        except InvalidInput:
            steps = ()
        for step in steps[:count]:
            step.call(server)
        noted = rotation.read_file(SecretFile(str(path / "file.yml"), None), WEBHOOK)
        current = noted.current or ("old",)
        allowed = {current, noted.following or current}
        assert {(server.secret(name),) for name in (ONE, TWO)} <= allowed
