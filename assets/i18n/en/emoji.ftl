# The groups of emoji.

emoji-smileys = Smileys
emoji-people = People
emoji-hearts = Hearts
emoji-nature = Nature
emoji-food = Food
emoji-things = Things
emoji-signs = Signs
