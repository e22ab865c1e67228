namespace Bantam.Templates.Values;

/// <summary>A merge sort: equal elements stay in their order, and a comparison that fails ends the render and nothing else.</summary>
internal static class StableSort
{
    public static List<object?> By(Meter meter, IReadOnlyList<object?> items, Func<object?, object?> key, bool reverse)
    {
        meter.Elements(4L * items.Count);
        var keyed = items.Select(item => (Key: key(item), Item: item)).ToArray();
        Sort(meter, keyed, new (object?, object?)[keyed.Length], reverse);
        return [.. keyed.Select(k => k.Item)];
    }

    private static void Sort(Meter meter, Span<(object? Key, object? Item)> items, Span<(object? Key, object? Item)> scratch, bool reverse)
    {
        if (items.Length < 2)
            return;
        var half = items.Length / 2;
        Sort(meter, items[..half], scratch[..half], reverse);
        Sort(meter, items[half..], scratch[half..], reverse);
        items.CopyTo(scratch);
        for (int to = 0, left = 0, right = half; to < items.Length; to++)
            items[to] = right == items.Length || (left < half && !Before(meter, scratch[right].Key, scratch[left].Key, reverse)) ? scratch[left++] : scratch[right++];
    }

    private static bool Before(Meter meter, object? a, object? b, bool reverse) =>
        Comparison.Compare(meter, a, b) is var order && order != int.MinValue && (reverse ? order > 0 : order < 0);
}
