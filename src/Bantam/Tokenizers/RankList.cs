using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Bantam.Tokenizers;

/// <summary>
/// tiktoken's files: lines of a token's bytes in base64, a space, and its rank, which is its id; neighbours merge whose union
/// has the lowest rank. Llama 3 calls its own <c>tokenizer.model</c>. How text is split and which special tokens there are is
/// not in the file: the published lists are known by their number of ranks and, but for Llama 3's, by their name.
/// </summary>
public static class RankList
{
    // Longest sensible total work of finding the ways to cut all tokens in two.
    private const long MostWork = 1L << 28;

    // So many ids may lie between ranks and special tokens, or among ranks, without a token.
    private const int MostHoles = 1 << 10;

    private static readonly Known[] Lists =
    [
        new("r50k_base.tiktoken", 50256, "gpt-2", Special(("<|endoftext|>", 50256))),
        new("p50k_base.tiktoken", 50280, "gpt-2", Special(("<|endoftext|>", 50256))),
        new("cl100k_base.tiktoken", 100256, "llama3", Special(("<|endoftext|>", 100257), ("<|fim_prefix|>", 100258), ("<|fim_middle|>", 100259), ("<|fim_suffix|>", 100260), ("<|endofprompt|>", 100276))),
        new("o200k_base.tiktoken", 199998, "gpt-4o", Special(("<|endoftext|>", 199999), ("<|endofprompt|>", 200018))),
        new("qwen.tiktoken", 151643, "qwen2", [.. Special(("<|endoftext|>", 151643), ("<|im_start|>", 151644), ("<|im_end|>", 151645)), .. Numbered("<|extra_", 0, 205, 151646)]),
        new(null, Llama3Ranks, "llama3", Llama3()) { Bos = Llama3Ranks, Eos = [Llama3Ranks + 1, Llama3Ranks + 9, Llama3Ranks + 8], Pad = Llama3Ranks + 4 },
    ];

    private const int Llama3Ranks = 128000;

    /// <summary>A published list; ids are in the order in which they end a text.</summary>
    private sealed record Known(string? Name, int Ranks, string Rule, AddedToken[] Special)
    {
        public int? Bos { get; init; }
        public int[]? Eos { get; init; }
        public int? Pad { get; init; }
    }

