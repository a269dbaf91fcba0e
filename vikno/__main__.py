"""`python -m vikno` is the same as `vikno`."""

import sys

from vikno.cli import main

sys.exit(main())
