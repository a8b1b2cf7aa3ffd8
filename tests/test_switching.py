"""Files that switch together: all of the old or all of the new, whatever happens in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest import switching
from digest.switching import Switch, holds, switch

NAMES = ("a.xml", "b.xml")


def current(folder: Path, key: str, **contents: str) -> Switch:
    files = {f"{name}.xml": text.encode() for name, text in contents.items()}
    return Switch(folder / ".now", key, files, named_beside=True)


def read(folder: Path) -> list[str]:
    return [(folder / name).read_text() for name in NAMES]


def test_files_are_read_by_their_names_and_switch_by_one_link(tmp_path: Path) -> None:
    """feeds.md H9."""
    folder = tmp_path / "feeds"
    changed = switch([current(folder, "1", a="old", b="same")])
    assert changed == [folder / "a.xml", folder / "b.xml"]
    assert read(folder) == ["old", "same"]
    kept = (folder / "b.xml").stat()
    assert switch([current(folder, "2", a="new", b="same")]) == [folder / "a.xml"]
    assert read(folder) == ["new", "same"]
    again = (folder / "b.xml").stat()
    assert (again.st_ino, again.st_mtime_ns) == (kept.st_ino, kept.st_mtime_ns)
    assert sorted(path.name for path in folder.iterdir()) == [".now", ".now-2", *NAMES]


def test_whoever_reads_between_two_steps_finds_one_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """feeds.md H9: stopped after each step of the file system, as a kill would."""
    switch([current(tmp_path, "1", a="old", b="old")])
    seen = []
    for name in ("symlink_to", "replace", "rename", "unlink", "mkdir", "chmod"):
        real = getattr(Path, name)

        def step(self: Path, *args: object, real: object = real, **options: object) -> object:
            seen.append(read(tmp_path))
            result = real(self, *args, **options)  # type: ignore[operator]  # a method of Path
            seen.append(read(tmp_path))
            return result

        monkeypatch.setattr(Path, name, step)
    switch([current(tmp_path, "2", a="new", b="new")])
    states = [state for state, after in zip(seen, [*seen[1:], []], strict=True) if state != after]
    assert states == [["old", "old"], ["new", "new"]]


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    switch([current(tmp_path, "1", a="1", b="1")])
    (tmp_path / ".new-abc").mkdir()
    (tmp_path / ".new-abc" / "a.xml").write_text("half")
    (tmp_path / ".new-a.xml").symlink_to("nowhere")
    (tmp_path / ".new-c.xml").symlink_to("nowhere")
    (tmp_path / ".now-0").mkdir()
    (tmp_path / ".other").write_text("mine")
    switch([current(tmp_path, "2", a="2", b="2")])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".now", ".now-2", ".other", *NAMES
    ]  # fmt: skip


def test_files_that_were_there_before_there_were_links_are_never_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        (tmp_path / name).write_text("plain")
    seen = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        seen.append(read(tmp_path))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    switch([current(tmp_path, "1", a="new", b="new")])
    assert read(tmp_path) == ["new", "new"]
    assert seen == [["plain", "plain"]] * 4
    assert not (tmp_path / ".now-before").exists()


@pytest.mark.parametrize("obstacle", ["a.xml", ".now"])
def test_nothing_changes_when_something_is_in_the_way(tmp_path: Path, obstacle: str) -> None:
    """feeds.md H9: of none of several places."""
    other = tmp_path / "other"
    switch([current(other, "1", a="old", b="old")])
    (tmp_path / obstacle).mkdir()
    with pytest.raises(OSError, match=obstacle):
        switch([current(other, "2", a="new", b="new"), current(tmp_path, "2", a="x", b="x")])
    assert read(other) == ["old", "old"]
    assert sorted(path.name for path in other.iterdir()) == [".now", ".now-1", *NAMES]


def test_what_was_made_ready_goes_when_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch([current(tmp_path, "1", a="old", b="old")])

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(switching, "_sync", full)
    with pytest.raises(OSError, match="No space"):
        switch([current(tmp_path, "2", a="new", b="new")])
    assert sorted(path.name for path in tmp_path.iterdir()) == [".now", ".now-1", *NAMES]


def test_a_state_is_known_by_its_key_and_by_its_files(tmp_path: Path) -> None:
    at = tmp_path / ".now"
    assert not holds(at, "1", NAMES, named_beside=True)
    switch([current(tmp_path, "1", a="1", b="1")])
    assert holds(at, "1", NAMES, named_beside=True)
    assert not holds(at, "2", NAMES, named_beside=True)
    (tmp_path / "b.xml").unlink()
    assert holds(at, "1", NAMES)
    assert not holds(at, "1", NAMES, named_beside=True)
    (tmp_path / "b.xml").symlink_to("elsewhere")
    assert not holds(at, "1", NAMES, named_beside=True)
    switch([current(tmp_path, "1", a="1", b="1")])
    assert holds(at, "1", NAMES, named_beside=True)
    (tmp_path / ".now-1" / "a.xml").unlink()
    assert not holds(at, "1", NAMES)
    assert switch([current(tmp_path, "1", a="1", b="1")]) == [tmp_path / "a.xml"]
    assert read(tmp_path) == ["1", "1"]


def test_many_at_once_and_a_file_system_without_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Path, target: Path) -> None:
        raise OSError(1, "Operation not permitted", str(self), None, str(target))

    monkeypatch.setattr(Path, "hardlink_to", refused)
    pages = [Switch(tmp_path / str(n), "1", {"a.xml": b"a", "b.xml": b"b"}) for n in range(9)]
    assert len(switch(pages)) == 18
    assert (tmp_path / "8" / "b.xml").read_bytes() == b"b"
    newer = [Switch(tmp_path / "8", "2", {"a.xml": b"a", "b.xml": b"B"})]
    assert switch(newer) == [tmp_path / "8" / "b.xml"]
    assert (tmp_path / "8" / "a.xml").read_bytes() == b"a"
    assert (tmp_path / "8").readlink() == Path(".8-2")
    assert (tmp_path / "7").readlink() == Path(".7-1")


def test_what_killed_runs_left_is_found_without_a_switch(tmp_path: Path) -> None:
    """What was taken back must not be found in an old state, though nothing is new to be shown."""
    switch([current(tmp_path, "1", a="1", b="1")])
    for name in (".new-x1", ".now-0", ".other-7"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.xml").write_text("withdrawn")
    (tmp_path / ".new-now").symlink_to(".now-0")
    switching.tidy(tmp_path)
    assert read(tmp_path) == ["1", "1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".now",
        ".now-1",
        ".other-7",
        *NAMES,
    ]
    switching.tidy(tmp_path / "none")
