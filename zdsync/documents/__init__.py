"""What people are sent or shown as a whole: the incident report as PDF and HTML. Values in, bytes or text out."""
