namespace Bantam.Chat;

/// <summary>Whose text a template is given.</summary>
internal enum TextKind
{
    /// <summary>What operator or model say: it may hold user-defined marks, such as the tags around thoughts, and no control token.</summary>
    Own,

    /// <summary>What people and tools say: it may hold neither.</summary>
    Foreign,

    /// <summary>Names and values in JSON, which stand among text of their message: as foreign.</summary>
    Part,
}
