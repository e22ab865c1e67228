using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>What <c>ByteLevel</c> says as a pre-tokenizer, a post-processor and a decoder; the defaults are those of the Hugging Face library.</summary>
/// <param name="AddPrefixSpace">Whether a space is put in front of text that begins with none.</param>
/// <param name="TrimOffsets">Whether white space at the ends of a token does not count as what it stands for.</param>
/// <param name="UseRegex">Whether text is split into GPT-2's words.</param>
internal sealed record ByteLevelSettings(bool AddPrefixSpace = true, bool TrimOffsets = true, bool UseRegex = true)
{
    /// <summary>Reads them.</summary>
    public static ByteLevelSettings Read(JsonElement element) => new(element.Flag("add_prefix_space") ?? true, element.Flag("trim_offsets") ?? true, element.Flag("use_regex") ?? true);

    /// <summary>The span of a token without the white space at its ends; of what the first token begins with, a space that would be put there stays.</summary>
    /// <param name="text">The text.</param>
    /// <param name="span">The span of the token in it.</param>
    /// <param name="isAdded">Whether it is an added token, which may have taken any white space along; in another only the space is written as one.</param>
    public TokenSpan Trim(ReadOnlySpan<char> text, TokenSpan span, bool isAdded)
    {
        bool IsSpace(char c) => c == ' ' || (isAdded && CharacterClasses.IsSpace(c));
        var (start, end) = (span.Start, span.End);
        while (start < span.End && IsSpace(text[start])) start++;
        while (end > start && IsSpace(text[end - 1])) end--;
        var keepsOne = start > span.Start && AddPrefixSpace && span.Start == 0;
        if (start == span.End) return new TokenSpan(keepsOne && span.Length == 1 ? span.Start : span.End, 0);
        if (keepsOne) start--;
        return new TokenSpan(start, end - start);
    }

    /// <summary>Writes them.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.Begin("ByteLevel");
        json.WriteBoolean("add_prefix_space", AddPrefixSpace);
        json.WriteBoolean("trim_offsets", TrimOffsets);
        json.WriteBoolean("use_regex", UseRegex);
        json.WriteEndObject();
    }
}
