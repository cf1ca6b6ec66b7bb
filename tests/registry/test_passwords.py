"""Passwords that people choose: long ones of any letters are taken, those that are found with few tries are not."""

import hashlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import Type, extract_parameters
from conftest import IN_SERVICE, PASSWORD, Bed

from registry.access import leaked, passwords
from registry.access.passwords import LONGEST, flaws_of
from registry.config import ConfigError


@pytest.mark.parametrize(
    ("chosen", "wrong"),
    [
        ("mua thu hà nội rất đẹp", []),
        ("toi-thich-an-pho-buoi-sang", []),
        ("u8K!zq2#Vw9p", []),
        ("x" * 11, ["too_short"]),
        ("một câu dài " * 20, ["too_long"]),
        ("matkhau123456", ["common_password"]),
        ("Password@2026", ["common_password"]),
        ("Quangninh@2026", ["common_password"]),
        ("congchuc@2026", ["common_password"]),
        ("qwertyuiop123", ["common_password"]),
        ("abcabcabcabcabc", ["common_password"]),
        ("nguyenvana1990", ["common_password"]),
        ("hr.hanoi nhung dai hon", ["has_username"]),
    ],
)
def test_a_password_is_judged_by_how_many_tries_find_it(chosen: str, wrong: list[str]) -> None:
    assert [one.code for one in flaws_of(chosen, "hr.hanoi")] == wrong


def test_the_longest_password_is_judged_at_once() -> None:
    assert flaws_of("aZ9!" + "q7Lw" * ((LONGEST - 4) // 4), "hr.hanoi") == []


def test_the_service_hashes_by_argon2id_with_46_mebibytes_at_least() -> None:
    kept = extract_parameters(IN_SERVICE.hash("mua thu hà nội rất đẹp"))
    assert (kept.type, kept.version) == (Type.ID, 19)
    assert kept.memory_cost * kept.time_cost >= 46 * 1024  # OWASP ASVS 5.0 appendix C
    assert kept.salt_len >= 16


class Counting:
    """In the place of the hasher: how many hashes were worked on at once at the most."""

    def __init__(self) -> None:
        self.now, self.most, self.done, self.lock = 0, 0, 0, threading.Lock()

    def hash(self, _password: str) -> str:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.002)
        with self.lock:
            self.now -= 1
            self.done += 1
        return "hash"

    def verify(self, _hash: str, password: str) -> bool:
        return bool(self.hash(password))


def test_sixty_four_who_sign_in_at_once_take_the_memory_of_two_hashes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counting = Counting()
    monkeypatch.setattr(passwords, "HASHER", counting)
    work = [lambda: passwords.matches("hash", "x"), lambda: passwords.stored("x")] * 32
    with ThreadPoolExecutor(64) as pool:
        for one in [pool.submit(each) for each in work]:
            one.result()
    assert (counting.done, counting.most) == (64, 2)


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


OUT = [f"mật khẩu đã lộ số {number}" for number in range(300)]


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Path]:
    """A list as its downloader writes it, asked by this process."""
    path = tmp_path / "leaked.txt"
    hashes = sorted(map(sha1, OUT))
    path.write_text("".join(f"{one}:{number % 97 * 1000}\r\n" for number, one in enumerate(hashes)))
    leaked.use(path)
    yield path
    leaked.use(None)


def test_a_password_of_the_list_of_leaked_ones_is_refused_wherever_its_line_stands(listed: Path) -> None:
    for chosen in OUT:
        assert [one.code for one in flaws_of(chosen, "hr.hanoi")] == ["leaked_password"], chosen
    for number in range(300):
        assert flaws_of(f"mật khẩu chưa lộ số {number}", "hr.hanoi") == []


@pytest.mark.parametrize("ending", ["\n", "", "\r\n"])
def test_a_list_of_one_line_is_asked_as_well(tmp_path: Path, listed: Path, ending: str) -> None:
    (tmp_path / "one.txt").write_text(sha1(OUT[0]).lower() + ending, newline="")
    leaked.use(tmp_path / "one.txt")
    assert [leaked.is_leaked(one) for one in OUT[:2]] == [True, False]


def test_nobody_sets_a_password_that_leaked_nor_any_while_the_list_is_away(
    registry: Bed, listed: Path
) -> None:
    client = registry.api("hr.hanoi")
    told = client.put("/me/password", json={"old": PASSWORD, "new": OUT[7]})
    assert (told.status_code, told.json["errors"][0]["code"]) == (422, "leaked_password")
    listed.unlink()
    chosen = {"old": PASSWORD, "new": "một mật khẩu chưa lộ"}
    assert client.put("/me/password", json=chosen).status_code == 503
    leaked.use(None)
    assert client.put("/me/password", json=chosen).status_code in {200, 204}


def test_a_file_that_is_no_such_list_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("matkhau\npassword\n")
    with pytest.raises(ConfigError, match="REGISTRY_LEAKED_PASSWORDS"):
        leaked.use(tmp_path / "words.txt")
