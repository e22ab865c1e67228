using Bantam.Models;
using Bantam.Sizing;
using Bantam.Tensors;

namespace Bantam.Tests.Sizing;

public class StorageRuleTests
{
    [Theory]
    [InlineData(TensorRole.Attention, 512, 256, "Q4_K", "Q4_K")]
    [InlineData(TensorRole.Embedding, 1000, 256, "Q4_K", "Q4_K")]
    [InlineData(TensorRole.Attention, 256, 64, "Q4_K", "F16")]
    [InlineData(TensorRole.Attention, 256, 64, "Q8_0", "Q8_0")]
    [InlineData(TensorRole.FeedForward, 64, 172, "Q8_0", "F16")]
    [InlineData(TensorRole.Router, 8, 256, "Q8_0", "F32")]
    [InlineData(TensorRole.Position, 512, 256, "Q8_0", "F32")]
    [InlineData(TensorRole.Attention, 512, 172, "F32", "F32")]
    [InlineData(TensorRole.Head, 512, 172, "BF16", "BF16")]
    public void A_matrix_gets_the_format_where_its_rows_divide(TensorRole role, long rows, long columns, string format, string expected)
    {
        Assert.True(DType.TryParse(format, out var type));
        Assert.Equal(expected, StorageRule.TypeOf(new TensorSpec("a", new Shape(rows, columns), role), type).Name);
    }

    [Fact]
    public void A_vector_stays_in_single_precision() =>
        Assert.Equal(4 * 256, StorageRule.Bytes(new TensorSpec("a", new Shape(256), TensorRole.Norm), DType.Q4_K));

    [Fact]
    public void The_rows_of_a_Conv1D_are_its_inputs() =>
        Assert.Equal(DType.F16, StorageRule.TypeOf(new TensorSpec("a", new Shape(1600, 6400), TensorRole.FeedForward) { InputFirst = true }, DType.Q4_K));
}
