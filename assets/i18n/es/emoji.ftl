# The groups of emoji.

emoji-smileys = Caras
emoji-people = Personas
emoji-hearts = Corazones
emoji-nature = Naturaleza
emoji-food = Comida
emoji-things = Objetos
emoji-signs = Signos
