"""Who gets into the desk, and who does not (security.md 12)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from desk_client import PASSWORD, DeskClient, desk_of
from web_samples import SITE_AT

from digest import passwords
from digest.clock import ManualClock
from digest.model import Role
from digest.steps.desk import (
    Entry,
    enter,
    list_accounts,
    remove_account,
    set_password,
    what_was_done,
)
from digest.steps.desk.patience import (
    ACCOUNT,
    FORGOTTEN_AFTER,
    LONGEST_WAIT,
    NETWORK,
    wait_of,
)
from digest.store.desk import Failures
from digest.web.desk.app import AREAS
from digest.wiring import Service


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as cheaply as argon2id can: what is tried here is not how long that takes."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    passwords._nobodys.cache_clear()  # noqa: SLF001 - made with the slow one


def clock_of(service: Service) -> ManualClock:
    """Return the clock, which the test may move."""
    assert isinstance(service.clock, ManualClock)
    return service.clock


async def test_everything_but_the_door_is_closed_to_strangers(service: Service) -> None:
    """Security.md 12: no screen, and no action, answers who is not signed in."""
    desk = desk_of(service)
    stations = [item for area in AREAS for item in area.routes if not item.is_open]
    for item in stations:
        path = item.path.replace("{briefing}", "daily").replace("{number:int}", "1")
        path = path.replace("{id}", "x").replace("{path:path}", "x")
        if item.method == "GET":
            answer = await desk.get(path)
        else:
            answer = await desk.send(path, {}, {"origin": desk.origin})
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/enter"), path
    assert len(stations) > 20


async def test_signing_in_and_out(service: Service) -> None:
    desk = desk_of(service)
    assert (await desk.get("/articles?q=a")).headers["location"] == "/enter?to=/articles%3Fq%3Da"
    answer = await desk.enter()
    assert answer.headers["location"] == "/"
    assert "ines" in await desk.page("/")
    old = dict(desk.cookies)
    assert (await desk.post("/leave")).status_code == 303
    desk.cookies = old
    assert (await desk.get("/")).status_code == 303
    log = [(item["did"], item["who"]) for item in _log(service)]
    assert log[:2] == [("sign out", "ines"), ("sign in", "ines")]


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https://evil.example", "/enter", "javascript:x"]
)
async def test_signing_in_leads_nowhere_else(service: Service, to: str) -> None:
    """Security.md 11."""
    desk = desk_of(service)
    await desk.get("/enter")
    answer = await desk.post("/enter", name="ines", password=PASSWORD, to=to)
    assert answer.headers["location"] == "/"


async def test_signing_in_leads_back_to_where_one_was(service: Service) -> None:
    desk = desk_of(service)
    await desk.get("/enter")
    answer = await desk.post("/enter", name="INES ", password=PASSWORD, to="/log?who=ines")
    assert answer.headers["location"] == "/log?who=ines"


async def test_a_session_that_somebody_planted_is_not_taken_over(service: Service) -> None:
    """Security.md 12, fixation: whatever a browser brings, signing in makes a new session."""
    desk = desk_of(service)
    desk.cookies["digest-session-8026"] = "planted"
    await desk.enter()
    first = desk.cookies["digest-session-8026"]
    assert first != "planted"
    thief = DeskClient(desk.app, cookies={"digest-session-8026": "planted"})
    assert (await thief.get("/")).status_code == 303
    other = DeskClient(
        desk.app, cookies={"digest-browser-8026": desk.cookies["digest-browser-8026"]}
    )
    await other.enter()
    assert other.cookies["digest-session-8026"] != first


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8026"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
async def test_what_another_site_sends_does_nothing(
    service: Service, headers: dict[str, str]
) -> None:
    """Security.md 12, cross-site POST: even with the right token."""
    desk = desk_of(service)
    await desk.enter()
    await desk.page("/next/daily")
    answer = await desk.send(
        "/next/daily/words", {"token": desk.token, "introduction": "Pwned"}, headers
    )
    assert answer.status_code == 403
    assert "Pwned" not in await desk.page("/next/daily")


@pytest.mark.parametrize("token", ["", "0" * 64, "ä", "other"])
async def test_a_form_without_the_sessions_token_does_nothing(service: Service, token: str) -> None:
    """Security.md 12, CSRF: nor with one of another session."""
    desk = desk_of(service)
    await desk.enter()
    if token == "other":
        other = desk_of(service, tom=Role.EDITOR)
        await other.enter("tom")
        token = other.token
    sent = {"token": token, "introduction": "Pwned"}
    answer = await desk.send("/next/daily/words", sent, {"origin": desk.origin})
    assert answer.status_code == 403
    answer = await desk.send("/leave", {"token": token}, {"origin": desk.origin})
    assert answer.status_code == 403
    assert "Pwned" not in await desk.page("/next/daily")


async def test_the_door_wants_a_token_too(service: Service) -> None:
    """Nobody can be signed in to somebody else's account by another site."""
    desk = desk_of(service)
    sent = {"name": "ines", "password": PASSWORD, "token": "0" * 64}
    answer = await desk.send("/enter", sent, {"origin": desk.origin})
    assert answer.status_code == 403
    assert "digest-session-8026" not in desk.cookies


