using System.Text.Json.Nodes;

namespace Bantam.Tests.Templates;

/// <summary>
/// The vectors of @huggingface/jinja. Where Jinja2 says otherwise (vectors.json lists it: True for true, Python's lists), Jinja2
/// is followed; where it fails and the vector does not, the vector is.
/// </summary>
public class JinjaVectorTests
{
    private static readonly JsonObject Otherwise = TemplateData.Json(TemplateData.Golden("vectors.json")).AsObject();

    // Four vectors are handed functions of the host, as vectors.py has them. Nobody can do that here; macros that do the same stand for them.
    private static readonly Dictionary<string, string> Functions = new()
    {
        ["NUMBERS"] = "{% macro add(x, y) %}{{ x + y }}{% endmacro %}",
        ["FUNCTIONS"] = "{% macro func() %}{{ varargs | length }}{% endmacro %}",
        ["OBJ_METHODS"] = "{% macro all() %}{{ varargs | join }}{% endmacro %}{% macro under() %}{{ varargs | join('_') }}{% endmacro %}{% set obj = {'x': all, 'z': {'A': under}} %}",
        ["IS_OPERATOR_4"] = "{% macro func() %}{% endmacro %}",
    };

    [Fact]
    public void Syntax()
    {
        var cases = TemplateData.Json(SharedData.Path("vectors", "jinja", "syntax_cases.json")).AsArray().Select(c => c!.AsObject()).ToArray();
        Assert.Equal(161, cases.Length);
        Assert.Equal(Functions.Count, cases.Count(c => (bool)c["has_function"]!));
        foreach (var row in cases)
        {
            var name = (string)row["name"]!;
            var expected = (string?)(Otherwise[name] ?? row["expected"]);
            Assert.Equal((name, expected), (name, TemplateData.TryRender(Functions.GetValueOrDefault(name) + (string)row["template"]!, row["context"]!.AsObject())));
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
