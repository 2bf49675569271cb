"""Sessions, clients and single calls: the only module that talks to boto3."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from dyncheck import __version__
from dyncheck.errors import DyncheckError
from dyncheck.parsers.live.operations import ASSUME_ROLE, GET_CALLER_IDENTITY, Operation
from dyncheck.parsers.live.records import CallError

EXPIRED: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "TokenRetrievalError",
        "SSOTokenLoadError",
        "UnauthorizedSSOTokenError",
    }
)
"""Codes after which no further call can succeed."""

_SESSION_NAME: Final = "dyncheck"
_CONNECT_TIMEOUT: Final = 10
_READ_TIMEOUT: Final = 60
_CONNECTIONS: Final = 64
"""Connections that a client keeps open; calls beyond them open their own."""

_LOADERS: Final[dict[str | None, Any]] = {}
"""What has read botocore's service models, by ``data_path``: they take 17 MB, and accounts may be hundreds."""

_OPENING: Final = threading.Lock()


class MissingLibrary(DyncheckError):
    """The optional extra is not installed."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How accounts are reached. It holds no secret: credentials come from the usual places of AWS's tools.

    ``via``: a role that is assumed first, and assumes the other. ``attempts``: how often a call is tried in all.
    """

    profile: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    via: str | None = None
    external_id: str | None = None
    attempts: int = 10


def libraries() -> tuple[Any, Any]:
    """boto3 and botocore. Raises MissingLibrary with the command that installs them."""
    try:
        import boto3
        import botocore.session
    except ImportError as error:
        raise MissingLibrary(
            f"live accounts need boto3, which is not installed ({error}); pip install 'dyncheck[live]'"
        ) from error
    return boto3, botocore


def open_session(access: Access) -> Any:
    """A boto3 session with the credentials of the access, which may be those of a role. Raises DyncheckError."""
    boto3, botocore = libraries()
    try:
        with _OPENING:
            session = boto3.Session(botocore_session=_sharing_models(botocore, access.profile))
            loader = session._session.get_component("data_loader")
            loader.search_paths[:] = dict.fromkeys(loader.search_paths)
        for role in (access.via, access.role_arn):
            if role is not None:
                _assume(session, access, role)
        return session
    except botocore.exceptions.BotoCoreError as error:
        raise DyncheckError(str(error)) from error


def _sharing_models(botocore: Any, profile: str | None) -> Any:
    """A new botocore session whose service models are read once for all sessions of the process."""
    core = botocore.session.Session(profile=profile)
    path = core.get_config_variable("data_path")
    loader = _LOADERS.setdefault(path, core.get_component("data_loader"))
    core.register_component("data_loader", loader)
    return core


def _assume(session: Any, access: Access, role: str) -> None:
    """Replace the session's credentials by those of the role, which renew themselves."""
    from botocore.config import Config
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    core = session._session
    source = core.get_credentials()
    if source is None:
        raise DyncheckError("there are no AWS credentials to assume the role with; see --profile")
    region = session.region_name or "us-east-1"

    def client(service: str, **arguments: Any) -> Any:
        config = Config(user_agent=_user_agent())
        return core.create_client(
            service, region_name=region, endpoint_url=access.endpoint_url, config=config, **arguments
        )

    extra = {"RoleSessionName": _SESSION_NAME}
    if access.external_id is not None:
        extra["ExternalId"] = access.external_id
    fetcher = AssumeRoleCredentialFetcher(client, source, role, extra_args=extra)
    core._credentials = DeferredRefreshableCredentials(method=ASSUME_ROLE.name, refresh_using=fetcher.fetch_credentials)


def _user_agent() -> str:
    """Who calls, as the trails of an account show it; botocore would work out its own anew for every call."""
    return f"dyncheck/{__version__} Botocore/{libraries()[1].__version__}"


class Clients:
    """The clients of one account, made when they are first needed."""

    def __init__(self, session: Any, access: Access) -> None:
        self._session = session
        self._access = access
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}

    def call(self, operation: Operation, region: str, parameters: Mapping[str, Any]) -> dict[str, Any] | CallError:
        """One call, tried again as AWS's adaptive mode sees fit: the plain response, or why there is none."""
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            response = getattr(self._client(operation.service, region), xform_name(operation.name))(**parameters)
            return {name: plain(value) for name, value in response.items() if name != "ResponseMetadata"}
        except ClientError as error:
            found = error.response.get("Error", {})
            return CallError(plain(str(found.get("Code", "Unknown"))), plain(str(found.get("Message", ""))))
        except BotoCoreError as error:
            return CallError(type(error).__name__, str(error))
        except Exception as error:
            # An answer that is none of AWS's breaks botocore in as many ways as there are answers.
            return CallError("InvalidResponse", f"{type(error).__name__}: {error}")

    def forget(self, region: str) -> None:
        """Let go of the clients of a Region that is done."""
        with self._lock:
            for key in [key for key in self._clients if key[1] == region]:
                del self._clients[key]

    def offers(self, service: str, region: str, partition: str) -> bool:
        """Whether a service exists in a Region, as far as botocore knows; with an endpoint of one's own it does."""
        if self._access.endpoint_url is not None:
            return True
        return region in self._session.get_available_regions(service, partition)

    def _client(self, service: str, region: str) -> Any:
        from botocore.config import Config

        with self._lock:
            client = self._clients.get((service, region))
            if client is None:
                config = Config(
                    retries={"mode": "adaptive", "total_max_attempts": self._access.attempts},
                    connect_timeout=_CONNECT_TIMEOUT,
                    read_timeout=_READ_TIMEOUT,
                    max_pool_connections=_CONNECTIONS,
                    user_agent=_user_agent(),
                )
                client = self._session.client(
                    service, region_name=region, endpoint_url=self._access.endpoint_url, config=config
                )
                self._clients[(service, region)] = client
            return client


class Identity(msgspec.Struct, frozen=True):
    """Whose credentials these are."""

    account: str
    partition: str


def identify(clients: Clients, region: str) -> Identity | CallError:
    """The account and partition of a session."""
    found = clients.call(GET_CALLER_IDENTITY, region, {})
    if isinstance(found, CallError):
        return found
    return Identity(found["Account"], found["Arn"].split(":")[1])


def plain(value: Any) -> Any:
    """A part of a response as JSON can hold it; times in UTC, and ``?`` for what UTF-8 cannot hold."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode("utf-8")
    return value
