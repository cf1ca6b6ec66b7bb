"""The demo registry: the same for the same arguments, lawful careers, defects only where planted."""

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from conftest import TODAY, Bed, _bed
from contents import content

from registry.cluster import Cluster
from registry.errors import Conflict, Invalid
from seed.defects import NAMES
from seed.demo import load_demo
from seed.load import accounts, load_accounts
from seed.working import load_work

LAWFUL = {
    "every coefficient is the table's": """
        SELECT official_id FROM fact_salary f LEFT JOIN law_step l USING (rank, step)
        WHERE f.recorded_to IS NULL AND f.coefficient IS DISTINCT FROM l.coefficient""",
    "ranks are codes of their day": """
        SELECT official_id FROM fact_salary f WHERE NOT EXISTS (SELECT FROM catalogue_item k
            WHERE k.catalogue = 'ranks' AND k.key = f.rank
            AND (k.valid_from IS NULL OR k.valid_from <= f.valid_from)
            AND (k.valid_to IS NULL OR k.valid_to > f.valid_from))""",
    "units exist while people are in them": """
        SELECT official_id FROM fact_appointment f WHERE f.recorded_to IS NULL AND NOT
            (SELECT range_agg(daterange(v.valid_from, v.valid_to)) FROM organization_version v
             WHERE v.organization_id = f.organization_id AND v.recorded_to IS NULL)
            @> daterange(f.valid_from, f.valid_to)""",
    "who serves has one main post": """
        SELECT official_id FROM official_current c WHERE in_headcount AND (
            SELECT count(*) FROM fact_appointment a WHERE a.official_id = c.official_id AND a.is_main
            AND a.recorded_to IS NULL AND a.valid_from <= :today
            AND (a.valid_to IS NULL OR a.valid_to > :today)) <> 1""",
    "who serves is paid": """
        SELECT official_id FROM official_current WHERE in_headcount AND rank IS NULL""",
    "nobody serves past retirement": """
        SELECT official_id FROM official_current WHERE in_headcount AND retirement_on < :today""",
    "no step is overdue": """
        SELECT official_id FROM official_current WHERE in_headcount AND next_step_on < :today""",
    "nobody is recruited before 18": """
        SELECT official_id FROM official_current WHERE age(recruited_on, birth_date) < interval '18 years'""",
    "personal numbers agree with sex and year": """
        SELECT official_id FROM official_current WHERE substr(personal_id, 5, 2) <> to_char(birth_date, 'YY')
            OR substr(personal_id, 4, 1)::int <> 2 * (extract(year FROM birth_date)::int / 100 - 19)
                + (sex = 'nu')::int""",
    "probation ends with its law": """
        SELECT official_id FROM fact_status WHERE status = 'tap_su' AND coalesce(valid_to, 'infinity')
            > CASE category WHEN 'vien_chuc' THEN date '2026-07-01' ELSE date '2025-07-01' END""",
    "probation pays 85 percent, and nothing else does": """
        SELECT official_id FROM fact_salary f WHERE f.recorded_to IS NULL
            AND (f.pay_percent = 85) IS DISTINCT FROM EXISTS (
                SELECT FROM fact_status s WHERE s.official_id = f.official_id AND s.status = 'tap_su'
                AND s.valid_from <= f.valid_from AND s.valid_to > f.valid_from)""",
    "statuses follow one another without a gap": """
        SELECT official_id FROM (SELECT official_id, valid_to, lead(valid_from) OVER (PARTITION BY official_id
            ORDER BY valid_from) AS following FROM fact_status WHERE recorded_to IS NULL) AS s
        WHERE valid_to IS DISTINCT FROM following""",
    "the last finished year is graded": """
        SELECT official_id FROM official_current WHERE in_headcount AND recruited_on < '2025-06-01'
            AND last_evaluation_year IS DISTINCT FROM 2025""",
    "full membership comes after a year": """
        SELECT official_id FROM fact_party WHERE official_on < joined_on + interval '12 months'""",
    "papers are signed before they take effect and before today": """
        SELECT id FROM decision WHERE issued_on > effective_on OR issued_on >= :today""",
    "nothing is recorded before its paper": """
        SELECT official_id FROM fact_status f JOIN decision d ON d.id = f.decision_id
        WHERE (f.recorded_from AT TIME ZONE 'Asia/Ho_Chi_Minh')::date < d.issued_on""",
    "a secondment lasts three years at most": """
        SELECT official_id FROM fact_secondment WHERE movement = 'biet_phai'
            AND least(planned_end_on, coalesce(valid_to, planned_end_on)) > valid_from + interval '36 months'""",
    "leave for a birth goes with the sex": """
        SELECT f.official_id FROM fact_leave f JOIN official_current c USING (official_id)
        JOIN catalogue_item k ON k.catalogue = 'leave_kinds' AND k.key = f.leave
        WHERE k.extra->>'sex' NOT IN ('', c.sex)""",
    "a leave that a status tells is there": """
        SELECT s.official_id FROM fact_status s WHERE s.recorded_to IS NULL AND s.status = 'nghi_thai_san'
            AND NOT EXISTS (SELECT FROM fact_leave l WHERE l.official_id = s.official_id
                AND l.leave = 'thai_san' AND l.valid_from = s.valid_from)""",
    "addresses are printed in two tiers since there are two": """
        SELECT f.official_id FROM fact_address f JOIN catalogue_item k ON k.catalogue = 'communes'
            AND k.key = f.commune
        WHERE f.valid_from >= '2025-07-01' AND strpos(f.printed, k.extra->>'full_name_vi') = 0
            OR k.extra->>'province' <> f.province""",
    "contracts are of public employees and contract workers": """
        SELECT f.official_id FROM fact_contract f JOIN official_current c USING (official_id)
        WHERE c.category <> 'vien_chuc' AND c.category NOT LIKE 'hd_%'""",
    "the forces come before the office": """
        SELECT f.official_id FROM fact_military f JOIN official_current c USING (official_id)
        WHERE c.sex <> 'nam' OR f.valid_to > c.recruited_on
            OR age(f.valid_from, c.birth_date) < interval '18 years'""",
    "career steps are of public employees, since there are any": """
        SELECT f.official_id FROM fact_salary f JOIN official_current c USING (official_id)
        WHERE f.career_step IS NOT NULL AND (c.category <> 'vien_chuc' OR f.valid_from < '2026-07-01')""",
    "a card bears the personal number": """
        SELECT f.official_id FROM fact_identity_paper f JOIN official o ON o.id = f.official_id
        WHERE f.paper IN ('cccd', 'can_cuoc') AND f.number <> o.personal_id""",
    "a unit keeps its quotas": """
        SELECT p.id FROM position p JOIN official_current c ON c.organization_id = p.organization_id
            AND c.job_position = p.title AND c.in_headcount
        GROUP BY p.id, p.quota HAVING count(*) > p.quota""",
    "one in five of the good may be excellent": """
        SELECT decision_id FROM fact_evaluation GROUP BY decision_id
        HAVING 5 * count(*) FILTER (WHERE grade = 'hoan_thanh_xuat_sac')
            > count(*) FILTER (WHERE grade = 'hoan_thanh_tot')""",
}
BROKEN = {
    "coefficient": "every coefficient is the table's",
    "retired_active": "nobody serves past retirement",
    "id_mismatch": "personal numbers agree with sex and year",
    "missing_evaluation": "the last finished year is graded",
    "gap_status": "statuses follow one another without a gap",
}


