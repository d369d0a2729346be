# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that talks HTTP: sessions, TLS, time limits, retries, typed errors.

Reads (and whatever else the caller declares repeatable) are repeated on transient faults. Writes are repeated only
where the request surely did nothing: it was never sent, or was answered 429. After any other fault of a write the
caller gets Unclear and has to look before it tries again.
"""

from __future__ import annotations

import json
import random
import re
import ssl
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils._checks import without_credentials
from ansible_collections.cxops.genesys_sms.plugins.module_utils._cookies import Cookies
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import ApiError, Refused, Unclear, Unsent
from ansible_collections.cxops.genesys_sms.plugins.module_utils._secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._server_text import in_message
from ansible_collections.cxops.genesys_sms.plugins.module_utils._version import VERSION

try:
    import requests
    import urllib3
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError
    from urllib3.filepost import encode_multipart_formdata

    _URL_ERRORS = (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
    )

    class _Session(requests.Session):
        """Follows no redirect, nor reads where one leads: that may be no URL, and the request was sent by then."""

        def get_redirect_target(self, resp: requests.Response) -> None:
            return None

    REQUESTS_MISSING = None
except ImportError as error:
    REQUESTS_MISSING = error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer that are read; the largest known one, a thousand sender IDs, has less than one hundredth."""

_UNFIT = ("was not called: an option holds a character that HTTP can't carry", "Check the options' values")
_UNREADABLE = ("answered in a way that can't be read", "Look what is between here and the server, such as a proxy")
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
    """What a server said to a request that it did not refuse: HTTP status, and the decoded JSON (None where empty).

    :arg etag: the header of that name, which tells one state of an object from the next.
    """

    status: int
    body: Any
    etag: str | None = None


@dataclass(frozen=True)
class Content:
    """Bytes to be sent as they are, and what they are."""

    raw: bytes
    media_type: str


def multipart(field: str, filename: str, content: Content) -> Content:
    """Return a file as the only field of a form (multipart/form-data)."""
    return Content(*encode_multipart_formdata({field: (filename, content.raw, content.media_type)}))


