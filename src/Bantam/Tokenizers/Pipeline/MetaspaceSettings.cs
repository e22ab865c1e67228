using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>Where a mark is put in front of text.</summary>
internal enum PrependScheme
{
    /// <summary>In front of every piece.</summary>
    Always,

    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>Only at the beginning of the whole text.</summary>
    First,
}

/// <summary>What <c>Metaspace</c> says as a pre-tokenizer and as a decoder.</summary>
/// <param name="Replacement">What stands for a space, one character; mostly '▁'.</param>
/// <param name="Scheme">Where it is put in front.</param>
/// <param name="Split">Whether it begins a piece.</param>
internal sealed record MetaspaceSettings(string Replacement, PrependScheme Scheme, bool Split)
{
    private static readonly string[] Names = ["always", "never", "first"];

    /// <summary>Reads them; older files have <c>add_prefix_space</c> in the place of a scheme.</summary>
    /// <exception cref="ModelFileException">BT1081: a setting makes no sense.</exception>
    public static MetaspaceSettings Read(JsonElement element, string file)
    {
        var scheme = element.Text("prepend_scheme") switch
        {
            null => PrependScheme.Always,
            var name when Array.IndexOf(Names, name) is >= 0 and var at => (PrependScheme)at,
            _ => throw StepJson.Refuse(element, file, "prepend_scheme", $"must be one of {string.Join(", ", Names)}"),
        };
        if (element.Flag("add_prefix_space") == false)
        {
            if (element.Text("prepend_scheme") is not (null or "never")) throw StepJson.Refuse(element, file, "add_prefix_space", $"contradicts prepend_scheme {element.Text("prepend_scheme")}");
            scheme = PrependScheme.Never;
        }
        return new MetaspaceSettings(StepJson.Character(element, "replacement", file), scheme, element.Flag("split") ?? true);
    }

    /// <summary>Writes them.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.Begin("Metaspace");
        json.WriteString("replacement", Replacement);
        json.WriteString("prepend_scheme", Names[(int)Scheme]);
        json.WriteBoolean("split", Split);
        json.WriteEndObject();
    }
}
