using Bantam.Formats.Gguf;

namespace Bantam.Tests.Formats.Gguf;

/// <summary>Files that llama.cpp wrote: vocabularies without tensors.</summary>
public sealed class GgufRealFileTests
{
    [Theory]
    [InlineData("bert-bge", "bert", "bert", 30522)]
    [InlineData("deepseek-llm", "llama", "gpt2", 102400)]
    [InlineData("gpt-2", "gpt2", "gpt2", 50257)]
    [InlineData("llama-spm", "llama", "llama", 32000)]
    public void A_vocabulary_file_opens(string name, string architecture, string tokenizer, int tokens)
    {
        using var file = GgufFile.Open(SharedData.Path("gguf_vocab", $"ggml-vocab-{name}.gguf"));
        Assert.Empty(file.Tensors);
        Assert.Equal(architecture, file.Metadata.GetString("general.architecture"));
        Assert.Equal(tokenizer, file.Metadata.GetString("tokenizer.ggml.model"));
        Assert.Equal(tokens, file.Metadata.GetStrings("tokenizer.ggml.tokens").Length);
        Assert.Equal(tokens, file.Metadata.GetInts("tokenizer.ggml.token_type").Length);
    }

    [Theory]
    [InlineData("bert-bge")]
    [InlineData("deepseek-llm")]
    [InlineData("gpt-2")]
    [InlineData("llama-spm")]
    public void Its_metadata_written_again_is_the_same_bytes(string name)
    {
        var path = SharedData.Path("gguf_vocab", $"ggml-vocab-{name}.gguf");
        using var file = GgufFile.Open(path);
        var stream = new MemoryStream();
        GgufWriter.Write(stream, file.Metadata, []);
        var header = (int)new GgufLayout(file.Metadata, []).HeaderBytes;
        Assert.Equal(file.Parts[0].DataEnd, header);

        var (ours, theirs) = (stream.ToArray(), File.ReadAllBytes(path));
        // The version may differ; everything after it may not.
        Assert.True(ours.AsSpan(8, header - 8).SequenceEqual(theirs.AsSpan(8, header - 8)));
    }

    [Fact]
    public void A_header_streams_in_steps()
    {
        using var stream = File.OpenRead(SharedData.Path("gguf_vocab", "ggml-vocab-gpt-2.gguf"));
        var header = GgufHeader.Read(stream, "gpt-2");
        Assert.Equal(50257, header.Metadata.GetStrings("tokenizer.ggml.tokens").Length);
    }
}
