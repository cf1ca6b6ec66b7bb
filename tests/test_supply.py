"""What the registry is made of is listed, and may be used by a public service."""

from supply import BILL, bill, licence, locked, unfit


def test_the_bill_of_materials_is_that_of_the_lock() -> None:
    assert BILL.read_text("utf-8") == bill(), "run `make audit`"


def test_no_licence_in_the_run_time_tree_binds_a_public_service() -> None:
    assert {name: found for name, _ in locked() if (found := unfit(licence(name)))} == {}
    for bad in ("GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0-only", ""):
        assert unfit(bad), bad
    assert not unfit("GPL-2.0-only OR MIT")
