"""``python -m ipcore``: see :mod:`ipcore.cli.main`."""

import sys

from ipcore.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
