"""Ingest: files of a source's folder become articles in the store.

Read the folder, decide what each file means for the articles known so far (a pure function), write
that down in one transaction. A file that cannot become an article is named and left; what the store
had of it stays published.
"""

from digest.steps.ingest.step import IngestResult, RemovedText, check_folder, ingest

__all__ = ["IngestResult", "RemovedText", "check_folder", "ingest"]
