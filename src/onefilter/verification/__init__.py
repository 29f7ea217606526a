"""What results are held against: the draft's claims, expected numbers, published systems, and the audit of labels."""
