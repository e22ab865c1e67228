namespace Bantam.Tests;

/// <summary>Where this checkout lies: above the folder that the tests run in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find() ?? throw new InvalidOperationException("the tests do not run inside a checkout");

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Bantam.slnx"))) return folder.FullName;
        return null;
    }
}
