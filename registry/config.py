"""Settings of the registry, read once from the environment.

Every variable is checked at the start. A bad value, or a REGISTRY_* name that nobody reads, stops the start
with the name of the variable and what it accepts: a misspelt setting that is silently ignored is
worse than none.
"""

import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from registry import clock

ENVIRONMENTS = ("demo", "test", "production")
LOG_LEVELS = ("debug", "info", "warning", "error")
SECOND_FACTOR = ("required", "offered", "key")
SHORTEST_SECRET = 32
LEAST_OFFICIALS = 20
"""Of a demo: with fewer there is nobody in some unit of a demo account."""
FEWEST_BYTES = 8
"""Different bytes in a secret; random hexadecimal digits have nearly all their 16."""
KNOWN = frozenset(
    {
        "REGISTRY_ENV",
        "REGISTRY_HOME",
        "REGISTRY_TODAY",
        "REGISTRY_WORKERS",
        "REGISTRY_DRAIN_SECONDS",
        "REGISTRY_LOG_LEVEL",
        "REGISTRY_SECOND_FACTOR",
        "REGISTRY_LEAKED_PASSWORDS",
        "REGISTRY_TRUSTED_PROXIES",
        "REGISTRY_PUBLIC_URL",
        "REGISTRY_OIDC_ISSUER",
        "REGISTRY_OIDC_NAME",
        "REGISTRY_OIDC_CLIENT_ID",
        "REGISTRY_OIDC_CLIENT_SECRET",
        "REGISTRY_OIDC_CLIENT_SECRET_FILE",
        "REGISTRY_AUDIT_KEY",
        "REGISTRY_AUDIT_KEY_FILE",
        "REGISTRY_AUDIT_ANCHOR_DIR",
        "REGISTRY_AUDIT_TSA_URL",
        "REGISTRY_AUDIT_TSA_CA",
    }
)

Environment = Literal["demo", "test", "production"]


class ConfigError(Exception):
    """A setting is missing or wrong. The message names it and what it accepts, never a secret's value."""

    def __init__(self, variable: str, accepted: str) -> None:
        super().__init__(f"{variable}: {accepted}")
        self.variable = variable


