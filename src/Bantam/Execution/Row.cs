namespace Bantam.Execution;

/// <summary>
/// One token of a forward pass. A pass is a ragged list of rows: prefill chunks and decode steps of many sequences, or a
/// packed training batch. Rows of one sequence stand one behind the other in position.
/// </summary>
/// <param name="Token">Id in the vocabulary.</param>
/// <param name="Position">Place in its sequence, from 0.</param>
/// <param name="Sequence">Slot in the <see cref="KvCache"/>.</param>
/// <param name="WantsLogits">Whether the head is applied to this row.</param>
/// <param name="Adapter">Which low-rank adapter applies to this row, or −1 for the base model alone.</param>
public readonly record struct Row(int Token, int Position, int Sequence = 0, bool WantsLogits = false, int Adapter = -1);
