"""The desk: the web app of those who run the publication. See app.py for how a screen is added."""

from digest.web.desk.app import make_desk

__all__ = ["make_desk"]
