"""The map of security requirements tells of every one of them and only of tests that are there."""

from asvs import DOCUMENT, VERDICTS, requirements, suite, whole


def test_every_requirement_is_answered_and_every_test_named_exists() -> None:
    rows = list(requirements())
    levels = [one.level for one in rows]
    assert (levels.count("1"), levels.count("2"), len({one.id for one in rows})) == (70, 183, 253)
    for one in rows:
        assert one.verdict in VERDICTS, one.id
        assert one.words, one.id
        assert set(one.tests) <= set(suite()), f"{one.id}: {set(one.tests) - set(suite())}"
        assert one.tests or one.verdict != "test", one.id


def test_the_document_is_that_of_the_map() -> None:
    assert DOCUMENT.read_text("utf-8") == whole(), "run `python tests/asvs.py`"
