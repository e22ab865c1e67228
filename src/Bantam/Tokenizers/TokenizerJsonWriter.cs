using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bantam.Tokenizers;

/// <summary>Writes byte-level BPE as a <c>tokenizer.json</c> that the Hugging Face tokenizers library loads.</summary>
internal static class TokenizerJsonWriter
{
    // As the library writes it: texts stay readable.
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether <paramref name="vocabulary"/> can be written, and where it cannot, the reason.</summary>
    public static bool CanWrite(Vocabulary vocabulary, out string? reason)
    {
        reason = PreTokenizers.Find(vocabulary.PreTokenizer) is null
            ? $"its pre-tokenizer '{ModelFileException.Printable(vocabulary.PreTokenizer)}' is not one whose rule is known ({string.Join(", ", PreTokenizers.Names)})"
            : FirstTwice(vocabulary) is { } id
                ? $"its token {id}, '{ModelFileException.Printable(vocabulary.Pieces[id])}', is there twice, and a tokenizer.json has each text once"
                : null;
        return reason is null;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="stream">Receives UTF-8 JSON.</param>
    /// <param name="vocabulary">What is written; padding is left out.</param>
    /// <exception cref="ModelFileException">BT1039: see <see cref="CanWrite"/>.</exception>
    public static void Write(Stream stream, Vocabulary vocabulary)
    {
        if (!CanWrite(vocabulary, out var reason)) throw new ModelFileException("BT1039", "tokenizer.json", "vocabulary", vocabulary.Source, reason!);
        var rule = PreTokenizers.Find(vocabulary.PreTokenizer)!;
        using var json = new Utf8JsonWriter(stream, Indented);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < vocabulary.Count; id++)
            if (IsAdded(vocabulary.Types[id])) WriteAdded(json, vocabulary, id);
        json.WriteEndArray();
        json.WritePropertyName("normalizer");
        if (rule.Nfc)
        {
            json.WriteStartObject();
            json.WriteString("type", "NFC");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNullValue();
        }
        json.WritePropertyName("pre_tokenizer");
        PreTokenizerJson.Write(json, rule.Steps);
        json.WritePropertyName("post_processor");
        PostProcessorJson.Write(json, vocabulary);
        json.WritePropertyName("decoder");
        PreTokenizerJson.WriteByteLevel(json, words: false);
        WriteModel(json, vocabulary, rule);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, Vocabulary vocabulary, PreTokenizer rule)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", rule.IgnoreMerges);
        json.WriteStartObject("vocab");
        var count = ModelPieces(vocabulary);
        for (var id = 0; id < count; id++)
            if (!vocabulary.IsPadding(id)) json.WriteNumber(vocabulary.Pieces[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var merge in vocabulary.Merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(vocabulary.Pieces[merge.Left]);
            json.WriteStringValue(vocabulary.Pieces[merge.Right]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Added tokens at the end get their ids by following the model's own, if those have no holes; all others must be in the model to keep theirs.
    private static int ModelPieces(Vocabulary vocabulary)
    {
        var count = vocabulary.Count;
        while (count > 0 && IsAdded(vocabulary.Types[count - 1])) count--;
        return Enumerable.Range(0, count).Any(vocabulary.IsPadding) ? vocabulary.Count : count;
    }

    private static bool IsAdded(TokenType type) => type is TokenType.Control or TokenType.UserDefined or TokenType.Unknown;

    private static int? FirstTwice(Vocabulary vocabulary)
    {
        var seen = new HashSet<string>(vocabulary.Count, StringComparer.Ordinal);
        for (var id = 0; id < vocabulary.Count; id++)
            if (!seen.Add(vocabulary.Pieces[id])) return id;
        return null;
    }

    private static void WriteAdded(Utf8JsonWriter json, Vocabulary vocabulary, int id)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", vocabulary.Pieces[id]);
        var rules = vocabulary.Added.GetValueOrDefault(id);
        json.WriteBoolean("single_word", rules.HasFlag(AddedTokenRules.SingleWord));
        json.WriteBoolean("lstrip", rules.HasFlag(AddedTokenRules.LeftStrip));
        json.WriteBoolean("rstrip", rules.HasFlag(AddedTokenRules.RightStrip));
        json.WriteBoolean("normalized", rules.HasFlag(AddedTokenRules.Normalized));
        json.WriteBoolean("special", vocabulary.Types[id] is not TokenType.UserDefined);
        json.WriteEndObject();
    }
}
