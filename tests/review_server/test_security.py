"""What must not be answered is refused, in one line of JSON, with the same headers as all else."""

import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from audioset import review
from audioset.workspace import Workspace
from tests.review_server.asking import OURS, Answer, Asker, asker_of, decide
from tests.workspaces import make_workspace

SECRET = "this lies beside the workspace"
SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}
CHANGES = ("decisions", "undo", "bulk", "edges", "clips", "split", "merge", "rows")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("review")
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    (folder / "secret.flac").write_text(SECRET, encoding="utf-8")
    return make_workspace(folder / "scots", sources=1, clips_per_source=3)


@pytest.fixture(scope="module")
def ask(ws: Workspace) -> Iterator[Asker]:
    with ws.review(open=False, by="mairi") as served:
        yield asker_of(served)


def assert_guarded(answer: Answer) -> None:
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert set(answer.headers["content-security-policy"].split("; ")) == POLICY
    assert "cache-control" in answer.headers
    assert "server" not in answer.headers
    assert not any(name.startswith("access-control-") for name in answer.headers)


def assert_refused(answer: Answer, *statuses: int) -> None:
    assert answer.status in statuses
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.error.splitlines()) == 1
    assert_guarded(answer)
    assert SECRET.encode() not in answer.body


def num_decisions(ws: Workspace) -> int:
    return ws.working.catalog.last_row_id()


PAGE = Path(review.__file__).with_name("static")
PLANTED = ("kirkwall", "ishbel", "peedie", "selkie")  # words of the workspace; the page has none


@pytest.mark.parametrize(
    "path", ["/api/session", "/api/queue", "/audio/0", "/source/0/peaks", "/nothing", "//", "/x/"]
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic bWFpcmk6eA=="},
        {"Cookie": "audioset-review-1=x"},
        {"Cookie": "audioset-review=x; =; ;;"},
    ],
)
def test_nothing_else_is_answered_without_the_token(
    ask: Asker, path: str, headers: dict[str, str]
) -> None:
    assert_refused(ask.ask("GET", path, headers=headers), 401)
    assert_refused(ask.ask("POST", path, b"{}", {**OURS, **headers}), 401)


def test_without_the_token_the_page_is_given_in_which_nothing_of_anybody_stands(
    tmp_path: Path,
) -> None:
    ws = make_workspace(tmp_path / "w", name="kirkwall", sources=1, clips_per_source=2)
    files = {path.relative_to(PAGE).as_posix(): path.read_bytes() for path in PAGE.rglob("*.*")}
    with ws.review(open=False, by="ishbel") as served:
        ask = asker_of(served)
        clip_id = ask.get("/api/queue").json["columns"]["clip_id"][0]
        said = {"speaker": "ishbel", "text": "a peedie boat", "note": "selkie", "tag:selkie": True}
        for field, value in said.items():
            body = decide(clip_id, field, value, op_id=f"planted-{field}")
            assert ask.post("/api/decisions", body).status == 200
        # They are there for whoever has the token, so that the search below can find them.
        told = b"".join(ask.get(path).body for path in ("/api/session", "/api/queue"))
        told += ask.get(f"/api/clips/{clip_id}").body
        assert all(word.encode() in told for word in PLANTED)
        given, ahead = {}, ["/"]
        while ahead:
            path = ahead.pop()
            answer = ask.ask("GET", path)
            assert_guarded(answer)
            given[path] = answer
            ahead += [found for found in _addresses_in(path, answer.body) if found not in given]
        assert ask.ask("HEAD", "/").status == 200
    assert {path for path, answer in given.items() if answer.status == 200} == {
        "/",
        *(f"/static/{name}" for name in files if name != "index.html"),
    }
    for path, answer in given.items():
        if answer.status != 200:
            assert_refused(answer, 401)
            continue
        assert answer.body == files[path.removeprefix("/static/").lstrip("/") or "index.html"]
        whole = f"{answer.headers} {answer.body.decode()}".lower()
        assert not [word for word in (*PLANTED, clip_id, ask.token) if word in whole]
        assert "set-cookie" not in answer.headers


def _addresses_in(path: str, body: bytes) -> set[str]:
    """Find what a file of the page names: as a link, an import, or an address to ask."""
    named = re.findall(r"""["'`](\.{0,2}/[\w./-]+)["'`?$]""", body.decode())
    return {posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in named}


def test_a_wrong_token_in_the_address_gets_no_cookie(ask: Asker) -> None:
    for word in ("wrong", "", ask.token[:-1], f"{ask.token}x", "%00", "é", "\u0100"):
        answer = ask.ask("GET", f"/?token={quote(word)}")
        assert answer.body == (PAGE / "index.html").read_bytes()
        assert "set-cookie" not in answer.headers
        assert_refused(ask.ask("GET", f"/api/session?token={quote(word)}"), 401)
    assert_refused(ask.ask("GET", f"/api/session?token={ask.token}"), 401)


