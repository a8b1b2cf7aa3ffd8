"""Mails about subscriptions wait in the database until the relay has taken them."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import dkim as dkimpy
import pytest
from reader_samples import SETTINGS, START, Town, link_in, parsed

from digest.mail.dkim import Signer, dns_record, new_rsa_key
from digest.mail.relay import Relay
from digest.mail.sink import Sink
from digest.model import DeliveryState, NoticeKind
from digest.rendering import Renderer, bundled_templates
from digest.steps.readers import Postman, PostResult
from digest.store import alerts, notices

ADA = "ada@example.org"
ACCEPTED, DEFERRED = DeliveryState.ACCEPTED, DeliveryState.DEFERRED


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town.at(tmp_path)
    yield town
    town.service.close()


def postman(
    town: Town, port: int, *, signer: Signer | None = None, renderer: Renderer | None = None
) -> Postman:
    """Return what sends the town's mails to the server at *port*."""
    service = town.service
    relay = Relay("default", "127.0.0.1", port, tls="none", connect_timeout_seconds=5)
    return Postman(
        service.store,
        service.config,
        service.keyring,
        renderer or service.renderer,
        {"default": relay},
        town.clock,
        signers={"gazette.example": signer} if signer else {},
        jitter=lambda: 0.5,
    )


def go_round(
    town: Town, *, refuse: Mapping[str, str] | None = None, signer: Signer | None = None
) -> tuple[PostResult, list[bytes]]:
    """Let the postman go round once. Return what he did, and what arrived."""

    async def run() -> tuple[PostResult, list[bytes]]:
        async with Sink(refuse=refuse) as sink:
            result = await postman(town, sink.port, signer=signer).go_round()
            return result, [each.content for each in sink.received]

    return asyncio.run(run())


