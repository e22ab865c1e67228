using System.Text.Json;

namespace Bantam.Tokenizers.Pipeline;

/// <summary>The steps of a <c>tokenizer.json</c> by the names of their types; a <c>Sequence</c> is its steps, and no object is none.</summary>
internal static class StepReaders
{
    private static readonly Dictionary<string, Func<JsonElement, string, NormalizerStep>> Normalizers = new(StringComparer.Ordinal)
    {
        ["BertNormalizer"] = BertNormalizer.Read,
        ["ByteLevel"] = (_, _) => new ByteLevelNormalizer(),
        ["Lowercase"] = (_, _) => new CaseNormalizer(),
        ["NFC"] = (_, _) => new UnicodeNormalizer(UnicodeForm.C),
        ["NFD"] = (_, _) => new UnicodeNormalizer(UnicodeForm.D),
        ["NFKC"] = (_, _) => new UnicodeNormalizer(UnicodeForm.KC),
        ["NFKD"] = (_, _) => new UnicodeNormalizer(UnicodeForm.KD),
        ["Nmt"] = (_, _) => new NmtNormalizer(),
        ["Precompiled"] = PrecompiledNormalizer.Read,
        ["Prepend"] = PrependNormalizer.Read,
        ["Replace"] = ReplaceNormalizer.Read,
        ["Strip"] = StripNormalizer.Read,
        ["StripAccents"] = (_, _) => new AccentNormalizer(),
    };

    private static readonly Dictionary<string, Func<JsonElement, string, PreTokenizerStep>> PreTokenizers = new(StringComparer.Ordinal)
    {
        ["BertPreTokenizer"] = (_, _) => new BertPreTokenizer(),
        ["ByteLevel"] = (element, _) => new ByteLevelPreTokenizer(ByteLevelSettings.Read(element)),
        ["CharDelimiterSplit"] = DelimiterPreTokenizer.Read,
        ["Digits"] = DigitsPreTokenizer.Read,
        ["FixedLength"] = FixedLengthPreTokenizer.Read,
        ["Metaspace"] = (element, file) => new MetaspacePreTokenizer(MetaspaceSettings.Read(element, file)),
        ["Punctuation"] = PunctuationPreTokenizer.Read,
        ["Split"] = SplitPreTokenizer.Read,
        ["Whitespace"] = (_, _) => new WordPreTokenizer(),
        ["WhitespaceSplit"] = (_, _) => new SpacePreTokenizer(),
    };

    private static readonly Dictionary<string, Func<JsonElement, string, bool, DecoderStep>> Decoders = new(StringComparer.Ordinal)
    {
        ["BPEDecoder"] = (element, file, fused) => Apart(element, file, fused, SuffixDecoder.Read),
        ["ByteFallback"] = (element, file, fused) => Apart(element, file, fused, (_, _) => new ByteFallbackDecoder()),
        ["ByteLevel"] = (element, file, fused) => Apart(element, file, fused, (_, _) => new ByteLevelDecoder(ByteLevelSettings.Read(element))),
        ["Fuse"] = (_, _, _) => new FuseDecoder(),
        ["Metaspace"] = (element, file, fused) => Apart(element, file, fused, (_, _) => new MetaspaceDecoder(MetaspaceSettings.Read(element, file))),
        ["Replace"] = (element, file, fused) => ReplaceDecoder.Read(element, file) is var step && (!fused || step.IsOfOne) ? step : throw BehindFuse(element, file),
        ["Strip"] = StripDecoder.Read,
        ["WordPiece"] = (element, file, fused) => Apart(element, file, fused, WordPieceDecoder.Read),
    };

    private static readonly Dictionary<string, Func<JsonElement, string, PostProcessorStep>> PostProcessors = new(StringComparer.Ordinal)
    {
        ["BertProcessing"] = (element, file) => PairPostProcessor.Read(element, file, isRoberta: false),
        ["ByteLevel"] = (element, _) => new ByteLevelPostProcessor(ByteLevelSettings.Read(element)),
        ["RobertaProcessing"] = (element, file) => PairPostProcessor.Read(element, file, isRoberta: true),
        ["TemplateProcessing"] = TemplatePostProcessor.Read,
    };

    /// <summary>Reads the pipeline of the object of a file.</summary>
    /// <exception cref="ModelFileException">BT1045: a step that is not read, by name; BT1081: settings that make no sense; BT1091: damaged compiled rules.</exception>
    public static TextPipeline Read(JsonElement root, string file)
    {
        var fused = false;
        return new TextPipeline
        {
            Normalizers = [.. Flat(root, "normalizer", "normalizers", file).Select(step => Find(Normalizers, step, "normalizer", file)(step, file))],
            PreTokenizers = [.. Flat(root, "pre_tokenizer", "pretokenizers", file).Select(step => Find(PreTokenizers, step, "pre_tokenizer", file)(step, file))],
            PostProcessors = [.. ReadPostProcessors(root, file)],
            Decoders = root.Field("decoder").ValueKind is JsonValueKind.Object
                ? [.. Flat(root, "decoder", "decoders", file).Select(step =>
                {
                    var made = Find(Decoders, step, "decoder", file)(step, file, fused);
                    fused |= made is FuseDecoder;
                    return made;
                })]
                : [new JoinDecoder()],
        };
    }

    /// <summary>Reads the post-processors of the object of a file.</summary>
    /// <exception cref="ModelFileException">BT1045: a step that is not read, by name; BT1081: settings that make no sense.</exception>
    public static IEnumerable<PostProcessorStep> ReadPostProcessors(JsonElement root, string file) =>
        Flat(root, "post_processor", "processors", file).Select(step => Find(PostProcessors, step, "post_processor", file)(step, file));

    /// <summary>The steps of a field, with those of sequences in their places.</summary>
    public static IEnumerable<JsonElement> Flat(JsonElement root, string field, string parts, string file)
    {
        var element = root.Field(field);
        return element.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => [],
            JsonValueKind.Object => Flat(element, parts),
            _ => throw new ModelFileException("BT1081", file, field, element.GetRawText(), "must be an object or null"),
        };
    }

    private static IEnumerable<JsonElement> Flat(JsonElement element, string parts) =>
        element.Text("type") == "Sequence" ? element.Items(parts).SelectMany(part => Flat(part, parts)) : [element];

    private static T Find<T>(Dictionary<string, T> known, JsonElement step, string field, string file)
    {
        var type = step.Text("type");
        return type is not null && known.TryGetValue(type, out var reader)
            ? reader
            : throw new ModelFileException("BT1045", file, field, type ?? step.ToString(), $"not one of {string.Join(", ", known.Keys)}");
    }

    private static DecoderStep Apart(JsonElement element, string file, bool fused, Func<JsonElement, string, DecoderStep> read) =>
        fused ? throw BehindFuse(element, file) : read(element, file);

    private static ModelFileException BehindFuse(JsonElement element, string file) =>
        new("BT1045", file, "decoder behind Fuse", element.GetRawText(), "only Strip of one character and Replace of one are read there");
}
