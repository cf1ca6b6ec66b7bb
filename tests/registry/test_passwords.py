"""Passwords that people choose: long ones of any letters are taken, those that are found with few tries are not."""

import pytest
from argon2 import Type, extract_parameters
from conftest import IN_SERVICE

from registry.access.passwords import LONGEST, flaws_of


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
