"""The real server before odd, slow, huge and two-faced requests: each is refused, the others are answered."""

import json
import subprocess
import time
from collections.abc import Iterator

import pytest
from conftest import PASSWORD, Bed
from served import ROOT, Served, command, serving

from registry.audit.notes import make_key

HOST = b"Host: x\r\n"
SECOND = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
"""What somebody would like to slip in behind a request."""
TWO_FACED = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "the same length twice": b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": b"Content-Length: 4, 4\r\n\r\nabcd",
    "a length with a sign": b"Content-Length: +5\r\n\r\nabcde",
    "a length below nothing": b"Content-Length: -1\r\n\r\nabcde",
    "a length in other digits": b"Content-Length: \xb2\r\n\r\nab",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunks behind a control character": b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks with an extension": b"Transfer-Encoding: chunked\r\n\r\n0;a=b\r\n\r\n",
    "a space before the colon": b"Content-Length : 4\r\n\r\nabcd",
    "a bare line feed in a header": b"X: a\nContent-Length: 4\r\n\r\nabcd",
    "a folded header": b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "a NUL in a header": b"X: a\0b\r\n\r\n",
    "two hosts": HOST + b"\r\n",
}
IN_CHUNKS = ("chunks", "chunks with an extension")
"""Nothing is wrong with these but that nobody knows beforehand how long they are."""
WHOLE = {
    "only line feeds": b"POST /login HTTP/1.1\nHost: x\nContent-Length: 4\n\nabcd",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a body on a GET": b"GET /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nabcde",
    "chunks in HTTP/1.0": b"POST /login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@pytest.fixture(scope="module")
def served(demo: Bed) -> Iterator[Served]:
    with serving(demo) as running:
        yield running


def test_a_request_that_can_be_read_in_two_ways_is_refused_once_and_the_line_cut(served: Served) -> None:
    requests = {name: b"POST /login HTTP/1.1\r\n" + HOST + rest for name, rest in TWO_FACED.items()} | WHOLE
    for name, sent in requests.items():
        statuses, came, closed = served.exchange(sent + SECOND)
        assert len(statuses) == 1, (name, came)
        assert statuses[0] in ((411,) if name in IN_CHUNKS else (400, 411, 501)), (name, statuses)
        assert closed, name
    statuses, _, _ = served.exchange(SECOND * 2 + SECOND.replace(b"x\r\n", b"x\r\nConnection: close\r\n"))
    assert statuses == [200, 200, 200], "requests sent one behind the other are each answered"
    assert "healthz" not in served.log.read_text(), "nobody's request is quoted in the log"


def test_slow_senders_hold_no_thread_and_are_let_go(served: Served) -> None:
    """Fifty that send a byte a second, in the head and in the body, against four threads."""
    slow = []
    for number in range(50):
        connection = served.connect()
        body = b"Content-Length: 9000\r\n\r\na" if number % 2 else b"X: a"
        connection.sendall(b"POST /login HTTP/1.1\r\n" + HOST + body)
        slow.append(connection)
    try:
        longest = 0.0
        for _ in range(4):
            for connection in slow:
                connection.sendall(b"a")
            longest = max(longest, served.answers())
            time.sleep(0.3)
        assert longest < 5, "others are answered meanwhile"
        for connection in slow:
            connection.settimeout(10)
            assert connection.recv(64).startswith(b"HTTP/1.1 408 "), "who is too slow is told so"
    finally:
        for connection in slow:
            connection.close()


def test_what_is_too_large_or_too_deep_is_refused_within_bounds(served: Served) -> None:
    def post(path: str, body: bytes, kind: str = "application/json", more: bytes = b"") -> tuple[int, bytes]:
        head = f"POST {path} HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        statuses, came, closed = served.exchange(head.encode() + HOST + more + b"\r\n" + body, 30)
        assert closed
        assert len(statuses) == 1
        return statuses[0], came.partition(b"\r\n\r\n")[2]

    sent = json.dumps({"username": "hr.hanoi", "password": PASSWORD}).encode()
    token = json.loads(post("/api/v1/tokens", sent)[1])["token"]
    bearer = f"Authorization: Bearer {token}\r\n".encode()

    def change(body: bytes) -> int:
        return post("/api/v1/changes", body, more=bearer)[0]

    change(b"{}")
    served.exchange(b"GET /login HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
    form = "application/x-www-form-urlencoded"
    held = [served.memory()]
    for _ in range(2):
        assert served.exchange(
            b"POST /api/v1/changes HTTP/1.1\r\n" + HOST + b"Content-Length: 104857600\r\n\r\n["
        )[0] == [413]
        assert change(b'{"note":"' + b"a" * 25_000_000 + b'"}') == 413
        assert change(b"[" * 1_000_000) == 413
        assert change(b"[" * 100_000) == 400
        assert change(b"[" + b"[]," * 1_000_000 + b"[]]") == 413
        assert change(b"{" + b",".join(b'"k%d":1' % number for number in range(100_000)) + b"}") == 400
        assert change(b"1" * 1_000_000) == 400
        assert post("/login", b"a&" * 1_000_000, form)[0] == 413
        assert post("/login", b"a=" + b"b" * 5_000_000, form)[0] == 413
        parts = b"".join(
            b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % one for one in range(10_000)
        )
        assert (
            post("/api/v1/files", parts + b"--x--\r\n", "multipart/form-data; boundary=x", bearer)[0] == 400
        )
        assert (
            post("/api/v1/files", parts * 3 + b"--x--\r\n", "multipart/form-data; boundary=x", bearer)[0]
            == 413
        )
        long = b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 65_536 + b"\r\n\r\n"
        assert served.exchange(long)[0] == [431]
        assert served.exchange(b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: 1\r\n" * 500 + b"\r\n")[0] == [431]
        many = b"&".join(b"a%d=1" % number for number in range(10_000))
        assert served.exchange(b"GET /healthz?" + many + b" HTTP/1.1\r\n" + HOST + b"\r\n")[0] == [414]
        held.append(served.memory())
    assert held[1] - held[0] < 100, "MiB, once"
    assert held[2] - held[1] < 25, "MiB: what was needed once is used again"
    assert served.answers() < 5


def test_production_does_not_start_over_accounts_of_the_demonstration(demo: Bed) -> None:
    refused = command(demo, REGISTRY_ENV="production", REGISTRY_AUDIT_KEY=make_key("so.vn/nhat-ky"))
    told = subprocess.run(
        refused.words,
        cwd=ROOT,
        env=refused.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert told.returncode == 1
    assert "password of the demonstration" in told.stderr
    assert "hr.hanoi" in told.stderr
    assert PASSWORD not in told.stderr + told.stdout


@pytest.mark.parametrize(
    ("path", "said"), [("/api/v1/files", '"status": 413'), ("/nhap-du-lieu", "Quay lại trang trước")]
)
def test_what_is_too_large_to_be_read_is_told_of_in_words(served: Served, path: str, said: str) -> None:
    head = b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 41943040\r\n\r\n--x"
    statuses, came, closed = served.exchange(f"POST {path} HTTP/1.1\r\n".encode() + HOST + head)
    assert (statuses, closed) == ([413], True)
    assert said in came.decode()
