using System.Text;
using System.Text.Unicode;
using Bantam.Chat;
using Bantam.Checkpoints;
using Bantam.Formats;
using Bantam.Tokenizers;

namespace Bantam;

/// <summary>Finds the chat template of a model: its own, or one that its operator names. None is ever guessed.</summary>
public static class ChatTemplateFinder
{
    private const int MaxBytes = 4 << 20;

    /// <summary>The template of a checkpoint.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="given">A name of <see cref="BuiltInTemplates"/> or a file with a Jinja template, instead of the checkpoint's own; null for that.</param>
    /// <param name="toolFormat">See <see cref="ChatTemplate"/>.</param>
    /// <exception cref="BantamException">BT5102: the model has none; BT5103: no such name or file, or a file that is no text; or the template is refused.</exception>
    public static ChatTemplate Find(Checkpoint checkpoint, Tokenizer tokenizer, string? given = null, string? toolFormat = null)
    {
        if (given is not null) return new ChatTemplate(BuiltInTemplates.Find(given) ?? Read(given), tokenizer, name: Path.GetFileName(given), toolFormat: toolFormat);
        if (checkpoint.ChatTemplate is { } own)
            return new ChatTemplate(own, tokenizer, checkpoint.OtherChatTemplates.GetValueOrDefault("tool_use"), toolFormat: toolFormat);
        throw new BantamException("BT5102", $"{checkpoint.Path}: the model brings no chat template; name the one that it was taught with --chat-template: a Jinja file, or {Names()}");
    }

    private static string Read(string path)
    {
        if (!File.Exists(path)) throw new BantamException("BT5103", $"{ModelFileException.Printable(path)}: neither a file nor a template of Bantam's own ({Names()})");
        ReadOnlySpan<byte> bytes = SmallFile.Read(path, MaxBytes, "BT5103");
        // A byte order mark of a Windows editor is no part of a prompt.
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw new ModelFileException("BT5103", path, "encoding", "not UTF-8", "a template is text in UTF-8");
    }

    private static string Names() => string.Join(", ", BuiltInTemplates.Names);
}
