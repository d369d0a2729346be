# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Genesys Cloud CX in the sandbox: with the official SDK, and call by call."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from PureCloudPlatformClientV2 import (
    ApiClient,
    AuthorizationApi,
    CreateUser,
    DomainOrganizationRoleCreate,
    DomainOrganizationRoleUpdate,
    DomainPermissionPolicy,
    OAuthApi,
    OAuthClientRequest,
    RoleDivision,
    UsersApi,
    UserSearchCriteria,
    UserSearchRequest,
)
from PureCloudPlatformClientV2.rest import ApiException
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, CLOUD_USERS, HOME_DIVISION

ADMIN, INTEGRATION = CLOUD_CLIENTS
USER = CLOUD_USERS[0]
NUMBERS = "/api/v2/messaging/sms/provisioning/tollfreenumbers"
POLICIES = [{"domain": "messagingProvisioning", "entityName": "*", "actionSet": ["*"]}]

Json = dict[str, Any]


class Cloud:
    """A client of the API with a token."""

    def __init__(self, sandbox: Sandbox, client: tuple[str, str] = (INTEGRATION.id, INTEGRATION.secret)) -> None:
        self.base = sandbox.env["GC_API_URL"]
        self.http = requests.Session()
        answer = token(sandbox, *client)
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, body: object = None) -> requests.Response:
        return self.http.request(method, self.base + path, json=body, timeout=10)

    def numbers(self) -> list[str]:
        return [item["tollfreeNumber"] for item in self.call("GET", NUMBERS).json()["entities"]]

    def available(self, query: str = "") -> list[str]:
        found: list[str] = self.call("GET", f"{NUMBERS}/available{query}").json()["entities"]
        return found

    def order(self, *numbers: str) -> requests.Response:
        return self.call("POST", f"{NUMBERS}/", [{"tollfreeNumber": number} for number in numbers])


def token(sandbox: Sandbox, client_id: str, secret: str, grant: str = "client_credentials") -> requests.Response:
    url = f"{sandbox.env['GC_LOGIN_URL']}/oauth/token"
    return requests.post(url, data={"grant_type": grant}, auth=(client_id, secret), timeout=10)


@pytest.fixture
def official(sandbox: Sandbox) -> ApiClient:
    """Return the official SDK, logged in as the administrator."""
    where = urlsplit(sandbox.url)
    client = ApiClient()
    client.set_gateway(where.hostname, where.scheme, where.port, "/gc-login", "/gc-api")
    client.get_client_credentials_token(ADMIN.id, ADMIN.secret)
    return client


def test_the_sdk_manages_roles(official: ApiClient) -> None:
    api = AuthorizationApi(official)
    policy = DomainPermissionPolicy()
    policy.domain, policy.entity_name, policy.action_set = "messaging", "*", ["*"]
    wanted = DomainOrganizationRoleCreate()
    wanted.name, wanted.permission_policies = "Of the SDK", [policy]
    created = api.post_authorization_roles(wanted)
    assert (created.name, created.permission_policies[0].action_set) == ("Of the SDK", ["*"])

    change = DomainOrganizationRoleUpdate()
    change.name, change.description, change.permission_policies = "Of the SDK", "changed", [policy]
    assert api.put_authorization_role(created.id, change).description == "changed"
    found = api.get_authorization_roles(name="of the sdk")
    assert (found.total, [role.id for role in found.entities]) == (1, [created.id])
    api.delete_authorization_role(created.id)
    with pytest.raises(ApiException) as caught:
        api.get_authorization_role(created.id)
    assert caught.value.status == 404
    assert "not.found" in caught.value.body


def test_the_sdk_reads_pages(official: ApiClient) -> None:
    api = AuthorizationApi(official)
    first = api.get_authorization_roles(page_size=1, page_number=1)
    last = api.get_authorization_roles(page_size=1, page_number=2)
    assert (first.page_count, first.total, len(first.entities), len(last.entities)) == (2, 2, 1, 1)
    assert first.next_uri.endswith("pageNumber=2")
    assert last.next_uri is None


def test_the_sdk_reads_all_permissions(official: ApiClient, sandbox: Sandbox) -> None:
    api = AuthorizationApi(official)
    listed = api.get_authorization_permissions(page_size=500)
    actions = {
        entity: [permission.action for permission in permissions]
        for item in listed.entities
        if item.domain == "messaging"
        for entity, permissions in item.permission_map.items()
    }
    assert actions == {"integration": ["add", "delete", "edit", "view"], "sms": ["send"]}
    # This call needs no permission.
    assert Cloud(sandbox).call("GET", "/api/v2/authorization/permissions").json()["total"] == listed.total