def breaches(bed: Bed, rule: str) -> list[int]:
    """Whom a rule names."""
    with bed.session() as session:
        return sorted(
            session.scalars(sa.text(LAWFUL[rule]), {"today": TODAY} if ":today" in LAWFUL[rule] else {})
        )


@pytest.fixture
def nobody(cluster: Cluster, catalogued: str) -> Iterator[Bed]:
    """A registry without officials."""
    with _bed(cluster, catalogued) as bed:
        yield bed


@pytest.fixture
def few_units(cluster: Cluster, smaller: str) -> Iterator[Bed]:
    """One with a tenth of the posts, for what does not depend on where people find one."""
    with _bed(cluster, smaller) as bed:
        yield bed


def make(bed: Bed, officials: int = 60, seed: int = 7, defects: tuple[str, ...] = ()) -> dict[str, int]:
    """A small demo in a registry without officials."""
    with bed.session() as session:
        return load_demo(session, officials=officials, seed=seed, today=TODAY, defects=defects)


@pytest.mark.parametrize("rule", LAWFUL)
def test_demo_careers_are_lawful(demo: Bed, rule: str) -> None:
    assert breaches(demo, rule) == []


def test_the_same_arguments_make_the_same_registry_and_another_seed_another_one(
    cluster: Cluster, smaller: str, demo: Bed
) -> None:
    found = []
    for seed in (7, 7):
        with _bed(cluster, smaller) as bed:
            make(bed, seed=seed)
            found.append(content(bed))
            names = bed.scalar("SELECT string_agg(full_name, ',' ORDER BY official_id) FROM official_current")
    assert found[0] == found[1]
    others = demo.scalar(
        "SELECT string_agg(full_name, ',' ORDER BY official_id) FROM (SELECT * FROM official_current ORDER BY official_id LIMIT 60) c"
    )
    assert names != others, "that of another seed"


