"""How many of the messages that flufl.bounce is tried with are recognised and classified.

They are in its source package: `pip download --no-binary :all: --no-deps flufl.bounce`, unpacked;
FLUFL_BOUNCE names the folder.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.mail.reports import Sort, read_report


@pytest.mark.slow
def test_most_of_other_peoples_bounces_are_recognised(
    record_property: Callable[[str, object], None],
) -> None:
    folder = Path(os.environ.get("FLUFL_BOUNCE", "")) / "tests" / "data"
    files = sorted(folder.glob("*.txt"))
    if not files:
        pytest.skip("FLUFL_BOUNCE does not name flufl.bounce's source package, unpacked")
    found = [read_report(path.read_bytes()) for path in files]
    sorts = Counter(report.sort for report in found)
    failures = sorts[Sort.BOUNCE] + sorts[Sort.DELAYED]
    with_kind = sum(report.kind is not None for report in found)
    record_property("recognised", f"{failures} of {len(files)}")
    record_property("classified", f"{with_kind} of {sorts[Sort.BOUNCE]}")
    # Those that are none (an automatic reply, a receipt) and those that say nothing of it.
    assert failures >= 0.95 * len(files)
    assert with_kind >= 0.7 * sorts[Sort.BOUNCE]
