"""Preparing: the next issue as it would be, read from the database and rendered, not written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from digest import tokens
from digest.config import BriefingConfig
from digest.mail.message import placeholder
from digest.model import UNSUBSCRIBE_SLOT, Article, Cadence, Listed, issue_key
from digest.planning.reading import Material, exceptions, read
from digest.planning.variants import Kind, Sorter, name_of
from digest.selection import IssuePlan, narrowed
from digest.steps.compose.composition import Composition, Press, Rendition
from digest.steps.compose.content import content_of, placed_of
from digest.steps.compose.letter import Heading
from digest.steps.compose.writing import write
from digest.store import articles as stored
from digest.store import issues
from digest.store.engine import Transaction

TEST_MARK = "[Test] "


def prepare(
    tx: Transaction,
    press: Press,
    name: str,
    now: datetime,
    mark: str = "",
    cadence: Cadence = Cadence.EACH,
    dated: datetime | None = None,
) -> Composition | str:
    """Return the next issue of the briefing for readers of *cadence*, or why there is none.

    *dated* is the time that its mails bear, which may be later than it is made; ``None``: it is a
    draft that will not be frozen, so its links cannot be counted.

    *mark* comes before its subject; an issue with one shows what was mailed before when nothing is
    new.

    Raises:
        TemplateError: if a template is broken.
    """
    config = press.config
    briefing = config.briefings[name]
    material = read(tx, config, name, now, cadence)
    if mark and not material.plan.articles:
        # A test is for the looks and the relay: what was mailed before will do.
        material = read(tx, config, name, now, cadence, again=True)
    plan = material.plan
    if len(plan.articles) < briefing.min_articles:
        return _too_few(plan, briefing)
    others = exceptions(tx, config, name, material, now)
    earlier = {item.sequence: item for item in others.missed}
    sorting = Sorter(plan, briefing, press.renderer.phrases, earlier).sort(
        material.groups, others.specials
    )
    loaded = {item.sequence: item for item in stored.load(tx, [*plan.mailed, *earlier])}
    number = issues.next_number(tx, name)
    key = issue_key(name, number, now)
    slot = placeholder(tokens.derive(press.keyring.first, "placeholder"), key, UNSUBSCRIBE_SLOT)
    counts_clicks = briefing.click_counts and dated is not None
    heading = Heading(
        name,
        number,
        slot,
        dated or now,
        mark,
        material.desk.arrangement.introduction,
        counts_clicks,
        material.desk.arrangement.subject,
    )
    printer = _Printer(press, heading, material, earlier, loaded)
    return Composition(
        name,
        number,
        key,
        slot,
        plan,
        printer.print(sorting.kinds),
        placed=tuple(placed_of(plan, loaded)),
        targets={number: item.url for number, item in loaded.items()} if counts_clicks else {},
        cadence=cadence,
        sorting=sorting,
        served=others.served,
    )


class _Printer:
    """Renders the kinds of one issue, each once."""

    def __init__(
        self,
        press: Press,
        heading: Heading,
        material: Material,
        earlier: Mapping[int, Listed],
        loaded: Mapping[int, Article],
    ) -> None:
        self._press = press
        self._heading = heading
        self._material = material
        self._earlier = earlier
        self._loaded = loaded
        self._briefing = press.config.briefings[heading.briefing]

    def print(self, kinds: Sequence[Kind]) -> tuple[Rendition, ...]:
        """Return the renditions of *kinds*, in their order."""
        found: list[Rendition] = []
        for kind in kinds:
            names = [item.name for item in found]
            name = name_of(kind, self._material.plan, names, kinds[0])
            found.append(self._rendition(kind, name, is_whole=kind == kinds[0]))
        return tuple(found)

    def _rendition(self, kind: Kind, name: str, *, is_whole: bool) -> Rendition:
        plan = self._material.plan
        if not is_whole:
            added = [self._earlier[number] for number in sorted(kind.added)]
            arrangement = self._material.desk.arrangement
            plan = narrowed(plan, self._briefing, arrangement, kind.keep, added)
        content = content_of(plan, self._loaded)
        written, fitting = write(self._press, self._heading, content, kind.language, kind.format)
        shown = written.context
        mail, skeleton = written.mail, written.skeleton
        return Rendition(name, shown.subject, plan, shown.content, mail, skeleton, fitting)


def _too_few(plan: IssuePlan, briefing: BriefingConfig) -> str:
    found = len(plan.articles)
    if found == 0:
        return "no new articles"
    return f"{found} new articles, fewer than min_articles = {briefing.min_articles}"
