using System.Buffers.Binary;
using Bantam.Formats.Llama2c;
using Bantam.Tests.Formats;
using Bantam.Tests.Formats.Llama2c;

namespace Bantam.Tests.Hostile;

/// <summary>llama2.c checkpoints and vocabularies that must be refused, made from a small legal one by changing one thing.</summary>
public sealed class Llama2cHostileTests
{
    private const int Dim = 0, Hidden = 1, Layers = 2, Heads = 3, KvHeads = 4, Vocab = 5, Sequence = 6;

    private static readonly Dictionary<string, (string Code, Func<byte[]> Bytes)> Checkpoints = new()
    {
        ["a header cut off"] = ("BT1070", () => Llama2cBytes.Checkpoint()[..27]),
        ["one byte short"] = ("BT1070", () => Llama2cBytes.Checkpoint()[..^1]),
        ["one float short"] = ("BT1070", () => Llama2cBytes.Checkpoint()[..^4]),
        ["the header alone"] = ("BT1070", () => Llama2cBytes.Checkpoint()[..28]),
        ["a byte behind the end"] = ("BT1070", () => [.. Llama2cBytes.Checkpoint(), 0]),
        ["a separate head that is not there"] = ("BT1070", () => With(Vocab, -16)),
        ["more layers than data"] = ("BT1070", () => With(Layers, 4096)),
        ["the largest sizes allowed, all at once"] = ("BT1070", () =>
            Llama2cBytes.Header(1 << 20, 1 << 22, 1 << 12, 1 << 19, 1 << 19, -(1 << 24), 1 << 24)),
        ["a versioned export"] = ("BT1071", () => With(Dim, 0x616b3432)),
        ["dim 0"] = ("BT1072", () => With(Dim, 0)),
        ["a negative dim"] = ("BT1072", () => With(Dim, -8)),
        ["a dim of 2^31 - 1"] = ("BT1072", () => With(Dim, int.MaxValue)),
        ["hidden_dim 0"] = ("BT1072", () => With(Hidden, 0)),
        ["a hidden_dim of -2^31"] = ("BT1072", () => With(Hidden, int.MinValue)),
        ["no layers"] = ("BT1072", () => With(Layers, 0)),
        ["2^31 - 1 layers"] = ("BT1072", () => With(Layers, int.MaxValue)),
        ["no heads"] = ("BT1072", () => With(Heads, 0)),
        ["no key heads"] = ("BT1072", () => With(KvHeads, 0)),
        ["negative key heads"] = ("BT1072", () => With(KvHeads, -1)),
        ["no vocabulary"] = ("BT1072", () => With(Vocab, 0)),
        ["a vocabulary of -2^31, whose positive is no int"] = ("BT1072", () => With(Vocab, int.MinValue)),
        ["seq_len 0"] = ("BT1072", () => With(Sequence, 0)),
        ["a GGUF file"] = ("BT1072", () => [.. "GGUF"u8, .. new byte[60]]),
        ["zeros"] = ("BT1072", () => new byte[64]),
        ["heads that do not divide dim"] = ("BT1073", () => With(Heads, 3)),
        ["heads of odd width"] = ("BT1073", () => With(Heads, 8)),
        ["key heads that do not divide heads"] = ("BT1073", () => With(KvHeads, 3)),
        ["more key heads than heads"] = ("BT1073", () => With(KvHeads, 4)),
    };

