using System.Text;
using Bantam.Tokenizers;

namespace Bantam.Cli;

/// <summary>What a token stands for, as a person can read it.</summary>
internal static class PieceText
{
    /// <summary>
    /// The text of a token in quotes, with bytes that are no whole character beside them: <c>" the"</c>, <c>&lt;0xE2&gt;</c>, <c>" "&lt;0xE2&gt;&lt;0x80&gt;</c>. Tokens
    /// without a text are their names, without quotes.
    /// </summary>
    public static string Of(Tokenizer tokenizer, int id)
    {
        if (IsName(tokenizer, id)) return SafeText.OneLine(tokenizer.Vocabulary.Pieces[id]);
        var bytes = tokenizer.Piece(id);
        if (bytes.IsEmpty) return "\"\"";
        var line = new StringBuilder();
        var text = new StringBuilder();
        while (!bytes.IsEmpty)
        {
            var whole = Rune.DecodeFromUtf8(bytes, out var rune, out var length) is System.Buffers.OperationStatus.Done;
            if (whole) text.Append(rune);
            else foreach (var value in bytes[..length]) Quote().Append($"<0x{value:X2}>");
            bytes = bytes[length..];
        }
        return Quote().ToString();

        StringBuilder Quote()
        {
            if (text.Length > 0) line.Append('"').Append(SafeText.OneLine(text.ToString())).Append('"');
            text.Clear();
            return line;
        }
    }

    /// <summary>The text of a token, or null where its bytes are no whole characters.</summary>
    public static string? Whole(Tokenizer tokenizer, int id) =>
        System.Text.Unicode.Utf8.IsValid(tokenizer.Piece(id)) ? Encoding.UTF8.GetString(tokenizer.Piece(id)) : null;

    /// <summary>Whether it is a byte of a character that no entry has, or of one that is cut: text that the vocabulary has to spell.</summary>
    public static bool IsSpelled(Tokenizer tokenizer, int id) =>
        tokenizer.Vocabulary.Types[id] is TokenType.Byte || !System.Text.Unicode.Utf8.IsValid(tokenizer.Piece(id));

    /// <summary>What an entry is for, for people.</summary>
    public static string Name(this TokenType type) => type switch
    {
        TokenType.UserDefined => "user-defined",
        _ => type.ToString().ToLowerInvariant(),
    };

    /// <summary>How a vocabulary splits text, for people.</summary>
    public static string Name(this TokenizerKind kind) => kind switch
    {
        TokenizerKind.SentencePieceBpe => "SentencePiece BPE",
        TokenizerKind.ByteLevelBpe => "byte-level BPE",
        TokenizerKind.CharacterBpe => "character BPE",
        TokenizerKind.Unigram => "Unigram",
        TokenizerKind.WordPiece => "WordPiece",
        _ => "whole words",
    };

    private static bool IsName(Tokenizer tokenizer, int id) => tokenizer.Vocabulary.Types[id] is TokenType.Control or TokenType.Unknown;
}
