namespace Bantam.Tokenizers;

/// <summary>
/// A vocabulary from the <c>tokenizer.ggml.*</c> arrays of a GGUF file, by its <c>tokenizer.ggml.model</c>
/// (ggml-org/ggml, docs/gguf.md, "Tokenizer"). Padding up to the rows of the embedding is left out.
/// </summary>
public static class GgufVocabulary
{
    /// <summary>Makes a vocabulary of the arrays; the arrays are kept, not copied.</summary>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="tokens"><c>tokens</c> [V].</param>
    /// <param name="scores"><c>scores</c> [V]; all equal where absent.</param>
    /// <param name="types"><c>token_type</c> [V]; where absent they follow from the texts and the special ids.</param>
    /// <param name="bosId"><c>bos_token_id</c>; 1 where absent, as in llama.cpp.</param>
    /// <param name="eosId"><c>eos_token_id</c>; 2 where absent.</param>
    /// <param name="unkId"><c>unknown_token_id</c>; 0 where absent.</param>
    /// <param name="padId"><c>padding_token_id</c>.</param>
    /// <param name="otherEosIds">Further ends, such as <c>eot_token_id</c>.</param>
    /// <param name="addBos"><c>add_bos_token</c>.</param>
    /// <param name="addEos"><c>add_eos_token</c>.</param>
    /// <param name="addSpacePrefix"><c>add_space_prefix</c>.</param>
    /// <param name="preTokenizer"><c>pre</c>.</param>
    /// <exception cref="ModelFileException">See <see cref="Vocabulary.Validate"/>.</exception>
    public static Vocabulary Create(
        string file,
        string[] tokens,
        float[]? scores = null,
        int[]? types = null,
        long? bosId = null,
        long? eosId = null,
        long? unkId = null,
        long? padId = null,
        IEnumerable<long>? otherEosIds = null,
        bool addBos = true,
        bool addEos = false,
        bool addSpacePrefix = true,
        string preTokenizer = "default")
    {
        Vocabulary.CheckCount(file, tokens.Length);
        int? Special(string name, long? id, int fallback) =>
            Vocabulary.SpecialId(file, name, id, tokens.Length) ?? (fallback < tokens.Length ? fallback : null);

        var bos = Special("bos", bosId, 1);
        var eos = Special("eos", eosId, 2);
        var unk = Special("unknown", unkId, 0);
        var pad = Vocabulary.SpecialId(file, "padding", padId, tokens.Length);
        var others = (otherEosIds ?? []).Select(id => Vocabulary.SpecialId(file, "end of turn", id, tokens.Length));
        return new Vocabulary
        {
            Source = file,
            Pieces = tokens,
            Scores = scores ?? new float[tokens.Length],
            Types = types is null ? Infer(tokens, bos, eos, unk, pad) : Array.ConvertAll(types, type => (TokenType)type),
            BosId = bos,
            EosIds = [.. new[] { eos }.Concat(others).OfType<int>().Distinct()],
            UnkId = unk,
            PadId = pad,
            AddBos = addBos,
            AddEos = addEos,
            AddSpacePrefix = addSpacePrefix,
            PreTokenizer = preTokenizer,
        }.Validate().Unpad();
    }

