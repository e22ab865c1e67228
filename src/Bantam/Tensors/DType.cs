using System.Diagnostics.CodeAnalysis;

namespace Bantam.Tensors;

/// <summary>
/// How values lie in memory: <see cref="BlockSize"/> consecutive elements of a row share <see cref="BlockBytes"/> bytes.
/// This table knows layout only; what the bits mean is told by the block formats.
/// </summary>
/// <remarks>
/// Ids and sizes: GGUF specification and ggml's type table (github.com/ggml-org/ggml); names of plain types: the
/// safetensors specification. Ids 4, 5, 31–33 and 36–38 were removed from GGUF and are never reused.
/// </remarks>
public sealed class DType
{
    private static readonly List<DType> Table = [];

    private DType(string name, int blockSize, int blockBytes, int ggml = -1, string? safetensors = null)
    {
        Name = name;
        BlockSize = blockSize;
        BlockBytes = blockBytes;
        GgmlType = ggml;
        SafetensorsName = safetensors;
        Ordinal = Table.Count;
        Table.Add(this);
    }

    /// <summary>IEEE binary32.</summary>
    public static DType F32 { get; } = new("F32", 1, 4, 0, "F32");

    /// <summary>IEEE binary16.</summary>
    public static DType F16 { get; } = new("F16", 1, 2, 1, "F16");

    /// <summary>The upper half of a binary32.</summary>
    public static DType BF16 { get; } = new("BF16", 1, 2, 30, "BF16");

    /// <summary>IEEE binary64; used by the references that check gradients.</summary>
    public static DType F64 { get; } = new("F64", 1, 8, 28, "F64");

    /// <summary>4-bit, 32 values to a half-precision scale: 4.5 bits per weight.</summary>
    public static DType Q4_0 { get; } = new("Q4_0", 32, 18, 2);

    /// <summary>4-bit with minimum.</summary>
    public static DType Q4_1 { get; } = new("Q4_1", 32, 20, 3);

    /// <summary>5-bit.</summary>
    public static DType Q5_0 { get; } = new("Q5_0", 32, 22, 6);

    /// <summary>5-bit with minimum.</summary>
    public static DType Q5_1 { get; } = new("Q5_1", 32, 24, 7);

    /// <summary>8-bit, 32 values to a half-precision scale: 8.5 bits per weight.</summary>
    public static DType Q8_0 { get; } = new("Q8_0", 32, 34, 8);

    /// <summary>8-bit, 32 values to a half-precision scale and their sum: activations only, never in a file.</summary>
    public static DType Q8_1 { get; } = new("Q8_1", 32, 36, 9);

    /// <summary>2-bit super-blocks.</summary>
    public static DType Q2_K { get; } = new("Q2_K", 256, 84, 10);

    /// <summary>3-bit super-blocks.</summary>
    public static DType Q3_K { get; } = new("Q3_K", 256, 110, 11);

    /// <summary>4-bit super-blocks with 6-bit scales and minima: 4.5 bits per weight.</summary>
    public static DType Q4_K { get; } = new("Q4_K", 256, 144, 12);

    /// <summary>5-bit super-blocks.</summary>
    public static DType Q5_K { get; } = new("Q5_K", 256, 176, 13);

    /// <summary>6-bit super-blocks with 8-bit scales: 6.5625 bits per weight.</summary>
    public static DType Q6_K { get; } = new("Q6_K", 256, 210, 14);

    /// <summary>8-bit super-blocks with a single-precision scale and sums of 16: activations only, never in a file.</summary>
    public static DType Q8_K { get; } = new("Q8_K", 256, 292, 15);

    /// <summary>4-bit code book.</summary>
    public static DType IQ4_NL { get; } = new("IQ4_NL", 32, 18, 20);

    /// <summary>4-bit code book in super-blocks.</summary>
    public static DType IQ4_XS { get; } = new("IQ4_XS", 256, 136, 23);

    /// <summary>OCP microscaling 4-bit floats.</summary>
    public static DType MXFP4 { get; } = new("MXFP4", 32, 17, 39);

    /// <summary>8-bit float, 4 exponent and 3 mantissa bits.</summary>
    public static DType F8_E4M3 { get; } = new("F8_E4M3", 1, 1, safetensors: "F8_E4M3");

    /// <summary>8-bit float, 5 exponent and 2 mantissa bits.</summary>
    public static DType F8_E5M2 { get; } = new("F8_E5M2", 1, 1, safetensors: "F8_E5M2");

    /// <summary>Signed byte.</summary>
    public static DType I8 { get; } = new("I8", 1, 1, 24, "I8");

    /// <summary>Signed 16-bit integer.</summary>
    public static DType I16 { get; } = new("I16", 1, 2, 25, "I16");

