# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends all HTTP requests of the collection: sessions, TLS, time limits, retries, typed errors.

Reads, and other requests that the caller declares repeatable, are repeated after transient errors. Writes are repeated
only if the request certainly had no effect: it was never sent, or its status was 429. After any other error of a write
the caller gets Unclear, and has to read the state before it tries again.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import ssl
import time
import zlib
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .answers import decode, explain, retry_after, says_error
from .checks import without_credentials
from .cookies import Cookies
from .errors import ApiError, Intermediary, Refused, Unclear, Unreadable, Unsent
from .pauses import pauses
from .proxy import Proxy, find_proxy
from .secrets import Secrets
from .server_text import in_message
from .version import VERSION
from .wire import Wire, bounded

_UNFIT = ("was not called: an option contains a character that HTTP can't send", "Check the values of the options")


@dataclass(frozen=True)
class _Fault:
    """A transport error and its message. Words in braces are filled in.

    :arg kinds: the exceptions of requests and urllib3.
    :arg unsent: True if the request certainly was not sent. Otherwise the connection knows whether it was sent.
    :arg permanent: True if a repetition would fail in the same way.
    """

    kinds: tuple[type[BaseException], ...]
    problem: str
    remedy: str
    unsent: bool = False
    permanent: bool = False

    def fits(self, error: BaseException) -> bool:
        return isinstance(error, self.kinds)


try:
    import requests
    import urllib3
    from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError
    from urllib3.filepost import encode_multipart_formdata

    _FAULTS = {
        "tls": _Fault(
            (requests.exceptions.SSLError, SSLError),
            "failed the TLS handshake: {reason}",
            "{tls_remedy}",
            permanent=True,
        ),
        "proxy": _Fault(
            (requests.exceptions.ProxyError,),
            "could not be reached{through}{answered}",
            "Check the environment variable {variable}. If the host needs no proxy, add the host to no_proxy",
        ),
        # In some versions of urllib3 a refused connection is a kind of timeout, so this comes before the timeouts.
        "not reached": _Fault(
            (NewConnectionError,),
            "could not be reached{through}: {reason}",
            "Check {option}, and that {name} is running",
            unsent=True,
        ),
        "not accepted": _Fault(
            (requests.exceptions.ConnectTimeout, ConnectTimeoutError),
            "did not accept a connection within {timeout:g} s",
            "Check {option}, the network to the server, and that {name} is running",
            unsent=True,
        ),
        "header": _Fault((requests.exceptions.InvalidHeader,), *_UNFIT, unsent=True, permanent=True),
        "url": _Fault(
            (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema),
            "is not a valid URL",
            "Check {option}",
            unsent=True,
            permanent=True,
        ),
        "socks": _Fault(
            (),
            "was not called: the proxy {proxy} needs the Python package PySocks",
            "Install PySocks where the module runs, or change {variable}",
            unsent=True,
            permanent=True,
        ),
        "not answered": _Fault(
            (requests.exceptions.Timeout, ReadTimeoutError),
            "did not answer within {timeout:g} s",
            "Check whether {name} is overloaded or restarting, then run again{hint}",
        ),
        "broken off": _Fault(
            (requests.exceptions.RequestException,),
            "closed the connection before the response was complete",
            "Check whether {name} is overloaded or restarting, then run again{hint}",
        ),
    }
    """The transport errors. The first one that fits is used."""

    class _Session(requests.Session):
        """Ignores redirects. An invalid target would raise an error that says nothing about the request itself."""

        def get_redirect_target(self, resp: requests.Response) -> None:
            return None

    class _Adapter(requests.adapters.HTTPAdapter):
        """Makes connections that obey the time limit of a wire."""

        def __init__(self, wire: Wire) -> None:
            self._wire = wire
            super().__init__()

        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options)
            self._bound(self.poolmanager)

        def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
            is_new = proxy not in self.proxy_manager
            manager = super().proxy_manager_for(proxy, **options)
            if is_new:
                self._bound(manager)
            return manager

        def _bound(self, manager: Any) -> None:
            pools = manager.pool_classes_by_scheme
            manager.pool_classes_by_scheme = {scheme: bounded(pool, self._wire) for scheme, pool in pools.items()}

    REQUESTS_MISSING = None
except ImportError as error:
    REQUESTS_MISSING = error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BODY_LIMIT = 64 * 1024 * 1024
"""Most bytes that are read of a response. The largest known one, a thousand sender IDs, needs less than 1 % of it."""

