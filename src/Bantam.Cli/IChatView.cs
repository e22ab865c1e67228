using Bantam.Chat;

namespace Bantam.Cli;

/// <summary>What of a conversation is shown, and how.</summary>
internal interface IChatView
{
    /// <summary>Whether an error ends the conversation: nobody is there to say something else.</summary>
    bool EndsOnError { get; }

    /// <summary>The model is there.</summary>
    void Ready(ChatSession session, string model);

    /// <summary>A part of an answer.</summary>
    void Piece(ReplyPiece piece);

    /// <summary>The end of an answer.</summary>
    void Answered(ChatSession session, ChatMessage answer, ChatTurn turn);

    /// <summary>A word to the person.</summary>
    void Note(string text);

    /// <summary>Something that a person asked to see, over several lines.</summary>
    void Show(string text);

    /// <summary>Something went wrong; the conversation goes on.</summary>
    void Error(BantamException error);
}