@dataclass(frozen=True)
class Authority:
    """Another authority that people may sign in with (OpenID Connect): where it is and what it knows us as.

    `issuer` exactly as its tokens write it; `name` as the button of the sign-in page calls it.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str


@dataclass(frozen=True)
class Settings:
    """What the operator chose. `secret_key`, `audit_key` and the URLs are kept out of repr, so that no log shows them.

    `second_factor`: whether approvers, auditors and administrators must have one before they may do anything; `key`: a
    security key, no other will do.
    `public_url`: where browsers find the service, scheme, host and port without a path; security keys and the way back from
    another authority (`authority`) are bound to it, never to what a request calls the host. None: neither is on.
    `trusted_proxies`: how many proxies of one's own stand in front, whose X-Forwarded-For is believed; 0 believes none.
    `drain_seconds`: how long a service that was asked to stop says that it is not ready before it stops taking requests.
    Heads of the trail are signed with `audit_key` and left in `audit_anchor_dir` and with the time-stamp authority at
    `audit_tsa_url`, whose root certificates (PEM) are in `audit_tsa_ca`.
    `leaked_passwords`: a list of passwords that nobody may choose (registry/access/leaked.py).
    """

    env: Environment
    home: Path
    database_url: str | None = field(repr=False)
    replica_url: str | None = field(repr=False)
    secret_key: bytes = field(repr=False)
    today: date | None
    port: int
    officials: int
    seed: int
    workers: int
    log_level: str
    second_factor: Literal["required", "offered", "key"] = "offered"
    trusted_proxies: int = 0
    public_url: str | None = None
    authority: Authority | None = None
    audit_key: str | None = field(default=None, repr=False)
    audit_anchor_dir: Path | None = None
    audit_tsa_url: str | None = None
    audit_tsa_ca: Path | None = None
    drain_seconds: int = 0
    leaked_passwords: Path | None = None

    @property
    def factor_required(self) -> bool:
        """Whether the roles that need a second factor do nothing without one."""
        return self.second_factor != "offered"

    @property
    def key_required(self) -> bool:
        """Whether that factor must be a security key."""
        return self.second_factor == "key"

    @property
    def production(self) -> bool:
        return self.env == "production"

    def today_or_now(self) -> date:
        """The day the registry counts with: REGISTRY_TODAY, else the current day in Vietnam."""
        return self.today or clock.now().astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date()


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check every setting; raises ConfigError on the first bad one.

    Outside production a missing secret is made once and kept in the home directory.
    """
    for name in sorted(environ):
        if name.startswith("REGISTRY_") and name not in KNOWN:
            raise ConfigError(name, "unknown setting; known are " + ", ".join(sorted(KNOWN)))
    env = cast(Environment, _choice(environ, "REGISTRY_ENV", ENVIRONMENTS, "demo"))
    home = _home(environ)
    port = _whole(environ, "PORT", 8000, 1, 65_535)
    public_url = _public_url(environ, env, port)
    return Settings(
        env=env,
        home=home,
        database_url=_database_url(environ, "DATABASE_URL"),
        replica_url=_database_url(environ, "REPLICA_URL"),
        today=_today(environ, env),
        port=port,
        officials=_whole(environ, "OFFICIALS", 2000, LEAST_OFFICIALS, 10_000_000),
        seed=_whole(environ, "SEED", 1, 0, 2**31 - 1),
        workers=_whole(environ, "REGISTRY_WORKERS", 2, 1, 256),
        log_level=_choice(environ, "REGISTRY_LOG_LEVEL", LOG_LEVELS, "info"),
        secret_key=_secret(environ, env, home),
        second_factor=_second_factor(environ, env, public_url),
        trusted_proxies=_whole(environ, "REGISTRY_TRUSTED_PROXIES", 0, 0, 10),
        public_url=public_url,
        authority=_authority(environ, env, public_url),
        audit_key=_audit_key(environ, env),
        audit_anchor_dir=_directory(environ, "REGISTRY_AUDIT_ANCHOR_DIR"),
        audit_tsa_url=_web_address(environ, "REGISTRY_AUDIT_TSA_URL"),
        audit_tsa_ca=_file(environ, "REGISTRY_AUDIT_TSA_CA"),
        drain_seconds=_whole(environ, "REGISTRY_DRAIN_SECONDS", 5 if env == "production" else 1, 0, 30),
        leaked_passwords=_file(environ, "REGISTRY_LEAKED_PASSWORDS"),
    )


def default_home() -> Path:
    """`var/` of the checkout; of the working directory when the registry is installed without one."""
    checkout = Path(__file__).resolve().parent.parent
    return (checkout if (checkout / "start.py").exists() else Path.cwd()) / "var"


def make_home(home: Path) -> None:
    """Create the home directory. Others may pass through: when we are root, PostgreSQL is another user."""
    if not home.is_dir():
        home.mkdir(parents=True)
        home.chmod(0o711)


def write_once(path: Path, make: Callable[[], str]) -> str:
    """The text of a private file (mode 0600), made by `make` if there is none; two processes get the same."""
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(make())
        try:
            os.link(
                fresh, path
            )  # unlike a rename, a link never replaces what another process wrote meanwhile
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="utf-8").strip()


def _value(environ: Mapping[str, str], name: str) -> str | None:
    """A set variable; an empty one counts as unset, as compose files and unit files cannot leave one out."""
    return environ.get(name, "").strip() or None


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    value = _value(environ, name) or default
    if value not in choices:
        raise ConfigError(name, "must be one of " + ", ".join(choices))
    return value


