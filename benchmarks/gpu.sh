#!/usr/bin/env bash
# The tests and the benchmarks of a GPU, from a bare checkout, with what `python` has: nothing is installed.
#
#     bash benchmarks/gpu.sh [options of python -m benchmarks.gpu]
#
# Both run, whatever the first says; the exit status tells of the worse. At most 8 minutes together.
set -u
cd "$(dirname "$0")/.."
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE # set, they slow NumPy's products down
PYTHON="${PYTHON:-python}"

timeout 200 "$PYTHON" -m pytest -W default -m cuda tests/test_cuda.py
tests=$?
timeout 270 "$PYTHON" -m benchmarks.gpu "$@"
benchmarks=$?
echo "tests: exit status $tests; benchmarks: exit status $benchmarks"
exit $((tests > benchmarks ? tests : benchmarks))