def test_the_token_is_in_no_answer(ask: Asker) -> None:
    opened = ask.ask("GET", f"/?token={ask.token}")
    assert_guarded(opened)
    for answer in (opened, ask.get("/"), ask.get("/api/session"), ask.get("/api/nothing")):
        assert ask.token.encode() not in answer.body
        assert ask.token not in " ".join(answer.headers.values())


@pytest.mark.parametrize("host", ["evil.example", "localhost:1", "127.0.0.1", "127.0.0.1.nip.io"])
def test_names_that_only_point_here_are_refused(ask: Asker, host: str) -> None:
    named = host if ":" in host or host == "127.0.0.1" else f"{host}:{ask.port}"
    assert_refused(ask.get("/api/session", Host=named), 421)
    assert_refused(ask.post("/api/rows", {"clip_ids": []}, Host=named), 421)
    assert ask.get("/api/session", Host=f"localhost:{ask.port}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_pages_of_other_sites_read_and_change_nothing(
    ask: Asker, ws: Workspace, headers: dict[str, str]
) -> None:
    clip_id = ask.get("/api/queue").json["columns"]["clip_id"][0]
    before = num_decisions(ws)
    body = decide(clip_id, "accepted", True, op_id="evil")
    assert_refused(ask.post("/api/decisions", body, **headers), 403)
    assert_refused(ask.get("/api/session", **headers), 403)
    assert num_decisions(ws) == before


@pytest.mark.parametrize("path", [f"/api/{name}" for name in CHANGES])
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "text/plain", "X-Audioset-Review": "1"},
        {"Content-Type": "application/x-www-form-urlencoded", "X-Audioset-Review": "1"},
        {"X-Audioset-Review": "1"},
    ],
)
def test_what_a_form_can_send_changes_nothing(
    ask: Asker, path: str, headers: dict[str, str]
) -> None:
    assert_refused(ask.ask("POST", path, b"{}", {**ask.bearer, **headers}), 403)


TRAVERSALS = (
    "../secret",
    "..%2fsecret.txt",
    "..%252fsecret.txt",
    "%2e%2e/secret.txt",
    "%2e%2e%2f%2e%2e%2fsecret.txt",
    "..\\secret.txt",
    "..%5csecret.txt",
    "....//secret.txt",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "secret.txt%00.flac",
    "..%c0%afsecret.txt",
    "~root",
    "*",
    "a" * 5000,
)


@pytest.mark.parametrize("name", TRAVERSALS)
@pytest.mark.parametrize(
    "place",
    [
        "/static/{}",
        "/static/clip/{}",
        "/audio/{}",
        "/api/clips/{}",
        "/api/sources/{}",
        "/source/{}/peaks",
        "/source/{}/sound?start=0&end=10",
        "/{}",
        "//{}",
    ],
)
def test_no_path_leads_out_of_what_is_reviewed(ask: Asker, place: str, name: str) -> None:
    assert_refused(ask.get(place.format(name)), 404)


def test_no_folder_of_the_page_is_listed(ask: Asker) -> None:
    for path in ("/static/", "/static/clip", "/static/clip/", "/static/clip/."):
        assert_refused(ask.get(path), 404)


def test_no_parameter_leads_out_of_what_is_reviewed(ask: Asker) -> None:
    for name in ("source_id", "speaker", "tag", "flag"):
        answer = ask.get(f"/api/queue?{name}=..%2f..%2fsecret.txt")
        assert (answer.status, answer.json["total"]) == (200, 0)
    reading = ("read_text('/etc/passwd') = 'x'", "clip_id in (select 1)", "1=1; drop table clips")
    for where in (*reading, "(" * 5000, "1=1 -- \n) or (1=1", "\0", "x" * 20000):
        assert_refused(ask.get(f"/api/queue?where={quote(where)}"), 400)
    assert_refused(ask.get("/api/queue?order=..%2f"), 400)
    assert_refused(ask.get("/api/queue?state=x"), 400)
    assert_refused(ask.get("/api/changes?since=-1"), 400)
    assert_refused(ask.get("/api/changes"), 400)


@pytest.mark.parametrize("path", [f"/api/{name}" for name in CHANGES])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"NaN",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"op_id": 1, "changes": 2, "clip_ids": "x", "undoes": [], "field": {}, "clip_id": 1}',
        b'{"op_id": "x", "changes": [[]], "clip_ids": [1], "field": "", "start_sample": "x"}',
        b'{"op_id": "x", "changes": [{"subject_kind": "clip", "value": {"a": 1}}]}',
        b'{"op_id": "x", "clip_id": "../..", "at_sample": 1, "start_sample": 1e99, "undoes": ""}',
    ],
    ids=range(13),
)
def test_a_malformed_body_is_told_and_changes_nothing(
    ask: Asker, ws: Workspace, path: str, body: bytes
) -> None:
    before = num_decisions(ws)
    assert_refused(ask.post(path, body), 400, 404)
    assert num_decisions(ws) == before


