"""Settings come from the environment and `.env`; every fault is told at once, and no secret is ever shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdsync.settings import (
    PREFIX,
    VARIABLES,
    ApiToken,
    Bind,
    OAuthClient,
    Secret,
    Settings,
    SettingsError,
    read_dotenv,
)

OAUTH = {"ZDSYNC_SUBDOMAIN": "acme", "ZDSYNC_OAUTH_CLIENT_ID": "zdsync", "ZDSYNC_OAUTH_CLIENT_SECRET": "s3cr3t"}


def faults(environ: dict[str, str], dotenv: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ, dotenv)
    return caught.value.faults


def test_nothing_set_means_the_sandbox() -> None:
    """Without a variable there is no account, and everything else has its default."""
    settings = Settings.from_env({})
    assert settings == Settings()
    assert not settings.has_account
    assert settings.config == Path("config")
    assert str(settings.public_bind) == "127.0.0.1:8080"


def test_an_account_by_oauth_client() -> None:
    """A subdomain and client credentials are an account."""
    settings = Settings.from_env(OAUTH)
    assert settings.base_url == "https://acme.zendesk.com"
    assert settings.credential == OAuthClient("zdsync", Secret("s3cr3t"))
    assert settings.has_account


def test_an_account_by_token() -> None:
    """An e-mail and a token are an account, with or without Zendesk's `/token` after the e-mail."""
    environ = {"ZDSYNC_BASE_URL": "http://127.0.0.1:9000/", "ZDSYNC_EMAIL": "a@b.c/token", "ZDSYNC_API_TOKEN": "t"}
    settings = Settings.from_env(environ)
    assert settings.base_url == "http://127.0.0.1:9000"
    assert settings.credential == ApiToken("a@b.c", Secret("t"))


def test_oauth_wins_over_a_token() -> None:
    """While both are there (a migration), the one that lasts is used."""
    settings = Settings.from_env({**OAUTH, "ZDSYNC_EMAIL": "a@b.c", "ZDSYNC_API_TOKEN": "t"})
    assert isinstance(settings.credential, OAuthClient)