def closed_port() -> int:
    """Return a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def waiting(town: Town) -> list[tuple[NoticeKind, int, str]]:
    """Return the mails that wait."""
    with town.service.store.read() as tx:
        return notices.waiting(tx)


def test_a_mail_is_sent_once(town: Town) -> None:
    town.sign_up(ADA)
    result, arrived = go_round(town)
    assert (dict(result.asked), dict(result.counts)) == ({"mailed": 1}, {ACCEPTED: 1})
    assert [parsed(each)["To"] for each in arrived] == [ADA]
    assert go_round(town)[1] == []
    assert waiting(town) == []


def test_a_mail_that_cannot_go_now_is_tried_again_and_is_the_same(town: Town) -> None:
    town.sign_up(ADA)
    soft = {"*": "451 4.3.0 Try again later"}
    result, _ = go_round(town, refuse=soft)
    assert dict(result.counts) == {DEFERRED: 1}
    assert "451" in result.trouble
    assert go_round(town)[1] == []
    ((kind, attempts, detail),) = waiting(town)
    assert (kind, attempts) == (NoticeKind.CONFIRM, 1)
    assert "Try again later" in detail
    town.clock.advance(timedelta(minutes=10))
    before = go_round(town, refuse=soft)[1]
    town.clock.advance(timedelta(hours=2))
    (mail,) = go_round(town)[1]
    assert before == []
    assert parsed(mail)["Date"] == "Tue, 24 Nov 2026 06:00:00 +0000"
    town.client().post(link_in(parsed(mail), "confirm"))
    assert town.state(ADA) == "confirmed"


def test_a_relay_that_is_down_loses_nothing(town: Town) -> None:
    for number in range(3):
        town.sign_up(f"reader{number}@example.org")
    result = asyncio.run(postman(town, closed_port()).go_round())
    assert dict(result.counts) == {DEFERRED: 3}
    assert result.trouble
    town.clock.advance(timedelta(seconds=31))
    assert len(go_round(town)[1]) == 3


def test_a_crash_in_the_middle_repeats_a_mail_and_loses_none(town: Town) -> None:
    town.sign_up(ADA)
    town.answer()
    with town.service.store.write() as tx:
        claimed = notices.claim(tx, town.clock.now(), 10, timedelta(minutes=15))
    assert len(claimed) == 1
    assert go_round(town)[1] == []
    town.clock.advance(timedelta(minutes=16))
    assert len(go_round(town)[1]) == 1


def test_of_two_postmen_one_sends_a_mail(town: Town) -> None:
    for number in range(12):
        town.sign_up(f"reader{number}@example.org")

    async def run() -> list[str]:
        async with Sink() as sink:
            await asyncio.gather(*(postman(town, sink.port).go_round() for _ in range(2)))
            return sorted(each.recipients[0] for each in sink.received)

    assert asyncio.run(run()) == sorted(f"reader{number}@example.org" for number in range(12))


def test_a_refusal_for_good_ends_it_and_forgets_the_address(town: Town) -> None:
    town.sign_up(ADA)
    result, _ = go_round(town, refuse={ADA: f"550 5.1.1 <{ADA}> no such user"})
    assert dict(result.counts) == {DeliveryState.REFUSED: 1}
    assert waiting(town) == []
    with town.service.store.read() as tx:
        kept = notices.settled(tx)
    assert kept == [(NoticeKind.CONFIRM, DeliveryState.REFUSED, "")]


def test_a_mail_of_no_more_use_is_not_sent(town: Town) -> None:
    town.sign_up(ADA)
    (mail,) = go_round(town)[1]
    link = link_in(parsed(mail), "confirm")
    town.client().post(link)
    town.ask("preferences", email=ADA)
    town.answer()
    (used,) = [each for each in town.asked() if each.kind == "preferences"]
    with town.service.store.write() as tx:
        notices.add(
            tx,
            NoticeKind.CONFIRM,
            ADA,
            {"language": "en"},
            now=START,
            expires_at=START + timedelta(days=7),
            request_id=town.asked()[0].id,
        )
    town.clock.advance(timedelta(days=3))
    result, arrived = go_round(town)
    # The welcome and the link are too old; the link of the other was used.
    assert dict(result.counts) == {DeliveryState.EXPIRED: 2, DeliveryState.CANCELLED: 1}
    assert arrived == []
    assert used.used_at is None


def test_mails_are_signed_like_all_others(town: Town) -> None:
    """email.md L3."""
    pem = new_rsa_key()
    signer = Signer.from_pem("gazette.example", "2026a", pem)
    town.sign_up(ADA)
    (mail,) = go_round(town, signer=signer)[1]
    record = "".join(re.findall(r'"([^"]*)"', dns_record(pem))).encode()
    # dkimpy's protocol hands the name over, and how long to wait.
    assert dkimpy.verify(mail, dnsfunc=lambda name, timeout=5: record)  # noqa: ARG005 - see above


def test_a_stopped_postman_takes_nothing_more_and_loses_nothing(town: Town) -> None:
    town.sign_up(ADA)

    async def run() -> PostResult:
        async with Sink() as sink:
            stopped = postman(town, sink.port)
            stopped.stop()
            return await stopped.go_round()

    assert dict(asyncio.run(run()).counts) == {}
    assert len(go_round(town)[1]) == 1


def test_more_than_one_batch_goes_in_one_round(tmp_path: Path) -> None:
    town = Town.at(tmp_path, SETTINGS + "\n[signup]\nper_network_an_hour = 100\n")
    for number in range(45):
        town.sign_up(f"reader{number}@example.org")
    assert len(go_round(town)[1]) == 45
    town.service.close()


def test_what_somebody_has_to_mend_first_waits(town: Town, tmp_path: Path) -> None:
    """A broken template, a relay or all briefings gone from the settings."""
    town.sign_up(ADA)
    broken = tmp_path / "broken" / "email"
    broken.mkdir(parents=True)
    (broken / "notice.mjml").write_text("{{ nonsense }}")
    renderer = Renderer([broken.parent, bundled_templates()])
    result = asyncio.run(postman(town, 1, renderer=renderer).go_round())
    assert "nonsense" in result.trouble
    town.clock.advance(timedelta(minutes=1))
    without = Postman(
        town.service.store,
        town.service.config,
        town.service.keyring,
        town.service.renderer,
        {},
        town.clock,
    )
    assert "relay" in asyncio.run(without.go_round()).trouble
    town.clock.advance(timedelta(minutes=2))
    nothing = Town.at(tmp_path, SETTINGS.split("[briefings.daily]")[0])
    nothing.clock.jump(town.clock.now())
    assert "briefing" in asyncio.run(postman(nothing, 1).send_due()).trouble
    nothing.service.close()
    town.clock.advance(timedelta(minutes=10))
    assert len(go_round(town)[1]) == 1


def test_an_address_that_cannot_be_written_to_is_refused_here(town: Town) -> None:
    with town.service.store.write() as tx:
        notices.add(
            tx,
            NoticeKind.ADDRESS_CHANGED,
            "nonsense",
            {"language": "en"},
            now=START,
            expires_at=START + timedelta(days=2),
        )
    result, _ = go_round(town)
    assert dict(result.counts) == {DeliveryState.REFUSED: 1}
    assert result.trouble == ""


def test_a_welcome_without_a_subscription_has_no_list_headers(town: Town) -> None:
    with town.service.store.write() as tx:
        notices.add(
            tx,
            NoticeKind.WELCOME,
            ADA,
            {"language": "en", "briefings": ["daily", "gone"], "subscriptions": {"gone": 4}},
            now=START,
            expires_at=START + timedelta(days=2),
        )
    (mail,) = go_round(town)[1]
    assert parsed(mail)["List-Unsubscribe"] is None
    assert "unsubscribe/" not in mail.decode()


def test_old_requests_are_forgotten_now_and_then(town: Town) -> None:
    town.sign_up(ADA)

    async def run() -> None:
        async with Sink() as sink:
            carrier = postman(town, sink.port)
            await carrier.go_round()
            town.clock.advance(timedelta(days=40))
            await carrier.go_round()
            assert town.asked() == []
            await carrier.go_round()

    asyncio.run(run())


def test_mails_that_cannot_go_out_for_an_hour_raise_one_alert_until_they_can(town: Town) -> None:
    def up() -> list[str]:
        with town.service.store.read() as tx:
            return [alert.text for alert in alerts.open_alerts(tx)]

    town.sign_up(ADA)
    port = closed_port()
    asyncio.run(postman(town, port).go_round())
    assert up() == []
    town.clock.advance(timedelta(minutes=61))
    asyncio.run(postman(town, port).go_round())
    (text,) = up()
    assert text.startswith("1 mails that readers wait for")
    town.clock.advance(timedelta(minutes=61))
    asyncio.run(postman(town, port).go_round())
    assert up() == [text]
    town.clock.advance(timedelta(minutes=61))
    assert len(go_round(town)[1]) == 1
    assert up() == []
