"""The sign-up form for other sites: HTML to be pasted, without script or style. Pure."""

from __future__ import annotations

from html import escape

from digest.config import Config
from digest.rendering.wording import Wording


def form_snippet(config: Config, briefing: str, return_to: str = "") -> str:
    """Return a form that subscribes to *briefing* from any page.

    Readers go on to *return_to* afterwards if its site is one of ``[signup] origins``; else they
    see our own page.

    Raises:
        NotFoundError: if there is no such briefing.
    """
    settings = config.briefing(briefing)
    wording = Wording(settings.language, "UTC")
    name = escape(briefing)
    back = f'  <input type="hidden" name="return" value="{escape(return_to)}">\n'
    return (
        f'<form action="{escape(config.web.url)}subscribe" method="post">\n'
        f'  <input type="hidden" name="briefing" value="{name}">\n'
        f"{back if return_to else ''}"
        f'  <label for="email-{name}">{escape(wording.phrase("email_label"))}</label>\n'
        f'  <input id="email-{name}" type="email" name="email" required maxlength="320" '
        'autocomplete="email">\n'
        f'  <button type="submit">{escape(wording.phrase("subscribe_button"))}</button>\n'
        "</form>\n"
    )
