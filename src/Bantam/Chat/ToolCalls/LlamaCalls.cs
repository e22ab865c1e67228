using System.Text;
using System.Text.Json.Nodes;

namespace Bantam.Chat.ToolCalls;

/// <summary>
/// Llama 3.1 to 3.3: an answer that is a JSON object with name and parameters, or after <c>&lt;|python_tag|&gt;</c> such an object,
/// a built-in tool (<c>brave_search.call(query="…")</c>) or Python for the code interpreter. Several objects are separated by semicolons.
/// </summary>
internal sealed class LlamaCalls : ToolCallFormat
{
    private const string PythonTag = "<|python_tag|>";

    // What the object of a call may begin with.
    private static readonly string[] FirstKeys = ["name", "type", "function", "parameters", "arguments"];

    public override string Name => "llama3";

    public override IReadOnlyList<string> Marks { get; } = [PythonTag];

    public override IReadOnlyList<string> MarksAtStart { get; } = ["{"];

    public override string Separators => ";";

    // Functionary has its own tags beside the same tokens.
    public override bool Fits(string template) =>
        !template.Contains("<function=", StringComparison.Ordinal)
        && template.Contains("<|start_header_id|>", StringComparison.Ordinal)
        && (template.Contains(PythonTag, StringComparison.Ordinal) || template.Contains("\"parameters\": ", StringComparison.Ordinal));

    public override CallReader Begin(string mark) => mark == PythonTag ? new TagReader() : new ObjectReader();

    private static JsonNode Checked(JsonNode node) =>
        node is JsonObject call && (call.ContainsKey("parameters") || call.ContainsKey("arguments") || call["function"] is JsonObject)
            ? node
            : throw new CallSyntaxException("a call has a name and parameters");

    // From the brace that began the answer to the one that closes it.
    private sealed class ObjectReader : CallReader
    {
        // White space and the longest of the keys fit into this many times over.
        private const int MostBeforeKey = 256;

        private JsonExtent _json = Opened();
        private bool _keyIsKnown;

        public override IReadOnlyList<ToolCall> Calls(bool isComplete) => CallJson.Calls(Checked(CallJson.Parse("{" + Text)));

        protected override CallStep Step(char c, StringBuilder text)
        {
            var step = Step(ref _json, c);
            if (_keyIsKnown || step is not CallStep.More) return step;
            // A first key that no call has: this is some other JSON, and need not be held back.
            if (text.Length > MostBeforeKey) return CallStep.NoCall;
            var start = text.ToString().AsSpan().TrimStart();
            if (start is [] or ['"']) return step;
            if (start[0] != '"') return CallStep.NoCall;
            var key = start[1..];
            if (key.IndexOf('"') is >= 0 and var end)
            {
                _keyIsKnown = true;
                return FirstKeys.Contains(key[..end].ToString()) ? step : CallStep.NoCall;
            }
            foreach (var known in FirstKeys)
                if (known.AsSpan().StartsWith(key)) return step;
            return CallStep.NoCall;
        }

        private static JsonExtent Opened()
        {
            var json = new JsonExtent();
            _ = json.Next('{');
            return json;
        }
    }

    // Everything behind the tag, to the end of the answer.
    private sealed class TagReader : CallReader
    {
        public override IReadOnlyList<ToolCall> Calls(bool isComplete)
        {
            var text = Text.Trim();
            if (text.Length == 0) throw new CallSyntaxException($"nothing stands behind {PythonTag}");
            if (text[0] == '{' && Objects(text) is { } calls) return calls;
            if (BuiltIn(text) is { } call) return [call];
            return [new ToolCall(null, "code_interpreter", new JsonObject { ["code"] = text })];
        }

        protected override CallStep Step(char c, StringBuilder text) => CallStep.More;

        // A Python dictionary begins like an object; what is no call is code.
        private static List<ToolCall>? Objects(string text)
        {
            try
            {
                var calls = new List<ToolCall>();
                foreach (var part in Split(text)) calls.AddRange(CallJson.Calls(Checked(CallJson.Parse(part))));
                return calls;
            }
            catch (CallSyntaxException)
            {
                return null;
            }
        }

        private static IEnumerable<string> Split(string text)
        {
            for (var at = 0; at < text.Length;)
            {
                if (char.IsWhiteSpace(text[at]) || text[at] == ';')
                {
                    at++;
                    continue;
                }
                var (json, end) = (new JsonExtent(), at);
                CallStep step;
                do step = json.Next(text[end++]);
                while (step is CallStep.More && end < text.Length);
                yield return step is CallStep.End ? text[at..end] : throw new CallSyntaxException("an object does not end");
                at = end;
            }
        }

        private static ToolCall? BuiltIn(string text)
        {
            try
            {
                return PythonCalls.Parse(text) is [{ Name: var name } call] && name.EndsWith(".call", StringComparison.Ordinal)
                    ? call with { Name = name[..^".call".Length] }
                    : null;
            }
            catch (CallSyntaxException)
            {
                return null;
            }
        }
    }
}
