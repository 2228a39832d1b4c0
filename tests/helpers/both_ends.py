"""Which process of ``make test`` takes which files, so that none is idle while another has much to do."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController


class FromBothEnds(LoadFileScheduling):
    """Gives the first process files from the front, where those with a browser are, and the others files from the back.

    A browser, its server and its workers use more than one core, most other tests less than one: side by side they fill
    the machine, and two with a browser hinder each other. A second process starts a browser and a server of its own
    only where nothing else is left to do.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        if node is not self.nodes[0]:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)