async def test_a_thousand_guesses(service: Service) -> None:
    """Security.md 12: few are looked at, whoever they come from, and the owner gets in."""
    desk = desk_of(service)
    await desk.enter()
    owner = dict(desk.cookies)
    seen = 0
    for number in range(1000):
        entry = enter(
            service.store,
            "ines",
            f"guess {number}",
            network=f"198.51.{number % 200}.0/24",
            device="",
            secrets=("a", "b"),
            now=service.clock.now(),
        )
        seen += not entry.wait
        assert entry.guest is None
    assert seen == 5
    stranger = DeskClient(desk.app, ip="203.0.113.9")
    assert (await stranger.enter()).status_code == 429
    assert "Too many tries" in (await stranger.post("/enter", name="ines", password="x")).text
    # In the browser where she was signed in before, she is not even slowed down.
    her = DeskClient(desk.app, cookies={"digest-browser-8026": owner["digest-browser-8026"]})
    assert (await her.enter()).status_code == 303
    # Elsewhere she waits, which is over however long others go on knocking.
    for _ in range(20):
        assert (await stranger.enter()).status_code == 429
    clock_of(service).advance(LONGEST_WAIT)
    assert (await stranger.enter()).status_code == 303


def test_guesses_at_the_same_time_are_counted_before_they_are_looked_at(service: Service) -> None:
    desk_of(service)

    def guess(number: int) -> bool:
        entry = enter(
            service.store,
            "ines",
            f"guess {number}",
            network="198.51.100.0/24",
            device="",
            secrets=("a", "b"),
            now=service.clock.now(),
        )
        return not entry.wait

    async def all_at_once() -> list[bool]:
        return await asyncio.gather(*(asyncio.to_thread(guess, number) for number in range(40)))

    assert sum(asyncio.run(all_at_once())) == 5


def test_old_failures_are_forgotten_and_a_changed_password_is_not_the_old_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk_of(service)
    clock = clock_of(service)

    def guess(password: str) -> Entry:
        where = {"network": "198.51.100.0/24", "device": ""}
        secrets = (f"s{clock.now()}", f"d{clock.now()}")
        return enter(service.store, "ines", password, **where, secrets=secrets, now=clock.now())

    for _ in range(5):
        guess("wrong")
    assert guess(PASSWORD).wait
    clock.advance(FORGOTTEN_AFTER)
    for _ in range(5):
        assert not guess("wrong").wait
    clock.advance(LONGEST_WAIT)

    def changing(kept: str | None, password: str) -> bool:
        assert (kept or "").startswith("$argon2id$")
        assert password == PASSWORD
        set_password(service.store, "ines", "another good password", None, now=clock.now())
        return True

    monkeypatch.setattr(passwords, "fits", changing)
    assert guess(PASSWORD).guest is None


async def test_what_is_no_page_of_the_desk_says_so(service: Service) -> None:
    desk = desk_of(service)
    await desk.enter()
    assert (await desk.get("/enter")).headers["location"] == "/"
    assert (await desk.post("/enter", name="ines", password=PASSWORD)).status_code == 403
    assert (await desk.get("/" + "x" * 3000)).status_code == 404
    assert (await desk.get("/leave")).status_code == 405
    for path in ("/nothing", "/-/nothing.js"):
        assert "Nothing here" in (await desk.get(path)).text
    style = await desk.get("/-/desk.css")
    assert style.headers["content-type"].startswith("text/css")
    desk.cookies["digest-said-8026"] = "SGFja2Vk.0000"
    assert "Hacked" not in await desk.page("/keys")


async def test_a_database_that_cannot_be_used_is_told_of(service: Service) -> None:
    """And nothing of a traceback."""
    desk = desk_of(service)
    await desk.enter()
    with service.store.write() as tx:
        tx.exec_driver_sql("ALTER TABLE article_revisions RENAME TO hidden")
    answer = await desk.get("/articles")
    assert answer.status_code == 503
    assert "the database cannot be read" in answer.text
    assert "Traceback" not in answer.text


