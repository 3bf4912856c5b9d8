# The way of the sound.

paths-section = The way of the sound
