using System.Numerics;
using Bantam.Execution;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>Looks up the embedding of every row's token: table [V, C] in any block format, y [T, C].</summary>
public static unsafe class Embed
{
    /// <summary>Looks up the tokens of <see cref="Pass.Rows"/>.</summary>
    /// <exception cref="BantamException">A token is outside the table (BT4004).</exception>
    public static Tensor Forward(Pass pass, Tensor table)
    {
        // Every pass begins here, and the weights of a model live and die together.
        ObjectDisposedException.ThrowIf(table.Owner.Data is null, table.Owner);
        var c = table.Shape.Columns;
        var y = pass.New(pass.RowCount, c);
        for (var t = 0; t < pass.RowCount; t++)
        {
            var token = pass.Rows[t].Token;
            if ((uint)token >= table.Shape[0])
                throw new BantamException("BT4004", $"token {token} is outside the embedding of {table.Shape[0]} rows; is it the tokenizer of another model?");
            if (!pass.IsReference)
                BlockFormats.Of(table.DType).Unpack(table.Row(token), (float*)y.Row(t), c);
            else
            {
                var row = Operand.Row(table, token, (double*)y.Row(t));
                if (row != (double*)y.Row(t)) Buffer.MemoryCopy(row, y.Row(t), y.RowBytes, y.RowBytes);
            }
        }
        if (pass.Tape?.Watches(table) == true) pass.Tape.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, table));
        return y;
    }

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var dy = pass.Tape!.Gradient(r.Output);
        var table = pass.Tape.Accumulate(pass, r.A);
        for (var t = 0; t < pass.RowCount; t++)
        {
            var to = (T*)table.Row(pass.Rows[t].Token);
            var from = (T*)dy.Row(t);
            for (long i = 0; i < table.Shape.Columns; i++) to[i] += from[i];
        }
    }
}