async def test_names_that_there_are_not_are_answered_alike(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same page, the same work, the same wait: nothing tells who has an account."""
    desk = desk_of(service)
    asked: list[str | None] = []
    fits = passwords.fits

    def watched(kept: str | None, password: str) -> bool:
        asked.append(kept)
        return fits(kept, password)

    monkeypatch.setattr(passwords, "fits", watched)
    pages = {}
    for name in ("ines", "nobody"):
        stranger = DeskClient(desk.app, ip="203.0.113.9")
        answers = []
        for _ in range(7):
            answer = await stranger.enter(name, "wrong password")
            text = answer.text.replace(stranger.token, "").replace(name, "")
            answers.append((answer.status_code, text))
        pages[name] = answers
    assert pages["ines"] == pages["nobody"]
    assert len(asked) == 10
    assert asked[0]
    assert asked[5] is None
    assert not passwords.fits(None, "nobody has this one")


async def test_sessions_end(service: Service) -> None:
    """Security.md 12: when they are idle, when they are old, and when the password is another."""
    clock = clock_of(service)
    desk = desk_of(service)
    await desk.enter()
    for _ in range(6):
        clock.advance(timedelta(minutes=115))
        await desk.page("/keys")
    clock.advance(timedelta(minutes=40))
    assert (await desk.get("/")).status_code == 303
    await desk.enter()
    clock.advance(timedelta(minutes=121))
    assert (await desk.get("/")).status_code == 303
    await desk.enter()
    set_password(service.store, "ines", "another good password", None, now=clock.now())
    assert (await desk.get("/")).status_code == 303
    assert (await desk.enter()).status_code == 401


async def test_signing_out_everywhere_and_removing(service: Service) -> None:
    desk = desk_of(service)
    other = DeskClient(desk.app)
    await desk.enter()
    await other.enter()
    await desk.post("/leave", everywhere="yes")
    assert (await other.get("/")).status_code == 303
    await other.enter()
    remove_account(service.store, "Ines", now=service.clock.now())
    assert (await other.get("/")).status_code == 303
    assert list_accounts(service.store) == []


async def test_editors_do_what_editors_may(service: Service) -> None:
    desk = desk_of(service, tom=Role.EDITOR)
    await desk.enter("tom")
    for area in AREAS:
        for item in area.routes:
            if item.method == "GET" and "{" not in item.path and not item.is_open:
                wanted = item.role or area.role
                answer = await desk.get(item.path)
                forbidden = answer.status_code == 403
                assert forbidden == (wanted is Role.OPERATOR), item.path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", ""])
async def test_only_hosts_of_ours_are_answered(service: Service, host: str) -> None:
    """A page elsewhere whose name was made to lead here gets nothing (DNS rebinding)."""
    desk = desk_of(service)
    answer = await desk.get("/enter", host=host or "x")
    assert answer.status_code == 421


async def test_cookies_and_headers(service: Service) -> None:
    """Security.md 12: over https the cookies are of the kind that no other host can set."""
    config = service.config.model_copy(
        update={
            "desk": service.config.desk.model_copy(update={"url": "https://desk.example/"}),
            "web": service.config.web.model_copy(update={"trusted_proxies": ("10.0.0.1",)}),
        }
    )
    desk = desk_of(replace(service, config=config))
    desk.origin, desk.ip = "http://desk.example", "10.0.0.1"
    answer = await desk.get("/enter")
    assert answer.status_code == 403
    assert "https" in answer.text
    answer = await desk.get("/enter", **{"x-forwarded-proto": "https"})
    [cookie] = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-digest-form=")
    assert all(word in cookie for word in ("HttpOnly", "Path=/", "SameSite=lax", "Secure"))
    assert "Domain" not in cookie
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["strict-transport-security"]


def test_waits_grow_and_end() -> None:
    def wait(count: int, ago: timedelta, kind: str = ACCOUNT) -> float:
        return wait_of(kind, Failures(count, SITE_AT - ago), SITE_AT).total_seconds()

    none = timedelta()
    assert wait_of(NETWORK, Failures(), SITE_AT) == none
    assert [wait(count, none) for count in (4, 5, 6, 9, 10, 1000)] == [0, 30, 60, 480, 900, 900]
    assert wait(5, timedelta(seconds=20)) == 10
    assert wait(5, timedelta(seconds=30)) == 0
    assert wait(1000, FORGOTTEN_AFTER) == 0
    assert wait(1000, -timedelta(days=9)) == 900  # the clock was set back
    assert wait(19, none, NETWORK) == 0


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("x" * 201, "at most 200"),
        ("abababababababab", "repeats"),
        ("ines-digest-1", "little more than a name"),
    ],
)
def test_weak_passwords_are_refused(service: Service, password: str, why: str) -> None:
    with pytest.raises(Exception, match=why):
        set_password(service.store, "ines", password, None, now=SITE_AT)
    assert list_accounts(service.store) == []


def test_hashes_are_argon2id_and_passwords_are_nowhere(service: Service) -> None:
    """Security.md 12 and 13."""
    set_password(service.store, "ines", PASSWORD, Role.EDITOR, now=SITE_AT)
    [account] = list_accounts(service.store)
    assert account.password.startswith("$argon2id$")
    assert account.role is Role.EDITOR
    assert passwords.fits(account.password, PASSWORD)
    assert not passwords.fits(account.password, PASSWORD + "x" * 200)
    assert not passwords.fits("no hash", PASSWORD)
    assert service.store.path is not None
    assert PASSWORD.encode() not in service.store.path.read_bytes()


def test_names_are_plain(service: Service) -> None:
    with pytest.raises(Exception, match="no name for an account"):
        set_password(service.store, "../ines", PASSWORD, None, now=SITE_AT)


def _log(service: Service) -> list[dict[str, str]]:
    with service.store.read() as tx:
        return [{"did": item.did, "who": item.who} for item in what_was_done(tx)]
