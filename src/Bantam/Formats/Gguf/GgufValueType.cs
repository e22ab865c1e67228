namespace Bantam.Formats.Gguf;

/// <summary>The types of a metadata value, numbered as in the file (GGUF specification, <c>gguf_metadata_value_type</c>).</summary>
public enum GgufValueType : uint
{
    /// <summary>Unsigned byte.</summary>
    U8 = 0,

    /// <summary>Signed byte.</summary>
    I8 = 1,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16 = 2,

    /// <summary>Signed 16-bit integer.</summary>
    I16 = 3,

    /// <summary>Unsigned 32-bit integer; what most writers use for counts.</summary>
    U32 = 4,

    /// <summary>Signed 32-bit integer.</summary>
    I32 = 5,

    /// <summary>IEEE binary32.</summary>
    F32 = 6,

    /// <summary>One byte, zero or one.</summary>
    Bool = 7,

    /// <summary>A 64-bit byte count, then UTF-8 without a terminator.</summary>
    String = 8,

    /// <summary>An element type, a 64-bit element count, then the elements.</summary>
    Array = 9,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64 = 10,

    /// <summary>Signed 64-bit integer.</summary>
    I64 = 11,

    /// <summary>IEEE binary64.</summary>
    F64 = 12,
}
