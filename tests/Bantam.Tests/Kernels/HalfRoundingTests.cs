using Bantam.Kernels.Quant;

namespace Bantam.Tests.Kernels;

/// <summary>Rounding to sixteen bits eight at a time against the runtime's conversion of one.</summary>
[Trait("Category", "Kernels")]
public sealed unsafe class HalfRoundingTests
{
    // Every exponent, both signs, with mantissas around the places where rounding turns, and others.
    private static float[] Numbers
    {
        get
        {
            var random = new ExactRandom(11);
            var numbers = new List<float>();
            for (uint exponent = 0; exponent < 256; exponent++)
                for (var i = 0; i < 200; i++)
                {
                    var mantissa = random.Next() >> 9;
                    if (i % 4 == 1) mantissa = (mantissa & ~0x1fffu) | 0x1000;
                    if (i % 4 == 2) mantissa = (mantissa & ~0x1fffu) | (i % 8 == 2 ? 0xfffu : 0x1001);
                    if (i % 4 == 3) mantissa = (mantissa & ~0xffffu) | 0x8000u;
                    if (i < 8) mantissa = i < 4 ? 0 : 0x7fffff - ((uint)i % 4);
                    numbers.Add(BitConverter.UInt32BitsToSingle((random.Next() & 0x80000000) | (exponent << 23) | (mantissa & 0x7fffff)));
                }
            numbers.AddRange([65504, 65519.996f, 65520, -65520, 5.9604645e-8f, 2.9802322e-8f, 2.9802326e-8f, float.NaN, float.PositiveInfinity]);
            return [.. numbers];
        }
    }

    [Fact]
    public void Halves_are_those_of_the_runtime()
    {
        var x = Numbers;
        var y = new ushort[x.Length];
        fixed (float* from = x)
        fixed (ushort* to = y) HalfRounding.ToF16(from, to, x.Length);
        for (var i = 0; i < x.Length; i++)
            if (y[i] != BitConverter.HalfToUInt16Bits((Half)x[i]))
                Assert.Fail($"{x[i]:r} ({BitConverter.SingleToUInt32Bits(x[i]):x8}) became {y[i]:x4} instead of {BitConverter.HalfToUInt16Bits((Half)x[i]):x4}");
    }

    [Fact]
    public void Upper_halves_are_the_nearest_with_ties_to_even()
    {
        var x = Numbers;
        var y = new ushort[x.Length];
        fixed (float* from = x)
        fixed (ushort* to = y) HalfRounding.ToBF16(from, to, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(x[i]);
            var (below, rest) = (bits >> 16, bits & 0xffff);
            var expected = float.IsNaN(x[i]) ? below | 0x40
                : rest > 0x8000 || (rest == 0x8000 && below % 2 == 1) ? below + 1
                : below;
            if (y[i] != expected) Assert.Fail($"{bits:x8} became {y[i]:x4} instead of {expected:x4}");
        }
    }
}
