namespace Bantam.Peers.Compare;

/// <summary>One run of each program: what it is told, and what is read from what it prints.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Arguments">Alike on both sides.</param>
/// <param name="Quantities">What it gives.</param>
/// <param name="Depth">Tokens in the cache while it decodes, on average.</param>
internal sealed record Test(string Name, string[] Arguments, Quantity[] Quantities, int Depth)
{
    /// <summary>An option that the program must have; it was added later than the others.</summary>
    public string? Needs { get; init; }

    // Texts of a conversation's turn and not of a book: what is compared is decoding.
    private const int PromptOfMany = 16;

    /// <summary>The tests that are asked for.</summary>
    public static IEnumerable<Test> All(CompareOptions o)
    {
        yield return new($"prefill {o.Prompt}, decode {o.Tokens}", ["-p", $"{o.Prompt}", "-n", $"{o.Tokens}"],
        [
            Quantity.Speed($"prefill {o.Prompt}", "prefill_tokens_per_second", Bound.Arithmetic),
            Quantity.Speed($"decode {o.Tokens}", "decode_tokens_per_second", Bound.Memory),
            Quantity.Time("load to first token", "load_seconds"),
            Quantity.Size("resident memory", "resident_bytes"),
            Quantity.Size("of it private", "private_bytes"),
        ], o.Prompt + (o.Tokens / 2));
        if (o.Sequences > 1)
            yield return new($"{o.Sequences} sequences together", ["-p", $"{PromptOfMany}", "-n", $"{o.Tokens}", "--sequences", $"{o.Sequences}"],
                [Quantity.Speed($"{o.Sequences} sequences", "decode_tokens_per_second")], PromptOfMany)
            { Needs = "--sequences" };
        foreach (var depth in o.Depths)
            yield return new($"decode at {depth}", ["-p", $"{o.Prompt}", "-n", $"{o.Tokens}", "--depth", $"{depth}"],
                [Quantity.Speed($"decode at {depth}", "decode_tokens_per_second", Bound.Memory)], depth + (o.Tokens / 2))
            { Needs = "--depth" };
    }
}
