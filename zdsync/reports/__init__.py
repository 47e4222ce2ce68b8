"""What is read afterwards: how available the product was."""
