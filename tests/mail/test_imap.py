"""A mailbox: what was dealt with is moved and never deleted; what was not stays."""

from __future__ import annotations

import threading
from typing import Literal

import pytest
from imap_server import ImapServer

from digest.mail.imap import Account, Mailbox, MailboxError
from digest.mail.reports import Arrival

MAILS = [b"Subject: one\r\n\r\n1\r\n", b"Subject: two\r\n\r\n2\r\n"]
RUN = threading.Event()
"""Never set."""


def account(server: ImapServer, folder: str = "Digest") -> Account:
    return Account("127.0.0.1", server.port, "news", "sekrit", "none", processed_folder=folder)


def test_mail_is_moved_once_it_was_dealt_with() -> None:
    taken: list[Arrival] = []

    def take(arrival: Arrival) -> bool:
        assert len(server.moved) == len(taken)
        taken.append(arrival)
        return True

    with ImapServer(MAILS) as server, Mailbox(account(server)) as mailbox:
        assert mailbox.read(take, RUN) == 2
        assert mailbox.read(take, RUN) == 0
    assert [arrival.data for arrival in taken] == MAILS
    assert {arrival.source for arrival in taken} == {"imap"}
    assert (server.inbox, len(server.moved)) == ({}, 2)
    assert 'CREATE "Digest"' in server.commands


def test_mail_that_cannot_be_dealt_with_stays_and_holds_no_other() -> None:
    with ImapServer(MAILS) as server, Mailbox(account(server)) as mailbox:
        assert mailbox.read(lambda arrival: b"one" not in arrival.data, RUN) == 1
        assert mailbox.read(lambda _: True, RUN) == 0
        assert list(server.inbox.values()) == MAILS[:1]


def test_a_database_that_fails_leaves_all_where_it_is() -> None:
    def fail(_: Arrival) -> bool:
        raise MailboxError("full")

    with (
        ImapServer(MAILS) as server,
        Mailbox(account(server)) as mailbox,
        pytest.raises(MailboxError, match="full"),
    ):
        mailbox.read(fail, RUN)
    assert len(server.inbox) == 2


@pytest.mark.parametrize("more", ["UIDPLUS", ""])
def test_servers_without_move_copy_and_mark(more: str) -> None:
    with ImapServer(MAILS[:1], f"IMAP4rev1 {more}") as server:
        with Mailbox(account(server)) as mailbox:
            assert mailbox.read(lambda _: True, RUN) == 1
            assert mailbox.read(lambda _: True, RUN) == 0
            mailbox.wait(0.01, RUN)
        assert list(server.moved.values()) == MAILS[:1]
        assert bool(server.inbox) is not bool(more)
        assert server.deleted == {1}


def test_a_connection_that_breaks_before_the_answer_is_told() -> None:
    with ImapServer(MAILS) as server:
        server.break_after = "UID MOVE"
        with Mailbox(account(server)) as mailbox, pytest.raises(MailboxError, match="cannot be"):
            mailbox.read(lambda _: True, RUN)
        assert len(server.moved) == 1


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "CAPABILITY"])
def test_a_refusal_at_the_start_is_told(command: str) -> None:
    with ImapServer(MAILS) as server:
        server.refuse = command
        with pytest.raises(MailboxError), Mailbox(account(server)):
            pass


@pytest.mark.parametrize("command", ["UID SEARCH", "UID MOVE", "UID FETCH"])
def test_a_refusal_later_on_is_told(command: str) -> None:
    with ImapServer(MAILS) as server, Mailbox(account(server)) as mailbox:
        server.refuse = command
        with pytest.raises(MailboxError, match="not today"):
            mailbox.read(lambda _: True, RUN)
        assert len(server.inbox) == 2


def test_new_mail_ends_the_wait() -> None:
    with ImapServer([]) as server, Mailbox(account(server)) as mailbox:
        waiting = threading.Thread(target=mailbox.wait, args=(9.0, RUN))
        waiting.start()
        assert server.idling.wait(5)
        server.arrive(MAILS[0])
        waiting.join(5)
        assert not waiting.is_alive()
        assert mailbox.read(lambda _: True, RUN) == 1


def test_the_end_of_the_process_waits_for_one_mail_only() -> None:
    stop = threading.Event()

    def take(_: Arrival) -> bool:
        stop.set()
        return True

    with ImapServer(MAILS) as server, Mailbox(account(server)) as mailbox:
        assert mailbox.read(take, stop) == 1
        assert list(server.inbox.values()) == MAILS[1:]


def test_mail_that_somebody_else_took_meanwhile_is_passed_over() -> None:
    def take(_: Arrival) -> bool:
        server.inbox.pop(2)
        return True

    with ImapServer(MAILS) as server, Mailbox(account(server)) as mailbox:
        assert mailbox.read(take, RUN) == 1
        assert server.inbox == {}


def test_a_wait_ends_without_new_mail_whatever_the_server_says() -> None:
    with ImapServer([]) as server, Mailbox(account(server)) as mailbox:
        server.idle_seconds = 1.2
        server.idle_words = b"* OK still here\r\n"
        mailbox.wait(1.0, RUN)
        server.idle_seconds = 0
        mailbox.wait(0.0, RUN)
        assert mailbox.read(lambda _: True, RUN) == 0


@pytest.mark.parametrize("at", ["IDLE", "DONE"])
def test_a_server_that_hangs_up_while_it_is_waited_for_is_told(at: str) -> None:
    with ImapServer([]) as server, Mailbox(account(server)) as mailbox:
        server.hang_up_at, server.idle_seconds = at, 0
        with pytest.raises(MailboxError):
            mailbox.wait(5.0, RUN)


def test_a_server_that_takes_its_offer_back_is_told() -> None:
    with ImapServer([]) as server, Mailbox(account(server)) as mailbox:
        server.refuse = "IDLE"
        with pytest.raises(MailboxError, match="offers IDLE and refuses it"):
            mailbox.wait(5.0, RUN)


def test_a_connection_that_breaks_while_nothing_is_to_do_is_told() -> None:
    with ImapServer([], "IMAP4rev1") as server, Mailbox(account(server)) as mailbox:
        server.break_after = "NOOP"
        with pytest.raises(MailboxError, match="broke"):
            mailbox.wait(0.01, RUN)


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_security_14_no_password_without_tls(tls: Literal["tls", "starttls"]) -> None:
    with ImapServer(MAILS) as server:
        wanted = Account("127.0.0.1", server.port, "news", "sekrit", tls)
        with pytest.raises(MailboxError), Mailbox(wanted):
            pass
        assert not any("sekrit" in command for command in server.commands)


def test_nobody_there_is_told() -> None:
    with ImapServer([]) as server:
        gone = account(server)
    with pytest.raises(MailboxError, match="cannot be used"), Mailbox(gone):
        pass


def test_folders_of_other_scripts_have_their_names() -> None:
    with ImapServer([]) as server, Mailbox(account(server, 'Büro & "Post"')):
        pass
    assert r'CREATE "B&APw-ro &- \"Post\""' in server.commands
