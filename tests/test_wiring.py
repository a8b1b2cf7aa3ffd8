"""From the settings to working parts: keys, paths, relays, and what is said when they fail."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fakes import NOW, add_readers, make_config

from digest import files
from digest.clock import ManualClock, SystemClock
from digest.config import load
from digest.credentials import check_secrets
from digest.errors import ConfigError, StoreError
from digest.mail.dkim_keys import new_ed25519_key, new_rsa_key
from digest.tokens import KEY_BYTES, Keyring, Purpose, check, make
from digest.wiring import Service, bundled, open_service, plug_in, read_config

CONFIG = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"

[relays.default]
host = "127.0.0.1"
tls = "none"
"""


def write_config(root: Path, more: str = "") -> Path:
    path = root / "config.toml"
    path.write_text(CONFIG + more)
    return path


def opened(root: Path, more: str = "", **environment: str) -> Service:
    """A service that is closed already: what it was made of stays to be looked at."""
    service = open_service(write_config(root, more), environment)
    service.close()
    return service


# The secret key.


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    """security.md 13: tokens in mails that are out work after a restart."""
    first = opened(tmp_path)
    path = tmp_path / "state" / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    second = opened(tmp_path)
    assert path.read_bytes() == before
    token = make(first.keyring, Purpose.UNSUBSCRIBE, 1)
    assert check(second.keyring, Purpose.UNSUBSCRIBE, token, NOW) is not None
    assert second.keyring == first.keyring
    assert len(first.keyring.first) == KEY_BYTES


def test_two_publications_have_two_keys(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert opened(tmp_path / "a").keyring != opened(tmp_path / "b").keyring


def test_many_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    path = write_config(tmp_path)

    def start(_: int) -> Keyring:
        service = open_service(path, {})
        service.close()
        return service.keyring

    with ThreadPoolExecutor(4) as pool:
        keyrings = list(pool.map(start, range(4)))
    assert keyrings == [keyrings[0]] * 4


def test_who_was_slower_takes_the_key_of_who_was_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, write_private = Keyring((b"k" * KEY_BYTES,)), files.write_private

    def after_the_rival(path: Path, data: bytes) -> None:
        write_private(path, f"{theirs.first.hex()}\n".encode())
        write_private(path, data)

    monkeypatch.setattr("digest.wiring.files.write_private", after_the_rival)
    assert opened(tmp_path).keyring == theirs


def test_a_key_of_the_environment_wins_and_no_file_is_made(tmp_path: Path) -> None:
    service = opened(tmp_path, DIGEST_SECRETS__KEY="ab" * 32)
    assert service.keyring == Keyring((b"\xab" * 32,))
    assert not (tmp_path / "state" / "secret.key").exists()


def test_a_bad_key_of_the_environment_is_named_and_never_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DIGEST_SECRETS__KEY") as caught:
        opened(tmp_path, DIGEST_SECRETS__KEY="hush-hush")
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (b"hush-hush\n", 0o600, "line 1 of the key must be 64 or more hexadecimal digits"),
        (b"", 0o600, "there is no key in it"),
        (b"\xff\xfe", 0o600, "line 1 of the key"),
        (b"ab" * 32, 0o644, "can be read by others than its owner"),
    ],
)
def test_a_key_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes, mode: int, reason: str
) -> None:
    path = tmp_path / "state" / "secret.key"
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=reason) as caught:
        opened(tmp_path)
    assert caught.value.problems[0].where == str(path)
    assert "hush-hush" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_folder_in_place_of_the_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "state" / "secret.key").mkdir(parents=True)
    with pytest.raises(ConfigError, match="the secret cannot be read: Is a directory"):
        opened(tmp_path)


@pytest.mark.parametrize("name", ["file/secret.key", "x" * 300])
def test_a_key_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"the secret (key )?cannot be (written|read)"):
        opened(tmp_path, f'[secrets]\nkey_file = "{name}"\n')


# Paths.


def test_relative_paths_are_relative_to_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, elsewhere = tmp_path / "publication", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    service = opened(root, '[sources.wire]\npath = "in/wire"\n')
    assert service.root == root
    assert service.source_folder("wire") == root / "in" / "wire"
    assert service.store.path == root / "state" / "digest.sqlite3"
    assert service.lock_path == root / "state" / "digest.lock"
    assert list(elsewhere.iterdir()) == []
    monkeypatch.chdir(root)
    relative = open_service(Path("config.toml"), {})
    relative.close()
    assert relative.keyring == service.keyring


def test_absolute_paths_stay(tmp_path: Path) -> None:
    place = tmp_path / "elsewhere" / "x.sqlite3"
    (tmp_path / "root").mkdir()
    service = opened(tmp_path / "root", f'[database]\nurl = "sqlite:///{place}"\n')
    assert service.store.path == place
    assert service.lock_path == place.with_suffix(".lock")


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "digest.sqlite3").mkdir()
    with pytest.raises(StoreError, match=r"digest.sqlite3"):
        opened(tmp_path)