def test_the_sdk_grants_roles(official: ApiClient) -> None:
    api = AuthorizationApi(official)
    role = api.get_authorization_roles(name="Sandbox Messaging").entities[0]
    home = api.get_authorization_divisions_home()
    assert (home.id, home.home_division) == (HOME_DIVISION, True)
    api.post_authorization_subject_division_role(USER.id, home.id, role.id, subject_type="PC_USER")
    (grant,) = api.get_authorization_subject(USER.id).grants
    assert (grant.role.id, grant.role.name, grant.division.id) == (role.id, role.name, home.id)
    api.delete_authorization_subject_division_role(USER.id, home.id, role.id)
    assert api.get_authorization_subject(USER.id).grants == []


def test_the_sdk_finds_users(official: ApiClient) -> None:
    api = UsersApi(official)
    wanted = CreateUser()
    wanted.name, wanted.email = "Of the SDK", "sdk@example.com"
    created = api.post_users(wanted)
    assert [user.id for user in api.get_users(page_size=1, page_number=2).entities] == [created.id]
    criterion = UserSearchCriteria()
    criterion.fields, criterion.type, criterion.value = ["email"], "EXACT", "SDK@example.com"
    search = UserSearchRequest()
    search.query = [criterion]
    found = api.post_users_search(search)
    assert (found.total, found.results[0].id, found.results[0].username) == (1, created.id, "sdk@example.com")
    criterion.value = "nobody@example.com"
    assert api.post_users_search(search).results is None
    with pytest.raises(ApiException) as caught:
        api.post_users(wanted)
    assert caught.value.status == 409


def test_the_sdk_manages_clients(official: ApiClient, sandbox: Sandbox) -> None:
    api = OAuthApi(official)
    role = RoleDivision()
    role.role_id, role.division_id = ADMIN.role, HOME_DIVISION
    wanted = OAuthClientRequest()
    wanted.name, wanted.authorized_grant_type, wanted.role_divisions = "Of the SDK", "CLIENT-CREDENTIALS", [role]
    created = api.post_oauth_clients(wanted)
    assert token(sandbox, created.id, created.secret).status_code == 200

    listed = next(client for client in api.get_oauth_clients().entities if client.id == created.id)
    assert (listed.secret, listed.state, listed.access_token_validity_seconds) == (None, "active", 86400)
    assert listed.role_divisions[0].role_id == ADMIN.role
    renewed = api.post_oauth_client_secret(created.id)
    assert token(sandbox, created.id, created.secret).status_code == 401
    assert token(sandbox, created.id, renewed.secret).status_code == 200

    with pytest.raises(ApiException) as caught:
        api.delete_oauth_client(created.id)
    assert caught.value.status == 400
    wanted.state = "inactive"
    api.put_oauth_client(created.id, wanted)
    api.delete_oauth_client(created.id)
    # The list of the API has deleted clients with this state. The SDK does not know it.
    states = {client["id"]: client["state"] for client in sandbox.account()["clients"]}
    assert states[created.id] == "deleted"


def test_the_sdk_understands_refusals(official: ApiClient, sandbox: Sandbox) -> None:
    with pytest.raises(ApiException) as caught:
        AuthorizationApi(official).post_authorization_roles(DomainOrganizationRoleCreate())
    assert caught.value.status == 400
    official.access_token = "no-token"
    with pytest.raises(ApiException) as caught:
        AuthorizationApi(official).get_authorization_roles()
    assert caught.value.status == 401
    with pytest.raises(ApiException):
        official.get_client_credentials_token(ADMIN.id, "not-the-secret")


def test_tokens(sandbox: Sandbox) -> None:
    answer = token(sandbox, INTEGRATION.id, INTEGRATION.secret).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 86400)
    refused = token(sandbox, INTEGRATION.id, "not-the-secret")
    assert refused.status_code == 401
    assert {"error", "description", "error_description"} == set(refused.json())
    assert token(sandbox, INTEGRATION.id, INTEGRATION.secret, "password").status_code == 400
    cloud = Cloud(sandbox)
    assert sandbox.expire_tokens() >= 1
    assert cloud.call("GET", NUMBERS).status_code == 401


