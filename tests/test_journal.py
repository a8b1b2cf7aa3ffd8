"""The journal: what is written stays, whatever a crash leaves behind it."""

from __future__ import annotations

import os
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest import journal
from digest.journal import Damage, Journal
from digest.journal.lines import Group, decode, encode
from digest.model import DeliveryState, IssueState, SubscriptionState
from digest.model.facts import (
    Audience,
    Begun,
    Consented,
    IssueName,
    Lifted,
    Moved,
    Settled,
    Suppressed,
    short_hash,
)

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
NAME = IssueName("daily", 12, NOW)
ONE = Settled(NAME, DeliveryState.ACCEPTED, ("ada",))

moments = st.datetimes(timezones=st.just(UTC))
words = st.text(st.characters(exclude_categories=["Cs"]))
names = st.builds(IssueName, words, st.integers(1, 10**6), moments)
people = st.lists(words, max_size=3).map(tuple)
cells = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words
rows = st.dictionaries(words, cells, max_size=3)
facts = st.one_of(
    st.builds(
        Begun,
        names,
        words,
        st.none() | moments,
        rows,
        st.lists(rows, max_size=2).map(tuple),
        st.lists(rows, max_size=2).map(tuple),
    ),
    st.builds(Audience, names, words, people),
    st.builds(Settled, names, st.sampled_from(DeliveryState), people),
    st.builds(Moved, names, st.sampled_from(IssueState)),
    st.builds(Consented, words, words, st.sampled_from(SubscriptionState), moments),
    st.builds(Suppressed, words, moments, words, words),
    st.builds(Lifted, words),
)
groups = st.builds(
    Group,
    st.integers(1, 10**12),
    st.lists(facts, max_size=4).map(tuple),
    st.none() | st.integers(0, 10**12),
)


@given(groups)
@example(Group(1, ()))
@example(Group(9, (ONE,), base=0))
@example(Group(7, (Suppressed("line\nend", NOW, "a b", '"{}\u2028'), ONE)))
def test_what_is_written_is_read(group: Group) -> None:
    line = encode(group)
    assert decode(line) == group
    assert line.count(b"\n") == 1


@given(groups, st.data())
def test_a_line_that_was_cut_or_changed_is_not_read(group: Group, data: st.DataObject) -> None:
    line = encode(group)
    with pytest.raises(ValueError, match=r"it is not whole|checksum"):
        decode(line[: data.draw(st.integers(0, len(line) - 1))])
    place = data.draw(st.integers(0, len(line) - 2))
    with pytest.raises(ValueError, match=r".*"):
        decode(line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :])


def test_facts_of_a_later_digest_are_told_apart_from_damage() -> None:
    line = encode(Group(3, (ONE,))).replace(b"settled", b"forgiven")
    body, _, position = line.rsplit(b" ", 2)
    checksum = zlib.crc32(body + b" " + position.strip())
    with pytest.raises(ValueError, match="does not know"):
        decode(b"%s %08x %s" % (body, checksum, position))


@pytest.fixture
def kept(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "digest.journal")


def test_a_journal_is_begun_when_its_name_is_asked_for(tmp_path: Path) -> None:
    found = Journal(tmp_path / "digest.journal")
    before = found.exists
    assert (found.tail(), found.begins_at, list(found.groups())) == (0, 0, [])
    assert len(found.id) == 16
    assert (before, found.exists) == (False, True)


def write(kept: Journal, *positions: int) -> None:
    assert kept.id
    for position in positions:
        kept.append(position, [ONE])


def read(kept: Journal, after: int = 0) -> list[int]:
    return [item.position for item in kept.groups(after) if isinstance(item, Group)]


def newest(kept: Journal) -> Path:
    return max(kept.folder.glob("*.journal"))


def test_a_journal_tells_what_was_written_beyond_a_position(kept: Journal) -> None:
    write(kept, 1, 2, 3)
    assert (kept.tail(), kept.begins_at) == (3, 1)
    assert read(kept) == [1, 2, 3]
    assert read(kept, 2) == [3]
    assert list(kept.facts(2)) == [ONE]
    assert Journal(kept.folder).id == kept.id
    assert newest(kept).stat().st_mode & 0o777 == 0o600


def test_each_line_tells_where_the_database_of_its_writer_stood(kept: Journal) -> None:
    assert kept.base == 0
    write(kept, 1, 2)
    assert (kept.base, newest(kept).read_bytes().count(b":1\n")) == (1, 0)
    kept.append(3, [ONE], base=1)
    assert (kept.tail(), kept.base, Journal(kept.folder).base) == (3, 1, 1)
    kept.append(4, [ONE], base=3)
    assert list(kept.groups(2)) == [Group(3, (ONE,), base=1), Group(4, (ONE,))]