def test_another_database_has_its_lock_beside_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URL that is no file goes on as it stands."""
    seen = []

    def open_store(url: str, *, migrate: bool) -> None:
        assert migrate
        seen.append(url)
        raise StoreError("no server here")

    monkeypatch.setattr("digest.wiring.open_store", open_store)
    with pytest.raises(StoreError, match="no server here"):
        opened(tmp_path, '[database]\nurl = "postgresql://digest@db.example/gazette"\n')
    assert seen == ["postgresql://digest@db.example/gazette"]


# The settings themselves.


def test_settings_come_from_the_file_and_the_environment(tmp_path: Path) -> None:
    path = write_config(tmp_path)
    assert read_config(path, {}).publication.title == "Gazette"
    environment = {"DIGEST_PUBLICATION__TITLE": "Herald"}
    assert read_config(path, environment).publication.title == "Herald"


def test_missing_and_unreadable_settings_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; make one with `digest init`"):
        read_config(tmp_path / "nothing.toml", {})
    with pytest.raises(ConfigError, match=r"cannot be read: .*Is a directory"):
        read_config(tmp_path, {})
    (tmp_path / "latin.toml").write_bytes(b'title = "Caf\xe9"')
    with pytest.raises(ConfigError, match=r"latin.toml: cannot be read: 'utf-8' codec"):
        read_config(tmp_path / "latin.toml", {})


def test_the_sample_comes_along() -> None:
    assert bundled("config.toml").is_file()
    assert bundled("articles").is_dir()


def test_the_clock_is_the_machines_unless_another_is_given(tmp_path: Path) -> None:
    assert isinstance(opened(tmp_path).clock, SystemClock)
    clock = ManualClock(NOW)
    service = open_service(write_config(tmp_path), {}, clock)
    service.close()
    assert service.clock is clock


# Relays.


def test_a_relay_is_what_the_settings_say(tmp_path: Path) -> None:
    more = """
[relays.big]
host = "mail.example"
username = "gazette"
helo = "gazette.example"
ca_file = "state/ca.pem"
messages_per_connection = 7
timeout_seconds = 9
"""
    service = opened(tmp_path, more, DIGEST_RELAYS__BIG__PASSWORD="hush")
    relay = service.relays["big"]
    assert (relay.name, relay.host, relay.port, relay.tls) == (
        "big",
        "mail.example",
        587,
        "starttls",
    )
    assert (relay.username, relay.password, relay.helo) == ("gazette", "hush", "gazette.example")
    assert relay.ca_file == str(tmp_path / "state" / "ca.pem")
    assert (relay.messages_per_connection, relay.command_timeout_seconds) == (7, 9)
    assert "hush" not in repr(service.relays)
    plain = service.relays["default"]
    assert (plain.port, plain.ca_file, plain.password) == (25, None, "")


def test_a_password_can_come_from_a_file_of_its_owner(tmp_path: Path) -> None:
    more = '[relays.big]\nhost = "mail.example"\nusername = "x"\npassword_file = "relay.password"\n'
    path = tmp_path / "relay.password"
    with pytest.raises(ConfigError, match=r"relay.password: the secret cannot be read"):
        opened(tmp_path, more)
    path.write_bytes("hüsh \r\n".encode())
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="run chmod 600"):
        opened(tmp_path, more)
    path.chmod(0o600)
    assert opened(tmp_path, more).relays["big"].password == "hüsh "
    path.write_bytes(b"h\xfcsh")
    with pytest.raises(ConfigError, match=r"relay.password: the password is not UTF-8"):
        opened(tmp_path, more)


def test_templates_of_the_operator_come_before_those_that_come_along(tmp_path: Path) -> None:
    own = tmp_path / "templates" / "email"
    own.mkdir(parents=True)
    (own / "briefing.txt").write_text("{{ nonsense }}")
    service = plug_in(load(CONFIG), tmp_path, ManualClock(NOW))
    try:
        assert any("nonsense" in str(problem) for problem in service.renderer.check())
    finally:
        service.close()
    assert make_config().relays["default"].host == "127.0.0.1"


def test_every_secret_that_cannot_be_used_is_found_by_its_key(tmp_path: Path) -> None:
    more = (
        '[relays.big]\nhost = "mail.example"\nusername = "x"\npassword_file = "none"\n'
        '[relays.old]\nhost = "old.example"\nca_file = "ca.pem"\n'
        '[dkim.main]\ndomain = "gazette.example"\nselector = "s1"\nkey_file = "gone.pem"\n'
    )
    found = {
        problem.where: problem.reason for problem in check_secrets(load(CONFIG + more), tmp_path)
    }
    assert set(found) == {"relays.big.password_file", "relays.old.ca_file", "dkim.main.key_file"}
    assert "none: the secret cannot be read: No such file" in found["relays.big.password_file"]
    assert check_secrets(load(CONFIG), tmp_path) == []


# Signatures.


def dkim(key_file: str, more: str = "") -> str:
    return (
        f'[dkim.main]\ndomain = "gazette.example"\nselector = "s1"\nkey_file = "{key_file}"\n{more}'
    )


def test_mail_of_a_domain_is_signed_with_the_key_of_its_file(tmp_path: Path) -> None:
    files.write_private(tmp_path / "rsa.pem", new_rsa_key())
    files.write_private(tmp_path / "ed.pem", new_ed25519_key())
    assert list(opened(tmp_path, dkim("rsa.pem")).signers) == ["gazette.example"]
    both = 'ed25519_selector = "s2"\ned25519_key_file = "ed.pem"\n'
    assert list(opened(tmp_path, dkim("rsa.pem", both)).signers) == ["gazette.example"]


def test_a_signing_key_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rsa.pem: the secret cannot be read"):
        opened(tmp_path, dkim("rsa.pem"))
    files.write_private(tmp_path / "rsa.pem", b"hush-hush")
    with pytest.raises(ConfigError, match=r"dkim.main") as caught:
        opened(tmp_path, dkim("rsa.pem"))
    assert "hush-hush" not in str(caught.value)


def test_a_lost_key_is_not_replaced_once_mails_are_out(tmp_path: Path) -> None:
    """security.md 3: a new key would break every link in mails that are out, without a word."""
    write_config(tmp_path)
    service = opened(tmp_path)
    add_readers(service.store, ["ada@reader.example"])
    service.close()
    key = tmp_path / "state" / "secret.key"
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(ConfigError, match="bring it back from a backup"):
        opened(tmp_path)
    assert not key.exists()
    files.write_private(key, kept)
    opened(tmp_path).close()