def test_the_rest_is_read() -> None:
    """Secrets in rotation, Redis, folders, addresses, the sandbox's control and the log format."""
    settings = Settings.from_env(
        {
            "ZDSYNC_WEBHOOK_SECRETS": "new, old",
            "ZDSYNC_REDIS_URL": "redis://:pw@127.0.0.1:6379/0",
            "ZDSYNC_CONFIG": "/etc/zdsync",
            "ZDSYNC_STATE": "/var/lib/zdsync",
            "ZDSYNC_PUBLIC_BIND": "0.0.0.0:0",
            "ZDSYNC_PRIVATE_BIND": "[::1]:9",
            "ZDSYNC_SANDBOX_CONTROL": "http://127.0.0.1:1/control",
            "ZDSYNC_LOG": "JSON",
        }
    )
    assert [secret.reveal() for secret in settings.webhook_secrets] == ["new", "old"]
    assert settings.redis_url is not None
    assert settings.redis_url.reveal() == "redis://:pw@127.0.0.1:6379/0"
    assert (settings.config, settings.state) == (Path("/etc/zdsync"), Path("/var/lib/zdsync"))
    assert settings.public_bind == Bind("0.0.0.0", 0)
    assert str(settings.private_bind) == "[::1]:9"
    assert settings.sandbox_control == "http://127.0.0.1:1/control"
    assert settings.log == "json"


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        pytest.param({"ZDSYNC_SUBDOMAIN": "https://acme.zendesk.com"}, ["SUBDOMAIN"], id="a URL as the subdomain"),
        pytest.param({"ZDSYNC_SUBDOMAIN": "acme"}, ["OAUTH_CLIENT_ID"], id="an account without a credential"),
        pytest.param({"ZDSYNC_EMAIL": "a@b.c", "ZDSYNC_API_TOKEN": "t"}, ["SUBDOMAIN"], id="a credential for nothing"),
        pytest.param({"ZDSYNC_OAUTH_CLIENT_ID": "x"}, ["OAUTH_CLIENT_SECRET"], id="half an OAuth client"),
        pytest.param({"ZDSYNC_API_TOKEN": "x"}, ["EMAIL"], id="half a token"),
        pytest.param({"ZDSYNC_BASE_URL": "acme.zendesk.com"}, ["BASE_URL"], id="no scheme"),
        pytest.param({"ZDSYNC_REDIS_URL": "127.0.0.1:6379"}, ["REDIS_URL"], id="no redis scheme"),
        pytest.param(
            {"ZDSYNC_REDIS_URL": "unix:///run/redis.sock"}, ["REDIS_URL"], id="a socket, which Celery cannot use"
        ),
        pytest.param({"ZDSYNC_REDIS_URL": "redis://h:port"}, ["REDIS_URL"], id="a port that is no number"),
        pytest.param({"ZDSYNC_PUBLIC_BIND": "8080"}, ["PUBLIC_BIND"], id="a port alone"),
        pytest.param({"ZDSYNC_PRIVATE_BIND": "h:99999"}, ["PRIVATE_BIND"], id="a port too large"),
        pytest.param({"ZDSYNC_WEBHOOK_SECRETS": "a,b,c"}, ["WEBHOOK_SECRETS"], id="three secrets"),
        pytest.param({"ZDSYNC_LOG": "xml"}, ["LOG"], id="an unknown log format"),
        pytest.param({"ZDSYNC_STATUS_PAGE": "yes"}, ["STATUS_PAGE"], id="a switch that is neither on nor off"),
        pytest.param(
            {**OAUTH, "ZDSYNC_LOG": "xml", "ZDSYNC_PUBLIC_BIND": "x", "ZDSYNC_REDIS_URL": "y"},
            ["REDIS_URL", "PUBLIC_BIND", "LOG"],
            id="several at once",
        ),
    ],
)
def test_faults(environ: dict[str, str], names: list[str]) -> None:
    """Each fault names its variable once and says what to write."""
    found = faults(environ)
    assert [fault.split(":")[0] for fault in found] == [PREFIX + name for name in names]
    assert all("; write " in fault for fault in found)


def test_secrets_are_hidden() -> None:
    """Neither the repr of the settings nor an error shows a secret."""
    settings = Settings.from_env(
        {**OAUTH, "ZDSYNC_REDIS_URL": "redis://:s3cr3t@h:1", "ZDSYNC_WEBHOOK_SECRETS": "s3cr3t"}
    )
    assert "s3cr3t" not in repr(settings) + str(settings) + repr(settings.credential) + f"{settings.redis_url}"
    broken = dict.fromkeys(map(PREFIX.__add__, VARIABLES), "s3cr3t s3cr3t")
    assert "s3cr3t" not in "\n".join(faults(broken))


def test_dotenv(tmp_path: Path) -> None:
    """`.env` has comments, quotes, escapes and `export`; other programs' variables are left alone."""
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "\ufeff# a comment\n"
        "export ZDSYNC_SUBDOMAIN=acme   # the account\n"
        "ZDSYNC_OAUTH_CLIENT_ID = 'a # b'  # quoted\n"
        'ZDSYNC_OAUTH_CLIENT_SECRET="a\\"b=c"\n'
        "ZDSYNC_WEBHOOK_SECRETS=abc#def==\n"
        "ZDSYNC_LOG=\n"
        "OTHER=$HOME\n",
        "utf-8",
    )
    settings = Settings.from_env({}, dotenv)
    assert settings.base_url == "https://acme.zendesk.com"
    assert settings.credential == OAuthClient("a # b", Secret('a"b=c'))
    assert settings.webhook_secrets == (Secret("abc#def=="),)
    assert settings.log == "auto"


