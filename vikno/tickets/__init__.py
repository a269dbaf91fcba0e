"""What is asked: tickets, their state and fields, what links messages and tickets to each other."""
