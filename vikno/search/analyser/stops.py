"""Words that are in nearly every text: they keep their place and hold no term. Few, and none that may name a thing."""

_UKRAINIAN = """
і й та в у на з із зі до за що щоб як не ні для про від по чи або а але ми ви я ти він вона воно вони це цей ця ці той
так же ж би б при мене мені вам вас нам нас його її їх який яка яке які бо то ще вже є був була було були
"""
_RUSSIAN = """
и с со к ко о об от из за что чтобы как для или но мы вы он она оно они это этот эта эти тот так бы у мне меня ему ей им
их его ее был была было были есть ли уже еще который которая которое которые
"""
_ENGLISH = """
a an the and or of to in on at is are was were be for with by from this that i you he she we they my your our me have
has had do does did will would can could please not
"""
STOPS = frozenset(f"{_UKRAINIAN} {_RUSSIAN} {_ENGLISH}".split())
