"""Folders and files: what editors wrote is read as it is, and nothing is ever half-written."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest import files
from digest.errors import BusyError, ConfigError, DigestError, NotFoundError

NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine reaches."""
    with tempfile.TemporaryDirectory(prefix="digest-files-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, who may do anything; nothing changes for other users."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run *code* in a Python of its own."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 - our own code


# Scan.


def test_articles_come_sorted_with_their_content(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.TXT", "a/y.html", "c.jpg", "d", ".hidden.md", "_draft.md"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(name)
    for folder in (".git", "_drafts"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.md").write_text("x")
    (tmp_path / "folder.md").mkdir()
    found = list(files.scan(tmp_path, {".md", ".txt", ".html"}, 100))
    assert [(str(item.path), item.data, item.problem) for item in found] == [
        ("a/y.html", b"a/y.html", ""),
        ("a/z.TXT", b"a/z.TXT", ""),
        ("b.md", b"b.md", ""),
    ]


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    """security.md 10: neither to a file nor to a folder, and a loop ends nothing."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text("secret")
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "link.md").symlink_to(tmp_path / "outside" / "secret.md")
    (folder / "linked").symlink_to(tmp_path / "outside")
    (folder / "loop").symlink_to(folder)
    (folder / "real.md").write_text("real")
    assert [str(item.path) for item in files.scan(folder, {".md"}, 100)] == ["real.md"]


def test_a_file_that_is_too_large_comes_with_its_problem(tmp_path: Path) -> None:
    (tmp_path / "fits.md").write_bytes(b"x" * 1000)
    (tmp_path / "large.md").write_bytes(b"x" * 1001)
    fits, large = files.scan(tmp_path, {".md"}, 1000)
    assert len(fits.data) == 1000
    assert large.data == b""
    assert large.problem == "is larger than 1,000 bytes; articles that large are left out"


def test_a_file_that_cannot_be_read_comes_with_its_problem(open_folder: Path) -> None:
    (open_folder / "a.md").write_text("a")
    (open_folder / "b.md").write_text("b")
    (open_folder / "a.md").chmod(0)
    with as_nobody():
        closed, readable = files.scan(open_folder, {".md"}, 100)
    assert closed.problem == "cannot be read: Permission denied"
    assert readable.data == b"b"


def test_a_folder_that_cannot_be_listed_is_named_and_the_others_go_on(open_folder: Path) -> None:
    (open_folder / "closed").mkdir(mode=0)
    (open_folder / "open").mkdir()
    (open_folder / "open" / "a.md").write_text("a")
    with as_nobody():
        found = list(files.scan(open_folder, {".md"}, 100))
    assert [(str(item.path), item.is_folder) for item in found] == [
        ("closed", True),
        ("open/a.md", False),
    ]
    assert "cannot be listed: Permission denied" in found[0].problem


def test_a_source_that_cannot_be_listed_at_all_ends_it(open_folder: Path) -> None:
    """To go on without it would look as if its articles were gone."""
    (open_folder / "closed").mkdir(mode=0)
    with as_nobody(), pytest.raises(DigestError, match="closed cannot be listed: Permission"):
        list(files.scan(open_folder / "closed", {".md"}, 100))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        list(files.scan(tmp_path / "nowhere", {".md"}, 100))


WAYS_OUT = [
    "../secret.txt",
    "a/../../secret.txt",
    "/etc/passwd",
    "way-out/secret.txt",
    "x\0y",
    "\ud800.png",
]


# Inside.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.png").write_bytes(b"picture")
    (folder / "in.png").symlink_to("images/a.png")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "way-out").symlink_to(tmp_path)
    return folder


@pytest.mark.parametrize("path", WAYS_OUT)
def test_no_path_leads_out_of_the_folder(folder: Path, path: str) -> None:
    """security.md 10."""
    assert files.inside(folder, PurePosixPath(path)) is None
    assert files.read_asset(folder, PurePosixPath(path)) is None
    assert not files.inside_file(folder, PurePosixPath(path))
    assert files.stamp(folder, path) == ""


@pytest.mark.parametrize("path", ["nothing.png", "images", "x" * 300 + ".png", "loop/a.png"])
def test_what_is_no_file_is_none(folder: Path, path: str) -> None:
    """Names that no file system takes, and loops, are just missing."""
    (folder / "loop").symlink_to("loop")
    assert files.read_asset(folder, PurePosixPath(path)) is None
    assert not files.inside_file(folder, PurePosixPath(path))


def test_a_link_that_stays_inside_is_followed(folder: Path) -> None:
    assert files.inside(folder, PurePosixPath("in.png")) == folder / "images" / "a.png"
    found = files.read_asset(folder, PurePosixPath("in.png"))
    assert found is not None
    assert found.head == b"picture"


@given(st.text(max_size=20))
@example("..")
@example("a/../..")
def test_whatever_the_path_it_stays_inside_or_is_none(path: str) -> None:
    folder = Path(tempfile.gettempdir()).resolve()
    found = files.inside(folder, PurePosixPath(path))
    assert found is None or found.is_relative_to(folder)


# Assets.


def test_a_large_file_is_hashed_whole_and_kept_by_its_beginning(tmp_path: Path) -> None:
    data = os.urandom(1 << 20) + b"tail" * 1000
    (tmp_path / "talk.mp3").write_bytes(data)
    found = files.read_asset(tmp_path, PurePosixPath("talk.mp3"))
    assert found is not None
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.length_bytes == len(data)
    assert found.head == data[:65_536]


def test_an_unreadable_one_is_none(open_folder: Path) -> None:
    (open_folder / "a.png").write_bytes(b"x")
    (open_folder / "a.png").chmod(0)
    with as_nobody():
        assert files.read_asset(open_folder, PurePosixPath("a.png")) is None


def test_the_stamp_moves_with_the_file(tmp_path: Path) -> None:
    place = tmp_path / "a.png"
    stamps = [files.stamp(tmp_path, "a.png")]
    for data in (b"one", b"three"):
        place.write_bytes(data)
        stamps.append(files.stamp(tmp_path, "a.png"))
    os.utime(place, ns=(0, 0))
    stamps.append(files.stamp(tmp_path, "a.png"))
    assert stamps[0] == ""
    assert len(set(stamps)) == 4


CRASHES = """
import os, sys
from pathlib import Path
from digest import files

real = Path.replace
for step in range(4):
    folder = Path(sys.argv[1]) / str(step)
    files.write_set(folder, {name: b"old " + name.encode() for name in ("a", "b", "c/d")})
    if (child := os.fork()) == 0:
        calls = []
        def replace(self, target):
            if len(calls) == step:
                os.kill(os.getpid(), 9)
            calls.append(target)
            return real(self, target)
        Path.replace = replace
        files.write_set(folder, {name: b"new " + name.encode() for name in ("a", "b", "c/d")})
        os._exit(0)
    os.waitpid(child, 0)
"""


# Write set.


def test_files_are_written_with_folders_and_mode(tmp_path: Path) -> None:
    changed = files.write_set(tmp_path / "feeds", {"a.xml": b"a", "x/y/b.xml": b"b"})
    assert changed == ("a.xml", "x/y/b.xml")
    assert (tmp_path / "feeds" / "x" / "y" / "b.xml").read_bytes() == b"b"
    mode = (tmp_path / "feeds" / "a.xml").stat().st_mode
    assert stat.S_IMODE(mode) == 0o644


def test_a_file_with_that_content_is_not_touched(tmp_path: Path) -> None:
    """feeds.md H9."""
    files.write_set(tmp_path, {"a": b"same", "b": b"old!"})
    before = (tmp_path / "a").stat()
    assert files.write_set(tmp_path, {"a": b"same", "b": b"new!"}) == ("b",)
    after = (tmp_path / "a").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert (tmp_path / "b").read_bytes() == b"new!"


def test_one_file_can_be_kept_from_others(tmp_path: Path) -> None:
    files.write_file(tmp_path / "people.csv", b"email", mode=0o600)
    assert stat.S_IMODE((tmp_path / "people.csv").stat().st_mode) == 0o600
    assert (tmp_path / "people.csv").read_bytes() == b"email"


def test_a_kill_between_two_files_leaves_each_old_or_new(tmp_path: Path) -> None:
    """feeds.md H9: whole at any moment, in the order they were given."""
    done = run_python(CRASHES, str(tmp_path))
    assert done.stderr == ""
    for step in range(4):
        contents = [(tmp_path / str(step) / name).read_text() for name in ("a", "b", "c/d")]
        ages = [text.partition(" ")[0] for text in contents]
        assert ages == ["new"] * step + ["old"] * (3 - step)
        assert [text.partition(" ")[2] for text in contents] == ["a", "b", "c/d"]


def test_a_folder_in_the_way_of_one_leaves_all_as_they_were(tmp_path: Path) -> None:
    files.write_set(tmp_path, {"a": b"old"})
    (tmp_path / "b" / "inner").mkdir(parents=True)
    with pytest.raises(IsADirectoryError, match="b"):
        files.write_set(tmp_path, {"a": b"new", "b": b"new", "c": b"new"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_file_in_the_way_of_a_folder_leaves_all_as_they_were(tmp_path: Path) -> None:
    files.write_set(tmp_path, {"a": b"old", "world": b"a file"})
    with pytest.raises(OSError, match="world"):
        files.write_set(tmp_path, {"a": b"new", "world/rss.xml": b"new"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "world"]


def test_a_folder_that_cannot_be_written_says_so(open_folder: Path) -> None:
    files.write_set(open_folder, {"a": b"old"})
    with as_nobody(), pytest.raises(PermissionError):
        files.write_set(open_folder, {"a": b"new"})
    assert [path.name for path in open_folder.iterdir()] == ["a"]
    assert (open_folder / "a").read_bytes() == b"old"


# Copy.


def test_a_file_is_copied_if_it_is_what_it_should_be(tmp_path: Path) -> None:
    source, target = tmp_path / "a.png", tmp_path / "media" / "b.png"
    source.write_bytes(b"picture")
    assert files.copy_checked(source, target, hashlib.sha256(b"picture").hexdigest())
    assert target.read_bytes() == b"picture"
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_a_file_that_has_changed_is_not_copied(tmp_path: Path) -> None:
    """Its published name says what it holds, for ever."""
    source, target = tmp_path / "a.png", tmp_path / "media" / "b.png"
    source.write_bytes(b"another")
    assert not files.copy_checked(source, target, hashlib.sha256(b"picture").hexdigest())
    assert list(target.parent.iterdir()) == []


# Secrets.


def test_a_secret_is_its_owners_alone_and_reads_back(tmp_path: Path) -> None:
    """security.md 13."""
    path = tmp_path / "state" / "secret.key"
    files.write_private(path, b"hush")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert files.read_private(path) == b"hush"
    assert [item.name for item in path.parent.iterdir()] == ["secret.key"]


def test_a_secret_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    files.write_private(path, b"first")
    with pytest.raises(FileExistsError):
        files.write_private(path, b"second")
    assert path.read_bytes() == b"first"
    assert [item.name for item in tmp_path.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o777])
def test_one_that_others_can_read_is_refused_and_not_shown(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(b"hush")
    path.chmod(mode)
    with pytest.raises(ConfigError, match=f"run chmod 600 {path}") as caught:
        files.read_private(path)
    assert "hush" not in str(caught.value)


def test_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        files.read_private(tmp_path / "nothing")


HOLDER = """
import sys, time
from pathlib import Path
from digest.files import owned
with owned(Path(sys.argv[1]), "runs this publication"):
    print("held", flush=True)
    time.sleep(60)
"""


# Owned.


def test_another_process_is_told_who_owns_it_until_that_is_killed(tmp_path: Path) -> None:
    """reliability.md, two daemons: the second refuses to start, saying why; kill -9 frees."""
    lock = tmp_path / "state" / "digest.lock"
    command = [sys.executable, "-c", HOLDER, str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603 - our own code
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        wanted = f"process {holder.pid}.* already runs this publication"
        with pytest.raises(BusyError, match=wanted), files.owned(lock, "runs this publication"):
            pytest.fail("two owners")
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
    with files.owned(lock, "runs this publication"):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_it_can_be_owned_again_after_an_error(tmp_path: Path) -> None:
    lock = tmp_path / "digest.lock"
    with pytest.raises(KeyError), files.owned(lock, "works"):
        raise KeyError
    with files.owned(lock, "works"), pytest.raises(BusyError), files.owned(lock, "works"):
        pytest.fail("two owners")
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


def test_a_lock_without_a_number_still_tells(tmp_path: Path) -> None:
    lock = tmp_path / "digest.lock"
    with files.owned(lock, "works"):
        lock.write_text("")
        with pytest.raises(BusyError, match="process unknown"), files.owned(lock, "works"):
            pytest.fail("two owners")
