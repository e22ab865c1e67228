using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bantam.Chat;
using Bantam.Chat.ToolCalls;

namespace Bantam.Tests.Chat;

public sealed class ToolCallTests
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Convention, answer, its text, its calls one per line: name, id after #, arguments.
    public static TheoryData<string, string, string, string> Documented => new()
    {
        { "hermes", "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Zürich\", \"days\": 3}}\n</tool_call>", "", "weather{\"city\":\"Zürich\",\"days\":3}" },
        { "hermes", "Let me look.\n<tool_call>\n{\"name\": \"a\", \"arguments\": {}}\n</tool_call>\n<tool_call>\n{\"name\": \"b\", \"arguments\": {\"x\": [1, {\"y\": null}]}}\n</tool_call>", "Let me look.\n", "a{}\nb{\"x\":[1,{\"y\":null}]}" },
        { "hermes", "<tool_call>{\"arguments\": {\"q\": \"</tool_cal\"}, \"name\": \"f\"}</tool_call>", "", "f{\"q\":\"</tool_cal\"}" },
        { "hermes", "<tool_call>\n{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": 1}\"}\n</tool_call>", "", "f{\"a\":1}" },
        { "hermes", "<tool_call>\n{\"name\": \"f\"}", "", "f{}" },
        { "hermes", "<tool_call>\n[{\"name\": \"f\", \"arguments\": {}}, {\"name\": \"g\", \"arguments\": {}}]\n</tool_call>", "", "f{}\ng{}" },
        { "hermes", "<tool_calls>[{\"name\": \"f\", \"arguments\": {}, \"id\": \"1\"}, {\"name\": \"g\", \"arguments\": {}}]</tool_calls>", "", "f#1{}\ng{}" },
        { "hermes", "1 < 2 and <tool> is no tag", "1 < 2 and <tool> is no tag", "" },
        { "hermes", "  spaces stay  ", "  spaces stay  ", "" },
        { "mistral", "[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}, \"id\": \"a1b2c3d4e\"}]", "", "weather#a1b2c3d4e{\"city\":\"Paris\"}" },
        { "mistral", "[TOOL_CALLS][{\"name\": \"a\", \"arguments\": {}}, {\"name\": \"b\", \"arguments\": {\"s\": \"]}\"}}]", "", "a{}\nb{\"s\":\"]}\"}" },
        { "mistral", "[TOOL_CALLS]weather[ARGS]{\"city\": \"Rome\"}", "", "weather{\"city\":\"Rome\"}" },
        { "mistral", "I will. [TOOL_CALLS]a[CALL_ID]xyz123456[ARGS]{\"n\": 1.5}[TOOL_CALLS]b[ARGS]{}", "I will. ", "a#xyz123456{\"n\":1.5}\nb{}" },
        { "mistral", "[TOOL_CALLS]{\"name\": \"a\", \"arguments\": {}}", "", "a{}" },
        { "llama3", "{\"name\": \"weather\", \"parameters\": {\"city\": \"Oslo\"}}", "", "weather{\"city\":\"Oslo\"}" },
        { "llama3", "\n\n{\"type\": \"function\", \"name\": \"weather\", \"parameters\": {}}", "", "weather{}" },
        { "llama3", "{\"type\": \"function\", \"function\": {\"name\": \"f\", \"arguments\": {\"a\": true}}}", "", "f{\"a\":true}" },
        { "llama3", "{\"name\": \"a\", \"parameters\": {}}; {\"name\": \"b\", \"parameters\": {}}", "", "a{}\nb{}" },
        { "llama3", "<|python_tag|>{\"name\": \"f\", \"parameters\": {\"x\": \"a;b\"}}; {\"name\": \"g\", \"parameters\": {}}", "", "f{\"x\":\"a;b\"}\ng{}" },
        { "llama3", "<|python_tag|>brave_search.call(query=\"who won \\\"it\\\"?\")", "", "brave_search{\"query\":\"who won \\\"it\\\"?\"}" },
        { "llama3", "<|python_tag|>wolfram_alpha.call(query='2+2')", "", "wolfram_alpha{\"query\":\"2+2\"}" },
        { "llama3", "<|python_tag|>import math\nprint(math.pi)", "", "code_interpreter{\"code\":\"import math\\nprint(math.pi)\"}" },
        { "llama3", "<|python_tag|>{'a': 1}['a']", "", "code_interpreter{\"code\":\"{'a': 1}['a']\"}" },
        { "llama3", "{\"answer\": 42}", "{\"answer\": 42}", "" },
        { "llama3", "{braces} begin this", "{braces} begin this", "" },
        { "llama3", "The call is {\"name\": \"f\", \"parameters\": {}}", "The call is {\"name\": \"f\", \"parameters\": {}}", "" },
        { "gemma", "```tool_code\nweather(city=\"Bern\", days=-2, exact=True, near=None)\n```", "", "weather{\"city\":\"Bern\",\"days\":-2,\"exact\":true,\"near\":null}" },
        { "gemma", "Sure.\n```tool_code\nprint(f(x=[1, 2.5, 'a'], y={\"k\": (1,)}))\ng()\n```", "Sure.\n", "f{\"x\":[1,2.5,\"a\"],\"y\":{\"k\":[1]}}\ng{}" },
        { "gemma", "```tool_code\n[a.b(s='''two\nlines'''), c(t=\"\\u00e9\\n\")]\n```", "", "a.b{\"s\":\"two\\nlines\"}\nc{\"t\":\"é\\n\"}" },
        { "gemma", "```json\n{\"name\": \"f\", \"parameters\": {\"a\": 1}}\n```", "", "f{\"a\":1}" },
        { "gemma", "As JSON:\n```json\n{\"name\": \"Ada\"}\n```\nThat is all.", "As JSON:\n```json\n{\"name\": \"Ada\"}\n```\nThat is all.", "" },
        { "functiongemma", "<start_function_call>call:weather{city:<escape>New, York}<escape>,days:3,exact:true}<end_function_call>", "", "weather{\"city\":\"New, York}\",\"days\":3,\"exact\":true}" },
        { "functiongemma", "<start_function_call>call:f{}<end_function_call><start_function_call>call:g{a:{b:[1,<escape>x<escape>]}}<end_function_call>", "", "f{}\ng{\"a\":{\"b\":[1,\"x\"]}}" },
        { "functiongemma", "<|tool_call>call:f{a:<|\"|>x:y<|\"|>,b:null}<tool_call|>", "", "f{\"a\":\"x:y\",\"b\":null}" },
    };

    // Convention, answer, a word of the reason.
    public static TheoryData<string, string, string> Malformed => new()
    {
        { "hermes", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": }}\n</tool_call> done", "JSON" },
        { "hermes", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1, \"a\": 2}}\n</tool_call>", "JSON" },
        { "hermes", "<tool_call>\n{\"arguments\": {}}\n</tool_call>", "name" },
        { "hermes", "<tool_call>\n{\"name\": \"f\", \"arguments\": [1]}\n</tool_call>", "object" },
        { "hermes", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"\\ud800\"}}\n</tool_call>", "JSON" },
        { "hermes", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1", "does not end" },
        { "hermes", "<tool_call>[]</tool_call>", "empty list" },
        { "mistral", "[TOOL_CALLS] [{\"name\": \"f\"", "does not end" },
        { "mistral", "[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": 7}]", "object" },
        { "mistral", "[TOOL_CALLS] and then nothing", "[ARGS]" },
        { "mistral", "[TOOL_CALLS] [ARGS]{}", "JSON" },
        { "llama3", "{\"name\": \"f\", \"parameters\": {]}", "JSON" },
        { "llama3", "{\"name\": \"f\"}", "parameters" },
        { "llama3", "<|python_tag|>", "nothing" },
        { "gemma", "```tool_code\nf(1)\n```", "name" },
        { "gemma", "```tool_code\nf(a=g(b=1))\n```", "literals" },
        { "gemma", "```tool_code\nf(a=1, a=2)\n```", "twice" },
        { "gemma", "```tool_code\nf(a=\"\\ud800\")\n```", "surrogate" },
        { "functiongemma", "<start_function_call>call:f{a:<escape>x}<end_function_call>", "does not end" },
        { "functiongemma", "<start_function_call>run f<end_function_call>", "call:" },
    };

    public static TheoryData<string, string> Deep
    {
        get
        {
            var data = new TheoryData<string, string>();
            var (open, many) = (new string('[', 100_000), string.Concat(Enumerable.Repeat("{\"a\":", 100_000)));
            foreach (var nested in new[] { open, many, new string('(', 100_000) })
            {
                data.Add("hermes", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": " + nested + "}}</tool_call>");
                data.Add("mistral", "[TOOL_CALLS]" + nested);
                data.Add("llama3", "{\"name\": " + nested);
                data.Add("llama3", "<|python_tag|>f.call(a=" + nested);
                data.Add("gemma", "```tool_code\nf(a=" + nested + "\n```");
                data.Add("functiongemma", "<start_function_call>call:f{a:" + nested + "<end_function_call>");
            }
            data.Add("hermes", string.Concat(Enumerable.Repeat("<tool_call>", 20_000)));
            data.Add("llama3", "{" + new string(' ', 200_000));
            data.Add("gemma", new string('`', 100_001));
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Documented))]
    public void The_documented_forms_are_read(string format, string answer, string content, string calls) =>
        Assert.Equal((content, calls, ""), Read(format, [answer]));

    [Theory]
    [MemberData(nameof(Malformed))]
    public void What_cannot_be_read_stays_text_with_the_reason(string format, string answer, string reason)
    {
        var (content, calls, problems) = Read(format, [answer]);
        Assert.Equal((answer, ""), (content, calls));
        Assert.Contains(reason, problems);
        Assert.DoesNotContain('\n', problems);
    }

    [Theory]
    [MemberData(nameof(Deep))]
    public void Hostile_answers_end_soon_and_lose_nothing(string format, string answer)
    {
        var (content, calls, _) = Read(format, [answer]);
        Assert.True(content == answer || (content.Length == 0 && calls.Length > 0), "the answer is given back whole, or is a call");
    }

    // Not in the table: the test runner would replace it.
    [Fact]
    public void Half_a_surrogate_pair_is_no_JSON() =>
        What_cannot_be_read_stays_text_with_the_reason("hermes", "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": \"" + '\ud800' + "\"}}</tool_call>", "JSON");

    [Fact]
    public void Cuts_change_nothing()
    {
        var random = new Random(7);
        foreach (var (format, answer) in Documented.Select(d => ((string)d.Data.Item1, d.Data.Item2)).Concat(Malformed.Select(d => ((string)d.Data.Item1, d.Data.Item2))))
        {
            var whole = Read(format, [answer]);
            for (var round = 0; round < 20; round++)
            {
                var parts = new List<string>();
                for (var at = 0; at < answer.Length;)
                {
                    var length = Math.Min(random.Next(1, 9), answer.Length - at);
                    parts.Add(answer.Substring(at, length));
                    at += length;
                }
                Assert.Equal(whole, Read(format, parts));
            }
        }
    }

    [Fact]
    public void Text_passes_at_once_and_a_mark_is_held_back()
    {
        var stream = new ToolCallStream(ToolCallFormats.Named("hermes"));
        Assert.Equal(("a", " ", ""), (stream.Append("a"), stream.Append(" <"), stream.Append("tool_")));
        Assert.Equal("<tool_b", stream.Append("b"));
        Assert.Equal(("", ""), (stream.Append("<tool_call>{"), stream.Append("\"name\"")));
    }

    [Fact]
    public void Random_answers_are_never_lost()
    {
        var random = new Random(11);
        string[] words = ["<tool_call>", "</tool_call>", "[TOOL_CALLS]", "[ARGS]", "<|python_tag|>", "```tool_code", "```json", "```", "\n", "{", "}", "[", "]", "\"name\"", ":", "\"f\"", ",", "\"arguments\"", "\"parameters\"", "f", "(", ")", "a=1", "call:", "<escape>", "<start_function_call>", "<end_function_call>", " ", "\\", "'", "x\ud83d", "é"];
        for (var round = 0; round < 3000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => words[random.Next(words.Length)]));
            foreach (var format in ToolCallFormats.All)
            {
                var (content, calls, _) = Read(format.Name, [text]);
                Assert.True(calls.Length > 0 || content == text, $"{format.Name}: '{text}' became '{content}'");
            }
        }
    }

    [Fact]
    public void An_unknown_convention_is_refused_by_name() =>
        Assert.Contains("hermes", Assert.Throws<BantamException>(() => ToolCallFormats.Named("semaphore")).Message);

    private static (string Content, string Calls, string Problems) Read(string format, IEnumerable<string> parts)
    {
        var stream = new ToolCallStream(ToolCallFormats.Named(format));
        var shown = new StringBuilder();
        foreach (var part in parts) shown.Append(stream.Append(part));
        shown.Append(stream.Finish());
        return (shown.ToString(), string.Join('\n', stream.Calls.Select(Line)), string.Join(" | ", stream.Problems));
    }

    private static string Line(ToolCall call) => call.Name + (call.Id is null ? "" : "#" + call.Id) + call.Arguments.ToJsonString(Plain);
}
