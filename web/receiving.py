"""How requests arrive: a thread is given a request when all of it is here, so that slow senders hold no thread.

gunicorn's threaded worker reads in the thread that answers: fifty clients that send a byte a second stop a service
of eight threads. Here the worker's own loop collects what comes, without waiting, and lets go whoever is too slow;
what a request means is still read by gunicorn alone, from the very bytes that came and from no others.
"""

import json
import re
import selectors
import socket
import struct
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

FIRST_SECONDS = 10
"""How long anything may take to arrive, and how long a head may take whatever its size."""
SLOWEST_BYTES = 16 * 1024
"""Bytes a second that a body must come with, after the first seconds."""
LAST_SECONDS = 2
"""How long we listen after our last word, so that a reset does not swallow it."""
STUCK_SECONDS = 10
"""How long a thread waits for a reader who takes nothing."""
LARGEST_HEAD = 64 * 1024
MOST_HELD = 128 * 1024 * 1024
"""Bytes of unfinished requests that a worker holds; beyond that who sends is asked to come again."""
END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,12})[ \t]*(?=\r\n)", re.IGNORECASE)
EXPECTING = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
CODED = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
REASONS = {400: "Bad Request", 408: "Request Timeout", 411: "Length Required", 413: "Content Too Large"}
REASONS |= {431: "Request Header Fields Too Large", 503: "Service Unavailable"}


class Held:
    """A request that is here, read by gunicorn's parser as if from a socket that ends with it."""

    def __init__(self, held: bytearray) -> None:
        self.held, self.place = memoryview(held), 0

    def recv(self, size: int) -> bytes:
        """The next bytes; b"" when there are no more."""
        piece = bytes(self.held[self.place : self.place + size])
        self.place += len(piece)
        return piece


@dataclass(frozen=True)
class Largest:
    """The largest bodies in bytes: of a form with files, of anything else."""

    files: int
    typed: int

    def of(self, told: bytes) -> int:
        """Of a request by its lower-case head or content type."""
        return self.files if b"multipart/form-data" in told else self.typed


