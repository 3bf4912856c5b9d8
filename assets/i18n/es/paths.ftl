# The way of the sound.

paths-section = El camino del sonido
