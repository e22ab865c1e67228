"""Rotary position embeddings: how far each pair of a head's elements turns per position, in double precision.

RoFormer (arXiv 2104.09864): pair i of D elements turns by position · θ^(−2i/D). The scalings stretch that for contexts
beyond the one of training; each is one function below. Standard library only.
"""
import math
import sys
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rope:
    """One way of turning. scaling is the object of config.json, or None; original is the context of training."""
    theta: float
    dim: int
    scaling: dict | None = field(hash=False)
    max_positions: int
    original: int

    def frequencies(self, context):
        """Radians per position of each of the dim/2 pairs, and the factor on sine and cosine, for a context of that length."""
        plain = base(self.theta, self.dim)
        if not self.scaling:
            return plain, 1.0
        kind = self.scaling.get("rope_type") or self.scaling.get("type")
        if kind not in SCALINGS:
            sys.exit(f"rope_type {kind}: {', '.join(SCALINGS)} are known")
        return SCALINGS[kind](self, self.scaling, plain, context)


def base(theta, dim):
    return [theta ** (-2 * i / dim) for i in range(dim // 2)]


def default(rope, s, plain, context):
    return plain, 1.0


def linear(rope, s, plain, context):
    """Position interpolation (arXiv 2306.15595)."""
    return [f / s["factor"] for f in plain], 1.0


def dynamic(rope, s, plain, context):
    """A base that grows with the context beyond max_position_embeddings ("dynamic NTK", YaRN paper, appendix)."""
    ratio = max(context, rope.max_positions) / rope.max_positions
    growth = s["factor"] * ratio - (s["factor"] - 1)
    return base(rope.theta * growth ** (rope.dim / (rope.dim - 2)), rope.dim), 1.0


def llama3(rope, s, plain, context):
    """Llama 3.1: waves longer than original/low_freq_factor are stretched by factor, those shorter than
    original/high_freq_factor stay, and between them the share goes linearly with the number of turns."""
    low, high, factor = s["low_freq_factor"], s["high_freq_factor"], s["factor"]
    out = []
    for f in plain:
        turns = rope.original * f / (2 * math.pi)
        kept = min(1.0, max(0.0, (turns - low) / (high - low)))
        out.append(f * (kept + (1 - kept) / factor))
    return out, 1.0


def yarn(rope, s, plain, context):
    """YaRN (arXiv 2309.00071): pairs that turn more than beta_fast times in the original context stay, those below
    beta_slow are stretched, with a ramp over the pair's index between; attention's temperature goes into the rotation."""
    factor = s.get("factor") or rope.max_positions / rope.original

    def index_of(turns):
        return rope.dim * math.log(rope.original / (turns * 2 * math.pi)) / (2 * math.log(rope.theta))

    low, high = index_of(s.get("beta_fast") or 32), index_of(s.get("beta_slow") or 1)
    if s.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, rope.dim - 1)
    if low == high:
        high += 0.001
    ramp = [min(1.0, max(0.0, (i - low) / (high - low))) for i in range(rope.dim // 2)]

    def temperature(weight):
        return 1.0 if factor <= 1 else 0.1 * weight * math.log(factor) + 1

    attention = s.get("attention_factor")
    if attention is None:
        both = s.get("mscale") and s.get("mscale_all_dim")
        attention = temperature(s["mscale"]) / temperature(s["mscale_all_dim"]) if both else temperature(1)
    return [f * (r / factor + 1 - r) for f, r in zip(plain, ramp)], attention


def longrope(rope, s, plain, context):
    """LongRoPE (arXiv 2402.13753): a divisor per pair, one list up to the original context and one beyond it. The factor
    on sine and cosine is the same for both."""
    divisors = s["long_factor"] if context > rope.original else s["short_factor"]
    if len(divisors) != len(plain):
        sys.exit(f"{len(divisors)} factors for {len(plain)} pairs")
    factor = s.get("factor") or rope.max_positions / rope.original
    attention = s.get("attention_factor")
    if attention is None:
        attention = 1.0 if factor <= 1 else math.sqrt(1 + math.log(factor) / math.log(rope.original))
    return [f / d for f, d in zip(plain, divisors)], attention


SCALINGS = {"default": default, "linear": linear, "dynamic": dynamic, "yarn": yarn, "longrope": longrope, "llama3": llama3}
