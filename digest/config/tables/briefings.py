"""What readers subscribe to."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from digest.config import values
from digest.config.tables.base import Table
from digest.config.values import Expects
from digest.schedule import WEEKDAYS, parse_cron


class BriefingConfig(Table):
    """``[briefings.<name>]``: a recurring product that readers subscribe to."""

    title: values.Line
    description: values.Text = ""
    subject: values.Subject = "{lead}"
    """With ``{briefing}`` (its title), ``{lead}`` (the lead's title), ``{date}``, ``{number}``."""

    from_address: values.Address
    from_name: values.OptionalLine = ""
    """Empty: the publication's title."""

    reply_to: values.OptionalAddress = ""
    language: values.OptionalLanguage = ""
    """Empty: the publication's."""

    timezone: values.OptionalTimezone = ""
    """Empty: the publication's."""

    send_at: values.TimeOfDay = time(7)
    """Wall time in :attr:`timezone`."""

    days: values.Days = WEEKDAYS
    """``mon`` … ``sun``."""

    day_of_month: values.DaysOfMonth = ()
    """1 to 31, -1 for the last; empty: all. A date must satisfy :attr:`days` too."""

    cron: values.OptionalLine = ""
    """Five fields, instead of the three keys above; empty: those count."""

    topics: values.Topics = ()
    """Only articles with one of these; empty: all."""

    exclude_topics: values.Topics = ()
    sources: values.Names = ()
    """Only articles from these; empty: all."""

    languages: Annotated[
        tuple[values.Language, ...],
        Field(strict=False),
        Expects('a list of language tags such as ["en", "de-CH"]'),
    ] = ()
    """Only articles in one of these, ``de`` for ``de-CH`` too; empty: all."""

    lead: Annotated[
        Literal["pinned", "newest", "none"],
        Expects('"pinned" (the newest pinned article, else the newest), "newest", or "none"'),
    ] = "pinned"
    max_articles: Annotated[
        int, Field(ge=1, le=500), Expects("a whole number of articles, 1 to 500")
    ] = 25
    """Shown with summary or text; further ones become headlines or wait for the next issue."""

    min_articles: Annotated[
        int, Field(ge=1, le=500), Expects("a whole number of articles, 1 to 500")
    ] = 1
    """With fewer new articles than this, no issue is made."""

    max_age_days: Annotated[
        int, Field(ge=0, le=36500), Expects("a whole number of days, 0 for no limit")
    ] = 30
    """Articles published longer ago than this are not mailed; 0: no limit."""

    max_held_over: Annotated[
        int, Field(ge=0, le=100), Expects("a whole number of issues, 0 for no limit")
    ] = 0
    """After so many issues without room for it an article is not mailed any more; 0: no limit."""

    max_per_topic: Annotated[
        int, Field(ge=0, le=500), Expects("a whole number of articles, 0 for no limit")
    ] = 0
    """Articles with the same first topic in one issue; others wait for the next. 0: no limit."""

    max_per_source: Annotated[
        int, Field(ge=0, le=500), Expects("a whole number of articles, 0 for no limit")
    ] = 0
    """Articles from one source in one issue; others wait for the next. 0: no limit."""

    never_repeat: Annotated[
        Literal["briefing", "person"],
        Expects('"briefing" (once in this briefing) or "person" (once in all of them)'),
    ] = "briefing"
    """Nobody gets an article twice in this briefing; "person": nor what they got in another."""

    same_story: Annotated[bool, Expects("true or false")] = True
    """Whether articles of different sources that tell the same story are told once."""

    weekly_on: Annotated[
        Literal["", "mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        Expects('a day of the week such as "sun", or "" for not at all'),
    ] = ""
    """The day on which those who want one a week get theirs; empty: that is not offered."""

    send_in: Annotated[
        Literal["briefing", "subscriber"],
        Expects('"briefing" (in its time zone) or "subscriber" (in that of each)'),
    ] = "briefing"
    """In whose time zone :attr:`send_at` holds."""

    match_language: Annotated[bool, Expects("true or false")] = False
    """Whether readers who chose a language get only articles in it."""

    max_variants: Annotated[
        int, Field(ge=1, le=500), Expects("a whole number of variants, 1 to 500")
    ] = 50
    """An issue is made in at most so many kinds for what readers chose; others get all of it."""

    sections: values.Topics = ()
    """Topics in the order of their sections; other topics follow."""

    headlines: Annotated[
        int, Field(ge=0, le=100), Expects("a whole number of headlines, 0 to 100")
    ] = 8
    """How many further articles stand as headlines under "more"."""

    content: values.Content = "summary"
    click_counts: Annotated[bool, Expects("true or false")] = False
    """Whether links to articles go by an address of ours that counts how often they are opened, by
    day and article; it is the same for all readers and tells nothing of any."""

    relay: Annotated[str, Expects("the name of a relay")] = ""
    """Empty: the first of :attr:`relays`, or of all."""

    relays: values.Names = ()
    """Relays that share the mails, and stand in for each other. Empty: :attr:`relay` alone."""

    seeds: Annotated[
        tuple[values.Address, ...],
        Field(strict=False),
        Expects('a list of addresses such as ["editor@example.org"]'),
    ] = ()
    """Subscribers who get each issue before all others."""

    canary_messages: Annotated[
        int, Field(ge=0, le=100_000), Expects("a whole number of mails, 0 to judge none")
    ] = 200
    """By the results of so many mails an issue is judged; one that goes badly pauses itself. 0: it
    never does."""

    max_lateness_hours: Annotated[
        int, Field(ge=1, le=168), Expects("a whole number of hours, 1 to 168")
    ] = 6
    """An issue that is due longer ago than this is skipped, with a stored reason."""

    cutoff_minutes: Annotated[
        int, Field(ge=0, le=1320), Expects("a whole number of minutes, 0 to 1320")
    ] = 0
    """How long before it is due an issue is made. It then waits until it is due. 0: made and sent
    at once."""

    approval_editors: Annotated[
        tuple[values.Address, ...],
        Field(strict=False),
        Expects('a list of addresses such as ["editor@example.org"]'),
    ] = ()
    """Who is mailed each scheduled issue, with links to send, hold, or drop it; empty: nobody is
    asked. Needs :attr:`cutoff_minutes`."""

    approval_deadline_minutes: Annotated[
        int, Field(ge=0, le=1320), Expects("a whole number of minutes, 0 to 1320")
    ] = 5
    """How long before an issue is due :attr:`approval_default` happens, if nobody has decided."""

    approval_default: Annotated[Literal["send", "hold"], Expects('"send" or "hold"')] = "send"
    """What happens to an issue that nobody decided about in time."""

    expire_after_hours: Annotated[
        int, Field(ge=1, le=720), Expects("a whole number of hours, 1 to 720")
    ] = 48
    """How long after an issue was due it is still of use to readers."""

    list_id: values.ListId = ""
    """Empty: the briefing's name and the publication's host. Never change it."""

    unsubscribe_mailto: values.OptionalAddress = ""
    """Empty: ``unsubscribe@`` the domain of :attr:`from_address`."""

    bounce_address: values.OptionalAddress = ""
    """Where relays report failures, with ``+<code>`` before the ``@``, which proves whose mail it
    was; the mailbox must take such addresses. Empty: the sender's, without a code."""

    @property
    def max_lateness(self) -> timedelta:
        """How late an issue may be composed."""
        return timedelta(hours=self.max_lateness_hours)

    @property
    def cutoff(self) -> timedelta:
        """How long before it is due an issue is made."""
        return timedelta(minutes=self.cutoff_minutes)

    @property
    def approval_deadline(self) -> timedelta:
        """How long before an issue is due editors must have decided."""
        return timedelta(minutes=self.approval_deadline_minutes)

    @property
    def expire_after(self) -> timedelta:
        """How long after its due time an issue may still be sent."""
        return timedelta(hours=self.expire_after_hours)

    @property
    def max_age(self) -> timedelta | None:
        """How old articles may be; ``None`` when there is no limit."""
        return timedelta(days=self.max_age_days) if self.max_age_days else None

    def subject_of(self, *, lead: str, date: str, number: int) -> str:
        """Return the subject of one issue; *lead* and *date* are text, taken as they are."""
        filled = {
            "{briefing}": self.title,
            "{lead}": lead,
            "{date}": date,
            "{number}": str(number),
        }
        return values.fill_subject(self.subject, filled)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.cron:
            both = self.model_fields_set & {"send_at", "days", "day_of_month"}
            if both:
                raise ValueError(f"has cron and also {min(both)}; keep one of the two")
            parse_cron(self.cron, ZoneInfo("UTC"))
        if self.relay and self.relays and self.relay != self.relays[0]:
            raise ValueError("has relay and also relays; keep one of the two")
        if len(set(self.relays)) < len(self.relays):
            raise ValueError("names a relay twice in relays; [relays.<name>] has a weight for that")
        if self.approval_editors and self.cutoff_minutes <= self.approval_deadline_minutes:
            raise ValueError(
                "has approval_editors, and leaves them no time: cutoff_minutes must be above "
                f"approval_deadline_minutes = {self.approval_deadline_minutes}"
            )
        if self.min_articles > self.max_articles:
            raise ValueError("has min_articles above max_articles, so no issue would ever be made")
        return self
