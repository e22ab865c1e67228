using System.Diagnostics;
using System.Text;
using Bantam.Inference;
using Bantam.Tokenizers;

namespace Bantam.Cli;

/// <summary>One text from a model, with what it took to write it. What is done with the pieces does not count as its time.</summary>
internal sealed class GenerationRun(LanguageModel model, string prompt, GenerationOptions options, IReadOnlyList<string> stops)
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _ids = [];
    private readonly Stopwatch _watch = new();

    /// <summary>The model.</summary>
    public LanguageModel Model => model;

    /// <summary>What was asked.</summary>
    public GenerationOptions Options => options;

    /// <summary>From opening the file to being ready.</summary>
    public required TimeSpan LoadTime { get; init; }

    /// <summary>Where the prompt's keys and values are kept, or null.</summary>
    public PromptCache? PromptCache { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; private set; }

    /// <summary>Those of them that were not computed, because <see cref="PromptCache"/> had them.</summary>
    public int ReusedTokens { get; private set; }

    /// <summary>The new tokens; those of a stop string are among them.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>The new text.</summary>
    public string Text => _text.ToString();

    /// <summary><c>stop</c> (a stop string), <c>length</c> (of the text or the context), <c>eos</c> (the model ended); null while or where it did not come to an end.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>From the prompt to the first token.</summary>
    public TimeSpan PrefillTime { get; private set; }

    /// <summary>All tokens after the first.</summary>
    public TimeSpan DecodeTime => _ids.Count > 0 ? _watch.Elapsed - PrefillTime : TimeSpan.Zero;

    /// <summary>Computed tokens of the prompt per second.</summary>
    public double? PrefillSpeed => PrefillTime > TimeSpan.Zero ? (PromptTokens - ReusedTokens) / PrefillTime.TotalSeconds : null;

    /// <summary>Tokens after the first per second.</summary>
    public double? DecodeSpeed => _ids.Count > 1 ? (_ids.Count - 1) / DecodeTime.TotalSeconds : null;

    /// <summary>Runs to the end.</summary>
    /// <param name="piece">Receives text in whole characters.</param>
    /// <param name="id">Receives every token.</param>
    /// <param name="cancel">Ends between passes.</param>
    public void Generate(Action<string> piece, Action<int> id, CancellationToken cancel)
    {
        var ids = model.Encode(prompt);
        PromptTokens = ids.Length;
        var loaded = PromptCache?.Load(model, ids) ?? 0;
        // The last token is always computed: it says how the text goes on.
        ReusedTokens = Math.Min(loaded, ids.Length - 1);
        // Behind a prompt the first word keeps the space before it; a text of its own begins without.
        var text = new TextStream(model.Tokenizer, continuesText: prompt.Length > 0);
        var rules = new StopRules(stops);
        using var tokens = model.GenerateTokens(ids, options, cancel).GetEnumerator();
        var going = Next(tokens);
        if (loaded < ids.Length) PromptCache?.Save(model);
        for (; going; going = !rules.Stopped && Next(tokens))
        {
            _ids.Add(tokens.Current);
            id(tokens.Current);
            Show(rules.Append(text.Append(tokens.Current)));
        }
        if (!rules.Stopped) Show(rules.Append(text.Flush()) + rules.Flush());
        FinishReason = rules.Stopped ? "stop" : _ids.Count >= options.MaxTokens || IsFull ? "length" : "eos";

        void Show(string shown)
        {
            _text.Append(shown);
            piece(shown);
        }
    }

    /// <summary>Whether the text fills the context. The last token needs no place in it.</summary>
    public bool IsFull => PromptTokens + _ids.Count > model.Context;

    private bool Next(IEnumerator<int> tokens)
    {
        _watch.Start();
        var some = tokens.MoveNext();
        _watch.Stop();
        if (_ids.Count == 0) PrefillTime = _watch.Elapsed;
        return some;
    }
}
