"""python -m sidebyside: the command `minigrad`, where it is not installed."""

import sys

from sidebyside.cli import main

sys.exit(main())
