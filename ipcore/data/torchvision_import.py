"""torchvision's data sets, also where its compiled operators cannot load.

The torchvision on PyPI is compiled against the CUDA build of torch. Beside a CPU-only torch its library of operators
does not load, which it tolerates; but on import it attaches shapes to two of those operators, ``nms`` and ``qnms``,
whether they exist or not, and fails with "operator torchvision::nms does not exist". No data set uses them, so it is
enough to declare what they take and return. A torchvision that imports without help is left alone: declaring
operators that its library then registers itself would be an error.
"""

from __future__ import annotations

import sys
from types import ModuleType

SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

_declared: list[object] = []  # torch forgets a declaration when its Library is garbage-collected


def datasets() -> ModuleType:
    """``torchvision.datasets``. The first import takes seconds, and torch with it."""
    try:
        import torchvision.datasets
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]  # what was imported halfway
        _declare()
        import torchvision.datasets
    return torchvision.datasets


def _declare() -> None:
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS:
        library.define(schema)
    _declared.append(library)
