using System.Globalization;

namespace Bantam.Tokenizers;

/// <summary>
/// GGUF files have as many tokens as the embedding has rows; those that the tokenizer does not have are called
/// <c>[PADn]</c>, n being the id, and are of type unused. Other formats leave them out, and so does a <see cref="Vocabulary"/>.
/// </summary>
internal static class VocabularyPadding
{
    // The score that llama.cpp's converter gives to what SentencePiece did not score.
    public const float Score = -1000f;

    /// <summary>The vocabulary with <paramref name="size"/> entries.</summary>
    /// <exception cref="ModelFileException">BT1040: it has more.</exception>
    public static Vocabulary Pad(this Vocabulary vocabulary, int size)
    {
        var count = vocabulary.Count;
        if (count == size) return vocabulary;
        if (count > size)
            throw new ModelFileException("BT1040", vocabulary.Source, "number of pieces", $"{count}", $"must be at most {size}, the rows of the model's embedding");
        var added = Enumerable.Range(count, size - count);
        return vocabulary with
        {
            Pieces = [.. vocabulary.Pieces, .. added.Select(Name)],
            Types = [.. vocabulary.Types, .. added.Select(_ => TokenType.Unused)],
            Scores = vocabulary.Scores.Length == 0 ? [] : [.. vocabulary.Scores, .. added.Select(_ => Score)],
        };
    }

    /// <summary>The vocabulary without the padding at its end, as far as nothing points there.</summary>
    public static Vocabulary Unpad(this Vocabulary vocabulary)
    {
        int[] special = [.. new[] { vocabulary.BosId, vocabulary.UnkId, vocabulary.PadId }.OfType<int>(), .. vocabulary.EosIds];
        var needed = special.Concat(vocabulary.Merges.Select(merge => Math.Max(merge.Left, merge.Right))).DefaultIfEmpty(0).Max();
        var count = vocabulary.Count;
        while (count - 1 > needed && vocabulary.IsPadding(count - 1)) count--;
        return count == vocabulary.Count ? vocabulary : vocabulary with
        {
            Pieces = vocabulary.Pieces[..count],
            Types = vocabulary.Types[..count],
            Scores = vocabulary.Scores.Length == 0 ? [] : vocabulary.Scores[..count],
        };
    }

    /// <summary>Whether an entry stands for nothing.</summary>
    public static bool IsPadding(this Vocabulary vocabulary, int id) => vocabulary.Types[id] is TokenType.Unused && vocabulary.Pieces[id] == Name(id);

    /// <summary>The text of padding.</summary>
    public static string Name(int id) => string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
}
