"""What results are compared with: the draft's claims, expected numbers, published systems, and the audit of labels."""
