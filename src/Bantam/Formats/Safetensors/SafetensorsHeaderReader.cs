using System.Text.Json;
using System.Text.Unicode;
using Bantam.Tensors;

namespace Bantam.Formats.Safetensors;

/// <summary>Turns the JSON of a safetensors header into tensors. Every refusal has a code of its own.</summary>
internal ref struct SafetensorsHeaderReader
{
    private const string MetadataKey = "__metadata__";

    // The header, an entry, its shape: nothing legal nests deeper.
    private const int MaxDepth = 3;

    private readonly string _file;
    private Utf8JsonReader _json;

    private SafetensorsHeaderReader(ReadOnlySpan<byte> utf8, string file)
    {
        _file = file;
        // The reader's own limit is wider than ours, so that depth gets its own refusal.
        _json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 2 * MaxDepth });
    }

    /// <summary>Reads and validates <paramref name="utf8"/>, the JSON alone; <paramref name="dataLength"/> is what follows it in the file, where that is known.</summary>
    public static SafetensorsHeader Read(ReadOnlySpan<byte> utf8, string file, long? dataLength)
    {
        if (utf8[0] != '{')
            throw new ModelFileException("BT1051", file, "header's first byte", $"0x{utf8[0]:x2}", "a header begins with '{'; is this a safetensors file?");
        if (!Utf8.IsValid(utf8))
            throw new ModelFileException("BT1051", file, "header", "not UTF-8", "expected one JSON object in UTF-8");
        var count = new SafetensorsHeaderReader(utf8, file).CountEntries();
        return new SafetensorsHeaderReader(utf8, file).ReadEntries(count, utf8.Length + SafetensorsHeader.PrefixBytes, dataLength);
    }

    // The first pass allocates nothing: syntax, depth and number of entries are known before anything is kept.
    private int CountEntries()
    {
        var count = 0;
        while (Next())
        {
            if (_json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && _json.CurrentDepth >= MaxDepth)
                throw new ModelFileException("BT1053", _file, "header nesting", $"deeper than {MaxDepth} at byte {_json.TokenStartIndex}", $"a header nests {MaxDepth} levels");
            if (_json.TokenType == JsonTokenType.PropertyName && _json.CurrentDepth == 1 && !IsMetadata() && ++count > SafetensorsHeader.MaxTensors)
                throw new ModelFileException("BT1053", _file, "number of tensors", $"over {SafetensorsHeader.MaxTensors}", $"at most {SafetensorsHeader.MaxTensors} tensors are read from one file");
        }
        return count;
    }

    private readonly bool IsMetadata()
    {
        try
        {
            return _json.ValueTextEquals(MetadataKey);
        }
        catch (InvalidOperationException)
        {
            throw NotJson();
        }
    }

    private SafetensorsHeader ReadEntries(int count, long dataStart, long? dataLength)
    {
        var tensors = new List<SafetensorsTensor>(count);
        var names = new HashSet<string>(count, StringComparer.Ordinal);
        IReadOnlyDictionary<string, string>? metadata = null;
        Next();
        while (Next() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text();
            if (!names.Add(name))
                throw Duplicate(Named(name));
            if (name == MetadataKey)
                metadata = ReadMetadata();
            else
                tensors.Add(ReadTensor(name));
        }
        var ordered = tensors.OrderBy(t => t.Begin).ThenBy(t => t.End).ToList();
        CheckLayout(ordered, dataLength);
        return new SafetensorsHeader(metadata ?? new Dictionary<string, string>(), ordered, dataStart);
    }

    private Dictionary<string, string> ReadMetadata()
    {
        Next();
        if (_json.TokenType != JsonTokenType.StartObject)
            throw new ModelFileException("BT1058", _file, MetadataKey, $"a JSON {_json.TokenType}", "it must be an object of strings");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        while (Next() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var key = Text();
            var field = $"{MetadataKey} key '{ModelFileException.Printable(key)}'";
            Next();
            if (_json.TokenType != JsonTokenType.String)
                throw new ModelFileException("BT1058", _file, field, $"a JSON {_json.TokenType}", "its value must be a string");
            if (!metadata.TryAdd(key, Text()))
                throw Duplicate(field);
            if (metadata.Count > SafetensorsHeader.MaxTensors)
                throw new ModelFileException("BT1053", _file, $"number of {MetadataKey} keys", $"over {SafetensorsHeader.MaxTensors}", $"at most {SafetensorsHeader.MaxTensors} are read");
        }
        return metadata;
    }

    private SafetensorsTensor ReadTensor(string name)
    {
        var field = Named(name);
        Expect(JsonTokenType.StartObject, field);
        DType? type = null;
        Shape? shape = null;
        (long Begin, long End)? place = null;
        while (Next() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var key = Text();
            var twice = key switch { "dtype" => type is not null, "shape" => shape is not null, "data_offsets" => place is not null, _ => false };
            if (twice)
                throw Duplicate($"{field} {key}");
            switch (key)
            {
                case "dtype":
                    type = ReadType(field);
                    break;
                case "shape":
                    shape = ReadShape(field);
                    break;
                case "data_offsets":
                    place = ReadOffsets(field);
                    break;
                default:
                    throw new ModelFileException("BT1051", _file, $"{field} key", $"'{key}'", "only dtype, shape and data_offsets are allowed");
            }
        }
        if (type is null || shape is null || place is null)
            throw new ModelFileException("BT1051", _file, field, $"without {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}", "dtype, shape and data_offsets are required");
        var tensor = new SafetensorsTensor(name, type, shape.Value, place.Value.Begin, place.Value.End);
        CheckBytes(tensor, field);
        return tensor;
    }

    private DType ReadType(string field)
    {
        Expect(JsonTokenType.String, $"{field} dtype");
        var text = Text();
        return DType.TryFromSafetensors(text, out var type)
            ? type
            : throw new ModelFileException("BT1054", _file, $"{field} dtype", $"'{text}'", "not a type of the safetensors specification");
    }

    private Shape ReadShape(string field)
    {
        field = $"{field} shape";
        Expect(JsonTokenType.StartArray, field);
        Span<long> dims = stackalloc long[4];
        var rank = 0;
        while (Next() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (rank == dims.Length)
                throw new ModelFileException("BT1056", _file, field, "of more than 4 dimensions", "legal in the format, but at most 4 are supported");
            dims[rank++] = Natural("BT1056", field);
        }
        try
        {
            return new Shape(dims[..rank]);
        }
        catch (OverflowException)
        {
            throw new ModelFileException("BT1056", _file, field, $"[{string.Join(", ", dims[..rank].ToArray())}]", "the product of the dimensions must be below 2^63");
        }
    }

    private (long Begin, long End) ReadOffsets(string field)
    {
        field = $"{field} data_offsets";
        Expect(JsonTokenType.StartArray, field);
        Next();
        var begin = Natural("BT1055", field);
        Next();
        var end = Natural("BT1055", field);
        Expect(JsonTokenType.EndArray, field);
        return begin <= end
            ? (begin, end)
            : throw new ModelFileException("BT1055", _file, field, $"[{begin}, {end}]", "begin must not exceed end");
    }

    private readonly void CheckBytes(SafetensorsTensor tensor, string field)
    {
        var type = tensor.DType;
        if (type.IsBlocked && tensor.Shape.Columns % type.BlockSize != 0)
            throw new ModelFileException("BT1057", _file, $"{field} shape", $"{tensor.Shape}", $"{type} has {type.BitsPerWeight} bits per element and every row must fill whole bytes");
        long bytes;
        try
        {
            bytes = type.Bytes(tensor.Shape.Count);
        }
        catch (OverflowException)
        {
            throw new ModelFileException("BT1056", _file, $"{field} shape", $"{tensor.Shape}", $"its bytes as {type} must be below 2^63");
        }
        if (bytes != tensor.Bytes)
            throw new ModelFileException("BT1056", _file, $"{field} data_offsets", $"[{tensor.Begin}, {tensor.End}]", $"{type}{tensor.Shape} has {bytes} bytes, not {tensor.Bytes}");
    }

    // Sorted by place, each tensor begins where the one before ends, and the last ends with the file: no hole, no
    // overlap, nothing hidden behind.
    private readonly void CheckLayout(List<SafetensorsTensor> tensors, long? dataLength)
    {
        var end = 0L;
        foreach (var tensor in tensors)
        {
            if (tensor.Begin != end)
                throw new ModelFileException("BT1055", _file, $"{Named(tensor.Name)} data_offsets", $"[{tensor.Begin}, {tensor.End}]",
                    $"it must begin at {end}, where the tensor before it ends ({(tensor.Begin < end ? "they overlap" : "there is a hole")})");
            end = tensor.End;
        }
        if (dataLength is { } length && end != length)
            throw new ModelFileException("BT1055", _file, "data length", $"{length} bytes",
                $"the header describes {end} bytes; {(length < end ? "was the download cut off?" : "nothing may follow the last tensor")}");
    }

    private readonly long Natural(string code, string field)
    {
        if (_json.TokenType != JsonTokenType.Number)
            throw Unexpected(field, JsonTokenType.Number);
        return _json.TryGetInt64(out var value) && value >= 0
            ? value
            : throw new ModelFileException(code, _file, field, System.Text.Encoding.UTF8.GetString(_json.ValueSpan), "it must hold whole numbers from 0 to 2^63 - 1");
    }

    private bool Next()
    {
        try
        {
            return _json.Read();
        }
        catch (JsonException)
        {
            throw NotJson();
        }
    }

    // The text of a string or a key; an escape may name half of a surrogate pair.
    private readonly string Text()
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw NotJson();
        }
    }

    private void Expect(JsonTokenType type, string field)
    {
        Next();
        if (_json.TokenType != type)
            throw Unexpected(field, type);
    }

    private readonly ModelFileException Unexpected(string field, JsonTokenType wanted) =>
        new("BT1051", _file, field, $"a JSON {_json.TokenType}", $"expected {wanted} at byte {_json.TokenStartIndex} of the header");

    private readonly ModelFileException NotJson() =>
        new("BT1051", _file, "header", $"not JSON at byte {_json.BytesConsumed}", "expected one JSON object in UTF-8");

    private readonly ModelFileException Duplicate(string field) =>
        new("BT1052", _file, field, "there twice", "keys must be unique");

    private static string Named(string name) => $"tensor '{ModelFileException.Printable(name)}'";
}
