"""The one grammar of conditions on tickets: saved views ask by it, and so do rules, deadlines and figures.

A condition is stored as JSON that holds ids and codes, never words or SQL. It has one meaning: SQL over a relation with
the columns of a ticket, so what drives a rule today can be asked of the past in a relation that holds past states.
Rooms register their fields (`fields.register`); `grammar.read` checks strictly, `sql.compiled` makes the SQL,
`words.described` says it in a sentence. What cannot be read matches nothing: it raises Broken, which says why.
"""
