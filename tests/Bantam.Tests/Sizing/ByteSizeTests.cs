using Bantam.Sizing;

namespace Bantam.Tests.Sizing;

public class ByteSizeTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_350_000_000, "1.35 GB (1.26 GiB)")]
    [InlineData(300_000, "300 KB (293 KiB)")]
    [InlineData(67_000_000, "67.0 MB (63.9 MiB)")]
    [InlineData(811_706_777_600, "812 GB (756 GiB)")]
    [InlineData(1_625_100_000_000, "1.63 TB (1.48 TiB)")]
    public void Both_units_are_printed(long bytes, string text) => Assert.Equal(text, ByteSize.Format(bytes));

    [Theory]
    [InlineData("300KB", 300_000)]
    [InlineData("300 kb", 300_000)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("4GB", 4_000_000_000)]
    [InlineData("1234", 1234)]
    [InlineData("512B", 512)]
    [InlineData("2 TiB", 2_199_023_255_552)]
    [InlineData(" 0.5 KiB ", 512)]
    public void Sizes_are_read(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("", "a number and a unit")]
    [InlineData("GB", "a number and a unit")]
    [InlineData("1.2.3GB", "a number and a unit")]
    [InlineData("4G", "the unit must be")]
    [InlineData("-1GB", "the unit must be")]
    [InlineData("1e9", "the unit must be")]
    [InlineData("NaN", "the unit must be")]
    [InlineData("1,5GB", "the unit must be")]
    [InlineData("0", "the least")]
    [InlineData("0.1", "the least")]
    [InlineData("1.5", "a unit missing")]
    [InlineData("99999999999999TB", "the most")]
    [InlineData("99999999999999999999999999999999999999", "a number and a unit")]
    public void What_is_no_size_is_refused_with_help(string text, string help)
    {
        var error = Assert.Throws<BantamException>(() => ByteSize.Parse(text));
        Assert.Equal("BT2003", error.Code);
        Assert.Contains(help, error.Message, StringComparison.Ordinal);
    }
}
