"""CUDA graphs: a training step that is repeated without Python.   torch: torch/cuda/graphs.py

    static_x, static_y = x.cuda(), y.cuda()          # the graph always reads and writes the same memory
    ...                                              # a few normal steps first, so that all kernels are compiled
    g = CUDAGraph()
    optimizer.zero_grad(set_to_none=True)
    with graph(g):
        loss = criterion(model(static_x), static_y)
        loss.backward()
        optimizer.step()
    for x, y in batches:
        static_x.copy_(x), static_y.copy_(y)
        g.replay()                                   # computes loss, gradients and weights for this batch

A capture records the work for the GPU and computes nothing. It does not record what Python does in between: a branch, a
number read by .item(), a learning rate that changes.
"""

from __future__ import annotations

from typing import Any, ClassVar

from minigrad.arrays.device import cupy_module, gpu_or
from minigrad.cuda.blas import prepare_products
from minigrad.cuda.streams import Stream, current_stream

_MODES = {"global": "Global", "thread_local": "ThreadLocal", "relaxed": "Relaxed"}


def graph_pool_handle() -> Any:
    """Return a pool of memory that several graphs can share. These graphs must not be replayed at the same time."""
    return gpu_or("Tried to instantiate dummy base class _graph_pool_handle").cuda.MemoryPool()


class CUDAGraph:
    """Recorded work of a stream, which one call repeats.

    `with graph(g):` captures the work, and `replay` repeats it on the current stream. Until `reset`, the graph owns the
    memory that was allocated during its capture, including the results. Raises RuntimeError without a GPU, as torch
    does. torch: torch.cuda.CUDAGraph.
    """

    def __init__(self, keep_graph: bool = False) -> None:
        gpu_or("Tried to instantiate dummy base class CUDAGraph")
        self._graph: Any = None
        self._pool: Any = None
        self._allocator: Any = None
        self._stream: Any = None

    def capture_begin(self, pool: Any = None, capture_error_mode: str = "global") -> None:
        """Start to record the work of the current stream. Raises RuntimeError on the default stream."""
        cupy, stream = cupy_module(), current_stream().stream
        if capture_error_mode not in _MODES:
            raise RuntimeError(
                f"Unknown capture error mode. Expected `global`, `thread_local`, or `relaxed`, got {capture_error_mode}"
            )
        if self._graph is not None or self._stream is not None:
            raise RuntimeError(
                "This CUDAGraph instance already owns a captured graph.\nCall reset() first, or make another CUDAGraph."
            )
        if stream.ptr == 0:
            raise RuntimeError(
                "CUDA graphs must be captured on a non-default stream. (However, after capture, it's ok to replay them "
                "on the default stream.)\n`with minigrad.cuda.graph(g):` uses its own stream."
            )
        prepare_products(stream.ptr)
        self._pool = (pool.pool() if isinstance(pool, CUDAGraph) else pool) or graph_pool_handle()
        self._allocator = cupy.cuda.using_allocator(self._pool.malloc)
        self._allocator.__enter__()
        # CuPy's pool may allocate memory during the capture, and only the relaxed mode allows this.
        try:
            stream.begin_capture(cupy.cuda.runtime.streamCaptureModeRelaxed)
        except BaseException:
            self._allocator.__exit__(None, None, None)
            raise
        self._stream = stream

    def capture_end(self) -> None:
        """End the capture. The graph can then be replayed."""
        stream, self._stream = self._stream, None
        if stream is None:
            raise RuntimeError(
                "capture_end() without capture_begin()\n`with minigrad.cuda.graph(g):` calls both."
            )
        self._allocator.__exit__(None, None, None)
        self._graph = stream.end_capture()

    def replay(self) -> None:
        """Repeat the recorded work on the current stream, in the same memory."""
        if self._graph is None:
            raise RuntimeError("Called CUDAGraph::replay without a preceding successful capture.")
        self._graph.launch()

    def reset(self) -> None:
        """Delete the graph and free its memory."""
        self._graph = self._pool = None

    def pool(self) -> Any:
        """Return the graph's pool of memory, for the capture of another graph."""
        if self._pool is None:
            raise RuntimeError("Called CUDAGraph::pool() without a preceding successful capture.")
        return self._pool


class graph:
    """`with graph(g):` captures the work of its block into g, on `stream` or on a stream that all captures share."""

    default_capture_stream: ClassVar[Any] = None

    def __init__(
        self,
        cuda_graph: CUDAGraph,
        pool: Any = None,
        stream: Any = None,
        capture_error_mode: str = "global",
        enable_annotations: bool = False,
        check_input_liveness: bool = False,
    ) -> None:
        if enable_annotations or check_input_liveness:
            raise NotImplementedError(
                "minigrad does not annotate graphs or check their inputs\nKeep the tensors that the graph reads alive."
            )
        if stream is None:
            if graph.default_capture_stream is None:
                graph.default_capture_stream = Stream()
            stream = graph.default_capture_stream
        self.cuda_graph, self.capture_stream = cuda_graph, stream
        self._how = pool, capture_error_mode

    def __enter__(self) -> None:
        cupy = cupy_module()
        cupy.cuda.Device().synchronize()  # earlier work must be finished before the graph uses its memory
        self.capture_stream.stream.__enter__()
        try:
            self.cuda_graph.capture_begin(*self._how)
        except BaseException:
            self.capture_stream.stream.__exit__(None, None, None)
            raise

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            self.cuda_graph.capture_end()
        except Exception:
            if error is None:  # otherwise the error of the block is raised
                raise
        finally:
            self.capture_stream.stream.__exit__(None, None, None)
        if error is not None:
            self.cuda_graph.reset()