def test_the_roles_of_a_client_permit_its_calls(sandbox: Sandbox) -> None:
    cloud = Cloud(sandbox)
    assert cloud.call("GET", NUMBERS).status_code == 200
    refused = cloud.call("GET", "/api/v2/oauth/clients")
    assert refused.status_code == 403
    assert "oauth:client:view" in refused.json()["message"]
    assert refused.headers["ININ-Correlation-Id"] == refused.json()["contextId"]
    sandbox.switch(**{"grants.lag": 300})
    grant = f"/api/v2/authorization/subjects/{INTEGRATION.id}/divisions/{HOME_DIVISION}/roles/{ADMIN.role}"
    admin = Cloud(sandbox, (ADMIN.id, ADMIN.secret))
    assert admin.call("POST", f"{grant}?subjectType=PC_OAUTH_CLIENT").status_code == 204
    assert cloud.call("GET", "/api/v2/oauth/clients").status_code == 403
    time.sleep(0.35)
    assert cloud.call("GET", "/api/v2/oauth/clients").status_code == 200


def test_an_unknown_call_is_refused_in_the_format_of_genesys_cloud(sandbox: Sandbox) -> None:
    admin = Cloud(sandbox, (ADMIN.id, ADMIN.secret))
    for method, path, status in (
        ("GET", "/api/v2/nowhere", 404),
        ("GET", "/", 404),
        ("DELETE", "/api/v2/oauth/clients", 405),
        ("PATCH", NUMBERS, 405),
    ):
        refused = admin.call(method, path)
        body = refused.json()
        assert (refused.status_code, body["status"]) == (status, status)
        assert {"message", "code", "status", "contextId", "details", "errors"} == set(body)
        assert refused.headers["ININ-Correlation-Id"] == body["contextId"]


def test_a_grant_without_a_subject_type_is_for_a_user(sandbox: Sandbox) -> None:
    admin = Cloud(sandbox, (ADMIN.id, ADMIN.secret))

    def grant(subject: str, kind: str = "", method: str = "POST") -> int:
        path = f"/api/v2/authorization/subjects/{subject}/divisions/{HOME_DIVISION}/roles/{INTEGRATION.role}{kind}"
        return admin.call(method, path).status_code

    assert (grant(USER.id), grant(USER.id, method="DELETE")) == (204, 204)
    assert (grant(USER.id, "?subjectType=PC_USER"), grant(USER.id, "?subjectType=PC_OAUTH_CLIENT")) == (204, 404)
    assert (grant(ADMIN.id), grant(ADMIN.id, "?subjectType=PC_OAUTH_CLIENT")) == (404, 204)
    assert grant(USER.id, "?subjectType=ROBOT") == 400


def test_new_clients_and_roles_are_listed_late(sandbox: Sandbox) -> None:
    admin = Cloud(sandbox, (ADMIN.id, ADMIN.secret))
    sandbox.switch(**{"clients.lag": 60_000, "roles.lag": 60_000})
    role = {"roleId": ADMIN.role, "divisionId": HOME_DIVISION}
    wanted = {"name": "Late", "authorizedGrantType": "CLIENT-CREDENTIALS", "roleDivisions": [role]}
    made = admin.call("POST", "/api/v2/oauth/clients", wanted).json()
    listed = admin.call("GET", "/api/v2/oauth/clients").json()["entities"]
    assert made["id"] not in [item["id"] for item in listed]
    assert admin.call("GET", f"/api/v2/oauth/clients/{made['id']}").json()["name"] == "Late"
    policy = {"name": "Late", "permissionPolicies": POLICIES}
    assert admin.call("POST", "/api/v2/authorization/roles", policy).status_code == 200
    assert admin.call("GET", "/api/v2/authorization/roles?name=Late").json()["entities"] == []
    assert admin.call("POST", "/api/v2/authorization/roles", policy).status_code == 409


def test_requests_of_a_token_are_limited(sandbox: Sandbox) -> None:
    sandbox.switch(**{"cloud.rate_limit": 2})
    cloud = Cloud(sandbox)
    first, second, third = (cloud.call("GET", NUMBERS) for _number in range(3))
    assert [answer.headers["inin-ratelimit-count"] for answer in (first, second, third)] == ["1", "2", "3"]
    assert [answer.headers["inin-ratelimit-allowed"] for answer in (first, third)] == ["2", "2"]
    assert third.status_code == 429
    assert third.headers["Retry-After"] == third.headers["inin-ratelimit-reset"]
    assert Cloud(sandbox).call("GET", NUMBERS).status_code == 200


