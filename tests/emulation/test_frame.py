"""The server itself: connections that stay open, faults that come when they were ordered, a port that is free after."""

from __future__ import annotations

import http.client
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests

from ccconf.emulation import Answer, Fault, Faults, Pace, Request, Server, faults_from, serving
from ccconf.emulation.exchange import json_answer
from ccconf.emulation.pace import Bucket


class Counter:
    """An application that remembers how often it did something."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, request: Request) -> Answer:
        self.done += 1
        return json_answer(200, {"done": self.done, "body": request.body.decode(), "words": "x" * 200})


@contextmanager
def counting(*faults: Fault, pace: Pace = Pace()) -> Iterator[tuple[Server, Counter]]:  # noqa: B008
    counter, ordered = Counter(), Faults(seed=3)
    ordered.add(*faults)
    with serving(Server(counter, faults=ordered, pace=pace)) as server:
        yield server, counter


def ask(server: Server, method: str = "GET", path: str = "/a") -> requests.Response:
    return requests.request(method, server.url + path, timeout=10)


def test_a_connection_stays_open_for_many_requests() -> None:
    with counting() as (server, counter):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        for _ in range(3):
            connection.request("POST", "/a?b=1", body=b"hello", headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert answer.status == 200
            assert b"hello" in answer.read()
        held = connection.sock.getsockname() if connection.sock else None
        connection.close()
        assert held is not None
        assert counter.done == 3
        record = server.requests[0]
        assert (record.method, record.path, record.query, record.status) == ("POST", "/a", "b=1", 200)
        assert record.body == b"hello"
        assert record.stopped >= record.started
        server.requests.clear()
        assert len(server.requests) == 0


def test_the_body_of_a_form_is_not_kept_in_the_log() -> None:
    with counting() as (server, _):
        requests.post(server.url, data={"client_secret": "fake"}, timeout=10)
        assert [record.body for record in server.requests] == [b""]


def test_the_port_is_free_afterwards_even_with_a_client_that_stays() -> None:
    with counting() as (server, _):
        port = server.port
        idle = socket.create_connection(("127.0.0.1", port))
        idle.sendall(b"HEAD / HTTP/1.1\r\nHost: emulator\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
    with idle:
        assert idle.recv(1) == b""
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


@pytest.mark.parametrize("code", [500, 502, 503, 429])
def test_status_is_answered_before_anything_is_done(code: int) -> None:
    with counting(Fault(kind="status", code=code, retry_after=7, times=1)) as (server, counter):
        answer = ask(server)
        assert (answer.status_code, answer.headers["Retry-After"], counter.done) == (code, "7", 0)
        assert ask(server).json()["done"] == 1


@pytest.mark.parametrize(("kind", "done"), [("refuse", 0), ("lost", 1), ("reset", 1), ("truncated", 1)])
def test_a_cut_connection_does_or_does_not_do_it(kind: str, done: int) -> None:
    with counting(Fault(kind=kind, at=1)) as (server, counter):
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            ask(server)
        assert counter.done == done
        assert [record.status for record in server.requests] == [None]
        assert ask(server).status_code == 200


def test_garbage_looks_like_success_and_does_nothing() -> None:
    with counting(Fault(kind="garbage", times=1)) as (server, counter):
        answer = ask(server)
        assert answer.status_code == 200
        assert answer.text.startswith("<!DOCTYPE html>")
        assert counter.done == 0


def test_doubled_is_done_twice_and_answered_once() -> None:
    with counting(Fault(kind="doubled", times=1)) as (server, _):
        assert ask(server).json()["done"] == 2
        assert ask(server).json()["done"] == 3


def test_echoed_is_done_once_and_answered_twice_on_one_connection() -> None:
    with counting(Fault(kind="echoed", times=1)) as (server, counter):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
            line.sendall(b"GET /a HTTP/1.1\r\nHost: emulator\r\n\r\n")
            said = b""
            while said.count(b"HTTP/1.1 200") < 2 or not said.endswith(b"}"):
                said += line.recv(65536)
        assert said[: len(said) // 2] == said[len(said) // 2 :]
        assert counter.done == 1


def test_late_is_done_when_the_client_has_given_up() -> None:
    now = [0.0]
    counter, faults = Counter(), Faults()
    faults.add(Fault(kind="late", seconds=3600, times=2))
    with serving(Server(counter, faults=faults, clock=lambda: now[0])) as server:
        for _ in range(2):
            with pytest.raises(requests.ConnectionError):
                ask(server)
        assert counter.done == 0
        now[0] = 3600.0
        assert ask(server).json()["done"] == 3  # before the next request is looked at
        faults.add(Fault(kind="late", seconds=0.01, times=1))
        with pytest.raises(requests.ConnectionError):
            ask(server)
        for _ in range(1000):
            if counter.done == 4:
                break
            time.sleep(0.005)
        assert counter.done == 4
        faults.add(Fault(kind="late", seconds=0.2, times=1))
        with pytest.raises(requests.ConnectionError):
            ask(server)
    assert counter.done == 4  # what is left when the server stops is never done


def test_slow_is_only_slow() -> None:
    with counting(Fault(kind="slow", seconds=0.01)) as (server, _):
        assert ask(server).status_code == 200
        assert server.requests[0].stopped - server.requests[0].started >= 0.01


def test_a_frozen_answer_is_cut_when_the_server_stops() -> None:
    failed: list[Exception] = []

    def wait_for_it() -> None:
        try:
            ask(server)
        except requests.ConnectionError as error:
            failed.append(error)

    with counting(Fault(kind="frozen")) as (server, counter):
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        for _ in range(1000):
            if server.faults._armed[0].done:
                break
            time.sleep(0.005)
    waiting.join()
    assert len(failed) == 1
    assert counter.done == 0


def test_a_fault_meets_the_nth_request_that_fits() -> None:
    fault = Fault(kind="status", at=2, method="PATCH", path=r"^/Users\(\d+\)$")
    with counting(fault) as (server, _):
        asked = [("PATCH", "/Users(1)"), ("GET", "/Users(1)"), ("PATCH", "/Users"), ("PATCH", "/Users(2)")]
        assert [ask(server, *row).status_code for row in [*asked, asked[-1]]] == [200, 200, 200, 503, 200]


def test_a_share_falls_the_same_way_again() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults(seed=seed)
        faults.add(Fault(kind="lost", share=0.3))
        return [faults.struck("GET", "/") is not None for _ in range(200)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90


def test_cleared_faults_are_gone() -> None:
    with counting(Fault(kind="status")) as (server, _):
        server.faults.clear()
        assert ask(server).status_code == 200


def test_a_bucket_gives_its_burst_and_then_one_at_a_time() -> None:
    times = iter([0.0, *itertools.repeat(0.0, 3), 0.25, 0.5])
    bucket = Bucket(2.0, clock=lambda: next(times))
    assert [bucket.wait_needed() for _ in range(5)] == [0.0, 0.0, 0.5, 0.25, 0.0]


@pytest.mark.parametrize(("says", "expected"), [(True, "1000"), (False, None)])
def test_too_many_requests_are_told_to_wait_or_not(says: bool, expected: str | None) -> None:
    pace = Pace(rate_limit=0.001, burst=1, says_retry_after=says)
    with counting(pace=pace) as (server, counter):
        assert ask(server).status_code == 200
        answer = ask(server)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (429, expected)
        assert counter.done == 1


def test_the_log_knows_how_many_were_under_way() -> None:
    together = threading.Barrier(4)

    def meet(_: Request) -> Answer:
        together.wait(10)
        return Answer(204)

    with serving(Server(meet)) as server, ThreadPoolExecutor(4) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: ask(server), range(4))} == {204}
        assert server.requests.most_in_flight == 4


def test_latency_is_added_to_each_request() -> None:
    with counting(pace=Pace(latency=0.01)) as (server, _):
        ask(server)
        assert server.requests[0].stopped - server.requests[0].started >= 0.01


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Transfer-Encoding": "chunked"}, 411), ({"Content-Length": "x"}, 400), ({"Content-Length": "99999999"}, 413)],
)
def test_a_body_of_unknown_or_absurd_length_is_not_read(headers: dict[str, str], status: int) -> None:
    with counting() as (server, counter):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.putrequest("POST", "/")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()
        assert counter.done == 0


def test_head_has_no_body_and_the_connection_goes_on() -> None:
    with counting() as (server, _), requests.Session() as session:
        assert session.head(server.url, timeout=10).content == b""
        assert session.get(server.url, timeout=10).json()["done"] == 2


def test_faults_are_read_from_text() -> None:
    assert faults_from("status=502:share=0.05, lost:at=12:method=PATCH,slow=0.5,revoke:times=2", ["revoke"]) == (
        Fault(kind="status", code=502, share=0.05),
        Fault(kind="lost", at=12, method="PATCH"),
        Fault(kind="slow", seconds=0.5),
        Fault(kind="revoke", times=2),
    )
    assert faults_from("late=3,doubled,echoed,reset:at=2") == (
        Fault(kind="late", seconds=3),
        Fault(kind="doubled"),
        Fault(kind="echoed"),
        Fault(kind="reset", at=2),
    )
    assert faults_from("") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("loost", "there is no fault 'loost'; known: status, refuse"),
        ("lost=3", "lost takes no value of its own"),
        ("status=abc", "status=abc"),
        ("status=200", "from 400 to 599"),
        ("lost:when=3", "unknown field `when`"),
        ("lost:at=0", "count from 1"),
        ("lost:share=2", "from 0 to 1"),
        ("slow=-1", "negative"),
        ("lost:path=(", "not a regular expression"),
    ],
)
def test_nonsense_is_named(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        faults_from(text)


def test_an_unknown_kind_is_not_armed() -> None:
    with pytest.raises(ValueError, match="no fault 'revoke'"):
        Faults().add(Fault(kind="revoke"))
