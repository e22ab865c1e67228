using Bantam.Chat;

namespace Bantam.Cli;

/// <summary>What can be typed instead of a message: a slash and a name.</summary>
internal static class ChatCommands
{
    private static readonly Command[] All =
    [
        new("help", "", "show this list", (loop, _, _) => loop.View.Show(Help())),
        new("system", "[TEXT]", "tell the model something first; alone, show it; with - take it away", (loop, text, _) => System(loop, text)),
        new("clear", "", "forget everything but the system message", (loop, _, _) => Clear(loop)),
        new("undo", "", "take back the last message and its answer", (loop, _, _) => Undo(loop)),
        new("retry", "", "answer the last message again", Retry),
        new("continue", "", "go on with an answer that was stopped or cut", Continue),
        new("tool", "TEXT", "what the tool gave back that the model has called", Tool),
        new("save", "FILE", "write the conversation", (loop, file, _) => Save(loop, file)),
        new("load", "FILE", "go on with another conversation", (loop, file, _) => Load(loop, file)),
        new("stats", "", "what the conversation took", (loop, _, _) => Stats(loop)),
        new("quit", "", "leave; so does Ctrl-D", (loop, _, _) => loop.IsLeft = true),
    ];

    /// <summary>Their names, with the slash.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(c => "/" + c.Name)];

    /// <summary>Does what was typed.</summary>
    public static void Obey(ChatLoop loop, string line, CancellationToken stop)
    {
        var end = line.AsSpan().IndexOfAny(' ', '\t', '\n');
        var (name, rest) = end < 0 ? (line[1..], "") : (line[1..end], line[end..].Trim());
        if (Find(name) is { } command)
        {
            if (command.Takes is { Length: > 0 } takes && takes[0] != '[' && rest.Length == 0) loop.View.Note($"/{command.Name} needs {takes}");
            else command.Does(loop, rest, stop);
            return;
        }
        var near = All.Select(c => c.Name).Where(known => Distance(known, name) <= 2 || (name.Length > 0 && known.StartsWith(name, StringComparison.Ordinal))).ToList();
        loop.View.Note($"there is no /{name}{(near.Count > 0 ? $"; did you mean {string.Join(" or ", near.Select(n => "/" + n))}?" : "; /help lists what there is")}");
    }

    // /exit and /bye are what other programs call it.
    private static Command? Find(string name) => All.FirstOrDefault(c => c.Name == (name is "exit" or "bye" or "q" ? "quit" : name));

    private static string Help()
    {
        var width = All.Max(c => c.Name.Length + c.Takes.Length) + 4;
        return string.Join('\n', All.Select(c => $"{$"/{c.Name} {c.Takes}".PadRight(width)}{c.Meaning}"))
            + "\n\nA line that ends with \\ goes on; \"\"\" begins and ends a message of several lines; // says a slash.";
    }

    private static void System(ChatLoop loop, string text)
    {
        if (text.Length > 0) loop.SetSystem(text == "-" ? "" : text);
        else loop.View.Note(loop.Session.Messages is [{ Role: ChatRoles.System } message, ..] ? message.Content : "there is no system message; /system TEXT sets one");
    }

    private static void Clear(ChatLoop loop)
    {
        var messages = loop.Session.Messages;
        while (messages.Count > (messages is [{ Role: ChatRoles.System }, ..] ? 1 : 0)) messages.RemoveAt(messages.Count - 1);
        loop.View.Note("forgotten");
    }

    private static void Undo(ChatLoop loop)
    {
        var last = LastOfUser(loop);
        var messages = loop.Session.Messages;
        loop.View.Note(last < 0 ? "nothing was said yet" : $"{Tables.Count(messages.Count - last, "message")} taken back");
        while (last >= 0 && messages.Count > last) messages.RemoveAt(messages.Count - 1);
    }

    private static void Retry(ChatLoop loop, string rest, CancellationToken stop)
    {
        var last = LastOfUser(loop);
        if (last < 0)
        {
            loop.View.Note("nothing was said yet");
            return;
        }
        while (loop.Session.Messages.Count > last + 1) loop.Session.Messages.RemoveAt(loop.Session.Messages.Count - 1);
        loop.Answer(null, stop);
    }

    private static void Continue(ChatLoop loop, string rest, CancellationToken stop)
    {
        if (loop.Session.Messages is [.., { Role: ChatRoles.Assistant, ToolCalls.Count: 0 }]) loop.Answer(null, stop);
        else loop.View.Note("there is no answer to go on with");
    }

    private static void Tool(ChatLoop loop, string text, CancellationToken stop)
    {
        // The first call of the last answer that has none of its own yet.
        var messages = loop.Session.Messages;
        var asked = messages.LastOrDefault(m => m.ToolCalls.Count > 0);
        var given = asked is null ? 0 : messages.Skip(messages.IndexOf(asked) + 1).Count(m => m.Role == ChatRoles.Tool);
        if (asked is null || given >= asked.ToolCalls.Count)
        {
            loop.View.Note("the model has not called a tool");
            return;
        }
        var call = asked.ToolCalls[given];
        messages.Add(ChatMessage.Tool(text, call.Id, call.Name));
        if (given + 1 == asked.ToolCalls.Count) loop.Answer(null, stop);
        else loop.View.Note($"{Tables.Count(asked.ToolCalls.Count - given - 1, "call")} to answer: {asked.ToolCalls[given + 1].Name}");
    }

    private static void Save(ChatLoop loop, string file)
    {
        Transcript.Check(file);
        Transcript.Write(file, loop.Session.Messages);
        loop.View.Note($"{Tables.Count(loop.Session.Messages.Count, "message")} written to {file}");
    }

    private static void Load(ChatLoop loop, string file)
    {
        var messages = Transcript.Read(file);
        loop.Session.Messages.Clear();
        foreach (var message in messages) loop.Session.Messages.Add(message);
        loop.View.Note($"{Tables.Count(messages.Count, "message")} read from {file}");
    }

    private static void Stats(ChatLoop loop)
    {
        var (answers, tokens) = loop.Said;
        var session = loop.Session;
        loop.View.Note($"{Tables.Count(session.Messages.Count, "message")} · {Tables.Count(answers, "answer")} of {Tables.Count(tokens, "token")}{ChatTextView.Left(session)}");
    }

    private static int LastOfUser(ChatLoop loop)
    {
        var messages = loop.Session.Messages;
        var last = messages.Count - 1;
        while (last >= 0 && messages[last].Role != ChatRoles.User) last--;
        return last;
    }

    // How many letters must be put in, left out or changed.
    private static int Distance(string a, string b)
    {
        if (b.Length > 32) return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var corner = row[0]++;
            for (var j = 1; j <= b.Length; j++)
                (corner, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }

    private sealed record Command(string Name, string Takes, string Meaning, Action<ChatLoop, string, CancellationToken> Does);
}
