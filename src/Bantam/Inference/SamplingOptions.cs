namespace Bantam.Inference;

/// <summary>How the next token is chosen from the logits. The defaults are llama.cpp's; temperature 0 is greedy.</summary>
public sealed record SamplingOptions
{
    /// <summary>Logits are divided by it; 0 takes the most likely token.</summary>
    public float Temperature { get; init; } = 0.8f;

    /// <summary>Only the k most likely tokens stay; 0 keeps all.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Only the most likely tokens that together reach this probability stay (arXiv 1904.09751); 1 keeps all.</summary>
    public float TopP { get; init; } = 0.95f;

    /// <summary>Only tokens at least this likely relative to the most likely one stay (arXiv 2407.01082); 0 keeps all.</summary>
    public float MinP { get; init; } = 0.05f;

    /// <summary>Logits of recent tokens are divided (if positive) or multiplied (if negative) by it (arXiv 1909.05858); 1 leaves them.</summary>
    public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>How many recent tokens the penalty looks at.</summary>
    public int RepetitionWindow { get; init; } = 64;

    /// <summary>The same seed gives the same text.</summary>
    public int Seed { get; init; }

    /// <summary>Greedy choice.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Refuses values that mean nothing.</summary>
    /// <exception cref="BantamException">An option is out of range (BT3002).</exception>
    public SamplingOptions Validate()
    {
        Check(Temperature is >= 0 and <= 100, "temperature", Temperature, "from 0 to 100");
        Check(TopK >= 0, "top_k", TopK, "at least 0");
        Check(TopP is > 0 and <= 1, "top_p", TopP, "above 0 and at most 1");
        Check(MinP is >= 0 and <= 1, "min_p", MinP, "from 0 to 1");
        Check(RepetitionPenalty is > 0 and <= 100, "repetition_penalty", RepetitionPenalty, "above 0 and at most 100");
        Check(RepetitionWindow >= 0, "repetition_window", RepetitionWindow, "at least 0");
        return this;

        static void Check(bool holds, string name, object value, string range)
        {
            if (!holds) throw new BantamException("BT3002", $"{name} is {value}; it must be {range}");
        }
    }
}
