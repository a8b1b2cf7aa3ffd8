"""A session comes about safely or not at all.

security.md 14; email.md, "Envelope and transport".
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from smtp_servers import Act, Certificates, ScriptedServer, Session, make_certificates, says

from digest.errors import RelayError, RelaySecurityError
from digest.mail.outcome import Kind, Scope, outcome_of_error
from digest.mail.relay import SessionError
from digest.mail.replies import Fault, Stage
from digest.mail.smtp import Connection, Outgoing, Relay, send_one

SECRET = "correct horse"
MESSAGE = Outgoing("us@a.test", "you@b.test", b"Subject: x\r\n\r\nHello\r\n")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(Path(tmp_path_factory.mktemp("tls")))


@pytest.fixture
def relay(certificates: Certificates) -> Relay:
    return Relay(
        "test",
        "127.0.0.1",
        0,
        username="us",
        password=SECRET,
        ca_file=certificates.ca_file,
        connect_timeout_seconds=4,
        command_timeout_seconds=4,
        data_timeout_seconds=4,
    )


async def test_starttls_and_login(relay: Relay, certificates: Certificates) -> None:
    """What was offered before TLS is forgotten (RFC 3207 section 4.2)."""
    async with ScriptedServer(tls=certificates.server, password=SECRET) as server:
        connection = await Connection.open(replace(relay, port=server.port, helo="us.test"))
        assert "STARTTLS" not in connection.offers
        await connection.close()
    assert [command.split()[0] for command in server.commands] == [
        b"EHLO",
        b"STARTTLS",
        b"EHLO",
        b"AUTH",
        b"QUIT",
    ]
    assert server.commands[0] == b"EHLO us.test"
    assert server.commands[3] == b"AUTH PLAIN " + base64.b64encode(b"\0us\0" + SECRET.encode())


async def test_tls_from_the_first_byte(relay: Relay, certificates: Certificates) -> None:
    async with ScriptedServer(tls=certificates.server, is_implicit=True, password=SECRET) as server:
        result = await send_one(replace(relay, port=server.port, tls="tls"), MESSAGE)
    assert result.accepted
    assert len(server.accepted) == 1
    assert b"STARTTLS" not in server.commands


async def test_without_a_name_of_ours_ehlo_says_our_address(relay: Relay) -> None:
    """RFC 5321 section 4.1.4: no name is looked up."""
    async with ScriptedServer() as server:
        plain = replace(relay, port=server.port, tls="none", username="", password="")
        await (await Connection.open(plain)).close()
    assert server.commands[0] == b"EHLO [127.0.0.1]"


@pytest.mark.parametrize("tls", ["starttls", "opportunistic"])
async def test_a_server_without_starttls_gets_no_byte_of_the_password(
    relay: Relay, tls: str
) -> None:
    """security.md 14: whoever strips STARTTLS learns nothing."""
    async with ScriptedServer(password=SECRET) as server:
        stripped = replace(relay, port=server.port, tls=tls)  # type: ignore[arg-type] # its words
        with pytest.raises(RelaySecurityError, match="does not offer STARTTLS"):
            await Connection.open(stripped)
        await server.all_closed.wait()
    assert [command.split()[0] for command in server.commands] == [b"EHLO"]


async def test_a_password_in_the_clear_stays_on_this_machine(relay: Relay) -> None:
    async with ScriptedServer(password=SECRET) as server:
        plain = replace(relay, port=server.port, tls="none", host="localhost")
        await (await Connection.open(plain)).close()
    assert server.commands[1].startswith(b"AUTH PLAIN ")
    with pytest.raises(RelaySecurityError):
        await Connection.open(replace(plain, host="192.0.2.1"))


async def test_a_name_that_only_looks_local_gets_no_password(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``localhost`` may lead elsewhere; what counts is who answers."""
    monkeypatch.setattr("digest.mail.session.is_loopback", lambda _address: False)
    async with ScriptedServer(password=SECRET) as server:
        plain = replace(relay, port=server.port, tls="none", host="localhost")
        with pytest.raises(RelaySecurityError, match="not sent"):
            await Connection.open(plain)
    assert len(server.commands) == 1


@pytest.mark.parametrize("is_implicit", [True, False])
async def test_a_certificate_of_unknown_origin_ends_it(
    relay: Relay,
    certificates: Certificates,
    is_implicit: bool,  # noqa: FBT001 - both ways to TLS
) -> None:
    async with ScriptedServer(
        tls=certificates.server, is_implicit=is_implicit, password=SECRET
    ) as server:
        unknown = replace(
            relay, port=server.port, ca_file=None, tls="tls" if is_implicit else "starttls"
        )
        with pytest.raises(RelaySecurityError, match=r"certificate.*ca_file"):
            await Connection.open(unknown)
    assert not [command for command in server.commands if command.startswith(b"AUTH")]