class Http:
    """Requests to one system, over one keep-alive session.

    :arg remedies: what to do about an HTTP status that this system refuses with.
    :arg is_throttled: tells from an HTTP status and a message whether a refusal means: later. 429 always does.
    """

    def __init__(
        self,
        connection: Connection,
        secrets: Secrets,
        *,
        headers: Mapping[str, str] | None = None,
        remedies: Mapping[int, str] | None = None,
        is_throttled: Callable[[int, str], bool] = lambda status, message: False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self._secrets = secrets
        self._remedies = dict(remedies or {})
        self._is_throttled = is_throttled
        self._clock = clock
        self._sleep = sleep
        self.cookies = Cookies()
        self._session = _Session()
        # Cookies are kept above; requests would go by their attributes.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # A callable auth, even one that does nothing, keeps requests from taking credentials out of a .netrc file.
        self._session.auth = lambda request: request
        self._session.headers.update({"User-Agent": f"cxops.genesys_sms/{VERSION}", "Accept": "application/json"})
        self._session.headers.update(headers or {})
        if connection.client_cert:
            if connection.client_key:
                self._session.cert = (connection.client_cert, connection.client_key)
            else:
                self._session.cert = connection.client_cert
        self._verify = (connection.ca_path or True) if connection.validate_certs else False
        if not connection.validate_certs:
            # The user asked for it; a warning of the library for each request says nothing new.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def request(
        self,
        method: str,
        path: str,
        what: str,
        *,
        repeatable: bool,
        once: bool = False,
        body: Any = None,
        content: Content | None = None,
        form: Mapping[str, str] | None = None,
        params: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
        time_limit: float | None = None,
    ) -> Answer:
        """Exchange one request for its answer.

        :arg what: the purpose, as an infinitive without "to".
        :arg repeatable: whether the request may be repeated when it is not known what became of it.
        :arg once: whether it costs money. Then it is never repeated, not even where it surely did nothing; and only a
            refusal that is plain counts as one.
        :arg body: what is sent as JSON; ``content`` and ``form`` are other ways to send something.
        :arg time_limit: seconds, if not those of the connection.
        :raises Unsent: the request never reached the server.
        :raises Refused: the server understood it and said no.
        :raises Unclear: it is not known whether a write had its effect.
        :raises ApiError: any other fault of a repeatable request.
        """
        give_up = self._clock() + (time_limit or self.connection.time_limit)
        call = _Call(what, self.connection.url + path, repeatable, once, give_up)
        data: Any = dict(form) if form is not None else None
        all_headers = dict(headers or {})
        if body is not None:
            try:
                data = json.dumps(body, allow_nan=False).encode()
            except (TypeError, ValueError) as error:
                raise Unsent(what, call.url, *_UNFIT) from error
            all_headers["Content-Type"] = "application/json"
        if content is not None:
            data, all_headers["Content-Type"] = content.raw, content.media_type
        options = {
            "params": params,
            "data": data,
            "headers": all_headers,
            # As bytes: requests would encode a text as latin-1.
            "auth": requests.auth.HTTPBasicAuth(*(part.encode() for part in basic)) if basic else None,
        }
        attempt = 0
        while True:
            try:
                return self._exchange(call, method, options)
            except _Transient as fault:
                pause = fault.pause
                if pause is None:
                    pause = min(_LONGEST_PAUSE, 0.25 * 2**attempt) * random.uniform(0.5, 1.0)
                attempt += 1
                if call.once or attempt > self.connection.retries or self._clock() + pause > give_up:
                    raise fault.error from fault.error.__cause__
                self._sleep(pause)

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    def _exchange(self, call: _Call, method: str, options: dict[str, Any]) -> Answer:
        """Send the request once; raise _Transient where it may be sent again."""
        timeout = min(self.connection.timeout, max(0.001, call.give_up - self._clock()))
        options = {**options, "headers": {**options["headers"], **self.cookies.header()}}
        try:
            response = self._session.request(
                method,
                call.url,
                timeout=timeout,
                verify=self._verify,
                allow_redirects=False,
                stream=True,
                **options,
            )
            with response:
                self.cookies.take(response.raw.headers.getlist("Set-Cookie"))
                content = self._read(call, response)
        except requests.exceptions.RequestException as error:
            raise self._translate(call, error) from error
        except OSError as error:
            # Raised bare by requests for a certificate file that it can't find.
            raise Unsent(
                call.what, call.url, f"was not called: {error}", "Check ca_path, client_cert and client_key"
            ) from error
        except UnicodeEncodeError as error:
            # A header or a body; the text of such an error may quote the value.
            raise Unsent(call.what, call.url, *_UNFIT) from error
        except ValueError as error:
            # Something in the answer.
            raise call.lost(call.what, call.url, *_UNREADABLE) from error
        return self._judge(call, response, content)

    def _read(self, call: _Call, response: requests.Response) -> bytes:
        parts = []
        size = 0
        for part in response.iter_content(4096):
            parts.append(part)
            size += len(part)
            if size > BODY_LIMIT:
                raise call.lost(
                    call.what,
                    call.url,
                    f"answered with more than {BODY_LIMIT // 1024 // 1024} MiB",
                    f"Check that {self.connection.option} is the base URL of {self.connection.name}",
                    status=response.status_code,
                )
            if self._clock() > call.give_up:
                raise call.lost(
                    call.what,
                    call.url,
                    f"was still answering after {self.connection.time_limit:g} s",
                    "Raise time_limit, or find out why the server is slow",
                    status=response.status_code,
                )
        return b"".join(parts)

    def _translate(self, call: _Call, error: requests.exceptions.RequestException) -> Exception:
        """Return the error to raise for a request that got no whole answer, as _Transient where repeating may help."""
        connection = self.connection
        what, url = call.what, call.url
        cause = _cause(error)
        if isinstance(error, requests.exceptions.SSLError) or isinstance(cause, SSLError):
            # Any other fault than that of a certificate may come when the request is on its way.
            unsent = isinstance(next(iter(cause.args), None), ssl.SSLCertVerificationError)
            return (Unsent if unsent else call.lost)(
                what,
                url,
                f"failed the TLS handshake: {_first_line(cause)}",
                "Set ca_path to the certificate of the authority that signed the server's, and check client_cert if "
                "the server wants one",
            )
        if isinstance(error, requests.exceptions.ProxyError):
            problem, remedy = "could not be reached through the proxy", "Check http_proxy, https_proxy and no_proxy"
            kind = Unsent if _never_left(cause) else call.lost
            fault = kind(what, url, problem, remedy)
            return _Transient(fault) if call.repeatable or kind is Unsent else fault
        # Some versions of urllib3 count a refused connection among the time-outs, so that it is asked for first.
        if isinstance(cause, NewConnectionError):
            return _Transient(
                Unsent(
                    what,
                    url,
                    f"could not be reached: {_first_line(cause)}",
                    f"Check {connection.option}, and that {connection.name} is running",
                )
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
        if isinstance(error, _URL_ERRORS):
            return Unsent(what, url, "is not a usable URL", f"Check {connection.option}")
        if isinstance(error, requests.exceptions.InvalidHeader):
            # Of the request, or of the answer.
            return call.lost(what, url, *_UNREADABLE) if isinstance(cause, HTTPError) else Unsent(what, url, *_UNFIT)
        if isinstance(error, requests.exceptions.Timeout) or isinstance(cause, ReadTimeoutError):
            problem = f"did not answer within {connection.timeout:g} s"
        else:
            problem = "broke off the connection before its answer was complete"
        remedy = f"Look whether {connection.name} is overloaded or restarting, then run again"
        if url.startswith("https:") and not connection.client_cert:
            remedy += "; set client_cert if it wants a client certificate"
        fault = call.lost(what, url, problem, remedy)
        return _Transient(fault) if call.repeatable else fault

    def _judge(self, call: _Call, response: requests.Response, content: bytes) -> Answer:
        """Return the answer of a whole response, or raise what it says."""
        connection = self.connection
        status = response.status_code
        decoded, is_json = _decode(content)
        if 200 <= status < 300 and is_json and not _says_error(decoded):
            return Answer(status, decoded, response.headers.get("ETag"))
        if 200 <= status < 300 and not is_json:
            form = (response.headers.get("Content-Type") or "no content type").split(";")[0]
            raise call.lost(
                call.what,
                call.url,
                f"answered {status} with {form} that is not JSON",
                f"Check that {connection.option} is the base URL of {connection.name}, not of a login page or a proxy",
                status=status,
            )
        if 300 <= status < 400:
            target = in_message(without_credentials(response.headers.get("Location", "another address")), 500)
            # A redirect may also lead to what a write has made.
            raise (call.lost if call.once else Refused)(
                call.what,
                call.url,
                f"answered {status}, a redirect to {target}, not followed since the request carries credentials",
                f"Set {connection.option} to the address that answers by itself",
                status=status,
            )
        # Scrubbed before anything is cut or folded, which would hide a secret from the scrubbing at the end.
        code, message = _explain(self._secrets.scrub(decoded))
        said = f": {message}" if message else ""
        shown_code = f" (code {code})" if code is not None else ""
        # 5XX of a write may come from a gateway in front of a server that did the work, as may 408; 501 says that there
        # is no such call. 2XX with a body that says no is how some of these systems refuse, none that takes money.
        is_plain = 400 <= status < 500 or status == 501 or (status < 300 and not call.once)
        kind = Refused if is_plain and status != 408 else call.lost
        error = kind(
            call.what,
            call.url,
            f"answered {status}{shown_code}{said}",
            self._remedies.get(status, f"See what {connection.name} says, and its logs"),
            status=status,
            code=code,
            correlation_id=_correlation(response.headers, decoded),
        )
        error.body = decoded
        if status == 429 or (call.repeatable and status in _TRANSIENT) or self._is_throttled(status, message):
            error.retry_after = _retry_after(response.headers.get("Retry-After"))
            raise _Transient(error, error.retry_after)
        raise error


@dataclass(frozen=True)
class _Call:
    """One request with all its repetitions.

    :arg give_up: the moment, on the clock of Http, at which it ends.
    """

    what: str
    url: str
    repeatable: bool
    once: bool
    give_up: float

    @property
    def lost(self) -> type[ApiError]:
        """The error for a request of which it is not known what became."""
        return ApiError if self.repeatable else Unclear


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


def _never_left(error: BaseException) -> bool:
    """Tell whether a proxy's fault came before the request was on its way."""
    original = getattr(error, "original_error", None)
    return isinstance(original, (NewConnectionError, ConnectTimeoutError)) or (
        isinstance(original, OSError) and str(original).startswith("Tunnel connection failed")
    )


def _first_line(error: BaseException) -> str:
    """Return the telling part of a library's error: its last clause, without objects and their addresses."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    clause = re.sub(r"^.*?(?=Failed to resolve)|^.*new connection: (\[Errno -?\d+\] )?|^.*>: ", "", text)
    return clause.strip()[:200]


def _decode(content: bytes) -> tuple[Any, bool]:
    if not content.strip():
        return None, True
    try:
        return json.loads(content), True
    except (ValueError, RecursionError):
        return None, False


def _says_error(body: Any) -> bool:
    """Tell whether a body says that a call failed: a ``status.code`` counts, whatever the HTTP status."""
    status = body.get("status") if isinstance(body, dict) else None
    return isinstance(status, dict) and _number(status.get("code")) not in (0, None)


def _number(code: Any) -> Any:
    """Return a code as the number that it is, whichever way it is written; any other code as it is."""
    if isinstance(code, str) and re.fullmatch(r"\s*-?[0-9]{1,9}\s*", code):
        return int(code)
    return int(code) if isinstance(code, float) and code.is_integer() else code


def _explain(body: Any) -> tuple[str | int | None, str]:
    """Return the server's code and message out of the shapes that the contract knows; nothing of any other body."""
    if not isinstance(body, dict):
        return None, ""
    source = body["status"] if isinstance(body.get("status"), dict) else body
    code = _number(source.get("code", source.get("error")))
    message = source.get("message") or source.get("error_description") or source.get("description") or ""
    detail = source.get("detail")
    text = f"{message} ({detail})" if isinstance(detail, str) and detail else str(message)
    shown_code = in_message(code, 100) if isinstance(code, str) else code
    return shown_code if isinstance(shown_code, (str, int)) else None, in_message(text, 500)


def _correlation(headers: Mapping[str, str], body: Any) -> str | None:
    for name in _CORRELATION_HEADERS:
        if headers.get(name):
            return in_message(headers[name], 100)
    context = body.get("contextId") if isinstance(body, dict) else None
    return in_message(str(context), 100) if context else None


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
