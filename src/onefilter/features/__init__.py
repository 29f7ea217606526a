"""Windows over frames, the speaker turn, and the statistics of both."""