    /// <summary>Signed 32-bit integer.</summary>
    public static DType I32 { get; } = new("I32", 1, 4, 26, "I32");

    /// <summary>Signed 64-bit integer.</summary>
    public static DType I64 { get; } = new("I64", 1, 8, 27, "I64");

    /// <summary>Unsigned byte.</summary>
    public static DType U8 { get; } = new("U8", 1, 1, safetensors: "U8");

    /// <summary>One byte, zero or one.</summary>
    public static DType Bool { get; } = new("BOOL", 1, 1, safetensors: "BOOL");

    /// <summary>Every type whose layout is known. Being listed does not mean that the engine computes with it.</summary>
    public static IReadOnlyList<DType> All { get; } = AddRarer(Table);

    /// <summary>The name that the field uses: <c>Q4_K</c>.</summary>
    public string Name { get; }

    /// <summary>Place in <see cref="All"/>, for tables by type.</summary>
    internal int Ordinal { get; }

    /// <summary>Elements per block; a row's length must be a multiple.</summary>
    public int BlockSize { get; }

    /// <summary>Bytes per block.</summary>
    public int BlockBytes { get; }

    /// <summary>GGUF type id, or −1 where GGUF has none.</summary>
    public int GgmlType { get; }

    /// <summary>The name in a safetensors header, or null where it has none.</summary>
    public string? SafetensorsName { get; }

    /// <summary>Storage bits per element, scales included.</summary>
    public double BitsPerWeight => 8.0 * BlockBytes / BlockSize;

    /// <summary>Whether several elements share a block (and so cannot be addressed one by one).</summary>
    public bool IsBlocked => BlockSize > 1;

    /// <summary>Bytes of <paramref name="elements"/> elements. Throws <see cref="OverflowException"/> past 2⁶³ and <see cref="ArgumentException"/> when a block would be cut.</summary>
    public long Bytes(long elements) => elements % BlockSize == 0
        ? checked(elements / BlockSize * BlockBytes)
        : throw new ArgumentException($"{Name} stores {BlockSize} elements per block and {elements} is not a multiple", nameof(elements));

    /// <summary>Finds the type of a GGUF id.</summary>
    public static bool TryFromGgml(uint id, [NotNullWhen(true)] out DType? type)
    {
        type = All.FirstOrDefault(t => t.GgmlType >= 0 && t.GgmlType == id);
        return type is not null;
    }

    /// <summary>Finds the type of a name in a safetensors header.</summary>
    public static bool TryFromSafetensors(string name, [NotNullWhen(true)] out DType? type)
    {
        type = All.FirstOrDefault(t => t.SafetensorsName == name);
        return type is not null;
    }

    /// <summary>Finds a type by its name, ignoring case: <c>q8_0</c>.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out DType? type)
    {
        type = All.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return type is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    // Types that are listed so that a file holding them can be inspected and sized.
    private static List<DType> AddRarer(List<DType> table)
    {
        _ = new DType("IQ2_XXS", 256, 66, 16);
        _ = new DType("IQ2_XS", 256, 74, 17);
        _ = new DType("IQ3_XXS", 256, 98, 18);
        _ = new DType("IQ1_S", 256, 50, 19);
        _ = new DType("IQ3_S", 256, 110, 21);
        _ = new DType("IQ2_S", 256, 82, 22);
        _ = new DType("IQ1_M", 256, 56, 29);
        _ = new DType("TQ1_0", 256, 54, 34);
        _ = new DType("TQ2_0", 256, 66, 35);
        _ = new DType("NVFP4", 64, 36, 40);
        _ = new DType("Q1_0", 128, 18, 41);
        _ = new DType("Q2_0", 64, 18, 42);
        _ = new DType("U16", 1, 2, safetensors: "U16");
        _ = new DType("U32", 1, 4, safetensors: "U32");
        _ = new DType("U64", 1, 8, safetensors: "U64");
        _ = new DType("F8_E8M0", 1, 1, safetensors: "F8_E8M0");
        _ = new DType("C64", 1, 8, safetensors: "C64");
        _ = new DType("F8_E4M3FNUZ", 1, 1, safetensors: "F8_E4M3FNUZ");
        _ = new DType("F8_E5M2FNUZ", 1, 1, safetensors: "F8_E5M2FNUZ");
        // Narrower than a byte: the smallest group of elements that fills whole bytes is the block.
        _ = new DType("F4", 2, 1, safetensors: "F4");
        _ = new DType("F6_E2M3", 4, 3, safetensors: "F6_E2M3");
        _ = new DType("F6_E3M2", 4, 3, safetensors: "F6_E3M2");
        return table;
    }
}