def test_a_client_gets_only_roles_of_its_creator(sandbox: Sandbox) -> None:
    admin = Cloud(sandbox, (ADMIN.id, ADMIN.secret))
    role = {"roleId": INTEGRATION.role, "divisionId": HOME_DIVISION}
    wanted = {"name": "Made", "authorizedGrantType": "CLIENT-CREDENTIALS", "roleDivisions": [role]}
    sandbox.switch(**{"clients.roles": "any"})
    made = admin.call("POST", "/api/v2/oauth/clients", wanted).json()
    bare = {**wanted, "roleDivisions": []}
    assert admin.call("POST", "/api/v2/oauth/clients", bare).status_code == 200
    sandbox.switch(**{"clients.roles": "own"})
    assert admin.call("POST", "/api/v2/oauth/clients", bare).status_code == 400
    assert admin.call("POST", "/api/v2/oauth/clients", wanted).status_code == 403
    # A client may keep the roles that it has.
    path = f"/api/v2/oauth/clients/{made['id']}"
    assert admin.call("PUT", path, wanted).status_code == 200
    other = {**wanted, "roleDivisions": [{**role, "roleId": ADMIN.role}]}
    assert admin.call("PUT", path, other).status_code == 200
    assert admin.call("PUT", path, wanted).status_code == 403
    grant = f"/api/v2/authorization/subjects/{ADMIN.id}/divisions/{HOME_DIVISION}/roles/{INTEGRATION.role}"
    admin.call("POST", f"{grant}?subjectType=PC_OAUTH_CLIENT")
    assert admin.call("POST", "/api/v2/oauth/clients", wanted).status_code == 200


def test_numbers_cost_money(sandbox: Sandbox) -> None:
    cloud = Cloud(sandbox)
    first, second = cloud.available("?numberOfResults=2")
    assert len(cloud.available()) == 10
    order = cloud.order(first).json()
    assert (order["numbers"], order["orderStatus"]) == ([first], "Done")
    assert cloud.call("GET", f"/api/v2/messaging/sms/provisioning/orders/{order['id']}").json() == order
    assert cloud.numbers() == [first]
    assert cloud.available("?numberOfResults=1") == [second]
    assert sandbox.account()["spent"] == 1
    # Another client of the organization has its own numbers.
    assert Cloud(sandbox, (ADMIN.id, ADMIN.secret)).numbers() == []

    change = {"comment": "changed", "webhookPassword": "given-password"}
    changed = cloud.call("PATCH", f"{NUMBERS}/{first}", change).json()
    assert changed["comment"] == "changed"
    assert "webhookPassword" not in changed
    assert cloud.call("PATCH", f"{NUMBERS}/{first}", {"emailAddress": "a@example.com"}).status_code == 400
    assert cloud.call("DELETE", f"{NUMBERS}/{first}").status_code == 204
    assert cloud.numbers() == []
    # A release gives no money back.
    assert sandbox.account()["spent"] == 1


def test_vanity_numbers(sandbox: Sandbox) -> None:
    cloud = Cloud(sandbox)
    assert all(number.endswith("2255") for number in cloud.available("?vanity=CALL"))
    assert cloud.available("?vanity=1234567") == ["18441234567"]
    assert cloud.call("GET", f"{NUMBERS}/available?vanity=abc").status_code == 400


@pytest.mark.parametrize("status", ["400", "409"])
def test_a_number_is_sold_once(sandbox: Sandbox, status: str) -> None:
    sandbox.switch(**{"numbers.taken": status})
    cloud = Cloud(sandbox)
    (number,) = cloud.available("?numberOfResults=1")
    sandbox.take(number)
    assert cloud.order(number).status_code == int(status)
    assert cloud.numbers() == []
    (number,) = cloud.available("?numberOfResults=1")
    sandbox.fault("take", "tollfreenumbers/$", "POST")
    assert cloud.order(number).status_code == int(status)
    assert sandbox.account()["spent"] == 0


def test_an_order_may_settle_later(sandbox: Sandbox) -> None:
    sandbox.switch(**{"orders.settle_after": 2})
    cloud = Cloud(sandbox)
    order = cloud.order(*cloud.available("?numberOfResults=1")).json()
    assert order["orderStatus"] == "InProgress"
    # It is paid for, although the list does not show it.
    assert (sandbox.account()["spent"], cloud.numbers()) == (1, [])
    assert len(cloud.numbers()) == 1


def test_the_list_may_lag(sandbox: Sandbox) -> None:
    sandbox.switch(**{"orders.list_lag": 300})
    cloud = Cloud(sandbox)
    assert cloud.order(*cloud.available("?numberOfResults=1")).json()["orderStatus"] == "Done"
    assert cloud.numbers() == []
    time.sleep(0.35)
    assert len(cloud.numbers()) == 1


