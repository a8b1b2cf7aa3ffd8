"""The site: what readers see at each address, for the web app to serve and publish to write."""

from digest.steps.site.step import Answer, Site

__all__ = ["Answer", "Site"]
