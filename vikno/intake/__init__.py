"""The way in: the ledger of all that arrived, who it is from, which ticket it belongs to."""
