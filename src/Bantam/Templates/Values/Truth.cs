namespace Bantam.Templates.Values;

/// <summary>What Python takes for true.</summary>
internal static class Truth
{
    public static bool Of(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        long n => n != 0,
        double d => d != 0,
        string s => s.Length > 0,
        // A generator is true whether or not it will yield something.
        ListValue list => list.Count > 0 || list.Kind == ListKind.Lazy,
        DictValue dict => dict.Count > 0,
        _ => true,
    };
}
