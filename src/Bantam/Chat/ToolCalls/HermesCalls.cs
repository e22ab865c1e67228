using System.Text;

namespace Bantam.Chat.ToolCalls;

/// <summary>
/// Hermes and Qwen: each call is a JSON object between <c>&lt;tool_call&gt;</c> and <c>&lt;/tool_call&gt;</c>, and text may stand before. Apriel has
/// a list of them between tags in the plural.
/// </summary>
internal sealed class HermesCalls : ToolCallFormat
{
    public override string Name => "hermes";

    public override IReadOnlyList<string> Marks { get; } = ["<tool_call>", "<tool_calls>"];

    public override IReadOnlyList<string> InnerMarks { get; } = ["</tool_call>", "</tool_calls>"];

    // Qwen3-Coder and GLM write other things between the same tags.
    public override bool Fits(string template) =>
        template.Contains("<tool_call>", StringComparison.Ordinal) && !template.Contains("<function=", StringComparison.Ordinal) && !template.Contains("<arg_key>", StringComparison.Ordinal);

    public override CallReader Begin(string mark) => new Reader(mark.Insert(1, "/"));

    private sealed class Reader(string end) : CallReader
    {
        public override IReadOnlyList<ToolCall> Calls(bool isComplete)
        {
            var text = Text.AsSpan();
            // Models that end their turn with the call leave the closing tag out now and then.
            if (isComplete) text = text[..^end.Length];
            return CallJson.Calls(CallJson.Parse(text.Trim().ToString()));
        }

        protected override CallStep Step(char c, StringBuilder text) => c == '>' && EndsWith(text, end) ? CallStep.End : CallStep.More;
    }
}
