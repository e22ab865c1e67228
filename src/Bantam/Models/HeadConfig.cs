namespace Bantam.Models;

/// <summary>Reads what stands on top of the last layer, from the class that the file names and its labels.</summary>
internal static class HeadConfig
{
    public static ModelHead Read(ConfigFields fields, Architecture architecture)
    {
        if (fields.Texts("architectures", most: 16) is not [var name, ..])
            return architecture.IsDecoder ? ModelHead.LanguageModel : ModelHead.None;

        var suffix = name.StartsWith(architecture.HuggingFaceClass, StringComparison.Ordinal) ? name[architecture.HuggingFaceClass.Length..] : name;
        return (suffix, architecture.IsDecoder) switch
        {
            ("ForCausalLM" or "LMHeadModel", true) => ModelHead.LanguageModel,
            ("Model" or "TextModel", _) => ModelHead.None,
            ("ForSequenceClassification", _) => ModelHead.SequenceClassification,
            ("ForMaskedLM", false) => ModelHead.MaskedLanguageModel,
            ("ForTokenClassification", false) => ModelHead.TokenClassification,
            ("ForQuestionAnswering", false) => ModelHead.QuestionAnswering,
            _ => throw new UnsupportedModelException(fields.File, name, fields.WithCode($"is a class of the family {architecture.Name} that Bantam does not know")),
        };
    }

    /// <summary>How many classes: as many as <c>id2label</c> names, or <c>num_labels</c>, or two.</summary>
    public static int Labels(ConfigFields fields)
    {
        if (fields.Object("id2label") is not { } labels) return fields.Int("num_labels", 1, ConfigLimits.Labels, 2);
        var count = labels.Count();
        return count is >= 1 and <= ConfigLimits.Labels ? count : throw fields.Refuse("id2label", $"a list of {count}", $"must name 1 to {ConfigLimits.Labels} labels");
    }
}