    /// <summary>Makes a byte-level vocabulary of the arrays; the arrays are kept, not copied.</summary>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="tokens"><c>tokens</c> [V].</param>
    /// <param name="merges"><c>merges</c>, each <c>a b</c>.</param>
    /// <param name="types"><c>token_type</c> [V]; where absent, special ids are control tokens and all else is text.</param>
    /// <param name="bosId"><c>bos_token_id</c>.</param>
    /// <param name="eosIds"><c>eos_token_id</c> and further ends, such as <c>eot_token_id</c>.</param>
    /// <param name="unkId"><c>unknown_token_id</c>.</param>
    /// <param name="padId"><c>padding_token_id</c>.</param>
    /// <param name="addBos"><c>add_bos_token</c>; where null, what the rule of <paramref name="preTokenizer"/> does.</param>
    /// <param name="addEos"><c>add_eos_token</c>.</param>
    /// <param name="preTokenizer"><c>pre</c>; kept by name, known or not.</param>
    /// <exception cref="ModelFileException">BT1043: a merge of what is no token; further see <see cref="Vocabulary.Validate"/>.</exception>
    public static Vocabulary CreateByteLevel(
        string file,
        string[] tokens,
        string[] merges,
        int[]? types = null,
        long? bosId = null,
        IEnumerable<long>? eosIds = null,
        long? unkId = null,
        long? padId = null,
        bool? addBos = null,
        bool addEos = false,
        string preTokenizer = "default")
    {
        Vocabulary.CheckCount(file, tokens.Length);
        int? Special(string name, long? id) => Vocabulary.SpecialId(file, name, id, tokens.Length);
        var table = new MergeTable(file, TokenizerJson.Ids(tokens));
        foreach (var merge in merges) table.Add(merge);
        var (bos, unk, pad) = (Special("bos", bosId), Special("unknown", unkId), Special("padding", padId));
        int[] ends = [.. (eosIds ?? []).Select(id => Special("eos", id)!.Value).Distinct()];
        return new Vocabulary
        {
            Source = file,
            Kind = TokenizerKind.ByteLevelBpe,
            Pieces = tokens,
            Scores = [],
            Types = types is null ? Infer([.. ends, .. new[] { bos, unk, pad }.OfType<int>()]) : Array.ConvertAll(types, type => (TokenType)type),
            Merges = [.. table.Pairs],
            BosId = bos,
            EosIds = ends,
            UnkId = unk,
            PadId = pad,
            AddBos = addBos ?? PreTokenizers.Find(preTokenizer)?.AddBos ?? false,
            AddEos = addEos,
            AddSpacePrefix = false,
            PreTokenizer = preTokenizer,
        }.Validate().Unpad();

        TokenType[] Infer(int[] special)
        {
            var inferred = TokenizerJson.Types(tokens);
            foreach (var id in special) inferred[id] = TokenType.Control;
            return inferred;
        }
    }

    /// <summary>Makes a vocabulary of BPE over characters of the arrays; the arrays are kept, not copied.</summary>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="tokens"><c>tokens</c> [V].</param>
    /// <param name="merges"><c>merges</c>, each <c>a b</c>; where a begins with a space, the next one parts them.</param>
    /// <param name="rule">What is done around merging.</param>
    /// <param name="types"><c>token_type</c> [V]; where absent, special ids are control tokens and all else is text. Some converters call bytes text.</param>
    /// <param name="bosId"><c>bos_token_id</c>.</param>
    /// <param name="eosIds"><c>eos_token_id</c> and further ends, such as <c>eot_token_id</c>.</param>
    /// <param name="unkId"><c>unknown_token_id</c>; no text becomes it.</param>
    /// <param name="padId"><c>padding_token_id</c>.</param>
    /// <param name="addBos">Whether BOS comes first.</param>
    /// <param name="addEos"><c>add_eos_token</c>.</param>
    /// <exception cref="ModelFileException">BT1043: a merge of what is no token; further see <see cref="Vocabulary.Validate"/>.</exception>
    internal static Vocabulary CreateCharacters(
        string file, string[] tokens, string[] merges, GgufCharacters rule, int[]? types, long? bosId, IEnumerable<long> eosIds, long? unkId, long? padId, bool addBos, bool addEos)
    {
        var bare = CreateByteLevel(file, tokens, [], types, bosId, eosIds, unkId, padId, addBos, addEos, rule.Name);
        var table = new MergeTable(file, TokenizerJson.Ids(tokens));
        foreach (var merge in merges) table.AddFromSecond(merge);
        for (var id = 0; id < bare.Count; id++)
            if (bare.Types[id] is TokenType.Normal && Vocabulary.ByteOf(bare.Pieces[id]) is not null) bare.Types[id] = TokenType.Byte;
        return bare with
        {
            Kind = TokenizerKind.CharacterBpe,
            Merges = [.. table.Pairs],
            Pipeline = rule.Pipeline,
            Subword = new SubwordSettings { ByteFallback = true, DropsUnknown = true, KeepsLines = rule.KeepsLines },
        };
    }

