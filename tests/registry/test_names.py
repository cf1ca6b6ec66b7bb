"""Names: one folded form for search, one key for order, against a comparison that knows the alphabet."""

import csv
import unicodedata
from functools import cmp_to_key
from itertools import pairwise, product
from pathlib import Path
from random import Random

import make
import pytest
import sqlalchemy as sa
from conftest import TODAY, Bed
from hypothesis import example, given, settings
from hypothesis import strategies as st
from make import newcomer

from registry.officials.queries import ListQuery, list_officials
from registry.periods import AsOf

ALPHABET = ["'", "-", *"aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"]
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
"""ngang, huyền, hỏi, ngã, sắc, nặng"""
SEED = Path(__file__).parents[2] / "seed" / "names"


def read(name: str) -> list[str]:
    """The names of a list of the demo."""
    with (SEED / name).open(encoding="utf-8") as file:
        return sorted({row["name"] for row in csv.DictReader(file) if row["name"]})


GIVEN, MIDDLE = read("given_names.csv"), read("middle_names.csv")
SYLLABLES = st.builds(
    lambda onset, vowel, tone, coda: onset + vowel + tone + coda,
    st.sampled_from(["", "b", "đ", "d", "ngh", "tr", "h'", "y-"]),
    st.sampled_from(["a", "ă", "â", "o", "ô", "ơ", "u", "ư", "e", "ê", "i", "y"]),
    st.sampled_from(TONES),
    st.sampled_from(["", "n", "ng"]),
)
WORDS = SYLLABLES | st.sampled_from(GIVEN) | st.sampled_from(MIDDLE)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


def keys_of(bed: Bed, names: list[str]) -> dict[str, str]:
    """The stored key of each name."""
    statement = 'SELECT n, registry_sort_key(n) COLLATE "C" FROM unnest(CAST(:names AS text[])) AS n'
    with bed.session("web") as session:
        return dict(tuple(row) for row in session.execute(sa.text(statement), {"names": names}))


# The comparison


def letters(word: str) -> list[str]:
    """A word as letters of the alphabet, tones taken off."""
    plain = "".join(mark for mark in unicodedata.normalize("NFD", word.lower()) if mark not in TONES[1:])
    return list(unicodedata.normalize("NFC", plain))


def tone(word: str) -> int:
    """The tone of a syllable."""
    marks = [mark for mark in unicodedata.normalize("NFD", word) if mark in TONES[1:]]
    return TONES.index(marks[0]) if marks else 0


def turned(name: str) -> list[str]:
    """Given name, surname, middle names."""
    words = name.split()
    return words if len(words) == 1 else [words[-1], words[0], *words[1:-1]]


def compare(one: str, other: str) -> int:
    """Below zero when `one` comes first: by words and letters, where all agree by the tones of the words."""
    first, second = turned(one), turned(other)
    left, right = (
        [[ALPHABET.index(one) for one in letters(word)] for word in name] for name in (first, second)
    )
    if left != right:
        return -1 if left < right else 1
    tones, others = ([tone(word) for word in name] for name in (first, second))
    return (tones > others) - (tones < others)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(names=st.lists(NAMES, min_size=2, max_size=40), seed=st.integers(0, 2**32))
def test_the_key_orders_names_as_a_vietnamese_reader_does(demo: Bed, names: list[str], seed: int) -> None:
    shapes = Random(seed)
    written = [shapes.choice([str.title, str.upper, str.lower])(name) for name in names]
    written = [unicodedata.normalize(shapes.choice(["NFC", "NFD"]), name) for name in written]
    keys = keys_of(demo, written)
    ordered = sorted(written, key=cmp_to_key(compare))
    assert [keys[name] for name in ordered] == sorted(keys[name] for name in written)
    for one, other in pairwise(ordered):
        assert (keys[one] == keys[other]) == (compare(one, other) == 0), (one, other)


def test_every_letter_and_every_tone_has_its_place(demo: Bed) -> None:
    vowels = [letter for letter in ALPHABET if letter in "aăâeêioôơuưy"]
    names = [unicodedata.normalize("NFC", f"Lê {vowel}{mark}n") for vowel, mark in product(vowels, TONES)]
    names += [f"Lê {letter}a" for letter in ALPHABET[2:] if letter not in vowels]
    names.sort(key=cmp_to_key(compare))
    keys = keys_of(demo, names)
    assert all(keys[one] < keys[other] for one, other in pairwise(names))


