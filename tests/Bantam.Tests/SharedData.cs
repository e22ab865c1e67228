namespace Bantam.Tests;

/// <summary>
/// Finds the test data that lies beside the repository (real weights, tokenizers, configurations; see CONTRIBUTING.md).
/// Tests that need it are skipped, visibly, where it is absent.
/// </summary>
internal static class SharedData
{
    private static readonly string? Root = Find();

    /// <summary>The full path of <paramref name="relative"/> below the data folder; skips the calling test when it is not there.</summary>
    public static string Path(params ReadOnlySpan<string> relative)
    {
        Assert.SkipWhen(Root is null, "the shared test data is not beside this checkout");
        var path = System.IO.Path.Combine([Root!, .. relative]);
        Assert.SkipUnless(File.Exists(path) || Directory.Exists(path), $"the shared test data has no {string.Join('/', relative.ToArray())}");
        return path;
    }

    private static string? Find()
    {
        var data = System.IO.Path.Combine(Repository.Root, "..", "shared", "data");
        return Directory.Exists(data) ? System.IO.Path.GetFullPath(data) : null;
    }
}