class Arriving(TConn):  # type: ignore[misc]
    """A connection and what has come on it since the last request."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self.received = bytearray()
        self.since = time.monotonic()
        self.end: int | None = None
        self.leaving = False

    def whole(self, largest: Largest) -> bool:
        """Whether a request is here, or the head of one that is refused by its head."""
        if self.end is None:
            self.end = self._end(largest)
        return self.end is not None and len(self.received) >= self.end

    def _end(self, largest: Largest) -> int | None:
        head = self.received.find(END_OF_HEAD)
        if head < 0:
            return None
        start, lines = head + len(END_OF_HEAD), bytes(self.received[: head + 2])
        lengths = LENGTH.findall(lines)
        if CODED.search(lines) or len(lengths) != 1 or int(lengths[0]) > largest.of(lines.lower()):
            return start
        if EXPECTING.search(lines) and len(self.received) == start:
            self.sock.send(GO_ON)
        return start + int(lengths[0])

    def take(self) -> bytearray:
        """The bytes of the request; those of the next one stay."""
        taken, self.received = self.received, bytearray()
        if self.end is not None and self.end < len(taken):
            self.received = taken[self.end :]
            del taken[self.end :]
        return taken

    def deadline(self) -> float:
        """When it is too slow: seconds as of `time.monotonic`."""
        if self.leaving:
            return self.since + LAST_SECONDS
        body = len(self.received) if self.end else 0
        return self.since + FIRST_SECONDS + body / SLOWEST_BYTES


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker with the waiting taken out of its threads."""

    largest = Largest(0, 0)

    def __init__(self, *of: Any, **named: Any) -> None:
        super().__init__(*of, **named)
        self.arriving: set[Arriving] = set()

    def accept(self, listener: socket.socket) -> None:
        """Somebody comes: wait, in the loop, for what they want."""
        try:
            sock, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", STUCK_SECONDS, 0))
        self._expect(Arriving(self.cfg, sock, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: Arriving, client: socket.socket) -> None:
        """A kept connection has its next request."""
        self.keepalived_conns.remove(conn)
        conn.since, conn.end = time.monotonic(), None
        self.arriving.add(conn)
        self.poller.modify(client, selectors.EVENT_READ, partial(self._came, conn))
        self._came(conn, client)

    def _expect(self, conn: Arriving) -> None:
        conn.since, conn.end = time.monotonic(), None
        if conn.received and conn.whole(self.largest):
            self.enqueue_req(conn)
        else:
            self._watch(conn)

    def _watch(self, conn: Arriving) -> None:
        conn.sock.setblocking(False)
        self.arriving.add(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._came, conn))

    def _came(self, conn: Arriving, _sock: object) -> None:
        try:
            more = conn.sock.recv(1024 * 1024 if conn.end else LARGEST_HEAD)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._drop(conn)
        elif not conn.leaving:
            conn.received += more
            if conn.whole(self.largest):
                self._unwatch(conn)
                self.enqueue_req(conn)
            elif conn.end is None and len(conn.received) > LARGEST_HEAD:
                self._refuse(conn, 431)
            elif sum(len(one.received) for one in self.arriving) > MOST_HELD:
                self._refuse(conn, 503)

    def _unwatch(self, conn: Arriving) -> None:
        self.arriving.discard(conn)
        try:
            self.poller.unregister(conn.sock)
        except (OSError, KeyError, ValueError):
            pass

    def _drop(self, conn: Arriving) -> None:
        self._unwatch(conn)
        self.nr_conns -= 1
        util.close(conn.sock)

    def _refuse(self, conn: Arriving, status: int) -> None:
        """Say so in the loop and let go; who does not read it has had their chance."""
        self._unwatch(conn)
        try:
            conn.sock.send(refusal(status))
        except OSError:
            pass
        self._leave(conn)

    def _leave(self, conn: Arriving) -> None:
        """Close as RFC 9112 section 9.6 wants it, without waiting: our side, then theirs or the time."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            util.close(conn.sock)
            return
        conn.leaving, conn.since = True, time.monotonic()
        conn.received.clear()
        self._watch(conn)

    def murder_pending(self) -> None:
        """Let go of those who took too long; gunicorn's loop asks each second."""
        now = time.monotonic()
        for conn in [one for one in self.arriving if one.deadline() < now]:
            if conn.leaving or not conn.received:
                self._drop(conn)
            else:
                self._refuse(conn, 408)

    def handle(self, conn: Arriving) -> Any:
        """In a thread: read the request from what is here, and answer."""
        conn.init()
        conn.sock.setblocking(True)
        conn.parser.unreader.sock = Held(conn.take())
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Arriving) -> bool:
        """Refuse what can be read in two ways, before the application sees it; answer the rest."""
        told = dict(req.headers)
        length, status = int(told.get("CONTENT-LENGTH", 0)), None
        if "TRANSFER-ENCODING" in told:
            status = 411
        elif ("HOST" not in told and req.version >= (1, 1)) or (length and req.method in ("GET", "HEAD")):
            status = 400
        elif length > self.largest.of(told.get("CONTENT-TYPE", "").lower().encode()):
            status = 413
        if status is not None:
            conn.sock.sendall(refusal(status, too_large(req.path) if status == 413 else ("", "")))
            return False
        return bool(super().handle_request(req, conn))

    def finish_request(self, conn: Arriving, fs: Any) -> None:
        """After an answer: the next request, or the end. Called in the loop."""
        try:
            goes_on = bool(fs.result())
        except Exception:
            goes_on = False
        if not goes_on:
            self._leave(conn)
        elif conn.received:
            self._expect(conn)
        else:
            super().finish_request(conn, fs)


def refusal(status: int, said: tuple[str, str] = ("", "")) -> bytes:
    """A whole answer, after which we close; `said`: the media type of its body, and the body."""
    media_type, words = said[0], said[1].encode()
    more = "Retry-After: 5\r\n" if status == 503 else ""
    more += f"Content-Type: {media_type}; charset=utf-8\r\n" if words else ""
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\n{more}Connection: close\r\nContent-Length: {len(words)}\r\n\r\n"
    return head.encode() + words


def too_large(path: str) -> tuple[str, str]:
    """What is said of a body that is not read: a problem to a program, a page to a person."""
    if path.startswith("/api/"):
        detail = "Nội dung gửi lên quá lớn. / The body is too large."
        problem = {
            "type": "/api/v1/problems/http_413",
            "title": "Quá lớn / Too large",
            "status": 413,
            "detail": detail,
            "errors": [],
        }
        return "application/problem+json", json.dumps(problem, ensure_ascii=False)
    return "text/html", (
        '<!doctype html><html lang="vi"><meta name="viewport" content="width=device-width"><title>Tệp quá lớn</title>'
        "<h1>Tệp quá lớn</h1><p>Chưa ghi gì cả. Quay lại trang trước và chọn tệp tối đa 25 MB.</p>"
        '<p lang="en">The file is too large. Nothing was written. Go back and choose one of at most 25 MB.</p></html>'
    )


def worker_for(largest: Largest) -> type[Worker]:
    """The worker class for a service with these largest bodies."""
    return type("Worker", (Worker,), {"largest": largest})
