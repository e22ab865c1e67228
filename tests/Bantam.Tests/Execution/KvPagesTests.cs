using Bantam.Execution;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Models;

namespace Bantam.Tests.Execution;

/// <summary>Pages of many sequences: shared, copied, given back and used again, and never lost.</summary>
public sealed unsafe class KvPagesTests
{
    private const int Layers = 3;
    private const int Heads = 2;
    private const int Window = 50;
    private const int Chunk = 40;

    public static TheoryData<ulong, int?> Seeds
    {
        get
        {
            var data = new TheoryData<ulong, int?>();
            foreach (var seed in new ulong[] { 1, 2, 3, 4 })
                foreach (var budget in new int?[] { null, 1, 7 }) data.Add(seed, budget);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_happens_each_sequence_reads_what_it_stored(ulong seed, int? budget)
    {
        const int Sequences = 4;
        const int Capacity = 400;
        var random = new ExactRandom(seed);
        using var cache = new KvCache(Layers, Heads, 2, Sequences, Capacity, DType.F32, layer => layer == 1 ? Window : null, Chunk, pages: budget);
        var texts = Enumerable.Range(0, Sequences).Select(_ => new List<int>()).ToArray();
        var (stamp, refused) = (0, 0);
        for (var step = 0; step < 3000; step++)
        {
            var (sequence, other) = (random.Below(Sequences), random.Below(Sequences));
            switch (random.Below(8))
            {
                case 0 when texts[sequence].Count > 0:
                    var shorter = random.Below(texts[sequence].Count + 1);
                    if (!cache.CanTruncate(sequence, shorter)) shorter = 0;
                    cache.Truncate(sequence, shorter);
                    texts[sequence].RemoveRange(shorter, texts[sequence].Count - shorter);
                    break;
                case 1 or 2 when sequence != other:
                    var shared = random.Below(4) == 0 ? random.Below(texts[sequence].Count + 1) : texts[sequence].Count;
                    if (!cache.CanTruncate(sequence, shared)) break;
                    cache.Fork(sequence, other, shared);
                    texts[other] = texts[sequence][..shared];
                    break;
                default:
                    if (!Append(cache, texts, random, ref stamp)) refused++;
                    break;
            }
            Check(cache, texts);
        }
        // Without a budget there is a page for everybody, whoever shares; with a small one they do run out.
        Assert.Equal(budget is not null, refused > 0);
        for (var sequence = 0; sequence < Sequences; sequence++) cache.Truncate(sequence, 0);
        Assert.Equal(0, cache.UsedBytes);
    }

    [Fact]
    public void What_sequences_share_is_counted_once_until_they_go_their_own_ways()
    {
        using var cache = new KvCache(Layers, Heads, 4, 16, 256, DType.F16);
        var page = cache.Bytes / (16 * 4);
        for (var at = 0; at < 130; at += 65) cache.Admit([.. Enumerable.Range(at, 65).Select(p => new Row(1, p))]);
        Assert.Equal(3 * page, cache.UsedBytes);
        for (var to = 1; to < 16; to++) cache.Fork(0, to, 130);
        Assert.Equal(3 * page, cache.UsedBytes);
        // Fifteen copy the page that they go on in, and the last has it for itself.
        cache.Admit([.. Enumerable.Range(0, 16).Select(s => new Row(1, 130, s))]);
        Assert.Equal((2 + 16) * page, cache.UsedBytes);
        for (var to = 1; to < 16; to++) cache.Truncate(to, 64);
        Assert.Equal(3 * page, cache.UsedBytes);
        cache.Truncate(0, 0);
        Assert.Equal(page, cache.UsedBytes);
    }

    [Fact]
    public void Positions_of_a_text_lie_one_behind_the_other_also_when_sequences_grow_in_turn()
    {
        using var cache = new KvCache(Layers, Heads, 4, 3, 640, DType.F16);
        for (var at = 0; at < 640; at += 64)
            for (var sequence = 0; sequence < 3; sequence++)
                cache.Admit([.. Enumerable.Range(at, 64).Select(p => new Row(1, p, sequence))]);
        for (var sequence = 0; sequence < 3; sequence++)
            for (var page = 0; page + 1 < 10; page++)
                Assert.Equal(64 * 4 * 2, cache.Keys(2, sequence, page + 1, 1) - cache.Keys(2, sequence, page, 1));
    }

    [Fact]
    public void Pages_that_run_out_refuse_the_pass_and_those_given_back_in_it_count()
    {
        using var cache = new KvCache(1, 1, 4, 3, 256, DType.F16, pages: 3);
        cache.Admit([.. Enumerable.Range(0, 128).Select(p => new Row(1, p)), new Row(1, 0, 1)]);
        var error = Assert.Throws<BantamException>(() => cache.Admit([new Row(1, 1, 1), new Row(1, 128)]));
        Assert.Equal("BT3011", error.Code);
        Assert.Equal((128, 1, 0), (cache.Length(0), cache.Length(1), cache.Length(2)));
        // The first begins again and needs one of its two, so that the third can begin.
        cache.Admit([new Row(1, 0, 2), new Row(1, 0)]);
        Assert.Equal((1, 1, 1), (cache.Length(0), cache.Length(1), cache.Length(2)));
    }

    [Fact]
    public void Types_that_caches_do_not_have_are_refused_by_name()
    {
        Assert.Equal("BT2102", Refusal(DType.Q4_K, null, 256).Code);
        Assert.Equal("BT2102", Refusal(DType.F16, DType.Q6_K, 256).Code);
        Assert.Equal("BT2102", Refusal(DType.F64, DType.F16, 64).Code);
        var blocks = Refusal(DType.F16, DType.Q8_0, 80);
        Assert.Equal("BT3010", blocks.Code);
        Assert.Contains("80", blocks.Message, StringComparison.Ordinal);
        Assert.Equal("BT3012", Assert.Throws<BantamException>(() => new KvCache(int.MaxValue / 1024, 1 << 20, 1 << 20, 1, 1 << 20, DType.F32)).Code);

        static BantamException Refusal(DType keys, DType? values, int headDim) =>
            Assert.Throws<BantamException>(() => new KvCache(1, 1, headDim, 1, 64, keys, valueType: values));
    }

    public static TheoryData<string, string> Types
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var keys in KvTypes.All)
                foreach (var values in KvTypes.All) data.Add(keys.Name, values.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Sixteen_that_were_forked_from_one_prompt_go_on_as_each_would_alone(string keys, string values)
    {
        var (keyType, valueType) = (DType.All.Single(t => t.Name == keys), DType.All.Single(t => t.Name == values));
        var config = FamilyShapes.Wide["gemma2"] with { MaxPositionEmbeddings = 256 };
        var model = Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, DType.F32, 1));
        var random = new ExactRandom(3);
        int[] prompt = [.. Enumerable.Range(0, 150).Select(_ => random.Below(config.VocabSize))];
        using var workers = new Workers(2);
        using var cache = model.NewCache(16, 200, keyType, 64, valueType);
        using var pass = new Pass(workers, cache);
        for (var at = 0; at < prompt.Length; at += 50)
        {
            model.Forward(pass, [.. Enumerable.Range(at, 50).Select(p => new Row(prompt[p], p))]);
            pass.Reset();
        }
        for (var to = 1; to < 16; to++) cache.Fork(0, to, 150 - to);
        for (var to = 1; to < 16; to++) cache.Fork(to, to == 15 ? 1 : to + 1, 150 - to);
        var lengths = Enumerable.Range(0, 16).Select(cache.Length).ToArray();
        var together = Enumerable.Range(0, 16).Select(_ => new List<int>()).ToArray();
        for (var step = 0; step < 3; step++)
        {
            var logits = model.Logits(pass, model.Forward(pass, [.. Enumerable.Range(0, 16).Select(s => new Row(s + step, lengths[s] + step, s, WantsLogits: true))]));
            for (var s = 0; s < 16; s++) together[s].AddRange(logits.RowSpan<int>(s));
            pass.Reset();
        }
        foreach (var s in new[] { 0, 1, 7, 15 })
        {
            using var own = model.NewCache(1, 200, keyType, 200, valueType);
            using var alone = new Pass(workers, own);
            Row[] text = [.. prompt[..lengths[s]].Select((token, p) => new Row(token, p)), .. Enumerable.Range(0, 3).Select(step => new Row(s + step, lengths[s] + step, WantsLogits: true))];
            var logits = model.Logits(alone, model.Forward(alone, text));
            Assert.Equal(together[s], [.. logits.RowSpan<int>(0), .. logits.RowSpan<int>(1), .. logits.RowSpan<int>(2)]);
        }
    }

