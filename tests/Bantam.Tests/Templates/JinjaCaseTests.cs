using System.Text.Json.Nodes;

namespace Bantam.Tests.Templates;

/// <summary>Our own table of templates, each with what Jinja2 makes of it (bench/peers/jinja/cases.py).</summary>
public class JinjaCaseTests
{
    private static readonly JsonObject Table = TemplateData.Json(TemplateData.Golden("cases.json")).AsObject();

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Table["cases"]!.AsArray().Count)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_template_renders_as_in_Jinja2_or_fails_as_there(int index)
    {
        var row = Table["cases"]![index]!;
        Assert.Equal((string?)row["expected"], TemplateData.TryRender((string)row["template"]!, Table["context"]!.AsObject()));
    }
}
