using System.Buffers.Binary;
using System.Security.Cryptography;
using Bantam.Checkpoints;
using Bantam.Execution;
using Bantam.Inference;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Inference;

/// <summary>A prefix that comes out of a file is the one that went in, or none.</summary>
public sealed class KvPrefixTests : IDisposable
{
    private const string Name = "a model";

    // Places in the file: magic, version, hash, then what is hashed.
    private const int VersionAt = 8;
    private const int HashAt = 12;
    private const int ContentAt = 44;
    private const int PageSizeAt = 76;
    private const int NumbersAt = 80;
    private const int TokenCountAt = 100;
    private const int TokensAt = 104;

    private readonly ScratchFolder _folder = new();
    private readonly Workers _workers = new(1);

    public void Dispose()
    {
        _workers.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string, string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var (keys, values) in new[] { ("F32", "F32"), ("F16", "BF16"), ("Q8_0", "Q4_0") })
                foreach (var family in new[] { "llama", "gemma2" }) data.Add(family, keys, values);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_prompt_goes_on_behind_a_saved_beginning_as_if_it_had_been_computed(string family, string keys, string values)
    {
        var model = Model(family);
        var text = Text(200, model.Config);
        var path = _folder.File("prefix");
        using (var first = NewGenerator(model, 256, chunk: 16, keys, values))
        {
            first.Prefill(text);
            first.SavePrefix(path, Name);
        }
        // Longer, the same, shorter, and other texts that begin so; with other chunks, and so other pages behind the window.
        foreach (var (kept, more, chunk, loaded) in new[] { (200, 30, 64, 200), (200, 0, 16, 200), (198, 0, 16, 198), (198, 5, 7, 198), (3, 20, 16, family == "gemma2" ? 0 : 3), (0, 9, 16, 0) })
        {
            int[] prompt = [.. text[..kept], .. Text(more, model.Config).Select(token => token ^ 1)];
            using var warm = NewGenerator(model, 256, chunk, keys, values);
            using var cold = NewGenerator(model, 256, 200, keys, values);
            Assert.Equal(loaded, warm.LoadPrefix(path, prompt, Name));
            Assert.Equal(cold.Prefill(prompt).ToArray(), warm.Prefill(prompt).ToArray());
            Assert.Equal(cold.Decode(1).ToArray(), warm.Decode(1).ToArray());
        }
    }

