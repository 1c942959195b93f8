"""python -m vitrine.cli, which needs no installed command."""

import sys

from vitrine.cli import main

if __name__ == "__main__":
    sys.exit(main())
