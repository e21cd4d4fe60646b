"""Other systems are told what happens: who came into a segment, what became of a message, who
reached a goal, how a journey stands. Written down with the fact, called by workers afterwards."""
