"""What the operator sets: the process environment, read once, and nothing else.

Every value may also stand in a file named by ``NAME_FILE``, as container secrets do. Secrets are in
no ``repr``, no error and no log. Made by the command line; used by ``server`` and ``cli``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ivr.errors import SettingsError

ENVIRONMENT_DEFAULT: Final = "dev"
STORE_DEFAULT: Final = "var"
TAKES_FOLDER: Final = "takes"
"""Within the store, unless another folder is named."""
MESSAGES_FOLDER: Final = "messages"
SECRET_PREFIX: Final = "IVR_SECRET_"
"""``secrets.clinic_api`` of a flow is the variable ``IVR_SECRET_CLINIC_API``."""
KEEP_DAYS: Final = 90
"""How long records of calls are kept where nobody says otherwise."""
KEEP_DAYS_MAX: Final = 3_650
VALUE_BYTES_MAX: Final = 16_384
EVENTS_SECRET_CHARS_MIN: Final = 24
TOKEN_CHARS_MIN: Final = 5
"""Real auth tokens have 32; this only catches a slip of the pen."""

_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
)
_SID = {kind: re.compile(f"{kind}[0-9a-fA-F]{{32}}") for kind in ("AC", "SK", "MG")}
_PLACE = re.compile(r"[a-z0-9-]{2,40}")
_SENDER = re.compile(rf"\+[1-9]\d{{6,14}}|{_SID['MG'].pattern}")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's choices for one process."""

    public_url: str | None = None
    """Where Twilio reaches us: ``https://ivr.example.com``, without a slash at the end.

    None answers callers of this machine only (``ivr call``, an unsigned dev server).
    """
    twilio_tokens: tuple[str, ...] = field(default=(), repr=False)
    """Auth tokens that may have signed; several while a new one is being promoted."""
    twilio_shared_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Id to secret of the keys of Twilio's Webhooks API."""
    twilio_account: str | None = None
    """The account whose REST API is asked (``AC…``): for text messages and recordings of calls."""
    twilio_api_key: str | None = None
    """``SK…``; None: the account's auth token lets us in."""
    twilio_api_secret: str | None = field(default=None, repr=False)
    twilio_region: str | None = None
    twilio_edge: str | None = None
    twilio_url: str | None = None
    """Another address of the API: for a fake of it."""
    sms_from: str | None = None
    """The number text messages come from, or a messaging service (``MG…``)."""
    record_without_notice: bool = False
    """Calls may be recorded although nobody has heard that they are."""
    environment: str = ENVIRONMENT_DEFAULT
    """Which block of ``settings.yaml`` applies."""
    store: str = STORE_DEFAULT
    """Where calls, records and what is to be sent are kept: a folder."""
    takes: str | None = None
    """The folder of takes; None: ``takes`` within the store. It may be read only."""
    messages: str | None = None
    """The folder of what callers left; None: ``messages`` within the store."""
    unsigned: bool = False
    """Requests need no signature; from this machine only, see ``server/gate``."""
    elevenlabs_key: str | None = field(default=None, repr=False)
    elevenlabs_url: str | None = None
    studio_login: str | None = field(default=None, repr=False)
    """Who may use the studio of a real line, as ``server/studio/login`` reads it; None: there is
    no studio."""
    keep_records_days: int = KEEP_DAYS
    """How long records of calls are kept."""
    events_secrets: tuple[str, ...] = field(default=(), repr=False)
    """What sign events; several while one is being replaced."""
    smtp_url: str | None = field(default=None, repr=False)
    """The mail server, with the password; ``ivr.outside.mail`` reads it."""
    mail_from: str | None = None
    """The address letters come from."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What flows call ``secrets.NAME``, from ``IVR_SECRET_NAME``."""

    def __post_init__(self) -> None:
        """Refuse what could let strangers in, however the settings were made."""
        if self.unsigned and self.public_url is not None:
            raise SettingsError(
                "IVR_UNSIGNED=1 cannot be used together with IVR_PUBLIC_URL: unsigned requests are "
                "for this machine only, so remove one of the two"
            )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the environment; a variable that is set to nothing counts as not set.

        Raises :class:`~ivr.errors.SettingsError` naming the variable and the remedy. What is
        missing is no error here: :meth:`require_line` says what a real line needs.
        """
        public_url = _value(environ, "IVR_PUBLIC_URL")
        tokens = _value(environ, "TWILIO_AUTH_TOKEN")
        keys = _value(environ, "TWILIO_WEBHOOK_KEYS")
        environment = _value(environ, "IVR_ENV") or ENVIRONMENT_DEFAULT
        if not _ENVIRONMENT.fullmatch(environment):
            raise SettingsError("IVR_ENV must be a plain name, like dev or production")
        return cls(
            public_url=None if public_url is None else _public_url(public_url),
            twilio_tokens=() if tokens is None else _tokens(tokens),
            twilio_shared_keys={} if keys is None else _shared_keys(keys),
            twilio_account=_shaped(environ, "TWILIO_ACCOUNT_SID", _SID["AC"], "AC and 32 digits"),
            twilio_api_key=_shaped(environ, "TWILIO_API_KEY", _SID["SK"], "SK and 32 digits"),
            twilio_api_secret=_value(environ, "TWILIO_API_SECRET"),
            twilio_region=_shaped(environ, "TWILIO_REGION", _PLACE, "a name like ie1"),
            twilio_edge=_shaped(environ, "TWILIO_EDGE", _PLACE, "a name like dublin"),
            twilio_url=_api_url(environ),
            sms_from=_shaped(
                environ, "IVR_SMS_FROM", _SENDER, "a number like +13125550100, or MG and 32 digits"
            ),
            record_without_notice=_switch(environ, "IVR_RECORD_WITHOUT_NOTICE"),
            environment=environment,
            store=_value(environ, "IVR_STORE") or STORE_DEFAULT,
            takes=_value(environ, "IVR_TAKES"),
            unsigned=_switch(environ, "IVR_UNSIGNED"),
            elevenlabs_key=_value(environ, "ELEVENLABS_API_KEY"),
            elevenlabs_url=_value(environ, "ELEVENLABS_BASE_URL"),
            studio_login=_value(environ, "IVR_STUDIO_LOGIN"),
            keep_records_days=_days(environ, "IVR_KEEP_RECORDS"),
            events_secrets=_events_secrets(environ),
            smtp_url=_value(environ, "IVR_SMTP_URL"),
            mail_from=_value(environ, "IVR_MAIL_FROM"),
            secrets=_secrets(environ),
        )

    @property
    def folder(self) -> Path:
        """Where files are kept: the store's folder, or ``var`` for a store that is none."""
        return Path(STORE_DEFAULT if "://" in self.store else self.store)

    @property
    def takes_folder(self) -> Path:
        """Where takes are."""
        return Path(self.takes) if self.takes is not None else self.folder / TAKES_FOLDER

    @property
    def messages_folder(self) -> Path:
        """Where what callers left is."""
        return self.folder / MESSAGES_FOLDER if self.messages is None else Path(self.messages)

    def require_line(self) -> None:
        """Raise :class:`~ivr.errors.SettingsError` if Twilio could not safely call us like this."""
        if (self.twilio_api_key is None) != (self.twilio_api_secret is None):
            raise SettingsError(
                "TWILIO_API_KEY and TWILIO_API_SECRET belong together; set both, or neither and "
                "TWILIO_AUTH_TOKEN lets us in"
            )
        if self.unsigned:
            return
        missing = []
        if self.public_url is None:
            missing.append(
                "IVR_PUBLIC_URL (the https address at which Twilio reaches this server, "
                "like https://ivr.example.com)"
            )
        if not self.twilio_tokens and not self.twilio_shared_keys:
            missing.append(
                "TWILIO_AUTH_TOKEN (Twilio Console → Account → API keys & tokens → Auth Token)"
            )
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            raise SettingsError(
                f"{' and '.join(missing)} {verb} not set; to try the server on this machine "
                "without Twilio, set IVR_UNSIGNED=1 instead"
            )


