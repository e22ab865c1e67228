using Bantam.Checkpoints;
using Bantam.Formats.Gguf;
using Bantam.Tokenizers;
using BenchmarkDotNet.Attributes;

namespace Bantam.Benchmarks;

/// <summary>
/// Encoding a text file with the vocabulary of a GGUF file, one thread; the variables TOKENIZER and TEXT name them.
/// <c>TOKENIZER=qwen2.gguf TEXT=war-and-peace.txt dotnet run -c Release --project bench/Bantam.Benchmarks -- --filter '*Tokenizer*'</c>
/// </summary>
[MemoryDiagnoser]
public class TokenizerBenchmarks
{
    private readonly List<int> _ids = [];
    private Tokenizer _tokenizer = null!;
    private string _text = "";

    /// <summary>Reads both.</summary>
    [GlobalSetup]
    public void Setup()
    {
        using var file = GgufFile.Open(Variable("TOKENIZER"));
        _tokenizer = Tokenizer.Create(GgufTokenizer.Read(file.Metadata, out var unread) ?? throw new InvalidDataException(unread));
        _text = File.ReadAllText(Variable("TEXT"));
    }

    /// <summary>The whole text.</summary>
    [Benchmark]
    public int Encode()
    {
        _ids.Clear();
        _tokenizer.Encode(_text, _ids);
        return _ids.Count;
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"the variable {name} names no file");
}
