namespace Bantam.Models;

/// <summary>Reads the name of an activation; the names are those of transformers' table.</summary>
internal static class ActivationConfig
{
    public static Activation Read(ConfigFields fields, string name, Activation absent) => fields.Text(name) switch
    {
        null => absent,
        "silu" or "swish" => Activation.Silu,
        "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        var other => throw fields.Refuse(name, other, "must be silu, swish, gelu, gelu_new, gelu_pytorch_tanh or relu"),
    };
}
