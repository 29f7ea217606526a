"""What the filter saw: which features carry the affect that it reads."""
