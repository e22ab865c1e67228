using System.Numerics;
using Bantam.Execution;
using Bantam.Kernels.Quant;
using Bantam.Tensors;

namespace Bantam.Ops;

/// <summary>Looks up a vector for every row, of its token or its position: table [V, C] in any block format, y [T, C].</summary>
public static unsafe class Embed
{
    /// <summary>Looks up the tokens of <see cref="Pass.Rows"/>.</summary>
    /// <exception cref="BantamException">A token is outside the table (BT4004).</exception>
    public static Tensor Forward(Pass pass, Tensor table) => Forward(pass, table, byPosition: false);

    /// <summary>Looks up the positions of <see cref="Pass.Rows"/>: learned positions (GPT-2).</summary>
    /// <exception cref="BantamException">A position is outside the table (BT3001).</exception>
    public static Tensor Positions(Pass pass, Tensor table) => Forward(pass, table, byPosition: true);

    private static Tensor Forward(Pass pass, Tensor table, bool byPosition)
    {
        // Every pass begins here, and the weights of a model live and die together.
        ObjectDisposedException.ThrowIf(table.Owner.Data is null, table.Owner);
        var c = table.Shape.Columns;
        var y = pass.New(pass.RowCount, c);
        fixed (Row* rows = pass.Rows)
        {
            for (var t = 0; t < pass.RowCount; t++) Check(Index(rows, t, byPosition), table.Shape[0], byPosition);
            if (pass.IsReference)
                for (var t = 0; t < pass.RowCount; t++)
                {
                    var row = Operand.Row(table, Index(rows, t, byPosition), (double*)y.Row(t));
                    if (row != (double*)y.Row(t)) Buffer.MemoryCopy(row, y.Row(t), y.RowBytes, y.RowBytes);
                }
            else
            {
                var job = new Job
                {
                    Rows = rows,
                    ByPosition = byPosition,
                    Format = TensorEncoder.Index(table.DType),
                    Table = table.Data,
                    TableBytes = table.RowBytes,
                    Scales = new RowScales(table),
                    Y = (float*)y.Data,
                    Columns = c,
                };
                pass.Workers.Run(pass.RowCount, 8 * c, &Unpack, &job);
            }
        }
        if (pass.Tape?.Watches(table) == true) pass.Tape.Push(new TapeRecord(pass.IsReference ? &Backward<double> : &Backward<float>, y, table, integer: byPosition ? 1 : 0));
        return y;
    }

    private static int Index(Row* rows, long t, bool byPosition) => byPosition ? rows[t].Position : rows[t].Token;

    private static void Check(int index, long entries, bool byPosition)
    {
        if ((uint)index < entries) return;
        throw byPosition
            ? new BantamException("BT3001", $"position {index} exceeds the {entries} positions that the model has learned; ask for a shorter context")
            : new BantamException("BT4004", $"token {index} is outside the embedding of {entries} rows; is it the tokenizer of another model?");
    }

    private static void Unpack(void* context, int part, long from, long to)
    {
        var job = (Job*)context;
        var format = BlockFormats.All[job->Format];
        for (var t = from; t < to; t++)
        {
            var index = Index(job->Rows, t, job->ByPosition);
            var y = job->Y + (t * job->Columns);
            format.Unpack(job->Table + (index * job->TableBytes), y, job->Columns);
            job->Scales.Apply(index, y, job->Columns);
        }
    }

    private static void Backward<T>(Pass pass, in TapeRecord r)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var dy = pass.Tape!.Gradient(r.Output);
        var table = pass.Tape.Accumulate(pass, r.A);
        for (var t = 0; t < pass.RowCount; t++)
        {
            var to = (T*)table.Row(r.Integer == 1 ? pass.Rows[t].Position : pass.Rows[t].Token);
            var from = (T*)dy.Row(t);
            for (long i = 0; i < table.Shape.Columns; i++) to[i] += from[i];
        }
    }

    private struct Job
    {
        public Row* Rows;
        public bool ByPosition;
        public int Format;      // in the table: a job holds no references
        public byte* Table;
        public long TableBytes;
        public RowScales Scales;
        public float* Y;
        public long Columns;
    }
}