def test_the_environment_wins(tmp_path: Path) -> None:
    """A variable of the environment hides the file's, even when it is empty."""
    dotenv = tmp_path / ".env"
    dotenv.write_text("ZDSYNC_LOG=json\nZDSYNC_STATE=/there\n", "utf-8")
    settings = Settings.from_env({"ZDSYNC_LOG": "console", "ZDSYNC_STATE": ""}, dotenv)
    assert settings.log == "console"
    assert settings.state == Path(".zdsync")


def test_dotenv_faults(tmp_path: Path) -> None:
    """Faults of `.env` have a line, come together with the others, and do not quote the line."""
    dotenv = tmp_path / ".env"
    dotenv.write_text("ZDSYNC_SUBDOMIAN=acme\nhunter2\nZDSYNC_EMAIL='hunter2\nZDSYNC_LOG=xml\n", "utf-8")
    found = faults({}, dotenv)
    assert [re.sub(r".*\.env", ".env", fault) for fault in found] == [
        ".env:1: ZDSYNC_SUBDOMIAN is not a setting; did you mean `ZDSYNC_SUBDOMAIN`?",
        ".env:2: this line is not a setting; write NAME=value",
        ".env:3: ZDSYNC_EMAIL: the quote is not closed, or text follows it; write ZDSYNC_EMAIL='value'",
        "ZDSYNC_LOG: is not a format; write json, console or auto (JSON unless in a terminal)",
    ]
    assert "hunter2" not in "".join(found)


def test_a_dotenv_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """No file, no settings, no fault; a folder or a binary is a fault."""
    assert Settings.from_env({}, tmp_path / ".env") == Settings()
    assert len(faults({}, tmp_path)) == 1
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in faults({}, binary)[0]


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="\x85'"), max_size=40))
def test_a_quoted_value_comes_back(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    """Whatever stands in single quotes is the value."""
    dotenv = tmp_path_factory.mktemp("dotenv") / ".env"
    dotenv.write_text(f"NAME='{value}'\n", "utf-8")
    found: list[str] = []
    assert read_dotenv(dotenv, found) == {"NAME": value}
    assert not found


LINKED = {"ZDSYNC_PUBLIC_URL": "https://desk.example/zdsync/", "ZDSYNC_LINK_KEYS": f"{'n' * 32}, {'o' * 40}"}


def test_links_need_an_address_and_a_key() -> None:
    links = Settings.from_env(LINKED).links
    assert links is not None
    assert (links.url, links.keys) == ("https://desk.example/zdsync", (b"n" * 32, b"o" * 40))
    for name in LINKED:
        assert Settings.from_env({**LINKED, name: ""}).links is None


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("LINK_KEYS", f"{'n' * 32},{'short' * 6}", "key 2 has 30 characters"),
        ("LINK_KEYS", ",".join(["n" * 32] * 3), "3 keys"),
        ("PUBLIC_URL", "http://desk.example", "is not encrypted"),
        ("PUBLIC_URL", "https://desk.example/?a=b", "a host and a plain path"),
        ("PUBLIC_URL", "https://desk.example/a_b", "a host and a plain path"),
        ("PUBLIC_URL", "desk.example", "is not a URL"),
    ],
)
def test_faults_of_links(name: str, given: str, told: str) -> None:
    """Each is told with what to write, and no key is quoted."""
    (fault,) = faults({**LINKED, PREFIX + name: given})
    assert fault.startswith(f"{PREFIX}{name}: ")
    assert told in fault
    assert "; write " in fault
    assert "nnn" not in fault
    assert "short" not in fault.replace("a short key", "")


def test_links_on_this_machine_need_no_encryption() -> None:
    assert Settings.from_env({**LINKED, "ZDSYNC_PUBLIC_URL": "http://127.0.0.1:8080"}).links is not None


def test_the_example_explains_every_variable() -> None:
    """`.env.example` names all variables and no other, and can be read."""
    example = Path(__file__).parent.parent / ".env.example"
    named = set(re.findall(r"ZDSYNC_[A-Z_]+(?==)", example.read_text("utf-8")))
    assert named == {PREFIX + name for name in VARIABLES}
    assert Settings.from_env({}, example) == Settings()
