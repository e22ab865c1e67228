using Bantam.Checkpoints;
using Bantam.Tensors;
using Bantam.Tests.Checkpoints;
using Bantam.Tests.Cli;
using Bantam.Tests.Formats;
using Bantam.Tests.Models;

namespace Bantam.Tests.Hostile;

/// <summary>Quantised checkpoints that do not run, and scales that do not fit, are refused by name before anything is computed.</summary>
public sealed class Float8HostileTests
{
    private const string Weight = "model.layers.1.mlp.down_proj.weight"; // [160, 320]
    private const string Scale = Weight + "_scale";

    /// <summary>What the configuration says, and the value that the refusal must name.</summary>
    public static TheoryData<string, string> Configurations => new()
    {
        { """{"quant_method": "gptq", "bits": 4, "group_size": 128}""", "gptq" },
        { """{"quant_method": "awq", "bits": 4}""", "awq" },
        { """{"quant_method": "bitsandbytes", "load_in_8bit": true}""", "bitsandbytes" },
        { """{"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]}""", "mxfp4" },
        { """{"quant_method": "\u001b[2J"}""", "\\u001b" },
        { """{"group_size": 64, "bits": 4}""", "quant_method is absent" },
        { """{"quant_method": "fp8", "fmt": "e5m2", "weight_block_size": [128, 128]}""", "e5m2" },
        { """{"quant_method": "modelopt", "quant_algo": "NVFP4"}""", "NVFP4" },
        { """{"quant_algo": "W4A8_AWQ"}""", "W4A8_AWQ" },
        { """{"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {}}""", "pack-quantized" },
        { """{"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"}""", "nvfp4-pack-quantized" },
        { """{"quant_method": "compressed-tensors", "format": "int-quantized"}""", "int-quantized" },
        { """{"quant_method": "compressed-tensors", "format": "float-quantized"}""", "config_groups" },
        { """{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": null}}}""", "config_groups" },
        { """{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "int", "strategy": "channel"}}}}""", "8-bit int" },
        { """{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 4, "type": "float", "strategy": "tensor"}}}}""", "4-bit float" },
        { """{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "float", "strategy": "tensor"}}, "b": {"weights": {"num_bits": 4, "type": "int"}}}}""", "4-bit int" },
        { """{"quant_method": "compressed-tensors", "config_groups": {"a": {"format": "pack-quantized", "weights": {"num_bits": 8, "type": "float"}}}}""", "pack-quantized" },
        { """{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "float", "strategy": "group", "group_size": 128}}}}""", "group" },
        { """{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "float", "strategy": "block"}}}}""", "block" },
        { """{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "float"}}}, "transform_config": {"config_groups": {}}}""", "transform_config" },
        { """{"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 8, "type": "float"}}}, "sparsity_config": {"format": "sparse-24-bitmask"}}""", "sparse-24-bitmask" },
    };

    [Theory]
    [MemberData(nameof(Configurations))]
    public void A_kind_of_quantisation_that_does_not_run_is_named(string quantization, string named)
    {
        using var folder = new ScratchFolder();
        Float8Llama.WriteDirectory(folder.File("model"), quantization, TinyLlama.Weights(Float8Llama.Config, DType.F32).All);
        Assert.Contains(named, Refusal.Of("BT2120", "config.json", () => Checkpoint.Open(folder.File("model"))).Message);
    }

