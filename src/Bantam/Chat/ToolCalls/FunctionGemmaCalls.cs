using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Bantam.Chat.ToolCalls;

/// <summary>
/// FunctionGemma and Gemma 4: <c>call:name{key:value,…}</c> between two marks, with bare keys and strings between marks of
/// their own. The two differ in the marks alone.
/// </summary>
internal sealed class FunctionGemmaCalls : ToolCallFormat
{
    private static readonly Dictionary<string, (string End, string Quote)> Variants = new(StringComparer.Ordinal)
    {
        ["<start_function_call>"] = ("<end_function_call>", "<escape>"),
        ["<|tool_call>"] = ("<tool_call|>", "<|\"|>"),
    };

    public override string Name => "functiongemma";

    public override IReadOnlyList<string> Marks { get; } = [.. Variants.Keys];

    public override IReadOnlyList<string> InnerMarks { get; } = [.. Variants.Values.SelectMany(v => new[] { v.End, v.Quote })];

    public override bool Fits(string template) => Marks.Any(mark => template.Contains(mark, StringComparison.Ordinal));

    public override CallReader Begin(string mark) => new Reader(Variants[mark].End, Variants[mark].Quote);

    private sealed class Reader(string end, string quote) : CallReader
    {
        private const string Begin = "call:";

        private string _text = "";
        private int _at;
        private int _depth;

        public override IReadOnlyList<ToolCall> Calls(bool isComplete)
        {
            _text = (isComplete ? Text[..^end.Length] : Text).Trim();
            if (!_text.StartsWith(Begin, StringComparison.Ordinal)) throw Wrong("a call begins with call:");
            _at = Begin.Length;
            var brace = _text.IndexOf('{');
            if (brace <= _at) throw Wrong("a name and { are missing");
            var name = _text[_at..brace].Trim();
            _at = brace;
            var arguments = Object();
            Skip();
            return _at == _text.Length ? [new ToolCall(null, name, arguments)] : throw Wrong("something follows the call");
        }

        protected override CallStep Step(char c, StringBuilder text) => c == '>' && EndsWith(text, end) ? CallStep.End : CallStep.More;

        private JsonObject Object()
        {
            _at++;
            var result = new JsonObject();
            for (Skip(); !Take("}"); Skip())
            {
                var key = Take(quote) ? Quoted() : Bare(':');
                Skip();
                if (!Take(":")) throw Wrong("a colon is missing");
                if (!result.TryAdd(key, Value())) throw Wrong($"key '{key}' stands twice");
                Skip();
                if (!Take(",") && !At('}')) throw Wrong("a comma or } is missing");
            }
            return result;
        }

        private JsonArray List()
        {
            _at++;
            var list = new JsonArray();
            for (Skip(); !Take("]"); Skip())
            {
                list.Add(Value());
                Skip();
                if (!Take(",") && !At(']')) throw Wrong("a comma or ] is missing");
            }
            return list;
        }

        private JsonNode? Value()
        {
            Skip();
            if (++_depth > JsonExtent.MaxDepth) throw Wrong($"more than {JsonExtent.MaxDepth} brackets are open");
            JsonNode? value = Take(quote) ? JsonValue.Create(Quoted()) : At('{') ? Object() : At('[') ? List() : Literal(Bare(',', '}', ']'));
            _depth--;
            return value;
        }

        private static JsonValue? Literal(string text) => text switch
        {
            "true" or "True" => JsonValue.Create(true),
            "false" or "False" => JsonValue.Create(false),
            "null" or "None" => null,
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
            _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
            // Small models forget the marks around a string.
            _ => JsonValue.Create(text),
        };

        private string Quoted()
        {
            var close = _text.IndexOf(quote, _at, StringComparison.Ordinal);
            if (close < 0) throw Wrong("a string does not end");
            var text = _text[_at..close];
            _at = close + quote.Length;
            return text;
        }

        private string Bare(params ReadOnlySpan<char> ends)
        {
            var length = _text.AsSpan(_at).IndexOfAny(ends);
            if (length < 0) throw Wrong("a value does not end");
            var text = _text.Substring(_at, length).Trim();
            _at += length;
            return text.Length > 0 ? text : throw Wrong("a name or value is missing");
        }

        private void Skip()
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
        }

        private bool At(char c) => _at < _text.Length && _text[_at] == c;

        private bool Take(string text)
        {
            if (string.CompareOrdinal(_text, _at, text, 0, text.Length) != 0) return false;
            _at += text.Length;
            return true;
        }

        private CallSyntaxException Wrong(string what) => new($"no call that can be read: {what} at character {_at}");
    }
}
