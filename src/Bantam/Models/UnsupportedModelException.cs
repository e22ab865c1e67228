namespace Bantam.Models;

/// <summary>A model of a family that Bantam does not know. It is refused by name: a guess would give wrong sizes and wrong text.</summary>
public sealed class UnsupportedModelException : BantamException
{
    internal const string Unknown = "is a family that Bantam does not know";

    /// <summary>Creates the refusal of <paramref name="family"/> found in <paramref name="file"/>.</summary>
    /// <param name="file">The path as the user gave it.</param>
    /// <param name="family">The family's own name: <c>model_type</c>, <c>general.architecture</c> or a class name.</param>
    /// <param name="why">What about it is not known, to follow the name: <c>is a family that Bantam does not know</c>.</param>
    public UnsupportedModelException(string file, string family, string why = Unknown)
        : base("BT2001", $"{Path.GetFileName(file)}: '{ModelFileException.Printable(family)}' {why}; known are {string.Join(", ", Architectures.All.Select(a => a.Name))}")
    {
        File = file;
        Family = family;
    }

    /// <summary>The path of the refused file.</summary>
    public string File { get; }

    /// <summary>The name under which the model presented itself.</summary>
    public string Family { get; }
}
