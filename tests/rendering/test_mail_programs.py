"""What mail programs make of the mails: features that they lack, and what spam filters say.

Slow, and only where the tools are: node with npm, and Debian's spamassassin.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from samples import sample_article, sample_content, sample_context, sample_image

from digest.mail.address import parse_address
from digest.mail.message import Letter, build
from digest.model import IssueContent, MailContext, Section
from digest.rendering import Renderer, bundled_templates
from digest.rendering.sample import samples

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
RENDERER = Renderer([bundled_templates()])
THEMES = RENDERER.themes()

# --- What programs lack ---

TOOLS = ROOT / "build" / "npm"
PACKAGE = "doiuse-email@0.4.1"
BASELINE = ROOT / "tests" / "data" / "mail_programs.json"
CLIENTS = "outlook.*,gmail.*,apple-mail.*,thunderbird.*"


@pytest.fixture(scope="module")
def doiuse() -> tuple[str, str]:
    """The command doiuse-email, in the build folder."""
    command = TOOLS / "node_modules" / "doiuse-email" / "bin" / "cli.js"
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    if not command.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        words = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(TOOLS)]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run([*words, PACKAGE], check=False, timeout=300)  # noqa: S603 - npm
        if not command.exists():
            pytest.skip(f"{PACKAGE} cannot be installed")
    return node, str(command)


def lacking(command: tuple[str, str], html: str, tmp_path: Path) -> dict[str, list[str]]:
    """Return which clients do not know a feature at all that *html* uses, by the feature."""
    page = tmp_path / "mail.html"
    page.write_text(html, "utf-8")
    words = [*command, "--email-clients", CLIENTS, str(page)]
    told = subprocess.run(words, capture_output=True, check=True, text=True, timeout=120)  # noqa: S603 - installed above
    found: dict[str, set[str]] = {}
    for line in json.loads(told.stdout).get("errors", []):
        match = re.fullmatch(r"`(.+)` is not supported by `(.+)`", line)
        assert match, line
        found.setdefault(match[1], set()).add(match[2])
    return {feature: sorted(found[feature]) for feature in sorted(found)}


def test_programs_lack_nothing_that_was_not_known(doiuse: tuple[str, str], tmp_path: Path) -> None:
    """email.md C2: against caniemail's data, as recorded; style sheets apart from all else.

    What a style sheet in the head does (dark mode, small screens) may be missing. What stands in
    the elements has to hold alone. A difference is to be looked at; RECORD=1 writes it down.
    """
    found: dict[str, Any] = {}
    for theme in THEMES:
        html = RENDERER.briefing(samples(theme)[0]).html
        bare = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
        found[theme] = lacking(doiuse, bare, tmp_path)
        everything = lacking(doiuse, html, tmp_path)
        found[f"{theme}, its style sheets"] = {
            feature: clients
            for feature, clients in everything.items()
            if clients != found[theme].get(feature)
        }
    if os.environ.get("RECORD") == "1":
        BASELINE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    assert found == json.loads(BASELINE.read_text("utf-8"))


# --- What spam filters say ---

MOST = 1.0
SLOT = "aB3" * 13 + "x"
"""Stands where a reader's own token comes."""


def without_pictures() -> MailContext:
    lead = sample_article(1)
    return sample_context(content=IssueContent(lead, (Section("World", (sample_article(2),)),)))


def with_many() -> MailContext:
    articles = tuple(sample_article(n, image=sample_image(n)) for n in range(2, 40))
    return sample_context(content=IssueContent(sample_article(1), (Section("World", articles),)))


CASES = {
    "ordinary": sample_context(),
    "whole": replace(
        sample_context(), briefing=replace(sample_context().briefing, full_content=True)
    ),
    "no pictures": without_pictures(),
    "many": with_many(),
    "headlines": sample_context(
        content=IssueContent(None, more=tuple(sample_article(n) for n in range(1, 30)))
    ),
    "Arabic": replace(sample_context(), briefing=replace(sample_context().briefing, language="ar")),
    "correction": sample_context(
        content=replace(sample_content(), lead=None, sections=(), more=())
    ),
}


def message(context: MailContext) -> bytes:
    """Return the mail as a relay is given it, unsigned."""
    links = context.links
    own = links.unsubscribe.replace("TOKEN", SLOT), links.preferences.replace("TOKEN", SLOT)
    context = replace(context, links=replace(links, unsubscribe=own[0], preferences=own[1]))
    mail = RENDERER.briefing(context)
    at = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    slots = {"unsubscribe": SLOT}
    letter = Letter(
        from_name="The Meridian Courier",
        from_address="briefing@courier.example",
        subject=context.subject,
        date=at,
        text=mail.text,
        html=mail.html,
        message_id_domain="courier.example",
        slots=slots,
        list_id="daily.courier.example",
        list_name="The Morning Meridian",
        list_help=context.links.archive,
        list_archive=context.links.archive,
        unsubscribe_url=context.links.unsubscribe,
        unsubscribe_mailto="unsubscribe@courier.example",
        feedback_id="128:daily:briefing:courierexample",
        language=context.briefing.language,
    )
    own_id = "<sample.128@courier.example>"
    return build(letter).fill(
        parse_address("reader@example.org"), own_id, {"unsubscribe": "M-f_" * 10}
    )


@pytest.mark.parametrize("theme", THEMES)
def test_spamassassin_gives_every_sample_less_than_one_point(theme: str) -> None:
    """Local tests only: those that ask the network judge the sender, not the mail."""
    command = shutil.which("spamassassin")
    if command is None:
        pytest.skip("spamassassin is not installed (apt-get install spamassassin)")
    scores = {}
    for name, context in CASES.items():
        themed = replace(context, publication=replace(context.publication, theme=theme))
        told = subprocess.run(  # noqa: S603 - Debian's
            [command, "-L", "-t"],
            input=message(themed),
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout.decode("utf-8", "replace")
        match = re.search(r"\((-?[\d.]+) points, [\d.]+ required\)", told)
        assert match, told[-2000:]
        rules = told.split("-----\n")[-1] if float(match[1]) >= MOST else ""
        scores[name] = (float(match[1]), rules)
    print(theme, {name: score for name, (score, _) in scores.items()})  # noqa: T201 - for the record
    assert {name: each for name, each in scores.items() if each[0] >= MOST} == {}
