"""A Maildir: what was dealt with goes from new to cur."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import DigestError, StoreError
from digest.mail.maildir import read_new
from digest.mail.reports import Arrival


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    for number in (1, 2):
        (tmp_path / "new" / f"{number}.host").write_bytes(b"mail %d" % number)
    (tmp_path / "new" / "link").symlink_to(tmp_path / "new" / "1.host")
    return tmp_path


def names(folder: Path, part: str) -> list[str]:
    return sorted(path.name for path in (folder / part).iterdir())


def test_new_mail_is_moved_once_it_was_dealt_with(folder: Path) -> None:
    taken: list[Arrival] = []

    def take(arrival: Arrival) -> bool:
        assert len(names(folder, "cur")) == len(taken)
        taken.append(arrival)
        return True

    assert read_new(folder, take, max_bytes=5) == (2, set())
    assert taken == [Arrival(b"mail ", "maildir"), Arrival(b"mail ", "maildir")]
    assert names(folder, "cur") == ["1.host:2,S", "2.host:2,S"]
    assert names(folder, "new") == ["link"]


def test_mail_that_cannot_be_dealt_with_stays(folder: Path) -> None:
    left = read_new(folder, lambda arrival: b"2" in arrival.data, max_bytes=99)
    assert left == (1, {"1.host"})
    assert read_new(folder, lambda _: True, max_bytes=99, skip={"1.host"}) == (0, set())
    assert names(folder, "new") == ["1.host", "link"]


def test_a_database_that_fails_leaves_all_where_it_is(folder: Path) -> None:
    def fail(_: Arrival) -> bool:
        raise StoreError("full")

    with pytest.raises(StoreError):
        read_new(folder, fail, max_bytes=99)
    assert len(names(folder, "new")) == 3


def test_a_folder_that_is_no_maildir_is_told(folder: Path) -> None:
    with pytest.raises(DigestError, match="no Maildir"):
        read_new(folder / "new", lambda _: True, max_bytes=9)
    (folder / "cur").rename(folder / "gone")
    with pytest.raises(DigestError, match="no Maildir"):
        read_new(folder, lambda _: True, max_bytes=9)
    (folder / "file").write_text("x")
    with pytest.raises(DigestError, match="cannot be read"):
        read_new(folder / "file", lambda _: True, max_bytes=9)


def test_mail_that_may_not_be_read_or_is_gone_keeps_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Path.open
    refusals = {"0.host": PermissionError(13, "Permission denied"), "00.host": FileNotFoundError()}
    for name in refusals:
        (folder / "new" / name).write_bytes(b"x")

    def opened(path: Path, mode: str) -> object:
        if path.name in refusals:
            raise refusals[path.name]
        return really(path, mode)

    monkeypatch.setattr(Path, "open", opened)
    assert read_new(folder, lambda _: True, max_bytes=9) == (2, {"0.host"})
    assert names(folder, "cur") == ["1.host:2,S", "2.host:2,S"]
