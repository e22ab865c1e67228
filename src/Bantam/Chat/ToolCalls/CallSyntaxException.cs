namespace Bantam.Chat.ToolCalls;

/// <summary>A call that cannot be read. It never leaves the room: the text becomes content, with this line beside it.</summary>
internal sealed class CallSyntaxException(string message) : Exception(message);
