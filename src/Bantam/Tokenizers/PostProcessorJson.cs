using System.Text.Json;

namespace Bantam.Tokenizers;

/// <summary>The <c>post_processor</c> of a <c>tokenizer.json</c>: which tokens are put around a text.</summary>
internal static class PostProcessorJson
{
    /// <summary>The vocabulary with <see cref="Vocabulary.AddBos"/> and <see cref="Vocabulary.AddEos"/> as the post-processor has them.</summary>
    /// <param name="element">The post-processor; undefined or null where there is none.</param>
    /// <param name="vocabulary">The pieces. A token that is put around text becomes BOS or EOS until something names them.</param>
    /// <param name="notices">Receives, in words, what other tokens are put around.</param>
    public static Vocabulary Apply(JsonElement element, Vocabulary vocabulary, List<string> notices)
    {
        vocabulary = vocabulary with { AddBos = false, AddEos = false };
        switch (element.Text("type"))
        {
            case null or "ByteLevel":
                return vocabulary;
            case "Sequence":
                foreach (var part in element.Items("processors"))
                    if (part.Text("type") is not "ByteLevel") return Apply(part, vocabulary, notices);
                return vocabulary;
            case "TemplateProcessing":
                return Template(element, vocabulary, notices);
            case var other:
                notices.Add($"the post-processor {ModelFileException.Printable(other)} of the tokenizer is left behind");
                return vocabulary;
        }
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

    private static Vocabulary Template(JsonElement element, Vocabulary vocabulary, List<string> notices)
    {
        var parts = element.Items("single").ToList();
        var text = parts.FindIndex(part => part.Field("Sequence").ValueKind is JsonValueKind.Object);
        if (text < 0) return vocabulary;
        var behind = parts.Count - text - 1;
        var (bos, eos) = (text == 1 ? Id(parts[0]) : null, behind == 1 ? Id(parts[^1]) : null);
        if (text > 1 || behind > 1 || (text == 1 && bos is null) || (behind == 1 && eos is null))
        {
            notices.Add($"the tokenizer puts {text} tokens before a text and {behind} behind it: only one of each can be carried, so none is");
            return vocabulary;
        }
        return vocabulary with
        {
            AddBos = bos is not null,
            BosId = bos ?? vocabulary.BosId,
            AddEos = eos is not null,
            EosIds = eos is { } last ? [last] : vocabulary.EosIds,
        };

        int? Id(JsonElement token) => token.Field("SpecialToken").Text("id") is { } name && Array.IndexOf(vocabulary.Pieces, name) is >= 0 and var id ? id : null;
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
