using System.Text.Json.Nodes;
using Bantam.Templates;

namespace Bantam.Tests.Templates;

/// <summary>What callers of a template see: texts, parts that the assistant said, errors with their places.</summary>
public class TemplateTests
{
    private static readonly JsonObject Chat = new()
    {
        ["messages"] = new JsonArray(
            new JsonObject { ["role"] = "user", ["content"] = "Hi 😀" },
            new JsonObject { ["role"] = "assistant", ["content"] = "Hello." },
            new JsonObject { ["role"] = "user", ["content"] = "Bye" },
            new JsonObject { ["role"] = "assistant", ["content"] = "So long." }),
    };

    [Fact]
    public void What_the_assistant_said_is_found_again()
    {
        var template = Template.Parse(
            "{%- for m in messages %}\n<{{ m.role }}>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}<end>{% endgeneration %}{% else %}{{ m.content }}<end>{% endif %}{% endfor %}");
        var rendered = template.Render(Chat);
        Assert.Equal("<user>Hi 😀<end><assistant>Hello.<end><user>Bye<end><assistant>So long.<end>", rendered.Text);
        Assert.Equal(["Hello.<end>", "So long.<end>"], rendered.Generated.Select(r => rendered.Text.Substring(r.Start, r.Length)));
        Assert.True(rendered.GeneratedIsComplete);
    }

    [Fact]
    public void What_the_assistant_said_inside_a_macro_is_lost_and_that_is_told()
    {
        var rendered = Template.Parse("{% macro m() %}{% generation %}a{% endgeneration %}{% endmacro %}{{ m() }}").Render([]);
        Assert.Equal("a", rendered.Text);
        Assert.Empty(rendered.Generated);
        Assert.False(rendered.GeneratedIsComplete);
    }

    [Theory]
    [InlineData("a\n  {{ x.y }}", "BT5008", 2, 7)]
    [InlineData("{% if true %}\n\n{{ 1 + none }}{% endif %}", "BT5009", 3, 6)]
    [InlineData("\n{% for x in y %}", "BT5000", 2, 17)]
    [InlineData("{{ 1 }}\n{{ 'a'|nope }}", "BT5010", 2, 7)]
    [InlineData("{% include 'x' %}", "BT5002", 1, 1)]
    public void Errors_say_where(string source, string code, int line, int column)
    {
        var error = Assert.Throws<TemplateException>(() => Template.Parse(source, "my.jinja").Render([]));
        Assert.Equal((code, line, column), (error.Code, error.Line, error.Column));
        Assert.StartsWith($"my.jinja: line {line}, column {column}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_refuses_its_input_is_quoted_alone()
    {
        var error = Assert.Throws<TemplateException>(() => Template.Parse("{{ raise_exception('Roles must\nalternate') }}").Render([]));
        Assert.True(error.IsRaisedByTemplate);
        Assert.Equal("Roles must\nalternate", error.Reason);
        Assert.Equal("Roles must alternate (BT5011)", error.Message);
    }

    [Fact]
    public void One_template_renders_on_many_threads()
    {
        var template = Template.Parse("{% set ns = namespace(n=0) %}{% set j = joiner() %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{{ j() }}{{ ns.n }}{{ m.role }}{% endfor %}");
        var texts = new string[64];
        Parallel.For(0, texts.Length, i => texts[i] = template.Render(Chat).Text);
        Assert.All(texts, text => Assert.Equal("1user, 2assistant, 3user, 4assistant", text));
    }

    [Fact]
    public void Values_made_in_code_are_those_read_from_JSON()
    {
        var made = new JsonObject { ["a"] = 1, ["b"] = 1L, ["c"] = 1.0, ["d"] = 1f, ["e"] = true, ["f"] = "x", ["g"] = null, ["h"] = (byte)3, ["i"] = 1.5m, ["j"] = 'q' };
        const string Source = "{{ [a, b, c, d, e, f, g, h, i, j] }}";
        Assert.Equal("[1, 1, 1.0, 1.0, True, 'x', None, 3, 1.5, 'q']", Template.Parse(Source).Render(made).Text);
        var read = JsonNode.Parse("""{"a":1,"b":1,"c":1.0,"d":1e0,"e":true,"f":"x","g":null,"h":3,"i":1.5,"j":"q"}""")!.AsObject();
        Assert.Equal("[1, 1, 1.0, 1.0, True, 'x', None, 3, 1.5, 'q']", Template.Parse(Source).Render(read).Text);
    }

    [Fact]
    public void The_date_is_the_one_that_is_given_and_English()
    {
        var options = new TemplateOptions { Now = new DateTimeOffset(2024, 3, 5, 7, 8, 9, TimeSpan.FromHours(2)) };
        Assert.Equal("05 Mar 2024 Tuesday 5/3 AM +0200", Template.Parse("{{ strftime_now('%d %b %Y %A %-d/%-m %p %z') }}").Render([], options).Text);
        Assert.Equal("BT5009", Assert.Throws<TemplateException>(() => Template.Parse("{{ strftime_now('%Q') }}").Render([], options)).Code);
    }

    [Fact]
    public void A_template_changes_its_own_lists_and_no_others()
    {
        Assert.Equal("[1, 2] 2 [1] {'a': 1, 'b': 2}", Template.Parse("{% set l = [1] %}{% set _ = l.append(2) %}{{ l }} {{ l.pop() }} {{ l }} {% set d = {'a': 1} %}{% set _ = d.update(b=2) %}{{ d }}").Render([]).Text);
        var before = Chat.ToJsonString();
        Assert.Equal("BT5007", Assert.Throws<TemplateException>(() => Template.Parse("{% set _ = messages.append(1) %}").Render(Chat)).Code);
        Assert.Equal(before, Chat.ToJsonString());
    }

    [Fact]
    public void A_constant_list_is_new_in_every_render()
    {
        var template = Template.Parse("{% set l = [] %}{% set _ = l.append(1) %}{{ l }}");
        Assert.Equal("[1]", template.Render([]).Text);
        Assert.Equal("[1]", template.Render([]).Text);
    }
}
