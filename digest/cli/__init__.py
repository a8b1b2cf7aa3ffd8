"""The command line: calls the steps and shows their results.

Each command imports what it needs when it runs, so that ``digest --help`` answers at once.
"""

from digest.cli.app import main

__all__ = ["main"]