def test_a_huge_body_is_refused_whatever_it_announces(ask: Asker) -> None:
    assert_refused(ask.post("/api/decisions", b" " * 1_000_001), 413)
    host = f"Host: {ask.host}:{ask.port}\r\nAuthorization: Bearer {ask.token}\r\n"
    ours = f"{host}Content-Type: application/json\r\nX-Audioset-Review: 1\r\n"
    head = f"POST /api/decisions HTTP/1.1\r\n{ours}"
    announced = ask.send(f"{head}Content-Length: 99999999999999999999\r\n\r\n".encode())
    assert announced.startswith((b"HTTP/1.1 413", b"HTTP/1.1 400"))
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    chunked = ask.send(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 20)
    assert chunked.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"])
def test_other_methods_are_no_way_in(ask: Asker, method: str) -> None:
    for path in ("/", "/api/session", "/api/decisions", "/audio/0", "/static/app.js"):
        answer = ask.ask(method, path, b"{}", {**ask.bearer, **OURS})
        assert_refused(answer, 405, 404)


def test_what_is_no_http_is_answered_with_the_same_headers(ask: Asker) -> None:
    host = f"Host: {ask.host}:{ask.port}\r\n"
    for data in (
        b"nonsense\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\n\r\n",
        f"GET / HTTP/1.1\r\n{host}{host}\r\n".encode(),
        f"GET /api HTTP/1.1\r\n{host}X: {'y' * 100_000}\r\n\r\n".encode(),
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
    ):
        head = ask.send(data).partition(b"\r\n\r\n")[0].decode("latin-1")
        assert head.split()[1] in ("400", "421", "401"), head
        told = {
            name.lower(): value
            for name, value in (line.split(": ", 1) for line in head.splitlines()[1:])
        }
        assert_guarded(Answer(400, told, b""))


def test_no_header_can_be_made_of_a_request(ask: Asker) -> None:
    for path in ("/%0d%0aX-Evil:%201", "/static/%0d%0aX-Evil:%201", "/audio/%0aX-Evil:1"):
        assert "x-evil" not in ask.get(path).headers
    row = ask.get("/api/queue").json["first"][0]
    for part in ("bytes=0-1\tX", "bytes=a-b", "bytes=5-1", "bytes=0-0,2-3", "x" * 1000):
        answer = ask.get(f"/audio/{row['audio_sha256']}", Range=part)
        assert answer.status in (200, 416)


def test_script_in_texts_names_and_tags_comes_back_as_data(ask: Asker) -> None:
    clip_id = ask.get("/api/queue").json["columns"]["clip_id"][1]
    for number, field in enumerate(("text", "speaker", "accent", "room", "licence")):
        body = decide(clip_id, field, SCRIPT, op_id=f"script-{number}")
        answer = ask.post("/api/decisions", body)
        assert answer.status == 200
    told = ask.get(f"/api/clips/{clip_id}")
    assert told.headers["content-type"] == "application/json"
    assert_guarded(told)
    assert (told.json["text"], told.json["speaker"]) == (SCRIPT, SCRIPT)
    assert told.json["facts"]["room"] == SCRIPT
    queue = ask.get(f"/api/queue?speaker={quote(SCRIPT)}")
    assert (queue.headers["content-type"], queue.json["total"]) == ("application/json", 1)
    kept = ask.post("/api/filters", {"filters": [{"name": SCRIPT}]}, method="PUT")
    assert kept.headers["content-type"] == "application/json"
    error = ask.get(f"/api/clips/{quote(SCRIPT, safe='')}")
    assert_refused(error, 404)
    assert json.loads(error.body)["kind"] == "not_found"


def test_every_kind_of_answer_has_the_headers(ask: Asker) -> None:
    row = ask.get("/api/queue").json["first"][0]
    answers = [
        ask.get("/"),
        ask.get("/static/app.js"),
        ask.get("/static/style/page.css"),
        ask.get(f"/audio/{row['audio_sha256']}"),
        ask.get(f"/audio/{row['audio_sha256']}", Range="bytes=0-1"),
        ask.get(f"/audio/{row['audio_sha256']}", Range="bytes=99999999-"),
        ask.get("/", **{"If-None-Match": ask.get("/").headers["etag"]}),
        ask.ask("HEAD", "/", headers=ask.bearer),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 206, 416, 304, 200]
    for answer in answers:
        assert_guarded(answer)
    kinds = [answer.headers["content-type"].partition(";")[0] for answer in answers[:4]]
    assert kinds == ["text/html", "text/javascript", "text/css", "audio/flac"]
