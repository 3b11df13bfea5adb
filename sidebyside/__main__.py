"""python -m sidebyside: the command `minigrad`, where it is not installed."""

import sys

from .cli import main

sys.exit(main())
