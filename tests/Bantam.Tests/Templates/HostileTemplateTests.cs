using System.Diagnostics;
using System.Text.Json.Nodes;
using Bantam.Templates;

namespace Bantam.Tests.Templates;

/// <summary>
/// Templates that want everything: memory, time, stack, the host. Each ends with one line that names template, line and
/// limit, and none comes near the limit on time.
/// </summary>
public class HostileTemplateTests
{
    private static readonly JsonObject Values = new() { ["l"] = new JsonArray(1, 2), ["d"] = new JsonObject { ["a"] = 1 } };

    public static TheoryData<string, string> Templates => new()
    {
        { "BT5004", "{{ range(10**9) }}" },
        { "BT5004", "{{ range(0 - 2**62, 2**62)|length }}" },
        { "BT5003", "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}" },
        { "BT5003", "{% for a in range(99999) %}{% for b in range(99999) if b < 0 %}{% endfor %}{% endfor %}" },
        { "BT5004", "{{ 'x' * 10**9 }}" },
        { "BT5004", "{{ 10**18 * 'xy' }}" },
        { "BT5004", "{{ [0] * 10**9 }}" },
        { "BT5004", "{{ ([0] * 10**5) * 10**14 }}" },
        { "BT5004", "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}" },
        { "BT5004", "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}" },
        { "BT5004", "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = ns.l + ns.l %}{% endfor %}" },
        { "BT5004", "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = ns.l + ['x' * 100000] %}{% endfor %}" },
        { "BT5003", "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}" },
        { "BT5003", "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(64) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}" },
        { "BT5003", "{% set ns = namespace(l=[1]) %}{% for i in range(64) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}" },
        { "BT5005", "{% set ns = namespace(l=[1]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}" },
        { "BT5005", "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% set ns.m = [ns.m] %}{% endfor %}{{ ns.l == ns.m }}" },
        { "BT5005", "{% set ns = namespace(l=[1]) %}{% for i in range(9999) %}{% set ns.l = {'a': ns.l} %}{% endfor %}{{ ns.l|tojson }}" },
        { "BT5005", "{% set l = [] %}{% set _ = l.append(l) %}{{ l }}" },
        { "BT5005", "{% set l = [] %}{% set m = [] %}{% set _ = l.append(l) %}{% set _ = m.append(m) %}{{ l == m }}" },
        { "BT5005", "{% set d = {} %}{% set _ = d.update(a=d) %}{{ d|tojson }}" },
        { "BT5005", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}" },
        { "BT5005", "{% macro a() %}{{ caller() }}{% endmacro %}{% macro b() %}{% call a() %}{{ b() }}{% endcall %}{% endmacro %}{{ b() }}" },
        { "BT5003", "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(60) }}" },
        { "BT5005", "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}" },
        { "BT5004", "{{ '%1000000000d'|format(1) }}" },
        { "BT5004", "{{ '%*d' % (10**9, 1) }}" },
        { "BT5004", "{{ '%.1000000000d' % 1 }}" },
        { "BT5009", "{{ '%.1000f' % 1.5 }}" },
        { "BT5004", "{{ '%99999999999999999999s' % 'a' }}" },
        { "BT5004", "{{ 'x'|center(10**9) }}" },
        { "BT5004", "{{ 'x'.ljust(10**12) }}" },
        { "BT5004", "{{ 'x'.zfill(10**9) }}" },
        { "BT5004", "{{ 'a\nb'|indent(10**9) }}" },
        { "BT5004", "{{ ('a\n' * 100000)|indent(1000) }}" },
        { "BT5004", "{{ range(99999)|join('x' * 10000) }}" },
        { "BT5004", "{{ ('x' * 100000).replace('x', 'y' * 10000) }}" },
        { "BT5004", "{{ ('x' * 100000).replace('', 'y' * 10000) }}" },
        { "BT5004", "{{ ('x' * 100000)|replace('', 'y' * 10000) }}" },
        { "BT5004", "{{ ('x' * 10000).join(range(9999)|map('string')) }}" },
        { "BT5004", "{{ [1]|tojson(indent=10**9) }}" },
        { "BT5004", "{{ range(99999)|list|tojson(separators=('x' * 100000, '')) }}" },
        { "BT5004", "{{ range(9999)|list|tojson(indent='x' * 100000) }}" },
        { "BT5004", "{{ [1]|batch(10**9, 0)|list }}" },
        { "BT5004", "{{ [1]|slice(10**9)|list }}" },
        { "BT5004", "{{ ('x ' * 2000000).split() }}" },
        { "BT5004", "{{ ('x' * 3000000)|list }}" },
        { "BT5009", "{{ 10**100 }}" },
        { "BT5009", "{{ 9223372036854775807 + 1 }}" },
        { "BT5009", "{{ (-9223372036854775807 - 1) // -1 }}" },
        { "BT5009", "{{ -(-9223372036854775807 - 1) }}" },
        { "BT5009", "{{ (-9223372036854775807 - 1)|abs }}" },
        { "BT5009", "{{ 10.0 ** 400 }}" },
        { "BT5000", "{{ 99999999999999999999 }}" },
        { "BT5003", "{% set a = 'a' * 100000 %}{% set b = 'b' * 100000 %}{% for i in range(99999) %}{% set x = 'a' in b or a in b %}{% endfor %}" },
        { "BT5003", "{% set a = 'a' * 500000 + 'b' + 'a' * 500000 %}{% set h = 'a' * 2000000 %}{% for i in range(99999) %}{% set x = a in h %}{% endfor %}" },
        { "BT5003", "{% set s = 'a' * 1000000 %}{% set t = s ~ '' %}{% for i in range(99999) %}{% set x = s == t %}{% endfor %}" },
        { "BT5004", "{% set s = 'a' * 1000000 %}{% for i in range(99999) %}{% set x = s|wordcount %}{% endfor %}" },
        { "BT5003", "{% set l = range(99999)|list %}{% for i in l %}{% set x = i in l %}{% endfor %}" },
        { "BT5003", "{% set l = range(99999)|list %}{% for i in l %}{% set x = l|sort %}{% endfor %}" },
        { "BT5003", "{% for i in range(99999) %}{% for j in range(999) %}{{ '' }}{% endfor %}{% endfor %}" },
        { "BT5004", "{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}" },
        { "BT5004", "{% macro m() %}{{ 'x' * 4000000 }}{% endmacro %}{{ m() }}{{ m() }}" },
        { "BT5007", "{{ ''.__class__ }}" },
        { "BT5007", "{{ ''.__class__.__mro__[1].__subclasses__() }}" },
        { "BT5007", "{{ cycler.__init__.__globals__.os.popen('id').read() }}" },
        { "BT5007", "{{ joiner.__init__.__globals__ }}" },
        { "BT5007", "{{ l['__class__'] }}" },
        { "BT5007", "{{ l|attr('__class__') }}" },
        { "BT5007", "{{ [l]|map(attribute='__class__')|list }}" },
        { "BT5007", "{{ namespace().__init__ }}" },
        { "BT5007", "{% macro m() %}{% endmacro %}{{ m.__call__ }}" },
        { "BT5007", "{% for a in l %}{{ loop.__init__ }}{% endfor %}" },
        { "BT5007", "{{ raise_exception.__globals__ }}" },
        { "BT5007", "{{ none.__class__ }}" },
        { "BT5007", "{{ l.append(3) }}" },
        { "BT5007", "{{ d.update(a=2) }}" },
        { "BT5007", "{{ d.pop('a') }}" },
        { "BT5009", "{{ '{0.__class__}'.format(l) }}" },
        { "BT5009", "{{ '{0[__class__]}'.format(l) }}" },
        { "BT5010", "{{ ''.encode('utf-8') }}" },
        { "BT5010", "{{ ''.format_map(d) }}" },
        { "BT5009", "{{ '\"\\\\ud800\"'|from_json }}" },
        { "BT5009", "{{ '{\"\\\\udfff\": 1}'|from_json }}" },
        { "BT5009", "{{ '\\ud800'|from_json }}" },
        { "BT5009", "{{ ('[' * 1000)|from_json }}" },
        { "BT5012", "{{ '18446744073709551616'|from_json }}" },
        { "BT5010", "{{ cycler(1, 2) }}" },
        { "BT5010", "{{ lipsum() }}" },
        { "BT5010", "{{ l|random }}" },
        { "BT5010", "{{ d.clear() }}" },
        { "BT5008", "{{ self.__init__ }}" },
        { "BT5008", "{{ open('/etc/passwd') }}" },
        { "BT5008", "{{ import('os') }}" },
        { "BT5002", "{% include 'x' %}" },
        { "BT5002", "{% import 'x' as y %}" },
        { "BT5002", "{% from 'x' import y %}" },
        { "BT5002", "{% extends 'x' %}" },
        { "BT5002", "{% block x %}{% endblock %}" },
        { "BT5002", "{% debug %}" },
        { "BT5001", "{{ " + new string('(', 100_000) + "1" + new string(')', 100_000) + " }}" },
        { "BT5001", "{{ " + new string('[', 100_000) + new string(']', 100_000) + " }}" },
        { "BT5001", "{{ " + string.Concat(Enumerable.Repeat("{1:", 50_000)) + "1" + new string('}', 50_000) + " }}" },
        { "BT5001", "{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}" },
        { "BT5001", "{{ " + new string('-', 100_000) + "1 }}" },
        { "BT5001", "{{ " + string.Concat(Enumerable.Repeat("a[", 100_000)) + "1" + new string(']', 100_000) + " }}" },
        { "BT5001", "{{ " + string.Concat(Enumerable.Repeat("a(", 100_000)) + new string(')', 100_000) + " }}" },
        { "BT5001", "{{ " + string.Concat(Enumerable.Repeat("1 if 1 else ", 50_000)) + "1 }}" },
        { "BT5001", "{{ " + string.Concat(Enumerable.Repeat("1|default(", 50_000)) + new string(')', 50_000) + " }}" },
        { "BT5001", string.Concat(Enumerable.Repeat("{% if 1 %}", 50_000)) },
        { "BT5001", string.Concat(Enumerable.Repeat("{% for a in b %}", 50_000)) },
        { "BT5001", string.Concat(Enumerable.Repeat("{% macro m() %}", 50_000)) },
        { "BT5001", "{% set " + new string('(', 100_000) + "a" + new string(')', 100_000) + " = 1 %}" },
        { "BT5005", "{{ " + string.Concat(Enumerable.Repeat("1+", 100_000)) + "1 }}" },
        { "BT5005", "{{ " + string.Concat(Enumerable.Repeat("1 or ", 100_000)) + "1 }}" },
        { "BT5005", "{{ d" + string.Concat(Enumerable.Repeat(".a", 100_000)) + " }}" },
        { "BT5005", "{{ 1" + string.Concat(Enumerable.Repeat("|abs", 100_000)) + " }}" },
        { "BT5005", "{{ range" + string.Concat(Enumerable.Repeat("()", 100_000)) + " }}" },
        { "BT5001", new string('x', 1_000_001) },
        { "BT5000", "{{ '" + new string('x', 900_000) },
        { "BT5000", new string('{', 900_000) },
        { "BT5000", string.Concat(Enumerable.Repeat("{#", 400_000)) },
        { "BT5000", "{% raw %}" + string.Concat(Enumerable.Repeat("{% endraw ", 90_000)) },
    };

