namespace Bantam.Chat;

/// <summary>
/// Short templates for models that bring none: the layout of turns alone, without dates, default prompts or tools. Which of
/// them a model was taught, its operator must know; nothing is guessed.
/// </summary>
public static class BuiltInTemplates
{
    private static readonly Dictionary<string, string> Sources = new(StringComparer.Ordinal)
    {
        ["chatml"] = """
            {%- for m in messages -%}
            {{ '<|im_start|>' ~ m.role ~ '\n' ~ m.content ~ '<|im_end|>\n' }}
            {%- endfor -%}
            {%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif -%}
            """,
        ["gemma"] = """
            {{- bos_token -}}
            {%- for m in messages -%}
            {%- if m.role == 'system' %}{{ raise_exception('there is no system role') }}{% endif -%}
            {{ '<start_of_turn>' ~ ('model' if m.role == 'assistant' else m.role) ~ '\n' ~ (m.content | trim) ~ '<end_of_turn>\n' }}
            {%- endfor -%}
            {%- if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif -%}
            """,
        ["llama2"] = """
            {%- set ns = namespace(system='') -%}
            {%- for m in messages -%}
            {%- if m.role == 'system' -%}{%- set ns.system = '<<SYS>>\n' ~ m.content ~ '\n<</SYS>>\n\n' -%}
            {%- elif m.role == 'user' -%}{{ bos_token ~ '[INST] ' ~ ns.system ~ m.content ~ ' [/INST]' }}{%- set ns.system = '' -%}
            {%- else -%}{{ ' ' ~ (m.content | trim) ~ ' ' ~ eos_token }}
            {%- endif -%}
            {%- endfor -%}
            """,
        ["llama3"] = """
            {{- bos_token -}}
            {%- for m in messages -%}
            {{ '<|start_header_id|>' ~ m.role ~ '<|end_header_id|>\n\n' ~ (m.content | trim) ~ '<|eot_id|>' }}
            {%- endfor -%}
            {%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif -%}
            """,
        ["mistral"] = """
            {{- bos_token -}}
            {%- set ns = namespace(system='') -%}
            {%- for m in messages -%}
            {%- if m.role == 'system' -%}{%- set ns.system = m.content ~ '\n\n' -%}
            {%- elif m.role == 'user' -%}{{ '[INST] ' ~ ns.system ~ m.content ~ ' [/INST]' }}{%- set ns.system = '' -%}
            {%- else -%}{{ ' ' ~ (m.content | trim) ~ eos_token }}
            {%- endif -%}
            {%- endfor -%}
            """,
        ["phi3"] = """
            {%- for m in messages -%}
            {{ '<|' ~ m.role ~ '|>\n' ~ m.content ~ '<|end|>\n' }}
            {%- endfor -%}
            {%- if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif -%}
            """,
        ["zephyr"] = """
            {%- for m in messages -%}
            {{ '<|' ~ m.role ~ '|>\n' ~ m.content ~ eos_token ~ '\n' }}
            {%- endfor -%}
            {%- if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif -%}
            """,
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Sources.Keys];

    /// <summary>The template of a name, or null.</summary>
    public static string? Find(string name) => Sources.GetValueOrDefault(name);
}
