namespace Bantam.Tokenizers;

/// <summary>
/// Whether merging makes just one id of the text of that id: learned when the text is met as a word for the first time.
/// Threads may learn the same twice; they learn the same.
/// </summary>
/// <param name="count">The number of ids.</param>
internal sealed class LearnedWords(int count)
{
    private readonly byte[] _learned = new byte[count];

    /// <summary>What is known of merging a word that is an entry.</summary>
    public enum Merging : byte
    {
        /// <summary>Nothing yet.</summary>
        IsUnknown,

        /// <summary>It makes this id alone.</summary>
        MakesIt,

        /// <summary>It makes something else.</summary>
        MakesOther,
    }

    /// <summary>What is known of the word of an id; of a word that is no entry, −1, that it makes other ids.</summary>
    public Merging this[int id] => id < 0 ? Merging.MakesOther : (Merging)_learned[id];

    /// <summary>Keeps what merging made of the word of this id.</summary>
    public void Learn(int id, bool makesIt) => _learned[id] = (byte)(makesIt ? Merging.MakesIt : Merging.MakesOther);

    /// <summary>From now on every entry is taken whole, whatever merging makes.</summary>
    public void TakeAllWhole() => Array.Fill(_learned, (byte)Merging.MakesIt);
}
