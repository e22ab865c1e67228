namespace Bantam;

/// <summary>What an answer of a <see cref="ChatSession"/> took.</summary>
public sealed class ChatTurn
{
    /// <summary>Tokens of the conversation that it answers, as the model saw it.</summary>
    public int PromptTokens { get; internal set; }

    /// <summary>Tokens of the answer.</summary>
    public int Tokens { get; internal set; }

    /// <summary>Up to the first token.</summary>
    public TimeSpan PrefillTime { get; internal set; }

    /// <summary>All tokens after it.</summary>
    public TimeSpan DecodeTime { get; internal set; }

    /// <summary>Tokens after the first per second, or null where there are too few.</summary>
    public double? TokensPerSecond => Tokens > 1 && DecodeTime > TimeSpan.Zero ? (Tokens - 1) / DecodeTime.TotalSeconds : null;

    /// <summary><c>eos</c> (the model ended its turn), <c>length</c> (of the answer or the context) or <c>interrupted</c>.</summary>
    public string FinishReason { get; internal set; } = "";

    /// <summary>What was done with the conversation that one might not expect, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; internal set; } = [];

    /// <summary>Why something that looked like a call of a tool was left as text, one line each.</summary>
    public IReadOnlyList<string> Problems { get; internal set; } = [];
}
