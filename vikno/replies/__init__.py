"""What is said by itself, in words that people wrote: the acknowledgement that a request has come."""
