"""Did it work: what is told of people who got something and of people who did not.

Pure functions over sums (how many people, how many of them did it, what they spent and its
squares), so that a page costs the same for a hundred people and for ten million. Every formula
names its source. What can't be told is None, never NaN and never an exception.

And will it: `waterfall` asks the gate before a send goes whom it would reach.
"""
