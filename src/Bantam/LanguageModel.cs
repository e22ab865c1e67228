using Bantam.Checkpoints;
using Bantam.Inference;
using Bantam.Kernels;
using Bantam.Models;
using Bantam.Tensors;
using Bantam.Tokenizers;

namespace Bantam;

/// <summary>
/// The front door: a checkpoint opened for generating text.
/// <code>
/// using var model = LanguageModel.Load("stories.gguf");
/// foreach (var text in model.Generate("Once upon a time")) Console.Write(text);
/// </code>
/// One text at a time; later prompts that begin like the last text reuse its keys and values.
/// </summary>
public sealed class LanguageModel : IDisposable
{
    private readonly Generator _generator;
    private string? _fingerprint;

    private LanguageModel(Checkpoint checkpoint, LoadOptions options)
    {
        Checkpoint = checkpoint;
        Tokenizer = checkpoint.CreateTokenizer();
        Model = checkpoint.CreateModel();
        Workers = new Workers(options.Threads ?? Environment.ProcessorCount);
        try
        {
            _generator = new Generator(Model, Workers, options.Context, options.CacheType, valueCacheType: options.ValueCacheType);
        }
        catch
        {
            // No room for the cache, or a type that it does not have: the threads must not stay behind.
            Workers.Dispose();
            throw;
        }
    }

    /// <summary>The opened file.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>Text to tokens and back.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The network.</summary>
    public CausalLm Model { get; }

    /// <summary>The threads.</summary>
    public Workers Workers { get; }

    /// <summary>Longest text, in tokens.</summary>
    public int Context => _generator.Context;

    /// <summary>Opens the model at <paramref name="path"/>: a GGUF file, a Hugging Face directory or a llama2.c checkpoint.</summary>
    /// <exception cref="BantamException">The model is refused or cannot be run; the line says why.</exception>
    public static LanguageModel Load(string path, LoadOptions? options = null) => Load(Checkpoint.Open(path, options?.Tokenizer), options);

    /// <summary>Makes the model of an opened checkpoint, and owns it from now on.</summary>
    /// <exception cref="BantamException">The model cannot be run; the line says why. The checkpoint is closed then.</exception>
    public static LanguageModel Load(Checkpoint checkpoint, LoadOptions? options = null)
    {
        try
        {
            return new LanguageModel(checkpoint, options ?? new());
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Streams the text that follows <paramref name="prompt"/>, in pieces of whole characters.</summary>
    /// <param name="prompt">Plain text; special tokens in it are text. May be empty for models with a BOS token.</param>
    /// <param name="options">Length, sampling, end-of-text tokens (the model's own are added).</param>
    /// <param name="stops">Strings that end the text; they are not shown.</param>
    /// <param name="cancellation">Ends between tokens.</param>
    public IEnumerable<string> Generate(string prompt, GenerationOptions? options = null, IReadOnlyList<string>? stops = null, CancellationToken cancellation = default)
    {
        // Behind a prompt the first word keeps the space before it; a text of its own begins without.
        var text = new TextStream(Tokenizer, continuesText: prompt.Length > 0);
        var rules = new StopRules(stops ?? []);
        foreach (var token in GenerateTokens(Encode(prompt), options, cancellation))
        {
            if (rules.Append(text.Append(token)) is { Length: > 0 } piece) yield return piece;
            if (rules.Stopped) yield break;
        }
        if (rules.Append(text.Flush()) + rules.Flush() is { Length: > 0 } rest) yield return rest;
    }

    /// <summary>Streams the tokens that follow <paramref name="prompt"/>.</summary>
    public IEnumerable<int> GenerateTokens(IReadOnlyList<int> prompt, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        options = options with
        {
            Vocabulary = Math.Min(Tokenizer.VocabularySize, Model.Config.VocabSize),
            EosTokenIds = [.. options.EosTokenIds.Union(Tokenizer.EosIds.ToArray()).Union(Model.Config.EosTokenIds)],
        };
        return _generator.Generate(prompt, options, cancellation);
    }

    /// <summary>
    /// Takes keys and values that <see cref="SavePrefix"/> wrote for the beginning of <paramref name="prompt"/>, and returns how many of
    /// its tokens need not be computed: those that both begin with.
    /// </summary>
    /// <exception cref="BantamException">The file is no such one, damaged, or of another model or cache (BT3013 to BT3015).</exception>
    public int LoadPrefix(string path, IReadOnlyList<int> prompt) => _generator.LoadPrefix(path, prompt, _fingerprint ??= Checkpoint.Fingerprint());

    /// <summary>Writes the text so far (prompt and answer, as far as they were computed) with its keys and values to a file.</summary>
    public void SavePrefix(string path) => _generator.SavePrefix(path, _fingerprint ??= Checkpoint.Fingerprint());

    // Whether texts begin with BOS is the tokenizer's own; one that has nothing else to begin with does.
    internal int[] Encode(string prompt) => Tokenizer.Encode(prompt, addBos: prompt.Length == 0 ? true : null);

    /// <summary>Frees cache, threads and mapping.</summary>
    public void Dispose()
    {
        _generator.Dispose();
        Workers.Dispose();
        Checkpoint.Dispose();
    }
}

/// <summary>How a model is opened.</summary>
public sealed record LoadOptions
{
    /// <summary>A tokenizer file for checkpoints that bring none.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Threads; as many as processors by default.</summary>
    public int? Threads { get; init; }

    /// <summary>Longest text in tokens; the model's own maximum by default.</summary>
    public int? Context { get; init; }

    /// <summary>Type of keys, see <see cref="Execution.KvTypes"/>; F16 by default, as <see cref="Sizing.FitReport"/> counts them.</summary>
    public DType? CacheType { get; init; }

    /// <summary>Type of values; that of keys by default.</summary>
    public DType? ValueCacheType { get; init; }
}
