using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Execution;

/// <summary>What a cache admits, and what it holds after it, or the pass, has refused.</summary>
public sealed class KvCacheTests
{
    /// <summary>Rows as (sequence, position) that a cache of two sequences, of which the first has 140 positions, refuses.</summary>
    public static TheoryData<string, (int Sequence, int Position)[]> Refused => new()
    {
        { "a gap", [(0, 141)] },
        { "a gap behind rows that are good", [(0, 140), (1, 0), (0, 142)] },
        { "before the beginning", [(1, 0), (0, -1)] },
        { "far before the beginning", [(1, 0), (0, int.MinValue)] },
        { "beyond the context", [(1, 0), (0, 200)] },
        { "far beyond the context", [(1, 0), (0, int.MaxValue)] },
        { "another sequence", [(1, 0), (2, 0)] },
        { "a sequence before the first", [(1, 0), (-1, 0)] },
        { "twice the same", [(1, 0), (1, 0)] },
        { "out of order", [(0, 140), (0, 139)] },
        { "over and over", [(1, 0), (1, 1), (1, 0)] },
        { "more than a chunk", [(0, 140), (0, 141), (0, 142), (0, 143), (0, 144)] },
        { "where the window has moved on", [(1, 0), (0, 129)] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_refused_leaves_no_trace(string why, (int Sequence, int Position)[] rows)
    {
        using var cache = Filled();
        Assert.True(Record.Exception(() => cache.Admit([.. rows.Select(r => new Row(1, r.Position, r.Sequence))])) is ArgumentException or InvalidOperationException or BantamException, why);
        Assert.Equal((140, 0), (cache.Length(0), cache.Length(1)));
        Assert.True(cache.CanTruncate(0, 130));
        cache.Admit([new Row(1, 140), new Row(1, 0, 1), new Row(1, 141), new Row(1, 1, 1)]);
        Assert.Equal((142, 2), (cache.Length(0), cache.Length(1)));
    }

    [Fact]
    public void A_window_goes_back_as_far_as_it_still_shows_and_to_the_beginning()
    {
        using var cache = Filled();
        // The page from 128 on is kept; a row at 130 would look back on 128.
        Assert.True(cache.CanTruncate(0, 130));
        Assert.False(cache.CanTruncate(0, 129));
        cache.Truncate(0, 130);
        // What was given back stays so.
        Assert.False(cache.CanTruncate(0, 129));
        cache.Admit([new Row(1, 0)]);
        Assert.True(cache.CanTruncate(0, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(-4)]
    [InlineData(int.MinValue)]
    public void Chunks_without_rows_are_refused(int chunk) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new KvCache(1, 1, 2, 1, 8, DType.F32, _ => 4, chunk));

    [Fact]
    public void Admitting_to_many_sequences_allocates_nothing()
    {
        using var cache = new KvCache(1, 1, 2, 300, 8, DType.F32);
        cache.Admit([new Row(1, 0, 299)]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        cache.Admit([new Row(1, 1, 299)]);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Rows_of_a_pass_that_failed_are_not_looked_back_on()
    {
        foreach (var (family, bad) in new[] { ("llama", new Row(500, 3)), ("gpt2", new Row(500, 3)), ("gemma2", new Row(-1, 3)) })
        {
            var config = FamilyShapes.Tiny[family];
            var model = Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, DType.F32, 1));
            using var workers = new Workers(1);
            using var cache = model.NewCache(2, 16, DType.F32, chunk: 4);
            using var pass = new Pass(workers, cache);
            model.Forward(pass, [new Row(1, 0), new Row(2, 1), new Row(3, 0, 1)]);
            Assert.Equal("BT4004", Assert.Throws<BantamException>(() => model.Forward(pass, [new Row(3, 2), bad, new Row(4, 1, 1)])).Code);
            Assert.Equal((2, 1), (cache.Length(0), cache.Length(1)));
            // One that replaces an end has perhaps overwritten it.
            Assert.Equal("BT4004", Assert.Throws<BantamException>(() => model.Forward(pass, [bad with { Position = 1 }])).Code);
            Assert.Equal((1, 1), (cache.Length(0), cache.Length(1)));
        }
    }

    [Fact]
    public void A_position_that_was_not_learned_leaves_no_trace_either()
    {
        var config = FamilyShapes.Tiny["gpt2"];
        var model = Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, DType.F32, 1));
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, 32, DType.F32);
        using var pass = new Pass(workers, cache);
        var rows = Enumerable.Range(0, 17).Select(i => new Row(1, i)).ToArray();
        Assert.Equal("BT3001", Assert.Throws<BantamException>(() => model.Forward(pass, rows)).Code);
        Assert.Equal(0, cache.Length(0));
    }

    [Fact]
    public void A_tape_holds_one_run()
    {
        var model = new Llama(TinyLlama.Narrow, TinyLlama.Weights(TinyLlama.Narrow, DType.F32));
        using var workers = new Workers(1);
        using var cache = model.NewCache(1, 8, DType.F32);
        using var pass = new Pass(workers, cache, new Tape());
        model.Forward(pass, [new Row(1, 0)]);
        Assert.Throws<InvalidOperationException>(() => model.Forward(pass, [new Row(1, 1), new Row(2, 2)]));
        Assert.Equal(1, cache.Length(0));
        pass.Reset();
        model.Forward(pass, [new Row(1, 1), new Row(2, 2)]);
    }

    // Two layers, the second with a window of three, which is kept with four rows more.
    private static KvCache Filled()
    {
        var cache = new KvCache(2, 1, 2, 2, 200, DType.F32, layer => layer == 1 ? 3 : null, chunk: 4);
        for (var at = 0; at < 140; at += 4) cache.Admit([.. Enumerable.Range(at, 4).Select(p => new Row(1, p))]);
        return cache;
    }
}
