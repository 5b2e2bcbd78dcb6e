"""Mail: letters become messages, messages go to servers, and what servers and people bring is read with care."""
