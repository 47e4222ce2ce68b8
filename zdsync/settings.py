"""How this process reaches Zendesk and Redis: from the environment and `.env`.

What zdsync *does* stands in `config/` and is an admin's; what stands here is an operator's, differs from machine to
machine, and holds the secrets. `wiring.py` and the command line call `Settings.from_env`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from zdsync.core.links import KEY_LENGTH, Links
from zdsync.rules.findings import suggest

LogFormat = Literal["json", "console", "auto"]


class SettingsError(Exception):
    """The settings cannot be used. Holds every fault, each with what to write; never a secret's value."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that must not appear in logs, errors or debuggers. `reveal()` gives it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        return self._text

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Client credentials: exchanged for a token that expires and is renewed."""

    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class ApiToken:
    """An agent's e-mail and API token. Zendesk stops them on 2027-04-30."""

    email: str
    token: Secret


Credential = OAuthClient | ApiToken


@dataclass(frozen=True, slots=True)
class Bind:
    """Where to listen. Port 0 takes a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process. Without an account `base_url` and `credential` are None: the sandbox is meant."""

    base_url: str | None = None
    """`https://acme.zendesk.com`, without a slash at the end."""
    credential: Credential | None = None
    webhook_secrets: tuple[Secret, ...] = ()
    """None, one, or two while one replaces the other. Without one the receiver refuses everything."""
    webhook_url: str | None = None
    """Where our receiver is reached from outside, `https://host/webhook`: what `provision` writes into the webhook."""
    public_url: str | None = None
    """Where people reach the public side, `https://host`, without a slash at the end: what links begin with."""
    link_keys: tuple[Secret, ...] = ()
    """None, one, or two while one replaces the other: the first signs links."""
    status_page: bool = False
    """Whether the public side shows everybody how available the product is."""
    smtp_url: Secret | None = None
    """A mail server for mails outside of Zendesk. A `Secret` since it may hold a password."""
    smtp_from: str | None = None
    """Whom those are from: `Support <support@example.com>`."""
    redis_url: Secret | None = None
    """None: a Redis of our own is started. A `Secret` since it may hold a password."""
    config: Path = Path("config")
    state: Path = Path(".zdsync")
    public_bind: Bind = Bind("127.0.0.1", 8080)
    private_bind: Bind = Bind("127.0.0.1", 8081)
    sandbox_control: str | None = None
    """The sandbox's control API. If set, the account's clock is read there."""
    log: LogFormat = "auto"

    @property
    def links(self) -> Links | None:
        """None where an address or a key is missing: then no message has a link."""
        if self.public_url is None or not self.link_keys:
            return None
        return Links(self.public_url, tuple(key.reveal().encode() for key in self.link_keys))

    @property
    def redis_folder(self) -> Path:
        """Of the Redis that `zdsync up` starts where none is configured."""
        return self.state / "redis"

    @property
    def has_account(self) -> bool:
        return self.base_url is not None and self.credential is not None

    @classmethod
    def from_env(cls, environ: Mapping[str, str], dotenv: Path | None = None) -> Settings:
        """Read the variables `ZDSYNC_…`; what `environ` sets wins over the file, and an empty value counts as unset.

        A `dotenv` that does not exist is an empty one. Raises `SettingsError` with every fault there is.
        """
        faults: list[str] = []
        values = read_dotenv(dotenv, faults) if dotenv else {}
        values.update({name: text for name, text in environ.items() if name.startswith(PREFIX)})
        reader = _Reader({name: text.strip() for name, text in values.items()}, faults)
        settings = reader.settings()
        if faults:
            raise SettingsError(tuple(faults))
        return settings


PREFIX = "ZDSYNC_"

SMTP_SCHEMES = ("smtp", "smtps", "smtp+starttls")

VARIABLES = (
    "SUBDOMAIN",
    "BASE_URL",
    "OAUTH_CLIENT_ID",
    "OAUTH_CLIENT_SECRET",
    "EMAIL",
    "API_TOKEN",
    "WEBHOOK_SECRETS",
    "WEBHOOK_URL",
    "PUBLIC_URL",
    "LINK_KEYS",
    "STATUS_PAGE",
    "SMTP_URL",
    "SMTP_FROM",
    "REDIS_URL",
    "CONFIG",
    "STATE",
    "PUBLIC_BIND",
    "PRIVATE_BIND",
    "SANDBOX_CONTROL",
    "LOG",
)
"""All there are, without the prefix. `.env.example` explains each (a test compares)."""


