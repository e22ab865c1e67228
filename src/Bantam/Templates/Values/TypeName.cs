namespace Bantam.Templates.Values;

/// <summary>What kind of value this is, in the words of an error.</summary>
internal static class TypeName
{
    public static string Of(object? value) => value switch
    {
        null => "none",
        bool => "a boolean",
        long => "an integer",
        double => "a float",
        string => "a string",
        ListValue { IsTuple: true } => "a tuple",
        ListValue => "a list",
        DictValue => "a dict",
        Undefined => "undefined",
        NamespaceValue => "a namespace",
        LoopValue => "loop",
        ICallable => "a function",
        _ => "a value",
    };
}