def test_a_port_in_needs_a_letter_of_authorization(sandbox: Sandbox) -> None:
    cloud = Cloud(sandbox)
    item = {"tollfreeNumber": "18005550100"}
    assert cloud.call("POST", f"{NUMBERS}/portin", [item]).status_code == 400
    answer = cloud.call("POST", f"{NUMBERS}/portin", [{**item, "loaFileUrl": "https://files.example.com/loa.pdf"}])
    assert answer.json()["orderType"] == "PortIn"
    assert (cloud.numbers(), sandbox.account()["spent"]) == (["18005550100"], 0)


@pytest.mark.parametrize("wildcards", ["kept", "expanded"])
def test_wildcards_of_roles_are_kept_or_expanded(sandbox: Sandbox, wildcards: str) -> None:
    sandbox.switch(**{"roles.wildcards": wildcards})
    admin = Cloud(sandbox, (ADMIN.id, ADMIN.secret))
    role = admin.call("POST", "/api/v2/authorization/roles", {"name": "Wild", "permissionPolicies": POLICIES}).json()
    (policy,) = role["permissionPolicies"]
    expected = ("*", ["*"]) if wildcards == "kept" else ("phoneNumber", ["add", "delete", "edit", "view"])
    assert (policy["entityName"], policy["actionSet"]) == expected


def test_a_reset_restores_the_seeded_organization(sandbox: Sandbox) -> None:
    cloud = Cloud(sandbox)
    cloud.order(*cloud.available("?numberOfResults=1"))
    sandbox.reset()
    account = sandbox.account()
    assert (account["spent"], account["numbers"], account["orders"]) == (0, [], [])
    assert [client["name"] for client in account["clients"]] == [client.name for client in CLOUD_CLIENTS]


def test_api_keys(sandbox: Sandbox) -> None:
    def keys(method: str, path: str = "", body: object = None) -> requests.Response:
        url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/apikeys{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=10)

    login = (sandbox.env["GWS_CLIENT_ID"], sandbox.env["GWS_CLIENT_SECRET"])
    form = {"grant_type": "client_credentials"}
    url = f"{sandbox.env['GWS_AUTH_URL']}/auth/v3/oauth/token"
    headers = {
        "Authorization": f"Bearer {requests.post(url, data=form, auth=login, timeout=10).json()['access_token']}"
    }
    wanted = {"tenant": "", "name": "Portico Cluster API Key", "permissions": ["nexus:cluster:*"]}
    created = keys("POST", body={"data": wanted}).json()["data"]
    assert created == {**wanted, "id": created["id"], "enabled": True}
    assert keys("GET").json()["data"] == [created]
    assert keys("GET", f"/{created['id']}").json()["data"] == created
    # The key gives access to the services of every tenant, until it is disabled.
    service = f"{sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{sandbox.env['NEXUS_CCID']}/SMS"
    with_key = {"x-api-key": created["id"], "x-ccid": sandbox.env["NEXUS_CCID"]}
    assert requests.get(service, headers=with_key, timeout=10).status_code == 404
    keys("PUT", f"/{created['id']}", {"data": {**wanted, "enabled": False}})
    assert requests.get(service, headers=with_key, timeout=10).status_code == 401

    assert keys("POST", body={"data": wanted}).status_code == 200
    sandbox.switch(**{"apikeys.duplicate": "conflict", "apikeys.list": "unsupported"})
    assert keys("POST", body={"data": wanted}).status_code == 409
    assert keys("GET").status_code == 405
    chosen = "abababab-0000-4000-8000-000000000001"
    named = {**wanted, "name": "Chosen", "id": chosen}
    assert keys("POST", body={"data": named}).json()["data"]["id"] == chosen
    sandbox.switch(**{"apikeys.id": "generated"})
    assert keys("POST", body={"data": {**named, "name": "Generated"}}).json()["data"]["id"] != chosen
    sandbox.switch(**{"apikeys.change": "unsupported"})
    assert keys("DELETE", f"/{chosen}").status_code == 405
    assert keys("PUT", f"/{chosen}", {"data": named}).status_code == 405
    sandbox.switch(**{"apikeys.change": "supported"})
    assert keys("DELETE", f"/{chosen}").status_code == 200
    assert keys("GET", f"/{chosen}").status_code == 404
    headers.clear()
    assert keys("GET", f"/{chosen}").status_code == 403
