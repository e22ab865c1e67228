using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Bantam.Inference;
using Bantam.Tensors;

namespace Bantam.Peers.LlamaCpp;

/// <summary>
/// llama.cpp through the test of <c>bantam bench</c>: the same lengths, the same order of events, fields of the same names.
/// With a depth, decoding begins there; with several sequences, each has a prompt of its own and all decode together.
/// </summary>
internal static unsafe class LlamaBench
{
    /// <summary>Prints one JSON object.</summary>
    public static int Run(string libraries, string file, IReadOnlyList<string> arguments)
    {
        var (host, hostPrivate) = Memory();
        GgmlLibrary.LoadAll(libraries);
        LlamaApi.llama_log_set(&Log, null);
        var options = Parse(arguments);
        var prompt = Number("-p", 512);
        var tokens = Number("-n", 64);
        var rounds = Number("--rounds", 5);
        var depth = Number("--depth", 0);
        var sequences = Number("--sequences", 1);
        var type = options.GetValueOrDefault("--kv") is not { } name ? DType.F16 : DType.TryParse(name, out var known) ? known : throw new ArgumentException($"--kv {name}: no such type");
        var settings = new LlamaSettings((depth > 0 ? depth : prompt) + tokens + 1, sequences, Number("-t", Environment.ProcessorCount), type, options.GetValueOrDefault("--flash") != "off");

        // As in bantam's test: from opening the file to the logits of a first token. The library is there already.
        var watch = Stopwatch.StartNew();
        using var run = new LlamaRun(file, settings);
        var random = new Random(1);
        run.Prefill([random.Next(run.Vocabulary)], 0);
        var load = watch.Elapsed.TotalSeconds;

        var (prefill, decode) = sequences > 1 ? Together() : depth > 0 ? Deep() : Usual();
        var (resident, own) = Memory();
        using var json = new Utf8JsonWriter(Console.OpenStandardOutput());
        json.WriteStartObject();
        json.WriteString("version", LlamaEngine.Version());
        json.WriteString("cpu_module", GgmlLibrary.CpuModule());
        json.WriteNumber("threads", settings.Threads);
        json.WriteBoolean("flash", settings.Flash);
        json.WriteString("kv_type", type.Name);
        json.WriteNumber("load_seconds", load);
        Spread("prefill_tokens_per_second", prefill);
        Spread("decode_tokens_per_second", decode);
        // What this program needs before it loads the library is not llama.cpp's.
        json.WriteNumber("resident_bytes", resident - host);
        json.WriteNumber("private_bytes", own - hostPrivate);
        json.WriteEndObject();
        return 0;

        (Spread Prefill, Spread Decode) Usual()
        {
            var text = Text(prompt);
            return Rounds(prompt, 1,
                () => { run.Clear(); return run.Prefill(text, 0); },
                next => Steps([next], prompt));
        }

        (Spread Prefill, Spread Decode) Deep()
        {
            run.Clear();
            var next = run.Prefill(Text(depth), 0);
            return Rounds(0, 1,
                () => { run.Truncate(depth); return next; },
                token => Steps([token], depth));
        }

        (Spread Prefill, Spread Decode) Together()
        {
            var texts = Enumerable.Range(0, sequences).Select(_ => Text(prompt)).ToArray();
            var next = new int[sequences];
            return Rounds(prompt * sequences, sequences, Prompts, _ => Steps(next, prompt));

            int Prompts()
            {
                run.Clear();
                for (var i = 0; i < sequences; i++) next[i] = run.Prefill(texts[i], 0, i);
                return 0;
            }
        }

        // One round to warm caches, then the measured ones.
        (Spread Prefill, Spread Decode) Rounds(int promptTokens, int together, Func<int> begin, Action<int> continues)
        {
            var (read, written) = (new List<double>(), new List<double>());
            for (var round = 0; round <= rounds; round++)
            {
                watch.Restart();
                var next = begin();
                if (round > 0 && promptTokens > 0) read.Add(promptTokens / watch.Elapsed.TotalSeconds);
                watch.Restart();
                continues(next);
                if (round > 0) written.Add(together * tokens / watch.Elapsed.TotalSeconds);
            }
            return (Inference.Spread.Of(read), Inference.Spread.Of(written));
        }

        void Steps(int[] next, int position)
        {
            for (var i = 0; i < tokens; i++) run.Step(next, position + i);
        }

        int[] Text(int length) => [.. Enumerable.Range(0, length).Select(_ => random.Next(run.Vocabulary))];

        void Spread(string field, Spread spread)
        {
            json.WriteStartObject(field);
            json.WriteNumber("median", spread.Median);
            json.WriteNumber("least", spread.Least);
            json.WriteNumber("most", spread.Most);
            json.WriteEndObject();
        }

        int Number(string option, int otherwise) => options.TryGetValue(option, out var text) ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;
    }

    private static (long Resident, long Private) Memory() => ProcessMemory.Now() is { Private: { } own } memory ? (memory.Resident, own) : throw new PlatformNotSupportedException("memory is counted on Linux only");

    private static Dictionary<string, string> Parse(IReadOnlyList<string> arguments)
    {
        string[] known = ["-p", "-n", "-t", "--rounds", "--depth", "--sequences", "--kv", "--flash"];
        var options = new Dictionary<string, string>();
        for (var i = 0; i < arguments.Count; i += 2)
            options[known.Contains(arguments[i]) && i + 1 < arguments.Count ? arguments[i] : throw new ArgumentException($"{arguments[i]}: no such option, or nothing behind it")] = arguments[i + 1];
        return options;
    }

    // The library tells much while it loads; only warnings and errors are kept.
    [UnmanagedCallersOnly]
    private static void Log(int level, byte* text, void* user)
    {
        const int Warning = 3, Error = 4;
        if (level is Warning or Error) Console.Error.Write(GgmlLibrary.Text(text));
    }
}
