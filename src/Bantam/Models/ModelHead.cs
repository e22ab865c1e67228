namespace Bantam.Models;

/// <summary>What stands on top of the last layer.</summary>
public enum ModelHead
{
    /// <summary>Predicts the next token.</summary>
    LanguageModel,

    /// <summary>Nothing: hidden states come out.</summary>
    None,

    /// <summary>Predicts hidden tokens of a text that is read in both directions.</summary>
    MaskedLanguageModel,

    /// <summary>One label for a text.</summary>
    SequenceClassification,

    /// <summary>One label for every token.</summary>
    TokenClassification,

    /// <summary>Begin and end of an answer within a text.</summary>
    QuestionAnswering,
}
