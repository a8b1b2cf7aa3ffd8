"""Each rule of delivery broken on purpose: what the judge does not see would prove nothing.

The rules that need several hosts are in test_zombies.py, the wish to leave in test_leaving.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from faults.judge import Verdict
from faults.rig import Publication, SinkProcess
from faults.scenes import crash_again_and_again

slow = pytest.mark.slow


def crash(folder: Path, variant: str, readers: int, kills: int) -> Verdict:
    with SinkProcess(folder / "log", seed=8, share=0.1) as sink:
        publication = Publication(folder / "pub", sink.port, connections=8)
        publication.add_readers(readers)
        crash_again_and_again(
            publication, sink, kills=kills, each=readers // 2, seed=9, variant=variant
        )
        publication.finish(variant=variant)
        return publication.verdict(sink)


@pytest.mark.parametrize(
    ("variant", "harm", "readers", "kills"),
    [
        pytest.param("cursor first", "lost", 120, 1, marks=slow),
        pytest.param("cursor first", "lost", 300, 3, marks=slow),
        pytest.param("settle before reply", "lost", 300, 3, marks=slow),
        pytest.param("commit later", "needless", 300, 3, marks=slow),
        pytest.param("new Message-ID", "altered", 300, 3, marks=slow),
    ],
)
def test_a_broken_sender_is_caught(
    tmp_path: Path, variant: str, harm: str, readers: int, kills: int
) -> None:
    verdict = crash(tmp_path, variant, readers, kills)
    assert getattr(verdict, harm), str(verdict)
    assert verdict.faults
