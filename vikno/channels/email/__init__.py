"""Letters: IMAP and SMTP in, SMTP out."""
