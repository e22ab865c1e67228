using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary><c>TemplateProcessing</c>: any tokens around a text and around two.</summary>
internal sealed class TemplatePostProcessor(TokenTemplate template) : PostProcessorStep
{
    // Published templates have a handful.
    private const int MostParts = 1000;

    /// <inheritdoc/>
    public override TokenTemplate? Template => template;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="ModelFileException">BT1081: a part is neither a text nor known tokens, or a text is missing or there twice.</exception>
    public static TemplatePostProcessor Read(JsonElement element, string file)
    {
        var tokens = new Dictionary<string, int[]>(StringComparer.Ordinal);
        if (element.Field("special_tokens") is { ValueKind: JsonValueKind.Object } known)
        {
            foreach (var token in known.EnumerateObject())
            {
                tokens[token.Name] = [.. token.Value.Items("ids").Take(MostParts).Select(id =>
                    id.ValueKind is JsonValueKind.Number && id.TryGetInt32(out var value) ? value : throw StepJson.Refuse(element, file, "special_tokens", "must have ids that are numbers"))];
            }
        }
        return new TemplatePostProcessor(new TokenTemplate(Parts(element, "single", file, tokens, 1), Parts(element, "pair", file, tokens, 2)));
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin("TemplateProcessing");
        Write(json, "single", template.Single);
        Write(json, "pair", template.Pair);
        json.WriteStartObject("special_tokens");
        foreach (var token in template.Single.Concat(template.Pair).Where(part => part.Slot is TemplateSlot.Tokens).DistinctBy(part => part.Name, StringComparer.Ordinal))
        {
            json.WriteStartObject(token.Name);
            json.WriteString("id", token.Name);
            json.WriteStartArray("ids");
            foreach (var id in token.Ids) json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            // The names of several tokens are not kept, and nothing reads them.
            foreach (var _ in token.Ids) json.WriteStringValue(token.Name);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<TemplatePart> parts)
    {
        json.WriteStartArray(name);
        foreach (var part in parts)
        {
            json.WriteStartObject();
            json.WriteStartObject(part.Slot is TemplateSlot.Tokens ? "SpecialToken" : "Sequence");
            json.WriteString("id", part.Slot switch
            {
                TemplateSlot.First => "A",
                TemplateSlot.Second => "B",
                _ => part.Name,
            });
            json.WriteNumber("type_id", part.TypeId);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static TemplatePart[] Parts(JsonElement element, string name, string file, Dictionary<string, int[]> tokens, int texts)
    {
        var parts = new List<TemplatePart>();
        foreach (var part in element.Items(name))
        {
            if (parts.Count == MostParts) throw StepJson.Refuse(element, file, name, $"must have at most {MostParts} parts");
            var (token, text) = (part.Field("SpecialToken"), part.Field("Sequence"));
            parts.Add(text.Text("id") switch
            {
                "A" => new TemplatePart(TemplateSlot.First, text.Number("type_id") ?? 0),
                "B" => new TemplatePart(TemplateSlot.Second, text.Number("type_id") ?? 0),
                _ => token.Text("id") is { } id && tokens.TryGetValue(id, out var ids)
                    ? new TemplatePart(TemplateSlot.Tokens, token.Number("type_id") ?? 0, id, ids)
                    : throw StepJson.Refuse(element, file, name, "must be of the texts A and B and of tokens that special_tokens has"),
            });
        }
        if (parts.Count(part => part.Slot is TemplateSlot.First) != 1 || parts.Count(part => part.Slot is TemplateSlot.Second) != texts - 1)
            throw StepJson.Refuse(element, file, name, texts == 1 ? "must have the text A once and no other" : "must have the texts A and B once each");
        return [.. parts];
    }
}
