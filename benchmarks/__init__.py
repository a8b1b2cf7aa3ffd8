"""How fast Digest is, beside what others do with the same task: ``python -m benchmarks``.

One module for each figure to be reached (``p1.py`` …), each with a ``run`` that returns
:class:`benchmarks.report.Figure` values. Only ratios within one run count; every run of a sender
passes the gate of :mod:`benchmarks.gate` or fails.
"""