_UNREADABLE = (
    "sent a response that can't be read",
    "Check what is between this machine and the server, such as a proxy",
)
_PACKED = ("gzip", "x-gzip", "deflate")
_ANY_HEAD = 32 + zlib.MAX_WBITS
"""Makes zlib detect the compression format."""

_OF_THE_NETWORK = {407: "a login request of a proxy", 511: "a login request of the network"}
"""The statuses that no API uses."""

_TUNNEL = re.compile(r"Tunnel connection failed: (\d+)")
_TRANSIENT = (429, 502, 503, 504)
_LONGEST_PAUSE = 8.0
_CORRELATION_HEADERS = ("ININ-Correlation-Id", "X-B3-TraceId", "X-Request-Id", "X-Correlation-Id")


@dataclass(frozen=True)
class Connection:
    """How to reach one system.

    :arg name: the system's name in messages.
    :arg option: the option with the system's URL, for remedies.
    :arg url: the base URL with its path prefix, without a trailing slash.
    :arg timeout: seconds to wait for a connection, and for each part of a response.
    :arg retries: how often a repeatable request is repeated.
    :arg time_limit: seconds that one request may take, with all its retries and pauses.
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
    """A successful response: HTTP status, and decoded JSON (None if the body is empty).

    :arg etag: the header ETag, which identifies the state of an object.
    """

    status: int
    body: Any
    etag: str | None = None


@dataclass(frozen=True)
class Content:
    """Bytes to send unchanged, and their media type."""

    raw: bytes
    media_type: str


def multipart(field: str, filename: str, content: Content) -> Content:
    """Return a multipart/form-data body whose only field is a file."""
    return Content(*encode_multipart_formdata({field: (filename, content.raw, content.media_type)}))


class Http:
    """Sends requests to one system, over one keep-alive session.

    :arg remedies: the remedy for each HTTP status of a refusal.
    :arg is_throttled: returns True if an HTTP status and a message mean "try again later". 429 always means that.
    :arg has_codes: True if all refusals of this system have a code. A refusal without a code is not its own then.
    """

    def __init__(
        self,
        connection: Connection,
        secrets: Secrets,
        *,
        headers: Mapping[str, str] | None = None,
        remedies: Mapping[int, str] | None = None,
        is_throttled: Callable[[int, str], bool] = lambda status, message: False,
        has_codes: bool = True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self._secrets = secrets
        self._remedies = dict(remedies or {})
        self._is_throttled = is_throttled
        self._has_codes = has_codes
        self._clock = clock
        self._sleep = sleep
        self.cookies = Cookies()
        self._session = _Session()
        # self.cookies replaces the cookie jar of requests, which obeys the attributes of cookies.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Otherwise requests takes credentials from .netrc, and looks for proxies before each request.
        self._session.trust_env = False
        self._wire = Wire(clock)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._wire))
        self._proxy = proxy_of(connection.url)
        if self._proxy:
            self._session.proxies = dict.fromkeys(("http", "https"), self._proxy.url)
            secrets.add(unquote(self._proxy.password or ""))
        self._session.headers.update(
            {
                "User-Agent": f"cxops.genesys_sms/{VERSION}",
                "Accept": "application/json",
                # A gateway that compresses responses also changes ETags. Responses are small.
                "Accept-Encoding": "identity",
            }
        )
        self._session.headers.update(headers or {})
        if connection.client_cert:
            if connection.client_key:
                self._session.cert = (connection.client_cert, connection.client_key)
            else:
                self._session.cert = connection.client_cert
        self._verify, self._authorities = _trust(connection)
        if not connection.validate_certs:
            # The user turned verification off. The library would warn of it with each request.
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
        """Send a request and return its response.

        :arg what: the purpose, as an infinitive without "to".
        :arg repeatable: whether the request may be repeated if it is not known whether it took effect.
        :arg once: True if the request costs money. Then it is never repeated, even if it certainly had no effect. And
            it counts as refused only if the API itself clearly refused it.
        :arg body: a body to send as JSON. ``content`` and ``form`` are the other kinds of bodies.
        :arg time_limit: seconds, if not those of the connection.
        :raises Unsent: the request never reached the server.
        :raises Refused: the server refused the request.
        :raises Unclear: it is not known whether a write took effect.
        :raises ApiError: any other error of a repeatable request.
        """
        limit = time_limit or self.connection.time_limit
        call = _Call(
            what=what,
            url=self.connection.url + path,
            repeatable=repeatable,
            once=once,
            limit=limit,
            give_up=self._clock() + limit,
        )
        if self._proxy and not self._proxy.is_usable:
            problem = f"was not called: the proxy {self._proxy} is not a valid URL"
            raise Unsent(what, call.url, problem, f"Correct {self._proxy.variable}, or add the host to no_proxy")
        try:
            data, media_type = _payload(body, content, form)
        except (TypeError, ValueError) as error:
            raise Unsent(what, call.url, *_UNFIT) from error
        options = {
            "params": params,
            "data": data,
            "headers": {**(headers or {}), **({"Content-Type": media_type} if media_type else {})},
            # As bytes, since requests encodes strings as latin-1.
            "auth": requests.auth.HTTPBasicAuth(*(part.encode() for part in basic)) if basic else None,
        }
        again = pauses(0.25, _LONGEST_PAUSE, least=0.5)
        retries = 0 if once else self.connection.retries
        attempt = 0
        while True:
            if once or (attempt and not repeatable):
                # A request on an idle connection may get lost. Then nobody knows whether it took effect.
                self._session.close()
            try:
                return self._exchange(call, method, options)
            except _Transient as fault:
                pause = max(next(again), fault.error.retry_after or 0.0)
                if attempt >= retries or self._clock() + pause > call.give_up:
                    raise fault.error from fault.error.__cause__
                attempt += 1
                self._sleep(pause)

    def close(self) -> None:
        """Close all connections of the session."""
        self._session.close()

    def _exchange(self, call: _Call, method: str, options: dict[str, Any]) -> Answer:
        """Send the request once. Raise _Transient if it may be sent again."""
        self._wire.begin(call.give_up)
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
            # requests raises it for a certificate file that does not exist.
            remedy = f"Check {self._authorities}, client_cert and client_key"
            raise Unsent(call.what, call.url, f"was not called: {error}", remedy) from error
        except UnicodeEncodeError as error:
            # From a header or a body. The error's text may quote the value, so it is not shown.
            raise Unsent(call.what, call.url, *_UNFIT) from error
        except (ValueError, HTTPError, http.client.HTTPException) as error:
            # The response has something that requests does not expect.
            kind = Unsent if self._wire.is_unsent else call.lost_as(Unreadable)
            raise kind(call.what, call.url, *_UNREADABLE) from error
        return self._judge(call, response, content)

    def _read(self, call: _Call, response: requests.Response) -> bytes:
        parts = []
        size = 0
        # Without this header urllib3 does not decompress. It accepts truncated data, and some versions have no limit.
        encoding = response.raw.headers.pop("Content-Encoding", "")
        unpacker = zlib.decompressobj(_ANY_HEAD) if encoding.strip().lower() in _PACKED else None
        is_empty = True
        for packed in response.iter_content(4096):
            is_empty = False
            try:
                part = unpacker.decompress(packed, BODY_LIMIT + 1 - size) if unpacker else packed
            except zlib.error as error:
                raise ValueError("the body is not compressed as its header says") from error
            parts.append(part)
            size += len(part)
            if size > BODY_LIMIT:
                raise call.lost_as(Unreadable)(
                    call.what,
                    call.url,
                    f"sent a response of more than {BODY_LIMIT // 1024 // 1024} MiB",
                    f"Check that {self.connection.option} is the base URL of {self.connection.name}",
                    status=response.status_code,
                )
            if self._clock() > call.give_up:
                raise self._overdue(call, response.status_code)
        if response.raw.length_remaining or (unpacker and not unpacker.eof and not is_empty):
            # Old versions of urllib3 accept a body that is shorter than its length.
            raise requests.exceptions.ConnectionError("the response is truncated")
        return b"".join(parts)

    def _overdue(self, call: _Call, status: int | None = None) -> ApiError:
        return (Unsent if self._wire.is_unsent else call.lost)(
            call.what,
            call.url,
            f"did not send the complete response within {call.limit:g} s",
            "Raise time_limit, or find out why the server is slow",
            status=status,
        )

    def _translate(self, call: _Call, error: requests.exceptions.RequestException) -> Exception:
        """Return the error for a request without a complete response. It is _Transient if a repetition may help."""
        cause = _cause(error)
        name, fault = next((name, fault) for name, fault in _FAULTS.items() if fault.fits(error) or fault.fits(cause))
        if name != "tls" and self._clock() > call.give_up - 0.01:
            return self._overdue(call)
        if name == "header" and isinstance(cause, HTTPError):
            # The invalid header is one of the response.
            return call.lost_as(Unreadable)(call.what, call.url, *_UNREADABLE)
        if name == "url" and self._proxy and self._proxy.is_socks:
            fault = _FAULTS["socks"]
        tunnel = _TUNNEL.search(str(cause)) if name == "proxy" else None
        # A proxy that refused a request will refuse it again.
        is_permanent = fault.permanent or bool(tunnel and int(tunnel[1]) not in _TRANSIENT)
        kind = Unsent if fault.unsent or self._wire.is_unsent else call.lost
        words = {**self._words(cause), "answered": f", which answered {tunnel[1]}" if tunnel else ""}
        failure = kind(call.what, call.url, fault.problem.format(**words), fault.remedy.format(**words))
        return failure if is_permanent or not (call.repeatable or kind is Unsent) else _Transient(failure)

    def _words(self, cause: BaseException) -> dict[str, Any]:
        """Return the values that are filled in to the message of a transport error."""
        connection, proxy = self.connection, self._proxy
        hint = "" if connection.client_cert else ". If the server wants a client certificate, set client_cert"
        if connection.url.startswith("http:"):
            hint = f". Check whether {connection.option} should begin with https"
        return {
            "name": connection.name,
            "option": connection.option,
            "timeout": connection.timeout,
            "proxy": proxy,
            "variable": proxy.variable if proxy else "https_proxy",
            "through": f" through the proxy {proxy}" if proxy else "",
            "reason": self._shown(_first_line(cause), 200),
            "tls_remedy": self._tls_remedy(cause),
            "hint": hint,
        }

    def _tls_remedy(self, cause: BaseException) -> str:
        first = next(iter(cause.args), None)
        if isinstance(first, ssl.SSLError) and not isinstance(first, ssl.SSLCertVerificationError):
            # The server does not use TLS or does not accept this client, or a file is not a certificate.
            checks = f"{self._first_checks()}: perhaps the server uses http there"
            return f"{checks}. Check {self._authorities} and client_cert"
        found = "" if self._authorities == "ca_path" else f". The trusted authorities now come from {self._authorities}"
        return (
            "Set ca_path to the certificate of the authority that signed the server's certificate. If the server wants "
            f"a client certificate, check client_cert{found}"
        )

    def _first_checks(self) -> str:
        """Return what to check first if perhaps another server than the API answered."""
        scheme = self.connection.url.partition(":")[0]
        proxy = f", and the proxy {self._proxy}" if self._proxy else ""
        return f"Check the scheme ({scheme}), the host, the port and the path of {self.connection.option}{proxy}"

    def _judge(self, call: _Call, response: requests.Response, content: bytes) -> Answer:
        """Return the answer of a complete response, or raise the error that it reports."""
        connection = self.connection
        status = response.status_code
        media_type = response.headers.get("Content-Type") or ""
        decoded, unreadable = decode(content, media_type)
        if 200 <= status < 300 and not unreadable and not says_error(decoded):
            return Answer(status, decoded, response.headers.get("ETag"))
        form = f"{unreadable} ({self._shown(media_type.split(';')[0], 100) or 'no content type'})"
        if 200 <= status < 300 and unreadable:
            raise call.lost_as(Intermediary if "html" in media_type.lower() else Unreadable)(
                call.what,
                call.url,
                f"answered {status} with {form}",
                f"Check that {connection.option} is the base URL of {connection.name}, not of a login page or a proxy",
                status=status,
            )
        if 300 <= status < 400:
            target = self._shown(without_credentials(response.headers.get("Location", "another address")), 500)
            # A redirect may also be the response to a write that took effect.
            raise (call.lost if call.once else Intermediary)(
                call.what,
                call.url,
                f"answered {status}, a redirect to {target}. It was not followed, since requests contain credentials",
                f"Set {connection.option} to the address that does not redirect",
                status=status,
            )
        error = self._refusal(call, response.headers, status, decoded, unreadable and form)
        if status == 429 or (call.repeatable and status in _TRANSIENT) or self._is_throttled(status, error.problem):
            error.retry_after = retry_after(response.headers.get("Retry-After"))
            raise _Transient(error)
        raise error

    def _refusal(
        self, call: _Call, headers: Mapping[str, str], status: int, decoded: Any, unreadable: str | None
    ) -> ApiError:
        """Return the error for a complete response that reports an error.

        :arg unreadable: what the body is, if it can't be decoded.
        """
        name = self.connection.name
        # Secrets are removed before the text is cut or folded. Afterwards a part of a secret would not be found.
        code, message = explain(self._secrets.scrub(decoded))
        # Frameworks and ingresses have a phrase in place of a code, such as "Not Found".
        code = None if " " in str(code) else code
        said = f": {message}" if message else ""
        problem = f"answered {status}{f' (code {code})' if code is not None else ''}{said}"
        remedy = self._remedies.get(status, f"Check the logs of {name}")
        is_refusal = (400 <= status < 500 and status != 408) or status in _OF_THE_NETWORK
        lacks_code = code is None and decoded is not None and self._has_codes
        is_foreign = is_refusal and bool(status in _OF_THE_NETWORK or unreadable or lacks_code)
        if is_foreign:
            form = unreadable or ("JSON without a code" if lacks_code else _OF_THE_NETWORK[status])
            problem = (
                f"answered {status} with {form}{said}. This response seems to come from a proxy, an ingress or a login "
                f"page in front of {name}"
            )
            remedy = f"{self._first_checks()}. If these are right: {remedy}"
        # After a write, 5XX and 408 may come from a gateway, while the server behind it did the work. 501 means that
        # the call does not exist. Some systems refuse with 2XX and an error in the body, but none that takes money.
        # For a request that costs money, only a refusal by the API itself counts. After any other response it is not
        # known whether the request took effect.
        is_plain = is_refusal or status == 501 or status < 300
        if call.once and (code is None or status < 300):
            is_plain = False
        kind = call.lost if not is_plain else Intermediary if is_foreign else Refused
        error = kind(
            call.what,
            call.url,
            problem,
            remedy,
            status=status,
            code=code,
            correlation_id=self._correlation(headers, decoded),
        )
        error.body = decoded
        return error

    def _correlation(self, headers: Mapping[str, str], body: Any) -> str | None:
        for name in _CORRELATION_HEADERS:
            if headers.get(name):
                return self._shown(headers[name], 100)
        context = body.get("contextId") if isinstance(body, dict) else None
        return self._shown(str(context), 100) if context else None

    def _shown(self, text: str, limit: int) -> str:
        """Return a server's text for a message. Secrets are removed before it is cut, so that no part remains."""
        return in_message(self._secrets.scrub(text), limit)


