# The way of the sound.

paths-section = Le chemin du son
