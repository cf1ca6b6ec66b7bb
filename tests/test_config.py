"""What each setting accepts, and that a bad one stops the start by name."""

import stat
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from registry.audit.notes import make_key
from registry.config import ConfigError, Settings, load_settings
from registry.trail import keys

LONG = "kho-luu-bi-mat-0123456789-abcdef"
PRODUCTION = {"REGISTRY_ENV": "production", "SECRET_KEY": LONG}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"REGISTRY_HOME": str(tmp_path / "home")}


def test_nothing_set_gives_a_demo_with_a_secret_of_its_own(home: dict[str, str]) -> None:
    first, second = load_settings(home), load_settings(home)

    assert first == second
    assert (first.env, first.port, first.officials, first.seed, first.workers) == ("demo", 8000, 2000, 1, 2)
    assert (first.database_url, first.replica_url, first.today) == (None, None, None)
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((first.home / "secret_key").stat().st_mode) == 0o600
    assert LONG not in repr(load_settings(home | {"SECRET_KEY": LONG}))


def test_no_home_means_var_of_the_checkout() -> None:
    assert load_settings({"SECRET_KEY": LONG}).home == Path(__file__).resolve().parent.parent / "var"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"REGISTRY_ENV": "prod"}, "REGISTRY_ENV"),
        ({"REGISTRY_HOME": __file__}, "REGISTRY_HOME"),
        ({"REGISTRY_TODAI": "2026-01-01"}, "REGISTRY_TODAI"),
        ({"REGISTRY_AUDIT_KEY": "PRIVATE+KEY+ten"}, "REGISTRY_AUDIT_KEY"),
        ({"REGISTRY_AUDIT_KEY_FILE": "/khong/co"}, "REGISTRY_AUDIT_KEY_FILE"),
        ({"REGISTRY_AUDIT_ANCHOR_DIR": "/khong/co"}, "REGISTRY_AUDIT_ANCHOR_DIR"),
        ({"REGISTRY_AUDIT_TSA_URL": "file:///etc/passwd"}, "REGISTRY_AUDIT_TSA_URL"),
        ({"REGISTRY_AUDIT_TSA_CA": "/khong/co"}, "REGISTRY_AUDIT_TSA_CA"),
        ({"REGISTRY_LEAKED_PASSWORDS": "/khong/co"}, "REGISTRY_LEAKED_PASSWORDS"),
        ({"REGISTRY_TODAY": "01/02/2026"}, "REGISTRY_TODAY"),
        ({"REGISTRY_TODAY": "20260102"}, "REGISTRY_TODAY"),
        ({"REGISTRY_TODAY": "2026-02-30"}, "REGISTRY_TODAY"),
        (PRODUCTION | {"REGISTRY_TODAY": "2026-01-01"}, "REGISTRY_TODAY"),
        ({"PORT": "0"}, "PORT"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "80.5"}, "PORT"),
        ({"PORT": "٨٠"}, "PORT"),
        ({"OFFICIALS": "-1"}, "OFFICIALS"),
        ({"OFFICIALS": "19"}, "OFFICIALS"),
        ({"SEED": "one"}, "SEED"),
        ({"REGISTRY_WORKERS": "0"}, "REGISTRY_WORKERS"),
        ({"REGISTRY_LOG_LEVEL": "loud"}, "REGISTRY_LOG_LEVEL"),
        ({"DATABASE_URL": "mysql://u:p@h/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u:p@h"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u:p@h:port/d"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u:p@h:5432,:5433/d"}, "DATABASE_URL"),
        ({"REPLICA_URL": "postgresql://h/d"}, "REPLICA_URL"),
        ({"SECRET_KEY": LONG, "SECRET_KEY_FILE": __file__}, "SECRET_KEY"),
        ({"SECRET_KEY_FILE": "/nowhere/at/all"}, "SECRET_KEY_FILE"),
        ({"REGISTRY_ENV": "production"}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": LONG[1:]}, "SECRET_KEY"),
        (PRODUCTION | {"SECRET_KEY": "abcabc" * 20}, "SECRET_KEY"),
        ({"REGISTRY_SECOND_FACTOR": "optional"}, "REGISTRY_SECOND_FACTOR"),
        ({"REGISTRY_TRUSTED_PROXIES": "-1"}, "REGISTRY_TRUSTED_PROXIES"),
    ],
)
def test_a_bad_value_is_refused_by_name(home: dict[str, str], given: dict[str, str], wrong: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_settings(home | given)

    assert refusal.value.variable == wrong
    assert str(refusal.value).startswith(f"{wrong}: ")
    assert LONG[1:] not in str(refusal.value)


@pytest.mark.parametrize(
    ("mode", "content", "env", "accepted"),
    [
        (0o600, LONG + "\n", "production", True),
        (0o640, LONG, "production", True),
        (0o644, LONG, "production", False),
        (0o602, LONG, "production", False),
        (0o600, LONG[1:], "production", False),
        (0o600, "", "demo", False),
        (0o644, "short", "demo", True),
    ],
)
def test_a_secret_file_must_be_long_and_private_in_production(
    tmp_path: Path, mode: int, content: str, env: str, accepted: bool
) -> None:
    file = tmp_path / "key"
    file.write_text(content)
    file.chmod(mode)
    given = {"REGISTRY_HOME": str(tmp_path), "REGISTRY_ENV": env, "SECRET_KEY_FILE": str(file)}

    if accepted:
        assert load_settings(given).secret_key == content.strip().encode()
    else:
        with pytest.raises(ConfigError, match="SECRET_KEY_FILE"):
            load_settings(given)


def test_the_second_factor_is_required_in_production_unless_told_otherwise(home: dict[str, str]) -> None:
    assert not load_settings(home).factor_required
    assert load_settings(home | {"REGISTRY_SECOND_FACTOR": "required"}).factor_required
    assert load_settings(home | PRODUCTION).factor_required
    assert not load_settings(home | PRODUCTION | {"REGISTRY_SECOND_FACTOR": "offered"}).factor_required
    assert load_settings(home).trusted_proxies == 0, "nobody is believed unless the operator says so"


OIDC = {
    "REGISTRY_OIDC_ISSUER": "https://dinh-danh.example.vn",
    "REGISTRY_OIDC_CLIENT_ID": "can-bo",
    "REGISTRY_OIDC_CLIENT_SECRET": "bi-mat",
}
SITE = {"REGISTRY_PUBLIC_URL": "https://can-bo.example.vn/"}


def test_keys_and_another_authority_are_bound_to_an_address_that_the_operator_gives(
    home: dict[str, str],
) -> None:
    assert load_settings(home | {"PORT": "8123"}).public_url == "http://localhost:8123"
    assert load_settings(home | PRODUCTION).public_url is None
    found = load_settings(home | PRODUCTION | SITE | OIDC | {"REGISTRY_SECOND_FACTOR": "key"})
    assert (found.public_url, found.key_required, found.factor_required) == (
        "https://can-bo.example.vn",
        True,
        True,
    )
    assert found.authority is not None
    assert (found.authority.issuer, found.authority.name) == (
        OIDC["REGISTRY_OIDC_ISSUER"],
        "dinh-danh.example.vn",
    )
    assert "bi-mat" not in repr(found)
    for wrong, given in (
        ("REGISTRY_PUBLIC_URL", {"REGISTRY_SECOND_FACTOR": "key"}),
        ("REGISTRY_PUBLIC_URL", OIDC),
        ("REGISTRY_PUBLIC_URL", {"REGISTRY_PUBLIC_URL": "http://can-bo.example.vn"}),
        ("REGISTRY_PUBLIC_URL", {"REGISTRY_PUBLIC_URL": "https://can-bo.example.vn/path"}),
        ("REGISTRY_PUBLIC_URL", {"REGISTRY_PUBLIC_URL": "https://can-bo.example.vn:443"}),
        ("REGISTRY_OIDC_ISSUER", SITE | OIDC | {"REGISTRY_OIDC_ISSUER": "http://127.0.0.1:9000"}),
        ("REGISTRY_OIDC_ISSUER", SITE | OIDC | {"REGISTRY_OIDC_ISSUER": ""}),
        ("REGISTRY_OIDC_CLIENT_ID", SITE | OIDC | {"REGISTRY_OIDC_CLIENT_ID": ""}),
        ("REGISTRY_OIDC_CLIENT_SECRET", SITE | OIDC | {"REGISTRY_OIDC_CLIENT_SECRET": ""}),
    ):
        with pytest.raises(ConfigError, match=wrong):
            load_settings(home | PRODUCTION | given)


def test_today_is_the_given_day_else_the_day_in_vietnam(home: dict[str, str]) -> None:
    def today(settings: Settings) -> date:
        return settings.today_or_now()

    assert today(load_settings(home | {"REGISTRY_TODAY": "2026-06-30"})) == date(2026, 6, 30)
    before = datetime.now(timezone(timedelta(hours=7))).date()
    counted = today(load_settings(home))
    assert before <= counted <= datetime.now(timezone(timedelta(hours=7))).date()


def test_both_spellings_of_the_database_scheme_are_one(home: dict[str, str]) -> None:
    settings = load_settings(
        home | {"DATABASE_URL": "postgres://u:p@db.example:5433/reg", "PORT": " 81 ", "SEED": ""}
    )

    assert settings.database_url == "postgresql://u:p@db.example:5433/reg"
    assert (settings.port, settings.seed) == (81, 1)


def test_the_key_of_the_trail_is_made_once_in_a_demo_and_must_be_given_in_production(
    home: dict[str, str],
) -> None:
    settings = load_settings(home)
    first = keys.signer(settings).verifier
    assert keys.signer(settings).verifier == first
    assert stat.S_IMODE((settings.home / "audit_key").stat().st_mode) == 0o600
    with pytest.raises(ConfigError, match="REGISTRY_AUDIT_KEY"):
        keys.signer(load_settings(home | PRODUCTION))
    given = make_key("so.vn/nhat-ky")
    settings = load_settings(home | PRODUCTION | {"REGISTRY_AUDIT_KEY": given})
    assert keys.signer(settings).name == "so.vn/nhat-ky"
    assert given not in repr(settings)
    name, id_, key = given.removeprefix("PRIVATE+KEY+").split("+", 2)
    wrong = f"PRIVATE+KEY+{name}+{int(id_, 16) ^ 1:08x}+{key}"
    with pytest.raises(ConfigError, match="REGISTRY_AUDIT_KEY"):
        keys.signer(load_settings(home | {"REGISTRY_AUDIT_KEY": wrong}))
