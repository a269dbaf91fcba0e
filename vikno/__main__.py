"""`python -m vikno`: the same as the command `vikno`."""

import sys

from vikno.cli import main

if __name__ == "__main__":
    sys.exit(main())
