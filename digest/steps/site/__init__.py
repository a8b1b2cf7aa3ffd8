"""The site: what readers see at each address, for the web app to serve and publish to write."""

from digest.steps.site.pages import Answer
from digest.steps.site.step import Site
from digest.steps.site.write import SiteResult, write_site, write_static

__all__ = ["Answer", "Site", "SiteResult", "write_site", "write_static"]
