# The groups of emoji.

emoji-smileys = Visages
emoji-people = Personnes
emoji-hearts = Cœurs
emoji-nature = Nature
emoji-food = Nourriture
emoji-things = Objets
emoji-signs = Signes