def test_a_list_of_well_known_names_is_in_order(demo: Bed) -> None:
    wanted = [
        *(
            "Trần An",
            "Nguyễn Thị Ái",
            "Nguyễn Văn Ân",
            "Hoàng Bình",
            "Lê Cường",
            "Lê Dung",
            "Lê Đức",
            "Phạm Đức",
        ),
        *("Phạm Văn Đức", "Đinh Hoa", "Đinh Hòa", "Trần Thị Hương", "Y Ayun", "Y Ayŭn", "Nguyễn Ý"),
    ]
    wanted.sort(key=cmp_to_key(lambda one, other: compare(one.replace("ŭ", "u"), other.replace("ŭ", "u"))))
    got = demo.scalar(
        'SELECT array_agg(n ORDER BY registry_sort_key(n) COLLATE "C") FROM unnest(CAST(:names AS text[])) n',
        names=list(reversed(wanted)),
    )
    assert got == wanted
    assert got.index("Lê Dung") < got.index("Lê Đức")
    assert got.index("Lê Đức") < got.index("Phạm Đức") < got.index("Phạm Văn Đức")
    assert got.index("Y Ayun") + 1 == got.index("Y Ayŭn")


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Đặng Thị Ngọc Ánh", "dang thi ngoc anh"),
        ("ĐẶNG THỊ NGỌC ÁNH", "dang thi ngoc anh"),
        ("H'Hen Niê", "h hen nie"),
        ("Y-Bhăm  Êban", "y bham eban"),
        ("Ksor H’Bŏ", "ksor h bo"),
        ("Êñuôl Rčăm Ayŭn", "enuol rcam ayun"),
        ("Rah Lan Pơ̆k", "rah lan pok"),
        ("100%_a\\b", "100 a b"),
        ("  ", ""),
    ],
)
def test_folding_leaves_plain_words(demo: Bed, name: str, folded: str) -> None:
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, name)  # type: ignore[arg-type]
        assert demo.scalar("SELECT registry_fold(:name)", name=written) == folded


@settings(max_examples=60, deadline=None, derandomize=True)
@given(name=NAMES)
def test_every_spelling_of_a_name_folds_to_the_same_letters(demo: Bed, name: str) -> None:
    plain = "".join(
        mark for mark in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(mark)
    )
    wanted = " ".join(plain.replace("đ", "d").replace("'", " ").replace("-", " ").split())
    shapes = [unicodedata.normalize(form, shape) for form in ("NFC", "NFD") for shape in (name, name.upper())]
    with demo.session("web") as session:
        found = session.execute(
            sa.text("SELECT registry_fold(name) FROM unnest(CAST(:names AS text[])) AS name"),
            {"names": shapes},
        )
        assert set(found.scalars()) == {wanted}


# Searching


@pytest.fixture(scope="module")
def named(demo: Bed) -> Bed:
    """The module's own registry with a few people of telling names."""
    for name in ("Đặng Thị Ngọc Ánh", "H'Hen Ayŭn", "Trần Văn Phần Trăm"):
        make.official(demo, newcomer(full_name=name))
    return demo


def search(bed: Bed, q: str, *, then: bool = False) -> set[str]:
    """Names found, on the present list or on one made from the facts."""
    on = TODAY if not then else TODAY.replace(day=TODAY.day - 1)
    with bed.acting("hr.hanoi") as (session, _):
        page = list_officials(session, ListQuery(AsOf(on), TODAY, q=q, limit=500), frozenset({"ordinary"}))
    return {item["full_name"] for item in page.items}


@pytest.mark.parametrize("then", [False, True])
def test_a_name_is_found_however_it_is_written(named: Bed, then: bool) -> None:
    for q in (
        "Đặng Thị Ngọc Ánh",
        "dang anh ngoc",
        "ÁNH ĐẶNG",
        unicodedata.normalize("NFD", "Ngọc Ánh Đặng"),
        "ngoc  anh",
    ):
        assert "Đặng Thị Ngọc Ánh" in search(named, q, then=then), q
    for q in ("ayun", "AYŬN", "h hen", "H'Hen"):
        assert "H'Hen Ayŭn" in search(named, q, then=then), q


@pytest.mark.parametrize("then", [False, True])
def test_signs_of_patterns_are_no_patterns(named: Bed, then: bool) -> None:
    everybody = search(named, "", then=then)
    assert len(everybody) > 30
    for q in ("%", "_", "\\", "%%%", "'", '"', "ph%n", "ph_n", "t%m", "; --", "\\%"):
        found = search(named, q, then=then)
        words = [word for word in ("ph", "n", "t", "m") if word in q]
        assert all(all(word in name.lower() for word in words) for name in found), q
        if not words:
            assert found == set(), q
    assert search(named, "phan tram", then=then) == {"Trần Văn Phần Trăm"}


ODD = st.text(st.sampled_from(" \t\n\u00a0\u2003aÁđệZ-'.9"), max_size=12) | NAMES
FIRST_MADE = Path(__file__).parents[2] / "migrations" / "sql" / "0001_names.sql"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(names=st.lists(ODD, min_size=1, max_size=40, unique=True))
@example(
    names=["", "a", "a b", "a b c d", "a  b c", "a b  c", " a b", "a b ", "a\tb c", "a b\nc", "a\u00a0b c"]
)
def test_keys_stored_before_the_function_was_made_anew_are_the_keys_of_today(
    demo: Bed, names: list[str]
) -> None:
    statements = FIRST_MADE.read_text(encoding="utf-8")
    before = statements[statements.index("CREATE FUNCTION registry_sort_key") :].replace(
        "registry_", "pg_temp.", 1
    )
    with demo.session("migrate") as session:
        session.connection().exec_driver_sql(before.replace("%", "%%"))
        found = "SELECT n, registry_sort_key(n), pg_temp.sort_key(n) FROM unnest(CAST(:names AS text[])) AS n"
        rows = session.execute(sa.text(found), {"names": names}).all()
        session.rollback()
    assert len(rows) == len(names)
    assert [row for row in rows if row[1] != row[2]] == []
