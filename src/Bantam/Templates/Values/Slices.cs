namespace Bantam.Templates.Values;

/// <summary>Elements and slices of strings and lists, negative indices and steps included.</summary>
internal static class Slices
{
    public static object? Element(Meter meter, object sequence, long index)
    {
        var count = Count(sequence);
        var at = index < 0 ? index + count : index;
        if (at < 0 || at >= count)
            return new Undefined($"{TypeName.Of(sequence)} of {count} has no element {index}");
        if (sequence is ListValue list)
            return list[(int)at];
        var text = (string)sequence;
        meter.Scan(CodePoints.IsPlain(text) ? 1 : text.Length);
        return CodePoints.IsPlain(text) ? text[(int)at].ToString() : CodePoints.Of(text).ElementAt((int)at);
    }

    public static object Slice(Meter meter, object sequence, long? from, long? to, long? by)
    {
        var step = by ?? 1;
        if (step == 0)
            throw Fault.Operation("a slice with a step of 0");
        var indices = Indices(Count(sequence), from, to, step);
        if (sequence is ListValue list)
        {
            meter.Elements(indices.Count);
            return new ListValue([.. indices.Each().Select(i => list[i])], list.Kind, own: true);
        }
        var text = (string)sequence;
        meter.Scan(text.Length);
        meter.Text(indices.Count);
        if (CodePoints.IsPlain(text))
            return step == 1 ? text.Substring(indices.First, indices.Count) : string.Concat(indices.Each().Select(i => text[i]));
        meter.Elements(text.Length);
        var points = CodePoints.Of(text).ToArray();
        return string.Concat(indices.Each().Select(i => points[i]));
    }

    private static int Count(object sequence) => sequence is ListValue list ? list.Count : CodePoints.Count((string)sequence);

    private static Range Indices(int count, long? from, long? to, long step)
    {
        var (low, high) = step > 0 ? (0L, (long)count) : (-1L, count - 1L);
        long Clamp(long? bound, long otherwise) => bound is not { } b ? otherwise : Math.Clamp(b < 0 ? Math.Max(b, -count - 1L) + count : b, low, high);
        var first = Clamp(from, step > 0 ? low : high);
        var last = Clamp(to, step > 0 ? high : low);
        var span = step > 0 ? last - first : first - last;
        var stride = Math.Abs(Math.Clamp(step, -int.MaxValue, int.MaxValue));
        return new((int)first, (int)Math.Clamp(step, -int.MaxValue, int.MaxValue), span <= 0 ? 0 : (int)((span - 1) / stride) + 1);
    }

    private readonly record struct Range(int First, int Step, int Count)
    {
        public IEnumerable<int> Each()
        {
            for (var i = 0; i < Count; i++)
                yield return First + (i * Step);
        }
    }
}
