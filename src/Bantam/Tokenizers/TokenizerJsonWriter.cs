using System.Text.Encodings.Web;
using System.Text.Json;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>Writes byte-level BPE, and any pipeline, as a <c>tokenizer.json</c> that the Hugging Face tokenizers library loads.</summary>
internal static class TokenizerJsonWriter
{
    // As the library writes it: texts stay readable.
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether <paramref name="vocabulary"/> can be written, and where it cannot, the reason.</summary>
    public static bool CanWrite(Vocabulary vocabulary, out string? reason)
    {
        reason = !IsByteLevel(vocabulary) && vocabulary.Pipeline is null
            ? $"its kind {vocabulary.Kind} has rules of its own, which are no steps"
            : IsByteLevel(vocabulary) && RuleOf(vocabulary) is null
            ? $"its pre-tokenizer '{ModelFileException.Printable(vocabulary.PreTokenizer)}' is not one whose rule is known"
            : vocabulary.Kind is not TokenizerKind.Unigram && FirstTwice(vocabulary) is { } id
                ? $"its token {id}, '{ModelFileException.Printable(vocabulary.Pieces[id])}', is there twice, and a tokenizer.json has each text once"
                : GgufCharacters.Beyond(vocabulary);
        return reason is null;
    }

    /// <summary>Writes the file.</summary>
    /// <param name="stream">Receives UTF-8 JSON.</param>
    /// <param name="vocabulary">What is written; padding is left out.</param>
    /// <exception cref="ModelFileException">BT1039: see <see cref="CanWrite"/>.</exception>
    public static void Write(Stream stream, Vocabulary vocabulary)
    {
        if (!CanWrite(vocabulary, out var reason)) throw new ModelFileException("BT1039", "tokenizer.json", "vocabulary", vocabulary.Source, reason!);
        using var json = new Utf8JsonWriter(stream, Indented);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        LengthSettings.Write(json, vocabulary.Truncation, vocabulary.Padding);
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < vocabulary.Count; id++)
            if (IsAdded(vocabulary.Types[id])) WriteAdded(json, vocabulary, id);
        json.WriteEndArray();
        if (IsByteLevel(vocabulary)) WriteByteLevel(json, vocabulary, RuleOf(vocabulary)!);
        else StepWriter.Write(json, vocabulary.Pipeline! with { PostProcessors = PostProcessors(vocabulary) });
        json.WriteStartObject("model");
        if (IsByteLevel(vocabulary)) WriteMergesModel(json, vocabulary, new SubwordSettings { IgnoreMerges = RuleOf(vocabulary)!.IgnoreMerges }, null);
        else WriteModel(json, vocabulary);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static bool IsByteLevel(Vocabulary vocabulary) => vocabulary.Kind is TokenizerKind.ByteLevelBpe;

    private static PreTokenizer? RuleOf(Vocabulary vocabulary) => vocabulary.Rule ?? PreTokenizers.Find(vocabulary.PreTokenizer);

    private static void WriteByteLevel(Utf8JsonWriter json, Vocabulary vocabulary, PreTokenizer rule)
    {
        json.WritePropertyName("normalizer");
        if (rule.Nfc) json.Bare("NFC");
        else json.WriteNullValue();
        json.WritePropertyName("pre_tokenizer");
        PreTokenizerJson.Write(json, rule.Steps);
        json.WritePropertyName("post_processor");
        PostProcessorJson.Write(json, vocabulary);
        json.WritePropertyName("decoder");
        PreTokenizerJson.WriteByteLevel(json, words: false);
    }

    // What is put around text may have been changed since the steps were read.
    private static IReadOnlyList<PostProcessorStep> PostProcessors(Vocabulary vocabulary)
    {
        var steps = vocabulary.Pipeline!.PostProcessors;
        if (PostProcessorJson.IsAsFileSays(vocabulary)) return steps;
        var changed = TokenTemplate.Around(vocabulary.AddBos ? vocabulary.BosId : null, vocabulary is { AddEos: true, EosIds: [var eos, ..] } ? eos : null);
        return [.. steps.Where(step => step.Template is null), new TemplatePostProcessor(changed.Named(vocabulary))];
    }

    private static void WriteModel(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        var (settings, unknown) = (vocabulary.Subword, vocabulary.UnkId is { } id ? vocabulary.Pieces[id] : null);
        switch (vocabulary.Kind)
        {
            case TokenizerKind.Unigram:
                json.WriteString("type", "Unigram");
                if (vocabulary.UnkId is { } number) json.WriteNumber("unk_id", number);
                else json.WriteNull("unk_id");
                json.WriteStartArray("vocab");
                foreach (var piece in ModelPieces(vocabulary))
                {
                    json.WriteStartArray();
                    json.WriteStringValue(vocabulary.Pieces[piece]);
                    if (settings.ExactScores is { } exact && piece < exact.Length) json.WriteNumberValue(exact[piece]);
                    else json.WriteNumberValue(vocabulary.Scores[piece]);
                    json.WriteEndArray();
                }
                json.WriteEndArray();
                json.WriteBoolean("byte_fallback", settings.ByteFallback);
                break;
            case TokenizerKind.CharacterBpe or TokenizerKind.SentencePieceBpe:
                WriteMergesModel(json, vocabulary, settings, unknown);
                break;
            default:
                json.WriteString("type", vocabulary.Kind is TokenizerKind.WordPiece ? "WordPiece" : "WordLevel");
                json.WriteString("unk_token", unknown);
                if (vocabulary.Kind is TokenizerKind.WordPiece)
                {
                    json.WriteString("continuing_subword_prefix", settings.ContinuingSubwordPrefix);
                    json.WriteNumber("max_input_chars_per_word", settings.MaxInputCharsPerWord);
                }
                WriteVocab(json, vocabulary);
                break;
        }
    }

    private static void WriteMergesModel(Utf8JsonWriter json, Vocabulary vocabulary, SubwordSettings settings, string? unknown)
    {
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", unknown);
        json.WriteString("continuing_subword_prefix", settings.ContinuingSubwordPrefix is "" ? null : settings.ContinuingSubwordPrefix);
        json.WriteString("end_of_word_suffix", settings.EndOfWordSuffix is "" ? null : settings.EndOfWordSuffix);
        json.WriteBoolean("fuse_unk", settings.FuseUnk);
        json.WriteBoolean("byte_fallback", settings.ByteFallback);
        json.WriteBoolean("ignore_merges", settings.IgnoreMerges);
        WriteVocab(json, vocabulary);
        json.WriteStartArray("merges");
        foreach (var merge in vocabulary.Merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(vocabulary.Pieces[merge.Left]);
            json.WriteStringValue(vocabulary.Pieces[merge.Right]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static void WriteVocab(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("vocab");
        foreach (var id in ModelPieces(vocabulary)) json.WriteNumber(vocabulary.Pieces[id], id);
        json.WriteEndObject();
    }

    // Added tokens at the end get their ids by following the model's own, if those have no holes; all others must be in the model to keep theirs.
    private static IEnumerable<int> ModelPieces(Vocabulary vocabulary)
    {
        var all = Enumerable.Range(0, vocabulary.Count).Where(id => !vocabulary.IsPadding(id));
        if (!IsByteLevel(vocabulary)) return all.Where(id => !vocabulary.Subword.Outside.Contains(id));
        var count = vocabulary.Count;
        while (count > 0 && IsAdded(vocabulary.Types[count - 1])) count--;
        return Enumerable.Range(0, count).Any(vocabulary.IsPadding) ? all : all.Where(id => id < count);
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