async def test_a_certificate_for_another_name_ends_it(
    relay: Relay, certificates: Certificates
) -> None:
    async with ScriptedServer(tls=certificates.other, password=SECRET) as server:
        with pytest.raises(RelaySecurityError, match="certificate"):
            await Connection.open(replace(relay, port=server.port))
    assert not [command for command in server.commands if command.startswith(b"AUTH")]


async def test_unchecked_tls_is_to_be_had_without_a_password(
    relay: Relay, certificates: Certificates
) -> None:
    async with ScriptedServer(tls=certificates.server) as server:
        for tls, verify in (("opportunistic", True), ("starttls", False)):
            trusting = replace(
                relay,
                port=server.port,
                tls=tls,  # type: ignore[arg-type] # one of its words
                verify=verify,
                ca_file=None,
                username="",
                password="",
            )
            assert (await send_one(trusting, MESSAGE)).accepted
    assert all(session.is_encrypted for session in server.sessions)


async def test_opportunistic_without_an_offer_goes_in_the_clear(relay: Relay) -> None:
    async with ScriptedServer() as server:
        plain = replace(relay, port=server.port, tls="opportunistic", username="", password="")
        assert (await send_one(plain, MESSAGE)).accepted


@pytest.mark.parametrize("more", ["250-evil.test\r\n250 AUTH PLAIN\r\n", "250-evil"])
async def test_plain_text_slipped_in_before_tls_ends_it(
    relay: Relay, certificates: Certificates, more: str
) -> None:
    """RFC 3207 section 6: it would be taken for the relay's own words over TLS."""

    async def injects(session: Session, normal: bytes) -> None:
        await session.say(normal + more.encode())

    script: dict[str, list[Act | None]] = {"STARTTLS": [injects]}
    async with ScriptedServer(script, tls=certificates.server, password=SECRET) as server:
        with pytest.raises(SessionError) as caught:
            await Connection.open(replace(relay, port=server.port))
    assert caught.value.result.stage is Stage.STARTTLS
    assert caught.value.result.cause is not None
    assert caught.value.result.cause.fault is Fault.SURPLUS
    assert len(server.commands) == 2