    // Some rows for some sequences, at their ends or a little before; false where no pages are left, and then nothing has changed.
    private static bool Append(KvCache cache, List<int>[] texts, ExactRandom random, ref int stamp)
    {
        var rows = new List<Row>();
        for (var s = 0; s < texts.Length; s++)
        {
            if (random.Below(2) == 0) continue;
            var from = random.Below(4) == 0 ? random.Below(texts[s].Count + 1) : texts[s].Count;
            if (!cache.CanTruncate(s, from)) from = texts[s].Count;
            for (var n = Math.Min(1 + random.Below(Chunk), cache.Capacity - from); n > 0; n--) rows.Add(new Row(0, from++, s));
        }
        try
        {
            cache.Admit([.. rows]);
        }
        catch (BantamException e) when (e.Code == "BT3011")
        {
            return false;
        }
        foreach (var row in rows)
        {
            var text = texts[row.Sequence];
            text.RemoveRange(Math.Min(row.Position, text.Count), Math.Max(0, text.Count - row.Position));
            text.Add(++stamp);
            for (var layer = 0; layer < Layers; layer++)
                for (var head = 0; head < Heads; head++)
                {
                    *At(cache.Keys(layer, row.Sequence, row.Position / KvCache.PageSize, head), row.Position) = (stamp * 10) + head;
                    *At(cache.Values(layer, row.Sequence, row.Position / KvCache.PageSize, head), row.Position) = (stamp * 10) + head + 5;
                }
        }
        return true;
    }

