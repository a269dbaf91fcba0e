"""From words to terms: what the index holds and what a query asks for. The same on both databases.

A text becomes a row of places, one for each word of it; a place holds one term or several, parted by "|":

    analyse("Принтери не друкують, INC-2026/00123")
    →  "принтер | друкувати inc-2026/00123|inc|2026|00123|123"

A word stands under its dictionary form in each language that knows it, an id whole and in its parts. Words that are in
every text ("не", "the") keep their place and hold no term. Nothing here is imported before it is needed: the
dictionaries take some 50 MB.
"""
