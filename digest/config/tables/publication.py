"""Who publishes."""

from __future__ import annotations

from digest.config import values
from digest.config.tables.base import Table


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

    accent: values.Accent = "#8a1c1c"
    """CSS colour ``#rrggbb``."""
