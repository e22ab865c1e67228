using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>
/// <c>BertProcessing</c> and <c>RobertaProcessing</c>: one token in front, one behind each text. RoBERTa puts two between
/// two texts, gives all tokens the type 0 and trims offsets.
/// </summary>
/// <param name="separator">The token behind a text, and its name.</param>
/// <param name="first">The token in front, and its name.</param>
/// <param name="roberta">RoBERTa's further settings; null for BERT.</param>
internal sealed class PairPostProcessor((string Name, int Id) separator, (string Name, int Id) first, ByteLevelSettings? roberta) : PostProcessorStep
{
    private readonly TokenTemplate _template = Build(separator, first, roberta is not null);

    /// <summary>Reads the settings.</summary>
    /// <exception cref="ModelFileException">BT1081: a token is no pair of a text and an id.</exception>
    public static PairPostProcessor Read(JsonElement element, string file, bool isRoberta)
    {
        (string, int) Token(string name) => element.Field(name) is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() == 2
            && pair[0].ValueKind is JsonValueKind.String && pair[1].ValueKind is JsonValueKind.Number && pair[1].TryGetInt32(out var id)
            ? (pair[0].GetString()!, id)
            : throw StepJson.Refuse(element, file, name, "must be a text and an id");
        return new PairPostProcessor(Token("sep"), Token("cls"), isRoberta ? ByteLevelSettings.Read(element) : null);
    }

    /// <inheritdoc/>
    public override TokenTemplate? Template => _template;

    /// <inheritdoc/>
    public override ByteLevelSettings? Trimmed => roberta is { TrimOffsets: true } ? roberta : null;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json)
    {
        json.Begin(roberta is null ? "BertProcessing" : "RobertaProcessing");
        foreach (var (key, token) in new[] { ("sep", separator), ("cls", first) })
        {
            json.WriteStartArray(key);
            json.WriteStringValue(token.Name);
            json.WriteNumberValue(token.Id);
            json.WriteEndArray();
        }
        if (roberta is not null)
        {
            json.WriteBoolean("trim_offsets", roberta.TrimOffsets);
            json.WriteBoolean("add_prefix_space", roberta.AddPrefixSpace);
        }
        json.WriteEndObject();
    }

    private static TokenTemplate Build((string Name, int Id) separator, (string Name, int Id) first, bool isRoberta)
    {
        static TemplatePart Token((string Name, int Id) token, int type) => new(TemplateSlot.Tokens, type, token.Name, token.Id);
        var second = isRoberta ? 0 : 1;
        TemplatePart[] single = [Token(first, 0), new(TemplateSlot.First, 0), Token(separator, 0)];
        return new TokenTemplate(single, [.. single, .. isRoberta ? new[] { Token(separator, 0) } : [], new(TemplateSlot.Second, second), Token(separator, second)]);
    }
}
