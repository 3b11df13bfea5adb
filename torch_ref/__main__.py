"""`python -m torch_ref train ...` is `minigrad train --engine torch ...`, under a name that torchrun can start.

torchrun --nproc-per-node 4 -m torch_ref train --data mnist --batch-size 256
"""

import sys

from sidebyside.cli import main

if __name__ == "__main__":
    sys.exit(main([*sys.argv[1:], "--engine", "torch"]))
