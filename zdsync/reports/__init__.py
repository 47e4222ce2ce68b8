"""What is read afterwards: the month's availability, the incident report."""
