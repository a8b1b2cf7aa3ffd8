"""Keys are rotated and removed; nothing that is out breaks unless it is said."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import KEYRING, NOW, Desk, add_readers, compose_issue

from digest import keyfile
from digest.errors import ConfigError, DigestError, NotFoundError
from digest.journal import Journal
from digest.model import IssueState, SubscriptionState
from digest.model.facts import Consented, Suppressed, short_hash
from digest.steps.keys import KeyInfo, adopt, check_addresses, list_keys, remove, rotate
from digest.steps.subscribe import erase, record_of, suppress, unsubscribe
from digest.store import issues
from digest.store.engine import Store
from digest.tokens import Keyring

NEW = b"n" * 32
LATER = NOW + timedelta(days=1)
OLD_ID = KEYRING.first_id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A key file with the tests' keyring."""
    path = tmp_path / "secret.key"
    path.write_text(keyfile.with_key("", KEYRING.first, NOW))
    path.chmod(0o600)
    return path


def keyring_in(path: Path) -> Keyring:
    return keyfile.parse(path.read_text()).keyring


def test_a_new_key_signs_and_the_old_ones_verify(sqlite_store: Store, path: Path) -> None:
    """security.md 3: key rotation."""
    new = rotate(path, NEW, LATER)
    assert keyring_in(path) == Keyring((NEW, *KEYRING.secrets))
    assert list_keys(sqlite_store, path) == (
        KeyInfo(new.id, LATER, signs=True),
        KeyInfo(OLD_ID, NOW, signs=False),
    )


def test_a_key_file_stays_its_owners_and_whole(path: Path) -> None:
    """security.md 13: no other may read it, nothing of it is left beside it."""
    rotate(path, NEW, LATER)
    assert path.stat().st_mode & 0o777 == 0o600
    assert {file.name for file in path.parent.iterdir()} == {"secret.key", "secret.key.lock"}
    assert (path.parent / "secret.key.lock").read_bytes() == b""


def test_what_is_shown_of_keys_is_no_secret(sqlite_store: Store, path: Path) -> None:
    """security.md 13."""
    rotate(path, NEW, LATER)
    shown = repr([dataclasses.asdict(key) for key in list_keys(sqlite_store, path)])
    for secret in (NEW, *KEYRING.secrets):
        assert secret.hex() not in shown
        assert repr(secret) not in shown


def test_removing_an_old_key_keeps_what_suppressions_need(sqlite_store: Store, path: Path) -> None:
    before = KEYRING.address_hash("ada@reader.example")
    rotate(path, NEW, LATER)
    assert remove(sqlite_store, path, OLD_ID).id == OLD_ID
    assert keyring_in(path).secrets == (NEW,)
    assert keyring_in(path).address_hash("ada@reader.example") == before
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_key_that_signs_cannot_be_removed(sqlite_store: Store, path: Path) -> None:
    with pytest.raises(DigestError, match="run digest keys rotate first"):
        remove(sqlite_store, path, OLD_ID)
    with pytest.raises(NotFoundError, match=f"no key 'nope'. There is: {OLD_ID}"):
        remove(sqlite_store, path, "nope")
    assert keyring_in(path) == KEYRING


@pytest.mark.parametrize("key_id", [OLD_ID, ""])
def test_a_key_of_an_issue_on_its_way_cannot_be_removed(
    sqlite_store: Store, path: Path, tmp_path: Path, key_id: str
) -> None:
    """reliability.md R6: its retries need it; so do those from before any rotation."""
    issue = compose_issue(Desk(sqlite_store, tmp_path), ["ada@reader.example"])
    with sqlite_store.write() as tx:
        tx.exec_driver_sql("UPDATE issues SET key_id = ?", (key_id,))
    rotate(path, NEW, LATER)
    assert [key.issues for key in list_keys(sqlite_store, path)] == [0, 1]
    with pytest.raises(DigestError, match="1 issues that are not finished"):
        remove(sqlite_store, path, OLD_ID)
    with sqlite_store.write() as tx:
        issues.move(tx, issue.id, IssueState.CANCELLED, if_in={IssueState.COMPOSED})
    remove(sqlite_store, path, OLD_ID)
    assert keyring_in(path).secrets == (NEW,)


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        ("hush-hush\n", 0o600, "line 1 of the key must be"),
        ("", 0o600, "there is no key in it"),
        (keyfile.with_key("", NEW, NOW), 0o644, "can be read by others"),
    ],
)
def test_a_file_that_cannot_be_used_is_left_as_it_is(
    path: Path, content: str, mode: int, reason: str
) -> None:
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=reason) as caught:
        rotate(path, NEW, LATER)
    assert "hush" not in str(caught.value)
    assert path.read_text() == content


def test_a_file_that_cannot_be_written_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("digest.steps.keys.files.write_file", full)
    with pytest.raises(DigestError, match=r"secret\.key cannot be written: No space left"):
        rotate(path, NEW, LATER)
    assert keyring_in(path) == KEYRING


def test_another_key_does_not_silently_free_the_do_not_mail_record(store: Store) -> None:
    """email.md, Consent: a suppression is kept, or somebody hears that it cannot be."""
    other = Keyring((NEW,))
    check_addresses(store, KEYRING)
    check_addresses(store, other)  # Nobody is there yet: any key will do.
    check_addresses(store, KEYRING)
    add_readers(store, ["ada@reader.example"])
    check_addresses(store, KEYRING)
    check_addresses(store, Keyring((NEW, *KEYRING.secrets)))
    check_addresses(store, Keyring((NEW,), KEYRING.addresses))
    with pytest.raises(DigestError, match="knows addresses by another secret key"):
        check_addresses(store, other)


def test_a_lost_key_can_be_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Suppressions of who is there come along; those of erased people nobody can tell."""
    monkeypatch.setattr("digest.store.enrolment._CHUNK", 2)
    names = [f"{name}@reader.example" for name in ("ada", "bob", "eve", "kim", "zoe")]
    add_readers(store, names)
    check_addresses(store, KEYRING)
    for name in names[1:3]:
        suppress(store, KEYRING, name, evidence="asked", now=NOW)
    erase(store, KEYRING, names[4], now=NOW)
    other = Keyring((NEW,))
    assert adopt(store, other) == (2, 1)
    check_addresses(store, other)
    suppressed = [
        name for name in names[:4] if record_of(store, other, name).suppression is not None
    ]
    assert suppressed == names[1:3]
    assert adopt(store, other) == (2, 1)


def test_a_backup_from_before_a_key_was_given_up_learns_who_must_not_be_mailed(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """reliability.md, restored backup: the journal knows people by their new hashes, too."""
    sqlite_store.fact_log = journal = Journal(tmp_path / "digest.journal")
    ada, bob = "ada@reader.example", "bob@reader.example"
    add_readers(sqlite_store, [ada, bob])
    suppress(sqlite_store, KEYRING, ada, evidence="asked", now=NOW)
    unsubscribe(sqlite_store, bob, None, method="x", evidence="", now=LATER)
    before = len(list(journal.facts()))
    other = Keyring((NEW,))
    adopt(sqlite_store, other)
    told = list(journal.facts())[before:]
    gone = SubscriptionState.UNSUBSCRIBED
    assert Suppressed(other.address_hash(ada), NOW, "operator", "asked") in told
    assert Consented(short_hash(other.address_hash(bob)), "daily", gone, LATER) in told
