using System.Collections.Frozen;

namespace Bantam.Formats.Gguf;

/// <summary>
/// One typed metadata value. Arrays of numbers are arrays of that number (128,000 scores are a 512 KB <c>float[]</c>),
/// arrays of strings are <c>string[]</c>, arrays of arrays are <c>GgufValue[]</c>. Immutable by convention: the array
/// is not copied.
/// </summary>
public sealed class GgufValue
{
    private static readonly FrozenDictionary<Type, GgufValueType> Types = new Dictionary<Type, GgufValueType>
    {
        [typeof(byte)] = GgufValueType.U8,
        [typeof(sbyte)] = GgufValueType.I8,
        [typeof(ushort)] = GgufValueType.U16,
        [typeof(short)] = GgufValueType.I16,
        [typeof(uint)] = GgufValueType.U32,
        [typeof(int)] = GgufValueType.I32,
        [typeof(float)] = GgufValueType.F32,
        [typeof(bool)] = GgufValueType.Bool,
        [typeof(string)] = GgufValueType.String,
        [typeof(GgufValue)] = GgufValueType.Array,
        [typeof(ulong)] = GgufValueType.U64,
        [typeof(long)] = GgufValueType.I64,
        [typeof(double)] = GgufValueType.F64,
    }.ToFrozenDictionary();

    /// <summary>Wraps a number, a <see cref="bool"/>, a <see cref="string"/>, or an array of these or of array values; the CLR type chooses the GGUF type.</summary>
    /// <exception cref="ArgumentException">GGUF has no such type.</exception>
    public GgufValue(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        // Exact types are compared, because the runtime lets a uint[] pass for an int[].
        var clr = value.GetType();
        if (clr.IsSZArray && Types.TryGetValue(clr.GetElementType()!, out var element))
        {
            Type = GgufValueType.Array;
            ElementType = element;
            Count = ((Array)value).Length;
        }
        else if (value is not GgufValue && Types.TryGetValue(clr, out var scalar))
        {
            Type = scalar;
            Count = 1;
        }
        else
        {
            throw new ArgumentException($"GGUF has no value type for {clr.Name}", nameof(value));
        }
        if (value is GgufValue[] nested && nested.Any(v => v.Type != GgufValueType.Array))
            throw new ArgumentException("an array of GgufValue holds arrays; use a typed array for numbers and strings", nameof(value));
        Value = value;
    }

    /// <summary>The type in the file.</summary>
    public GgufValueType Type { get; }

    /// <summary>The type of an array's elements; null for scalars and strings.</summary>
    public GgufValueType? ElementType { get; }

    /// <summary>Elements of an array; 1 for scalars and strings.</summary>
    public int Count { get; }

    /// <summary>The value: a boxed number or bool, a string, or a typed array.</summary>
    public object Value { get; }

    /// <summary>What a person calls the type: <c>U32</c>, <c>String[128256]</c>.</summary>
    public string TypeName => ElementType is { } element ? $"{element}[{Count}]" : Type.ToString();

    /// <summary>An integer of any width that fits; numbers with a fraction part and bools are not integers.</summary>
    public bool TryGetInt64(out long value)
    {
        long? integer = Value switch
        {
            byte v => v,
            sbyte v => v,
            ushort v => v,
            short v => v,
            uint v => v,
            int v => v,
            ulong v when v <= long.MaxValue => (long)v,
            long v => v,
            _ => null,
        };
        value = integer ?? 0;
        return integer is not null;
    }

    /// <summary>A number of any type.</summary>
    public bool TryGetDouble(out double value)
    {
        var isInteger = TryGetInt64(out var integer);
        value = Value switch { float v => v, double v => v, ulong v => v, _ => integer };
        return isInteger || Type is GgufValueType.F32 or GgufValueType.F64 or GgufValueType.U64;
    }

    /// <summary>An array of integers of any width whose values fit; <c>I32</c> is returned without a copy.</summary>
    public bool TryGetInts(out int[] values)
    {
        values = [];
        switch (ElementType)
        {
            case GgufValueType.I32: values = (int[])Value; return true;
            case GgufValueType.U8: values = Array.ConvertAll((byte[])Value, v => (int)v); return true;
            case GgufValueType.I8: values = Array.ConvertAll((sbyte[])Value, v => (int)v); return true;
            case GgufValueType.U16: values = Array.ConvertAll((ushort[])Value, v => (int)v); return true;
            case GgufValueType.I16: values = Array.ConvertAll((short[])Value, v => (int)v); return true;
            case GgufValueType.U32: return TryNarrow((uint[])Value, v => v <= int.MaxValue, v => (int)v, out values);
            case GgufValueType.U64: return TryNarrow((ulong[])Value, v => v <= int.MaxValue, v => (int)v, out values);
            case GgufValueType.I64: return TryNarrow((long[])Value, v => v is >= int.MinValue and <= int.MaxValue, v => (int)v, out values);
            default: return false;
        }
    }

    /// <summary>An array of <c>F32</c> (returned without a copy) or <c>F64</c> (rounded).</summary>
    public bool TryGetFloats(out float[] values)
    {
        values = ElementType switch
        {
            GgufValueType.F32 => (float[])Value,
            GgufValueType.F64 => Array.ConvertAll((double[])Value, v => (float)v),
            _ => [],
        };
        return ElementType is GgufValueType.F32 or GgufValueType.F64;
    }

    /// <summary>A string value.</summary>
    public static implicit operator GgufValue(string value) => new(value);

    /// <summary>A <c>U32</c> value.</summary>
    public static implicit operator GgufValue(uint value) => new(value);

    /// <summary>An <c>I32</c> value.</summary>
    public static implicit operator GgufValue(int value) => new(value);

    /// <summary>An <c>F32</c> value.</summary>
    public static implicit operator GgufValue(float value) => new(value);

    /// <summary>A <c>Bool</c> value.</summary>
    public static implicit operator GgufValue(bool value) => new(value);

    /// <summary>An array of strings.</summary>
    public static implicit operator GgufValue(string[] value) => new(value);

    /// <summary>An array of <c>F32</c>.</summary>
    public static implicit operator GgufValue(float[] value) => new(value);

    /// <summary>An array of <c>I32</c>.</summary>
    public static implicit operator GgufValue(int[] value) => new(value);

    /// <summary>Scalars and strings as they are, arrays by their type and length.</summary>
    public override string ToString() => ElementType is null ? Value.ToString()! : TypeName;

    private static bool TryNarrow<T>(T[] wide, Predicate<T> fits, Converter<T, int> narrow, out int[] values)
    {
        var all = Array.TrueForAll(wide, fits);
        values = all ? Array.ConvertAll(wide, narrow) : [];
        return all;
    }
}
