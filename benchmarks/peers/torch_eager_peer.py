# SPDX-License-Identifier: BSL-1.0
"""PyTorch on the cases of eager tensors: results in tensors that exist, where a function takes
them; some also compiled."""
# First, because it says how torch is loaded.
from torch_training import BY, adam as fused_adam, restarting, tensor

import torch
import torch.nn.functional as F

import eager_cases
from eager_cases import A, B, C
from worker import serve


def axpbz(x, z):
    y = torch.empty_like(x)
    return lambda: torch.mul(x, A, out=y).add_(z, alpha=B).add_(C)


def expmx2z(x, z):
    y = torch.empty_like(x)
    return lambda: torch.mul(x, x, out=y).neg_().exp_().mul_(z)


def gelu(x):
    y = torch.empty_like(x)
    return lambda: torch.ops.aten.gelu.out(x, approximate="tanh", out=y)


def adam(p, gradient):
    p = torch.nn.Parameter(p)
    p.grad = gradient
    optimizer = fused_adam([p])

    @torch.no_grad()
    def call():
        optimizer.step()
        return p

    return call, restarting([p], optimizer)


def layer_norm(x, scale, bias):
    y, mean, deviation = torch.empty_like(x), torch.empty(len(x), 1), torch.empty(len(x), 1)

    def call():
        torch.ops.aten.native_layer_norm.out(x, [x.shape[1]], scale, bias, 1e-5,
                                             out0=y, out1=mean, out2=deviation)
        return y

    return call


def sumexp(x):
    t = torch.empty_like(x)
    return lambda: torch.exp(x, out=t).sum()


def stencil(a):
    y = torch.empty_like(a)[1:-1, 1:-1]
    return lambda: torch.add(a[:-2, 1:-1], a[2:, 1:-1], out=y).add_(a[1:-1, :-2]).add_(
        a[1:-1, 2:]).mul_(0.25)


def sort(x):
    y, places = torch.empty_like(x), torch.empty(x.shape, dtype=torch.int64)

    def call():
        torch.sort(x, out=(y, places))
        return y

    return call


def take(x, i):
    y = x.new_empty((*i.shape, *x.shape[1:]))
    return lambda: torch.index_select(x, 0, i, out=y)


def into(f, shape=None, dtype=torch.float32):
    """A function with an `out`; `shape` of the tensors, the first one's if there is none."""
    def make(*x):
        out = torch.empty(shape or x[0].shape, dtype=dtype)
        return lambda: f(*x, out=out)

    return make


def plain(f):
    return lambda *x: lambda: f(*x)


TABLE = {
    "eager_axpbz": axpbz,
    "eager_expmx2z": expmx2z,
    "eager_gelu": gelu,
    "eager_adam": adam,
    "eager_dot": plain(torch.dot),
    "eager_sumexp": sumexp,
    "eager_mean": plain(torch.mean),
    "eager_variance": plain(lambda x: torch.var(x, correction=0)),
    "eager_add": into(torch.add),
    "eager_add_row": into(torch.add),
    "eager_add_column": into(torch.add),
    "eager_add_every_second": into(lambda a, b, out: torch.add(a, b[:, ::2], out=out)),
    "eager_add_sliced": into(
        lambda a, b, out: torch.add(a[1:-1, 1:-1], b[1:-1, 1:-1], out=out), (1022, 1022)),
    "eager_stencil": stencil,
    "eager_transpose": into(lambda a, out: out.copy_(a.T)),
    "eager_sum_axis0": into(lambda a, out: torch.sum(a, 0, out=out), (1024,)),
    "eager_sum_axis1": into(lambda a, out: torch.sum(a, 1, out=out), (1024,)),
    "eager_variance_axis0": into(lambda a, out: torch.var(a, 0, correction=0, out=out), (1024,)),
    "eager_softmax": into(lambda x, out: torch.softmax(x, 1, out=out)),
    "eager_layer_norm": layer_norm,
    "eager_argmax": plain(torch.argmax),
    "eager_argmax_axis1": into(lambda a, out: torch.argmax(a, 1, out=out), (1024,), torch.int64),
    "eager_cumsum": into(lambda x, out: torch.cumsum(x, 0, out=out)),
    "eager_cumsum_axis0": into(lambda a, out: torch.cumsum(a, 0, out=out)),
    "eager_sort": sort,
    "eager_sort_rows": sort,
    "eager_argsort": plain(torch.argsort),
    "eager_unique": plain(torch.unique),
    "eager_take": take,
    "eager_take_rows": take,
    "eager_where": into(lambda x, z, out: torch.where(x > 0, x, z, out=out)),
    "eager_mask_assign": lambda y, z: lambda: y.masked_fill_(z > 0, 0.5),
    "eager_mask_select": plain(lambda x: x[x > 0]),
    "eager_concatenate_axis0": into(lambda a, b, out: torch.cat((a, b), 0, out=out), (1024, 1024)),
    "eager_concatenate_axis1": into(lambda a, b, out: torch.cat((a, b), 1, out=out), (1024, 1024)),
    "eager_matvec": into(torch.mv, (1024,)),
    "eager_matmul": into(torch.mm),
    "eager_matmul_batch": into(torch.bmm),
    "eager_einsum_bqd_bkd_bqk": plain(lambda q, k: torch.einsum("bqd,bkd->bqk", q, k)),
    "eager_einsum_bi_ij_bj_b": plain(lambda x, m, z: torch.einsum("bi,ij,bj->b", x, m, z)),
}
COMPILED = {
    "eager_axpbz": lambda x, z: A * x + B * z + C,
    "eager_expmx2z": lambda x, z: torch.exp(-x * x) * z,
    "eager_gelu": lambda x: F.gelu(x, approximate="tanh"),
    "eager_sumexp": lambda x: torch.exp(x).sum(),
    "eager_variance_axis0": lambda a: torch.var(a, 0, correction=0),
    "eager_softmax": lambda x: torch.softmax(x, 1),
    "eager_layer_norm": lambda x, scale, bias: F.layer_norm(x, scale.shape, scale, bias),
}


def inference(call):
    return torch.inference_mode()(call)


def made(make, arrays):
    call = make(*map(tensor, arrays))
    return call if isinstance(call, tuple) else inference(call)


def compiled(f, arrays):
    f, x = torch.compile(f, dynamic=False), [tensor(a) for a in arrays]
    return inference(lambda: f(*x))


if __name__ == "__main__":
    serve(eager_cases.cases(BY, TABLE, made) +
          eager_cases.cases(BY + ", compiled", COMPILED, compiled))
