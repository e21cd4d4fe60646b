"""A journey as data: what a graph may say, how it is written, read, checked and drawn."""
