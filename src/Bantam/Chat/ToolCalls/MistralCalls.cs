using System.Text;
using System.Text.Json.Nodes;

namespace Bantam.Chat.ToolCalls;

/// <summary>
/// Mistral: <c>[TOOL_CALLS]</c>, then a list of JSON objects, or since version 11 of its tokenizers a name, perhaps
/// <c>[CALL_ID]</c> with an id, and <c>[ARGS]</c> with a JSON object.
/// </summary>
internal sealed class MistralCalls : ToolCallFormat
{
    private const string Id = "[CALL_ID]";
    private const string Arguments = "[ARGS]";

    public override string Name => "mistral";

    public override IReadOnlyList<string> Marks { get; } = ["[TOOL_CALLS]"];

    public override IReadOnlyList<string> InnerMarks { get; } = [Id, Arguments];

    public override bool Fits(string template) => template.Contains("[TOOL_CALLS]", StringComparison.Ordinal);

    public override CallReader Begin(string mark) => new Reader();

    private sealed class Reader : CallReader
    {
        private JsonExtent _json;
        private bool _isNamed;
        private bool _inJson;

        public override IReadOnlyList<ToolCall> Calls(bool isComplete)
        {
            var text = Text;
            if (!_isNamed) return CallJson.Calls(CallJson.Parse(text.Trim()));
            var at = text.IndexOf(Arguments, StringComparison.Ordinal);
            if (at < 0) throw new CallSyntaxException($"{Arguments} is missing");
            var head = text[..at];
            var id = head.IndexOf(Id, StringComparison.Ordinal);
            var name = (id < 0 ? head : head[..id]).Trim();
            if (name.Length == 0) throw new CallSyntaxException("a call has a name");
            return CallJson.Parse(text[(at + Arguments.Length)..].Trim()) is JsonObject arguments
                ? [new ToolCall(id < 0 ? null : head[(id + Id.Length)..].Trim(), name, arguments)]
                : throw new CallSyntaxException($"the arguments of {name} are no object");
        }

        protected override CallStep Step(char c, StringBuilder text)
        {
            if (_inJson) return Step(ref _json, c);
            if (!_isNamed && char.IsWhiteSpace(c)) return CallStep.More;
            if (!_isNamed && c is '[' or '{')
            {
                _inJson = true;
                return Step(ref _json, c);
            }
            // A name first; what follows [ARGS] is JSON, whose first bracket is the next that is no white space.
            if (_isNamed && c == '{' && EndsWithArguments(text))
            {
                _inJson = true;
                return Step(ref _json, c);
            }
            _isNamed = true;
            return CallStep.More;
        }

        private static bool EndsWithArguments(StringBuilder text)
        {
            var end = text.Length - 1;
            while (end > 0 && char.IsWhiteSpace(text[end - 1])) end--;
            return end >= Arguments.Length && text.ToString(end - Arguments.Length, Arguments.Length) == Arguments;
        }
    }
}