    [Theory]
    [MemberData(nameof(Templates), DisableDiscoveryEnumeration = true)]
    public void Ends_early_with_one_line(string code, string template)
    {
        var clock = Stopwatch.StartNew();
        var error = Assert.Throws<TemplateException>(() => Template.Parse(template, "hostile.jinja").Render(Values));
        Assert.Equal(code, error.Code);
        Assert.StartsWith("hostile.jinja: line ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.InRange(error.Message.Length, 1, 600);
        // Far from what it takes; a template that runs away takes minutes.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Little_stack_ends_with_an_error_and_no_crash()
    {
        Exception? thrown = null;
        var thread = new Thread(() => thrown = Record.Exception(() => Template.Parse("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}").Render([])), 192 * 1024);
        thread.Start();
        thread.Join();
        Assert.Equal("BT5005", Assert.IsType<TemplateException>(thrown).Code);
    }

    [Fact]
    public void Time_and_cancellation_end_a_render()
    {
        var template = Template.Parse("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}");
        var options = new TemplateOptions { MaxSteps = long.MaxValue, MaxTime = TimeSpan.FromMilliseconds(20) };
        Assert.Equal("BT5006", Assert.Throws<TemplateException>(() => template.Render([], options)).Code);
        Assert.Throws<OperationCanceledException>(() => template.Render([], cancellation: new CancellationToken(true)));
    }

    [Fact]
    public void Values_that_nest_too_deep_count_too_high_or_are_broken_are_refused()
    {
        JsonNode deep = new JsonArray();
        for (var i = 0; i < 400; i++)
            deep = new JsonArray(deep);
        Assert.Equal("BT5012", Assert.Throws<TemplateException>(() => Template.Parse("").Render(new() { ["a"] = deep })).Code);
        foreach (var json in (string[])["""{"a":18446744073709551616}""", """{"a":"\ud800"}""", """{"a":{"b":1,"b":2}}""", """{"a":1,"a":2}"""])
            Assert.Equal("BT5012", Assert.Throws<TemplateException>(() => Template.Parse("{{ a }}").Render(JsonNode.Parse(json)!.AsObject())).Code);
    }
}
