using System.CommandLine;
using System.Globalization;
using Bantam.Kernels.Quant;
using Bantam.Sizing;
using Bantam.Tensors;

namespace Bantam.Cli;

/// <summary>Arguments and options that several verbs share.</summary>
internal static class Options
{
    public static Argument<string> Model() => new("MODEL")
    {
        Description = "A catalogue name (gemma-2b), a .gguf, .safetensors or llama2.c .bin file, a Hugging Face directory, or a config.json",
        Validators =
        {
            r =>
            {
                if (r.Tokens is [{ Value.Length: 0 }]) r.AddError("MODEL is empty");
            },
        },
    };

    /// <summary>A model with its weights, for verbs that compute with them.</summary>
    public static Argument<string> File(string name) => new(name)
    {
        Description = "A .gguf, .safetensors or llama2.c .bin file, or a Hugging Face directory",
        Validators =
        {
            r =>
            {
                if (r.Tokens is [{ Value.Length: 0 }]) r.AddError($"{name} is empty");
            },
        },
    };

    public static Option<string> Tokenizer() => new Option<string>("--tokenizer")
    {
        Description = "Tokenizer of a checkpoint that brings none, as llama2.c's: a tokenizer.bin, tokenizer.model or tokenizer.json",
        HelpName = "FILE",
    }.NotEmpty();

    /// <summary>Refuses an empty value, as an unset variable of a script makes it.</summary>
    public static Option<string> NotEmpty(this Option<string> option)
    {
        option.Validators.Add(r =>
        {
            if (r.Tokens.Any(t => t.Value.Length == 0)) r.AddError($"{option.Name} is empty");
        });
        return option;
    }

    public static Option<int?> Threads()
    {
        var option = Count("--threads", "N", "Threads to compute with; without it as many as processors", most: 1024);
        option.Aliases.Add("-t");
        return option;
    }

    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead (fields: docs/cli.md)" };

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Option<int?> Count(string name, string help, string description, int least = 1, int most = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = help,
        CustomParser = r =>
        {
            if (int.TryParse(r.Tokens[0].Value, out var number) && number >= least && number <= most) return number;
            r.AddError($"{name} takes a whole number {(most == int.MaxValue ? $"of at least {least}" : $"from {least} to {most}")}, and not '{r.Tokens[0].Value}'");
            return null;
        },
    };

    /// <summary>A number such as 0.8.</summary>
    public static Option<float?> Number(string name, string help, string description) => new(name)
    {
        Description = description,
        HelpName = help,
        CustomParser = r =>
        {
            if (float.TryParse(r.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) return number;
            r.AddError($"{name} takes a number, and not '{r.Tokens[0].Value}'");
            return null;
        },
    };

    /// <summary>A size such as 8GB or 512MiB.</summary>
    public static Option<long?> Size(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = r =>
        {
            try
            {
                return ByteSize.Parse(r.Tokens[0].Value);
            }
            catch (BantamException e)
            {
                r.AddError($"{name}: {e.Message}");
                return null;
            }
        },
    };

    /// <summary>One of the formats of <paramref name="known"/>, or of all that bantam computes with and a GGUF file holds.</summary>
    public static Option<DType?> Format(string name, string description, params DType[] known)
    {
        if (known.Length == 0) known = [.. BlockFormats.All.Select(f => f.DType).Where(t => t.GgmlType >= 0)];
        var names = string.Join(", ", known.Select(t => t.Name));
        return new(name)
        {
            Description = $"{description}; one of {names}",
            HelpName = "FORMAT",
            CustomParser = r =>
            {
                if (DType.TryParse(r.Tokens[0].Value, out var type) && known.Contains(type)) return type;
                r.AddError($"{name}: there is no format '{r.Tokens[0].Value}' here; known are {names}");
                return null;
            },
        };
    }
}
