namespace Bantam.Tokenizers;

/// <summary>How an added token is found in text, beyond its bare characters.</summary>
[Flags]
public enum AddedTokenRules
{
    /// <summary>Wherever its text stands.</summary>
    None = 0,

    /// <summary>It takes the white space in front of it along.</summary>
    LeftStrip = 1,

    /// <summary>It takes the white space behind it along.</summary>
    RightStrip = 2,

    /// <summary>It is found only where no letter, mark, digit or underscore touches it.</summary>
    SingleWord = 4,

    /// <summary>It is looked for in normalised text, in which its own text is normalised too.</summary>
    Normalized = 8,
}
