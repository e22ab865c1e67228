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
