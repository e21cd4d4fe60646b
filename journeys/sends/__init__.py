"""Sends of campaigns: what a marketer fills in, and the journey of few steps that carries it out.

    plan      a send as a few typed settings; written as a graph, and read back from one
    state     what a send is just now: from its journey, its runs and who is on the way
    reach     the question that the reach waterfall answers, and what it found, in words
    calendar  the moments of sends and the times of journeys, for the calendar of campaigns
    follow    sends that are done close their journeys

There is no second engine: `journeys/actions/sends.py` saves the graph as a draft, publishes it,
and everything else about it is a journey like any other.
"""
