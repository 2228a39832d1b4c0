"""A process that trains and measures: ``python -m ipcore.worker``, commands in, events out, one JSON object a line.

Standard input takes the commands of :mod:`ipcore.worker.commands`, which says how each is answered. Standard output
gives the events of :mod:`ipcore.recordings.events`.

The process ends as soon as standard input does, even in the middle of a run, so that it never outlives the process that
started it. To try it by hand, keep the input open::

    (echo '{"command": "start", "config": {"dataset": "spirals", "steps": 200}}'; cat) | python -m ipcore.worker

Stray prints and details of faults go to standard error. One thread computes: on a machine shared with a server and a
browser, two are slower. Once warm it lowers its priority by 5, or by what ``--niceness`` says, so that the web server
on the same machine answers first. With ``--beat`` it gives a sign of life at intervals.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import BinaryIO

from ipcore.jsonlines import encode
from ipcore.methods import registry
from ipcore.recordings.events.worker import Alive, Ready
from ipcore.worker.loop import CommandLoop

NICENESS = 5
HUNG = 60.0
"""Seconds after which a turn that has not ended counts as hung: the worker gives no more signs of life. A training step
of the largest network that is allowed takes some seconds."""


def listen(stream: BinaryIO, lines: queue.SimpleQueue[bytes]) -> None:
    """Passes lines on. Ends the process at the end of the input, even while other threads compute."""
    try:
        for line in stream:
            if line.strip():
                lines.put(line)
    finally:
        os._exit(0)


def beat(loop: CommandLoop, write: Callable[[str], None], seconds: float) -> None:
    """Gives a sign of life at intervals of so many seconds, for ever, unless the loop has hung."""
    line = encode(Alive())
    while True:
        time.sleep(seconds)
        turned = loop.turned
        if turned is None or time.monotonic() - turned < HUNG:
            write(line)


def _claim_output() -> Callable[[str], None]:
    """Reserves standard output for events: all other prints, of Python or of C, go to standard error."""
    sys.stdout.flush()
    output = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    lock = threading.Lock()

    def write(line: str) -> None:
        try:
            with lock:
                output.write(line + "\n")
                output.flush()
        except BrokenPipeError:
            os._exit(0)  # nobody listens any more

    return write


def main() -> int:
    """Serves until standard input ends or Ctrl-C. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ipcore.worker", description="Commands in, events out.")
    parser.add_argument("--niceness", type=int, default=NICENESS, help="how much to lower the priority")
    parser.add_argument("--beat", type=float, default=0.0, help="seconds between two signs of life; 0 for none")
    options = parser.parse_args()
    if registry.problem():
        print(f"error: {registry.problem()}", file=sys.stderr)
        return 2
    try:
        write = _claim_output()
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=listen, args=(sys.stdin.buffer, lines), name="listen", daemon=True).start()
        loop = CommandLoop(lines, write)
        if options.beat > 0:
            threading.Thread(target=beat, args=(loop, write, options.beat), name="beat", daemon=True).start()
        import torch  # only now: from here on the end of input is noticed, and prints are harmless

        from ipcore.networks.device import use_training_device

        torch.set_num_threads(1)
        try:
            use_training_device()
        except ValueError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        loop.warm_up()
        if hasattr(os, "nice"):
            os.nice(options.niceness)  # not before: somebody may be waiting for it to get warm
        write(encode(Ready()))
        loop.serve()
    except KeyboardInterrupt:
        return 130
    except Exception:  # an installation that cannot even import; whoever started this sees the process end
        traceback.print_exc()
        return 1
    return 0
