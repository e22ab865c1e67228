"""Causal attention over one text, and the rotation of its heads: T rows, H heads of queries, G of keys and values, D elements each."""
import torch

ROWS = 1024  # computed together: a long text has more scores than memory


def rotate(x, rope, context):
    """x [T, H, D] turned by its position: element i turns with element i + dim/2, and those from dim on stay."""
    frequencies, factor = rope.frequencies(context)
    angles = torch.outer(torch.arange(len(x), dtype=torch.float64), torch.tensor(frequencies, dtype=torch.float64))
    cos, sin = ((f(angles) * factor).to(x.dtype)[:, None] for f in (torch.cos, torch.sin))
    half = len(frequencies)
    a, b, rest = x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]
    return torch.cat((a * cos - b * sin, b * cos + a * sin, rest), -1)


def attend(q, k, v, scale, softcap=None, window=None):
    """q [T, H, D], k and v [T, G, D] → [T, H·D]. Row i sees j ≤ i, with a window only i − j < window; head h reads the
    keys of h·G/H. A cap c turns a score s into c·tanh(s/c)."""
    out = torch.empty(len(q), q.shape[1], v.shape[2], dtype=q.dtype)
    for first in range(0, len(q), ROWS):
        last = min(first + ROWS, len(q))
        behind = torch.arange(first, last)[:, None] - torch.arange(last)[None, :]
        unseen = (behind < 0) | (behind >= (window or len(q)))
        for h in range(q.shape[1]):
            g = h * k.shape[1] // q.shape[1]
            scores = q[first:last, h] @ k[:last, g].T * scale
            if softcap:
                scores = softcap * torch.tanh(scores / softcap)
            out[first:last, h] = torch.softmax(scores.masked_fill(unseen, float("-inf")), -1) @ v[:last, g]
    return out.flatten(1)