class _Reader:
    """Reads each variable once and collects what is wrong."""

    def __init__(self, values: Mapping[str, str], faults: list[str]) -> None:
        self._values = values
        self._faults = faults

    def settings(self) -> Settings:
        base_url = self._base_url()
        credential = self._credential()
        self._whole_account(base_url, credential)
        control = self._url("SANDBOX_CONTROL", ("http", "https"), "http://127.0.0.1:9000/control")
        return Settings(
            base_url=base_url,
            credential=credential,
            webhook_secrets=self._webhook_secrets(),
            webhook_url=self._url("WEBHOOK_URL", ("http", "https"), "https://your-host/webhook"),
            public_url=self._public_url(),
            link_keys=self._link_keys(),
            status_page=self._switch("STATUS_PAGE"),
            smtp_url=self._secret_url("SMTP_URL", SMTP_SCHEMES, "smtp+starttls://user:password@host:587"),
            smtp_from=self._smtp_from(),
            redis_url=self._secret_url("REDIS_URL", ("redis", "rediss"), "redis://127.0.0.1:6379/0"),
            config=Path(self._get("CONFIG") or "config"),
            state=Path(self._get("STATE") or ".zdsync"),
            public_bind=self._bind("PUBLIC_BIND", Bind("127.0.0.1", 8080)),
            private_bind=self._bind("PRIVATE_BIND", Bind("127.0.0.1", 8081)),
            sandbox_control=control,
            log=self._log(),
        )

    def _get(self, name: str) -> str:
        return self._values.get(PREFIX + name, "")

    def _wrong(self, name: str, wrong: str, write: str) -> None:
        self._faults.append(f"{PREFIX}{name}: {wrong}; write {write}")

    def _base_url(self) -> str | None:
        explicit = self._url("BASE_URL", ("http", "https"), "https://acme.zendesk.com")
        subdomain = self._get("SUBDOMAIN")
        if subdomain and not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", subdomain):
            self._wrong("SUBDOMAIN", "is not a subdomain", "`acme` for https://acme.zendesk.com")
            return explicit
        return explicit or (f"https://{subdomain.lower()}.zendesk.com" if subdomain else None)

    def _credential(self) -> Credential | None:
        client = self._pair("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET")
        token = self._pair("EMAIL", "API_TOKEN")
        if client:
            return OAuthClient(client[0], Secret(client[1]))
        if not token:
            return None
        email = token[0].removesuffix("/token")
        if "@" not in email:
            self._wrong("EMAIL", "is not an e-mail address", "the address of the agent who owns the token")
        return ApiToken(email, Secret(token[1]))

    def _pair(self, first: str, second: str) -> tuple[str, str] | None:
        one, two = self._get(first), self._get(second)
        if bool(one) != bool(two):
            there, missing = (first, second) if one else (second, first)
            self._wrong(missing, f"is missing while {PREFIX}{there} is set", "both, or neither")
        return (one, two) if one and two else None

    def _whole_account(self, base_url: str | None, credential: Credential | None) -> None:
        if base_url and not credential and not self._faults:
            self._wrong("OAUTH_CLIENT_ID", "no credential for the account", f"it, and {PREFIX}OAUTH_CLIENT_SECRET")
        if credential and not base_url and not self._faults:
            self._wrong("SUBDOMAIN", "is missing while a credential is set", "`acme` for https://acme.zendesk.com")

    def _webhook_secrets(self) -> tuple[Secret, ...]:
        given = self._get("WEBHOOK_SECRETS")
        secrets = tuple(Secret(part.strip()) for part in given.split(",") if part.strip())
        if len(secrets) > 2:
            self._wrong("WEBHOOK_SECRETS", f"{len(secrets)} secrets", "one, or two with a comma while one is replaced")
        return secrets

    def _public_url(self) -> str | None:
        """What stands in messages to customers: no signs that a mail program or Markdown could act on, and nobody on
        the way who reads along."""
        url = self._url("PUBLIC_URL", ("http", "https"), "https://your-host")
        if url is None or not _is_url(url, ("http", "https")):
            return None
        if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9.-]+)*", url):
            self._wrong("PUBLIC_URL", "has more than a host and a plain path", "it like https://your-host")
        elif url.startswith("http:") and urlsplit(url).hostname not in ("localhost", "127.0.0.1"):
            self._wrong("PUBLIC_URL", "is not encrypted, so others could read the links", "it with https://")
        return url

    def _link_keys(self) -> tuple[Secret, ...]:
        keys = [part.strip() for part in self._get("LINK_KEYS").split(",") if part.strip()]
        if len(keys) > 2:
            self._wrong("LINK_KEYS", f"{len(keys)} keys", "one, or two with a comma while one is replaced")
        for number, key in enumerate(keys, start=1):
            if len(key) < KEY_LENGTH:
                what = f"key {number} has {len(key)} characters, and a short key can be guessed"
                self._wrong("LINK_KEYS", what, f"{KEY_LENGTH} or more at random: `openssl rand -hex 32` makes one")
        return tuple(Secret(key) for key in keys)

    def _smtp_from(self) -> str | None:
        given = self._get("SMTP_FROM")
        if bool(given) != bool(self._get("SMTP_URL")):
            there, missing = ("SMTP_FROM", "SMTP_URL") if given else ("SMTP_URL", "SMTP_FROM")
            self._wrong(missing, f"is missing while {PREFIX}{there} is set", "both, or neither")
        if given and not re.fullmatch(r"[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+", given):
            self._wrong("SMTP_FROM", "is no address", "it like `Support <support@example.com>`")
        return given or None

    def _switch(self, name: str) -> bool:
        given = self._get(name).lower()
        if given not in ("", "on", "off"):
            self._wrong(name, "is neither on nor off", "on, or nothing")
        return given == "on"

    def _url(self, name: str, schemes: tuple[str, ...], example: str) -> str | None:
        given = self._get(name)
        if not given:
            return None
        if not _is_url(given, schemes):
            self._wrong(name, f"is not a URL of {' or '.join(schemes)}", f"it like {example}")
        return given.rstrip("/")

    def _secret_url(self, name: str, schemes: tuple[str, ...], example: str) -> Secret | None:
        url = self._url(name, schemes, example)
        return Secret(url) if url else None

    def _bind(self, name: str, default: Bind) -> Bind:
        given = self._get(name)
        if not given:
            return default
        match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]/]+)):([0-9]{1,5})", given)
        if not match or int(match[3]) > 65535:
            self._wrong(name, "is not host:port", f"it like {default}")
            return default
        return Bind(match[1] or match[2], int(match[3]))

    def _log(self) -> LogFormat:
        given = (self._get("LOG") or "auto").lower()
        if given not in ("json", "console", "auto"):
            self._wrong("LOG", "is not a format", "json, console or auto (JSON unless in a terminal)")
            return "auto"
        return cast(LogFormat, given)


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and not re.search(r"\s", text)


