using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bantam.Templates.Values;

namespace Bantam.Chat;

/// <summary>JSON on one line as models are taught it: a space behind commas and colons, letters of all languages as they are.</summary>
internal static class PlainJson
{
    /// <summary>The text of a value.</summary>
    public static string Text(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(node, text);
        return text.ToString();
    }

    private static void Write(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject o:
                text.Append('{');
                foreach (var ((key, value), i) in o.Select((p, i) => (p, i)))
                {
                    if (i > 0) text.Append(", ");
                    JsonText.Quote(text, key, ensureAscii: false);
                    Write(value, text.Append(": "));
                }
                text.Append('}');
                break;
            case JsonArray a:
                text.Append('[');
                for (var i = 0; i < a.Count; i++) Write(a[i], i > 0 ? text.Append(", ") : text);
                text.Append(']');
                break;
            case var _ when node.GetValueKind() is JsonValueKind.String:
                JsonText.Quote(text, node.GetValue<string>(), ensureAscii: false);
                break;
            default:
                text.Append(node.ToJsonString());
                break;
        }
    }
}
