namespace Bantam.Tokenizers;

/// <summary>
/// What a vocabulary entry is for. The numbers are those of SentencePiece's <c>ModelProto.SentencePiece.Type</c> and of
/// <c>tokenizer.ggml.token_type</c>.
/// </summary>
public enum TokenType
{
    /// <summary>A piece of text that merges may build.</summary>
    Normal = 1,

    /// <summary>Stands for text that nothing else covers.</summary>
    Unknown = 2,

    /// <summary>Has a meaning and no text: BOS, EOS, turn markers. Never produced from text unless asked for.</summary>
    Control = 3,

    /// <summary>Text that is always one token, found before any merging.</summary>
    UserDefined = 4,

    /// <summary>Takes part in merging, but is split again into its parts before it is emitted.</summary>
    Unused = 5,

    /// <summary>One byte, written <c>&lt;0xHH&gt;</c>; spells what the other pieces do not cover.</summary>
    Byte = 6,
}
