using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Text;

namespace Bantam.Formats.Gguf;

/// <summary>
/// The key-value pairs of a GGUF file in their order. Read from a file, or filled and given to a <see cref="GgufWriter"/>:
/// <c>new GgufMetadata { ["general.architecture"] = "llama", ["llama.block_count"] = 5u }</c>.
/// </summary>
/// <param name="file">What errors call the file.</param>
public sealed class GgufMetadata(string file = "new.gguf")
{
    /// <summary>The key that sets the alignment of tensor data.</summary>
    public const string AlignmentKey = "general.alignment";

    /// <summary>The alignment, in bytes, of a file that names none.</summary>
    public const int DefaultAlignment = 32;

    private readonly List<KeyValuePair<string, GgufValue>> _pairs = [];
    private readonly Dictionary<string, int> _index = [];

    /// <summary>What errors call the file.</summary>
    public string File { get; } = file;

    /// <summary>All pairs, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, GgufValue>> Pairs => _pairs;

    /// <summary>
    /// Alignment of tensor data in bytes: <c>general.alignment</c>, or 32. The specification asks for a multiple of 8; as
    /// the reference reader does, a power of two is demanded as well.
    /// </summary>
    /// <exception cref="ModelFileException">It is not such a number (BT1018), or not of type <c>U32</c> (BT1019).</exception>
    public int Alignment
    {
        get
        {
            if (!TryGet(AlignmentKey, out var value)) return DefaultAlignment;
            if (value.Value is not uint alignment)
                throw new ModelFileException("BT1019", File, $"metadata '{AlignmentKey}' type", value.TypeName, "must be U32");
            if (!BitOperations.IsPow2(alignment) || alignment % 8 != 0 || alignment > int.MaxValue)
                throw new ModelFileException("BT1018", File, $"metadata '{AlignmentKey}'", $"{alignment}", "must be a power of two from 8 to 2^30");
            return (int)alignment;
        }
    }

    /// <summary>The value of <paramref name="key"/>. Setting a new key appends it; setting an old one replaces its value in place.</summary>
    /// <exception cref="ModelFileException">Reading: there is no such key (BT1035).</exception>
    /// <exception cref="ArgumentException">Setting: the key is empty or exceeds 65,535 bytes.</exception>
    public GgufValue this[string key]
    {
        get => Require(key);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (key.Length == 0 || Encoding.UTF8.GetByteCount(key) > GgufLimits.MaxKeyBytes)
                throw new ArgumentException($"a key has 1 to {GgufLimits.MaxKeyBytes} bytes", nameof(key));
            var pair = KeyValuePair.Create(key, value);
            if (_index.TryGetValue(key, out var at))
            {
                _pairs[at] = pair;
                return;
            }
            _index.Add(key, _pairs.Count);
            _pairs.Add(pair);
        }
    }

    /// <summary>Whether there is a value for <paramref name="key"/>.</summary>
    public bool Contains(string key) => _index.ContainsKey(key);

    /// <summary>Finds the value of <paramref name="key"/>.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out GgufValue? value)
    {
        value = _index.TryGetValue(key, out var at) ? _pairs[at].Value : null;
        return value is not null;
    }

    /// <summary>The value of <paramref name="key"/>.</summary>
    /// <exception cref="ModelFileException">There is none (BT1035).</exception>
    public GgufValue Require(string key) => TryGet(key, out var value)
        ? value
        : throw new ModelFileException("BT1035", File, $"metadata '{ModelFileException.Printable(key)}'", "missing", "this key is required");

    /// <summary>An integer of any width that fits 32 bits; <paramref name="fallback"/> (or BT1035 where that is null) when the key is absent.</summary>
    /// <exception cref="ModelFileException">Absent, of another type, or out of range (BT1035).</exception>
    public int GetInt(string key, int? fallback = null)
    {
        var value = GetLong(key, fallback);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Unfit(key, $"{value}", "must fit a signed 32-bit integer");
    }

    /// <summary>An integer of any width; see <see cref="GetInt"/>.</summary>
    public long GetLong(string key, long? fallback = null)
    {
        if (fallback is { } absent && !Contains(key)) return absent;
        var value = Require(key);
        return value.TryGetInt64(out var number) ? number : throw WrongType(key, value, "an integer below 2^63");
    }

    /// <summary>A number of any type, as single precision; see <see cref="GetInt"/>.</summary>
    public float GetFloat(string key, float? fallback = null)
    {
        if (fallback is { } absent && !Contains(key)) return absent;
        var value = Require(key);
        return value.TryGetDouble(out var number) ? (float)number : throw WrongType(key, value, "a number");
    }

    /// <summary>A bool; see <see cref="GetInt"/>.</summary>
    public bool GetBool(string key, bool? fallback = null)
    {
        if (fallback is { } absent && !Contains(key)) return absent;
        var value = Require(key);
        return value.Value is bool flag ? flag : throw WrongType(key, value, "a bool");
    }

    /// <summary>A string; see <see cref="GetInt"/>.</summary>
    public string GetString(string key, string? fallback = null)
    {
        if (fallback is not null && !Contains(key)) return fallback;
        var value = Require(key);
        return value.Value as string ?? throw WrongType(key, value, "a string");
    }

    /// <summary>An array of strings.</summary>
    /// <exception cref="ModelFileException">Absent or of another type (BT1035).</exception>
    public string[] GetStrings(string key)
    {
        var value = Require(key);
        return value.Value as string[] ?? throw WrongType(key, value, "an array of strings");
    }

    /// <summary>An array of floats; see <see cref="GetStrings"/>.</summary>
    public float[] GetFloats(string key)
    {
        var value = Require(key);
        return value.TryGetFloats(out var numbers) ? numbers : throw WrongType(key, value, "an array of floats");
    }

    /// <summary>An array of integers of any width whose values fit 32 bits; see <see cref="GetStrings"/>.</summary>
    public int[] GetInts(string key)
    {
        var value = Require(key);
        return value.TryGetInts(out var numbers) ? numbers : throw WrongType(key, value, "an array of integers that fit 32 bits");
    }

    private ModelFileException WrongType(string key, GgufValue value, string wanted) =>
        Unfit(key, value.ElementType is null ? $"{value} ({value.TypeName})" : value.TypeName, $"must be {wanted}");

    private ModelFileException Unfit(string key, string value, string limit) =>
        new("BT1035", File, $"metadata '{ModelFileException.Printable(key)}'", value, limit);
}