def _whole(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = _value(environ, name) or str(default)
    if not (value.isascii() and value.isdigit() and len(value) <= 10 and low <= int(value) <= high):
        raise ConfigError(name, f"must be a whole number from {low} to {high}")
    return int(value)


def _home(environ: Mapping[str, str]) -> Path:
    value = _value(environ, "REGISTRY_HOME")
    home = Path(os.path.abspath(value)) if value else default_home()
    if home.exists() and not home.is_dir():
        raise ConfigError("REGISTRY_HOME", "must be a directory, or a path where one can be made")
    return home


def _today(environ: Mapping[str, str], env: Environment) -> date | None:
    value = _value(environ, "REGISTRY_TODAY")
    if value is None:
        return None
    if env == "production":
        raise ConfigError("REGISTRY_TODAY", "must not be set when REGISTRY_ENV=production")
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):  # fromisoformat takes other spellings too
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise ConfigError("REGISTRY_TODAY", "must be a date written YYYY-MM-DD") from None


def _database_url(environ: Mapping[str, str], name: str) -> str | None:
    value = _value(environ, name)
    if value is None:
        return None
    try:
        url = urlsplit(value)
        _, _, places = url.netloc.rpartition("@")
        hosts = [urlsplit(f"//{place}") for place in places.split(",")]  # libpq takes several, for a failover
        complete = all(host.hostname and (host.port or True) for host in hosts) and url.username
        complete = complete and url.scheme in ("postgresql", "postgres") and url.path.strip("/")
    except ValueError:  # a port that is no number
        complete = None
    if not complete:
        raise ConfigError(
            name, "must be a PostgreSQL URL: postgresql://user:password@host:port[,host:port…]/database"
        )
    return value.replace("postgres://", "postgresql://", 1)


def _secret(environ: Mapping[str, str], env: Environment, home: Path) -> bytes:
    text, file = _value(environ, "SECRET_KEY"), _value(environ, "SECRET_KEY_FILE")
    if text and file:
        raise ConfigError("SECRET_KEY", "must not be set together with SECRET_KEY_FILE")
    if text:
        return _long_enough("SECRET_KEY", text, env)
    if file:
        return _long_enough("SECRET_KEY_FILE", _secret_of_file(Path(file), env), env)
    if env == "production":
        raise ConfigError("SECRET_KEY", "or SECRET_KEY_FILE must be set when REGISTRY_ENV=production")
    make_home(home)
    return write_once(home / "secret_key", lambda: secrets.token_hex(32)).encode()


def _secret_of_file(path: Path, env: Environment, name: str = "SECRET_KEY_FILE") -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise ConfigError(name, "must name a readable text file") from None
    if env == "production" and mode & (stat.S_IROTH | stat.S_IWOTH):
        raise ConfigError(name, "must not be open to everybody; chmod o-rwx the file")
    return text


_AUDIT_KEY = re.compile(r"PRIVATE\+KEY\+[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*")


def _audit_key(environ: Mapping[str, str], env: Environment) -> str | None:
    """The key as it is written; whether it is sound is found by who signs with it."""
    text, file = _value(environ, "REGISTRY_AUDIT_KEY"), _value(environ, "REGISTRY_AUDIT_KEY_FILE")
    if text and file:
        raise ConfigError("REGISTRY_AUDIT_KEY", "must not be set together with REGISTRY_AUDIT_KEY_FILE")
    name = "REGISTRY_AUDIT_KEY_FILE" if file else "REGISTRY_AUDIT_KEY"
    key = _secret_of_file(Path(file), env, name) if file else text
    if key is not None and not _AUDIT_KEY.fullmatch(key):
        raise ConfigError(name, "must hold a key as `registry audit key NAME` prints it: PRIVATE+KEY+…")
    return key


def _directory(environ: Mapping[str, str], name: str) -> Path | None:
    value = _value(environ, name)
    if value is not None and not Path(value).is_dir():
        raise ConfigError(name, "must be a directory that is there")
    return Path(os.path.abspath(value)) if value else None


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    value = _value(environ, name)
    if value is not None and not Path(value).is_file():
        raise ConfigError(name, "must name a file that is there")
    return Path(os.path.abspath(value)) if value else None


def _web_address(environ: Mapping[str, str], name: str) -> str | None:
    value = _value(environ, name)
    if value is not None and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
        raise ConfigError(name, "must be an address that begins with http:// or https://")
    return value


