using System.Text.Json.Nodes;

namespace Bantam.Tests.Templates;

/// <summary>
/// The vectors of @huggingface/jinja. Where Jinja2 says otherwise (vectors.json lists it: True for true, Python's lists), Jinja2
/// is followed; where it fails and the vector does not, the vector is.
/// </summary>
public class JinjaVectorTests
{
    private static readonly JsonObject Otherwise = TemplateData.Json(TemplateData.Golden("vectors.json")).AsObject();

    // null is a variable of no value in Jinja2, and cannot be written as JSON.
    private static readonly string[] Refused = ["FILTER_OPERATOR_7"];

    [Fact]
    public void Syntax()
    {
        var cases = TemplateData.Json(SharedData.Path("vectors", "jinja", "syntax_cases.json")).AsArray().Select(c => c!.AsObject()).ToArray();
        Assert.Equal(161, cases.Length);
        // Four hand functions of the host over, which nobody can here.
        var rendered = cases.Where(c => !(bool)c["has_function"]!).ToArray();
        Assert.Equal(157, rendered.Length);
        foreach (var row in rendered)
        {
            var name = (string)row["name"]!;
            var expected = Refused.Contains(name) ? null : (string?)(Otherwise[name] ?? row["expected"]);
            Assert.Equal((name, expected), (name, TemplateData.TryRender((string)row["template"]!, row["context"]!.AsObject())));
        }
    }

    [Fact]
    public void Default_templates_of_old_models()
    {
        var cases = TemplateData.Json(SharedData.Path("vectors", "jinja", "test_default_templates.json")).AsObject();
        Assert.NotEmpty(cases);
        foreach (var (_, row) in cases)
            Assert.Equal((string)row!["target"]!, TemplateData.Render((string)row["chat_template"]!, row["data"]!.AsObject()));
    }
}
