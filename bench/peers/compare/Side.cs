using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bantam.Peers.Compare;

/// <summary>A program that measures itself and prints a JSON object: one of the two that are compared.</summary>
/// <param name="Name">In tables.</param>
/// <param name="Flash">Whether llama.cpp fuses attention; null for Bantam, which has one way.</param>
/// <param name="Command">Assembly and first arguments.</param>
/// <param name="Further">Arguments behind those of the test.</param>
internal sealed record Side(string Name, bool? Flash, string[] Command, string[] Further)
{
    private const string HaswellModule = "libggml-cpu-haswell.so";

    // Without AVX-512, and without the 256-bit instructions that came after it: the machine that llama.cpp's module is for.
    private static readonly string[] BeyondAvx2 = ["DOTNET_EnableAVX512", "DOTNET_EnableAVXVNNI"];

    /// <summary>Variables of its process.</summary>
    private string[] Off { get; init; } = [];

    /// <summary>What it must print of its instructions; null where anything will do.</summary>
    private Func<JsonNode, bool>? Expected { get; init; }

    /// <summary>Bantam, and llama.cpp in each setting.</summary>
    public static Side[] All(CompareOptions o, string libraries)
    {
        var bantam = new Side("Bantam", null, [Repository.Program("src", "Bantam.Cli", "Bantam.Cli.dll"), "bench"], ["--kv", o.CacheType.Name, "--json"])
        {
            Off = o.OnlyAvx2 ? BeyondAvx2 : [],
            Expected = o.OnlyAvx2 ? printed => !((string)printed["instruction_sets"]!).Contains("512", StringComparison.Ordinal) : null,
        };
        var peer = Repository.Program("bench", "peers", "llama.cpp", "LlamaCppPeer.dll");
        return
        [
            bantam,
            .. o.Flash.Select(flash => new Side("llama.cpp", flash, [peer, "bench", libraries], ["--kv", o.CacheType.Name, "--flash", flash ? "on" : "off"])
            {
                Expected = o.OnlyAvx2 ? printed => (string)printed["cpu_module"]! == HaswellModule : null,
            }),
        ];
    }

    /// <summary>The folder of llama.cpp's libraries; one with links to those that are wanted, where not all are.</summary>
    public static string Libraries(CompareOptions o)
    {
        if (!Directory.Exists(o.Libraries)) throw new DirectoryNotFoundException($"no libraries of llama.cpp in {o.Libraries}: run npm ci --ignore-scripts in bench/peers/compare, or name a folder with --libraries");
        if (!o.OnlyAvx2) return o.Libraries;
        var folder = Directory.CreateTempSubdirectory("llama.cpp-avx2-").FullName;
        foreach (var file in Directory.GetFiles(o.Libraries, "*.so"))
            if (Path.GetFileName(file) is var name && (!name.StartsWith("libggml-cpu-", StringComparison.Ordinal) || name == HaswellModule))
                File.CreateSymbolicLink(Path.Combine(folder, name), file);
        return folder;
    }

    /// <summary>Whether its test has an option.</summary>
    public bool Has(string option) => Flash is not null || Start(["--help"]).Contains(option, StringComparison.Ordinal);

    /// <summary>Runs a test.</summary>
    /// <exception cref="InvalidOperationException">It ended otherwise than well, or with other instructions than asked for.</exception>
    public JsonNode Run(string model, Test test, int threads, int rounds)
    {
        var printed = JsonNode.Parse(Start([model, .. test.Arguments, "-t", $"{threads}", "--rounds", $"{rounds}", .. Further]))!;
        if (Expected is not null && !Expected(printed)) throw new InvalidOperationException($"{Name} computed with other instructions: {printed["instruction_sets"] ?? printed["cpu_module"]}");
        return printed;
    }

    private string Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [.. Command, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var variable in Off) start.Environment[variable] = "0";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? printed : throw new InvalidOperationException($"{Name} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{errors.Result.Trim()}");
    }
}
