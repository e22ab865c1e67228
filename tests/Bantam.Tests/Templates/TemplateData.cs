using System.Text.Json.Nodes;
using Bantam.Templates;

namespace Bantam.Tests.Templates;

/// <summary>The golden files of the templates, and the clock that they were made with (bench/peers/jinja).</summary>
internal static class TemplateData
{
    public static readonly TemplateOptions Noon = new() { Now = new DateTimeOffset(2025, 7, 10, 12, 0, 0, TimeSpan.Zero) };

    public static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "Templates", name);

    public static JsonNode Json(string path) => JsonNode.Parse(File.ReadAllText(path))!;

    public static string Render(string template, JsonObject values) => Template.Parse(template).Render(values, Noon).Text;

    /// <summary>The text, or null where the template fails.</summary>
    public static string? TryRender(string template, JsonObject values)
    {
        try
        {
            return Render(template, values);
        }
        catch (TemplateException)
        {
            return null;
        }
    }
}
