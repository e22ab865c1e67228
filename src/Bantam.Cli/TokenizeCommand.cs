using System.CommandLine;
using Bantam.Checkpoints;
using Bantam.Cli.Fertility;

namespace Bantam.Cli;

/// <summary><c>bantam tokenize</c>: how a model's tokenizer splits text, and what that costs.</summary>
internal static class TokenizeCommand
{
    public static Verb Create(CliOutput output)
    {
        var model = Options.File("MODEL");
        model.Description = "A GGUF file, a Hugging Face directory, or a tokenizer.json, tokenizer.model or other tokenizer file alone; no weights are needed";
        var text = new Argument<string?>("TEXT") { Description = "Text to split; - or nothing reads standard input, but for a newline at its end", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string>("--file", "-f") { Description = "Read the text from a file in UTF-8, all of it", HelpName = "FILE" }.NotEmpty();
        var decode = new Option<string>("--decode") { Description = "The way back: text of these ids (1 15043 or [1, 15043]); - reads standard input", HelpName = "IDS" };
        var idsOnly = new Option<bool>("--ids-only") { Description = "Print ids alone, in one line" };
        var count = new Option<bool>("--count") { Description = "Print the number of tokens alone" };
        var special = new Option<bool>("--special") { Description = "Names of special tokens in the text become those tokens; --decode shows them" };
        var noSpecial = new Option<bool>("--no-special") { Description = "They are text like any other; this is how it is without either" };
        var addBos = new Option<bool>("--add-bos") { Description = "Begin with the BOS token; without either as the tokenizer says" };
        var noBos = new Option<bool>("--no-bos") { Description = "Do not begin with it" };
        var addEos = new Option<bool>("--add-eos") { Description = "End with the EOS token; without either as the tokenizer says" };
        var noEos = new Option<bool>("--no-eos") { Description = "Do not end with it" };
        var fertility = new Option<string[]>("--fertility")
        {
            Description = "Report tokens per word, character and byte of these files, or of parallel sentences in eleven languages",
            HelpName = "FILE",
            Arity = ArgumentArity.ZeroOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        var byLine = new Option<bool>("--by-line") { Description = "With --fertility FILE: each line is a text by itself" };
        var compare = new Option<string[]>("--compare") { Description = "With --fertility: a further model, side by side; may be given several times", HelpName = "MODEL" };
        var json = Options.Json();
        var verb = new Verb("tokenize", "Show how text becomes tokens, and what languages cost")
        {
            Examples =
            [
                ("bantam tokenize model.gguf \"Once upon a time\"", "pieces, ids and where they come from"),
                ("git log -1 | bantam tokenize model.gguf --count", "how many tokens a text has"),
                ("bantam tokenize tokenizer.json -f a.txt --ids-only", "ids alone"),
                ("bantam tokenize path/to/model --decode \"1 15043\"", "text of ids"),
                ("bantam tokenize a.gguf --fertility --compare b.gguf", "tokens per word in eleven languages"),
            ],
        };
        verb.Arguments.Add(model);
        verb.Arguments.Add(text);
        foreach (var option in (Option[])[file, decode, idsOnly, count, special, noSpecial, addBos, noBos, addEos, noEos, fertility, byLine, compare, json]) verb.Options.Add(option);
        verb.Validators.Add(args =>
        {
            var sources = new[] { args.GetValue(text) is not null ? "TEXT" : "", args.GetValue(file) is not null ? "--file" : "", args.GetValue(decode) is not null ? "--decode" : "", args.GetResult(fertility) is not null ? "--fertility" : "" }.Where(s => s.Length > 0).ToArray();
            if (sources.Length > 1) args.AddError($"{sources[0]} and {sources[1]} are two different things to do; give one of them");
            else if (sources.Length == 0 && output.InputIsTerminal) args.AddError("there is no text; give TEXT, --file, or - to type it");
            foreach (var (one, other) in new[] { (special, noSpecial), (addBos, noBos), (addEos, noEos), (idsOnly, count), (idsOnly, json), (count, json) })
                if (args.GetValue(one) && args.GetValue(other)) args.AddError($"{one.Name} and {other.Name} contradict each other");
            if (args.GetResult(fertility) is null && (args.GetValue(byLine) || args.GetValue(compare) is { Length: > 0 })) args.AddError("--by-line and --compare belong to --fertility");
            if (args.GetValue(byLine) && args.GetValue(fertility) is not { Length: > 0 }) args.AddError("--by-line takes files; the sentences that are built in are texts by themselves already");
        });
        verb.Runs((args, cancel) =>
        {
            var name = args.GetRequiredValue(model);
            if (args.GetResult(fertility) is not null)
                return FertilityReport.Run(output, [name, .. args.GetValue(compare) ?? []], args.GetValue(fertility) ?? [], args.GetValue(byLine), args.GetValue(json), cancel);
            if (args.GetValue(decode) is { } ids) return Decode(output, name, ids, args.GetValue(special), args.GetValue(json));

            // The text first: what is wrong with it should not have to wait for a large vocabulary.
            var content = args.GetValue(file) is { } path ? TextInput.OfFile(path) : args.GetValue(text) is { } given and not "-" ? given : TextInput.OfStandardInput(output);
            TokenizedFile result;
            using (new Waiting(output, "tokenizing"))
            {
                var source = Open(name);
                if (args.GetValue(addBos) && source.Tokenizer.BosId is null) output.Note($"the tokenizer of {name} names no BOS token, and none is added");
                if (args.GetValue(addEos) && source.Tokenizer.EosIds.IsEmpty) output.Note($"the tokenizer of {name} names no EOS token, and none is added");
                var tokens = source.Tokenizer.EncodeWithOffsets(content, Choice(args.GetValue(addBos), args.GetValue(noBos)), Choice(args.GetValue(addEos), args.GetValue(noEos)), args.GetValue(special));
                result = new(name, source, content, tokens);
            }
            cancel.ThrowIfCancellationRequested();
            if (args.GetValue(count)) output.Standard.WriteLine(result.Tokens.Ids.Length);
            else if (args.GetValue(idsOnly)) TokenIds.Write(output.Standard, result.Tokens.Ids);
            else if (args.GetValue(json)) TokenizeJson.Write(output, result, cancel);
            else TokenizeText.Write(output, result, cancel);
            return ExitCode.Done;
        });
        return verb;
    }

    /// <summary>Opens a tokenizer.</summary>
    public static TokenizerSource Open(string model) => TokenizerSource.Open(ModelTarget.ExistingPath(model));

    private static int Decode(CliOutput output, string name, string ids, bool special, bool json)
    {
        var source = Open(name);
        var list = TokenIds.Parse(ids == "-" ? TextInput.OfStandardInput(output) : ids, source.Tokenizer);
        var text = source.Tokenizer.Decode(list, keepSpecial: special);
        if (json) TokenizeJson.WriteDecoded(output, name, source, list, text);
        else output.Standard.WriteLine(output.IsTerminal ? SafeText.Lines(text) : text);
        return ExitCode.Done;
    }

    private static bool? Choice(bool yes, bool no) => yes ? true : no ? false : null;
}
