using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bantam.Chat;

namespace Bantam.Cli;

/// <summary>A conversation for programs: one JSON object per line, each with its <c>event</c>.</summary>
internal sealed class ChatJsonView(CliOutput output) : IChatView
{
    private static readonly JsonWriterOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool EndsOnError => false;

    public void Ready(ChatSession session, string model)
    {
        Write("ready", json =>
        {
            json.Write("model", model);
            json.Write("context", session.Context);
            json.Write("tool_format", session.Template.ToolFormat);
            json.Write("messages", session.Messages.Count);
        });
        foreach (var notice in session.Template.Notices) Note(notice);
    }

    public void Piece(ReplyPiece piece)
    {
        if (piece.Reasoning.Length > 0) Write("reasoning", json => json.Write("text", piece.Reasoning));
        if (piece.Text.Length > 0) Write("text", json => json.Write("text", piece.Text));
    }

    public void Answered(ChatSession session, ChatMessage answer, ChatTurn turn)
    {
        foreach (var notice in turn.Notices.Concat(turn.Problems)) Note(notice);
        Write("answer", json =>
        {
            json.WritePropertyName("message");
            ChatJson.Write(json, answer);
            json.Write("finish_reason", turn.FinishReason);
            json.Write("prompt_tokens", turn.PromptTokens);
            json.Write("tokens", turn.Tokens);
            json.Write("tokens_per_second", turn.TokensPerSecond);
            json.Write("tokens_left", session.TokensLeft());
            json.Write("forgotten_messages", session.Forgotten);
        });
    }

    public void Note(string text) => Write("note", json => json.Write("text", text));

    public void Show(string text) => Note(text);

    public void Error(BantamException error) => Write("error", json =>
    {
        json.Write("code", error.Code);
        json.Write("text", error.Message);
    });

    private void Write(string name, Action<Utf8JsonWriter> properties)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Line))
        {
            json.WriteStartObject();
            json.Write("event", name);
            properties(json);
            json.WriteEndObject();
        }
        output.Standard.WriteLine(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
        output.Standard.Flush();
    }
}
