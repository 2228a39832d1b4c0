"""Data sets: what they are, where they come from, and how they are loaded.

For example::

    from ipcore import data
    examples = data.load("mnist-5k")
"""

from ipcore.data.downloads import DataUnavailable, Progress, cache_folder
from ipcore.data.sets import Data, cached, fetch, load

__all__ = ["Data", "DataUnavailable", "Progress", "cache_folder", "cached", "fetch", "load"]
