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

    /// <summary>Whether what is put around text is what the template of the file says.</summary>
    public static bool IsAsFileSays(Vocabulary vocabulary) =>
        vocabulary.AddBos == (vocabulary.Template?.Before.Length > 0) && vocabulary.AddEos == (vocabulary.Template?.Behind.Length > 0);

    /// <summary>Writes a post-processor that puts tokens around a text where the vocabulary says so.</summary>
    public static void Write(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        var bos = vocabulary.AddBos ? vocabulary.BosId : null;
        var eos = vocabulary is { AddEos: true, EosIds: [var first, ..] } ? first : (int?)null;
        var template = IsAsFileSays(vocabulary) ? vocabulary.Template : bos is null && eos is null ? null : TokenTemplate.Around(bos, eos);
        var offsets = vocabulary.Trimmed ?? new ByteLevelSettings(AddPrefixSpace: false, TrimOffsets: false, UseRegex: false);
        if (template is null)
        {
            offsets.Write(json);
            return;
        }
        json.Begin("Sequence");
        json.WriteStartArray("processors");
        offsets.Write(json);
        new TemplatePostProcessor(template.Named(vocabulary)).Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