    [Theory]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": [0, 128]}""")]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": [128]}""")]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": [128, 128, 128]}""")]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": [128, 9223372036854775807]}""")]
    [InlineData("""{"quant_method": "fp8", "weight_block_size": 128}""")]
    [InlineData("""{"quant_method": 8}""")]
    [InlineData("\"fp8\"")]
    [InlineData("""{"quant_method": "compressed-tensors", "config_groups": ["a"]}""")]
    [InlineData("""{"quant_method": "compressed-tensors", "config_groups": {"a": "b"}}""")]
    public void A_configuration_that_makes_no_sense_is_refused(string quantization)
    {
        using var folder = new ScratchFolder();
        Float8Llama.WriteDirectory(folder.File("model"), quantization, TinyLlama.Weights(Float8Llama.Config, DType.F32).All);
        Refusal.Of("BT1063", "config.json", () => Checkpoint.Open(folder.File("model")));
    }

    [Fact]
    public async Task What_does_not_run_is_sized_and_inspected_all_the_same()
    {
        using var folder = new ScratchFolder();
        var (tensors, plain) = Float8Llama.Tensors(Float8Llama.Kinds["fbgemm_fp8"]);
        Float8Llama.WriteDirectory(folder.File("plain"), null, plain);
        var parameters = (await CliRun.Of("size", folder.File("plain"), "--json")).Json.GetProperty("parameters").GetInt64();
        foreach (var (quantization, code) in new[] { (Float8Llama.Kinds["fbgemm_fp8"].Quantization, 0), ("""{"quant_method": "gptq", "bits": 4}""", 1) })
        {
            Float8Llama.WriteDirectory(folder.File("model"), quantization, tensors);
            var size = (await CliRun.Of("size", folder.File("model"), "--json")).Json;
            Assert.Equal(parameters, size.GetProperty("parameters").GetInt64());
            Assert.Equal(tensors.Values.Sum(t => t.Bytes), size.GetProperty("stored_bytes").GetInt64());
            var inspected = (await CliRun.Of("inspect", folder.File("model"), "--tensors", "--json")).Json;
            Assert.Equal(tensors.Count, inspected.GetProperty("tensors").GetArrayLength());
            Assert.Equal(code == 0, (await CliRun.Of("fit", folder.File("model"), "--json")).Json.GetProperty("runs_in_bantam").GetBoolean());
            Assert.Equal(code, (await CliRun.Of("convert", folder.File("model"), "-o", folder.File($"{code}.gguf"))).ExitCode);
        }
    }

    /// <summary>What happens to the tensors of a good checkpoint of a kind, and what the refusal must name.</summary>
    public static TheoryData<string, string, string> Tensors => new()
    {
        { "fbgemm_fp8", "no scale", "without a scale" },
        { "fbgemm_fp8", "two scales", "with two scales" },
        { "fbgemm_fp8", "no quantization_config", "no quantization_config" },
        { "fbgemm_fp8", "scale [1]", "[160, 1]" },
        { "fbgemm_fp8", "scale [159, 1]", "[160, 1]" },
        { "fbgemm_fp8", "scale [1, 160]", "[160, 1]" },
        { "fbgemm_fp8", "scale I32", "I32" },
        { "fbgemm_fp8", "scale F8_E4M3", "F8_E4M3" },
        { "fbgemm_fp8", "F32 weight", "it has a scale" },
        { "fbgemm_fp8", "vector", "only matrices" },
        { "fbgemm_fp8", "empty", "not empty" },
        { "fp8, static", "scale [2]", "a single number" },
        { "fp8, static", "scale [0]", "a single number" },
        { "compressed-tensors, block", "scale [2, 2]", "[2, 3]" },
        { "compressed-tensors, block", "scale [160, 1]", "[2, 3]" },
        { "compressed-tensors, tensor", "scale [160, 1]", "a single number" },
    };

    [Theory]
    [MemberData(nameof(Tensors))]
    public void A_scale_that_is_missing_or_does_not_fit_is_refused(string kind, string change, string named)
    {
        using var folder = new ScratchFolder();
        var (tensors, plain) = Float8Llama.Tensors(Float8Llama.Kinds[kind]);
        string? quantization = Float8Llama.Kinds[kind].Quantization;
        switch (change)
        {
            case "no scale": tensors.Remove(Scale); break;
            case "two scales": tensors[Scale + "_inv"] = tensors[Scale]; break;
            case "no quantization_config": quantization = null; break;
            case "scale I32": tensors[Scale] = new NativeStorage(640).View(DType.I32, new Shape(160, 1)); break;
            case "scale F8_E4M3": tensors[Scale] = new NativeStorage(160).View(DType.F8_E4M3, new Shape(160, 1)); break;
            case "F32 weight": tensors[Weight] = plain[Weight]; break;
            case "vector": tensors["model.norm.weight"] = new NativeStorage(160).View(DType.F8_E4M3, new Shape(160)); break;
            case "empty": tensors["a.weight"] = new NativeStorage(0).View(DType.F8_E4M3, new Shape(0, 4)); break;
            default:
                var shape = new Shape([.. change["scale [".Length..^1].Split(", ").Select(long.Parse)]);
                tensors[Scale] = new NativeStorage(4 * shape.Count).View(DType.F32, shape);
                break;
        }
        Float8Llama.WriteDirectory(folder.File("model"), quantization, tensors);
        var refusal = Refusal.Of("BT2121", "model", () => Checkpoint.Open(folder.File("model")));
        Assert.Contains(named, refusal.Message);
    }

    [Theory]
    [InlineData("elsewhere.input_scale")]
    [InlineData("elsewhere.weight_scale")]
    [InlineData("model.layers.0.self_attn.q_proj.other_scale")]
    [InlineData("model.layers.0.mlp.down_proj.weight_zero_point")]
    [InlineData("input_scale")]
    [InlineData("weight_scale")]
    public void A_scale_that_nothing_knows_is_left_over(string name)
    {
        using var folder = new ScratchFolder();
        var (tensors, _) = Float8Llama.Tensors(Float8Llama.Kinds["fp8, static"]);
        tensors[name] = new NativeStorage(4).View(DType.F32, new Shape());
        Float8Llama.WriteDirectory(folder.File("model"), Float8Llama.Kinds["fp8, static"].Quantization, tensors);
        using var checkpoint = Checkpoint.Open(folder.File("model"));
        var left = Assert.Throws<BantamException>(checkpoint.CreateModel);
        Assert.Equal("BT2105", left.Code);
        Assert.Contains($"'{name}'", left.Message);
    }
}
