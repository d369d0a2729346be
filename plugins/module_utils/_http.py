# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that talks HTTP: sessions, TLS, time limits, retries, typed errors.

Reads (and whatever else the caller declares repeatable) are repeated on transient faults. Writes are repeated only where
the request surely did nothing: it was never sent, or was answered 429. After any other fault of a write the caller gets
Unclear and has to look before it tries again.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils._checks import without_credentials
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import ApiError, Refused, Unclear, Unsent
from ansible_collections.cxops.genesys_sms.plugins.module_utils._secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._version import VERSION

try:
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError, SSLError

    REQUESTS_MISSING = None
except ImportError as error:
    REQUESTS_MISSING = error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer that are read; the largest known one, a thousand sender IDs, has less than one hundredth."""

_TRANSIENT = (429, 502, 503, 504)
_LONGEST_PAUSE = 8.0
_CORRELATION_HEADERS = ("ININ-Correlation-Id", "X-B3-TraceId", "X-Request-Id", "X-Correlation-Id")


@dataclass(frozen=True)
class Connection:
    """How to reach one system.

    :arg name: what the system is called in messages.
    :arg option: the option that holds its URL, to be named in remedies.
    :arg url: base URL without a trailing slash, path prefix included.
    :arg timeout: seconds to wait for a connection, and for each part of an answer.
    :arg retries: how often a repeatable request is repeated.
    :arg time_limit: seconds that one request may take, repetitions and pauses included.
    """

    name: str
    option: str
    url: str
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    timeout: float = 30.0
    retries: int = 4
    time_limit: float = 120.0


@dataclass(frozen=True)
class Answer:
    """What a server said to a request that it did not refuse: HTTP status, and the decoded JSON (None where empty)."""

    status: int
    body: Any


class Http:
    """Requests to one system, over one keep-alive session.

    :arg remedies: what to do about an HTTP status that this system refuses with.
    """

    def __init__(
        self,
        connection: Connection,
        secrets: Secrets,
        *,
        headers: Mapping[str, str] | None = None,
        remedies: Mapping[int, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self._secrets = secrets
        self._remedies = dict(remedies or {})
        self._clock = clock
        self._sleep = sleep
        self._session = requests.Session()
        # A callable auth, even one that does nothing, keeps requests from taking credentials out of a .netrc file.
        self._session.auth = lambda request: request
        self._session.headers.update({"User-Agent": f"cxops.genesys_sms/{VERSION}", "Accept": "application/json"})
        self._session.headers.update(headers or {})
        if connection.client_cert:
            pair = (connection.client_cert, connection.client_key)
            self._session.cert = pair if connection.client_key else connection.client_cert
        self._verify = (connection.ca_path or True) if connection.validate_certs else False
        if not connection.validate_certs:
            # The user asked for it; a warning of the library for each request says nothing new.
            requests.packages.urllib3.disable_warnings(requests.packages.urllib3.exceptions.InsecureRequestWarning)

    def request(
        self,
        method: str,
        path: str,
        what: str,
        *,
        repeatable: bool,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
    ) -> Answer:
        """Exchange one request for its answer.

        :arg what: the purpose, as an infinitive without "to".
        :arg repeatable: whether the request may be repeated when it is not known what became of it.
        :raises Unsent: the request never reached the server.
        :raises Refused: the server understood it and said no.
        :raises Unclear: it is not known whether a write had its effect.
        :raises ApiError: any other fault of a repeatable request.
        """
        url = self.connection.url + path
        give_up = self._clock() + self.connection.time_limit
        attempt = 0
        while True:
            try:
                return self._exchange(method, url, what, repeatable, give_up, body, form, params, headers, basic)
            except _Transient as fault:
                pause = fault.pause
                if pause is None:
                    pause = min(_LONGEST_PAUSE, 0.25 * 2**attempt) * random.uniform(0.5, 1.0)
                attempt += 1
                if attempt > self.connection.retries or self._clock() + pause > give_up:
                    raise fault.error from fault.error.__cause__
                self._sleep(pause)

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    def _exchange(
        self,
        method: str,
        url: str,
        what: str,
        repeatable: bool,
        give_up: float,
        body: Any,
        form: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        basic: tuple[str, str] | None,
    ) -> Answer:
        connection = self.connection
        lost: type[ApiError] = ApiError if repeatable else Unclear
        try:
            response = self._session.request(
                method,
                url,
                params=params,
                data=dict(form) if form is not None else None,
                json=body,
                headers=dict(headers or {}),
                auth=requests.auth.HTTPBasicAuth(*(part.encode() for part in basic)) if basic else None,
                timeout=(connection.timeout, connection.timeout),
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = self._read(response, what, url, lost, give_up)
        except requests.exceptions.RequestException as error:
            raise self._translate(error, what, url, lost, repeatable) from error
        except OSError as error:
            # Raised bare by requests for a certificate file that it can't find.
            raise Unsent(what, url, f"was not called: {error}", "Check ca_path, client_cert and client_key") from error
        except ValueError as error:
            # A header or a body that can't be encoded; the text of such an error may quote the value.
            raise Unsent(
                what, url, "was not called: an option holds a character that HTTP can't carry", "Check the options' values"
            ) from error
        return self._judge(response, content, what, url, lost, repeatable)

    def _read(
        self, response: requests.Response, what: str, url: str, lost: type[ApiError], give_up: float
    ) -> bytes:
        parts = []
        size = 0
        for part in response.iter_content(64 * 1024):
            parts.append(part)
            size += len(part)
            if size > BODY_LIMIT:
                raise lost(
                    what,
                    url,
                    f"answered with more than {BODY_LIMIT // 1024 // 1024} MiB",
                    f"Check that {self.connection.option} is the base URL of {self.connection.name}",
                    status=response.status_code,
                )
            if self._clock() > give_up:
                raise lost(
                    what,
                    url,
                    f"was still answering after {self.connection.time_limit:g} s",
                    "Raise time_limit, or find out why the server is slow",
                    status=response.status_code,
                )
        return b"".join(parts)

    def _translate(
        self, error: requests.exceptions.RequestException, what: str, url: str, lost: type[ApiError], repeatable: bool
    ) -> Exception:
        """Return the error to raise for a request that got no whole answer, as _Transient where repeating may help."""
        connection = self.connection
        cause = _cause(error)
        if isinstance(error, requests.exceptions.SSLError) or isinstance(cause, SSLError):
            return Unsent(
                what,
                url,
                f"failed the TLS handshake: {_first_line(cause)}",
                "Set ca_path to the certificate of the authority that signed the server's, and check client_cert if the "
                "server wants one",
            )
        if isinstance(error, requests.exceptions.ProxyError):
            return _Transient(
                Unsent(what, url, "could not be reached through the proxy", "Check http_proxy, https_proxy and no_proxy")
            )
        if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(cause, ConnectTimeoutError):
            return _Transient(
                Unsent(
                    what,
                    url,
                    f"did not accept a connection within {connection.timeout:g} s",
                    f"Check {connection.option}, the network between, and that {connection.name} is running",
                )
            )
        if isinstance(cause, NewConnectionError):
            return _Transient(
                Unsent(
                    what,
                    url,
                    f"could not be reached: {_first_line(cause)}",
                    f"Check {connection.option}, and that {connection.name} is running",
                )
            )
        if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)):
            return Unsent(what, url, "is not a usable URL", f"Check {connection.option}")
        if isinstance(error, (requests.exceptions.InvalidHeader, requests.exceptions.InvalidJSONError)):
            return Unsent(
                what, url, "was not called: an option holds a character that HTTP can't carry", "Check the options' values"
            )
        if isinstance(error, requests.exceptions.Timeout) or isinstance(cause, ReadTimeoutError):
            problem = f"did not answer within {connection.timeout:g} s"
        else:
            problem = "broke off the connection before its answer was complete"
        fault = lost(
            what, url, problem, f"Look whether {connection.name} is overloaded or restarting, then run again"
        )
        return _Transient(fault) if repeatable else fault

    def _judge(
        self,
        response: requests.Response,
        content: bytes,
        what: str,
        url: str,
        lost: type[ApiError],
        repeatable: bool,
    ) -> Answer:
        connection = self.connection
        status = response.status_code
        decoded, is_json = _decode(content)
        if 200 <= status < 300 and is_json and not _says_error(decoded):
            return Answer(status, decoded)
        if 200 <= status < 300 and not is_json:
            form = (response.headers.get("Content-Type") or "no content type").split(";")[0]
            raise lost(
                what,
                url,
                f"answered {status} with {form} that is not JSON",
                f"Check that {connection.option} is the base URL of {connection.name}, not of a login page or a proxy",
                status=status,
            )
        if 300 <= status < 400:
            target = without_credentials(response.headers.get("Location", "another address"))
            raise Refused(
                what,
                url,
                f"answered {status}, a redirect to {target}, which is not followed since the request carries credentials",
                f"Set {connection.option} to the address that answers by itself",
                status=status,
            )
        # Scrubbed before anything is cut or folded, which would hide a secret from the scrubbing at the end.
        code, message = _explain(self._secrets.scrub(decoded))
        said = f": {message}" if message else ""
        shown_code = f" (code {code})" if code is not None else ""
        remedy = self._remedies.get(status, f"See what {connection.name} says, and its logs")
        # 5XX of a write may come from a gateway in front of a server that did the work.
        kind = Refused if status < 500 else lost
        error = kind(
            what,
            url,
            f"answered {status}{shown_code}{said}",
            remedy,
            status=status,
            code=code,
            correlation_id=_correlation(response.headers, decoded),
        )
        if status == 429 or (repeatable and status in _TRANSIENT):
            raise _Transient(error, _retry_after(response.headers.get("Retry-After")))
        raise error


class _Transient(Exception):
    """Carries an error that may go away by itself, and the pause in seconds that the server asked for."""

    def __init__(self, error: ApiError, pause: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause


def _cause(error: BaseException) -> BaseException:
    """Return what urllib3 said, which requests wraps once or twice."""
    inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
    reason = getattr(inner, "reason", None)
    return reason if isinstance(reason, BaseException) else inner or error


def _first_line(error: BaseException) -> str:
    """Return the telling part of a library's error: its last clause, without object addresses."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text.rsplit(">: ", 1)[-1].split(": Failed to", 1)[-1].strip()[:200]


