"""What an agent has before them: what comes next, what they want to do themselves, what they note for themselves."""
