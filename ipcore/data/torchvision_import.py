"""Imports torchvision's data sets even if its compiled operators cannot be loaded.

The torchvision on PyPI is compiled for the CUDA build of torch. With a CPU-only torch its library of operators cannot
be loaded, which torchvision tolerates. But when it is imported it attaches shapes to two of those operators, ``nms``
and ``qnms``, and fails with "operator torchvision::nms does not exist" if they are missing. No data set uses them, so
it is enough to declare their arguments and results. They are declared only after an import has failed, because it would
be an error to declare operators that the library then registers itself.
"""

from __future__ import annotations

import sys
from types import ModuleType

SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

_declared: list[object] = []  # kept, because torch drops a declaration when its Library is garbage-collected


def datasets() -> ModuleType:
    """The module ``torchvision.datasets``. Its first import takes seconds, and imports torch too."""
    try:
        import torchvision.datasets
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]  # these modules were imported only in part
        _declare()
        import torchvision.datasets
    return torchvision.datasets


def _declare() -> None:
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS:
        library.define(schema)
    _declared.append(library)
