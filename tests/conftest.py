"""Property tests look at new examples on every run of a developer, and at the same ones on every run of CI.

A pull request is then judged by what it changes, not by chance; what chance finds is found at the desk.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
