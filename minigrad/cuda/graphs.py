"""CUDA graphs: a training step that is repeated without Python.   torch: torch/cuda/graphs.py

    static_x, static_y = x.cuda(), y.cuda()          # the graph reads and writes always the same memory
    ...                                              # a few ordinary steps first, so that all kernels are compiled
    g = CUDAGraph()
    optimizer.zero_grad(set_to_none=True)
    with graph(g):
        loss = criterion(model(static_x), static_y)
        loss.backward()
        optimizer.step()
    for x, y in batches:
        static_x.copy_(x), static_y.copy_(y)
        g.replay()                                   # loss, gradients and weights are those of this batch

While a step is captured nothing is computed: what the GPU is asked is written down. What Python does in between
(a branch, a number read by .item(), a learning rate that changes) is not in the graph.
"""

from __future__ import annotations

from typing import Any, ClassVar

from minigrad.arrays.device import cupy_module, gpu_or
from minigrad.cuda import kernels
from minigrad.cuda.streams import Stream, current_stream

_MODES = {"global": "Global", "thread_local": "ThreadLocal", "relaxed": "Relaxed"}


def graph_pool_handle() -> Any:
    """A pool of memory for graphs that may share theirs, since they are never replayed at once."""
    return gpu_or("Tried to instantiate dummy base class _graph_pool_handle").cuda.MemoryPool()


class CUDAGraph:
    """What a stream was asked to do while it was captured, to be asked again with one call.

    `with graph(g):` captures; `replay` repeats it on the current stream. The graph owns the memory that was
    allocated during its capture, its results among it, until `reset`. RuntimeError, as in torch, without a GPU.
    """

    def __init__(self, keep_graph: bool = False) -> None:
        gpu_or("Tried to instantiate dummy base class CUDAGraph")
        self._graph: Any = None
        self._pool: Any = None
        self._allocator: Any = None
        self._stream: Any = None

    def capture_begin(self, pool: Any = None, capture_error_mode: str = "global") -> None:
        """Write down from now on what the current stream is asked. RuntimeError on the default stream."""
        cupy, stream = cupy_module(), current_stream().stream
        if capture_error_mode not in _MODES:
            raise RuntimeError(
                f"Unknown capture error mode. Expected `global`, `thread_local`, or `relaxed`, got {capture_error_mode}"
            )
        if self._graph is not None or self._stream is not None:
            raise RuntimeError(
                "This CUDAGraph instance already owns a captured graph.\nreset() it, or make another."
            )
        if stream.ptr == 0:
            raise RuntimeError(
                "CUDA graphs must be captured on a non-default stream. (However, after capture, it's ok to replay them "
                "on the default stream.)\n`with minigrad.cuda.graph(g):` takes one of its own."
            )
        kernels.prepare_products(stream.ptr)
        self._pool = (pool.pool() if isinstance(pool, CUDAGraph) else pool) or graph_pool_handle()
        self._allocator = cupy.cuda.using_allocator(self._pool.malloc)
        self._allocator.__enter__()
        # CuPy's pool may ask CUDA for more memory meanwhile, which only the relaxed mode lets it do.
        try:
            stream.begin_capture(cupy.cuda.runtime.streamCaptureModeRelaxed)
        except BaseException:
            self._allocator.__exit__(None, None, None)
            raise
        self._stream = stream

    def capture_end(self) -> None:
        """The capture ends; the graph can be replayed."""
        stream, self._stream = self._stream, None
        if stream is None:
            raise RuntimeError(
                "capture_end() without capture_begin()\n`with minigrad.cuda.graph(g):` calls both."
            )
        self._allocator.__exit__(None, None, None)
        self._graph = stream.end_capture()

    def replay(self) -> None:
        """Ask the current stream for all of it again, in the same memory."""
        if self._graph is None:
            raise RuntimeError("Called CUDAGraph::replay without a preceding successful capture.")
        self._graph.launch()

    def reset(self) -> None:
        """Forget the graph and let go of its memory."""
        self._graph = self._pool = None

    def pool(self) -> Any:
        """The pool of its memory, for another graph's capture."""
        if self._pool is None:
            raise RuntimeError("Called CUDAGraph::pool() without a preceding successful capture.")
        return self._pool


class graph:
    """`with graph(g):` captures into g what is asked within, on a stream of its own or on `stream`."""

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
                "minigrad's graphs are not annotated, and their inputs not watched\nKeep what the graph reads alive."
            )
        if stream is None:
            if graph.default_capture_stream is None:
                graph.default_capture_stream = Stream()
            stream = graph.default_capture_stream
        self.cuda_graph, self.capture_stream = cuda_graph, stream
        self._how = pool, capture_error_mode

    def __enter__(self) -> None:
        cupy = cupy_module()
        cupy.cuda.Device().synchronize()  # nothing of before may still be at work in what the graph will use
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
            if error is None:  # else what went wrong within is what is told
                raise
        finally:
            self.capture_stream.stream.__exit__(None, None, None)
        if error is not None:
            self.cuda_graph.reset()
