"""The kernels in CUDA C. CuPy compiles them when the first one is launched.

Every kernel rounds as NumPy does in the op, step by step: OPTIONS keeps multiply and add apart.
"""

OPTIONS = ("-fmad=false",)
TYPES = {"f": "float", "d": "double"}
TENSORS = 100  # as many as fit into the 4 KB of a kernel's arguments

SOURCE = r"""
typedef long long i64;

extern "C" __global__ void log_softmax(const T* x, T* z, i64 rows, i64 n) {
    i64 row = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    x += row * n, z += row * n;
    T top = x[0], total = 0;
    for (i64 c = 1; c < n; c++) top = x[c] > top ? x[c] : top;
    for (i64 c = 0; c < n; c++) total += exp(x[c] - top);
    T shift = log(total);
    for (i64 c = 0; c < n; c++) z[c] = (x[c] - top) - shift;
}

extern "C" __global__ void log_softmax_gradient(const T* dz, const T* z, T* dx, i64 rows, i64 n) {
    i64 row = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    dz += row * n, z += row * n, dx += row * n;
    T total = 0;
    for (i64 c = 0; c < n; c++) total += dz[c];
    for (i64 c = 0; c < n; c++) dx[c] = dz[c] - exp(z[c]) * total;
}

// Each sample's loss, then each sample's weight; x may be missing. A class that is none makes both nan.
extern "C" __global__ void nll_loss(
    const T* x, const i64* y, const T* weight, T* losses, T* weights, i64 rows, i64 n, i64 ignored
) {
    i64 row = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= rows) return;
    i64 c = y[row];
    T w = c == ignored ? 0 : (c < 0 || c >= n) ? T(nan("")) : weight ? weight[c] : 1;
    bool counts = c != ignored && c >= 0 && c < n;
    if (x) losses[row] = counts ? (weight ? -x[row * n + c] * w : -x[row * n + c]) : w;
    if (weights) weights[row] = w;
}

extern "C" __global__ void nll_loss_gradient(
    const T* dz, const T* total, const i64* y, const T* weight, T* dx, i64 rows, i64 n, i64 ignored, i64 each
) {
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= rows * n) return;
    i64 row = i / n, c = y[row];
    T d = each ? dz[row] : total ? dz[0] / total[0] : dz[0];
    bool none = c != ignored && (c < 0 || c >= n);
    dx[i] = none ? T(nan("")) : (c == ignored || c != i % n) ? 0 : weight ? -d * weight[c] : -d;
}

extern "C" __global__ void outside(const i64* y, i64* found, i64 n, i64 classes, i64 ignored) {
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && y[i] != ignored && (y[i] < 0 || y[i] >= classes)) found[0] = 1, found[1] = y[i];
}

// `where` is sorted: the thread at the first of equal places adds up what belongs there.
extern "C" __global__ void add_at(const T* x, const i64* where, const i64* order, T* z, i64 n) {
    i64 i = (i64)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n || (i && where[i] == where[i - 1])) return;
    T total = z[where[i]];
    for (i64 j = i; j < n && where[j] == where[i]; j++) total += x[order[j]];
    z[where[i]] = total;
}

struct Tensors { i64 count; T* p[TENSORS]; const T* g[TENSORS]; T* b[TENSORS]; i64 size[TENSORS]; };

extern "C" __global__ void sgd(
    Tensors all, T lr, T momentum, T undamped, T decay, i64 nesterov, i64 maximize, i64 first
) {
    i64 start = (i64)blockIdx.x * blockDim.x + threadIdx.x, stride = (i64)gridDim.x * blockDim.x;
    for (i64 t = 0; t < all.count; t++)
        for (i64 i = start; i < all.size[t]; i += stride) {
            T g = maximize ? -all.g[t][i] : all.g[t][i];
            if (decay != 0) g = g + decay * all.p[t][i];
            if (momentum != 0) {
                T b = first ? g : all.b[t][i] * momentum + undamped * g;
                all.b[t][i] = b;
                g = nesterov ? g + momentum * b : b;
            }
            all.p[t][i] = all.p[t][i] - lr * g;
        }
}
"""


def source(kind: str) -> str:
    """The kernels for one type, which a typedef names: a macro T would change the templates in CUDA's own headers."""
    return f"typedef {TYPES[kind]} T;\nenum {{ TENSORS = {TENSORS} }};\n{SOURCE}"
