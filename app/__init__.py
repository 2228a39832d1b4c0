"""The dashboard: what a visitor sees, and the work behind it."""

from ipcore import versions

versions.check()
