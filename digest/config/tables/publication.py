"""Who publishes."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from digest.config import values
from digest.config.fonts import check_font
from digest.config.tables.base import Table
from digest.model import DEFAULT_THEME

Font = Annotated[
    str,
    AfterValidator(check_font),
    values.Expects('a typeface such as "georgia", or families such as "Charter, Georgia, serif"'),
]


class PublicationConfig(Table):
    """``[publication]``: who publishes."""

    title: values.Line
    url: values.BaseUrl
    """The site; ends in ``/``."""

    id: values.TagPrefix
    """Prefix of all tag URIs (RFC 4151). Never change it: every article would be new again."""

    description: values.Text = ""
    language: values.Language = "en"
    """BCP 47."""

    timezone: values.Timezone = "UTC"
    """IANA name; times without a zone in articles and schedules are meant in it."""

    author_name: values.OptionalLine = ""
    author_email: values.OptionalAddress = ""
    postal_address: values.Text = ""
    """Shown in every mail; many countries require it."""

    copyright: values.Text = ""
    logo: values.Logo = ""
    """URL, or a path below :attr:`url`."""

    logo_width: Annotated[int, Field(ge=40, le=480), values.Expects("40 to 480 pixels")] = 180
    """Of the logo in mails."""

    accent: values.Accent = "#8a1c1c"
    """CSS colour ``#rrggbb``."""

    theme: values.Name = DEFAULT_THEME
    """What mails look like; a folder below ``templates/email/themes/``."""

    heading_font: Font = ""
    """Of headlines in mails, as CSS; empty: the theme's own."""

    text_font: Font = ""
    """Of everything else in mails, as CSS; empty: the theme's own."""