async def test_a_rejected_password_is_tried_once(
    relay: Relay, certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    """Trying it with every mechanism locks accounts. It is our fault, and in no text."""
    caplog.set_level(logging.DEBUG)
    script = {"AUTH": [says("535 5.7.8 Bad credentials")]}
    async with ScriptedServer(script, tls=certificates.server, password=SECRET) as server:
        with pytest.raises(SessionError) as caught:
            await Connection.open(replace(relay, port=server.port))
    outcome = outcome_of_error(caught.value)
    assert (outcome.kind, outcome.scope) == (Kind.OUR_FAULT, Scope.RELAY)
    assert len([c for c in server.commands if c.startswith(b"AUTH")]) == 1
    token = base64.b64encode(b"\0us\0" + SECRET.encode()).decode()
    for text in (str(caught.value), outcome.reason, caplog.text):
        assert SECRET not in text
        assert token not in text


async def asks_for_name_and_password(session: Session, _normal: bytes) -> None:
    """AUTH LOGIN."""
    await session.say(b"334 VXNlcm5hbWU6\r\n")
    session.commands.append(await session.reader.readline())
    await session.say(b"334 UGFzc3dvcmQ6\r\n")
    session.commands.append(await session.reader.readline())
    await session.say(b"235 2.7.0 Welcome\r\n")


async def challenges(session: Session, _normal: bytes) -> None:
    """AUTH CRAM-MD5."""
    await session.say(b"334 " + base64.b64encode(b"<1.2@test>") + b"\r\n")
    session.commands.append(await session.reader.readline())
    await session.say(b"235 2.7.0 Welcome\r\n")


async def test_login_is_used_where_plain_is_not_offered(
    relay: Relay, certificates: Certificates
) -> None:
    script = {"AUTH": [asks_for_name_and_password]}
    offers = ("PIPELINING", "AUTH=LOGIN")
    async with ScriptedServer(script, tls=certificates.server, offers=offers) as server:
        await (await Connection.open(replace(relay, port=server.port))).close()
    name, password = (base64.b64decode(command) for command in server.commands[4:6])
    assert (name, password) == (b"us", SECRET.encode())


async def test_cram_md5_answers_the_challenge(relay: Relay, certificates: Certificates) -> None:
    """RFC 2195; the next mechanism is tried only where one is not available."""
    script = {"AUTH": [says("504 5.5.4 Not here"), challenges]}
    offers = ("AUTH PLAIN CRAM-MD5",)
    async with ScriptedServer(script, tls=certificates.server, offers=offers) as server:
        await (await Connection.open(replace(relay, port=server.port))).close()
    digest = hmac.new(SECRET.encode(), b"<1.2@test>", "md5").hexdigest()
    assert base64.b64decode(server.commands[5]) == f"us {digest}".encode()


@pytest.mark.parametrize(
    ("reply", "stage"), [("334 not-base64!", Stage.AUTH), ("334 \u00fc", Stage.AUTH)]
)
async def test_a_challenge_that_is_none_ends_it(
    relay: Relay, certificates: Certificates, reply: str, stage: Stage
) -> None:
    script = {"AUTH": [says(reply)]}
    async with ScriptedServer(script, tls=certificates.server, offers=("AUTH CRAM-MD5",)) as server:
        with pytest.raises(SessionError, match="Base64") as caught:
            await Connection.open(replace(relay, port=server.port))
    assert caught.value.result.stage is stage


@pytest.mark.parametrize("mechanism", ["LOGIN", "CRAM-MD5"])
async def test_a_mechanism_that_is_refused_at_once_sends_nothing_more(
    relay: Relay, certificates: Certificates, mechanism: str
) -> None:
    script = {"AUTH": [says("535 5.7.8 No")]}
    async with ScriptedServer(
        script, tls=certificates.server, offers=(f"AUTH {mechanism}",)
    ) as server:
        with pytest.raises(SessionError, match="535"):
            await Connection.open(replace(relay, port=server.port))
    assert server.commands[-1] == f"AUTH {mechanism}".encode()


async def test_a_relay_that_takes_none_of_the_mechanisms_it_offers_is_our_fault(
    relay: Relay, certificates: Certificates
) -> None:
    script = {"AUTH": [says("504 5.5.4 Not here"), says("534 5.7.9 Too weak")]}
    offers = ("AUTH PLAIN LOGIN",)
    async with ScriptedServer(script, tls=certificates.server, offers=offers) as server:
        with pytest.raises(SessionError, match="534") as caught:
            await Connection.open(replace(relay, port=server.port))
    assert outcome_of_error(caught.value).kind is Kind.OUR_FAULT
    assert server.commands[-2:] == [
        b"AUTH PLAIN " + base64.b64encode(b"\0us\0" + SECRET.encode()),
        b"AUTH LOGIN",
    ]


async def test_a_relay_without_a_login_we_know_is_named(
    relay: Relay, certificates: Certificates
) -> None:
    async with ScriptedServer(tls=certificates.server, offers=("AUTH GSSAPI",)) as server:
        with pytest.raises(RelayError, match="GSSAPI"):
            await Connection.open(replace(relay, port=server.port))


async def test_helo_does_for_servers_without_ehlo(relay: Relay) -> None:
    """Only where nothing is needed that comes with EHLO."""
    script = {"EHLO": [says("502 What?")]}
    async with ScriptedServer(script) as server:
        plain = replace(relay, port=server.port, tls="opportunistic", username="", password="")
        assert (await send_one(plain, MESSAGE)).accepted
    assert server.commands[1].startswith(b"HELO ")
    assert server.commands[2] == b"MAIL FROM:<us@a.test>"


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".test", "nowhere.invalid"])
async def test_a_host_that_is_none_is_an_unreachable_relay(relay: Relay, host: str) -> None:
    with pytest.raises(SessionError) as caught:
        await Connection.open(replace(relay, host=host, port=9))
    assert caught.value.result.stage is Stage.CONNECT


async def test_a_ca_file_that_is_none_is_named(relay: Relay, certificates: Certificates) -> None:
    async with ScriptedServer(tls=certificates.server, password=SECRET) as server:
        broken = replace(relay, port=server.port, ca_file=__file__)
        with pytest.raises(RelayError, match="ca_file"):
            await Connection.open(broken)


async def test_a_reply_that_greets_wrongly_is_garbage(relay: Relay) -> None:
    async with ScriptedServer({"greeting": [says("250 Hello")]}) as server:
        with pytest.raises(SessionError, match="no answer to this") as caught:
            await Connection.open(replace(relay, port=server.port))
    assert caught.value.result.stage is Stage.GREETING


async def test_a_port_that_speaks_no_tls_is_an_unusable_relay(relay: Relay) -> None:
    async with ScriptedServer() as server:
        with pytest.raises(SessionError) as caught:
            await Connection.open(replace(relay, port=server.port, tls="tls"))
    assert caught.value.result.stage in {Stage.TLS, Stage.CONNECT}


async def test_opening_can_be_cancelled(relay: Relay) -> None:
    asked = asyncio.Event()

    async def never(_session: Session, _normal: bytes) -> None:
        asked.set()
        await asyncio.sleep(3)

    async with ScriptedServer({"EHLO": [never]}) as server:
        opening = asyncio.create_task(Connection.open(replace(relay, port=server.port)))
        await asked.wait()
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
