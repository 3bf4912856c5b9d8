# The way of the sound.

paths-section = Der Weg des Tons
