using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bantam.Tokenizers;

/// <summary>
/// Writes the two small files beside <c>tokenizer.model</c> from which Hugging Face transformers makes a
/// <c>LlamaTokenizer</c>, or beside the <c>tokenizer.json</c> from which it makes a <c>PreTrainedTokenizerFast</c>.
/// </summary>
public static class HuggingFaceTokenizerFiles
{
    // The files are not HTML: <s> stays readable.
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <c>tokenizer_config.json</c>: class, special tokens, BOS and EOS settings.</summary>
    /// <param name="stream">Receives UTF-8 JSON.</param>
    /// <param name="vocabulary">What is described.</param>
    /// <param name="maxLength">The model's context in tokens; transformers' "unknown" (10³⁰) where null.</param>
    /// <param name="chatTemplate">The Jinja chat template, if there is one.</param>
    /// <param name="otherTemplates">Further chat templates by name.</param>
    public static void WriteConfig(Stream stream, Vocabulary vocabulary, long? maxLength = null, string? chatTemplate = null, IReadOnlyDictionary<string, string>? otherTemplates = null)
    {
        var isSentencePiece = vocabulary.Kind is TokenizerKind.SentencePieceBpe;
        var name = vocabulary switch
        {
            { Kind: TokenizerKind.SentencePieceBpe } => "LlamaTokenizer",
            { Kind: TokenizerKind.Unigram, Pipeline: null } => "T5Tokenizer",
            { Kind: TokenizerKind.WordPiece, Pipeline: null } => "BertTokenizer",
            _ => "PreTrainedTokenizerFast",
        };
        using var json = new Utf8JsonWriter(stream, Indented);
        json.WriteStartObject();
        json.WriteBoolean("add_bos_token", vocabulary.AddBos);
        json.WriteBoolean("add_eos_token", vocabulary.AddEos);
        // transformers warns about this key when it says what is the default.
        if (isSentencePiece && !vocabulary.AddSpacePrefix) json.WriteBoolean("add_prefix_space", false);
        json.WriteStartObject("added_tokens_decoder");
        for (var id = 0; id < vocabulary.Count; id++)
        {
            var special = vocabulary.Types[id] is TokenType.Control or TokenType.Unknown;
            // SentencePiece finds its user-defined pieces by itself.
            if (special || (vocabulary.Types[id] is TokenType.UserDefined && !isSentencePiece)) WriteAddedToken(json, vocabulary, id, special);
        }
        json.WriteEndObject();
        WriteSpecialTokens(json, vocabulary, nulls: true);
        WriteTemplates(json, chatTemplate, otherTemplates ?? new Dictionary<string, string>());
        json.WriteBoolean("clean_up_tokenization_spaces", vocabulary.CleansUpSpaces);
        if (name == "BertTokenizer")
        {
            json.WriteBoolean("do_lower_case", vocabulary.Subword.DropsCase);
            json.WriteBoolean("strip_accents", vocabulary.Subword.DropsAccents);
        }
        // Its own default is a hundred tokens more, which are no pieces here.
        if (name == "T5Tokenizer") json.WriteNumber("extra_ids", 0);
        // The behaviour of SentencePiece itself: text after a special token gets a prefix too, as in Tokenizer.Encode.
        if (isSentencePiece || name == "T5Tokenizer") json.WriteBoolean("legacy", true);
        json.WritePropertyName("model_max_length");
        if (maxLength is { } length) json.WriteNumberValue(length);
        else json.WriteRawValue("1000000000000000019884624838656");
        if (isSentencePiece)
        {
            json.WriteStartObject("sp_model_kwargs");
            json.WriteEndObject();
            json.WriteBoolean("spaces_between_special_tokens", false);
        }
        json.WriteString("tokenizer_class", name);
        if (isSentencePiece) json.WriteBoolean("use_default_system_prompt", false);
        json.WriteEndObject();
    }

    /// <summary>Writes <c>special_tokens_map.json</c>: the texts of BOS, EOS, unknown and padding, where there are such tokens.</summary>
    /// <param name="stream">Receives UTF-8 JSON.</param>
    /// <param name="vocabulary">What is described.</param>
    public static void WriteSpecialTokensMap(Stream stream, Vocabulary vocabulary)
    {
        using var json = new Utf8JsonWriter(stream, Indented);
        json.WriteStartObject();
        WriteSpecialTokens(json, vocabulary, nulls: false);
        json.WriteEndObject();
    }

    private static void WriteSpecialTokens(Utf8JsonWriter json, Vocabulary vocabulary, bool nulls)
    {
        void Write(string name, int? id)
        {
            if (id is { } known) json.WriteString(name, vocabulary.Pieces[known]);
            else if (nulls) json.WriteNull(name);
        }

        Write("bos_token", vocabulary.BosId);
        Write("eos_token", vocabulary.EosIds is [var eos, ..] ? eos : null);
        Write("unk_token", vocabulary.UnkId);
        Write("pad_token", vocabulary.PadId);
    }

    // One template is a text; several are a list, the default by that name.
    private static void WriteTemplates(Utf8JsonWriter json, string? standard, IReadOnlyDictionary<string, string> others)
    {
        if (others.Count == 0)
        {
            if (standard is not null) json.WriteString("chat_template", standard);
            return;
        }
        json.WriteStartArray("chat_template");
        foreach (var (name, text) in others.OrderBy(t => t.Key, StringComparer.Ordinal).Prepend(new("default", standard!)).Where(t => t.Value is not null))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("template", text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteAddedToken(Utf8JsonWriter json, Vocabulary vocabulary, int id, bool special)
    {
        json.WriteStartObject($"{id}");
        json.WriteString("content", vocabulary.Pieces[id]);
        AddedToken.WriteRules(json, vocabulary.Added.GetValueOrDefault(id));
        json.WriteBoolean("special", special);
        json.WriteEndObject();
    }
}
