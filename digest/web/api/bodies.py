"""What requests and answers hold: the same tables validate, and make the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from digest.config import values
from digest.model import Image
from digest.syndication.identity import SLUG
from digest.syndication.parse.pushed import Markup, Pushed
from digest.syndication.sanitize import one_line

MAX_CONTENT_CHARS = 1_000_000
MAX_ID_CHARS = 200
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._~:@-]{0,199}$"
"""Of what callers call their articles: nothing that a URL could misread (security.md 10)."""


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not contain the character NUL")
    return value


def _slug(value: str) -> str:
    if not SLUG.fullmatch(value):
        raise ValueError("must be 1 to 80 of a-z, 0-9, and hyphens")
    return value


Line: TypeAlias = Annotated[str, Field(max_length=300), AfterValidator(values.check_line)]
Url: TypeAlias = Annotated[str, Field(max_length=2000), AfterValidator(values.check_url)]
Content: TypeAlias = Annotated[str, Field(max_length=MAX_CONTENT_CHARS), AfterValidator(_text)]
Language: TypeAlias = Annotated[str, AfterValidator(values.check_language)]


class Body(BaseModel):
    """Base of all requests: nothing is converted, and nothing that is not known is taken."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AuthorIn(Body):
    """Who wrote an article."""

    name: Annotated[Line, Field(max_length=100)]
    url: Url | None = None


class ImageIn(Body):
    """The picture that stands above an article."""

    url: Url
    alt: Annotated[str, Field(max_length=1000), AfterValidator(_text)] = ""
    caption: Annotated[str, Field(max_length=1000), AfterValidator(_text)] = ""
    credit: Annotated[str, Field(max_length=300), AfterValidator(_text)] = ""

    def value(self) -> Image:
        """Return the picture."""
        alt, caption, credit = one_line(self.alt), one_line(self.caption), one_line(self.credit)
        return Image(self.url, alt, caption, credit)


class ArticleIn(Body):
    """An article. Its content comes as exactly one of the three."""

    title: Line
    content_html: Content | None = None
    content_markdown: Content | None = None
    content_text: Content | None = None
    summary: Annotated[str, Field(max_length=2000), AfterValidator(_text)] = ""
    url: Url | None = Field(default=None, description="Where its page is; without one, here.")
    slug: Annotated[str, AfterValidator(_slug)] | None = Field(
        default=None, description="Of its page here; an article keeps its first one."
    )
    authors: Annotated[list[AuthorIn], Field(max_length=10)] = []
    topics: Annotated[list[Annotated[Line, Field(max_length=60)]], Field(max_length=20)] = []
    published_at: AwareDatetime | None = Field(
        default=None,
        description="With a zone. Before that time nobody sees it; without it: now, or as it was.",
    )
    updated_at: AwareDatetime | None = None
    image: ImageIn | None = None
    language: Language | None = None
    pinned: bool = False
    correction: Annotated[str, Field(max_length=2000), AfterValidator(_text)] = Field(
        default="", description="What was corrected, shown with the article."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        contents = (self.content_html, self.content_markdown, self.content_text)
        if sum(content is not None for content in contents) != 1:
            raise ValueError("give exactly one of content_html, content_markdown, and content_text")
        return self

    def pushed(self, name: str) -> Pushed:
        """Return the article that its writer calls *name*."""
        content, markup = self.content_html, Markup.HTML
        if self.content_markdown is not None:
            content, markup = self.content_markdown, Markup.MARKDOWN
        elif self.content_text is not None:
            content, markup = self.content_text, Markup.TEXT
        return Pushed(
            id=name,
            title=self.title,
            content=content or "",
            markup=markup,
            summary=self.summary,
            url=self.url or "",
            slug=self.slug or "",
            authors=tuple((author.name, author.url or "") for author in self.authors),
            topics=tuple(self.topics),
            published_at=self.published_at,
            updated_at=self.updated_at,
            image=self.image.value() if self.image else None,
            language=self.language or "",
            pinned=self.pinned,
            correction=self.correction,
        )


class ConsentIn(Body):
    """What a person agreed to elsewhere; it is kept in the record of their consent."""

    text: Annotated[Line, Field(min_length=10, description="The words that they agreed to.")]
    at: AwareDatetime = Field(description="When they agreed, with a zone.")
    evidence: Annotated[str, Field(max_length=300), AfterValidator(_text)] = Field(
        default="", description="How that can be shown: a form, a contract's number."
    )


class SubscriberIn(Body):
    """Somebody who wants briefings."""

    email: Annotated[str, Field(max_length=320)]
    briefings: Annotated[list[values.Name], Field(min_length=1, max_length=50)]
    language: Language | None = None
    timezone: Annotated[str, AfterValidator(values.check_timezone)] | None = None
    format: Literal["html", "text"] = "html"
    topics: Annotated[list[Annotated[Line, Field(max_length=80)]], Field(max_length=50)] = []
    ip: Annotated[str, Field(max_length=45)] | None = Field(
        default=None,
        description="The person's address: limits count by its network, which is all that is kept.",
    )
    consent: ConsentIn | None = Field(
        default=None, description="With it nobody is asked; needs the scope consent."
    )


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True)


class ArticleOut(Answer):
    """How an article stands."""

    id: str
    state: Literal["published", "scheduled", "waiting", "refused", "withdrawn"]
    reason: str = Field(description="Why it was withdrawn or refused; empty otherwise.")
    title: str
    uid: str | None = Field(description="The same in feeds and mails, for good; null: none yet.")
    url: str | None
    slug: str | None
    revision: int | None
    published_at: AwareDatetime | None
    updated_at: AwareDatetime | None
    is_mailed: bool | None = Field(description="False: it was too old when it was first seen.")
    content_html: str | None = Field(
        default=None, description="As it is published; in answers to GET only."
    )


class SubscriptionOut(Answer):
    """A person's consent to one briefing."""

    briefing: str
    state: str = Field(description="unconfirmed, confirmed, or unsubscribed")
    since: AwareDatetime | None = None


class SubscriberOut(Answer):
    """A person."""

    email: str
    suppressed: bool = Field(description="Whether the address gets no mail, whatever it wishes.")
    subscriptions: list[SubscriptionOut]


class ChangeOut(Answer):
    """What became of one wish."""

    briefing: str
    change: str = Field(
        description="asked, added, confirmed, unchanged, kept out, suppressed, or unsubscribed"
    )


class ChangesOut(Answer):
    """What became of a request; "asked" is said whoever it is and whatever follows."""

    changes: list[ChangeOut]


class IssueOut(Answer):
    """An issue and where its deliveries stand."""

    briefing: str
    number: int
    state: str
    subject: str
    composed_at: AwareDatetime
    finished_at: AwareDatetime | None
    ledger: dict[str, int]
    is_balanced: bool


class IssuesOut(Answer):
    """Issues, newest first."""

    issues: list[IssueOut]


class StatsOut(Answer):
    """Counts."""

    articles: dict[str, int]
    subscriptions: dict[str, dict[str, int]] = Field(description="By briefing, then by state.")
    issues: dict[str, dict[str, int]] = Field(description="By briefing, then by state.")
    alerts: int


class FieldOut(Answer):
    """What is wrong with one field."""

    pointer: str
    detail: str


class ProblemOut(Answer):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldOut] = []