    private static void Check(KvCache cache, List<int>[] texts)
    {
        var held = new HashSet<nint>();
        for (var s = 0; s < texts.Length; s++)
        {
            Assert.Equal(texts[s].Count, cache.Length(s));
            for (var layer = 0; layer < Layers; layer++)
            {
                var (from, to) = cache.Pages(layer, s);
                Assert.Equal((texts[s].Count + KvCache.PageSize - 1) / KvCache.PageSize, to);
                Assert.True(from * KvCache.PageSize <= (layer == 1 ? Math.Max(0, texts[s].Count - Window + 1) : 0));
                for (var page = from; page < to; page++)
                    for (var head = 0; head < Heads; head++)
                    {
                        held.Add((nint)cache.Keys(layer, s, page, head));
                        for (var p = page * KvCache.PageSize; p < Math.Min(texts[s].Count, (page + 1) * KvCache.PageSize); p++)
                        {
                            if (*At(cache.Keys(layer, s, page, head), p) != (texts[s][p] * 10) + head) Assert.Fail($"key {p} of sequence {s} in layer {layer}");
                            if (*At(cache.Values(layer, s, page, head), p) != (texts[s][p] * 10) + head + 5) Assert.Fail($"value {p} of sequence {s} in layer {layer}");
                        }
                    }
            }
        }
        // Keys and values, each two floats wide.
        Assert.Equal(held.Count * 2L * KvCache.PageSize * 8, cache.UsedBytes);
    }

    // Heads are two floats wide; the first of a position is what the test wrote.
    private static int* At(byte* page, int position) => (int*)page + (position % KvCache.PageSize * 2);
}
