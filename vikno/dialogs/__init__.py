"""What is said: channels, dialogs with their participants, messages, and what is sent."""
