"""The preview: the next issue in a browser of this machine, made anew when anything changes.

For whoever writes, edits, or designs. It sends nothing, answers this machine only, and has no part
in the public site.
"""

from digest.web.preview.app import make_preview
from digest.web.preview.desk import PreviewDesk

__all__ = ["PreviewDesk", "make_preview"]
