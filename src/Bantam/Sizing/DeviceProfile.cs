namespace Bantam.Sizing;

/// <summary>What a device has to offer to a model.</summary>
public sealed record DeviceProfile
{
    /// <summary>What a person calls it.</summary>
    public required string Name { get; init; }

    /// <summary>Memory in bytes that the device, or the container on it, has at all.</summary>
    public required long TotalMemory { get; init; }

    /// <summary>Memory in bytes that can be had now without pushing anything else out.</summary>
    public required long AvailableMemory { get; init; }

    /// <summary>Logical processors.</summary>
    public required int Cores { get; init; }

    /// <summary>Free bytes where the model would be stored, or null where that is not known.</summary>
    public long? FreeDisk { get; init; }

    /// <summary>Vector instruction sets in words, or null where that is not known.</summary>
    public string? InstructionSets { get; init; }
}
