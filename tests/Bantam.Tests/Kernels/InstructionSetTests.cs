using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bantam.Tests.Kernels;

/// <summary>
/// The kernel tests run once per instruction set; each leg names the set it means to test, and this says whether the
/// runtime really offers that and nothing better.
/// </summary>
[Trait("Category", "Kernels")]
public sealed class InstructionSetTests
{
    [Fact]
    public void The_instruction_set_is_what_this_leg_claims()
    {
        var claim = Environment.GetEnvironmentVariable("BANTAM_EXPECT_ISA");
        Assert.SkipWhen(string.IsNullOrEmpty(claim), "BANTAM_EXPECT_ISA is not set: an ordinary run on whatever this machine has");
        Assert.Equal(claim, Actual());
    }

    private static string Actual() =>
        Avx512BW.IsSupported ? "avx512"
        : Avx2.IsSupported ? "avx2"
        : Vector128.IsHardwareAccelerated ? "vector128"
        : "scalar";
}
