using System.CommandLine;
using Bantam.Chat;
using Bantam.Checkpoints;
using Bantam.Formats;
using Bantam.Inference;

namespace Bantam.Cli;

/// <summary><c>bantam chat</c>: a conversation with a model.</summary>
internal static class ChatCommand
{
    // As long as a plan of bantam fit, which has told whether there is memory for it.
    private const int DefaultContext = 4096;

    public static Verb Create(CliOutput output)
    {
        var model = Options.File("MODEL");
        var system = new Option<string?>("--system") { Description = "What the model is told before everything else", HelpName = "TEXT" };
        var template = new Option<string>("--chat-template")
        {
            Description = $"How turns are written, for models that bring no template: a Jinja file, or {string.Join(", ", BuiltInTemplates.Names)}",
            HelpName = "FILE|NAME",
        }.NotEmpty();
        var load = new Option<string>("--load") { Description = "Go on with a conversation from a JSON file", HelpName = "FILE" }.NotEmpty();
        var save = new Option<string>("--save") { Description = "Write the conversation to a JSON file after every turn", HelpName = "FILE" }.NotEmpty();
        var tools = new Option<string>("--tools") { Description = "Offer the tools of a JSON file; calls are shown, and /tool gives the answer", HelpName = "FILE" }.NotEmpty();
        var toolFormat = new Option<string>("--tool-format") { Description = $"How the model writes calls: {string.Join(", ", ChatTemplate.ToolFormats)}; without it told by its template", HelpName = "NAME" }.NotEmpty();
        var noThinking = new Option<bool>("--no-thinking") { Description = "Ask models that can think first not to" };
        var count = Options.Count("--tokens", "N", "Most tokens of an answer; without it the model ends it, or the context");
        count.Aliases.Add("-n");
        var sampling = new SamplingArguments();
        var context = Options.Count("--context", "N", $"Longest conversation in tokens; without it {DefaultContext}, or the model's maximum where that is less");
        var threads = Options.Threads();
        var cache = new CacheArguments();
        var tokenizer = Options.Tokenizer();
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No statistics after answers" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object per line for everything that happens (fields: docs/cli.md)" };
        var verb = new Verb("chat", "Talk with a model; /help lists what else can be typed")
        {
            Examples =
            [
                ("bantam chat model.gguf", "talk"),
                ("bantam chat model.gguf --system \"Be brief.\" --save talk.json", "keep the transcript"),
                ("bantam chat model.gguf --chat-template chatml", "one of bantam's templates"),
            ],
        };
        verb.Arguments.Add(model);
        foreach (var option in (Option[])[system, template, load, save, tools, toolFormat, noThinking, count, .. sampling.All, context, threads, .. cache.All, tokenizer, quiet, json])
            verb.Options.Add(option);
        verb.Runs((args, cancel) =>
        {
            var path = ModelTarget.WithWeights(args.GetRequiredValue(model));
            var choice = sampling.Of(args);
            var messages = args.GetValue(load) is { } file ? Transcript.Read(file) : [];
            if (args.GetValue(save) is { } kept) Transcript.Check(kept);
            var offered = args.GetValue(tools) is { } list ? ChatJson.ReadTools(SmallFile.Read(list, Transcript.MaxBytes, "BT5106"), list) : [];
            var (keys, values) = cache.Of(args);
            using var loaded = Load(path, args.GetValue(tokenizer), args.GetValue(context), new LoadOptions { Threads = args.GetValue(threads), CacheType = keys, ValueCacheType = values });
            var session = new ChatSession(loaded, ChatTemplateFinder.Find(loaded.Checkpoint, loaded.Tokenizer, args.GetValue(template), args.GetValue(toolFormat)))
            {
                Tools = offered,
                EnableThinking = args.GetValue(noThinking) ? false : null,
            };
            foreach (var message in messages) session.Messages.Add(message);
            IChatView view = args.GetValue(json) ? new ChatJsonView(output) : new ChatTextView(output, quiet: args.GetValue(quiet));
            var loop = new ChatLoop(output, session, view, new GenerationOptions { MaxTokens = args.GetValue(count) ?? loaded.Context, Sampling = choice }) { SaveTo = args.GetValue(save) };
            if (args.GetValue(system) is { } text) loop.SetSystem(text);
            view.Ready(session, args.GetRequiredValue(model));
            return loop.Run(cancel);
        });
        return verb;
    }

    private static LanguageModel Load(string path, string? tokenizer, int? context, LoadOptions options)
    {
        var checkpoint = Checkpoint.Open(path, tokenizer);
        var most = checkpoint.Config.MaxPositionEmbeddings;
        if (context <= most || context is null) return LanguageModel.Load(checkpoint, options with { Context = context ?? Math.Min(most, DefaultContext) });
        checkpoint.Dispose();
        throw new BantamException("BT3001", $"a context of {context} tokens exceeds the {most} of this model");
    }
}
