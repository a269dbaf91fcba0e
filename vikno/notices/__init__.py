"""What colleagues are told of: a new request, a reply, a note, an answer that did not arrive. By mail, for now."""
