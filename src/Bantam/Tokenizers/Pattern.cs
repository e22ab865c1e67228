namespace Bantam.Tokenizers;

/// <summary>A part of a regular expression, as it is read; <see cref="CodePointRegex"/> runs it.</summary>
internal abstract record Pattern
{
    /// <summary>Whether it can match without taking anything.</summary>
    public abstract bool CanBeEmpty { get; }

    /// <summary>One code point of a class.</summary>
    internal sealed record One(CodePointSet Set) : Pattern
    {
        public override bool CanBeEmpty => false;
    }

    /// <summary>Parts one after the other.</summary>
    internal sealed record Sequence(IReadOnlyList<Pattern> Parts) : Pattern
    {
        public override bool CanBeEmpty => Parts.All(part => part.CanBeEmpty);
    }

    /// <summary>The first part that leads to a match.</summary>
    internal sealed record Choice(IReadOnlyList<Pattern> Parts) : Pattern
    {
        public override bool CanBeEmpty => Parts.Any(part => part.CanBeEmpty);
    }

    /// <summary>A part so many times, as often as possible; <see cref="Most"/> is <see cref="int.MaxValue"/> where nothing bounds it.</summary>
    internal sealed record Repeat(Pattern Part, int Least, int Most) : Pattern
    {
        public override bool CanBeEmpty => Least == 0 || Part.CanBeEmpty;
    }

    /// <summary>What follows must not match, or must; nothing is taken.</summary>
    internal sealed record LookAhead(Pattern Part, bool Negative) : Pattern
    {
        public override bool CanBeEmpty => true;
    }

    /// <summary>A part that keeps what it took first: nothing in it is given back.</summary>
    internal sealed record Atomic(Pattern Part) : Pattern
    {
        public override bool CanBeEmpty => Part.CanBeEmpty;
    }

    /// <summary>A place where a word begins or ends, or one where none does.</summary>
    internal sealed record Boundary(bool Negative) : Pattern
    {
        public override bool CanBeEmpty => true;
    }

    /// <summary>The end of the text or of a line, as Oniguruma means <c>$</c>.</summary>
    internal sealed record End : Pattern
    {
        public override bool CanBeEmpty => true;
    }
}
