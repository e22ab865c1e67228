using System.Diagnostics;

namespace Bantam.Tests.Hostile;

/// <summary>What every refusal of a bad file has in common.</summary>
internal static class Refusal
{
    /// <summary>
    /// <paramref name="open"/> must refuse with <paramref name="code"/>: in under a second, with little memory, in one
    /// line that names <paramref name="file"/> and says what and why.
    /// </summary>
    public static ModelFileException Of(string code, string file, Action open)
    {
        var e = Assert.IsType<ModelFileException>(OfModel(code, file, open));
        Assert.All([e.Field, e.Value, e.Limit], text => Assert.False(string.IsNullOrWhiteSpace(text)));
        return e;
    }

    /// <summary>The same of a file that parses and whose model is refused.</summary>
    public static BantamException OfModel(string code, string file, Action open)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        var e = Assert.ThrowsAny<BantamException>(open);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(1), $"took {clock.Elapsed}");
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(allocated < 1 << 20, $"allocated {allocated} bytes");
        Assert.Equal(code, e.Code);
        Assert.Contains(file, e.Message);
        Assert.EndsWith($"({code})", e.Message);
        Assert.DoesNotContain(e.Message, char.IsControl);
        Assert.InRange(e.Message.Length, 20, 400);
        return e;
    }
}