@pytest.mark.parametrize("torn", [b"{", b'{"facts"', b"[] 00000000", b"x" * 200_000, b"\0" * 500])
def test_what_a_crash_left_of_a_line_is_passed_over(kept: Journal, torn: bytes) -> None:
    write(kept, 1, 2)
    with newest(kept).open("ab") as file:
        file.write(torn)
    assert kept.tail() == 2
    write(kept, 3)
    assert kept.tail() == 3
    assert read(kept) == [1, 2, 3]
    assert kept.damage() == ()


@pytest.mark.parametrize("length", [1, 65_000, 65_536, 65_537, 70_000, 131_072, 400_000])
def test_the_end_is_found_behind_and_within_long_lines(kept: Journal, length: int) -> None:
    """Only the end is read, in pieces; positions may stand across two of them."""
    for cut in range(length, length + 12):
        assert kept.id
        kept.append(cut, [Suppressed("x" * cut, NOW, "", "")])
        assert kept.tail() == cut
        with newest(kept).open("ab") as file:
            file.write(b"y" * (65_536 - 20 + cut % 12))
        assert kept.tail() == cut
    assert len(read(kept)) == 12


def test_a_damaged_line_is_told_and_the_others_are_read(kept: Journal) -> None:
    write(kept, 1, 2, 3)
    path = newest(kept)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"ada", b"bob") + lines[2])
    assert read(kept) == [1, 3]
    assert kept.damage() == (f"{path}:2",)
    assert list(kept.groups(2)) == [Damage(f"{path}:2"), Group(3, (ONE,))]


def test_a_full_file_is_followed_by_another_and_old_ones_are_removed(
    kept: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not grow for ever."""
    monkeypatch.setattr(journal, "SEGMENT_BYTES", 300)
    write(kept, *range(1, 10))
    paths = sorted(kept.folder.glob("*.journal"))
    assert len(paths) > 2
    assert read(kept) == list(range(1, 10))
    assert read(kept, 8) == [9]
    for path in paths:
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert kept.prune(NOW + journal.KEEP) == 0
    assert kept.prune(NOW + journal.KEEP + timedelta(seconds=1)) == len(paths) - 1
    assert (kept.tail(), kept.begins_at) == (9, int(paths[-1].stem))


def test_of_two_processes_that_begin_a_journal_the_first_names_it(tmp_path: Path) -> None:
    first, second = Journal(tmp_path / "j"), Journal(tmp_path / "j")
    second._begin()  # noqa: SLF001 - at the same moment as the first
    first._begin()  # noqa: SLF001 - as above
    assert first.id == second.id
    assert [path.name for path in (tmp_path / "j").iterdir()] == ["id"]


def test_what_cannot_be_written_is_an_error(kept: Journal) -> None:
    write(kept, 1)
    newest(kept).chmod(0o400)
    kept.folder.joinpath("00000000000000000009.journal").mkdir()
    with pytest.raises(OSError, match="directory"):
        write(Journal(kept.folder), 2)


def test_people_are_known_by_few_characters() -> None:
    assert len(short_hash("a" * 64)) == 20
    assert short_hash("a" * 64) != short_hash("b" * 64)


@pytest.mark.parametrize("length", [20, 400, 300_000])
def test_processes_that_take_turns_overwrite_nothing(kept: Journal, length: int) -> None:
    """Each finds the end where the other left it, within the space kept free and beyond it."""
    assert kept.id
    writers = [kept, Journal(kept.folder), Journal(kept.folder)]
    for position in range(1, 13):
        fact = Suppressed("x" * length, NOW, "", str(position))
        writers[position % 3].append(position, [fact])
        assert writers[(position + 1) % 3].tail() == position
    assert read(kept) == list(range(1, 13))
    assert kept.damage() == ()


def test_what_was_torn_within_the_space_kept_free_is_passed_over(kept: Journal) -> None:
    write(kept, 1)
    path = newest(kept)
    data = path.read_bytes()
    end = len(data.rstrip(b"\0"))
    assert len(data) - end >= journal.RESERVE_BYTES
    torn = encode(Group(2, (ONE,)))[:-3]
    path.write_bytes(data[:end] + torn + data[end + len(torn) :])
    assert (kept.tail(), Journal(kept.folder).tail()) == (1, 1)
    write(kept, 2)
    assert read(kept) == [1, 2]
    assert kept.damage() == ()
    assert path.stat().st_size == len(data)


def test_a_file_that_was_put_in_anothers_place_is_found(kept: Journal) -> None:
    """A journal whose files were brought back is written on where it ends now."""
    write(kept, 1)
    path = newest(kept)
    older = path.read_bytes()
    write(kept, 2)
    path.unlink()
    assert kept.tail() == 0
    path.write_bytes(older)
    assert kept.tail() == 1
    write(kept, 2, 3)
    assert read(kept) == [1, 2, 3]
