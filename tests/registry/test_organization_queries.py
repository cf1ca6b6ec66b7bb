"""Units on both clocks: as they were on a day, as the registry knew them at a moment."""

from datetime import date

from conftest import TODAY, Bed
from make import clock
from sqlalchemy import text

from registry.organizations import queries
from registry.periods import AsOf


def test_a_corrected_name_shows_now_and_the_old_one_as_known_before(registry: Bed) -> None:
    with registry.session() as session:
        before = clock(session)
        session.execute(
            text("""WITH closed AS (UPDATE organization_version v SET recorded_to = clock_timestamp()
                FROM organization o WHERE o.id = v.organization_id AND o.code = 'H26-SNV' AND v.recorded_to
                    IS NULL RETURNING v.*)
            INSERT INTO organization_version (organization_id, name, parent_id, kind, province, valid_from,
                valid_to, recorded_from)
            SELECT organization_id, 'Sở Nội vụ Thủ đô', parent_id, kind, province, valid_from, valid_to,
                recorded_to FROM closed""")
        )
    now, then = AsOf(TODAY), AsOf(TODAY, before)
    with registry.session() as session:
        assert queries.get_unit(session, "H26-SNV", now).shown.name == "Sở Nội vụ Thủ đô"
        assert queries.get_unit(session, "H26-SNV", then).shown.name == "Sở Nội vụ"
        names = {one.code: one.name for one in queries.find_children(session, "H26", then, limit=200)[0]}
        assert names["H26-SNV"] == "Sở Nội vụ"
        assert [one.code for one in queries.search(session, "so noi vu thu do", now)] == ["H26-SNV"]
        assert queries.search(session, "so noi vu thu do", then) == []
        assert queries.find_path(session, "H26-SNV-CCVC", then)[-1] == ("H26-SNV", "Sở Nội vụ")


def test_a_level_is_read_in_pieces_that_fit_together(demo: Bed) -> None:
    with demo.session() as session:
        whole, left = queries.find_children(session, "H26", AsOf(TODAY), limit=500)
        assert left == 0
        pieces: list[str] = []
        after = None
        while True:
            nodes, left = queries.find_children(session, "H26", AsOf(TODAY), after=after, limit=40)
            pieces += [one.code for one in nodes]
            if not left:
                break
            after = nodes[-1].ord
        assert pieces == [one.code for one in whole]
        assert len(set(pieces)) == len(pieces) > 100


def test_posts_count_whoever_fills_them_and_leave_nobody_out(demo: Bed) -> None:
    with demo.session() as session:
        codes = (
            session.execute(
                text("""SELECT o.code FROM official_current c JOIN organization o ON o.id = c.organization_id
            WHERE c.in_headcount GROUP BY 1 ORDER BY count(*) DESC LIMIT 12""")
            )
            .scalars()
            .all()
        )
        for code in codes:
            unit = queries.get_unit(session, code, AsOf(TODAY))
            posts, others = queries.find_positions(session, unit, AsOf(TODAY), TODAY)
            people = session.execute(
                text("SELECT count(*) FROM official_current WHERE organization_id = :unit AND in_headcount"),
                {"unit": unit.id},
            ).scalar_one()
            assert sum(one.filled for one in posts) + others == people
            facts, rest = queries.find_positions(session, unit, AsOf(TODAY, clock(session)), TODAY)
            assert ([(one.title, one.filled) for one in facts], rest) == (
                [(one.title, one.filled) for one in posts],
                others,
            )


def test_an_ended_unit_keeps_its_past_and_names_its_heirs(demo: Bed) -> None:
    with demo.session() as session:
        unit = queries.get_unit(session, "G07", AsOf(TODAY))
        assert unit.version is None
        assert unit.ended_on == date(2025, 3, 1)
        assert [one.code for one in unit.successors] == ["G09"]
        assert queries.get_unit(session, "G07", AsOf(date(2025, 2, 28))).version is not None
        assert "G07" in [one.code for one in queries.get_unit(session, "G09", AsOf(TODAY)).predecessors]
