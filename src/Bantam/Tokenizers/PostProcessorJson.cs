using System.Text.Json;
using Bantam.Tokenizers.Pipeline;

namespace Bantam.Tokenizers;

/// <summary>The <c>post_processor</c> of a <c>tokenizer.json</c>: which tokens are put around a text.</summary>
internal static class PostProcessorJson
{
    /// <summary>The vocabulary with the tokens that are put around a text, and whether they are.</summary>
    /// <param name="root">The object of the file.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="vocabulary">The pieces. A token that alone is put in front of text, or behind it, becomes BOS or EOS until something names them.</param>
    /// <param name="notices">Receives, in words, what a GGUF file cannot say.</param>
    /// <exception cref="ModelFileException">BT1044: a token is no entry; BT1045: a post-processor that is not read, or two that put tokens around; BT1081: one that makes no sense.</exception>
    public static Vocabulary Apply(JsonElement root, string file, Vocabulary vocabulary, List<string> notices)
    {
        vocabulary = vocabulary with { AddBos = false, AddEos = false };
        var templates = StepReaders.ReadPostProcessors(root, file).Select(step => step.Template).OfType<TokenTemplate>().ToList();
        if (templates.Count > 1) throw new ModelFileException("BT1045", file, "post_processor", "a Sequence of several that put tokens around text", "one is read");
        if (templates is not [var template]) return vocabulary;
        foreach (var id in template.Single.Concat(template.Pair).SelectMany(part => part.Ids)) Vocabulary.SpecialId(file, "post_processor", id, vocabulary.Count);
        if (template.Before.Length > 1 || template.Behind.Length > 1)
            notices.Add($"the tokenizer puts {template.Before.Length} tokens before a text and {template.Behind.Length} behind it: GGUF can say one of each");
        return vocabulary with
        {
            Template = template,
            AddBos = template.Before.Length > 0,
            BosId = template.Before is [var bos] ? bos : vocabulary.BosId,
            AddEos = template.Behind.Length > 0,
            EosIds = template.Behind is [var eos] ? [eos] : vocabulary.EosIds,
        };
    }

    /// <summary>Writes a post-processor that puts BOS and EOS around a text where the vocabulary says so.</summary>
    public static void Write(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        var bos = vocabulary.AddBos ? vocabulary.BosId : null;
        var eos = vocabulary is { AddEos: true, EosIds: [var first, ..] } ? first : (int?)null;
        if (bos is null && eos is null)
        {
            PreTokenizerJson.WriteByteLevel(json, words: false);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("processors");
        PreTokenizerJson.WriteByteLevel(json, words: false);
        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate(json, "single", ["A"], vocabulary, bos, eos);
        WriteTemplate(json, "pair", ["A", "B"], vocabulary, bos, eos);
        json.WriteStartObject("special_tokens");
        foreach (var id in new[] { bos, eos }.OfType<int>().Distinct())
        {
            json.WriteStartObject(vocabulary.Pieces[id]);
            json.WriteString("id", vocabulary.Pieces[id]);
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(vocabulary.Pieces[id]);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTemplate(Utf8JsonWriter json, string name, string[] sequences, Vocabulary vocabulary, int? bos, int? eos)
    {
        json.WriteStartArray(name);
        for (var i = 0; i < sequences.Length; i++)
        {
            if (bos is { } first) Item("SpecialToken", vocabulary.Pieces[first], i);
            Item("Sequence", sequences[i], i);
            if (eos is { } last) Item("SpecialToken", vocabulary.Pieces[last], i);
        }
        json.WriteEndArray();

        void Item(string kind, string id, int type)
        {
            json.WriteStartObject();
            json.WriteStartObject(kind);
            json.WriteString("id", id);
            json.WriteNumber("type_id", type);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