    [Fact]
    public void What_was_loaded_can_be_saved_again_and_is_the_same_file()
    {
        var model = Model("gemma2");
        var (path, again) = (Saved(model, 150), _folder.File("again"));
        using var generator = NewGenerator(model, 256, 16);
        Assert.Equal(150, generator.LoadPrefix(path, Text(150, model.Config), Name));
        generator.SavePrefix(again, Name);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(again));
    }

    [Fact]
    public void A_longer_text_than_the_context_is_taken_as_far_as_it_goes()
    {
        var model = Model("llama");
        var path = Saved(model, 150);
        using var generator = NewGenerator(model, 100, 16);
        Assert.Equal(90, generator.LoadPrefix(path, Text(150, model.Config)[..90], Name));
        using var cache = model.NewCache(1, 100, DType.F16);
        Assert.Equal(Text(150, model.Config)[..100], KvPrefix.Load(path, cache, 0, Name));
        Assert.Equal(100, cache.Length(0));
    }

    [Fact]
    public void Another_model_type_or_context_is_refused_by_name()
    {
        var model = Model("llama");
        var path = Saved(model, 70);
        var text = Text(70, model.Config);
        Refuse("BT3015", "model", model, "another model", "F16", "F16");
        Refuse("BT3015", "key type", model, Name, "Q8_0", "F16");
        Refuse("BT3015", "value type", model, Name, "F16", "F32");
        Refuse("BT3015", "heads", Model("gemma"), Name, "F16", "F16");
        Refuse("BT3015", "layers", Model("gemma3_text"), Name, "F16", "F16");
        // Positions of this family are scaled by the context that is asked for.
        var dynamic = Architectures.Of(Dynamic).Create!(Dynamic, FamilyShapes.Weights(Dynamic, DType.F32, 1));
        using (var generator = NewGenerator(dynamic, 64, 16))
        {
            generator.Prefill([1, 2, 3]);
            generator.SavePrefix(path, Name);
            Assert.Equal(3, generator.LoadPrefix(path, [1, 2, 3], Name));
        }
        Refuse("BT3015", "context", dynamic, Name, "F16", "F16");

        void Refuse(string code, string says, CausalLm other, string name, string keys, string values)
        {
            using var generator = NewGenerator(other, 128, 16, keys, values);
            var error = Assert.Throws<ModelFileException>(() => generator.LoadPrefix(path, text, name));
            Assert.Equal(code, error.Code);
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
            Assert.NotEmpty(generator.Prefill(text[..5]).ToArray());
        }
    }

    [Fact]
    public void No_byte_can_be_changed_and_none_be_missing()
    {
        var model = Model("llama");
        var path = Saved(model, 5);
        var bytes = File.ReadAllBytes(path);
        using var cache = model.NewCache(1, 64, DType.F16);
        Assert.Equal(5, KvPrefix.Load(path, cache, 0, Name).Length);
        foreach (var at in Enumerable.Range(0, 200).Concat(Enumerable.Range(0, 50).Select(i => 200 + ((bytes.Length - 201) * i / 49))))
        {
            var changed = bytes.ToArray();
            changed[at] ^= 4;
            Assert.Equal(at is >= VersionAt and < HashAt ? "BT3014" : "BT3013", Code(changed));
        }
        foreach (var length in new[] { 1, 8, 47, 103, 104, 124, bytes.Length - 1 }) Assert.Equal("BT3013", Code(bytes[..length]));
        Assert.Equal("BT3013", Code([.. bytes, 0]));
        Assert.Equal("BT1001", Code([]));
        Assert.Equal("BT1001", Assert.Throws<ModelFileException>(() => KvPrefix.Load(_folder.Path, cache, 0, Name)).Code);
        Assert.Equal("BT1000", Assert.Throws<BantamException>(() => KvPrefix.Load(_folder.File("none"), cache, 0, Name)).Code);
        Assert.Equal((0, 0), (cache.Length(0), cache.UsedBytes));

        string Code(byte[] content)
        {
            var changed = _folder.Write("changed", content);
            var error = Assert.ThrowsAny<BantamException>(() => KvPrefix.Load(changed, cache, 0, Name));
            return error.Code;
        }
    }

    // Numbers with a hash that fits them: what a hostile file would say.
    [Theory]
    [InlineData(PageSizeAt, 32, "BT3015")]
    [InlineData(NumbersAt, 1, "BT3015")]
    [InlineData(NumbersAt, int.MaxValue, "BT3015")]
    [InlineData(NumbersAt + 4, -1, "BT3015")]
    [InlineData(NumbersAt + 8, 0, "BT3015")]
    [InlineData(NumbersAt + 12, 12, "BT3015")]
    [InlineData(NumbersAt + 16, int.MinValue, "BT3015")]
    [InlineData(TokenCountAt, 0, "BT3013")]
    [InlineData(TokenCountAt, -1, "BT3013")]
    [InlineData(TokenCountAt, 4, "BT3013")]
    [InlineData(TokenCountAt, 65, "BT3013")]
    [InlineData(TokenCountAt, int.MaxValue, "BT3013")]
    [InlineData(TokenCountAt, int.MinValue, "BT3013")]
    [InlineData(TokensAt + (70 * 4), 1, "BT3013")]
    [InlineData(TokensAt + (70 * 4), 2, "BT3013")]
    [InlineData(TokensAt + (70 * 4), -1, "BT3013")]
    [InlineData(TokensAt + (70 * 4), int.MaxValue, "BT3013")]
    public void Lengths_that_do_not_fit_together_are_refused_before_anything_is_taken(int at, int value, string code)
    {
        var model = Model("llama");
        var bytes = File.ReadAllBytes(Saved(model, 70));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
        using var cache = model.NewCache(1, 128, DType.F16);
        var error = Assert.Throws<ModelFileException>(() => KvPrefix.Load(Forged(bytes), cache, 0, Name));
        Assert.Equal(code, error.Code);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal((0, 0), (cache.Length(0), cache.UsedBytes));
    }

    [Fact]
    public void Tokens_that_no_prompt_has_and_pages_that_no_window_left_behind_are_not_gone_on_from()
    {
        var model = Model("llama");
        var bytes = File.ReadAllBytes(Saved(model, 70));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(TokensAt + 8), -7);
        using var generator = NewGenerator(model, 128, 16);
        Assert.Equal(2, generator.LoadPrefix(Forged(bytes), Text(70, model.Config), Name));

        // The first page of every layer is said to be gone, and the rows that would be in it are cut out.
        bytes = File.ReadAllBytes(Saved(model, 70));
        var (heads, layers) = (model.Config.NumKeyValueHeads, model.Config.NumHiddenLayers);
        var row = 2 * model.Config.HeadDim * 2;
        var data = TokensAt + (4 * (70 + layers));
        for (var layer = 0; layer < layers; layer++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(TokensAt + (4 * (70 + layer))), 1);
        var shorter = bytes[..data].Concat(Enumerable.Range(0, layers).SelectMany(layer => bytes[(data + (((layer * 70) + 64) * heads * row))..(data + ((layer + 1) * 70 * heads * row))])).ToArray();
        Assert.Equal(0, generator.LoadPrefix(Forged(shorter), Text(70, model.Config), Name));
    }

    [Fact]
    public void Where_there_are_no_pages_for_it_the_sequence_stays_empty()
    {
        var model = Model("gemma2");
        var path = Saved(model, 150);
        using var cache = model.NewCache(2, 256, DType.F16, chunk: 16, pages: 3);
        cache.Admit([new Row(1, 0, 1)]);
        Assert.Equal("BT3011", Assert.Throws<BantamException>(() => KvPrefix.Load(path, cache, 0, Name)).Code);
        Assert.Equal((0, 1), (cache.Length(0), cache.Length(1)));
        cache.Truncate(1, 0);
        Assert.Equal(150, KvPrefix.Load(path, cache, 0, Name).Length);
    }

    [Fact]
    public void A_fingerprint_tells_weights_and_configurations_apart_and_not_files()
    {
        var config = FamilyShapes.Wide["gemma3_text"];
        var fingerprint = Fingerprint.Of(config, FamilyShapes.Weights(config, DType.F32, 1));
        Assert.Equal(fingerprint, Fingerprint.Of(config with { }, FamilyShapes.Weights(config, DType.F32, 1)));
        Assert.NotEqual(fingerprint, Fingerprint.Of(config, FamilyShapes.Weights(config, DType.F32, 2)));
        Assert.NotEqual(fingerprint, Fingerprint.Of(config, FamilyShapes.Weights(config, DType.F16, 1)));
        Assert.NotEqual(fingerprint, Fingerprint.Of(config with { RopeTheta = 5 }, FamilyShapes.Weights(config, DType.F32, 1)));

        // Every list of the configuration counts; the record itself would write only their types.
        var lists = typeof(ModelConfig).GetProperties().Where(p => p.PropertyType.IsGenericType && p.PropertyType.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)).ToList();
        Assert.NotEmpty(lists);
        foreach (var list in lists)
        {
            var changed = config with { };
            Array value = list.PropertyType == typeof(IReadOnlyList<bool>) ? new[] { true, true } : list.PropertyType == typeof(IReadOnlyList<int>) ? new[] { 77 } : new[] { 0.75f };
            list.SetValue(changed, value);
            Assert.NotEqual(Fingerprint.Describe(config), Fingerprint.Describe(changed));
        }
    }

    private static ModelConfig Dynamic => FamilyShapes.OnlyInDirectories["llama, dynamic"];

    private static CausalLm Model(string family)
    {
        var config = FamilyShapes.Wide[family] with { MaxPositionEmbeddings = 256 };
        return Architectures.Of(config).Create!(config, FamilyShapes.Weights(config, DType.F32, 1));
    }

    private Generator NewGenerator(CausalLm model, int context, int chunk, string keys = "F16", string values = "F16") =>
        new(model, _workers, context, DType.All.Single(t => t.Name == keys), chunk, DType.All.Single(t => t.Name == values));

    private string Saved(CausalLm model, int length)
    {
        using var generator = NewGenerator(model, 256, 16);
        generator.Prefill(Text(length, model.Config));
        generator.SavePrefix(_folder.File("prefix"), Name);
        return _folder.File("prefix");
    }

    private string Forged(byte[] bytes)
    {
        SHA256.HashData(bytes.AsSpan(ContentAt)).CopyTo(bytes, HashAt);
        return _folder.Write("forged", bytes);
    }

    private static int[] Text(int length, ModelConfig config)
    {
        var random = new ExactRandom(11);
        return [.. Enumerable.Range(0, length).Select(_ => random.Below(config.VocabSize & ~1))];
    }
}
