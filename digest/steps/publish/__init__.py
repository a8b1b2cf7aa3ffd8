"""Publish: articles in the store become the files that feed readers fetch.

``entries`` decides, purely, which article stands in which document; ``membership`` writes that
down; ``documents`` writes the documents; ``step`` is the story.
"""

from digest.config import FORMATS
from digest.steps.publish.documents import folder_of
from digest.steps.publish.step import MEDIA_FOLDER, PublishResult, publish

__all__ = ["FORMATS", "MEDIA_FOLDER", "PublishResult", "folder_of", "publish"]