def _decode(content: bytes) -> tuple[Any, bool]:
    if not content.strip():
        return None, True
    try:
        return json.loads(content), True
    except (ValueError, RecursionError):
        return None, False


def _says_error(body: Any) -> bool:
    """Tell whether a body says that a call failed: where there is a ``status.code``, it counts, whatever the HTTP status."""
    status = body.get("status") if isinstance(body, dict) else None
    return isinstance(status, dict) and status.get("code") not in (0, "0", None)


def _explain(body: Any) -> tuple[str | int | None, str]:
    """Return the server's code and message out of the shapes that the contract knows; nothing of any other body."""
    if not isinstance(body, dict):
        return None, ""
    source = body["status"] if isinstance(body.get("status"), dict) else body
    code = source.get("code", source.get("error"))
    message = source.get("message") or source.get("error_description") or source.get("description") or ""
    detail = source.get("detail")
    text = f"{message} ({detail})" if isinstance(detail, str) and detail else str(message)
    return code if isinstance(code, (str, int)) else None, " ".join(text.split())[:500]


def _correlation(headers: Mapping[str, str], body: Any) -> str | None:
    for name in _CORRELATION_HEADERS:
        if headers.get(name):
            return headers[name][:100]
    context = body.get("contextId") if isinstance(body, dict) else None
    return str(context)[:100] if context else None


def _retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for; None where it is absent or unreadable."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
