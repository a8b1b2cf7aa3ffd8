"""What a briefing looks like: an issue's content in, the HTML and the text of its mail out.

Templates are Jinja2 and MJML (see ``templates/email/``) and the operator's to change. They run in
a sandbox; what articles and editors wrote is data to them, never template or markup.
"""

from digest.rendering.renderer import RenderedMail, Renderer, bundled_templates

__all__ = ["RenderedMail", "Renderer", "bundled_templates"]
