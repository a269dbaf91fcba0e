"""The face of agents: lists, tickets, the composer, and the pages around them."""
