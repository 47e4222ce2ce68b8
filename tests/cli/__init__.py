"""The commands, as they are called from a terminal."""