def test_loading_the_same_demo_again_adds_nothing_and_another_is_refused(few_units: Bed) -> None:
    first = make(few_units)
    before = few_units.counts()
    assert make(few_units) == first
    assert few_units.counts() == before
    with pytest.raises(Conflict):
        make(few_units, officials=61)


def test_planted_defects_are_found_on_their_official_and_nowhere_else(few_units: Bed) -> None:
    counts = make(few_units, officials=240, defects=NAMES)
    planted = {name: counts[f"defect.{name}"] for name in NAMES}
    assert len(set(planted.values())) == len(NAMES)
    for name, rule in BROKEN.items():
        assert breaches(few_units, rule) == [planted[name]], name
    twins = few_units.scalar("""SELECT array_agg(official_id ORDER BY official_id) FROM official_current
        GROUP BY full_name, birth_date, sex HAVING count(*) > 1""")
    assert twins[1] == planted["duplicate_person"]


@pytest.mark.parametrize("officials", [20, 100])
def test_the_smallest_demos_have_somebody_behind_every_demo_account(nobody: Bed, officials: int) -> None:
    make(nobody, officials, seed=1)
    with nobody.session() as session:
        load_accounts(session)
        load_work(session, 1, TODAY)
    assert nobody.scalar("SELECT count(*) FROM official") == officials
    tied = """SELECT array_agg(o.code ORDER BY username) FROM app_user u JOIN official_current c USING (official_id)
        JOIN organization o ON o.code IN ('H26', 'H17')
        AND c.org_ord BETWEEN o.ord AND o.last WHERE u.username IN ('official1', 'official2')"""
    assert nobody.scalar(tied) == ["H26", "H17"]
    for code in {one["organization"] for one in accounts()}:
        inside = """SELECT count(*) FROM official_current c JOIN organization o ON o.code = :code
            AND c.org_ord BETWEEN o.ord AND o.last WHERE c.in_headcount"""
        assert nobody.scalar(inside, code=code), code


def test_a_demo_too_small_for_its_accounts_is_refused_with_the_least_number(nobody: Bed) -> None:
    with pytest.raises(Invalid, match="at least 20"):
        make(nobody, officials=19)
    assert nobody.scalar("SELECT count(*) FROM official") == 0


def test_unknown_defects_and_days_before_the_two_tiers_are_refused(few_units: Bed) -> None:
    with pytest.raises(Invalid):
        make(few_units, defects=("nonsense",))
    with few_units.session() as session, pytest.raises(Invalid):
        load_demo(session, officials=5, seed=1, today=date(2025, 1, 1))


def test_both_clocks_have_content(demo: Bed) -> None:
    corrected = demo.scalar("""SELECT count(*) FROM fact_identity o
        JOIN fact_identity n ON n.supersedes = o.id AND o.recorded_to = n.recorded_from
        WHERE o.closed_by = n.change_id AND o.native_place <> n.native_place""")
    ahead = demo.scalar("SELECT count(*) FROM official_current WHERE turns_on > :today", today=TODAY)
    assert corrected > 0
    assert ahead > 0


def test_demo_accounts_have_people_in_their_units(demo: Bed) -> None:
    inside = """SELECT count(*) FROM official_current c JOIN organization o ON o.code = :code
        AND c.org_ord BETWEEN o.ord AND o.last"""
    found = {code: demo.scalar(inside, code=code) for code in ("H26", "H26-00004", "H17", "G09")}
    assert found["H26"] > found["H17"] > found["G09"] > 20
    assert found["H26-00004"] >= 20


def test_numbering_goes_on_behind_the_demo(registry: Bed) -> None:
    with registry.session() as session:
        following = session.execute(
            sa.text("SELECT nextval('fact_id_seq'), nextval('change_number_seq')")
        ).one()
        last = session.execute(
            sa.text("""SELECT (SELECT max(id) FROM fact_family),
            (SELECT max(substr(number, 9)::int) FROM change)""")
        ).one()
    assert following[0] > last[0]
    assert following[1] == last[1] + 1
