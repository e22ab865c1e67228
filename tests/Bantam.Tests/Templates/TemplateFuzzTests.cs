using System.Text;
using Bantam.Templates;

namespace Bantam.Tests.Templates;

/// <summary>Mutated templates: whatever they are, they render or fail with an error of ours.</summary>
public class TemplateFuzzTests
{
    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "~", "*", "**", "/", "//", "%", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|", "=", "==", "'", "\"", "\\",
        " if ", " else ", " for ", " in ", " not ", " is ", " and ", "loop", "x", "messages", "none", "true", "1", "0", "-1", "1.5", "9223372036854775807", "'a'", "😀",
        "|tojson", "|join(',')", "|sort", "|batch(2)", "|groupby('role')", "|map(attribute='role')", "|list", "|int", "|round(2)", "|indent", "|format(1)", "|default('')",
        "range(9)", "namespace(a=1)", ".items()", ".split('a')", ".append(1)", ".get('role')", "[::-1]", "[0]", "[1:]", "% (1,2)", "{% set x = messages %}", "{% endfor %}",
        "{% for a in messages %}", "{% if x %}", "{% endif %}", "{% macro m(a, b=1) %}", "{% endmacro %}", "{{ m(1) }}", "{% raw %}", "{% endraw %}", "{% generation %}", "{% endgeneration %}",
    ];

    [Fact]
    public void Nothing_but_an_error_of_ours_escapes()
    {
        var table = TemplateData.Json(TemplateData.Golden("cases.json")).AsObject();
        var seeds = table["cases"]!.AsArray().Select(c => (string)c!["template"]!).ToArray();
        var values = table["context"]!.AsObject();
        var options = new TemplateOptions { MaxSteps = 20_000, MaxOutput = 20_000, Now = TemplateData.Noon.Now };
        var random = new Random(5);
        var (rendered, failed) = (0, 0);
        for (var i = 0; i < 20_000; i++)
        {
            var source = Mutated(seeds[random.Next(seeds.Length)], seeds, random);
            try
            {
                Template.Parse(source).Render(values, options);
                rendered++;
            }
            catch (TemplateException)
            {
                failed++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType().Name} from {source}: {e}");
            }
        }
        // Both ways are taken, or the fuzzing reaches nothing.
        Assert.True(rendered > 1000 && failed > 1000, $"{rendered} rendered, {failed} failed");
    }

    private static string Mutated(string seed, string[] seeds, Random random)
    {
        var text = new StringBuilder(seed);
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            var at = random.Next(text.Length + 1);
            switch (random.Next(4))
            {
                case 0:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 1:
                    text.Remove(at, Math.Min(random.Next(1, 6), text.Length - at));
                    break;
                case 2:
                    var other = seeds[random.Next(seeds.Length)];
                    text.Insert(at, other[random.Next(other.Length)..]);
                    break;
                default:
                    text.Remove(at, text.Length - at);
                    break;
            }
        }
        return text.ToString();
    }
}