def read_dotenv(path: Path, faults: list[str]) -> dict[str, str]:
    """`KEY=VALUE` lines, also with `export `, quotes and comments. What cannot be read is told in `faults`, by line."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        why = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else (error.strerror or "cannot be read")
        faults.append(f"{path}: {why}; write a text file, or remove it")
        return {}
    values: dict[str, str] = {}
    known = [PREFIX + variable for variable in VARIABLES]
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        parsed = _dotenv_line(stripped)
        if isinstance(parsed, str):
            faults.append(f"{path}:{number}: {parsed}")
            continue
        name, value = parsed
        values[name] = value
        if name.startswith(PREFIX) and name not in known:
            faults.append(f"{path}:{number}: {name} is not a setting; {suggest(name, known)}")
    return values


def _dotenv_line(line: str) -> tuple[str, str] | str:
    """Name and value, or what is wrong. Never quotes the line: it may hold a secret."""
    match = re.fullmatch(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)", line)
    if not match:
        return "this line is not a setting; write NAME=value"
    name, rest = match[1], match[2]
    if rest[:1] in ("'", '"'):
        quoted = re.fullmatch(r"(?:'([^']*)'|\"((?:[^\"\\]|\\.)*)\")\s*(?:#.*)?", rest)
        if not quoted:
            return f"{name}: the quote is not closed, or text follows it; write {name}='value'"
        single, double = quoted[1], quoted[2]
        return (name, single) if single is not None else (name, re.sub(r"\\(.)", _escape, double))
    return name, re.sub(r"(?:^|\s+)#.*$", "", rest)


def _escape(match: re.Match[str]) -> str:
    escapes: Mapping[str, str] = {"n": "\n", "t": "\t", "r": "\r"}
    return escapes.get(match[1], match[1])
