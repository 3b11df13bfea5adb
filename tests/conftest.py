"""One thread, fixed profiles: a test that passes once passes always."""

import os

# Before NumPy and torch load: sums over more than 32,768 elements depend on the number of threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import torch
from hypothesis import HealthCheck, settings

torch.set_num_threads(1)

common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=25, **common)
settings.register_profile("ci", max_examples=25, derandomize=True, **common)
settings.register_profile("nightly", max_examples=2000, **common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