    private static readonly Dictionary<string, (string Code, int? VocabSize, Func<byte[]> Bytes)> Vocabularies = new()
    {
        ["empty"] = ("BT1074", null, () => []),
        ["three bytes"] = ("BT1074", null, () => [1, 0, 0]),
        ["a longest piece of 0 bytes"] = ("BT1076", null, () => Patched(0, 0)),
        ["a longest piece of 2^31 - 1 bytes"] = ("BT1076", null, () => Patched(0, int.MaxValue)),
        ["a negative longest piece"] = ("BT1076", null, () => Patched(0, -1)),
        ["a negative length"] = ("BT1076", null, () => Patched(8, -1)),
        ["a length of 2^31 - 1"] = ("BT1076", null, () => Patched(8, int.MaxValue)),
        ["a length past the longest"] = ("BT1076", null, () => Patched(8, 4)),
        ["a score that is not a number"] = ("BT1076", null, () => Patched(4, BitConverter.SingleToInt32Bits(float.NaN))),
        ["an infinite score"] = ("BT1076", null, () => Patched(4, BitConverter.SingleToInt32Bits(float.PositiveInfinity))),
        ["a piece cut off"] = ("BT1075", null, () => Llama2cBytes.Tokenizer("a", "bcd")[..^1]),
        ["a score cut off"] = ("BT1075", null, () => [.. Llama2cBytes.Tokenizer("a", "bcd"), 0, 0]),
        ["fewer tokens than the model"] = ("BT1075", 3, () => Llama2cBytes.Tokenizer("a", "bcd")),
        ["2^31 - 1 tokens wanted"] = ("BT1075", int.MaxValue, () => Llama2cBytes.Tokenizer("a", "bcd")),
        ["more tokens than the model"] = ("BT1075", 1, () => Llama2cBytes.Tokenizer("a", "bcd")),
    };

    public static TheoryData<string> CheckpointCases => [.. Checkpoints.Keys];

    public static TheoryData<string> VocabularyCases => [.. Vocabularies.Keys];

    [Theory]
    [MemberData(nameof(CheckpointCases))]
    public void A_hostile_checkpoint_is_refused_in_one_line(string name)
    {
        using var folder = new ScratchFolder();
        var path = folder.Write("bad.bin", Checkpoints[name].Bytes());
        Refusal.Of(Checkpoints[name].Code, "bad.bin", () => Llama2cFile.Open(path).Dispose());
    }

    [Theory]
    [MemberData(nameof(VocabularyCases))]
    public void A_hostile_vocabulary_is_refused_in_one_line(string name)
    {
        var (code, vocabSize, bytes) = Vocabularies[name];
        using var folder = new ScratchFolder();
        var path = folder.Write("bad.bin", bytes());
        Refusal.Of(code, "bad.bin", () => Llama2cTokenizer.Read(path, vocabSize));
    }

    [Fact]
    public void A_vocabulary_of_100_MB_is_refused_unread()
    {
        using var folder = new ScratchFolder();
        using (var sparse = File.Create(folder.File("bad.bin")))
            sparse.SetLength(100_000_000);
        Refusal.Of("BT1074", "bad.bin", () => Llama2cTokenizer.Read(folder.File("bad.bin")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_mutated_header_or_vocabulary_is_read_or_refused(int seed)
    {
        var random = new Random(seed);
        var codes = new HashSet<string>();
        for (var i = 0; i < 20_000; i++)
        {
            var (header, vocabulary) = (Llama2cBytes.Checkpoint(), Llama2cBytes.Tokenizer("a", "bcd", ""));
            var length = random.Next(4) == 0 ? random.Next(64) : header.Length;
            header[random.Next(28)] ^= (byte)(1 << random.Next(8));
            vocabulary[random.Next(vocabulary.Length)] ^= (byte)(1 << random.Next(8));
            foreach (var parse in new Action[]
            {
                () => Assert.Equal(length, Llama2cHeader.Parse(header, length, "fuzz").FileLength),
                () => Llama2cTokenizer.Parse(vocabulary.AsSpan(0, random.Next(vocabulary.Length) + 1), "fuzz", random.Next(2) == 0 ? 3 : null),
            })
            {
                try
                {
                    parse();
                    codes.Add("read");
                }
                catch (ModelFileException e)
                {
                    codes.Add(e.Code);
                }
            }
        }
        Assert.Superset(new HashSet<string> { "read", "BT1070", "BT1072", "BT1073", "BT1074", "BT1075", "BT1076" }, codes);
    }

    private static byte[] With(int field, int value)
    {
        var bytes = Llama2cBytes.Checkpoint();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * field), value);
        return bytes;
    }

    private static byte[] Patched(int offset, int value)
    {
        var bytes = Llama2cBytes.Tokenizer("a", "bcd");
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), value);
        return bytes;
    }
}
