using System.Text;

namespace Bantam.Chat.ToolCalls;

/// <summary>Gemma 1 to 3, which were taught no marks of their own: Python calls in a fence of <c>tool_code</c>, or a JSON object in a fence.</summary>
internal sealed class GemmaCalls : ToolCallFormat
{
    private const string Fence = "```";

    public override string Name => "gemma";

    public override IReadOnlyList<string> Marks { get; } = ["```tool_code", "```tool_call", "```json"];

    public override bool Fits(string template) => template.Contains("<start_of_turn>", StringComparison.Ordinal) && !template.Contains("<start_function_call>", StringComparison.Ordinal);

    public override CallReader Begin(string mark) => new Reader(mark == "```json");

    private sealed class Reader(bool mayBeOther) : CallReader
    {
        public override IReadOnlyList<ToolCall> Calls(bool isComplete)
        {
            var text = (isComplete ? Text[..^Fence.Length] : Text).Trim();
            try
            {
                return text.StartsWith('{') || (text.StartsWith('[') && mayBeOther)
                    ? CallJson.Calls(CallJson.Parse(text), needsArguments: true)
                    : PythonCalls.Parse(text);
            }
            catch (CallSyntaxException) when (mayBeOther)
            {
                // JSON that an answer shows, and no call.
                return [];
            }
        }

        protected override CallStep Step(char c, StringBuilder text) => c == '`' && EndsWith(text, Fence) ? CallStep.End : CallStep.More;
    }
}
