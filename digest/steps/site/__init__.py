"""The site: what readers see at each address, for the web app to serve and publish to write."""

from digest.steps.site.pages import Answer
from digest.steps.site.step import Site

__all__ = ["Answer", "Site"]
