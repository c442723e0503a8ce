"""What a result depends on, found in the source without running it, and why a result is stale.

A digest covers the syntax (no comments, docstrings, annotations, positions) of a function and of every name
that it reaches in its file, each engine module that its names lead to with what that imports in turn, the
versions of the packages they import, and the data they read.
"""

from reportgen.fingerprint.dependencies import Dependencies, explain, make_dependencies
from reportgen.fingerprint.stages import Fingerprints, StageKeys, stage_dependencies

__all__ = ["Dependencies", "Fingerprints", "StageKeys", "explain", "make_dependencies", "stage_dependencies"]
