"""What is open on a desk learns that something changed: which tickets and lists, never what. The page asks again."""