@dataclass(frozen=True)
class _Call:
    """One request with all its retries.

    :arg limit: seconds that it may take.
    :arg give_up: the time on the clock of Http when it has to end.
    """

    what: str
    url: str
    repeatable: bool
    once: bool
    limit: float
    give_up: float

    @property
    def lost(self) -> type[ApiError]:
        """The class of the error if it is not known whether the request took effect."""
        return self.lost_as(ApiError)

    def lost_as(self, kind: type[ApiError]) -> type[ApiError]:
        """The same, but another class for a repeatable request."""
        return kind if self.repeatable else Unclear


class _Transient(Exception):
    """Carries an error after which the request may be sent again."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(str(error))
        self.error = error


def _payload(
    body: Any, content: Content | None, form: Mapping[str, str] | None
) -> tuple[bytes | dict[str, str] | None, str | None]:
    """Return the body for requests, and its media type if requests does not set it.

    :raises TypeError, ValueError: the body can't be written as JSON.
    """
    if content is not None:
        return content.raw, content.media_type
    if body is not None:
        return json.dumps(body, allow_nan=False).encode(), "application/json"
    return None if form is None else dict(form), None


def proxy_of(url: str) -> Proxy | None:
    """Return the proxy through which requests to a URL go, if there is one."""
    return find_proxy(url, lambda url: requests.utils.should_bypass_proxies(url, None))


def authorities_of(connection: Connection) -> str | None:
    """Return the file or directory with the trusted authorities. None if certificates are not verified."""
    verify, _setting = _trust(connection)
    return str(requests.utils.DEFAULT_CA_BUNDLE_PATH) if verify is True else verify or None


def _trust(connection: Connection) -> tuple[str | bool, str]:
    """Return the argument ``verify`` of requests, and the name of the setting that it comes from."""
    if not connection.validate_certs:
        return False, "validate_certs"
    if connection.ca_path:
        return connection.ca_path, "ca_path"
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if os.environ.get(name):
            return os.environ[name], f"the environment variable {name}"
    return True, "ca_path"


def _cause(error: BaseException) -> BaseException:
    """Return the exception of urllib3, which requests wraps once or twice."""
    inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
    reason = getattr(inner, "reason", None)
    return reason if isinstance(reason, BaseException) else inner or error


def _first_line(error: BaseException) -> str:
    """Return the last clause of a library's error message, without objects and their addresses."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    clause = re.sub(r"^.*?(?=Failed to resolve)|^.*new connection: (\[Errno -?\d+\] )?|^.*>: ", "", text)
    return clause.strip()[:200]