def is_loopback(host: str) -> bool:
    """Whether a host, without port, can only be this machine; an empty one is not."""
    bare = host.removeprefix("[").removesuffix("]").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _value(environ: Mapping[str, str], name: str) -> str | None:
    """The value of a variable or of the file that ``NAME_FILE`` names; None where it is empty."""
    direct = environ.get(name, "").strip()
    path = environ.get(f"{name}_FILE", "").strip()
    if direct and path:
        raise SettingsError(f"{name} and {name}_FILE are both set; keep one of them")
    if not path:
        return direct or None
    try:
        with Path(path).open("rb") as file:
            text = file.read(VALUE_BYTES_MAX + 1).decode()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise SettingsError(f"{name}_FILE names {path}, which cannot be read: {reason}") from None
    if len(text) > VALUE_BYTES_MAX:
        raise SettingsError(f"{name}_FILE names {path}, which is far too long for a value")
    if not text.strip():
        raise SettingsError(f"{name}_FILE names {path}, which is empty")
    return text.strip()


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets of flows, by their names in a flow."""
    found: dict[str, str] = {}
    for variable in environ:
        base = variable.removesuffix("_FILE")
        name = base.removeprefix(SECRET_PREFIX).lower()
        if base.startswith(SECRET_PREFIX) and name not in found:
            value = _value(environ, base)
            if value is not None:
                found[name] = value
    return found


def _switch(environ: Mapping[str, str], name: str) -> bool:
    value = (_value(environ, name) or "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingsError(f"{name} must be 1 or 0")


def _shaped(
    environ: Mapping[str, str], name: str, shape: re.Pattern[str], words: str
) -> str | None:
    value = _value(environ, name)
    if value is not None and not shape.fullmatch(value):
        raise SettingsError(f"{name} must be {words}")
    return value


def _api_url(environ: Mapping[str, str]) -> str | None:
    value = _value(environ, "TWILIO_BASE_URL")
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    plain = parts.scheme == "http" and host is not None and is_loopback(host)
    if not host or not (parts.scheme == "https" or plain):
        raise SettingsError(
            "TWILIO_BASE_URL must be an address like https://api.twilio.com; http is for this "
            "machine only"
        )
    return value.rstrip("/")


def _events_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    value = _value(environ, "IVR_EVENTS_SECRET") or ""
    secrets = tuple(secret.strip() for secret in value.split(",") if secret.strip())
    if any(len(secret) < EVENTS_SECRET_CHARS_MIN for secret in secrets):
        raise SettingsError(
            f"IVR_EVENTS_SECRET must have at least {EVENTS_SECRET_CHARS_MIN} characters (several "
            "with commas between): make one with  openssl rand -base64 32"
        )
    return secrets


def _days(environ: Mapping[str, str], name: str) -> int:
    value = _value(environ, name)
    if value is None:
        return KEEP_DAYS
    days = int(value[:-1]) if re.fullmatch(r"\d{1,5}d", value) else 0
    if not 1 <= days <= KEEP_DAYS_MAX:
        raise SettingsError(f"{name} must be a number of days, like 90d, up to {KEEP_DAYS_MAX}d")
    return days


def _public_url(value: str) -> str:
    """The public address, checked, in the one spelling signatures are computed with."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port  # reading the port is what checks it
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        raise SettingsError("IVR_PUBLIC_URL must be an address like https://ivr.example.com")
    if parts.username is not None or parts.password is not None:
        raise SettingsError("IVR_PUBLIC_URL must not hold a user name or a password")
    if parts.query or parts.fragment or value.endswith(("?", "#")):
        raise SettingsError("IVR_PUBLIC_URL must end with the host or a path, without ? and #")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            "IVR_PUBLIC_URL must begin with https: Twilio opens streams over TLS only, and http "
            "would send callers' keys in the clear"
        )
    if not _HOST_NAME.fullmatch(host) and not is_loopback(host):
        raise SettingsError("IVR_PUBLIC_URL must name a host like ivr.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _tokens(value: str) -> tuple[str, ...]:
    tokens = tuple(token.strip() for token in value.split(",") if token.strip())
    if not tokens or any(len(token) < TOKEN_CHARS_MIN for token in tokens):
        raise SettingsError(
            "TWILIO_AUTH_TOKEN must be one auth token, or several with commas between them "
            "(Twilio Console → Account → API keys & tokens → Auth Token)"
        )
    return tokens


def _shared_keys(value: str) -> dict[str, str]:
    keys = {}
    for item in filter(None, (item.strip() for item in value.split(","))):
        name, separator, secret = item.partition("=")
        if not separator or not name.strip() or not secret.strip():
            raise SettingsError(
                "TWILIO_WEBHOOK_KEYS must be id=secret, several with commas between"
            )
        keys[name.strip()] = secret.strip()
    return keys
