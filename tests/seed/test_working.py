"""Work under way in a fresh demo: the same each time, and to be seen by those whose work it is."""

from browsing import Browser
from conftest import TODAY, Bed, _bed

from registry.canonical import hash_tables
from registry.cluster import Cluster
from seed.working import load_work

TOUCHED = ("campaign", "campaign_task", "proposal", "change", "change_operation", "change_event", "decision")


def loaded(bed: Bed) -> dict[str, int]:
    """The demo of the tests with work under way."""
    with bed.session() as session:
        return load_work(session, 1, TODAY)


def hashes(bed: Bed) -> dict[str, str]:
    """The canonical hashes of the tables that the work stands in."""
    with bed.session() as session:
        return hash_tables(session, TOUCHED)


def test_the_same_demo_has_the_same_work_and_loading_again_adds_nothing(
    cluster: Cluster, demo_template: str, registry: Bed
) -> None:
    assert loaded(registry) == {"campaign": 3, "proposal": 6, "change under way": 4}
    first = hashes(registry)
    before = registry.counts()
    assert loaded(registry) == {}
    assert registry.counts() == before
    with _bed(cluster, demo_template) as other:
        loaded(other)
        assert hashes(other) == first
    states = "SELECT string_agg(DISTINCT state, ' ' ORDER BY state) FROM campaign_task JOIN campaign c ON c.id = campaign_id WHERE {}"
    assert registry.scalar(states.format("c.closed_at IS NULL")) == "confirmed open"
    assert registry.scalar("SELECT string_agg(DISTINCT status, ' ' ORDER BY status) FROM proposal") == (
        "declined drafted received"
    )
    for username, path, words in (
        ("hr.hanoi", "/ra-soat", "Rà soát quan hệ gia đình"),
        ("hr.hanoi", "/cong-viec", "Báo sai chờ trả lời"),
        ("official1", "/cua-toi/de-nghi", "Báo sai: ngạch, bậc, lương"),
        ("approver.hanoi", "/de-nghi", "Sửa thông tin chung: điện thoại"),
    ):
        page = Browser(registry, username).open(path)
        assert words in page.html, (username, path)


def test_what_is_declared_in_the_demo_can_be_approved(registry: Bed) -> None:
    loaded(registry)
    number = registry.scalar(
        "SELECT number FROM change WHERE origin = 'self' AND status = 'submitted' ORDER BY id LIMIT 1"
    )
    checker = registry.api("approver.hanoi")
    shown = checker.get(f"/changes/{number}")
    assert [one for one in shown.json["findings"] if one["severity"] == "error"] == []
    reply = checker.post(f"/changes/{number}/approve", json={}, headers={"If-Match": shown.headers["ETag"]})
    assert reply.status_code == 200, reply.text
    phone = """SELECT f.phone FROM fact_identity f JOIN app_user u ON u.official_id = f.official_id
        WHERE u.username = 'official1' AND f.recorded_to IS NULL"""
    assert registry.scalar(phone) == "0912345678"
