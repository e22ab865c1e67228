using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Ops;
using Bantam.Tensors;

namespace Bantam.Tests.Ops;

/// <summary>Ops read and write by pointers: operands that do not fit one another are refused before.</summary>
public sealed unsafe class OperandTests
{
    // Passes of two rows over a cache of two heads of 4; x is [2, 8].
    private static readonly Dictionary<string, Action<Pass, Tensor>> Table = new()
    {
        ["add"] = (pass, x) => Bantam.Ops.Add.Forward(pass, x, pass.New(2, 7)),
        ["bias"] = (pass, x) => AddBias.Forward(pass, x, pass.New(7)),
        ["adapter"] = (pass, x) => AddAdapter.Forward(pass, x, pass.New(2, 7), 1, 0),
        ["columns"] = (pass, x) => Columns.Forward(pass, x, 5, 4),
        ["matmul"] = (pass, x) => MatMul.Forward(pass, x, pass.New(3, 9)),
        ["matmul inputs first"] = (pass, x) => MatMulInputFirst.Forward(pass, x, pass.New(9, 8)),
        ["rms norm"] = (pass, x) => Bantam.Ops.RmsNorm.Forward(pass, x, pass.New(7), 1e-5f),
        ["layer norm, gains"] = (pass, x) => Bantam.Ops.LayerNorm.Forward(pass, x, pass.New(7), pass.New(8), 1e-5f),
        ["layer norm, biases"] = (pass, x) => Bantam.Ops.LayerNorm.Forward(pass, x, pass.New(8), pass.New(7), 1e-5f),
        ["gated activation, silu"] = (pass, x) => SwiGlu.Forward(pass, x, pass.New(2, 7)),
        ["gated activation, gelu"] = (pass, x) => GeGlu.Forward(pass, x, pass.New(2, 7)),
        ["rope, a table wider than a head"] = (pass, x) => Rope.Forward(pass, x, Rope.Table(pass, [1, 1, 1]), 4, RopePairing.Halves),
        ["rope, heads that do not fill a row"] = (pass, x) => Rope.Forward(pass, x, Rope.Table(pass, [1]), 3, RopePairing.Halves),
        ["rope, other rows"] = (pass, _) => Rope.Forward(pass, pass.New(1, 8), Rope.Table(pass, [1]), 4, RopePairing.Halves),
        ["rope, no heads"] = (pass, x) => Rope.Forward(pass, x, Rope.Table(pass, []), 0, RopePairing.Halves),
        ["gather"] = (pass, _) => Gather.Forward(pass, pass.New(1, 8)),
        ["attention, fewer queries than keys"] = (pass, x) => Attention.Forward(pass, pass.New(2, 4), x, x, 0, new(4)),
        ["attention, queries that share no keys evenly"] = (pass, x) => Attention.Forward(pass, pass.New(2, 12), x, x, 0, new(4)),
        ["attention, other values than keys"] = (pass, x) => Attention.Forward(pass, x, x, pass.New(2, 4), 0, new(4)),
        ["attention, other rows"] = (pass, x) => Attention.Forward(pass, pass.New(1, 8), x, x, 0, new(4)),
        ["attention, a window that the cache does not keep"] = (pass, x) => Attention.Forward(pass, x, x, x, 0, new(4, 1, Window: 3)),
        ["attention, a window before the beginning"] = (pass, x) => Attention.Forward(pass, x, x, x, 0, new(4, 1, Window: -3)),
        ["attention, everything"] = (pass, x) => Attention.Forward(pass, x, x, x, 0, new(4)),
        ["attention, another layer"] = (pass, x) => Attention.Forward(pass, x, x, x, 1, new(4, 1, Window: 2)),
        ["route"] = (pass, x) => Route.Forward(pass, x, 9, normalise: true),
        ["dispatch"] = (pass, x) => Dispatch.Forward(pass, x, Choices(pass, 3), 0),
        ["combine, other rows"] = (pass, x) => Combine.Forward(pass, x, pass.New(3, 8), Choices(pass, 3), pass.New(3, 1), 0),
        ["combine, fewer than chose"] = (pass, x) => Combine.Forward(pass, x, pass.New(1, 8), Choices(pass, 2), pass.New(2, 1), 0),
        ["combine, other weights"] = (pass, x) => Combine.Forward(pass, x, pass.New(2, 8), Choices(pass, 2), pass.New(2, 2), 0),
    };

    public static TheoryData<string> Cases => new(Table.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Operands_that_do_not_fit_are_refused(string name)
    {
        using var workers = new Workers(1);
        using var cache = new KvCache(1, 2, 4, 1, 200, DType.F32, _ => 2, chunk: 2);
        using var pass = new Pass(workers, cache);
        pass.Begin([new Row(0, 0), new Row(0, 1)]);
        Assert.ThrowsAny<ArgumentException>(() => Table[name](pass, pass.Zeros(new Shape(2, 8))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Logits_that_are_no_numbers_choose_each_expert_once_and_stay_none(bool reference)
    {
        using var workers = new Workers(1);
        using var cache = new KvCache(1, 1, 4, 1, 4, reference ? DType.F64 : DType.F32);
        using var pass = new Pass(workers, cache, compute: reference ? DType.F64 : DType.F32);
        pass.Begin([new Row(0, 0), new Row(0, 1)]);
        double[] values = [1, double.NaN, 3, double.NegativeInfinity, 5, 1, 2, double.NegativeInfinity, 3, 5];
        var logits = pass.New(2, 5);
        for (var i = 0; i < values.Length; i++)
        {
            if (reference) ((double*)logits.Data)[i] = values[i];
            else ((float*)logits.Data)[i] = (float)values[i];
        }
        var (experts, weights) = Route.Forward(pass, logits, 3, normalise: true);
        Assert.Equal([0, 1, 2], experts.RowSpan<int>(0).ToArray());
        Assert.Equal([4, 3, 1], experts.RowSpan<int>(1).ToArray());
        for (var s = 0; s < 3; s++) Assert.True(double.IsNaN(reference ? ((double*)weights.Data)[s] : ((float*)weights.Data)[s]));
    }

    private static Tensor Choices(Pass pass, int rows)
    {
        var experts = pass.New(DType.I32, rows, 1);
        experts.AsSpan<int>().Clear();
        return experts;
    }
}