    /// <summary>Whether a file's first line is one of such a list.</summary>
    public static bool IsOne(ReadOnlySpan<byte> content)
    {
        var line = content[..Math.Max(0, content[..Math.Min(content.Length, 256)].IndexOf((byte)'\n'))];
        var space = line.IndexOf((byte)' ');
        return space > 0 && Base64.IsValid(line[..space]) && !line[(space + 1)..].TrimEnd((byte)'\r').ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    /// <summary>Reads the file at <paramref name="path"/>.</summary>
    /// <exception cref="ModelFileException">See <see cref="Read(ReadOnlySpan{byte}, string)"/>; BT1049 the file is larger than <see cref="SentencePieceModel.MaxBytes"/>.</exception>
    public static Vocabulary Load(string path) => Read(SentencePieceModel.Content(path), path);

    /// <summary>Reads a published list with its special tokens.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="file">The file; its name tells which list it is.</param>
    /// <exception cref="ModelFileException">
    /// BT1045 no list that is known; BT1092 a line that is not base64, a space and a rank, or a rank or a token twice; BT1049 too much text.
    /// </exception>
    public static Vocabulary Read(ReadOnlySpan<byte> content, string file) => Read(content, file, []);

    /// <summary>Reads a published list.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="file">The file.</param>
    /// <param name="added">Special tokens that take the place of the published ones: Llama 3.0 and 3.1 have other names for some ids.</param>
    /// <exception cref="ModelFileException">See <see cref="Read(ReadOnlySpan{byte}, string)"/>.</exception>
    internal static Vocabulary Read(ReadOnlySpan<byte> content, string file, IReadOnlyCollection<AddedToken> added)
    {
        var pieces = Pieces(content, file, out var count);
        var name = Path.GetFileName(file);
        var known = Lists.FirstOrDefault(list => list.Ranks == count && (list.Name is null || name == list.Name))
            ?? throw new ModelFileException(
                "BT1045", file, "tiktoken rank list", $"'{name}' of {count} ranks",
                $"such a file does not say how text is split; known are Llama 3's ({Llama3Ranks} ranks) and {string.Join(", ", Lists.Where(list => list.Name is not null).Select(list => list.Name))}: give a tokenizer.json instead");
        var ids = added.Select(token => token.Id).ToHashSet();
        return Make(pieces, file, known.Rule, [.. added, .. known.Special.Where(token => !ids.Contains(token.Id))]) with
        {
            BosId = known.Bos,
            EosIds = known.Eos ?? [known.Special[0].Id],
            PadId = known.Pad,
            AddBos = known.Bos is not null,
        };
    }

    private static Vocabulary Make(string[] pieces, string file, string rule, IReadOnlyCollection<AddedToken> special) =>
        AddedToken.AddTo(
            new Vocabulary
            {
                Source = file,
                Kind = TokenizerKind.ByteLevelBpe,
                Pieces = pieces,
                Scores = [],
                Types = TokenizerJson.Types(pieces),
                Merges = Merges(pieces, file),
                AddBos = false,
                AddSpacePrefix = false,
                PreTokenizer = rule,
            },
            special,
            file).Validate();

    /// <summary>The tokens by rank, each byte as one printable character; ranks without a token are padding.</summary>
    private static string[] Pieces(ReadOnlySpan<byte> content, string file, out int count)
    {
        var (tokens, seen, last) = (new Dictionary<int, string>(), new HashSet<string>(StringComparer.Ordinal), -1);
        Span<byte> bytes = stackalloc byte[Vocabulary.MaxPieceLength + 2];
        for (var number = 1; !content.IsEmpty; number++)
        {
            var end = content.IndexOf((byte)'\n');
            var line = (end < 0 ? content : content[..end]).TrimEnd((byte)'\r');
            content = end < 0 ? [] : content[(end + 1)..];
            if (line.IsEmpty) continue;
            var space = line.IndexOf((byte)' ');
            if (space <= 0 || space > bytes.Length * 4 / 3
                || Base64.DecodeFromUtf8(line[..space], bytes, out _, out var length) is not OperationStatus.Done || length == 0
                || !Utf8Parser.TryParse(line[(space + 1)..], out int rank, out var digits) || digits != line.Length - space - 1 || rank < 0)
                throw Refuse(file, $"line {number}", Encoding.Latin1.GetString(line[..Math.Min(line.Length, 80)]), $"must be a token of at most {Vocabulary.MaxPieceLength} bytes in base64, a space and its rank");
            if (rank >= Vocabulary.MaxPieces) throw Refuse(file, $"rank in line {number}", $"{rank}", $"must be below {Vocabulary.MaxPieces}");
            var text = Spelled(bytes[..length]);
            if (!tokens.TryAdd(rank, text) || !seen.Add(text)) throw Refuse(file, $"line {number}", "a rank or a token again", "each is there once");
            last = Math.Max(last, rank);
        }
        count = tokens.Count;
        Vocabulary.CheckCount(file, count);
        if (last + 1 - count > MostHoles) throw Refuse(file, "largest rank", $"{last}", $"must not leave more than {MostHoles} ranks without one of the {count} tokens");
        return [.. Enumerable.Range(0, last + 1).Select(id => tokens.GetValueOrDefault(id) ?? VocabularyPadding.Name(id))];
    }

    /// <summary>
    /// The merges that do what ranks do: all pairs of tokens that make a token, in the order of its rank; those that make the
    /// same one in the order of their own ranks, as published lists of merges have them.
    /// </summary>
    private static MergePair[] Merges(string[] pieces, string file)
    {
        if (pieces.Sum(piece => (long)piece.Length * piece.Length) is > MostWork and var work)
            throw new ModelFileException("BT1049", file, "sum of the squared lengths of all tokens", $"{work}", $"must be at most {MostWork}");
        var ids = TokenizerJson.Ids(pieces).GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new List<MergePair>();
        var types = TokenizerJson.Types(pieces);
        for (var id = 0; id < pieces.Length; id++)
        {
            if (types[id] is TokenType.Unused) continue;
            var (piece, first) = (pieces[id], merges.Count);
            for (var cut = 1; cut < piece.Length; cut++)
                if (ids.TryGetValue(piece.AsSpan(0, cut), out var left) && ids.TryGetValue(piece.AsSpan(cut), out var right)) merges.Add(new MergePair(left, right));
            merges.Sort(first, merges.Count - first, Comparer<MergePair>.Create((a, b) => (a.Left, a.Right).CompareTo((b.Left, b.Right))));
            if (merges.Count > MergeTable.MaxMerges) throw Refuse(file, "number of merges", $"{merges.Count}", $"must be at most {MergeTable.MaxMerges}");
        }
        return [.. merges];
    }

    private static string Spelled(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++) text[i] = ByteCharacters.Of(bytes[i]);
        return text.ToString();
    }

    private static AddedToken[] Special(params ReadOnlySpan<(string Text, int Id)> tokens)
    {
        var special = new AddedToken[tokens.Length];
        for (var i = 0; i < tokens.Length; i++) special[i] = new AddedToken(tokens[i].Id, tokens[i].Text, Special: true);
        return special;
    }

    private static IEnumerable<AddedToken> Numbered(string text, int from, int count, int id) =>
        Enumerable.Range(0, count).Select(i => new AddedToken(id + i, string.Create(CultureInfo.InvariantCulture, $"{text}{from + i}|>"), Special: true));

    // The names of Llama 3.1 and later, which gave names to what version 3.0 had reserved.
    private static AddedToken[] Llama3()
    {
        string[] names =
        [
            "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>",
            "<|reserved_special_token_2|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
        ];
        return [.. names.Select((name, i) => new AddedToken(Llama3Ranks + i, name, Special: true)), .. Numbered("<|reserved_special_token_", 3, 256 - names.Length, Llama3Ranks + names.Length)];
    }

    private static ModelFileException Refuse(string file, string field, string value, string limit) => new("BT1092", file, field, value, limit);
}
