"""``python -m ipcore.worker``: see :mod:`ipcore.worker.child`."""

import os

from ipcore.worker.child import main

if __name__ == "__main__":
    # No orderly shutdown: at exit the interpreter would wait for the lock of standard input, which the listener holds.
    os._exit(main())
