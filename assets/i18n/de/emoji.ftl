# The groups of emoji.

emoji-smileys = Gesichter
emoji-people = Menschen
emoji-hearts = Herzen
emoji-nature = Natur
emoji-food = Essen
emoji-things = Dinge
emoji-signs = Zeichen