def _public_url(environ: Mapping[str, str], env: Environment, port: int) -> str | None:
    """Scheme, host and port as browsers write them; outside production this machine's when nothing is set."""
    name = "REGISTRY_PUBLIC_URL"
    value = _value(environ, name)
    if value is None:
        return None if env == "production" else f"http://localhost:{port}"
    if not re.fullmatch(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?/?", value):
        raise ConfigError(name, "must be like https://can-bo.example.vn, in small letters and without a path")
    parts = urlsplit(value.rstrip("/"))
    if parts.scheme == "http" and (env == "production" or parts.hostname != "localhost"):
        raise ConfigError(name, "must begin with https:// (http://localhost will do outside production)")
    if parts.port == {"http": 80, "https": 443}[parts.scheme]:
        raise ConfigError(name, "must leave out the port that goes without saying")
    return f"{parts.scheme}://{parts.netloc}"


def _second_factor(
    environ: Mapping[str, str], env: Environment, public_url: str | None
) -> Literal["required", "offered", "key"]:
    name = "REGISTRY_SECOND_FACTOR"
    chosen = _choice(environ, name, SECOND_FACTOR, "required" if env == "production" else "offered")
    if chosen == "key" and public_url is None:
        raise ConfigError("REGISTRY_PUBLIC_URL", f"must be set when {name}=key")
    return cast(Literal["required", "offered", "key"], chosen)


def _authority(environ: Mapping[str, str], env: Environment, public_url: str | None) -> Authority | None:
    """The other authority, when one is named; then everything about it must be there."""
    issuer = _web_address(environ, "REGISTRY_OIDC_ISSUER")
    secret = _value(environ, "REGISTRY_OIDC_CLIENT_SECRET")
    file = _value(environ, "REGISTRY_OIDC_CLIENT_SECRET_FILE")
    client = _value(environ, "REGISTRY_OIDC_CLIENT_ID")
    name = _value(environ, "REGISTRY_OIDC_NAME")
    if issuer is None:
        if secret or file or client or name:
            raise ConfigError("REGISTRY_OIDC_ISSUER", "must be set when any REGISTRY_OIDC_* is")
        return None
    parts = urlsplit(issuer)
    if parts.scheme != "https" and (env == "production" or parts.hostname not in ("localhost", "127.0.0.1")):
        raise ConfigError("REGISTRY_OIDC_ISSUER", "must begin with https://")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError("REGISTRY_OIDC_ISSUER", "must have no user, query or fragment")
    if public_url is None:
        raise ConfigError("REGISTRY_PUBLIC_URL", "must be set when REGISTRY_OIDC_ISSUER is")
    if client is None:
        raise ConfigError("REGISTRY_OIDC_CLIENT_ID", "must be set when REGISTRY_OIDC_ISSUER is")
    if secret and file:
        raise ConfigError(
            "REGISTRY_OIDC_CLIENT_SECRET", "must not be set together with REGISTRY_OIDC_CLIENT_SECRET_FILE"
        )
    if file:
        secret = _secret_of_file(Path(file), env, "REGISTRY_OIDC_CLIENT_SECRET_FILE")
    if not secret:
        raise ConfigError(
            "REGISTRY_OIDC_CLIENT_SECRET", "or REGISTRY_OIDC_CLIENT_SECRET_FILE must hold the client's secret"
        )
    return Authority(issuer, client, secret, name or parts.hostname or issuer)


def _long_enough(name: str, secret: str, env: Environment) -> bytes:
    if not secret or (env == "production" and len(secret.encode()) < SHORTEST_SECRET):
        raise ConfigError(
            name, f"must hold at least {SHORTEST_SECRET} bytes when REGISTRY_ENV=production, never none"
        )
    if env == "production" and len(set(secret.encode())) < FEWEST_BYTES:
        raise ConfigError(
            name, "must be random when REGISTRY_ENV=production: this one repeats a few characters"
        )
    return secret.encode()
