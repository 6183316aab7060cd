"""The machine's rate of large matrix products, the measure of all other rates."""

import time
from typing import Any

import numpy as np
from keras import ops

from seqtasks.bench.facts import facts
from seqtasks.bench.sample import Mode, Sample
from seqtasks.bench.settings import PRODUCT_SIZE, BenchSettings


class Product:
    """Products of two square matrices, in float32, and in bfloat16 if that is asked."""

    def __init__(self, settings: BenchSettings):
        lower = settings.precision == "mixed_bfloat16"
        self.modes: dict[str, Mode] = {
            dtype: self._mode(dtype)
            for dtype in ("float32", *(["bfloat16"] if lower else []))
        }

    def _mode(self, dtype: str) -> Mode:
        rng = np.random.default_rng(0)
        shape = (PRODUCT_SIZE, PRODUCT_SIZE)
        a, b = (
            ops.cast(rng.standard_normal(shape, dtype=np.float32), dtype)
            for _ in range(2)
        )

        def multiplied(times):
            start = time.perf_counter()
            for _ in range(times):
                product = ops.matmul(a, b)
            # on an accelerator a product is there only once it was looked at
            float(ops.convert_to_numpy(ops.cast(product[0, 0], "float32")))
            return time.perf_counter() - start

        def mode(steps):
            return Sample(multiplied(1), multiplied(steps), steps, 1)

        return mode

    def about(self) -> dict[str, Any]:
        """The path, and what the machine is."""
        return {**facts(), "implementation": f"{PRODUCT_SIZE} × {PRODUCT_SIZE}"}
