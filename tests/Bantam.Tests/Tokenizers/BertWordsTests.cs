using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tokenizers;

namespace Bantam.Tests.Tokenizers;

public class BertWordsTests
{
    private static readonly Lazy<BertWords> Bge = new(() =>
    {
        using var file = GgufFile.Open(SharedData.Path("gguf_vocab", "ggml-vocab-bert-bge.gguf"));
        return new BertWords(GgufTokenizer.Read(file.Metadata, out _)!);
    });

    [Fact]
    public void Ids_equal_the_conformance_vectors_of_llama_cpp()
    {
        var texts = File.ReadAllText(SharedData.Path("gguf_vocab", "ggml-vocab-bert-bge.gguf.inp")).Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines(SharedData.Path("gguf_vocab", "ggml-vocab-bert-bge.gguf.out"));
        Assert.Equal(46, lines.Length);
        for (var i = 0; i < lines.Length; i++)
            Assert.Equal((texts[i], lines[i].Trim()), (texts[i], string.Join(' ', Bge.Value.Encode(texts[i], addBos: false, addEos: false))));
    }

    [Fact]
    public void A_text_stands_between_cls_and_sep() => Assert.Equal([101, 7592, 2088, 102], Bge.Value.Encode("Hello World"));
}