    /// <summary>Makes a Unigram vocabulary of the arrays (<c>t5</c>); the arrays are kept, not copied.</summary>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="tokens"><c>tokens</c> [V].</param>
    /// <param name="scores"><c>scores</c> [V].</param>
    /// <param name="types"><c>token_type</c> [V]; where absent they follow from the texts and the special ids.</param>
    /// <param name="bosId"><c>bos_token_id</c>.</param>
    /// <param name="eosIds"><c>eos_token_id</c> and further ends; 1 where there is none, as in llama.cpp.</param>
    /// <param name="unkId"><c>unknown_token_id</c>; 2 where absent.</param>
    /// <param name="padId"><c>padding_token_id</c>.</param>
    /// <exception cref="ModelFileException">See <see cref="Vocabulary.Validate"/>.</exception>
    public static Vocabulary CreateUnigram(string file, string[] tokens, float[] scores, int[]? types = null, long? bosId = null, IEnumerable<long>? eosIds = null, long? unkId = null, long? padId = null)
    {
        Vocabulary.CheckCount(file, tokens.Length);
        int? Special(string name, long? id) => Vocabulary.SpecialId(file, name, id, tokens.Length);
        int[] ends = [.. (eosIds ?? []).Select(id => Special("eos", id)!.Value).Distinct()];
        if (ends.Length == 0 && tokens.Length > 1) ends = [1];
        var (bos, unk, pad) = (Special("bos", bosId), Special("unknown", unkId) ?? (tokens.Length > 2 ? 2 : null), Special("padding", padId));
        return new Vocabulary
        {
            Source = file,
            Kind = TokenizerKind.Unigram,
            Subword = new SubwordSettings { SumsInDouble = true },
            Pieces = tokens,
            Scores = scores,
            Types = types is null ? Infer(tokens, bos, ends is [var eos, ..] ? eos : null, unk, pad) : Array.ConvertAll(types, type => (TokenType)type),
            BosId = bos,
            EosIds = ends,
            UnkId = unk,
            PadId = pad,
        };
    }

    /// <summary>Makes a WordPiece vocabulary of the arrays (<c>bert</c>), whose pieces have '▁' in front of words and nothing inside them.</summary>
    /// <param name="file">The file, for error messages.</param>
    /// <param name="tokens"><c>tokens</c> [V].</param>
    /// <param name="types"><c>token_type</c> [V]; where absent, special ids are control tokens and all else is text.</param>
    /// <param name="clsId"><c>bos_token_id</c> or <c>cls_token_id</c>; 101 where absent, as in llama.cpp.</param>
    /// <param name="sepId"><c>seperator_token_id</c>, in the specification's spelling; 102 where absent.</param>
    /// <param name="otherEosIds">Further ends, such as <c>eos_token_id</c>.</param>
    /// <param name="unkId"><c>unknown_token_id</c>; 100 where absent.</param>
    /// <param name="padId"><c>padding_token_id</c>; 0 where absent.</param>
    /// <exception cref="ModelFileException">See <see cref="Vocabulary.Validate"/>.</exception>
    public static Vocabulary CreateWordPiece(string file, string[] tokens, int[]? types = null, long? clsId = null, long? sepId = null, IEnumerable<long>? otherEosIds = null, long? unkId = null, long? padId = null)
    {
        Vocabulary.CheckCount(file, tokens.Length);
        int? Special(string name, long? id, int fallback) =>
            Vocabulary.SpecialId(file, name, id, tokens.Length) ?? (fallback < tokens.Length ? fallback : null);

        var (cls, sep, unk, pad) = (Special("bos", clsId, 101), Special("separator", sepId, 102), Special("unknown", unkId, 100), Special("padding", padId, 0));
        var others = (otherEosIds ?? []).Select(id => Vocabulary.SpecialId(file, "eos", id, tokens.Length));
        return new Vocabulary
        {
            Source = file,
            Kind = TokenizerKind.WordPiece,
            Pieces = Array.ConvertAll(tokens, BertWords.Unspelled),
            Scores = [],
            Types = types is null ? Infer(tokens, cls, sep, unk, pad) : Array.ConvertAll(types, type => (TokenType)type),
            BosId = cls,
            EosIds = [.. new[] { sep }.Concat(others).OfType<int>().Distinct()],
            UnkId = unk,
            PadId = pad,
            Subword = new SubwordSettings { ContinuingSubwordPrefix = BertWords.Inside },
        };
    }

    private static TokenType[] Infer(string[] tokens, int? bos, int? eos, int? unk, int? pad)
    {
        var types = Array.ConvertAll(tokens, text => Vocabulary.ByteOf(text) is null ? TokenType.Normal : TokenType.Byte);
        foreach (var id in new[] { bos, eos, pad }.OfType<int>()) types[id] = TokenType.Control;
        if (unk is { } unknown) types[unknown] = TokenType.Unknown;
        return types;
    }
}
