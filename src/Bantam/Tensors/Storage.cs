using System.Runtime.InteropServices;

namespace Bantam.Tensors;

/// <summary>
/// Bytes outside the managed heap: a pointer and a 64-bit length, because an embedding of a large model exceeds what a
/// span can hold. A <see cref="Tensor"/> keeps its storage alive; whoever created the storage disposes it.
/// </summary>
public abstract unsafe class Storage : IDisposable
{
    /// <summary>First byte.</summary>
    public byte* Data { get; protected set; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; protected set; }

    /// <summary>A view of <paramref name="shape"/> and <paramref name="type"/> that begins <paramref name="offset"/> bytes in.</summary>
    public Tensor View(DType type, Shape shape, long offset = 0)
    {
        var bytes = type.Bytes(shape.Count);
        if (offset < 0 || offset > Length || bytes > Length - offset)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{bytes} bytes from there leave the {Length} bytes of this storage");
        return new Tensor(this, Data + offset, type, shape);
    }

    /// <summary>Releases the bytes; views of them must not be used afterwards.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the storage holds; called once or more.</summary>
    protected abstract void Release();

    /// <summary>Releases what nobody disposed.</summary>
    ~Storage() => Release();
}

/// <summary>Native memory, aligned to 64 bytes (a cache line, and a 512-bit register).</summary>
public sealed unsafe class NativeStorage : Storage
{
    /// <summary>Allocates <paramref name="bytes"/> bytes; <paramref name="clear"/> fills them with zeros, without it large blocks are committed as they are touched.</summary>
    public NativeStorage(long bytes, bool clear = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Data = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 64), 64);
        Length = bytes;
        if (clear) NativeMemory.Clear(Data, (nuint)bytes);
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        NativeMemory.AlignedFree(Data);
        Data = null;
    }
}
