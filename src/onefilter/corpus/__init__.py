"""Recordings: OpenFace files, speaker turns and labels; and the simulated twin of the study's corpus."""
